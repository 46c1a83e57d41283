"""Rows that are a mixture of Gaussians each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from densevec.densities import Measure
from densevec.densities.mixture import Components, every_pair, mixture_scores, moments, takes_nearest_pair
from densevec.errors import CorruptError, FormatError, ParameterError
from densevec.formats import Container
from densevec.vectors._arguments import first_bad_row
from densevec.vectors._storage import from_tensor, storage_of, to_tensor
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
from densevec.vectors.rows.table import encoded
from densevec.vectors.search import Table, widen

FloatTable = npt.NDArray[np.float32]
_ELEMENTS_AT_ONCE = 2**18
_WEIGHT_ERROR = 1e-3  # of the sum of a word's weights


@dataclass(frozen=True, eq=False)
class MixtureRows(Rows):
    """K Gaussians each: ``every`` has their rows, (n K, d), K of a word side by side, and ``weights`` is (n, K).

    ``table`` has the mean and the variance of the whole mixtures, over the dimensions too if they are spherical.
    """

    table: Table
    every: Table
    weights: FloatTable
    tensor = "weight"

    @classmethod
    def of(cls, every: Table, weights: FloatTable) -> MixtureRows:
        """From the components and their weights, the moments of the whole worked out.

        ParameterError where those do not fit float32.
        """
        shape = *weights.shape, -1
        assert every.variance is not None  # what a density has
        variance = widen(every.variance).reshape(*weights.shape, *every.variance.shape[1:])
        with np.errstate(over="ignore"):
            whole = [part.astype(np.float32) for part in moments(widen(every.mean).reshape(shape), variance, weights)]
        for name, part in zip(("mean", "variance"), whole, strict=True):
            row = first_bad_row(np.isfinite, part)
            if row is not None:
                raise ParameterError(
                    f"the {name} of a whole mixture must be finite in float32, which that of row {row} is not; scale "
                    "the components down"
                )
            part.flags.writeable = False  # they follow from the components
        return cls(Table(*whole), every, weights)

    @property
    def num_components(self) -> int:
        """K."""
        return self.weights.shape[1]

    def item(self, row: int) -> Resolved:
        place = slice(row, row + 1)
        return Resolved(self.table.mean_rows(place)[0], self.table.log_variance_rows(place)[0], row)

    def compose(self, word: str) -> None:
        return None

    def score(self, measure: Measure, a: Resolved, b: Resolved) -> float:
        check_measure(self.table, measure, (a, b))
        return float(mixture_scores(measure, self._components(a), self._components(b)))

    def both_ways(self, a: Resolved, b: Resolved) -> tuple[float, float]:
        """Each of the pair of components that is nearest by it."""
        forward, backward = both_ways(*every_pair(self._components(a), self._components(b)))
        return float(forward.max()), float(backward.max())

    @cached_property
    def _weightless(self) -> npt.NDArray[np.bool_] | None:
        """(n K,) which components have weight 0, and so are none; None if there are no such."""
        weightless = self.weights.reshape(-1) == 0
        return weightless if weightless.any() else None

    def _components(self, item: Resolved) -> Components:
        """The components of an item, (K, d), fewer where some have weight 0: those of its row, or itself alone."""
        if item.row is not None:
            weights = self.weights[item.row]
            places = item.row * self.num_components + np.flatnonzero(weights)
            log_weight = np.log(weights[weights > 0].astype(np.float64))
            return Components(self.every.mean_rows(places), self.every.log_variance_rows(places), log_weight)
        log_variance = np.zeros(1) if item.log_variance is None else item.log_variance  # the cosine does not look at it
        return Components(item.mean[None], log_variance[None], np.zeros(1))

    def _components_of(self, rows: RowArray) -> Components:
        """Of words (n,): means (n, K, d), log variances (n, K, 1 or d), log weights (n, K)."""
        size = self.num_components
        places = (rows[:, None] * size + np.arange(size)).reshape(-1)
        mean, log_variance = self.every.mean_rows(places), self.every.log_variance_rows(places)
        with np.errstate(divide="ignore"):
            log_weight = np.log(self.weights[rows].astype(np.float64))
        return Components(mean.reshape(len(rows), size, -1), log_variance.reshape(len(rows), size, -1), log_weight)

    def scores(self, measure: Measure, query: Resolved, rows: Scope) -> FloatArray:
        check_measure(self.table, measure, [query])
        return self._scores(measure, self._components(query), np.asarray(rows, dtype=np.int64))

    def _scores(self, measure: Measure, query: Components, rows: RowArray) -> FloatArray:
        result = np.empty(len(rows))
        step = max(1, _ELEMENTS_AT_ONCE // (self.every.dim * self.num_components * len(query.mean)))
        for begin in range(0, len(rows), step):
            words = self._components_of(rows[begin : begin + step])
            result[begin : begin + step] = mixture_scores(measure, query, words)
        return result

    def nearest(
        self, measure: Measure, queries: Sequence[Resolved], topn: int, scope: Scope, excluded: Sequence[Sequence[int]]
    ) -> list[Found]:
        check_measure(self.table, measure, queries)
        asked = [self._components(query) for query in queries]
        if isinstance(scope, range) and takes_nearest_pair(measure):
            every = self._candidates(measure, asked, topn + max(map(len, excluded), default=0), scope)
        else:
            every = [np.asarray(scope, dtype=np.int64)] * len(asked)
        results = []
        for query, candidates, unwanted in zip(asked, every, excluded, strict=True):
            rows = candidates[~np.isin(candidates, unwanted)]
            scores = self._scores(measure, query, rows)
            order = np.lexsort((rows, -scores))[:topn]
            results.append((rows[order], scores[order]))
        return results

    def _candidates(self, measure: Measure, asked: Sequence[Components], topn: int, scope: range) -> list[RowArray]:
        """Words that include the best ``topn`` of each query by the nearest pair: a word among them has a component
        among the topn·K best for one of the query's."""
        size, means = self.num_components, np.concatenate([query.mean for query in asked])
        queries = as_queries(measure, means, [part for query in asked for part in query.log_variance])
        begin, end = scope.start * size, scope.stop * size
        places: Scope = range(begin, end)
        if self._weightless is not None:
            places = begin + np.flatnonzero(~self._weightless[begin:end])
        found = [rows for rows, _ in nearest_in(self.every, measure, queries, topn * size, places)]
        ends = np.cumsum([len(query.mean) for query in asked])
        return [
            np.unique(np.concatenate(found[end - len(query.mean) : end]) // size)
            for query, end in zip(asked, ends.tolist(), strict=True)
        ]

    def pairs(self, measure: Measure, first: RowArray, second: RowArray) -> FloatArray:
        result = np.empty(len(first))
        step = max(1, _ELEMENTS_AT_ONCE // (self.every.dim * self.num_components**2))
        for begin in range(0, len(first), step):
            a, b = (self._components_of(side[begin : begin + step]) for side in (first, second))
            result[begin : begin + step] = mixture_scores(measure, a, b)
        return result

    def close_pairs(self, rows: RowArray, closeness: Closeness) -> tuple[RowArray, RowArray]:
        mean, log_variance, _ = self._components_of(rows)
        width = mean.shape[-1], log_variance.shape[-1]
        found = close_pairs(mean.reshape(-1, width[0]), log_variance.reshape(-1, width[1]), closeness)
        first, second = np.unique(np.stack(found) // self.num_components, axis=1)
        return first[first != second], second[first != second]

    def at(self, rows: RowArray) -> MixtureRows:
        size = self.num_components
        every = self.every.at((rows[:, None] * size + np.arange(size)).reshape(-1))
        return MixtureRows(self.table.at(rows), every, self.weights[rows])

    def stored_as(self, storage: str) -> MixtureRows:
        return MixtureRows.of(encoded(self.every, storage), self.weights)

    def with_table(self, table: Table) -> NoReturn:
        raise ParameterError(
            "mixtures cannot be edited; make new MixtureVectors of component_means, component_variances and weights"
        )

    def mapped(self, map: AffineMap) -> MixtureRows:
        return MixtureRows.of(map.table(self.every), self.weights)

    def as_mixtures(self) -> WordMixtures:
        assert self.every.variance is not None  # what a density has
        mean, variance = self.shaped(widen(self.every.mean)), self.shaped(widen(self.every.variance))
        return WordMixtures(mean, variance.reshape(*self.weights.shape, -1), self.weights)

    @property
    def storage(self) -> str:
        return storage_of(self.every.mean)

    def shaped(self, part: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """An array of components (n K, ...) as one of words, (n, K, ...)."""
        return part.reshape(*self.weights.shape, *part.shape[1:])

    def parts(self) -> Parts:
        assert self.every.variance is not None  # what a density has
        tensors = {"mean": self.every.mean, "variance": self.every.variance}
        return {**{name: to_tensor(self.shaped(part)) for name, part in tensors.items()}, "weight": self.weights}, {}

    @classmethod
    def from_container(cls, container: Container, origin: str) -> MixtureRows:
        parts = [container.tensors.get(name) for name in ("mean", "variance", "weight")]
        mean, variance, weight = parts
        if mean is None or variance is None or weight is None:
            raise FormatError(f"{origin}: the file holds no mixtures (tensors 'mean', 'variance' and 'weight')")
        stored = from_tensor(mean), from_tensor(variance)
        fits = mean.ndim == 3 and variance.shape in (mean.shape, mean.shape[:2]) and weight.shape == mean.shape[:2]
        has_type = weight.dtype == np.float32 and (variance.dtype in (np.float32, mean.dtype))
        if not (fits and has_type) or 0 in mean.shape[1:] or stored[0] is None or stored[1] is None:
            shapes = ", ".join(f"{part.dtype} {part.shape}" for part in (mean, variance, weight))
            raise FormatError(
                f"{origin}: tensors of mixtures must be float32 of n words and K components, found {shapes}"
            )
        if not (are_weights(weight) and (widen(stored[1]) > 0).all()):
            raise FormatError(f"{origin}: weights must be at least 0 with sum 1, and variances above 0")
        for name, part in (("mean", stored[0]), ("variance", stored[1])):
            row = first_bad_row(lambda values: np.isfinite(widen(values)), part)
            if row is not None:
                raise CorruptError(f"{origin}: tensor {name!r} must be finite, which row {row} is not")
        try:
            return cls.of(as_rows(stored[0], stored[1]), weight)
        except ParameterError as error:
            raise FormatError(f"{origin}: {error}") from None


def as_rows(mean: npt.NDArray[Any], variance: npt.NDArray[Any]) -> Table:
    """Components (n, K, d) and their variances, (n, K) or (n, K, d), as one table of n K rows."""
    num_rows = mean.shape[0] * mean.shape[1]
    return Table(mean.reshape(num_rows, mean.shape[2]), variance.reshape(num_rows, *variance.shape[2:]))


def are_weights(weight: FloatTable) -> bool:
    """Whether each row is at least 0 with sum 1."""
    return bool((weight >= 0).all() and (np.abs(weight.sum(1, dtype=np.float64) - 1) <= _WEIGHT_ERROR).all())
