"""Types of ``densevec._cy.pairs``; what its names do is said there."""

import numpy as np
from numpy.typing import NDArray

def sort_window(
    source_offsets: NDArray[np.int64],
    target_offsets: NDArray[np.int64] | None,
    turn: int,
    seed: int,
    shuffle: bool,
    sentences: NDArray[np.int64],
) -> None: ...
def pad(
    ids: NDArray[np.int32], offsets: NDArray[np.int64], sentences: NDArray[np.int64], padded: NDArray[np.int32]
) -> None: ...
