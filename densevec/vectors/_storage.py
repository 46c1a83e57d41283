"""How numbers are kept: float32, or 16 bits a number, decoded to float32 row by row where they are used.

In memory bfloat16 is an array of its bits in uint16, which NumPy can index and map; ``widen`` decodes either.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.errors import ParameterError
from densevec.formats import BFLOAT16, encode_bfloat16
from densevec.vectors.search import widen

Stored = npt.NDArray[Any]  # float32, float16, or uint16
STORAGES = {"float32": np.dtype(np.float32), "float16": np.dtype(np.float16), "bfloat16": np.dtype(np.uint16)}
_NAMES = {dtype: name for name, dtype in STORAGES.items()}
_ELEMENTS_AT_ONCE = 2**22


def storage_of(stored: Stored) -> str:
    """ "float32", "float16" or "bfloat16"."""
    return _NAMES[stored.dtype]


def from_tensor(tensor: npt.NDArray[Any]) -> Stored | None:
    """A file's tensor as it is kept in memory; None if vectors are never of its type."""
    if tensor.dtype == BFLOAT16:
        return tensor.view(np.uint16)
    return tensor if tensor.dtype in (np.float32, np.float16) else None


def to_tensor(stored: Stored) -> npt.NDArray[Any]:
    """The same as a file's tensor."""
    return stored.view(BFLOAT16) if stored.dtype == np.uint16 else stored


def encode(values: npt.NDArray[np.float32], storage: str, name: str, *, above_zero: bool = False) -> Stored:
    """float32 numbers in a storage, rounded to the nearest.

    Raises
    ------
    ParameterError
        If a number is out of the storage's range (above 65,504 in float16), or one that must be above zero becomes 0.
    """
    if storage == "float32":
        return values
    with np.errstate(over="ignore"):
        stored = values.astype(np.float16) if storage == "float16" else encode_bfloat16(values).view(np.uint16)
    step = max(1, _ELEMENTS_AT_ONCE // max(1, int(np.prod(values.shape[1:]))))
    for begin in range(0, len(values), step):
        part = widen(stored[begin : begin + step])
        holds = np.isfinite(part) & (part > 0) if above_zero else np.isfinite(part)
        if not holds.all():
            row = begin + int(np.argmin(holds.reshape(len(part), -1).all(-1)))
            raise ParameterError(f"{name} must fit the range of {storage}, row {row} does not; try 'bfloat16'")
    return stored


def read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A view that nobody writes to."""
    view = array.view()
    view.flags.writeable = False
    return view


def check_storage(storage: Any) -> str:
    """The name of a storage, or an error that lists them."""
    if not isinstance(storage, str) or storage not in STORAGES:
        raise ParameterError(f"storage must be one of {', '.join(map(repr, STORAGES))}, got {storage!r:.80}")
    return storage
