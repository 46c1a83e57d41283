"""Types of ``densevec._cy.window``; what its names do is said there."""

import numpy as np
from numpy.typing import NDArray

from densevec._cy.blocks import Share
from densevec._cy.huffman import Paths
from densevec._cy.sampling import Noise
from densevec._cy.word_rows import WordRows

class History:
    def __init__(
        self,
        position: NDArray[np.float32],
        boundary: int,
        input_squares: NDArray[np.float32],
        output_squares: NDArray[np.float32],
        position_squares: NDArray[np.float32],
    ) -> None: ...

class WindowKernel:
    def __init__(
        self,
        input_table: NDArray[np.float32],
        output_table: NDArray[np.float32],
        layer: Noise | Paths,
        *,
        dim: int = 0,
        combine: str | None = None,
        history: History | None = None,
        num_own: int = 0,
        lock: NDArray[np.int64] | None = None,
        word_rows: WordRows | None = None,
    ) -> None: ...
    def train(self, share: Share, rate: float, variant: int = -1) -> tuple[tuple[float], int, int]: ...
