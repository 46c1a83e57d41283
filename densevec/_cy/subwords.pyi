"""Types of ``densevec._cy.subwords``; what its names do is said there."""

import numpy as np
from _typeshed import ReadableBuffer
from numpy.typing import NDArray

_Bytes = ReadableBuffer | NDArray[np.uint8]

def subword_rows(
    word: bytes,
    min_length: int,
    max_length: int,
    num_buckets: int,
    kind: int = 0,
    num_hashes: int = 1,
    seed: int = 0,
    drops_marks: bool = True,
) -> NDArray[np.int64]: ...
def word_rows(
    data: _Bytes, bounds: NDArray[np.int64], min_length: int, max_length: int, num_buckets: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]: ...
def find_entries(
    data: _Bytes,
    begin: int,
    bounds: NDArray[np.int64],
    counts: NDArray[np.int64],
    kinds: NDArray[np.uint8],
) -> tuple[int, int]: ...
def compose_words(
    data: _Bytes,
    bounds: NDArray[np.int64],
    own: _Bytes | None,
    buckets: _Bytes,
    min_length: int,
    max_length: int,
    vectors: NDArray[np.float32],
    end_is_whole: bool,
    kind: int = 0,
    num_hashes: int = 1,
    seed: int = 0,
    drops_marks: bool = True,
) -> int: ...
