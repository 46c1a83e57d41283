"""Tables of neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from densevec._unicode import columns_of
from densevec.errors import MissingWordError, ParameterError, ParameterTypeError
from densevec.plotting import nearest_neighbours_table
from tests.plotting.makers import HOSTILE, some_vectors


def columns(table):
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "---" not in line]
    return list(zip(*rows, strict=True))


@pytest.mark.parametrize("measure", ["cosine", "kl_from_query"])
def test_columns_are_neighbours(measure):
    vectors = some_vectors()
    table = nearest_neighbours_table(vectors, ["word3", "word1"], 4, measure)
    for (heading, *found), word in zip(columns(table), ["word3", "word1"], strict=True):
        assert heading == word
        assert found == [other for other, _ in vectors.most_similar(word, topn=4, measure=measure)]
    assert len({len(line) for line in table.splitlines()}) == 1


def test_many_words_are_several_tables():
    vectors = some_vectors(20)
    tables = nearest_neighbours_table(vectors, vectors.index_to_key, 2).split("\n\n")
    assert [len(columns(table)) for table in tables] == [8, 8, 4]


def test_columns_are_as_wide_as_what_is_seen():
    words = ["鳥は飛ぶ", "ที่นี่", "\u1112\u1161\u11ab", "kiwi"]
    table = nearest_neighbours_table(some_vectors(4, words=words), words, 3)
    assert len({columns_of(line) for line in table.splitlines()}) == 1


def test_words_are_no_markup():
    words = [*HOSTILE, "a|b", "*bold*", "`code`", "[x](y)"]
    table = nearest_neighbours_table(some_vectors(len(words), words=words), words[:8], len(words) - 1)
    assert len({line.count("|") for line in table.splitlines()}) == 1
    assert "<script" not in table
    assert "a&#124;b" in table
    assert r"\*bold\*" in table


def test_a_table_can_be_written():
    table = nearest_neighbours_table(some_vectors(2, words=["f\udce9e", "a\0b"]), ["f\udce9e"], 1)
    assert [heading for heading, *_ in columns(table)] == ["f\ufffde"]
    assert "a\ufffdb" in table.encode().decode()


@pytest.mark.parametrize("container", [np.array, "Series", tuple, iter])
def test_words_come_in_any_container(container):
    if container == "Series":
        container = pytest.importorskip("pandas").Series
    vectors, words = some_vectors(), ["word3", "word1"]
    assert nearest_neighbours_table(vectors, container(words), 2) == nearest_neighbours_table(vectors, words, 2)


def test_errors():
    vectors = some_vectors()
    for bad in ("word1", b"word1", {"word1", "word2"}, ["word1", 3], 7, None):
        with pytest.raises(ParameterTypeError, match=r"^words must be"):
            nearest_neighbours_table(vectors, bad)
    for empty in (np.array([], dtype=str), iter([])):
        with pytest.raises(ParameterError, match="at least one word"):
            nearest_neighbours_table(vectors, empty)
    with pytest.raises(ParameterError, match="at least one word"):
        nearest_neighbours_table(vectors, [])
    with pytest.raises(ParameterError, match="topn"):
        nearest_neighbours_table(vectors, ["word1"], 0)
    with pytest.raises(MissingWordError):
        nearest_neighbours_table(vectors, ["unheard-of"])
