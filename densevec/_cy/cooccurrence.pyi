"""Types of ``densevec._cy.cooccurrence``; what its names do is said there."""

import numpy as np
from numpy.typing import NDArray

def separate(
    ids: NDArray[np.int32],
    offsets: NDArray[np.int64],
    begin: int,
    end: int,
    window: int,
    tokens: NDArray[np.int32],
) -> tuple[int, int]: ...
def sort_places(
    tokens: NDArray[np.int32], begin: int, end: int, num_words: int
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]: ...

class RowSums:
    def __init__(self, num_words: int, capacity: int) -> None: ...
    def count(
        self,
        tokens: NDArray[np.int32],
        places: NDArray[np.uint32],
        starts: NDArray[np.int64],
        first: int,
        last: int,
        weights: NDArray[np.uint64],
        left: bool,
        right: bool,
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint64]]: ...
    def merge(
        self, starts: NDArray[np.int64], columns: NDArray[np.int32], values: NDArray[np.uint64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint64]]: ...
