"""What GloVe learns from: the entries of a matrix of co-occurrence counts, in an order without a pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from densevec._cy.glove import entry_order, shuffle_entries
from densevec._random import integer_seed

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_ENTRIES_AT_ONCE = 1 << 20  # that are added up


def order_seed(seed: int, epoch: int) -> int:
    """Of the order in which a training has its entries in an epoch, whatever its engine."""
    return integer_seed(seed, "order", epoch)


class Entries(NamedTuple):
    """The entries that are not zero, shuffled, (n,) each: 12 bytes an entry.

    rows : int32, words
    columns : int32, their contexts
    values : float32, how often the context stands near the word
    """

    rows: npt.NDArray[np.int32]
    columns: npt.NDArray[np.int32]
    values: npt.NDArray[np.float32]

    @classmethod
    def of(cls, counts: csr_array, seed: int) -> Self:
        """Those of a matrix, in an order drawn from the seed; they take over its memory, the matrix is used up."""
        words = np.arange(counts.shape[0], dtype=np.int32)
        entries = cls(
            np.repeat(words, np.diff(counts.indptr)),
            np.asarray(counts.indices).astype(np.int32, copy=False),
            np.asarray(counts.data).astype(np.float32, copy=False),
        )
        shuffle_entries(entries.rows, entries.columns, entries.values, seed)
        return entries

    def totals(self, num_words: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Σ_j X_ij of every word and Σ_i X_ij of every context, (V,) each."""
        sums = np.zeros((2, num_words))
        for begin in range(0, len(self.values), _ENTRIES_AT_ONCE):
            rows, columns, values = self.between(begin, begin + _ENTRIES_AT_ONCE)
            sums += [np.bincount(places, values, num_words) for places in (rows, columns)]
        return sums[0], sums[1]

    def between(self, begin: int, end: int) -> Self:
        """Those from one place to another, as views."""
        return type(self)(self.rows[begin:end], self.columns[begin:end], self.values[begin:end])

    def at(self, begin: int, end: int, seed: int) -> Self:
        """Copies of the entries whose turns are ``begin`` to ``end`` in an epoch of this seed, as in the kernel."""
        places = np.empty(end - begin, np.int64)
        entry_order(begin, end, seed, places, len(self.values))
        return type(self)(self.rows[places], self.columns[places], self.values[places])
