"""How much of a test's parameters `make test` runs, and how much `make sweeps`, which has all of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import combinations, product
from typing import Any

import pytest

FULL = os.environ.get("DENSEVEC_FULL_SWEEPS") == "1"
only_in_sweeps = pytest.mark.skipif(
    not FULL, reason="one of its kind is enough: make sweeps, or DENSEVEC_FULL_SWEEPS=1"
)


def all_pairs(*axes: Iterable[Any]) -> list[tuple[Any, ...]]:
    """So few combinations that every value meets every value of every other axis; all of them in a sweep."""
    values = [list(axis) for axis in axes]
    places = list(product(*(range(len(axis)) for axis in values)))
    if not FULL:
        places = _covering(places)
    return [tuple(axis[at] for axis, at in zip(values, place, strict=True)) for place in places]


def once(*axes: Iterable[Any]) -> list[tuple[Any, ...]]:
    """As few combinations as have every value, for axes that have nothing to do with each other; in a sweep all."""
    values = [list(axis) for axis in axes]
    if FULL:
        return list(product(*values))
    return [tuple(axis[number % len(axis)] for axis in values) for number in range(max(map(len, values)))]


def _covering(places: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Greedily: the one next that has the most pairs which none before it had."""
    pairs_of = {place: set(combinations(enumerate(place), 2)) for place in places}
    left, chosen = set().union(*pairs_of.values()), []
    while left:
        best = max(pairs_of, key=lambda place: len(pairs_of[place] & left))
        left -= pairs_of.pop(best)
        chosen.append(best)
    return chosen
