"""Types of ``densevec._cy.ngram``; what its names do is said there."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_ORDER: Final[int]

class BackoffModel:
    def __init__(
        self,
        levels: list[
            tuple[NDArray[np.int32] | None, NDArray[np.float32], NDArray[np.float32] | None, NDArray[np.int32] | None]
        ],
        end_id: int,
    ) -> None: ...
    @property
    def num_words(self) -> int: ...
    def score(self, ids: NDArray[np.int32], crosses: bool = False, start: int = 0) -> NDArray[np.float64]: ...
    def score_all(self, history: NDArray[np.int32], crosses: bool = False) -> NDArray[np.float64]: ...
