"""The few statistics that evaluations share, on plain float64 arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._random import generator
from densevec.densities.lengths import fitting
from densevec.evaluation._protocols import FloatArray


def ranks(values: npt.ArrayLike) -> FloatArray:
    """Ranks from 1, tied values sharing the mean of their ranks."""
    _, inverse, counts = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    shared: FloatArray = (last - (counts - 1) / 2.0)[inverse]
    return shared


def pearson(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Pearson's correlation; nan for fewer than two values or a constant column."""
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if len(x) < 2:
        return math.nan
    x, y = x - x[0], y - y[0]  # equal values then deviate by 0, not by the rounding of their mean
    x, y = x - x.mean(), y - y.mean()
    scale = math.sqrt(float(x @ x) * float(y @ y))
    return float(np.clip(float(x @ y) / scale, -1.0, 1.0)) if scale > 0 else math.nan


def spearman(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Spearman's rank correlation: Pearson's correlation of the ranks, ties at their mean rank."""
    return pearson(ranks(a), ranks(b))


def average_precision(labels: npt.ArrayLike, scores: npt.ArrayLike) -> float:
    """AP = Σ_n (R_n − R_{n−1}) P_n over the distinct scores from high to low, as scikit-learn defines it.

    Tied items enter together, so their order in the file cannot matter; a constant score earns the share of
    positives.  nan without positives.
    """
    truth, values = np.asarray(labels, dtype=bool), np.asarray(scores, dtype=np.float64)
    if not truth.any():
        return math.nan
    hits, accepted = _accepted_at_thresholds(truth, values)[1:]
    recall_steps = np.diff(hits, prepend=0.0) / truth.sum()
    return float(np.sum(recall_steps * hits / accepted))


def cross_validated(
    labels: npt.ArrayLike, scores: npt.ArrayLike, *, num_folds: int = 10, seed: int = 1
) -> tuple[float, float]:
    """(F1, accuracy) with every item judged by a threshold tuned without it.

    Items are dealt into ``num_folds`` folds after a shuffle fixed by ``seed``.  The threshold of a fold is the one
    that does best on all others (for F1 and for accuracy separately); the decisions of all folds
    are pooled before the figure is computed.  nan with fewer items than folds.
    """
    truth, values = np.asarray(labels, dtype=bool), np.asarray(scores, dtype=np.float64)
    if len(truth) < num_folds:
        return math.nan, math.nan
    folds = np.empty(len(truth), dtype=np.int64)
    folds[generator(seed, "folds").permutation(len(truth))] = np.arange(len(truth)) % num_folds
    by_f1, by_accuracy = np.zeros(len(truth), dtype=bool), np.zeros(len(truth), dtype=bool)
    for fold in range(num_folds):
        held_out = folds == fold
        for decisions, measure in ((by_f1, _f1), (by_accuracy, _accuracy)):
            threshold = _best_threshold(truth[~held_out], values[~held_out], measure)
            decisions[held_out] = values[held_out] >= threshold
    return (
        float(_f1(float((by_f1 & truth).sum()), float(by_f1.sum()), truth)),
        float(np.mean(by_accuracy == truth)),
    )


def _accepted_at_thresholds(truth: npt.NDArray[np.bool_], values: FloatArray) -> tuple[FloatArray, ...]:
    """Distinct scores from high to low; accepting everything at or above one: true positives, items."""
    order = np.argsort(-values, kind="stable")
    ordered = values[order]
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
    hits = np.cumsum(truth[order])[ends].astype(np.float64)
    return ordered[ends], hits, (ends + 1).astype(np.float64)


def _best_threshold(truth: npt.NDArray[np.bool_], values: FloatArray, measure: Any) -> float:
    """The threshold (accept at or above) with the best measure, half way to the next score below if a number is there.

    Accepting all (−∞) and none (nan, which no score is at or above) are among the choices.
    """
    thresholds, hits, accepted = _accepted_at_thresholds(truth, values)
    figures = measure(hits, accepted, truth)
    best = int(np.argmax(figures))
    if measure(0.0, 0.0, truth) > figures[best]:
        return math.nan
    if best + 1 == len(thresholds):
        return -math.inf
    upper, lower = float(thresholds[best]), float(thresholds[best + 1])
    half = (upper + lower) / 2
    return half if lower < half <= upper else upper


def _f1(hits: Any, accepted: Any, truth: npt.NDArray[np.bool_]) -> Any:
    """F1 = 2 TP / (accepted + positives)."""
    return 2 * hits / np.maximum(accepted + truth.sum(), 1)


def _accuracy(hits: Any, accepted: Any, truth: npt.NDArray[np.bool_]) -> Any:
    """Share of right decisions: true positives and true negatives."""
    return (hits + (~truth).sum() - (accepted - hits)) / len(truth)


def unit_rows(vectors: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Rows (V, d) scaled to length 1; zero ones stay zero."""
    rows = fitting(np.asarray(vectors)).astype(np.float32)
    units: npt.NDArray[np.float32] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-30))
    return units


def figure(value: float) -> float | None:
    """A float for JSON, where nan ('could not be computed') is null."""
    return None if math.isnan(value) else float(value)
