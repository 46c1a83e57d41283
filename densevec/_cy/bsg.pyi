"""Types of ``densevec._cy.bsg``; what its names do is said there."""

import numpy as np
from numpy.typing import NDArray

from densevec._cy.blocks import Share

def encoder_layout(dim: int, hidden: int, num_places: int = 0) -> tuple[dict[str, tuple[int, int, int, int]], int]: ...

class Encoder:
    def __init__(
        self,
        dim: int,
        hidden: int,
        dense: NDArray[np.float32],
        first_moment: NDArray[np.float32],
        second_moment: NDArray[np.float32],
        steps: NDArray[np.int64],
        lock: NDArray[np.int64] | None = None,
        num_places: int = 0,
    ) -> None: ...

class BayesianSkipGramKernel:
    def __init__(
        self,
        encoder: Encoder,
        window: int,
        tables: dict[str, NDArray[np.float32]],
        log_frequency: NDArray[np.float32],
        entropy: float,
        noise: NDArray[np.uint32],
        log_weight: NDArray[np.float32],
        num_noise: int,
        *,
        context_dropout: float,
        information_scale: float,
        information_exponent: float,
        residual: bool,
        leave_out: bool,
    ) -> None: ...
    def train(
        self,
        share: Share,
        rate: float,
        variance_rate: float,
        dense_rate: float,
        kl_weight: float,
        variant: int = -1,
    ) -> tuple[tuple[float, float, float], int, int]: ...
    def step(
        self,
        ids: NDArray[np.int32],
        left: NDArray[np.int32],
        right: NDArray[np.int32],
        is_prior: NDArray[np.uint8],
        is_hidden: NDArray[np.uint8],
        noise: NDArray[np.int32],
        log_weight: NDArray[np.float32],
        rate: float,
        variance_rate: float,
        dense_rate: float,
        kl_weight: float,
        variant: int = -1,
    ) -> tuple[tuple[float, float, float], int, int]: ...
