"""Where a text has words that its ids leave out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint8]


class Omissions(NamedTuple):
    """Of one piece of a text, 0 or 1 each, uint8: whether words were left out right before an id of the same sentence,
    at the end of each sentence that ends in the piece, and so far at the end of the one that it leaves open."""

    before: Bits
    after: Bits
    is_open: bool = False


class PackedOmissions(NamedTuple):
    """Of a whole text, a bit for each of its ids and of its sentences, eight a byte from the lowest on."""

    before: Bits
    after: Bits

    def of(self, ids: slice, sentences: slice) -> Omissions:
        """Those of some ids and sentences."""
        return Omissions(_unpacked(self.before, ids), _unpacked(self.after, sentences))


def _unpacked(packed: Bits, places: slice) -> Bits:
    first = places.start // 8
    bits = np.unpackbits(packed[first : -(-places.stop // 8)], bitorder="little")
    return bits[places.start - 8 * first : places.stop - 8 * first]


class Packer:
    """Packs bits that come some at a time."""

    def __init__(self) -> None:
        self._rest = np.empty(0, np.uint8)

    def add(self, bits: Bits) -> Bits:
        """The bytes that are full with these."""
        bits = np.concatenate([self._rest, bits])
        full = len(bits) // 8 * 8
        self._rest = bits[full:].copy()
        return np.packbits(bits[:full], bitorder="little")

    def finish(self) -> Bits:
        """The byte that is not full, or nothing."""
        return np.packbits(self._rest, bitorder="little")


def filled(
    ids: npt.NDArray[np.int32], bounds: npt.NDArray[np.int64], omissions: Omissions, mark: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Sentences with ``mark`` wherever words were left out, once for several: ids, and bounds (S + 1,) from 0 on.

    >>> ids, bounds = np.array([4, 5, 6], np.int32), np.array([0, 2, 3])
    >>> told = Omissions(np.array([0, 1, 0], np.uint8), np.array([0, 1], np.uint8))
    >>> [part.tolist() for part in filled(ids, bounds, told, 9)]
    [[4, 9, 5, 6, 9], [0, 3, 5]]
    """
    within, ends = np.flatnonzero(omissions.before), np.flatnonzero(omissions.after)
    places = np.concatenate([bounds[ends + 1], within])
    more = np.zeros(len(bounds), np.int64)
    sentence = np.searchsorted(bounds, within, side="right") - 1
    more[1:] = np.cumsum(omissions.after + np.bincount(sentence, minlength=len(bounds) - 1))
    return np.insert(ids, places, np.int32(mark)), bounds + more
