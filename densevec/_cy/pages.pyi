"""Types of ``densevec._cy.pages``; what its names do is said there."""

import numpy as np
from numpy.typing import NDArray

HAS_PAGES: bool

def bytes_of_pages(size: int) -> int: ...
def map_file(memory: NDArray[np.uint8], file: int, offset: int, is_shared: bool) -> None: ...
def give_back_memory() -> None: ...
