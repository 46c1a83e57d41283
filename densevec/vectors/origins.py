"""Which words have other rows than those that something was learned of, and which came since, over all edits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.vectors.search import Table, widen

Origins = npt.NDArray[np.uint64]  # (n,) 0 of a word that has its row still, NEW of one that had none, else a digest
RowArray = npt.NDArray[np.int64]
NEW = 1
_BASE = np.uint64(0x9E3779B97F4A7C15)
LEARNED_OF = "learned_of"  # the tensor of a file that they are
_ROWS_AT_ONCE = 2**9  # which stay in the cache


def are_mostly_others(origins: Origins | None) -> bool:
    """Whether most of the words that something was learned of have other rows by now."""
    return origins is not None and bool(2 * np.count_nonzero(origins > NEW) > np.count_nonzero(origins != NEW))


def origins_after(origins: Origins | None, old: Table, new: Table, rows: RowArray) -> Origins:
    """Those of the words of a new table, in which some ``rows`` of the old one may be others.

    Words beyond the old table's are new.  One that is given its first row back has it again.  Where most are others by
    then, and nothing that was learned is kept, digests of these are not made, which takes longer than all else.
    """
    after = np.full(new.num_rows, NEW, dtype=np.uint64)
    after[: old.num_rows] = 0 if origins is None else origins[: new.num_rows]
    rows = rows[after[rows] != NEW]
    rows = rows[_of_parts(lambda part: (_numbers(old, part) != _numbers(new, part)).any(1), rows, np.bool_)]
    first, again = rows[after[rows] == 0], rows[after[rows] != 0]
    after[again[_digests(new, again) == after[again]]] = 0
    after[first] = NEW + 1
    if not are_mostly_others(after):
        after[first] = _digests(old, first)
    return after


def _numbers(table: Table, rows: RowArray) -> npt.NDArray[np.float32]:
    """All that a table has of some rows, side by side."""
    mean = widen(table.mean[rows])
    if table.variance is None:
        return mean
    return np.concatenate([mean, widen(table.variance[rows]).reshape(len(rows), -1)], axis=1)


def _digests(table: Table, rows: RowArray) -> Origins:
    """Σ_i x_i aⁱ modulo 2⁶⁴ of each row, i from 1, x_i the bits of a number (0 for −0), or 2 if that is less."""

    def of_some(part: RowArray) -> Origins:
        bits = (_numbers(table, part) + np.float32(0)).view(np.uint32).astype(np.uint64)
        return np.maximum(bits @ np.cumprod(np.full(bits.shape[1], _BASE)), NEW + 1)

    return _of_parts(of_some, rows, np.uint64)


def _of_parts(make: Callable[[RowArray], npt.NDArray[Any]], rows: RowArray, kind: Any) -> npt.NDArray[Any]:
    """What is made of rows, so many at a time."""
    starts = range(0, len(rows), _ROWS_AT_ONCE)
    return np.concatenate([np.empty(0, kind), *(make(rows[start : start + _ROWS_AT_ONCE]) for start in starts)])
