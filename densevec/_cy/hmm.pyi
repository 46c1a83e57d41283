"""Types of ``densevec._cy.hmm``; what its names do is said there."""

import numpy as np
from numpy.typing import NDArray

def transitions(log_jump: NDArray[np.float64], m: int) -> NDArray[np.float64]: ...
def forward_backward(
    emission: NDArray[np.float32],
    source_lengths: NDArray[np.int64],
    target_lengths: NDArray[np.int64],
    log_jump: NDArray[np.float64],
    null_probability: float,
) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float64]]: ...
def viterbi(
    emission: NDArray[np.float32],
    source_lengths: NDArray[np.int64],
    target_lengths: NDArray[np.int64],
    log_jump: NDArray[np.float64],
    null_probability: float,
) -> NDArray[np.int32]: ...
