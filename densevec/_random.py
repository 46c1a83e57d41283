"""One seed, many independent random streams, each with a name.

Streams are named by purpose (``"initialisation"``, ``"noise"``, ...) and by
counters (epoch, worker), so that adding a stream never changes another one.
"""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

_KEY_WORDS, _KNUTH = 624, 1812433253  # of a Mersenne twister, and of the recurrence that fills them
_DRAWS_AT_ONCE = 2**20


def _sequence(seed: int, purpose: str, counters: tuple[int, ...]) -> np.random.SeedSequence:
    return np.random.SeedSequence(entropy=seed, spawn_key=(zlib.crc32(purpose.encode()), *counters))


def generator(seed: int, purpose: str, *counters: int) -> np.random.Generator:
    """A NumPy generator for one purpose, independent of every other purpose and counter."""
    return np.random.Generator(np.random.PCG64(_sequence(seed, purpose, counters)))


def integer_seed(seed: int, purpose: str, *counters: int) -> int:
    """A 63-bit seed for a generator that is not NumPy's (a kernel's, or torch's)."""
    return int(_sequence(seed, purpose, counters).generate_state(1, np.uint64)[0] >> 1)


class UniformDraws:
    """Numbers drawn uniformly by a Mersenne twister (Matsumoto & Nishimura 1998), of 24 bits each.

    They are those of ``torch.rand`` with a CPU's generator of this seed, so that what starts from them is the same
    with torch and without it.
    """

    def __init__(self, seed: int) -> None:
        key = [seed % 2**32]
        for place in range(1, _KEY_WORDS):
            key.append((_KNUTH * (key[-1] ^ (key[-1] >> 30)) + place) % 2**32)
        self._bits = np.random.MT19937()
        self._bits.state = {
            "bit_generator": "MT19937",
            "state": {"key": np.array(key, np.uint32), "pos": _KEY_WORDS},
        }

    def fill(self, values: npt.NDArray[np.float32], bound: float) -> None:
        """Fill an array, row by row, with numbers from [-bound, bound)."""
        step = max(1, _DRAWS_AT_ONCE // max(1, values[:1].size))
        for begin in range(0, len(values), step):
            part = values[begin : begin + step]
            drawn = (self._bits.random_raw(part.size) & 0xFFFFFF).astype(np.float32) * np.float32(2**-23) - np.float32(
                1
            )
            part[...] = (drawn * np.float32(bound)).reshape(part.shape)
