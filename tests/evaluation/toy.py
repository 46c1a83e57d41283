"""A tiny object that answers like vectors: one-dimensional densities written down by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


class ToyVectors:
    """word → (mean, variance, count), in rows by the order given; spherical, one dimension."""

    def __init__(self, table: dict[str, tuple[float, float, int]]) -> None:
        self.index_to_key = list(table)
        self.vectors = np.array([[mean] for mean, _, _ in table.values()])
        self.variances = np.array([variance for _, variance, _ in table.values()])
        self.counts = np.array([count for _, _, count in table.values()])

    def __contains__(self, word: object) -> bool:
        return word in self.index_to_key

    def get_index(self, word: str) -> int:
        return self.index_to_key.index(word)

    def similarity(self, a: str, b: str) -> float:
        return -abs(float(self.vectors[self.get_index(a), 0] - self.vectors[self.get_index(b), 0]))

    def kl_divergence(self, a: str | tuple[float, float], b: str) -> float:
        mean_a, variance_a = self._density(a)
        mean_b, variance_b = self._density(b)
        return 0.5 * (
            variance_a / variance_b + (mean_b - mean_a) ** 2 / variance_b - 1 + math.log(variance_b / variance_a)
        )

    def entailment_batch(self, a: Sequence[str], b: Sequence[str]) -> np.ndarray:
        return np.array([-self.kl_divergence(x, y) for x, y in zip(a, b, strict=True)])

    def scores(self, query: str | tuple[float, float], words: Sequence[str], measure: str) -> np.ndarray:
        if measure == "cosine":
            return np.array([self.similarity(str(query), word) for word in words])
        assert measure == "kl_to_query"
        return np.array([-self.kl_divergence(query, word) for word in words])

    def _density(self, word: str | tuple[float, float]) -> tuple[float, float]:
        if isinstance(word, tuple):
            return word
        row = self.get_index(word)
        return float(self.vectors[row, 0]), float(self.variances[row])
