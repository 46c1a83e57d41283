"""Types of ``densevec._cy.glove``; what its names do is said there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

def shuffle_entries(
    rows: NDArray[np.int32], columns: NDArray[np.int32], values: NDArray[np.float32], seed: int
) -> None: ...
def entry_order(begin: int, end: int, seed: int, places: NDArray[np.int64], num_entries: int) -> None: ...

class Counts:
    def __init__(
        self, rows: NDArray[np.int32], columns: NDArray[np.int32], values: NDArray[np.float32], num_words: int
    ) -> None: ...
    @property
    def num_words(self) -> int: ...

class CountShare:
    def __init__(
        self, counts: Counts, seed: int, begin: int, end: int, part: int, *, begun: Sequence[float] = ()
    ) -> None: ...
    @property
    def counts(self) -> Counts: ...
    @property
    def position(self) -> int: ...
    def stop(self) -> tuple[int, int]: ...

class GloVeKernel:
    def __init__(
        self,
        tables: Sequence[NDArray[np.float32]],
        biases: Sequence[NDArray[np.float32]],
        squares: Sequence[NDArray[np.float32]],
        bias_squares: Sequence[NDArray[np.float32]],
        *,
        x_max: float,
        alpha: float,
    ) -> None: ...
    def train(self, share: CountShare, rate: float, variant: int = -1) -> tuple[tuple[float], int, int]: ...
