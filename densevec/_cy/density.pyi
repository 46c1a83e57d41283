"""Types of ``densevec._cy.density``; what its names do is said there."""

import numpy as np
from numpy.typing import NDArray

from densevec._cy.blocks import Share
from densevec._cy.sampling import Noise
from densevec._cy.word_rows import WordRows

class Densities:
    def __init__(
        self,
        mean: NDArray[np.float32],
        log_variance: NDArray[np.float32],
        squares: NDArray[np.float32],
        word_rows: WordRows | None = None,
    ) -> None: ...

class DensityKernel:
    def __init__(
        self,
        word: Densities,
        context: Densities,
        noise: Noise,
        dim: int,
        *,
        is_kl: bool,
        margin: float,
        norm_bound: float,
        min_variance: float,
        max_variance: float,
        apart: NDArray[np.uint8] | None = None,
    ) -> None: ...
    def train(
        self, share: Share, rate: float, variance_rate: float, variant: int = -1
    ) -> tuple[tuple[float], int, int]: ...
