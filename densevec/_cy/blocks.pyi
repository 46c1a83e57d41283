"""Types of ``densevec._cy.blocks``; what its names do is said there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

class Pool:
    def __init__(self) -> None: ...

class Text:
    def __init__(
        self,
        ids: NDArray[np.int32],
        offsets: NDArray[np.int64],
        keep_threshold: NDArray[np.uint32] | None,
        window: int,
        shrink: bool,
        shuffle: bool,
    ) -> None: ...
    @property
    def num_words(self) -> int: ...

def pair_lists(
    text: Text, seed: int, begin: int, end: int, parts: int, centre: int, context: int
) -> tuple[Text, int, int, int]: ...

class Share:
    def __init__(
        self,
        text: Text,
        seed: int,
        begin: int,
        end: int,
        capacity: int,
        part: int = 0,
        *,
        skip: int = 0,
        begun: Sequence[float] = (),
    ) -> None: ...
    @property
    def text(self) -> Text: ...
    @property
    def position(self) -> tuple[int, int]: ...
    def stop(self) -> tuple[int, int]: ...

def permutation(size: int, seed: int) -> list[int]: ...
def fill_block(
    text: Text,
    seed: int,
    turn: int,
    skip: int,
    block_ids: NDArray[np.int32],
    block_left: NDArray[np.int32],
    block_right: NDArray[np.int32],
) -> tuple[int, int, int, int]: ...
