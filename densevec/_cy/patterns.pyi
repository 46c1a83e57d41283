"""Types of ``densevec._cy.patterns``; what its names do is said there."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

CONTENT: Final[int]
FUNCTION: Final[int]
DETERMINER: Final[int]
CONJUNCTION: Final[int]
SEPARATOR: Final[int]
STOP: Final[int]
COMMA_AFTER: Final[int]
END_AFTER: Final[int]
OPENS: Final[int]
LITERAL: Final[int]
OPTIONAL: Final[int]
PHRASE: Final[int]
PHRASES: Final[int]

def match(
    ids: NDArray[np.int32],
    offsets: NDArray[np.int64],
    first: int,
    last: int,
    kinds: NDArray[np.uint8],
    sets: NDArray[np.uint64],
    elements: NDArray[np.int8],
    bits: NDArray[np.int8],
    starts: NDArray[np.int64],
    found: NDArray[np.int64],
) -> tuple[int, int]: ...
def count_nouns(
    ids: NDArray[np.int32],
    offsets: NDArray[np.int64],
    first: int,
    last: int,
    kinds: NDArray[np.uint8],
    articles: NDArray[np.uint8],
    counts: NDArray[np.int64],
) -> None: ...
