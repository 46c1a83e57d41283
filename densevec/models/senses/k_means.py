"""Clusters by k-means: hundreds of small ones are needed, which take scikit-learn longer to begin than to find."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from densevec.models.substitutes import FloatArray

_STARTS = 5
_MOST_STEPS = 100

RowArray = npt.NDArray[np.int64]


def k_means(points: FloatArray, number: int, random: np.random.Generator) -> RowArray:
    """The cluster of each of the points (n, d), (n,): the best of five runs of Lloyd's algorithm, which begin with
    centres far from each other (k-means++, Arthur & Vassilvitskii 2007)."""
    best, least = np.zeros(len(points), dtype=np.int64), np.inf
    if number < 2:
        return best
    squares = (points**2).sum(1)
    for _ in range(_STARTS):
        labels, cost = _lloyd(points, squares, _far_apart(points, squares, number, random))
        if cost < least:
            best, least = labels, cost
    return best


def _far_apart(points: FloatArray, squares: FloatArray, number: int, random: np.random.Generator) -> FloatArray:
    """Points (number, d), each drawn with a probability that is as its squared distance from those before."""
    rows = [int(random.integers(len(points)))]
    distances = np.full(len(points), np.inf)
    while len(rows) < number:
        last = points[rows[-1]]
        distances = np.minimum(distances, np.maximum(squares - 2 * points @ last + last @ last, 0.0))
        bounds = np.cumsum(distances)
        rows.append(min(int(np.searchsorted(bounds, random.random() * bounds[-1], side="right")), len(points) - 1))
    centres: FloatArray = points[rows].copy()
    return centres


def _lloyd(points: FloatArray, squares: FloatArray, centres: FloatArray) -> tuple[RowArray, float]:
    """Labels, and the sum of the squared distances from the centres; a cluster that runs empty keeps its centre."""
    labels = np.full(len(points), -1, dtype=np.int64)
    distances = np.empty((len(points), len(centres)))
    for _ in range(_MOST_STEPS):
        distances = squares[:, None] - 2 * points @ centres.T + (centres**2).sum(1)  # (n, k)
        nearest = distances.argmin(1)
        if np.array_equal(nearest, labels):
            break
        labels = nearest
        members = np.eye(len(centres))[labels]  # (n, k)
        sizes = members.sum(0)
        centres = np.where(sizes[:, None] > 0, members.T @ points / np.maximum(sizes, 1)[:, None], centres)
    return labels, float(distances[np.arange(len(points)), labels].sum())
