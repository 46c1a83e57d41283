"""Types of ``densevec._cy.word_rows``; what its names do is said there."""

import numpy as np
from numpy.typing import NDArray

class WordRows:
    @property
    def num_words(self) -> int: ...
    def __init__(self, offsets: NDArray[np.int64], rows: NDArray[np.int32], num_rows: int) -> None: ...

def reorder_rows(table: NDArray[np.float32], source: NDArray[np.int32]) -> None: ...
