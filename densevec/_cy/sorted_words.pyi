"""Types of ``densevec._cy.sorted_words``; what its names do is said there."""

import numpy as np
from numpy.typing import NDArray

def locate(
    block: NDArray[np.uint8], offsets: NDArray[np.int64], order: NDArray[np.int32], word: bytes
) -> tuple[int, int]: ...
def decode(block: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.int64]) -> list[str]: ...
