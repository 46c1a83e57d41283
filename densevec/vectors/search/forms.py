"""Approximate scores with bounds on their errors, as NumPy products: the truth the kernels are compared with.

Each form takes (table, queries, rows) and returns scores and bounds, both (Q, B) float64.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from densevec.vectors.search.table import Float32Array, FloatArray, Queries, Table, widen

Bounds = tuple[FloatArray, FloatArray]
Form = Callable[[Table, Queries, slice], Bounds]

FLOAT32_ROUNDING, FLOAT64_ROUNDING = 2.0**-24, 2.0**-53
FLOAT32_TINY = 2.0**-126  # below it products may be flushed to zero


def relative_error(dim: int) -> float:
    """Of a float32 dot product against Σ|x_i y_i|, summed in any order, its factors rounded too (Higham 2002)."""
    return 1.01 * (dim + 8) * FLOAT32_ROUNDING


def _product(left: FloatArray, right: Float32Array) -> FloatArray:
    """(Q, d) times (B, d) transposed in float32; the result, (Q, B), in float64."""
    product: Float32Array = left.astype(np.float32) @ right.T
    return product.astype(np.float64)


def _means(table: Table, rows: slice) -> Float32Array:
    return widen(table.mean[rows])


def _variances(table: Table, rows: slice) -> Float32Array:
    assert table.variance is not None  # points are never asked by a measure of densities
    return widen(table.variance[rows])


def _dot(table: Table, vectors: FloatArray, rows: slice) -> Bounds:
    """Dot products of means with ``vectors`` (Q, d), and by Cauchy and Schwarz a bound on their errors, (Q, B)."""
    norms = np.sqrt((vectors**2).sum(-1))[:, None]
    errors = relative_error(table.dim) * norms * table.norms[rows]
    return _product(vectors, _means(table, rows)), errors + 4 * table.dim * FLOAT32_TINY


def _cosine(table: Table, queries: Queries, rows: slice) -> Bounds:
    norms = np.sqrt((queries.mean**2).sum(-1))[:, None]
    unit = queries.mean / np.where(norms > 0, norms, 1)
    dot, errors = _dot(table, unit, rows)
    scale = np.where(table.norms[rows] > 0, table.norms[rows], np.inf)
    return dot / scale, errors / scale + 1e-15 * table.dim


def _squared_distances(table: Table, queries: Queries, rows: slice) -> Bounds:
    """‖m_q − m_w‖² with its error, (Q, B)."""
    dot, errors = _dot(table, queries.mean, rows)
    squares = (queries.mean**2).sum(-1)[:, None] + table.squared_norms[rows]
    return squares - 2 * dot, 2 * errors + 4 * (table.dim + 16) * FLOAT64_ROUNDING * squares


def _log_variances(queries: Queries) -> FloatArray:
    assert queries.log_variance is not None  # checked where the query is made
    return queries.log_variance


def _query_terms(table: Table, queries: Queries) -> tuple[FloatArray, FloatArray]:
    """Variances of the queries in every dimension, (Q, d), and Σ_i log s_i, (Q, 1)."""
    log_variance = np.broadcast_to(_log_variances(queries), queries.mean.shape)
    return np.exp(log_variance), log_variance.sum(-1)[:, None]


def _finish(table: Table, product: FloatArray, errors: FloatArray, logs: FloatArray) -> Bounds:
    """−KL from its terms: −½ (product − d + log determinant of the second − of the first)."""
    rounding = 8 * (table.dim + 16) * FLOAT64_ROUNDING
    return -0.5 * (product - table.dim + logs), 0.5 * errors + rounding * (np.abs(product) + np.abs(logs) + table.dim)


def _kl_from_query(table: Table, queries: Queries, rows: slice) -> Bounds:
    """−KL(query‖word)."""
    variance, log_determinant = _query_terms(table, queries)
    logs = table.log_determinants[rows] - log_determinant
    if table.is_spherical:
        distances, errors = _squared_distances(table, queries, rows)
        precision = table.precisions[rows]
        return _finish(table, (variance.sum(-1)[:, None] + distances) * precision, errors * precision, logs)
    precisions = np.float32(1) / _variances(table, rows)  # (B, d)
    squares = _product(variance + queries.mean**2, precisions)
    crossed = _product(queries.mean, _means(table, rows) * precisions)
    scaled_norms = table.scaled_norms[rows]
    # 2 |m_q m_w| <= m_q² + m_w² bounds the crossed terms by the others.
    errors = relative_error(table.dim) * 2.1 * (squares + scaled_norms) + 1e-30
    return _finish(table, squares - 2 * crossed + scaled_norms, errors, logs)


def _kl_to_query(table: Table, queries: Queries, rows: slice) -> Bounds:
    """−KL(word‖query)."""
    variance, log_determinant = _query_terms(table, queries)
    logs = log_determinant - table.log_determinants[rows]
    spread = table.variances[rows] if table.is_spherical else None
    if spread is not None and _log_variances(queries).shape[-1] == 1:
        distances, errors = _squared_distances(table, queries, rows)
        precision = 1 / variance[:, :1]
        return _finish(table, (table.dim * spread + distances) * precision, errors * precision, logs)
    mean = _means(table, rows)
    squared = mean * mean
    squares = _product(1 / variance, squared if spread is not None else squared + _variances(table, rows))
    if spread is not None:
        squares += spread * (1 / variance).sum(-1)[:, None]
    crossed = _product(queries.mean / variance, mean)
    scaled_norms = (queries.mean**2 / variance).sum(-1)[:, None]
    errors = relative_error(table.dim) * 2.1 * (squares + scaled_norms) + 1e-30
    return _finish(table, squares - 2 * crossed + scaled_norms, errors, logs)


def _jeffreys(table: Table, queries: Queries, rows: slice) -> Bounds:
    """Minus the sum of both directions; their errors add up."""
    one, other = _kl_from_query(table, queries, rows), _kl_to_query(table, queries, rows)
    return one[0] + other[0], one[1] + other[1]


FORMS: dict[str, Form] = {
    "cosine": _cosine,
    "kl_from_query": _kl_from_query,
    "kl_to_query": _kl_to_query,
    "jeffreys": _jeffreys,
}
