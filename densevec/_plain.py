"""Numbers as plain Python has them, whatever library they are from."""

from __future__ import annotations

import re
from numbers import Integral, Real
from typing import Any

import numpy as np

_WRITTEN = re.compile(r"(?:np|numpy)\.\w+\((?P<number>[-+.\w]+)\)|np\.(?P<flag>True|False)_")
_FLAGS = {"True": True, "False": False}


def plain_number(value: Any) -> bool | int | float | None:
    """A number, or a truth value, as a bool, int or float; None for what is neither.

    >>> plain_number(np.int64(4)), plain_number(np.bool_(True)), plain_number("4")
    (4, True, None)
    """
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isinstance(value, Real) else None


def with_plain_numbers(value: Any) -> Any:
    """The value, numbers of other libraries as plain ones, in a tuple or list too.

    >>> with_plain_numbers(np.float64(0.5)), with_plain_numbers((np.int64(3), 6)), with_plain_numbers("cpu")
    (0.5, (3, 6), 'cpu')
    """
    if isinstance(value, tuple | list) and all(isinstance(each, Real) for each in value):
        return type(value)(map(plain_number, value))
    number = plain_number(value)
    return value if number is None else number


def read_number(value: Any) -> Any:
    """What a file of an earlier version has of a number of NumPy's, "np.int64(4)", as the number; all else as it is.

    >>> read_number("np.int64(4)"), read_number("np.True_"), read_number("np.float32(0.5)"), read_number("cuda:1")
    (4, True, 0.5, 'cuda:1')
    """
    if isinstance(value, list):
        return [read_number(each) for each in value]
    found = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    text = found["number"] or found["flag"]
    if text in _FLAGS:
        return _FLAGS[text]
    try:
        return float(text) if set(text) & set(".en") else int(text)
    except ValueError:
        return value
