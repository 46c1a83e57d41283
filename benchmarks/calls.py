"""What one everyday call costs, beside gensim's: a vector, a similarity, a rank.

    python benchmarks/calls.py FILE [--rounds 5]

FILE holds vectors in the native format, of 700 words or more; gensim (pip install gensim), which is optional, reads the
same from a file in word2vec's binary format.  The sides take turns, now the one first and now the other; of each call
the median over the rounds is told, the mean of a round being over several hundred words (some sixty for calls that look
at all words).  All calls but the one of that name ask for words that were asked for before.  Run it on a machine that
does nothing else.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

from densevec import KeyedVectors

Call = Callable[[Any, list[str], int], Any]

FEW, MANY = 60, 600
FIRST = "word in vectors, first time"
CALLS: dict[str, tuple[int, Call]] = {
    "vectors[word]": (MANY, lambda v, words, i: v[words[i]]),
    "vectors[ten words]": (MANY, lambda v, words, i: v[words[i : i + 10]]),
    FIRST: (MANY, lambda v, words, i: words[i] in v),
    "unknown word in vectors": (MANY, lambda v, words, i: words[i] + "?" in v),
    "word in vectors": (MANY, lambda v, words, i: words[i] in v),
    "get_vector(norm=True)": (MANY, lambda v, words, i: v.get_vector(words[i], norm=True)),
    "similarity": (MANY, lambda v, words, i: v.similarity(words[i], words[i + 1])),
    "n_similarity of ten and ten": (
        MANY,
        lambda v, words, i: v.n_similarity(words[i : i + 10], words[i + 10 : i + 20]),
    ),
    "get_mean_vector of ten": (MANY, lambda v, words, i: v.get_mean_vector(words[i : i + 10])),
    "doesnt_match of five": (MANY, lambda v, words, i: v.doesnt_match(words[i : i + 5])),
    "distances to all": (FEW, lambda v, words, i: v.distances(words[i])),
    "rank": (FEW, lambda v, words, i: v.rank(words[i], words[i + 1])),
    "closer_than": (FEW, lambda v, words, i: v.closer_than(words[i], words[i + 1])),
    "most_similar": (FEW, lambda v, words, i: v.most_similar(words[i])),
    "most_similar_cosmul": (FEW, lambda v, words, i: v.most_similar_cosmul([words[i], words[i + 1]], [words[i + 2]])),
}


def as_gensim(vectors: KeyedVectors) -> Any:
    """The same words in gensim's class, or None where it is not installed."""
    try:
        from gensim.models import KeyedVectors as Theirs
    except ImportError:
        print("gensim is not installed: left out")
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "vectors.bin")
        vectors.save_word2vec_format(path, binary=True)
        return Theirs.load_word2vec_format(path, binary=True)


def seconds(call: Call, vectors: Any, words: list[str], times: int) -> float:
    started = time.perf_counter()
    for i in range(times):
        call(vectors, words, i)
    return (time.perf_counter() - started) / times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    ours = KeyedVectors.load(args.file)
    if len(ours) < MANY + 100:
        parser.error(f"FILE must hold at least {MANY + 100} words, got {len(ours)}")
    theirs = as_gensim(ours)
    words = [ours.words[row] for row in range(0, len(ours), len(ours) // (MANY + 20))]
    print(f"{len(ours):,} words, {ours.vector_size} dimensions; microseconds")
    for name, (times, call) in CALLS.items():
        found: dict[str, list[float]] = {"densevec": [], "gensim": []}
        for number in range(args.rounds + 1):
            if name == FIRST:
                ours = KeyedVectors.load(args.file)
            sides = [("densevec", ours), ("gensim", theirs)]
            for side, vectors in sides if number % 2 else reversed(sides):
                if vectors is not None:
                    found[side].append(seconds(call, vectors, words, times))
        medians = [statistics.median(each[1:]) * 1e6 for each in found.values() if each]  # the first round warms up
        ratio = f"  {medians[1] / medians[0]:5.2f} x" if theirs is not None else ""
        print(f"{name:28}" + "".join(f"{median:10.1f}" for median in medians) + ratio, flush=True)


if __name__ == "__main__":
    main()
