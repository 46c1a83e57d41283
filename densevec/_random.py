"""One seed, many independent random streams, each with a name.

Streams are named by purpose (``"initialisation"``, ``"noise"``, ...) and by
counters (epoch, worker), so that adding a stream never changes another one.
"""

from __future__ import annotations

import zlib

import numpy as np


def _sequence(seed: int, purpose: str, counters: tuple[int, ...]) -> np.random.SeedSequence:
    return np.random.SeedSequence(entropy=seed, spawn_key=(zlib.crc32(purpose.encode()), *counters))


def generator(seed: int, purpose: str, *counters: int) -> np.random.Generator:
    """A NumPy generator for one purpose, independent of every other purpose and counter."""
    return np.random.Generator(np.random.PCG64(_sequence(seed, purpose, counters)))


def integer_seed(seed: int, purpose: str, *counters: int) -> int:
    """A 63-bit seed for a generator that is not NumPy's (a kernel's, or torch's)."""
    return int(_sequence(seed, purpose, counters).generate_state(1, np.uint64)[0] >> 1)
