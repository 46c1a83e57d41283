"""How long the broader words of a word take beside its neighbours.

densevec train density-word2vec TEXT... -o FILE --min-count 1 --epochs 1 --workers 2
python benchmarks/hypernyms.py FILE dog apple london tea physics
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from densevec import DensityVectors

MOST_WORDS = 400_000
ROUNDS = 3


def milliseconds(ask: Callable[[str], Any], words: Sequence[str]) -> float:
    """The median of one question, after one of each."""
    for word in words:
        ask(word)
    taken = []
    for word in [*words] * ROUNDS:
        begin = time.perf_counter()
        ask(word)
        taken.append(1000 * (time.perf_counter() - begin))
    return statistics.median(taken)


def main(path: str, words: Sequence[str]) -> None:
    vectors = DensityVectors.load(path)
    vectors = vectors.select(vectors.index_to_key[:MOST_WORDS])
    neighbours, broader = milliseconds(vectors.most_similar, words), milliseconds(vectors.hypernyms, words)
    print(f"{len(vectors):,} words of {vectors.vector_size} dimensions")
    print(f"most_similar {neighbours:.1f} ms, hypernyms {broader:.1f} ms: {broader / neighbours:.1f} x")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
