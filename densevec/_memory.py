"""Memory that cannot be had, told in a sentence: NumPy, torch and the system each have an error of their own."""

from __future__ import annotations

import contextlib
import errno
import math
import re
from collections.abc import Iterator, Sequence

from densevec.errors import DensevecError, OutOfMemoryError

_SIZE = re.compile(r"allocate ([\d.]+) ?(bytes|[KMGTPE]iB)")  # "Unable to allocate 7.28 TiB for an array", torch's too
_UNITS = {"bytes": 1} | {f"{letter}iB": 1024**power for power, letter in enumerate("KMGTPE", 1)}
# What errors of other kinds say that are about memory: an allocator that failed, or sizes that no memory has.
_SAID = (
    *("can't allocate memory", "not enough memory", "out of memory"),
    *("size calculation overflowed", "Overflow when unpacking", "array is too big", "allowed dimension exceeded"),
    "too large to convert to C",
)


@contextlib.contextmanager
def enough_memory(what: str, remedies: Sequence[str]) -> Iterator[None]:
    """Turn a failure to allocate into OutOfMemoryError: how many bytes, for what, and what helps.

    >>> import numpy as np
    >>> with enough_memory("a table of 10^13 words", ["a higher min_count", "a smaller dim"]):
    ...     table = np.empty((10**13, 300), np.float32)
    Traceback (most recent call last):
    densevec.errors.OutOfMemoryError: 12,000,000,000,000,000 bytes of memory for a table of 10^13 words are not to be \
had; what helps: a higher min_count; or a smaller dim
    """
    try:
        yield
    except DensevecError:
        raise
    except (MemoryError, RuntimeError, OSError, OverflowError, TypeError, ValueError) as error:
        if not is_shortage(error):
            raise
        size = bytes_asked_for(error)
        needed = f"the memory for {what} is" if size is None else f"{size:,} bytes of memory for {what} are"
        raise OutOfMemoryError(f"{needed} not to be had; what helps: {one_of(remedies)}") from error


def is_shortage(error: BaseException) -> bool:
    """Whether an error says that memory could not be had."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or any(part in str(error) for part in _SAID)


def bytes_asked_for(error: BaseException) -> int | None:
    """How many bytes were asked for when an allocation failed, where the error tells."""
    shape, dtype = getattr(error, "shape", None), getattr(error, "dtype", None)  # NumPy's has them exactly
    if isinstance(error, MemoryError) and shape is not None and dtype is not None:
        return math.prod(int(length) for length in shape) * int(dtype.itemsize)
    found = _SIZE.search(str(error))
    return None if found is None else round(float(found[1]) * _UNITS[found[2]])


def one_of(remedies: Sequence[str]) -> str:
    """Pieces of advice as one."""
    return "; or ".join(["; ".join(remedies[:-1]), remedies[-1]] if len(remedies) > 1 else remedies)
