"""Rows, counts and variances of words, for vectors that keep them: words that sub-words compose have no row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.evaluation._protocols import FloatArray

NO_ROW = -1


def row_of(vectors: Any, word: str) -> int:
    """The row of a word that ``find_word`` found; ``NO_ROW`` for one that sub-words compose."""
    return int(vectors.get_index(word)) if word in vectors else NO_ROW


def log_counts(vectors: Any, words: Sequence[str] | None = None) -> FloatArray | None:
    """Natural logarithm of the counts of the words (of all, in row order, when None); None without counts.

    A word that sub-words compose was never seen; it counts as one that was seen once does, 0.
    """
    counts = getattr(vectors, "counts", None)
    if counts is None:
        return None
    picked = counts
    if words is not None:
        picked = [0 if row == NO_ROW else counts[row] for row in (row_of(vectors, word) for word in words)]
    return np.log(np.maximum(np.asarray(picked, dtype=np.float64), 1.0))


def mean_log_variances(vectors: Any, words: Sequence[str] | None = None) -> FloatArray | None:
    """Mean over dimensions of the log variance of the words (of all when None); None without variances.

    Spherical variances (V,) have one number a word; diagonal ones (V, d) are averaged after the logarithm, so
    that d times the value is the log determinant of the covariance.  A word that sub-words compose has the variance
    that they give it.
    """
    variances = getattr(vectors, "variances", None)
    if variances is None:
        return None
    table = np.asarray(variances)
    if words is None:
        return _mean_logs(table)
    rows = [row_of(vectors, word) for word in words]
    picked = [vectors.variance(word) if row == NO_ROW else table[row] for word, row in zip(words, rows, strict=True)]
    return _mean_logs(np.array(picked).reshape(len(rows), *table.shape[1:]))


def _mean_logs(variances: npt.NDArray[Any]) -> FloatArray:
    logs: FloatArray = np.log(variances.astype(np.float64))
    return logs if logs.ndim == 1 else logs.mean(axis=1)
