"""Points whose Euclidean distances rank words as a measure does, so that a nearest-neighbour graph can be searched.

A measure with a product form scores a word by an inner product a·x of the query's features with the word's, and
a constant of the query.  With one coordinate added,

    y_w = (x_w, √(R² − ‖x_w‖²)),  R = max_w ‖x_w‖        y_q = (a, 0)
    ‖y_q − y_w‖² = ‖a‖² + R² − 2 a·x_w

the nearest point is the word of the largest inner product (Bachrach et al. 2014).  A graph over the inner products
themselves is no metric's, walks in it get lost, and it finds about 1 % of the nearest words.

R should not be much larger than what tells words apart.  Two changes keep every ranking: a centre taken from
all x (it adds a constant of the query), and x_j multiplied with what a_j is divided by, here so that both vary equally.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from densevec.densities import products
from densevec.errors import ParameterError
from densevec.vectors.search.table import EXACT_ELEMENTS, Float32Array, FloatArray, Queries, Table

# Features of the query and of the word whose product is minus the score, but for a constant of the query.
_FORMS: dict[str, tuple[Any, Any]] = {
    "kl_from_query": (products.kl_first_features, products.kl_second_features),
    "kl_to_query": (
        lambda mean, log_variance: products.kl_second_features(mean, log_variance, "first"),
        lambda mean, log_variance: products.kl_first_features(mean, log_variance, "first"),
    ),
    "jeffreys": (products.jeffreys_row_features, products.jeffreys_column_features),
}
GRAPH_MEASURES = ("cosine", *_FORMS)


@dataclass(frozen=True)
class Coordinates:
    """How points are made: ``centre`` and ``scale`` (F,) float64, and the radius R."""

    measure: str
    centre: FloatArray
    scale: FloatArray
    radius: float

    @classmethod
    def fit(cls, table: Table, measure: str) -> Coordinates:
        """Centre, scale and radius of a table's rows, in three passes over blocks of it."""
        blocks = list(table.blocks(0, table.num_rows, EXACT_ELEMENTS))
        width = word_features(table, measure, slice(0, 1)).shape[1]
        centre, scale = np.zeros(width), np.ones(width)
        if measure != "cosine":
            for rows in blocks:
                centre += word_features(table, measure, rows).sum(0) / table.num_rows
            spread, size = np.zeros(width), np.zeros(width)
            for rows in blocks:
                spread += ((word_features(table, measure, rows) - centre) ** 2).sum(0)
                size += (query_features(_as_queries(table, rows), measure) ** 2).sum(0)
            is_used = (spread > 0) & (size > 0)
            scale[is_used] = (size[is_used] / spread[is_used]) ** 0.25
        unscaled = cls(measure, centre, scale, 1.0)
        radius = max(float(np.sqrt((unscaled._inner(table, rows) ** 2).sum(-1).max())) for rows in blocks)
        if not 0 < radius < np.inf:
            raise ParameterError(f"a graph by {measure!r} needs rows that differ and are finite in float64")
        return cls(measure, centre, scale, radius)

    def _inner(self, table: Table, rows: slice) -> FloatArray:
        inner: FloatArray = (word_features(table, self.measure, rows) - self.centre) * self.scale / self.radius
        return inner

    def of_words(self, table: Table, rows: slice) -> Float32Array:
        """Points (n, F + 1) on the sphere of radius 1."""
        inner = self._inner(table, rows)
        added = np.sqrt(np.maximum(0.0, 1 - (inner**2).sum(-1, keepdims=True)))
        return np.concatenate([inner, added], -1).astype(np.float32)

    def of_queries(self, queries: Queries) -> Float32Array:
        """Points (Q, F + 1) of length 1: only the direction matters."""
        inner = query_features(queries, self.measure) / self.scale
        length = np.sqrt((inner**2).sum(-1, keepdims=True))
        inner = np.divide(inner, length, out=np.zeros_like(inner), where=length > 0)
        return np.concatenate([inner, np.zeros((len(inner), 1))], -1).astype(np.float32)


def word_features(table: Table, measure: str, rows: slice) -> FloatArray:
    """x of some rows, (n, F)."""
    if measure == "cosine":
        return table.mean_rows(rows) * table.inverse_norms[rows, None]
    features: FloatArray = _FORMS[measure][1](table.mean_rows(rows), table.log_variance_rows(rows))
    return features


def query_features(queries: Queries, measure: str) -> FloatArray:
    """a of queries, (Q, F), signed so that the word of the largest a·x is the best."""
    if measure == "cosine":
        return queries.mean
    features: FloatArray = _FORMS[measure][0](queries.mean, queries.log_variance)
    return -features


def _as_queries(table: Table, rows: slice) -> Queries:
    return Queries(table.mean_rows(rows), table.log_variance_rows(rows))
