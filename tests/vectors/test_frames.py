"""Vectors as data frames of pandas and polars, and back."""

from __future__ import annotations

import datetime
import sys
from typing import Any

import numpy as np
import pytest

from densevec.errors import MissingPackageError, ParameterError, ParameterTypeError
from densevec.vectors import DensityVectors, KeyedVectors

WORDS = ["kiwi", "New York", "café", ""]
ROWS = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)
ALL = {
    "points": KeyedVectors(WORDS, ROWS),
    "counted": KeyedVectors(WORDS, ROWS, [4, 3, 2, 0]),
    "spherical": DensityVectors(WORDS, ROWS, [1.0, 2.0, 0.5, 0.25], [4, 3, 2, 1]),
    "diagonal": DensityVectors(WORDS, ROWS, np.abs(ROWS) + 1),
}


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("name", ALL)
def test_there_and_back(name: str, library: Any) -> None:
    pytest.importorskip(library, reason=f"{library} is not installed")
    vectors = ALL[name]
    frame = vectors.to_frame(library)
    again = KeyedVectors.from_frame(frame)
    assert type(again) is type(vectors) and again.index_to_key == WORDS
    np.testing.assert_array_equal(again.vectors, ROWS)
    assert (again.counts is None) == (vectors.counts is None)
    if vectors.counts is not None:
        assert again.counts.tolist() == vectors.counts.tolist() and "count" in frame.columns
    if isinstance(vectors, DensityVectors):
        np.testing.assert_array_equal(again.variances, vectors.variances)


def test_polars() -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    frame = ALL["spherical"].to_frame("polars")
    assert frame.columns == ["word", "count", "variance", "0", "1", "2"]
    assert frame.schema["0"] == polars.Float32 and frame.schema["count"] == polars.Int64
    chosen = frame.filter(polars.col("count") > 2).with_columns(polars.col("0") * 2)
    found = KeyedVectors.from_frame(chosen)
    assert found.index_to_key == WORDS[:2]
    np.testing.assert_allclose(found.vectors[:, 0], 2 * ROWS[:2, 0])
    lists = polars.DataFrame({"word": ["a", "b"], "embedding": [[1.0, 2.0], [0.5, 0.0]]})
    assert KeyedVectors.from_frame(lists)["b"].tolist() == [0.5, 0.0]
    arrays = lists.with_columns(polars.col("embedding").cast(polars.Array(polars.Float32, 2)))
    assert KeyedVectors.from_frame(arrays)["a"].tolist() == [1.0, 2.0]


