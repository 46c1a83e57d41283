"""Containers of other libraries as corpora, sentences and documents: by what they can do, none of them needed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from densevec.corpus import ParallelCorpus, TextCorpus, Vocabulary, build_vocabulary
from densevec.corpus.roles import as_tokens, columns_of, each_document
from densevec.errors import CorpusTypeError, ParameterTypeError

SENTENCES = [["a", "kiwi"], ["an", "egg"]]


# -- stand-ins with the protocols of pandas, polars, Arrow and datasets --


class Series:
    """A column of pandas or polars: iterates over its values."""

    ndim = 1
    dtype = np.dtype(object)

    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def to_list(self) -> list[Any]:
        return list(self.values)


class ArrowScalar:
    """A value of an Arrow array, which is no Python value."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def as_py(self) -> Any:
        return self.value


class ArrowArray:
    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def __iter__(self) -> Iterator[ArrowScalar]:
        return map(ArrowScalar, self.values)

    def to_pylist(self) -> list[Any]:
        return list(self.values)


class Column:
    """A column of datasets: a sequence that reads from disk."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> Any:
        return self.values[index]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))


def strings(values: list[Any]) -> np.ndarray:
    return np.array(values, dtype=np.dtypes.StringDType())


CONTAINERS: list[Callable[[list[Any]], Any]] = [list, tuple, Series, ArrowArray, Column]
ARRAYS: list[Callable[[list[Any]], Any]] = [np.array, strings, lambda values: np.array(values, dtype=object)]


@pytest.mark.parametrize("outer", CONTAINERS)
@pytest.mark.parametrize("inner", CONTAINERS + ARRAYS)
def test_a_corpus_of_any_containers(outer: Any, inner: Any) -> None:
    corpus = TextCorpus(outer([inner(sentence) for sentence in SENTENCES]))
    assert list(corpus) == list(corpus) == SENTENCES
    assert all(type(token) is str for sentence in corpus for token in sentence)
    assert build_vocabulary(corpus, min_count=1).words == ["a", "an", "egg", "kiwi"]


@pytest.mark.parametrize("make", ARRAYS)
def test_an_array_of_two_dimensions_is_a_corpus(make: Any) -> None:
    assert list(TextCorpus(make(SENTENCES))) == SENTENCES


@pytest.mark.parametrize("make", CONTAINERS + ARRAYS)
def test_a_sentence_of_any_container(make: Any) -> None:
    tokens = as_tokens(make(["a", "kiwi"]))
    assert tokens == ["a", "kiwi"] and all(type(token) is str for token in tokens)
    assert Vocabulary(["kiwi", "a"], [1, 1]).encode(make(["a", "kiwi"])).tolist() == [1, 0]


@pytest.mark.parametrize("make", CONTAINERS + ARRAYS)
def test_documents_of_any_container(make: Any) -> None:
    assert list(each_document(make(["a kiwi", "an egg"]))) == ["a kiwi", "an egg"]
    if make not in ARRAYS:
        assert list(each_document(make([make(["a", "kiwi"]), "an egg"]))) == [["a", "kiwi"], "an egg"]


def test_documents_may_come_from_a_generator() -> None:
    assert list(each_document(text for text in ["a", "b"])) == ["a", "b"]


def test_installed_libraries() -> None:
    pandas = pytest.importorskip("pandas")
    assert list(TextCorpus(pandas.Series(SENTENCES))) == SENTENCES
    assert as_tokens(pandas.Index(["a", "kiwi"])) == ["a", "kiwi"]
    assert as_tokens(pandas.Series(["a", "kiwi"], dtype="category")) == ["a", "kiwi"]
    with pytest.raises(CorpusTypeError, match=r"a whole DataFrame, which has columns \(text\)"):
        TextCorpus(pandas.DataFrame({"text": SENTENCES}))


def test_the_column_that_is_advised_is_one_of_texts() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"id": [1, 2], "score": [0.5, None], "text": ["a kiwi", "an egg"], "other": SENTENCES[:2]})
    with pytest.raises(CorpusTypeError, match=r"such as table\['text'\], its texts split into words: \[text.split\(\)"):
        TextCorpus(table)
    with pytest.raises(CorpusTypeError, match=r"such as table\['other'\]$"):
        TextCorpus(table[["id", "other"]])
    with pytest.raises(CorpusTypeError, match=r"zip\(table\['text'\], table\['other'\]\)"):
        ParallelCorpus(table)
    with pytest.raises(ParameterTypeError, match=r"such as table\['text'\]$"):
        each_document(table, ParameterTypeError)
    with pytest.raises(CorpusTypeError, match=r"such as table\['id'\]$"):  # none of text
        TextCorpus(table[["id", "score"]])


def test_polars() -> None:
    polars = pytest.importorskip("polars")
    assert list(TextCorpus(polars.Series(SENTENCES))) == SENTENCES
    with pytest.raises(CorpusTypeError, match=r"a whole DataFrame, which has columns \(text\)"):
        TextCorpus(polars.DataFrame({"text": SENTENCES}))


def test_arrow() -> None:
    arrow = pytest.importorskip("pyarrow")
    assert list(TextCorpus(arrow.array(SENTENCES))) == SENTENCES
    assert list(TextCorpus(arrow.chunked_array([SENTENCES[:1], SENTENCES[1:]]))) == SENTENCES
    with pytest.raises(CorpusTypeError, match=r"a whole Table, which has columns \(text\)"):
        TextCorpus(arrow.table({"text": SENTENCES}))


# -- what is refused --


class Frame:
    """A table of pandas or polars, which iterates over the names of its columns."""

    def __init__(self, *names: str) -> None:
        self.columns = names

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)


class Dataset:
    """A data set of datasets, which iterates over rows that are dicts; one that streams may not know its columns."""

    def __init__(self, names: list[str] | None) -> None:
        self.column_names = names

    def __iter__(self) -> Iterator[dict[str, str]]:
        return iter([{"text": "a kiwi"}])


TABLES = {
    Frame("text", "label"): r"a whole Frame, which has columns \(text, label\); give .*, such as table\['text'\]",
    Frame(*"abcdefghij"): r"a whole Frame, which has columns \(a, b, c, d, e, f, g, h, ...\)",
    Dataset(["text"]): r"a whole Dataset, which has columns \(text\)",
    Dataset(None): r"a whole Dataset, which has columns; give one of them, such as table\['text'\]",
}


@pytest.mark.parametrize(("table", "message"), TABLES.items())
def test_a_table_is_no_corpus_and_no_documents(table: Any, message: str) -> None:
    with pytest.raises(CorpusTypeError, match=f"a corpus cannot be {message}"):
        TextCorpus(table)
    with pytest.raises(CorpusTypeError, match=r"a parallel corpus cannot be .* as pairs, list"):
        ParallelCorpus(table)
    with pytest.raises(ParameterTypeError, match=f"documents cannot be {message}"):
        each_document(table, ParameterTypeError)
    with pytest.raises(CorpusTypeError, match="the sentence is of type"):
        as_tokens(table)


def test_columns_of_a_table() -> None:
    assert columns_of(Frame("a", "b")) == ["a", "b"]
    assert columns_of(np.zeros(2, [("a", "U3"), ("b", int)])) == ["a", "b"]
    assert columns_of(Dataset(None)) == []
    for other in ([["a"]], "a", {"columns": 1}, np.array(["a"]), Series(["a"]), Column(["a"]), Frame, None, 3):
        assert columns_of(other) is None


def test_a_table_of_two_languages_says_how_it_becomes_pairs() -> None:
    advice = r"give two of them as pairs, list\(zip\(table\['en'\], table\['fr'\]\)\)"
    with pytest.raises(CorpusTypeError, match=advice):
        ParallelCorpus(Frame("en", "fr", "score"))
    table = {"en": Series(SENTENCES), "fr": Series(SENTENCES)}
    assert list(ParallelCorpus(list(zip(table["en"], table["fr"], strict=True)))) == [(s, s) for s in SENTENCES]


@pytest.mark.parametrize("make", [np.array, strings])
def test_an_array_of_strings_is_no_corpus(make: Any) -> None:
    with pytest.raises(CorpusTypeError, match="got a ndarray of strings; split them"):
        TextCorpus(make(["a kiwi", "an egg"]))
    with pytest.raises(CorpusTypeError, match=r"sentence 1 is a string.*split it first"):
        list(TextCorpus(Series(["a kiwi"])))


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("a kiwi", "is a string, .*split it first"),
        (np.str_("a kiwi"), "is a string, .*split it first"),
        (np.array("a kiwi"), "is a string"),
        (ArrowScalar("a kiwi"), "is a string"),
        (b"a kiwi", "is of type bytes"),
        ({"a": 1}, "is of type dict"),
        ({"a"}, "is of type set"),
        (None, "is of type NoneType, a missing value"),
        (float("nan"), "is of type float, a missing value"),
        (["a", None], "token 2 is of type NoneType, a missing value"),
        (["a", float("nan")], "token 2 is of type float, a missing value"),
        (["a", 3], "token 2 is of type int, and"),
        ([["a"]], "token 1 is of type list"),
        (np.array([["a"]]), "has 2 dimensions"),
        (np.array([1.5]), "token 1 is of type float"),
        (np.array([b"a"]), "token 1 is of type bytes"),
    ],
)
def test_what_is_no_sentence(sentence: Any, message: str) -> None:
    with pytest.raises(CorpusTypeError, match=f"^the sentence,? {message}"):
        as_tokens(sentence)
    with pytest.raises(ParameterTypeError, match=f"^words,? {message}"):
        as_tokens(sentence, "words", ParameterTypeError)


@pytest.mark.parametrize("documents", ["a kiwi", b"a", {"a": 1}, {"a"}, 3, None, np.array("a")])
def test_what_are_no_documents(documents: Any) -> None:
    with pytest.raises(CorpusTypeError, match="documents must be a list of strings or of token lists, got "):
        each_document(documents)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "document 1 must be a string or a list of tokens, got one of type NoneType, a missing value"),
        (b"a", "document 1 must be a string or a list of tokens, got one of type bytes"),
        (["a", 3], "document 1, token 2 is of type int"),
        ({"text": "a"}, "document 1 must be a string or a list of tokens, got one of type dict"),
    ],
)
def test_what_is_no_document(document: Any, message: str) -> None:
    with pytest.raises(CorpusTypeError, match=message):
        list(each_document(["a", document]))
