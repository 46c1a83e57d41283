"""The words of a file by row and by name, one and many, as a list has them."""

from __future__ import annotations

import copy
import pickle
from bisect import bisect_left

import numpy as np
import pytest

from densevec.errors import CorruptError
from densevec.formats import WordIndex, words
from densevec.formats.words import BLOCK, OFFSETS, ORDER

LISTED = ["kiwi", "", "kākāpō", "kea", "ki", "一", "the\0end", *(f"w{i}" for i in range(20))]


def packed(changed: dict[str, np.ndarray] | None = None) -> WordIndex:
    return WordIndex.from_tensors(WordIndex(LISTED).to_tensors() | (changed or {}), "a file")


@pytest.mark.parametrize("index", [WordIndex(LISTED), packed()], ids=["list", "file"])
def test_rows_and_words(index: WordIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_REMEMBERED", 3)
    monkeypatch.setattr(words, "_DECODED", 4)
    for _ in range(2):  # anew, and of what is remembered
        assert [index.find(word) for word in LISTED] == list(range(len(LISTED)))
        assert [index.find(word) for word in ("kiw", "kiwis", "zz", "k\ud800")] == [-1] * 4
    assert list(index) == [index[row] for row in range(len(index))] == index.as_list == LISTED
    assert index.at([3, 0, 3]) == index.at(np.array([3, 0, 3])) == ["kea", "kiwi", "kea"]
    assert index.at([]) == []
    assert index[1:8:3] == LISTED[1:8:3]
    assert index[::-1] == LISTED[::-1]
    for wrong in ([-1], [0, len(LISTED)]):
        with pytest.raises(IndexError, match=rf"^rows must be from 0 to {len(LISTED) - 1}, got"):
            index.at(wrong)


@pytest.mark.parametrize("index", [WordIndex(LISTED), packed()], ids=["list", "file"])
def test_words_that_follow_others(index: WordIndex) -> None:
    longer = index.extended(["moa", "weka"])
    assert list(longer) == [*LISTED, "moa", "weka"] and len(longer) == len(LISTED) + 2
    assert [longer.find(word) for word in longer] == list(range(len(longer)))
    assert list(index) == LISTED and index.find("moa") == -1


@pytest.mark.parametrize("index", [WordIndex(LISTED), packed()], ids=["list", "file"])
def test_neighbours_are_those_of_the_sorted_words(index: WordIndex) -> None:
    ordered = sorted(LISTED)
    for word in (*LISTED, "kf", "zz", "k\ud800"):
        place = bisect_left(ordered, word)
        assert index.neighbours(word, 3) == ordered[max(0, place - 3) : place + 3]


class Fragment(str):
    """Of a document that it belongs to."""


def test_what_is_remembered_is_neither_kept_in_copies_nor_more_than_text() -> None:
    index = packed()
    size = len(pickle.dumps(index))
    assert index.find(Fragment("kea")) == index.find("kea") == LISTED.index("kea")
    assert {type(word) for word in index._seen} == {str}
    for other in (pickle.loads(pickle.dumps(index)), copy.copy(index), copy.deepcopy(index)):
        assert list(other) == LISTED
        assert other.find("kea") == LISTED.index("kea")
    assert len(pickle.dumps(index)) == size


def test_what_is_damaged_is_said_of_one_word_and_of_many() -> None:
    tensors = WordIndex(LISTED).to_tensors()
    offsets = tensors[OFFSETS].copy()
    offsets[3] = 10**6
    for ask in (list, lambda index: index.at([1, 2]), lambda index: index[2]):
        with pytest.raises(CorruptError, match=r"^a file: tensor 'words.offsets' goes from .* at word 2$"):
            ask(packed({OFFSETS: offsets}))
    block = tensors[BLOCK].copy()
    block[0] = 0xFF
    for ask in (list, lambda index: index.at([1, 0]), lambda index: index[0]):
        with pytest.raises(CorruptError, match=r"^a file: tensor 'words.utf8': word 0 is not UTF-8"):
            ask(packed({BLOCK: block}))
    order = tensors[ORDER].copy()
    order[len(order) // 2] = len(LISTED)
    with pytest.raises(CorruptError, match=rf"^a file: tensor 'words.sorted' holds {len(LISTED)}, a row of"):
        packed({ORDER: order}).find("kea")
