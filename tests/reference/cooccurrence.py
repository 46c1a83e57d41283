"""Co-occurrence counts in plain Python, exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

UNIT = 2**28  # weights are multiples of one part of this many

WEIGHTS: dict[str, Callable[[int, int], Fraction]] = {
    "none": lambda distance, window: Fraction(1),
    "harmonic": lambda distance, window: Fraction(1, distance),
    "linear": lambda distance, window: Fraction(window + 1 - distance, window),
}


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
