"""Types of ``densevec._cy.search``; what its names do is said there."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

VALUES: Final[tuple[str, ...]]
COEFFICIENTS: Final[tuple[str, ...]]
ROW_TERMS: Final[tuple[str, ...]]
INSTRUCTION_SETS: Final[tuple[str, ...]]
MAX_CODE_DIM: Final[int]

def panel_width(instruction_set: str) -> int: ...

class Selection:
    def __init__(
        self,
        coefficients: NDArray[np.float64],
        terms: tuple[NDArray[np.float64] | None, ...],
        allowed: NDArray[np.uint8] | None,
        num_rows: int,
        num_best: int,
        limit: int,
        instruction_set: str,
    ) -> None: ...
    def fill_norms(
        self, squares: NDArray[np.float64], lengths: NDArray[np.float64], inverse: NDArray[np.float64]
    ) -> None: ...
    def scan_values(
        self,
        kind: str,
        mean: NDArray[np.float32],
        variance: NDArray[np.float32] | None,
        queries: NDArray[np.float32],
        origin: int,
        begin: int,
        end: int,
    ) -> None: ...
    def scan_products(
        self,
        kind: str,
        mean: NDArray[np.float32],
        variance: NDArray[np.float32] | None,
        panels: NDArray[np.float32],
        origin: int,
        begin: int,
        end: int,
    ) -> None: ...
    def scan_codes(
        self,
        codes: NDArray[np.uint8],
        digits: NDArray[np.int8],
        shifts: NDArray[np.int32],
        begin: int,
        end: int,
    ) -> None: ...
    def candidates(self, query: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]] | None: ...

def squared_norms(
    rows: NDArray[np.float32], squares: NDArray[np.float64], begin: int, end: int, instruction_set: str = ...
) -> None: ...
def cosine(rows: NDArray[np.float32], a: int, b: int, instruction_set: str = ...) -> float: ...
def products(
    query: NDArray[np.float32],
    rows: NDArray[np.float32],
    sums: NDArray[np.float64],
    begin: int,
    end: int,
    instruction_set: str = ...,
) -> None: ...
