"""Lengths of vectors whose squares a float cannot hold: they have a direction like all others.

A multiple by a power of two has the same direction to the bit, so that nothing is lost where it stands for the vector.
"""

from __future__ import annotations

import math
import sys
from functools import cache
from types import ModuleType
from typing import Any

from densevec.densities._namespace import Array, array_namespace, widened

_LEAST, _MOST = sys.float_info.min ** (2 / 3), sys.float_info.max ** (2 / 3)
_ROOM = 24  # powers of two below the largest number, which a rounded logarithm must not go beyond


def are_fit(squares: Array) -> bool:
    """Whether sums of squares are so far from over- and underflow that roots and quotients of them have all digits.

    Those of zero vectors are not.
    """
    if isinstance(squares, float):  # NumPy's of 64 bits too: the everyday case
        return _LEAST < squares < _MOST
    least, most = _limits(array_namespace(squares), squares.dtype)
    return bool(((squares > least) & (squares < most)).all())


def fitting(vectors: Array) -> Array:
    """The vectors (..., d) as floats, each multiplied by a power of two, so that its squares are fit.

    Zero vectors stay zero, and an array without numbers is as it is.

    >>> import numpy as np
    >>> np.allclose(fitting(np.array([[3e200, 4e200], [3e-200, 4e-200]])) ** 2 @ [16, -9], 0)
    True
    """
    namespace, vectors = array_namespace(vectors), widened(vectors)
    if 0 in vectors.shape:
        return vectors
    return vectors / power_near(namespace.amax(namespace.abs(vectors), -1)[..., None])


def power_near(sizes: Array) -> Array:
    """Powers of two by which sizes of at least 0, divided, have squares that are fit; 1 for 0."""
    namespace = array_namespace(sizes)
    logarithm = namespace.log2(namespace.where(sizes > 0, sizes, namespace.ones_like(sizes)))
    most = int(math.log2(namespace.finfo(sizes.dtype).max)) - _ROOM
    return namespace.exp2(namespace.clip(namespace.floor(logarithm), -most, most))


@cache
def _limits(namespace: ModuleType, dtype: Any) -> tuple[float, float]:
    if not dtype.is_floating_point if hasattr(dtype, "is_floating_point") else dtype.kind != "f":
        return 0.0, math.inf  # integers
    limits = namespace.finfo(dtype)
    return float(limits.tiny) ** (2 / 3), float(limits.max) ** (2 / 3)
