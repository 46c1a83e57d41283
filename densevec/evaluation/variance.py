"""What the variances of words carry: their correlation with frequency, the broadest and the narrowest words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from densevec._validation import Interval, Rule, check_parameters
from densevec.errors import ParameterTypeError
from densevec.evaluation._counts import log_counts, mean_log_variances
from densevec.evaluation._protocols import words_of
from densevec.evaluation._statistics import figure, pearson, spearman

_RULES: dict[str, Rule] = {"topn": Interval(int, 0), "min_count": Interval(int, 0)}


@dataclass(frozen=True)
class VarianceFrequencyResult:
    """Correlation of (mean) log variance with log count over the vocabulary."""

    pearson: float
    spearman: float
    used: int

    def as_dict(self) -> dict[str, Any]:
        return {"pearson": figure(self.pearson), "spearman": figure(self.spearman), "used": self.used}


def variance_frequency_correlation(vectors: Any) -> VarianceFrequencyResult | None:
    """Pearson's (and Spearman's) correlation of mean log variance with log count, over all words.

    None when the vectors have no variances or no counts.
    """
    variances, counts = mean_log_variances(vectors), log_counts(vectors)
    if variances is None or counts is None:
        return None
    return VarianceFrequencyResult(pearson(variances, counts), spearman(variances, counts), len(variances))


def broadest_words(vectors: Any, topn: int = 10, *, min_count: int = 0) -> list[tuple[str, float]]:
    """The ``topn`` words of the greatest mean log variance, with it, among words counted ``min_count`` times."""
    return _extreme_words(vectors, topn, min_count, sign=-1.0)


def narrowest_words(vectors: Any, topn: int = 10, *, min_count: int = 0) -> list[tuple[str, float]]:
    """The ``topn`` words of the least mean log variance, with it, among words counted ``min_count`` times."""
    return _extreme_words(vectors, topn, min_count, sign=1.0)


def _extreme_words(vectors: Any, topn: int, min_count: int, sign: float) -> list[tuple[str, float]]:
    check_parameters({"topn": topn, "min_count": min_count}, _RULES)
    variances = mean_log_variances(vectors)
    if variances is None:
        raise ParameterTypeError("vectors must have variances to rank words by breadth, got vectors without densities")
    order = np.argsort(sign * variances, kind="stable")
    counts = getattr(vectors, "counts", None)
    if min_count and counts is not None:
        order = order[np.asarray(counts)[order] >= min_count]
    words = words_of(vectors)
    return [(str(words[row]), float(variances[row])) for row in order[:topn]]
