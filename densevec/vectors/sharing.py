"""Which vectors hold the same arrays: nobody can write through one into another."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakSet

import numpy as np
import numpy.typing as npt

from densevec.vectors._storage import read_only
from densevec.vectors.search import widen
from densevec.vectors.state import State


class Sharers:
    """Vectors of which one came of another with some of its arrays, as long as they live.

    Some may have left these for arrays of their own: what each holds is looked at when it is asked.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # a set that grows must not be gone through
        self._members: WeakSet[Any] = WeakSet()

    def add(self, vectors: Any) -> None:
        """Count these vectors among them."""
        with self._lock:
            self._members.add(vectors)

    def hold(self, array: npt.NDArray[Any], besides: Any) -> bool:
        """Whether any of them but one has a part of the array's memory."""
        with self._lock:
            others = [each for each in self._members if each is not besides]
        return any(np.may_share_memory(array, own) for each in others for own in arrays_of(each._state))


def arrays_of(state: State) -> list[npt.NDArray[Any]]:
    """The arrays of a state that vectors hand out as they are, and those that they read sentences by."""
    read_by = () if state.reader is None else state.reader.arrays
    parts = (state.table.mean, state.table.variance, state.counts, *state.attributes.values(), *read_by)
    return [part for part in parts if part is not None]


def handed_out(vectors: Any, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """An array of some vectors' state for their user: read-only where others have it too."""
    return read_only(array) if vectors._sharers.hold(array, besides=vectors) else array


def numbers_handed_out(vectors: Any, stored: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """The same of stored numbers in float32; read-only, too, where these are decoded."""
    values = widen(stored)
    return handed_out(vectors, values) if values is stored else read_only(values)
