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
_OF_DIMENSION = re.compile(r"variance_(\d+)")


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
    counts, variance = column.pop(_COUNT, None), column.pop(_VARIANCE, None)
    of_dimension = [column.pop(name) for name in sorted(filter(_OF_DIMENSION.fullmatch, list(column)), key=_dimension)]
    given = {name: column.pop(name).to_list() for name in list(column) if name.startswith(_ATTRIBUTE)}
    named = {full.removeprefix(_ATTRIBUTE): values for full, values in given.items()}
    attributes = {name: as_column(name, values, len(words)) for name, values in named.items()}
    vectors = _numbers(column)
    variances = None if variance is None else _numbers({_VARIANCE: variance})[:, 0]
    if of_dimension:
        if variance is not None or len(of_dimension) != vectors.shape[1]:
            raise ParameterError(
                f"frame must have one column {_VARIANCE!r} or one variance_i for each of {vectors.shape[1]} "
                f"dimensions, got {len(of_dimension)}{'' if variance is None else ' and both kinds'}"
            )
        variances = _numbers(dict(enumerate(of_dimension)))
    if variances is not None and not (variances > 0).all():
        raise ParameterError("the variances of a frame must be above 0, got one that is not")
    whole_counts = None if counts is None else _whole(counts)
    return WordVectors(words, vectors, whole_counts, variances), attributes


def _whole(counts: Any) -> npt.NDArray[np.int64]:
    """A column of counts, (n,), each exactly what it is there."""
    numbers, exact = _numbers({_COUNT: counts})[:, 0], counts.to_numpy()
    fits = numbers < 2**63 if exact.dtype.kind == "f" else exact <= 2**63 - 1  # which float64 makes 2**63
    if not ((numbers >= 0) & (numbers == np.floor(numbers)) & fits).all():
        raise ParameterError(
            f"the column {_COUNT!r} of a frame must be whole numbers of at least 0 and below 2^63, got one that is not"
        )
    return np.asarray(exact.astype(np.int64))


def _dimension(name: str) -> int:
    found = _OF_DIMENSION.fullmatch(name)
    assert found is not None
    return int(found[1])


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
    """The numbers of columns, (n, k); one column may hold a list of k numbers in each row."""
    try:
        arrays = [column.to_numpy() for column in columns.values()]
        if len(arrays) == 1 and arrays[0].dtype == object and len(arrays[0]):
            return np.stack([np.asarray(row, np.float64).reshape(-1) for row in arrays[0]])
        found = np.column_stack([np.asarray(array, np.float64) for array in arrays])
    except (TypeError, ValueError):
        raise ParameterError(
            f"the columns {', '.join(map(str, columns))[:80]} of a frame must be numbers, as many in each row, got "
            "others"
        ) from None
    if not np.isfinite(found).all():
        raise ParameterError("the numbers of a frame must be finite, got nan, infinity or none at all")
    return found
