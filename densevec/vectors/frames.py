"""Between vectors and the data frames of pandas and polars."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from densevec._packages import import_package
from densevec._validation import Choice, check_parameter
from densevec.errors import ParameterError, ParameterTypeError
from densevec.formats import WordVectors
from densevec.vectors._attributes import Columns, as_column, first_inexpressible

_WORD, _COUNT, _VARIANCE, _ATTRIBUTE = "word", "count", "variance", "attribute."
_OF_DIMENSION = re.compile(r"variance_\d+")


def import_frames(library: Literal["pandas", "polars"]) -> ModuleType:
    """The library that makes a frame."""
    check_parameter("library", library, Choice(("pandas", "polars")))
    return import_package(library, "to_frame", library)


def frame_of(table: WordVectors, attributes: Columns, library: Literal["pandas", "polars"]) -> Any:
    """A data frame with a row a word; see ``KeyedVectors.to_frame``."""
    frames = import_frames(library)
    columns: dict[Any, Any] = {}
    if table.counts is not None:
        columns[_COUNT] = table.counts
    if table.variances is not None and table.variances.ndim == 1:
        columns[_VARIANCE] = table.variances
    columns |= dict(enumerate(table.vectors.T))
    if table.variances is not None and table.variances.ndim == 2:
        columns |= {f"{_VARIANCE}_{column}": values for column, values in enumerate(table.variances.T)}
    columns |= {f"{_ATTRIBUTE}{name}": values for name, values in attributes.items()}
    texts = {name: values for name, values in columns.items() if values.dtype == object}
    if library == "polars":  # whose columns are strings, and which has no index
        for given in (table.words, attributes, *texts.values()):
            odd = first_inexpressible(given)
            if odd is not None:
                raise ParameterError(
                    f"words and attributes must be expressible in UTF-8 to be in a frame of polars, got {odd!r:.80}; "
                    f"leave them out, or choose 'pandas'"
                )
        named = {
            str(name): values.tolist() if values.dtype == object else np.ascontiguousarray(values)
            for name, values in columns.items()
        }
        return frames.DataFrame({_WORD: list(table.words), **named})
    index = frames.Index(list(table.words), name=_WORD, dtype=object)
    for name, values in texts.items():
        if first_inexpressible(values) is not None:  # which a column of strings does not hold, but one of objects
            columns[name] = frames.Series(values, index=index, dtype=object)
    return frames.DataFrame(columns, index=index)


def table_of(frame: Any) -> tuple[WordVectors, Columns]:
    """The words, vectors, counts and variances of a data frame, and their attributes; see
    ``KeyedVectors.from_frame``."""
    names = list(getattr(frame, "columns", ()))
    if not names or not hasattr(frame, "to_numpy") or len(set(map(str, names))) != len(names):
        raise ParameterTypeError(
            f"frame must be a data frame of pandas or polars whose columns have different names, got "
            f"{type(frame).__name__}"
        )
    column = {str(name): frame[name] for name in names}
    words = _words(column.pop(_WORD) if _WORD in column else getattr(frame, "index", None))
    counts = column.pop(_COUNT, None)
    of_dimension = sorted(filter(_OF_DIMENSION.fullmatch, column), key=lambda name: int(name.rpartition("_")[2]))
    spread = {name: column.pop(name) for name in (_VARIANCE, *of_dimension) if name in column}
    if f"{_ATTRIBUTE}{_COUNT}" in column:
        raise ParameterError(
            f"the counts of a frame must be its column {_COUNT!r}, got '{_ATTRIBUTE}{_COUNT}'; rename or drop it"
        )
    given = {name.removeprefix(_ATTRIBUTE): column.pop(name) for name in list(column) if name.startswith(_ATTRIBUTE)}
    attributes = {name: as_column(name, values.to_list(), len(words)) for name, values in given.items()}
    vectors = _numbers(column)
    variances = _variances(spread, vectors.shape[1]) if spread else None
    return WordVectors(words, vectors, None if counts is None else _whole(counts), variances), attributes


def _variances(columns: dict[str, Any], dim: int) -> npt.NDArray[np.float64]:
    """Columns of variances, (n,) of one number a word, else (n, d)."""
    variances, are_both = _numbers(columns), _VARIANCE in columns and len(columns) > 1
    is_spherical = [*columns] == [_VARIANCE] and variances.shape[1] == 1
    if are_both or not (is_spherical or variances.shape[1] == dim):
        raise ParameterError(
            f"frame must have one column {_VARIANCE!r}, of numbers or of lists of {dim}, or one variance_i for each "
            f"of {dim} dimensions, got {'both kinds' if are_both else variances.shape[1]}"
        )
    if not (variances > 0).all():
        raise ParameterError("the variances of a frame must be above 0, got one that is not")
    return variances[:, 0] if is_spherical else variances


def _whole(counts: Any) -> npt.NDArray[np.int64]:
    """A column of counts, (n,), each exactly what it is there."""
    numbers = _numbers({_COUNT: counts})
    if numbers.shape[1] == 1 and ((numbers >= 0) & (numbers == np.floor(numbers))).all():
        exact = list(map(int, np.array(counts.to_list(), dtype=object).flat))
        if max(exact, default=0) < 2**63:
            return np.array(exact, np.int64)
    raise ParameterError(
        f"the column {_COUNT!r} of a frame must be whole numbers of at least 0 and below 2^63, got one that is not"
    )


def _words(column: Any) -> Sequence[str]:
    if column is None:
        raise ParameterError(f"frame must have a column {_WORD!r} with its words, got none of that name")
    words: list[Any] = column.to_list()
    odd = next((word for word in words if not isinstance(word, str)), None)
    if odd is not None or None in words:
        raise ParameterTypeError(
            f"the words of a frame, its column {_WORD!r} or else its index, must be strings, got {odd!r:.80}"
        )
    return words


def _numbers(columns: dict[Any, Any]) -> npt.NDArray[np.float64]:
    """The numbers of columns, (n, k), one after the other; a column may hold a list of them in each row."""
    try:
        found = np.column_stack([_floats(column) for column in columns.values()])
    except (TypeError, ValueError):
        raise ParameterError(
            f"the columns {', '.join(map(str, columns))[:80]} of a frame must be numbers, as many in each row, got "
            "others"
        ) from None
    if not np.isfinite(found).all():
        raise ParameterError("the numbers of a frame must be finite, got nan, infinity or none at all")
    return found


def _floats(column: Any) -> npt.NDArray[np.float64]:
    """The numbers of a column, (n,) or, of lists of k numbers, (n, k); TypeError or ValueError for what is none."""
    array = column.to_numpy()
    if array.dtype == object:
        array = np.asarray(column.to_list())
        array = array.reshape(len(array), -1) if array.size else array
    if array.dtype.kind not in "biufO":  # dates and complex numbers would be turned into others, strings be read
        raise TypeError
    return array.astype(np.float64)