def test_pandas_frames_of_other_hands() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame({"x": [1, 2], "word": ["a", "b"], "y": [0.5, 0.25], "count": [3, 1]})
    found = KeyedVectors.from_frame(frame)
    assert found.vectors.tolist() == [[1.0, 0.5], [2.0, 0.25]] and found.counts.tolist() == [3, 1]
    lists = pandas.DataFrame({"vector": [np.array([1.0, 2.0]), [3.0, 4.0]]}, index=["a", "b"])
    assert KeyedVectors.from_frame(lists)["b"].tolist() == [3.0, 4.0]
    for wrong, message in (
        ({"x": [1.0, 2.0]}, "words of a frame, .* must be strings, got 0"),
        ({"word": ["a", "a"], "x": [1.0, 2.0]}, "twice|distinct"),
        ({"word": ["a", None], "x": [1.0, 2.0]}, "must be strings"),
        ({"word": ["a", "b"], "x": [1.0, np.nan]}, "must be finite"),
        ({"word": ["a", "b"], "x": ["one", "two"]}, "the columns x of a frame must be numbers"),
        ({"word": ["a", "b"], "x": [[1.0], [1.0, 2.0]]}, "as many in each row"),
        ({"word": ["a", "b"], "x": [1.0, 2.0], "variance": [1.0, 0.0]}, "must be above 0"),
        ({"word": ["a", "b"], "x": [1.0, 2.0], "variance_0": [1.0, 1.0], "variance_1": [1.0, 1.0]}, "variance_i"),
        ({"word": ["a", "b"], "x": [1.0, 2.0], "count": [1.0, 0.5]}, "whole numbers"),
        ({"word": ["a", "b"], "x": [1.0, 2.0], "count": [1.0, 2.0**63]}, "of at least 0 and below 2.63"),
        ({"word": ["a", "b"], "x": [1.0, 2.0], "count": [1, 2**63]}, "of at least 0 and below 2.63"),
        ({"word": ["a", "b"], "x": [1.0, 2.0], "count": [-1, 2]}, "at least 0"),
        ({"word": ["a", "b"], "x": [1.0, 2.0], "count": [[1, 2], [3, 4]]}, "whole numbers"),
        ({"word": ["a", "b"], "x": [1.0, 2.0], "count": ["1", "2"]}, "the columns count of a frame must be numbers"),
        ({"word": ["a", "b"], "x": [1.0, 2.0], "attribute.count": [1, 2]}, "must be its column 'count'"),
        ({"word": ["a", "b"], "v": [[1.0, 2.0]] * 2, "variance": [[1.0, 2.0, 3.0]] * 2}, "lists of 2, .* got 3"),
        ({"word": ["a", "b"], "v": [[1.0, 2.0]] * 2, "variance_0": [1.0, 2.0]}, "2 dimensions, got 1"),
        ({"word": ["a"], "x": [1.0], "variance": [1.0], "variance_0": [1.0]}, "got both kinds"),
    ):
        with pytest.raises((ParameterError, ParameterTypeError), match=message):
            KeyedVectors.from_frame(pandas.DataFrame(wrong))


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("rows", [[[0.1, 0.9], [0.2, 0.8]], [[0.5], [0.25]], [0.5, 0.25]], ids=str)
def test_a_column_of_variances_may_hold_lists(rows: Any, library: str) -> None:
    frames = pytest.importorskip(library, reason=f"{library} is not installed")
    found = KeyedVectors.from_frame(
        frames.DataFrame({"word": ["a", "b"], "v": [[1.0, 2.0], [3.0, 4.0]], "variance": rows})
    )
    wanted = np.array(rows, np.float32)
    np.testing.assert_array_equal(found.variances, wanted if wanted.shape == (2, 2) else wanted.reshape(-1))


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize(
    "values",
    [
        [datetime.datetime(2020, 1, 1), datetime.datetime(2021, 1, 1)],
        [datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)],
        [datetime.timedelta(1), datetime.timedelta(2)],
        ["1", "2"],
        [["1", "2"], ["3", "4"]],
        [1 + 2j, 3 + 0j],
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["x", "count", "variance"])
def test_numbers_that_are_none_are_refused(name: str, values: Any, library: str) -> None:
    frames = pytest.importorskip(library, reason=f"{library} is not installed")
    frame = frames.DataFrame({"word": ["a", "b"], "y": [1.0, 2.0], name: values})
    with pytest.raises(ParameterError, match=f"the columns (y, )?{name} of a frame must be numbers"):
        KeyedVectors.from_frame(frame)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["N", None], "a string in each row, as in others, got (None|nan) in row 1; put a value"),
        ([np.nan, "N"], "got nan in row 0; put a value"),
        ([3, "N"], "got 3 in row 0$"),
        (
            [1, None],
            "numbers of 64 bits, truth values or strings, got None in row 1; put a value|got nan in row 1; put",
        ),
        ([1, [2]], r"got \[2\] in row 1$"),
        ([1, 2**70], "numbers of 64 bits, .* got 1180591620717411303424 in row 1$"),
        ([1.0, np.inf], "be finite, got inf in row 1$"),
    ],
)
def test_the_value_of_an_attribute_that_does_not_fit_is_named(values: Any, message: str) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"word": ["a", "b"], "x": [1.0, 2.0], "attribute.pos": values})
    with pytest.raises((ParameterError, ParameterTypeError), match=f"^attribute 'pos' must .*({message})"):
        KeyedVectors.from_frame(frame)


@pytest.mark.parametrize("wrong", [None, [["a", 1.0]], {"word": ["a"]}, np.eye(2)], ids=str)
def test_what_is_no_frame(wrong: Any) -> None:
    with pytest.raises(ParameterTypeError, match="frame must be a data frame of pandas or polars"):
        KeyedVectors.from_frame(wrong)


def test_a_library_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(
        MissingPackageError, match=r"^to_frame needs the package polars: pip install 'densevec\[polars\]'$"
    ):
        ALL["points"].to_frame("polars")
    with pytest.raises(ParameterError, match="library must be one of"):
        ALL["points"].to_frame("spark")  # type: ignore[arg-type]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_counts_are_exact_up_to_the_greatest(library):
    pytest.importorskip(library)
    counts = [2**63 - 1, 2**63 - 512, 2**53 + 1, 0]
    vectors = KeyedVectors(list("abcd"), np.eye(4), counts)
    assert KeyedVectors.from_frame(vectors.to_frame(library)).counts.tolist() == counts


@pytest.mark.parametrize("kind", ["Int64", object, "uint64"])
def test_counts_of_any_type_are_exact(kind):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"word": ["a", "b"], "x": [1.0, 2.0], "count": pandas.array([2**63 - 1, 3], dtype=kind)})
    assert KeyedVectors.from_frame(frame).counts.tolist() == [2**63 - 1, 3]
