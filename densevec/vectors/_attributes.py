"""Columns of one value a word: truth values, whole numbers, numbers or strings, in memory and in files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._containers import described, is_list_like, is_missing, listed
from densevec.errors import CorruptError, FormatError, ParameterError, ParameterTypeError

Column = npt.NDArray[Any]
Columns = Mapping[str, Column]
COUNT = "count"  # the name of the counts where they stand among attributes
SPECIFICITY = "specificity"  # the attribute by which entailment and generality go
_PREFIX, _BLOCK, _OFFSETS = "attribute.", ".utf8", ".offsets"
_LARGEST = 2**63 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")
_TYPES = {"b": np.dtype(bool), "i": np.dtype(np.int64), "u": np.dtype(np.int64), "f": np.dtype(np.float64)}


def as_column(name: str, values: Any, num_values: int) -> Column:
    """Values of one kind as bool, int64, float64 or, for strings, object; finite, one a word."""
    if not isinstance(name, str) or not name or name.endswith((_BLOCK, _OFFSETS)):
        raise ParameterError(
            f"the name of an attribute must be a string that is not empty and ends in neither {_BLOCK!r} nor "
            f"{_OFFSETS!r}, got {name!r:.80}; choose another"
        )
    if not is_list_like(values):
        raise ParameterTypeError(f"attribute {name!r} must have a list of values, got one {described(values)}")
    given = values if isinstance(values, np.ndarray) and values.dtype.kind in _TYPES else listed(values)
    are_strings = len(given) > 0 and all(isinstance(value, str) for value in given)
    try:
        array = np.asarray(given, dtype=object if are_strings else None)
    except ValueError:  # values that are lists, of several lengths
        raise _odd_value(name, given) from None
    if array.shape != (num_values,):
        raise ParameterError(f"attribute {name!r} must have {num_values} values, got shape {array.shape}")
    if are_strings:
        if name == SPECIFICITY:
            raise ParameterTypeError(
                f"attribute {name!r} must have numbers, by which entailment and generality go, got {array[0]!r:.80}; "
                "choose another name for strings"
            )
        return array
    if array.dtype.kind not in _TYPES or (array.dtype.kind == "u" and (array > _LARGEST).any()):
        raise _odd_value(name, given)
    column = array.astype(_TYPES[array.dtype.kind])
    if column.dtype.kind == "f" and not (is_finite := np.isfinite(column)).all():
        row = int(np.argmin(is_finite))
        raise ParameterError(f"attribute {name!r} must be finite, got {column[row]} in row {row}{_advice(column[row])}")
    return column


def _odd_value(name: str, values: Any) -> ParameterTypeError:
    """The error about the first value that is none of the kind that the others are."""
    has_strings = any(isinstance(value, str) for value in values)
    is_odd = _is_no_string if has_strings else _is_no_number
    row, odd = next((row, value) for row, value in enumerate(values) if is_odd(value))
    wanted = "a string in each row, as in others" if has_strings else "numbers of 64 bits, truth values or strings"
    return ParameterTypeError(f"attribute {name!r} must have {wanted}, got {odd!r:.80} in row {row}{_advice(odd)}")


def _advice(value: Any) -> str:
    return "; put a value where one is missing, or leave the attribute out" if is_missing(value) else ""


def _is_no_string(value: Any) -> bool:
    return not isinstance(value, str)


def _is_no_number(value: Any) -> bool:
    if isinstance(value, Integral):
        return not -_LARGEST - 1 <= int(value) <= _LARGEST
    return not isinstance(value, float | np.floating | bool | np.bool_) or is_missing(value)


def empty_column(name: str, num_words: int, like: Column | None, given: Column | None) -> Column:
    """Zeros or empty strings of the kind of ``like``; ``given`` values must fit that kind."""
    assert like is not None  # a column that is there, or the values it begins with
    if given is not None and given.dtype != like.dtype and not (like.dtype.kind == "f" and given.dtype.kind == "i"):
        kinds = {"b": "truth values", "i": "whole numbers", "f": "numbers", "O": "strings"}
        raise ParameterTypeError(
            f"attribute {name!r} holds {kinds[like.dtype.kind]}, got {kinds[given.dtype.kind]}: {given.flat[0]!r:.80}"
        )
    return np.full(num_words, "", dtype=object) if like.dtype == object else np.zeros(num_words, dtype=like.dtype)


def first_inexpressible(texts: Iterable[str]) -> str | None:
    """The first text that UTF-8 cannot express, for a lone surrogate in it; None if there is none."""
    return next((text for text in texts if not text.isascii() and _SURROGATE.search(text)), None)


def to_tensors(columns: Columns) -> dict[str, Column]:
    """The tensors of a file that keep the columns; strings become one UTF-8 block and offsets into it."""
    tensors: dict[str, Column] = {}
    for name, column in columns.items():
        if column.dtype != object:
            tensors[_PREFIX + name] = column
            continue
        odd = first_inexpressible(column)
        if odd is not None:
            raise ParameterError(f"attribute {name!r} must be expressible in UTF-8, got {odd!r:.80}")
        encoded = [value.encode("utf-8") for value in column]
        tensors[_PREFIX + name + _BLOCK] = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        tensors[_PREFIX + name + _OFFSETS] = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    return tensors


def from_tensors(tensors: Mapping[str, Column], num_words: int, origin: str) -> dict[str, Column]:
    """The columns in the tensors of a file."""
    columns: dict[str, Column] = {}
    for full_name, tensor in tensors.items():
        if not full_name.startswith(_PREFIX) or full_name.endswith(_OFFSETS):
            continue
        name = full_name.removeprefix(_PREFIX).removesuffix(_BLOCK)
        if name == COUNT:
            raise FormatError(
                f"{origin}: counts must be named 'counts', found {full_name!r}; rename it, or leave it out"
            )
        if full_name.endswith(_BLOCK):
            columns[name] = _strings(name, tensor, tensors.get(_PREFIX + name + _OFFSETS), num_words, origin)
        elif tensor.shape != (num_words,) or tensor.dtype not in _TYPES.values():
            found = f"{tensor.dtype} of shape {tensor.shape}"
            raise FormatError(
                f"{origin}: tensor {full_name[:80]!r} must be one bool, int64 or float64 a word, found {found}"
            )
        else:
            columns[name] = tensor
    return columns


def _strings(name: str, block: Column, offsets: Column | None, num_words: int, origin: str) -> Column:
    where = f"{origin}: the strings of attribute {name[:80]!r}"
    if offsets is None or offsets.shape != (num_words + 1,) or offsets.dtype != np.int64 or block.dtype != np.uint8:
        raise FormatError(f"{where} must be uint8 with one int64 offset a word and one more")
    if block.ndim != 1 or offsets[0] != 0 or offsets[-1] != len(block) or (np.diff(offsets) < 0).any():
        raise CorruptError(f"{where}: the offsets must go from 0 up to {block.size}, the size of the text")
    raw, column = block.tobytes(), np.empty(num_words, dtype=object)
    try:
        column[:] = [raw[begin:end].decode() for begin, end in pairwise(offsets.tolist())]
    except UnicodeDecodeError as error:
        raise CorruptError(f"{where} are not UTF-8 ({error.reason})") from None
    return column
