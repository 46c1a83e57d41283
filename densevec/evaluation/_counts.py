"""Counts and variances of words, for vectors that keep them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from densevec.evaluation._protocols import FloatArray


def log_counts(vectors: Any, words: Sequence[str] | None = None) -> FloatArray | None:
    """Natural logarithm of the counts of the words (of all, in row order, when None); None without counts."""
    counts = getattr(vectors, "counts", None)
    if counts is None:
        return None
    picked = counts if words is None else np.asarray(counts)[_rows(vectors, words)]
    return np.log(np.maximum(np.asarray(picked, dtype=np.float64), 1.0))


def mean_log_variances(vectors: Any, words: Sequence[str] | None = None) -> FloatArray | None:
    """Mean over dimensions of the log variance of the words (of all when None); None without variances.

    Spherical variances (V,) have one number a word; diagonal ones (V, d) are averaged after the logarithm, so
    that d times the value is the log determinant of the covariance.
    """
    variances = getattr(vectors, "variances", None)
    if variances is None:
        return None
    picked = np.asarray(variances if words is None else np.asarray(variances)[_rows(vectors, words)])
    logs: FloatArray = np.log(picked.astype(np.float64))
    return logs if logs.ndim == 1 else logs.mean(axis=1)


def _rows(vectors: Any, words: Sequence[str]) -> list[int]:
    return [vectors.get_index(word) for word in words]
