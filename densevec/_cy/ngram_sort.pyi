"""Types of ``densevec._cy.ngram_sort``; what its names do is said there."""

import numpy as np
from numpy.typing import NDArray

def sort_by_word(
    ids: NDArray[np.int32], num_words: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]: ...

class Level:
    def __init__(
        self,
        ids: NDArray[np.int32],
        positions: NDArray[np.int32],
        keys: NDArray[np.int32],
        begin: NDArray[np.int32],
        counts: NDArray[np.int32],
        words: NDArray[np.int32] | None,
        depth: int,
        num_words: int,
        end_id: int,
        crosses: bool,
    ) -> None: ...
    def split(self, first: int, last: int, num_children: NDArray[np.int32], num_loose: NDArray[np.int32]) -> None: ...
    def fill(
        self,
        first: int,
        last: int,
        first_child: NDArray[np.int32],
        nodes: NDArray[np.int32],
        next_nodes: NDArray[np.int32],
        words: NDArray[np.int32],
        begin: NDArray[np.int32],
        counts: NDArray[np.int32],
        contexts: NDArray[np.int32],
    ) -> None: ...

def add_at(places: NDArray[np.int32], values: NDArray[np.float64], sums: NDArray[np.float64]) -> None: ...
