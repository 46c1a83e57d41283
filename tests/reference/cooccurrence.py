"""Co-occurrence counts in plain Python, exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from densevec.corpus import EncodedCorpus

UNIT = 2**28  # weights are multiples of one part of this many

WEIGHTS: dict[str, Callable[[int, int], Fraction]] = {
    "none": lambda distance, window: Fraction(1),
    "harmonic": lambda distance, window: Fraction(1, distance),
    "linear": lambda distance, window: Fraction(window + 1 - distance, window),
}


def corpus_of(sentences: Sequence[Sequence[int]], num_words: int) -> EncodedCorpus:
    """Sentences of ids as an encoded corpus."""
    ids = np.array([word for sentence in sentences for word in sentence], np.int32)
    offsets = np.append(0, np.cumsum([len(sentence) for sentence in sentences])).astype(np.int64)
    return EncodedCorpus(ids, offsets, len(ids), num_words)


def random_sentences(num_words: int, num_sentences: int, longest: int, seed: int = 0) -> list[list[int]]:
    """Words by Zipf's law."""
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, num_words + 1)
    return [
        rng.choice(num_words, rng.integers(1, longest + 1), p=weights / weights.sum()).tolist()
        for _ in range(num_sentences)
    ]


def count(
    sentences: Sequence[Sequence[int]], window: int, distance_weighting: str, context: str
) -> dict[tuple[int, int], float]:
    """Total of every pair (word, neighbour)."""
    totals: dict[tuple[int, int], Fraction] = {}
    for sentence in sentences:
        for place, word in enumerate(sentence):
            for other, neighbour in enumerate(sentence):
                distance = abs(place - other)
                is_wanted = {"both": place != other, "left": other < place, "right": other > place}[context]
                if is_wanted and distance <= window:
                    weight = Fraction(round(WEIGHTS[distance_weighting](distance, window) * UNIT), UNIT)
                    totals[word, neighbour] = totals.get((word, neighbour), Fraction(0)) + weight
    return {pair: float(total) for pair, total in totals.items()}
