"""Batches of sentence pairs against their plain twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densevec._cy.pairs import pad, sort_window
from tests.reference import pairs as plain

LENGTHS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60)


def offsets(lengths: list[int]) -> np.ndarray:
    return np.cumsum([0, *lengths]).astype(np.int64)


@given(LENGTHS, st.data(), st.integers(0, 2**63 - 1), st.booleans(), st.booleans())
def test_a_window_is_sorted_by_both_lengths(
    lengths: list[tuple[int, int]], data: st.DataObject, seed: int, shuffle: bool, has_target: bool
) -> None:
    turn = data.draw(st.integers(0, len(lengths)))
    number = data.draw(st.integers(0, len(lengths) - turn))
    source, target = [a for a, _ in lengths], [b for _, b in lengths] if has_target else None
    found = np.empty(number, np.int64)
    sort_window(offsets(source), None if target is None else offsets(target), turn, seed, shuffle, found)
    assert found.tolist() == plain.sorted_window(source, target, turn, number, seed, shuffle)


@given(st.lists(st.lists(st.integers(1, 9), max_size=8), min_size=1, max_size=10), st.data())
def test_padding(sentences: list[list[int]], data: st.DataObject) -> None:
    index = data.draw(st.lists(st.integers(0, len(sentences) - 1), min_size=1, max_size=10))
    chosen = [sentences[i] for i in index]
    expected = plain.padded(chosen)
    found = np.full_like(expected, -1)
    ids = np.array([word for sentence in sentences for word in sentence], np.int32)
    pad(ids, offsets([len(s) for s in sentences]), np.array(index, np.int64), found)
    assert found.tolist() == expected.tolist()


def test_equal_lengths_come_in_another_order_with_another_seed() -> None:
    orders = []
    for seed in (1, 2):
        found = np.empty(100, np.int64)
        sort_window(np.arange(101), None, 0, seed, True, found)
        orders.append(found.tolist())
    assert sorted(orders[0]) == list(range(100)) and orders[0] != orders[1]


def test_what_does_not_fit_is_refused() -> None:
    bounds, found = np.arange(4), np.empty(2, np.int64)
    for turn in (-1, 2):
        with pytest.raises(ValueError, match="window outside"):
            sort_window(bounds, None, turn, 1, False, found)
    with pytest.raises(ValueError, match="differ in their number"):
        sort_window(bounds, np.arange(5), 0, 1, False, found)
    ids = np.arange(3, dtype=np.int32)
    for sentences, shape, message in [
        ([0], (2, 1), "a row for each"),
        ([3], (1, 1), "outside the corpus"),
        ([-1], (1, 1), "outside the corpus"),
        ([0], (1, 0), "does not fit"),
    ]:
        with pytest.raises(ValueError, match=message):
            pad(ids, bounds, np.array(sentences), np.empty(shape, np.int32))
    with pytest.raises(ValueError, match="does not fit"):
        pad(ids[:2], bounds, np.array([2]), np.empty((1, 1), np.int32))
