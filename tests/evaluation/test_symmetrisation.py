"""Symmetrisation by hand and against the published pseudo-code."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densevec.errors import ParameterError
from densevec.evaluation.symmetrisation import METHODS, symmetrise
from tests.reference import symmetrisation as plain

# Source words 0-4, target words 0-4.  Both directions agree on 0-0 and 2-2.
FORWARD = {(0, 0), (1, 1), (2, 2), (2, 3), (4, 1)}
BACKWARD = {(0, 0), (0, 1), (2, 2), (3, 4), (4, 4)}
BY_HAND = {
    "intersection": {(0, 0), (2, 2)},
    "union": FORWARD | BACKWARD,
    # 0-0 brings in 0-1, as target 1 is free, and 1-1, as source 1 is; 2-2 brings in 2-3, that 3-4, and that 4-4, as
    # source 4 is free; 4-1 touches nothing.
    "grow-diag": {(0, 0), (0, 1), (1, 1), (2, 2), (2, 3), (3, 4), (4, 4)},
    "grow-diag-final": {(0, 0), (0, 1), (1, 1), (2, 2), (2, 3), (3, 4), (4, 4)},
    "grow-diag-final-and": {(0, 0), (0, 1), (1, 1), (2, 2), (2, 3), (3, 4), (4, 4)},
}


@pytest.mark.parametrize("method", METHODS)
def test_by_hand(method: str) -> None:
    assert symmetrise(FORWARD, BACKWARD, method) == BY_HAND[method]


def test_final_adds_what_does_not_touch() -> None:
    forward, backward = {(0, 0), (3, 3), (5, 0)}, {(0, 0), (3, 0), (6, 6)}
    assert symmetrise(forward, backward, "grow-diag") == {(0, 0)}
    # 3-3 and 6-6 have both words free; 5-0 and 3-0 share target 0 with 0-0, and only 5 is free when 3-3 is in
    assert symmetrise(forward, backward, "grow-diag-final-and") == {(0, 0), (3, 3), (6, 6)}
    assert symmetrise(forward, backward, "grow-diag-final") == {(0, 0), (3, 3), (5, 0), (6, 6)}


def test_the_first_direction_goes_first() -> None:
    forward, backward = {(0, 1)}, {(1, 1)}
    assert symmetrise(forward, backward) == {(0, 1)}
    assert symmetrise(backward, forward) == {(1, 1)}


def tables(m: int, n: int) -> st.SearchStrategy[np.ndarray]:
    rows = st.lists(st.lists(st.sampled_from([False, False, True]), min_size=n, max_size=n), min_size=m, max_size=m)
    return rows.map(lambda cells: np.array(cells, bool).reshape(m, n))


@given(st.integers(1, 6), st.integers(1, 6), st.data(), st.sampled_from(METHODS))
def test_as_the_pseudo_code_has_it(m: int, n: int, data: st.DataObject, method: str) -> None:
    forward, backward = data.draw(tables(m, n)), data.draw(tables(m, n))
    found = symmetrise(links(forward), links(backward), method)
    assert found == links(plain.symmetrise(forward, backward, method))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(20))
def test_long_sentences(method: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    diagonal = np.abs(np.subtract.outer(np.arange(25), np.arange(30))) < 3
    forward, backward = (diagonal & (random.random((25, 30)) < 0.4) | (random.random((25, 30)) < 0.02) for _ in "ab")
    assert symmetrise(links(forward), links(backward), method) == links(plain.symmetrise(forward, backward, method))


def links(table: np.ndarray) -> set[tuple[int, int]]:
    return {(int(i), int(j)) for i, j in np.argwhere(table)}


def test_an_unknown_method() -> None:
    with pytest.raises(ParameterError, match="method must be one of 'intersection', 'union', 'grow-diag'"):
        symmetrise(set(), set(), "grow")
