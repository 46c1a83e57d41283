"""From counts of co-occurrence to how telling they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from densevec._validation import Choice, Interval, Rule, check_parameters

if TYPE_CHECKING:
    from scipy.sparse import csr_array

WEIGHTINGS = ("ppmi", "log", "raw")
RULES: dict[str, Rule] = {
    "weighting": Choice(WEIGHTINGS),
    "smoothing": Interval(float, 0, 1),
    "shift": Interval(float, 0),
}
_ENTRIES_AT_ONCE = 1 << 20
_Weigh = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def weigh_counts(
    counts: csr_array, weighting: str = "ppmi", *, smoothing: float = 1.0, shift: float = 0.0
) -> csr_array:
    """The matrix of counts X (V, V) with its entries weighted; works in the arrays of ``counts``, which are used up.

    "ppmi": positive pointwise mutual information, max(0, log P(j|i)/P_s(j) − shift) in nats, with
    P(j|i) = X_ij/Σ_j X_ij and P_s(j) ∝ (Σ_i X_ij)^smoothing: a smoothing below 1 makes rare contexts less telling,
    shift = log k stands for the k noise words of negative sampling (Levy, Goldberg & Dagan 2015).  "log":
    log(1 + X_ij).  "raw": X_ij.  Entries that become zero are left out.

    >>> from scipy.sparse import csr_array
    >>> counts = csr_array(np.array([[0.0, 4.0], [4.0, 8.0]]))
    >>> weigh_counts(counts).toarray().round(3)
    array([[0.   , 0.288],
           [0.288, 0.   ]])
    """
    check_parameters({"weighting": weighting, "smoothing": smoothing, "shift": shift}, RULES)
    smoothing, shift = float(smoothing), float(shift)  # NumPy takes no fractions
    if weighting == "log":
        return _map_entries(counts, lambda values, rows, columns: np.log1p(values))
    if weighting == "raw":
        return counts
    with np.errstate(divide="ignore", invalid="ignore"):  # words without neighbours have no entries
        log_row = np.log(counts.sum(axis=1, dtype=np.float64))
        column = counts.sum(axis=0, dtype=np.float64) ** smoothing
        log_column = np.log(column / column.sum()) + shift
    return _map_entries(
        counts, lambda values, rows, columns: np.log(values.astype(np.float64)) - log_row[rows] - log_column[columns]
    )


def _map_entries(matrix: csr_array, weigh: _Weigh) -> csr_array:
    """Every entry (value, row, column) weighed anew; the positive ones move up in the arrays they lie in."""
    kept = np.zeros(matrix.shape[0] + 1, np.int64)  # of each row, in kept[row + 1]
    filled = 0
    for begin in range(0, matrix.nnz, _ENTRIES_AT_ONCE):
        part = slice(begin, min(begin + _ENTRIES_AT_ONCE, matrix.nnz))
        rows = np.searchsorted(matrix.indptr, np.arange(part.start, part.stop), side="right") - 1
        values = weigh(matrix.data[part], rows, matrix.indices[part])
        is_kept = values > 0
        number = int(np.count_nonzero(is_kept))
        matrix.indices[filled : filled + number] = matrix.indices[part][is_kept]
        matrix.data[filled : filled + number] = values[is_kept]
        kept += np.bincount(rows[is_kept] + 1, minlength=len(kept))
        filled += number
    starts = np.cumsum(kept).astype(matrix.indptr.dtype)
    from scipy.sparse import csr_array

    return csr_array((matrix.data[:filled], matrix.indices[:filled], starts), shape=matrix.shape)
