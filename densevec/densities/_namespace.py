"""Which library an array belongs to, found without importing torch."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np

# NumPy arrays and torch tensors share no base class that could be named without importing torch.
Array = Any
_WIDE = {"b": np.float64, "i": np.float64, "u": np.float64, "f": np.float32}  # by NumPy's kinds


def array_namespace(*arrays: Array) -> ModuleType:
    """``torch`` if any argument is a torch tensor, otherwise ``numpy``.

    Torch cannot be among the arguments' types before somebody has imported it,
    so looking into ``sys.modules`` is enough and costs nothing.
    """
    torch = sys.modules.get("torch")
    if torch is not None and any(isinstance(array, torch.Tensor) for array in arrays):
        return torch
    return np


def widened(array: Array) -> Array:
    """An array in floats whose products have digits and room: integers in float64, floats of 16 bits in float32.

    Those of 32 bits and more are as they are, and so is what is no array.

    >>> widened(np.array([200], np.uint8)) ** 2
    array([40000.])
    """
    dtype = getattr(array, "dtype", None)
    if isinstance(dtype, np.dtype):
        wide = None if dtype.char in "fd" else _WIDE.get(dtype.kind)  # the everyday case first
        return array if wide is None else array.astype(np.promote_types(dtype, wide), copy=False)
    if dtype is None or dtype.is_complex:
        return array
    if not dtype.is_floating_point:
        return array.double()
    return array.float() if array.element_size() < np.dtype(np.float32).itemsize else array
