"""The interface between the questions one asks of vectors and what differs from kind to kind of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from densevec.densities import Measure
from densevec.errors import ParameterError
from densevec.formats import Container
from densevec.vectors import search
from densevec.vectors._arguments import as_unit
from densevec.vectors.entailment import Closeness
from densevec.vectors.rows.affine import AffineMap
from densevec.vectors.search import Queries, Table

FloatArray = npt.NDArray[np.float64]
RowArray = npt.NDArray[np.int64]
Scope = range | RowArray  # the rows that are searched
Found = tuple[RowArray, FloatArray]  # rows and their scores, best first
Parts = tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]  # tensors and metadata of a file


class Resolved(NamedTuple):
    """One item of a query: mean (d,), log variance (1,) or (d,) if it has one, and its row if it is a word's.

    Of a word in its sentence ``sentence_row`` is the row of the word, which is no neighbour of its own.
    """

    mean: FloatArray
    log_variance: FloatArray | None
    row: int | None = None
    is_vector: bool = False  # a bare one, not a word's
    sentence_row: int | None = None

    @property
    def own_row(self) -> int | None:
        """The row of the word that the item is or reads."""
        return self.sentence_row if self.row is None else self.row

    @property
    def direction(self) -> FloatArray:
        """As it enters a mean: words and densities with length 1, a vector as it is given."""
        return self.mean if self.is_vector else as_unit(self.mean)


class Composed(NamedTuple):
    """What a word without a row is composed to: mean (d,), and variance (1,) or (d,) where there are densities."""

    mean: npt.NDArray[np.float32]
    variance: npt.NDArray[np.float32] | None = None

    def resolved(self) -> Resolved:
        """The item of a query that it is."""
        log_variance = None if self.variance is None else np.log(self.variance.astype(np.float64))
        return Resolved(self.mean.astype(np.float64), log_variance)


class WordMixtures(NamedTuple):
    """K densities a word: means (n, K, d), variances (n, K, 1 or d) or None for points, weights (n, K); float32."""

    mean: npt.NDArray[np.float32]
    variance: npt.NDArray[np.float32] | None
    weight: npt.NDArray[np.float32]


class Rows(ABC):
    """The rows of n words, which never change: an edit makes new ones.

    Attributes
    ----------
    table : mean (n, d), and variance where there are densities, of each whole row: what every question uses that is
        not about one item beside others
    """

    table: Table
    tensor: ClassVar[str]  # of a file that holds rows of this kind, and of no kind that is less
    has_ngrams: ClassVar[bool] = False  # that words without a row are composed of

    # One item and others

    @abstractmethod
    def item(self, row: int) -> Resolved:
        """The item of a query that a row is."""

    @abstractmethod
    def compose(self, word: str) -> Composed | None:
        """What a word that has no row is composed to, None where there is nothing."""

    @abstractmethod
    def score(self, measure: Measure, a: Resolved, b: Resolved) -> float:
        """The score of b for the query a."""

    @abstractmethod
    def both_ways(self, a: Resolved, b: Resolved) -> tuple[float, float]:
        """How much a entails b, and how much b entails a."""

    @abstractmethod
    def scores(self, measure: Measure, query: Resolved, rows: Scope) -> FloatArray:
        """Float64 scores of some rows for a query, (n,)."""

    @abstractmethod
    def nearest(
        self, measure: Measure, queries: Sequence[Resolved], topn: int, scope: Scope, excluded: Sequence[Sequence[int]]
    ) -> list[Found]:
        """For each query the ``topn`` rows of a scope that score highest, without the excluded ones; ties by row."""

    @abstractmethod
    def pairs(self, measure: Measure, first: RowArray, second: RowArray) -> FloatArray:
        """Scores of ``second[i]`` for the query ``first[i]``, (n,), in blocks."""

    @abstractmethod
    def close_pairs(self, rows: RowArray, closeness: Closeness) -> tuple[RowArray, RowArray]:
        """Places (i, j), i ≠ j, in ``rows`` that may be close enough: some too many, none less."""

    # Other rows of the same kind

    @abstractmethod
    def at(self, rows: RowArray) -> Self:
        """Some of the rows, in that order."""

    @abstractmethod
    def stored_as(self, storage: str) -> Self:
        """The same rows, rounded to a storage."""

    @abstractmethod
    def with_table(self, table: Table) -> Self:
        """Rows with these numbers in the place of the old ones; ParameterError from a kind that has more than those."""

    @abstractmethod
    def mapped(self, map: AffineMap) -> Self:
        """The images of the rows under a map, and of all that words without a row are composed of."""

    @abstractmethod
    def as_mixtures(self) -> WordMixtures:
        """The K densities that each row is a mixture of: one, for any kind but mixtures."""

    # Files

    @property
    @abstractmethod
    def storage(self) -> str:
        """How numbers are kept: "float32", "float16" or "bfloat16"."""

    @abstractmethod
    def parts(self) -> Parts:
        """Tensors and metadata of a file."""

    @classmethod
    @abstractmethod
    def from_container(cls, container: Container, origin: str) -> Self:
        """The rows in an opened file; FormatError, with the file's name, if it holds no such rows."""


def check_measure(table: Table, measure: Measure, items: Sequence[Resolved]) -> None:
    """ParameterError unless the measure is one that these rows have, and these items too."""
    if measure.name == "cosine":
        return
    if table.variance is None:
        raise ParameterError(f"measure {measure.name!r} needs word densities; points have 'cosine' only")
    for item in items:
        if item.log_variance is None:
            raise ParameterError(f"measure {measure.name!r} needs a density, got a vector: pass a word or a Gaussian")


def as_queries(measure: Measure, means: FloatArray, log_variances: Sequence[FloatArray | None]) -> Queries:
    """Queries with means (Q, d), and with log variances of one width unless the measure is the cosine."""
    if measure.name == "cosine":
        return Queries(means, None)
    known = [log_variance for log_variance in log_variances if log_variance is not None]  # all, as was checked
    width = max((log_variance.size for log_variance in known), default=1)
    widened = [np.broadcast_to(log_variance, width) for log_variance in known]
    return Queries(means, np.array(widened).reshape(-1, width))


def nearest_in(
    table: Table,
    measure: Measure,
    queries: Queries,
    topn: int,
    scope: Scope,
    excluded: Sequence[Sequence[int]] | None = None,
) -> list[Found]:
    """``search.nearest`` among the rows of a scope."""
    if isinstance(scope, range):
        return search.nearest(table, measure, queries, topn, scope.start, scope.stop, exclude=excluded)
    return search.nearest(table, measure, queries, topn, rows=scope, exclude=excluded)
