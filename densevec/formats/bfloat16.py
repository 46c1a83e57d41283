"""bfloat16, which NumPy does not have: the upper 16 bits of a float32, kept under a type of its own.

A number keeps float32's range (8 bits of exponent) and 8 significant bits of its fraction, some two decimal digits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

BFLOAT16 = np.dtype([("bfloat16", "<u2")])  # a name, so that such bits are never taken for integers


def encode_bfloat16(values: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    """Finite float32 numbers as bfloat16, rounded to the nearest (ties to even), of the same shape.

    A number above the largest bfloat16, 3.3895e38, becomes infinite, as in any rounding to a shorter format.

    >>> decode_bfloat16(encode_bfloat16(np.array([1.0, 3.14159], dtype=np.float32))).tolist()
    [1.0, 3.140625]
    """
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    encoded: npt.NDArray[Any] = (rounded >> np.uint32(16)).astype("<u2").view(BFLOAT16)
    return encoded


def decode_bfloat16(stored: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """bfloat16, or its bits in uint16, as float32, exactly."""
    bits = np.asarray(stored).view(np.uint16)
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
