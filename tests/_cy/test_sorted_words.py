"""Looking words up in the order of a file, against Python's own."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densevec._cy.sorted_words import decode, locate

WORDS = st.lists(st.binary(max_size=4), unique=True, max_size=40)


def laid_out(words: list[bytes]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    offsets = np.cumsum([0, *map(len, words)], dtype=np.int64)
    order = np.array(sorted(range(len(words)), key=words.__getitem__), dtype=np.int32)
    return np.frombuffer(b"".join(words), np.uint8), offsets, order


@given(WORDS, st.binary(max_size=5))
def test_every_word_is_found_and_no_other(words: list[bytes], other: bytes) -> None:
    arrays, listed = laid_out(words), sorted(words)
    for word in (*words, other, *(word[:-1] for word in words), *(word + b"\0" for word in words)):
        row = words.index(word) if word in words else -1
        assert locate(*arrays, word) == (bisect_left(listed, word), row)


@pytest.mark.parametrize(
    ("what", "at", "value"),
    [("order", 1, -1), ("order", 1, 3), ("offsets", 1, -1), ("offsets", 2, 0), ("offsets", 2, 99)],
)
def test_a_place_that_leads_out_of_the_arrays_is_told(what: str, at: int, value: int) -> None:
    block, offsets, order = laid_out([b"kaka", b"kea", b"kiwi"])
    {"order": order, "offsets": offsets}[what][at] = value
    assert locate(block, offsets, order, b"kea") == (-2, -1)  # the middle one


def test_arrays_of_a_mapped_file_are_read_where_they_lie() -> None:
    arrays = laid_out([b"kea", b"kaka"])
    for array in arrays:
        array.flags.writeable = False
    assert locate(*arrays, b"kea") == (1, 0)


def test_words_of_rows_are_strings_in_the_order_of_the_rows() -> None:
    words = ["kea", "", "kākāpō", "🥝"]
    block, offsets, _ = laid_out([word.encode() for word in words])
    assert decode(block, offsets, np.array([3, 0, 2, 2, 1])) == ["🥝", "kea", "kākāpō", "kākāpō", ""]
    assert decode(block, offsets, np.array([], np.int64)) == []
    for row in (-1, 4):
        with pytest.raises(IndexError, match="no such row"):
            decode(block, offsets, np.array([row]))
    with pytest.raises(UnicodeDecodeError):
        decode(block[::-1].copy(), offsets, np.array([0, 2]))
    offsets[1] = 99
    with pytest.raises(IndexError, match="out of the block"):
        decode(block, offsets, np.array([0]))
