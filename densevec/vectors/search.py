"""Exact search: the rows of a table that score highest for a query, by any measure.

Measures with a matrix-product form are scanned in float32, each score with a rigorous bound on its error.  Every row
whose score might be among the best is kept, and those few are scored again in float64 by the measure's own formula.
So the ranking is that of a float64 scan, whatever the variances; where the bounds are too wide to rule rows out
(tiny variances beside large means), many rows are re-scored, and it is slower, never wrong.  All other measures
are scanned in float64, block by block.  No array of the table's size is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.densities import Measure

FloatArray = npt.NDArray[np.float64]
RowArray = npt.NDArray[np.int64]
Bounds = tuple[FloatArray, FloatArray]

_SCAN_ELEMENTS = 2**20  # of a float32 block: it and what is made of it should stay in the cache
_VIEW_ELEMENTS = 2**24  # where the table's rows are used as they are: few, long products
_EXACT_ELEMENTS = 2**17  # of a float64 block, whose formulas make more temporaries
_FLOAT32_ROUNDING, _FLOAT64_ROUNDING = 2.0**-24, 2.0**-53
_FLOAT32_TINY = 2.0**-126  # below it products may be flushed to zero


@dataclass(frozen=True)
class Queries:
    """Q densities, or points: ``mean`` (Q, d), ``log_variance`` (Q, 1) or (Q, d), None for points; float64."""

    mean: FloatArray
    log_variance: FloatArray | None


class Table:
    """The rows to search: means (V, d) float32, variances (V,) or (V, d) float32 or None, and what a scan reuses."""

    def __init__(self, mean: npt.NDArray[np.float32], variance: npt.NDArray[np.float32] | None) -> None:
        self.mean = mean
        self.variance = variance
        self.num_rows, self.dim = mean.shape

    @property
    def is_spherical(self) -> bool:
        return self.variance is not None and self.variance.ndim == 1

    def mean_rows(self, rows: RowArray | slice) -> FloatArray:
        """Means of some rows in float64, (n, d)."""
        return self.mean[rows].astype(np.float64)

    def log_variance_rows(self, rows: RowArray | slice) -> FloatArray:
        """Log variances of some rows in float64, (n, 1) or (n, d)."""
        assert self.variance is not None  # points are never asked by a measure of densities
        log_variance: FloatArray = np.log(self.variance[rows].astype(np.float64))
        return log_variance[:, None] if self.is_spherical else log_variance

    def blocks(self, start: int, stop: int, elements: int) -> Iterator[slice]:
        """Consecutive slices of rows of about that many elements."""
        step = max(1, elements // max(1, self.dim))
        for begin in range(start, stop, step):
            yield slice(begin, min(begin + step, stop))

    def _per_row(self, function: Callable[[slice], FloatArray]) -> FloatArray:
        result = np.empty(self.num_rows)
        for rows in self.blocks(0, self.num_rows, _EXACT_ELEMENTS):
            result[rows] = function(rows)
        return result

    @cached_property
    def squared_norms(self) -> FloatArray:
        """‖m‖², (V,) float64."""
        return self._per_row(lambda rows: (self.mean_rows(rows) ** 2).sum(-1))

    @cached_property
    def norms(self) -> FloatArray:
        """‖m‖, (V,) float64."""
        return np.sqrt(self.squared_norms)

    @cached_property
    def log_determinants(self) -> FloatArray:
        """Σ_i log s_i, (V,) float64."""

        def block(rows: slice) -> FloatArray:
            log_variance = self.log_variance_rows(rows)
            return log_variance.sum(-1) * (self.dim // log_variance.shape[-1])

        return self._per_row(block)

    @cached_property
    def scaled_norms(self) -> FloatArray:
        """Σ_i m_i²/s_i of a diagonal table, (V,) float64."""
        assert self.variance is not None
        variance = self.variance
        return self._per_row(lambda rows: (self.mean_rows(rows) ** 2 / variance[rows].astype(np.float64)).sum(-1))


def exact_scores(table: Table, measure: Measure, query: Queries, rows: RowArray) -> FloatArray:
    """Float64 scores of some rows for one query by the measure's own formula, (n,)."""
    scores = np.empty(len(rows))
    step = max(1, _EXACT_ELEMENTS // max(1, table.dim))
    for begin in range(0, len(rows), step):
        part = rows[begin : begin + step]
        log_variance = None if query.log_variance is None else table.log_variance_rows(part)
        part_scores = measure.score(query.mean, query.log_variance, table.mean_rows(part), log_variance)
        scores[begin : begin + step] = part_scores
    return scores


def nearest(
    table: Table, measure: Measure, queries: Queries, topn: int, start: int = 0, stop: int | None = None
) -> list[tuple[RowArray, FloatArray]]:
    """For each query the ``topn`` rows of ``start:stop`` with the highest scores, best first; ties by row.

    Returns
    -------
    One pair per query: rows (n,) and float64 scores (n,), n = min(topn, stop − start).
    """
    stop = table.num_rows if stop is None else stop
    candidates = _scan(table, measure, queries, topn, start, stop)
    results = []
    for number, rows in enumerate(candidates):
        log_variance = None if queries.log_variance is None else queries.log_variance[number : number + 1]
        scores = exact_scores(table, measure, Queries(queries.mean[number : number + 1], log_variance), rows)
        order = np.lexsort((rows, -scores))[:topn]
        results.append((rows[order], scores[order]))
    return results


class _RunningBest:
    """Rows that may be among the best ``topn``, from bounds on their scores that come block by block."""

    def __init__(self, topn: int) -> None:
        self._topn = topn
        self._threshold = -np.inf  # the topn-th best lower bound so far: a row below it cannot be among the best
        self._lower = self._upper = np.empty(0)
        self.rows: RowArray = np.empty(0, dtype=np.int64)

    def update(self, scores: FloatArray, errors: FloatArray, begin: int) -> None:
        upper = scores + errors
        fresh = np.flatnonzero(upper >= self._threshold)
        if not len(fresh):
            return
        lower = np.concatenate([self._lower, (scores - errors)[fresh]])
        upper = np.concatenate([self._upper, upper[fresh]])
        rows = np.concatenate([self.rows, fresh + begin])
        if len(lower) >= self._topn:
            place = len(lower) - self._topn
            self._threshold = np.partition(lower, place)[place]
        keep = upper >= self._threshold
        self._lower, self._upper, self.rows = lower[keep], upper[keep], rows[keep]


def _scan(table: Table, measure: Measure, queries: Queries, topn: int, start: int, stop: int) -> list[RowArray]:
    """Per query, rows that certainly include the best ``topn``."""
    num_queries = len(queries.mean)
    approximate = _FORMS.get(measure.name)  # the float32 form, if there is one
    if topn == 0 or approximate is None or topn >= stop - start:
        return [np.arange(start, stop if topn else start)] * num_queries
    best = [_RunningBest(topn) for _ in range(num_queries)]
    elements = max(_SCAN_ELEMENTS, _VIEW_ELEMENTS // num_queries) if _is_plain(table, queries) else _SCAN_ELEMENTS
    for rows in table.blocks(start, stop, elements):
        with np.errstate(all="ignore"):  # what overflows float32 is found here and scored in float64
            scores, errors = approximate(table, queries, rows)
        if not (np.isfinite(scores).all() and np.isfinite(errors).all()):
            return [np.arange(start, stop)] * num_queries
        for number in range(num_queries):
            best[number].update(scores[number], errors[number], rows.start)
    return [running.rows for running in best]


def _is_plain(table: Table, queries: Queries) -> bool:
    """True if dot products with the rows are all a scan needs, for points and for spherical densities."""
    return queries.log_variance is None or (table.is_spherical and queries.log_variance.shape[-1] == 1)


def _relative_error(dim: int) -> float:
    """Of a float32 dot product against Σ|x_i y_i|, summed in any order, its factors rounded too (Higham 2002)."""
    return 1.01 * (dim + 8) * _FLOAT32_ROUNDING


def _product(left: FloatArray, right: npt.NDArray[np.float32]) -> FloatArray:
    """(Q, d) times (B, d) transposed in float32; the result, (Q, B), in float64."""
    product: npt.NDArray[Any] = left.astype(np.float32) @ right.T
    return product.astype(np.float64)


def _dot(table: Table, vectors: FloatArray, rows: slice) -> Bounds:
    """Dot products of means with ``vectors`` (Q, d), and by Cauchy and Schwarz a bound on their errors, (Q, B)."""
    norms = np.sqrt((vectors**2).sum(-1))[:, None]
    errors = _relative_error(table.dim) * norms * table.norms[rows]
    return _product(vectors, table.mean[rows]), errors + 4 * table.dim * _FLOAT32_TINY


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
    return squares - 2 * dot, 2 * errors + 4 * (table.dim + 16) * _FLOAT64_ROUNDING * squares


def _log_variances(queries: Queries) -> FloatArray:
    assert queries.log_variance is not None  # checked where the query is made
    return queries.log_variance


def _query_terms(table: Table, queries: Queries) -> tuple[FloatArray, FloatArray]:
    """Variances of the queries in every dimension, (Q, d), and Σ_i log s_i, (Q, 1)."""
    log_variance = np.broadcast_to(_log_variances(queries), queries.mean.shape)
    return np.exp(log_variance), log_variance.sum(-1)[:, None]


def _finish(table: Table, product: FloatArray, errors: FloatArray, logs: FloatArray) -> Bounds:
    """−KL from its terms: −½ (product − d + log determinant of the second − of the first)."""
    rounding = 8 * (table.dim + 16) * _FLOAT64_ROUNDING
    return -0.5 * (product - table.dim + logs), 0.5 * errors + rounding * (np.abs(product) + np.abs(logs) + table.dim)


def _kl_from_query(table: Table, queries: Queries, rows: slice) -> Bounds:
    """−KL(query‖word)."""
    assert table.variance is not None
    variance, log_determinant = _query_terms(table, queries)
    logs = table.log_determinants[rows] - log_determinant
    if table.is_spherical:
        distances, errors = _squared_distances(table, queries, rows)
        precision = 1 / table.variance[rows].astype(np.float64)
        return _finish(table, (variance.sum(-1)[:, None] + distances) * precision, errors * precision, logs)
    precisions = np.float32(1) / table.variance[rows]  # (B, d)
    squares = _product(variance + queries.mean**2, precisions)
    crossed = _product(queries.mean, table.mean[rows] * precisions)
    scaled_norms = table.scaled_norms[rows]
    # 2 |m_q m_w| <= m_q² + m_w² bounds the crossed terms by the others.
    errors = _relative_error(table.dim) * 2.1 * (squares + scaled_norms) + 1e-30
    return _finish(table, squares - 2 * crossed + scaled_norms, errors, logs)


def _kl_to_query(table: Table, queries: Queries, rows: slice) -> Bounds:
    """−KL(word‖query)."""
    assert table.variance is not None
    variance, log_determinant = _query_terms(table, queries)
    logs = log_determinant - table.log_determinants[rows]
    spread = table.variance[rows].astype(np.float64) if table.is_spherical else None
    if spread is not None and _log_variances(queries).shape[-1] == 1:
        distances, errors = _squared_distances(table, queries, rows)
        precision = 1 / variance[:, :1]
        return _finish(table, (table.dim * spread + distances) * precision, errors * precision, logs)
    mean = table.mean[rows]
    squared = mean * mean
    squares = _product(1 / variance, squared if spread is not None else squared + table.variance[rows])
    if spread is not None:
        squares += spread * (1 / variance).sum(-1)[:, None]
    crossed = _product(queries.mean / variance, mean)
    scaled_norms = (queries.mean**2 / variance).sum(-1)[:, None]
    errors = _relative_error(table.dim) * 2.1 * (squares + scaled_norms) + 1e-30
    return _finish(table, squares - 2 * crossed + scaled_norms, errors, logs)


def _jeffreys(table: Table, queries: Queries, rows: slice) -> Bounds:
    """Minus the sum of both directions; their errors add up."""
    one, other = _kl_from_query(table, queries, rows), _kl_to_query(table, queries, rows)
    return one[0] + other[0], one[1] + other[1]


_FORMS: dict[str, Callable[[Table, Queries, slice], Bounds]] = {
    "cosine": _cosine,
    "kl_from_query": _kl_from_query,
    "kl_to_query": _kl_to_query,
    "jeffreys": _jeffreys,
}
