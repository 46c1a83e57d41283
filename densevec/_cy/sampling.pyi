"""Types of ``densevec._cy.sampling``; what its names do is said there."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

def alias_table(weights: ArrayLike) -> NDArray[np.uint32]: ...
def draw(table: NDArray[np.uint32], size: int, seed: int) -> NDArray[np.int32]: ...

class Noise:
    def __init__(
        self,
        table: NDArray[np.uint32],
        negative: float,
        pool: int,
        share: int,
        bias: NDArray[np.float32] | None = None,
        log_noise: NDArray[np.float32] | None = None,
    ) -> None: ...
