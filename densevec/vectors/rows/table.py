"""Rows that are one table: points, with a vector each, and Gaussians, with a density each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from densevec.densities import Measure
from densevec.errors import FormatError
from densevec.formats import Container
from densevec.vectors import search
from densevec.vectors._arguments import float_tensor
from densevec.vectors._storage import encode, from_tensor, storage_of, to_tensor
from densevec.vectors.entailment import Closeness, both_ways, close_pairs
from densevec.vectors.rows.affine import AffineMap
from densevec.vectors.rows.base import (
    FloatArray,
    Found,
    Parts,
    Resolved,
    RowArray,
    Rows,
    Scope,
    WordMixtures,
    as_queries,
    check_measure,
    nearest_in,
)
from densevec.vectors.search import Table, widen

_PAIRS_AT_ONCE = 2**12


class TableRows(Rows):
    """What points and Gaussians have in common: a row of the table is all there is of a word."""

    def item(self, row: int) -> Resolved:
        table = self.table
        log_variance = None if table.variance is None else table.log_variance_rows(slice(row, row + 1))[0]
        return Resolved(table.stored_mean(row).astype(np.float64), log_variance, row)

    def score(self, measure: Measure, a: Resolved, b: Resolved) -> float:
        if measure.name == "cosine" and a.row is not None and b.row is not None:
            found = self.table.cosine(a.row, b.row)
            if found is not None:
                return found
        check_measure(self.table, measure, (a, b))
        return float(measure.score(a.mean, a.log_variance, b.mean, b.log_variance))

    def both_ways(self, a: Resolved, b: Resolved) -> tuple[float, float]:
        assert a.log_variance is not None  # as entailment asks
        assert b.log_variance is not None
        forward, backward = both_ways(a.mean, a.log_variance, b.mean, b.log_variance)
        return float(forward), float(backward)

    def scores(self, measure: Measure, query: Resolved, rows: Scope) -> FloatArray:
        return search.exact_scores(self.table, measure, self._queries(measure, [query]), rows)

    def nearest(
        self, measure: Measure, queries: Sequence[Resolved], topn: int, scope: Scope, excluded: Sequence[Sequence[int]]
    ) -> list[Found]:
        return nearest_in(self.table, measure, self._queries(measure, queries), topn, scope, excluded)

    def _queries(self, measure: Measure, items: Sequence[Resolved]) -> search.Queries:
        means = np.array([item.mean for item in items])
        if measure.name == "cosine":
            return search.Queries(means, None)
        check_measure(self.table, measure, items)
        return as_queries(measure, means, [item.log_variance for item in items])

    def pairs(self, measure: Measure, first: RowArray, second: RowArray) -> FloatArray:
        table, scores = self.table, np.empty(len(first))
        for begin in range(0, len(first), _PAIRS_AT_ONCE):
            a, b = first[begin : begin + _PAIRS_AT_ONCE], second[begin : begin + _PAIRS_AT_ONCE]
            scores[begin : begin + _PAIRS_AT_ONCE] = measure.score(
                table.mean_rows(a), table.log_variance_rows(a), table.mean_rows(b), table.log_variance_rows(b)
            )
        return scores

    def close_pairs(self, rows: RowArray, closeness: Closeness) -> tuple[RowArray, RowArray]:
        return close_pairs(self.table.mean_rows(rows), self.table.log_variance_rows(rows), closeness)

    def at(self, rows: RowArray) -> Self:
        return self.with_table(self.table.at(rows))

    def stored_as(self, storage: str) -> Self:
        return self.with_table(encoded(self.table, storage))

    @abstractmethod
    def with_table(self, table: Table) -> Self: ...

    def as_mixtures(self) -> WordMixtures:
        mean, variance = widen(self.table.mean), self.table.variance
        if variance is not None:
            variance = widen(variance).reshape(len(mean), 1, -1)
        return WordMixtures(mean[:, None], variance, np.ones((len(mean), 1), dtype=np.float32))

    @property
    def storage(self) -> str:
        return storage_of(self.table.mean)


@dataclass(frozen=True, eq=False)
class PointRows(TableRows):
    """A vector (d,) each."""

    table: Table
    tensor = "mean"

    def compose(self, word: str) -> None:
        return None

    def with_table(self, table: Table) -> PointRows:
        return PointRows(table)

    def mapped(self, map: AffineMap) -> PointRows:
        return PointRows(map.table(self.table))

    def parts(self) -> Parts:
        return {"mean": to_tensor(self.table.mean)}, {}

    @classmethod
    def from_container(cls, container: Container, origin: str) -> PointRows:
        return cls(Table(float_tensor(container, "mean", origin), None))


@dataclass(frozen=True, eq=False)
class GaussianRows(TableRows):
    """A density N(mean, variance) each."""

    table: Table
    tensor = "variance"

    def compose(self, word: str) -> None:
        return None

    def with_table(self, table: Table) -> GaussianRows:
        return GaussianRows(table)

    def mapped(self, map: AffineMap) -> GaussianRows:
        return GaussianRows(map.table(self.table))

    def parts(self) -> Parts:
        assert self.table.variance is not None  # what a density has
        return {"mean": to_tensor(self.table.mean), "variance": to_tensor(self.table.variance)}, {}

    @classmethod
    def from_container(cls, container: Container, origin: str) -> GaussianRows:
        mean, variance = float_tensor(container, "mean", origin), container.tensors.get("variance")
        if variance is None:
            raise FormatError(
                f"{origin}: the file holds no word densities (no tensor 'variance'); "
                f"KeyedVectors.load opens points without variances"
            )
        stored = from_tensor(variance)
        has_shape = variance.shape in (mean.shape, mean.shape[:1])
        if not has_shape or stored is None or stored.dtype not in (np.float32, mean.dtype):
            raise FormatError(
                f"{origin}: tensor 'variance' must be float32 of shape {mean.shape[:1]} or {mean.shape}, "
                f"or of the type of 'mean', found {variance.dtype} {variance.shape}"
            )
        return cls(Table(mean, stored))


def encoded(table: Table, storage: str) -> Table:
    """A table rounded to a storage; spherical variances, one number a row, stay float32."""
    variance: npt.NDArray[Any] | None = table.variance
    if variance is not None and variance.ndim == 2:
        variance = encode(widen(variance), storage, "variance", above_zero=True)
    return Table(encode(widen(table.mean), storage, "vectors"), variance)
