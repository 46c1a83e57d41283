"""Types of the compiled module."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float32]
_Pair = Sequence[_Floats]  # of words and of contexts

def shuffle_entries(
    rows: npt.NDArray[np.int32], columns: npt.NDArray[np.int32], values: _Floats, seed: int
) -> None: ...
def entry_order(begin: int, end: int, seed: int, places: npt.NDArray[np.int64], num_entries: int) -> None: ...
def train_glove(
    rows: npt.NDArray[np.int32],
    columns: npt.NDArray[np.int32],
    values: _Floats,
    seed: int,
    cursor: npt.NDArray[np.int64],
    last_turn: int,
    part: int,
    tables: _Pair,
    biases: _Pair,
    squares: _Pair,
    bias_squares: _Pair,
    rate: float,
    x_max: float,
    alpha: float,
    variant: int,
) -> tuple[float, int]: ...
