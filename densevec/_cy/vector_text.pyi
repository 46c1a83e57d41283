"""Types of ``densevec._cy.vector_text``; what its names do is said there."""

import numpy as np
from _typeshed import ReadableBuffer
from numpy.typing import NDArray

_Bytes = ReadableBuffer | NDArray[np.uint8]

def parse_rows(
    data: _Bytes,
    rows: NDArray[np.float32],
    bounds: NDArray[np.int64] | None,
    words_with_spaces: bool,
    allow_nonfinite: bool,
) -> tuple[int, int, int]: ...
def count_newlines(data: _Bytes) -> int: ...
def last_line_end(data: _Bytes) -> int: ...
def decode_words(data: _Bytes, bounds: NDArray[np.int64], errors: str) -> list[str]: ...
def find_records(
    data: _Bytes, bounds: NDArray[np.int64], dim: int, ending: int, is_first: bool
) -> tuple[int, int, int, bool]: ...
def copy_records(
    data: _Bytes, bounds: NDArray[np.int64], rows: NDArray[np.float32], allow_nonfinite: bool
) -> tuple[int, int]: ...
def format_rows(rows: NDArray[np.float32], words: list[bytes] | None, separator: int) -> bytes: ...
