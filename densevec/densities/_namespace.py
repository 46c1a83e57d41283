"""Which library an array belongs to, found without importing torch."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np

# NumPy arrays and torch tensors share no base class that could be named without importing torch.
Array = Any


def array_namespace(*arrays: Array) -> ModuleType:
    """``torch`` if any argument is a torch tensor, otherwise ``numpy``.

    Torch cannot be among the arguments' types before somebody has imported it,
    so looking into ``sys.modules`` is enough and costs nothing.
    """
    torch = sys.modules.get("torch")
    if torch is not None and any(isinstance(array, torch.Tensor) for array in arrays):
        return torch
    return np
