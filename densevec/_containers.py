"""Containers of other libraries, by what they can do and not by their names, so that none of them is needed.

Lists, tuples, arrays of NumPy, columns of pandas, polars, Arrow and ``datasets``, tensors: all of them can be iterated,
have ``__array__`` or give a list by ``to_pylist``, ``to_list`` or ``tolist``.  Tables have columns with names.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, KeysView, Mapping, Set
from typing import Any

import numpy as np

Bytes = bytes | bytearray | memoryview
_TO_LIST = ("to_pylist", "to_list", "tolist")


def plain(value: Any) -> Any:
    """A Python object for a scalar of Arrow, a NumPy scalar or an array or tensor without axes, else the value itself.

    >>> plain(np.array("kiwi")), plain(np.float32(0.5)), plain([1])
    ('kiwi', 0.5, [1])
    """
    if type(value) is str:  # most of what is asked, and most often
        return value
    if hasattr(value, "as_py"):
        return value.as_py()
    if "numpy.ma" in sys.modules and value is np.ma.masked:  # who has masked arrays has imported them
        return None
    return value.item() if getattr(value, "ndim", None) == 0 and hasattr(value, "item") else value


def described(value: Any) -> str:
    """The type of a value, for errors, and whether it stands for a missing one."""
    kind = type(value).__name__
    return f"of type {kind}, a missing value" if is_missing(value) else f"of type {kind}"


def is_missing(value: Any) -> bool:
    """Whether it is what stands for a missing value in some library: None, nan, pandas' NA and NaT."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and math.isnan(value)


def can_iterate(value: Any) -> bool:
    """Whether it gives values one by one; an array without dimensions does not."""
    return isinstance(value, Iterable) and getattr(value, "ndim", 1) != 0


def is_list_like(value: Any) -> bool:
    """Whether it is a container that has an order and is no text, bytes or dict."""
    return can_iterate(value) and not isinstance(value, str | Bytes | Mapping) and not has_no_order(value)


def has_no_order(values: Any) -> bool:
    """Whether it is a set; the keys of a dict are one too, and have an order."""
    return isinstance(values, Set) and not isinstance(values, KeysView)


def listed(values: Any) -> list[Any]:
    """The values of a container in order, as Python objects where it has a way to give them."""
    if type(values) in (list, tuple):
        return list(values)
    for name in _TO_LIST:
        if callable(convert := getattr(values, name, None)) and isinstance(found := convert(), list):
            return found
    return list(values)


def nested(values: Any) -> Any:
    """The same of containers in containers, to the innermost values."""
    values = plain(values)
    if not is_list_like(values):
        return values
    return [nested(value) for value in listed(values)]


def columns_of(table: Any) -> list[Any] | None:
    """The names of a table's columns (pandas, polars, Arrow, ``datasets``, NumPy records), None for no table.

    >>> columns_of([["a"]]) is None
    True
    """
    if isinstance(table, str | bytes | list | tuple | Mapping | type):
        return None
    names = getattr(getattr(table, "dtype", None), "names", None)
    for attribute in ("column_names", "columns"):
        if names is None and hasattr(table, attribute):
            names = getattr(table, attribute)
            names = [] if names is None else names  # a data set that streams may not know
    if names is None or callable(names) or not isinstance(names, Iterable):
        return None
    return listed(names)


def named_columns(names: list[Any]) -> str:
    """The first few of a table's columns, for errors."""
    return ", ".join(map(str, names[:8])) + (", ..." if len(names) > 8 else "")


def _first_value(table: Any, name: Any) -> Any:
    """What the column begins with; None where that cannot be told."""
    try:
        column = table[name]
        return None if columns_of(column) is not None else next((plain(value) for value in column), None)
    except Exception:  # a table of whatever library, in a message about another mistake
        return None


def refuse_table(
    given: Any, role: str, error: type[Exception], num_columns: int = 1, *, is_split: bool = False
) -> None:
    """Raise ``error`` where a whole table is given as ``role``, for which ``num_columns`` of it would serve: those of
    strings or lists are named, if it has such.

    is_split : whether strings must be split into words to serve
    """
    names = columns_of(given)
    if names is None:
        return
    kind = type(given).__name__
    shown = f" ({named_columns(names)})" if names else ""
    begins = {
        name: value for name in names if isinstance(name, str) and (value := _first_value(given, name)) is not None
    }
    fitting = [name for name, value in begins.items() if isinstance(value, str) or is_list_like(value)]
    fitting = fitting if len(fitting) >= num_columns else names
    if num_columns == 2:
        first, second = fitting[:2] if len(fitting) > 1 else ("source", "target")
        zipped = f"zip(table[{first!r}], table[{second!r}])"
        advice = f"give two of them as pairs, list({zipped}), of strings [(a.split(), b.split()) for a, b in {zipped}]"
    else:
        column = f"table[{fitting[0] if fitting else 'text'!r}]"
        advice = f"give one of them, such as {column}"
        if is_split and fitting and isinstance(begins.get(fitting[0]), str):
            advice += f", its texts split into words: [text.split() for text in {column}]"
    raise error(f"{role} cannot be a whole {kind}, which has columns{shown}; {advice}")
