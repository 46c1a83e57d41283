"""Words, vectors, matrices and sentences in every container that people hand over, of the libraries that are there."""

from __future__ import annotations

import array
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch

Make = Callable[[Any], Any]


def _object_array(values: Sequence[Any]) -> np.ndarray:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


class Column:
    """A column of a library that nobody has heard of: it has an order, and no more than that."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = list(values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, place: int) -> Any:
        return self._values[place]


def _of(library: str, make: Callable[[Any, Any], Any], name: str = "") -> Any:
    """A container of a library, skipped where that is absent."""

    def made(values: Any) -> Any:
        return make(pytest.importorskip(library) and import_module(library), values)

    return pytest.param(made, id=f"{library} {name}".strip())


PLAIN: list[Any] = [
    pytest.param(list, id="list"),
    pytest.param(tuple, id="tuple"),
    pytest.param(Column, id="column"),
    pytest.param(_object_array, id="array of objects"),
]
ONCE: list[Any] = [
    pytest.param(iter, id="iterator"),
    pytest.param(lambda values: (value for value in values), id="generator"),
]
LIBRARIES: list[Any] = [
    _of("pandas", lambda pd, values: pd.Series(values), "Series"),
    _of("pandas", lambda pd, values: pd.Series(values, index=range(7, 7 + len(values))), "Series with an index"),
    _of("polars", lambda pl, values: pl.Series(values), "Series"),
    _of("pyarrow", lambda pa, values: pa.array(values), "array"),
    _of("pyarrow", lambda pa, values: pa.chunked_array([values[:1], values[1:]]), "chunked array"),
    _of("datasets", lambda ds, values: ds.Dataset.from_dict({"of": list(values)})["of"], "column"),
]
WORDS: list[Any] = [
    *PLAIN,
    *ONCE,
    pytest.param(np.array, id="array"),
    pytest.param(lambda words: np.array(words, dtype=np.dtypes.StringDType()), id="array of StringDType"),
    pytest.param(lambda words: dict.fromkeys(words).keys(), id="keys"),
    *LIBRARIES,
    _of("pandas", lambda pd, words: pd.Index(words), "Index"),
    _of("pandas", lambda pd, words: pd.Series(words, dtype="category"), "categories"),
    _of("pyarrow", lambda pa, words: pa.array(words).dictionary_encode(), "dictionary"),
]
VECTORS: list[Any] = [
    *PLAIN,
    pytest.param(lambda vector: [int(x) if x == int(x) else x for x in vector], id="integers and floats"),
    pytest.param(np.array, id="array"),
    pytest.param(np.float32, id="array of float32"),
    pytest.param(lambda vector: array.array("d", vector), id="array.array"),
    pytest.param(lambda vector: np.array([vector]), id="array (1, d)"),
    pytest.param(lambda vector: [list(vector)], id="list of one list"),
    pytest.param(torch.tensor, id="tensor"),
    pytest.param(lambda vector: torch.tensor(vector, requires_grad=True), id="tensor with a gradient"),
    *LIBRARIES,
]
MATRICES: list[Any] = [
    pytest.param(lambda rows: [list(row) for row in rows], id="lists"),
    pytest.param(lambda rows: tuple(tuple(row) for row in rows), id="tuples"),
    pytest.param(lambda rows: [np.array(row) for row in rows], id="list of arrays"),
    pytest.param(lambda rows: (list(row) for row in rows), id="generator"),
    pytest.param(np.array, id="array"),
    pytest.param(lambda rows: np.array(rows, dtype=object), id="array of objects"),
    pytest.param(lambda rows: _object_array([list(row) for row in rows]), id="array of lists"),
    pytest.param(torch.tensor, id="tensor"),
    pytest.param(lambda rows: [torch.tensor(row) for row in rows], id="list of tensors"),
    pytest.param(lambda rows: import_module("scipy.sparse").csr_array(np.array(rows)), id="sparse"),
    *LIBRARIES,
    _of("pandas", lambda pd, rows: pd.DataFrame(rows), "DataFrame"),
]
