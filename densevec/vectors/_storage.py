"""Matrices in 16 bits a number: half the memory, decoded to float32 row by row where they are used."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.errors import ParameterError
from densevec.formats import BFLOAT16, decode_bfloat16, encode_bfloat16

STORAGES = {"float32": np.dtype(np.float32), "float16": np.dtype(np.float16), "bfloat16": BFLOAT16}
_NAMES = {dtype: name for name, dtype in STORAGES.items()}
_ELEMENTS_AT_ONCE = 2**22


class CompactRows:
    """A table (n, ...) kept as float16 or bfloat16; ``rows[...]`` takes rows out of it as float32, exactly."""

    def __init__(self, stored: npt.NDArray[Any]) -> None:
        self.stored = stored

    @property
    def shape(self) -> tuple[int, ...]:
        return self.stored.shape

    @property
    def ndim(self) -> int:
        return self.stored.ndim

    @property
    def nbytes(self) -> int:
        return self.stored.nbytes

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """What indexing gives; ``stored.dtype`` is what is kept."""
        return STORAGES["float32"]

    def __len__(self) -> int:
        return len(self.stored)

    def __getitem__(self, rows: Any) -> npt.NDArray[np.float32]:
        part = self.stored[rows]
        return decode_bfloat16(part) if part.dtype == BFLOAT16 else part.astype(np.float32)


Matrix = npt.NDArray[np.float32] | CompactRows


def is_storable(array: npt.NDArray[Any]) -> bool:
    """Whether an array of a file is of a type that vectors may have."""
    return array.dtype in _NAMES


def wrap(stored: npt.NDArray[Any]) -> Matrix:
    """The table behind an array of any storage."""
    return stored if stored.dtype == np.float32 else CompactRows(stored)


def stored_array(matrix: Matrix) -> npt.NDArray[Any]:
    """The array that keeps a table: itself, or the 16-bit one."""
    return matrix.stored if isinstance(matrix, CompactRows) else matrix


def storage_of(matrix: Matrix) -> str:
    """"float32", "float16" or "bfloat16"."""
    return _NAMES[stored_array(matrix).dtype]


def encode(values: npt.NDArray[np.float32], storage: str, name: str, *, above_zero: bool = False) -> npt.NDArray[Any]:
    """float32 numbers in a storage, rounded to the nearest.

    Raises
    ------
    ParameterError
        If a number is out of the storage's range (above 65,504 in float16), or one that must be above zero becomes 0.
    """
    if storage == "float32":
        return values
    with np.errstate(over="ignore"):
        encoded = encode_bfloat16(values) if storage == "bfloat16" else values.astype(np.float16)
    decoded = CompactRows(encoded)
    step = max(1, _ELEMENTS_AT_ONCE // max(1, int(np.prod(values.shape[1:]))))
    for begin in range(0, len(values), step):
        part = decoded[begin : begin + step]
        holds = np.isfinite(part) & (part > 0) if above_zero else np.isfinite(part)
        if not holds.all():
            row = begin + int(np.argmin(holds.reshape(len(part), -1).all(-1)))
            raise ParameterError(f"{name} must fit the range of {storage}, row {row} does not; try 'bfloat16'")
    return encoded


def check_storage(storage: Any) -> str:
    """The name of a storage, or an error that lists them."""
    if not isinstance(storage, str) or storage not in STORAGES:
        raise ParameterError(f"storage must be one of {', '.join(map(repr, STORAGES))}, got {storage!r}")
    return storage
