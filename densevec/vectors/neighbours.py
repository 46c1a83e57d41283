"""The words nearest to a query: one, many at once, by sums and by products of cosines, among all words or some."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.densities import Measure, get_measure
from densevec.errors import ParameterError
from densevec.vectors import search
from densevec.vectors._arguments import as_items, as_unit, check_on_missing, check_topn
from densevec.vectors._store import FloatArray, Item, RowArray, WordStore
from densevec.vectors.search import Queries, widen

Neighbours = list[tuple[str, float]]
Scope = range | RowArray  # the rows that are searched

_QUERIES_AT_ONCE = 256
_ROWS_AT_ONCE = 2**14
_COSMUL_EPSILON = 1e-6


class NeighbourQueries(WordStore):
    """``most_similar`` and its kin."""

    def most_similar(
        self,
        positive: Item | list[Item] | None = None,
        negative: Item | list[Item] | None = None,
        topn: int | None = 10,
        clip_start: int = 0,
        clip_end: int | None = None,
        restrict_vocab: int | None = None,
        *,
        measure: str = "cosine",
        within: Iterable[str] | None = None,
    ) -> Any:
        """The words closest to a query, best first: a list of (word, score), higher is closer.

        Parameters
        ----------
        positive, negative : a word, a vector (d,), a Gaussian such as a posterior in context, or a list of these.
            Several are for the cosine only: the query is the mean of the words' unit vectors, negatives subtracted.
            A tuple (item, weight) in a list has that weight; vectors enter the mean as they are, with their length.
        topn : how many; None for the scores of all words searched as an array, in row order.
        clip_start, clip_end, restrict_vocab : search rows ``clip_start:clip_end``, or the first ``restrict_vocab``.
        measure : one of ``densevec.densities.MEASURES``; all but "cosine" need densities on both sides.
        within : search these words only; unknown ones are passed over.

        The words of the query are left out of the list.  Equal scores are in row order.  A zero vector has
        cosine 0 with everything.  The ranking is that of exact float64 scores.

        Raises
        ------
        MissingWordError
            For an unknown word.
        ParameterError, ParameterTypeError
            For an empty query, a vector of another dimension, a negative ``topn``, or several items
            (or a bare vector) with a measure of densities.
        """
        chosen = get_measure(measure)
        scope = self._scope(clip_start, clip_end, restrict_vocab, within)
        wanted = check_topn(topn)
        query, rows = self._query(positive, negative, chosen)
        if wanted is None:
            return search.exact_scores(self._table, chosen, query, np.asarray(scope, dtype=np.int64))
        return self._best(chosen, query, [rows], wanted, scope)[0]

    def most_similar_batch(
        self,
        items: Sequence[Item],
        topn: int = 10,
        *,
        measure: str = "cosine",
        restrict_vocab: int | None = None,
        within: Iterable[str] | None = None,
        on_missing: str = "error",
    ) -> list[Neighbours]:
        """``most_similar`` of many words, vectors or Gaussians, each by itself: one list of (word, score) for each.

        The items share matrix products, which costs a fraction of as many single queries.  The answers are the same.
        With ``on_missing="skip"`` an unknown word has an empty list.

        >>> from densevec import KeyedVectors
        >>> vectors = KeyedVectors(["kiwi", "kakapo", "plum"], [[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
        >>> [[word for word, _ in found] for found in vectors.most_similar_batch(["kiwi", "plum"], topn=1)]
        [['kakapo'], ['kiwi']]
        """
        check_on_missing(on_missing, ("error", "skip"))
        chosen, scope = get_measure(measure), self._scope(0, None, restrict_vocab, within)
        wanted = check_topn(topn)
        if wanted is None:
            raise ParameterError("topn must be an integer at least 0 for several queries, got None; see scores()")
        answers: list[Neighbours] = [[] for _ in items]
        asked = [number for number, item in enumerate(items) if on_missing == "error" or self._is_known(item)]
        for begin in range(0, len(asked), _QUERIES_AT_ONCE):
            numbers = asked[begin : begin + _QUERIES_AT_ONCE]
            parts = [self._resolve(items[number]) for number in numbers]
            excluded = [[] if part.row is None else [part.row] for part in parts]
            queries = self._queries(parts, chosen)
            for number, found in zip(numbers, self._best(chosen, queries, excluded, wanted, scope), strict=True):
                answers[number] = found
        return answers

    def _is_known(self, item: Item) -> bool:
        return not isinstance(item, str | Integral) or self.has_index_for(item)  # type: ignore[arg-type]

    def similar_by_word(self, word: str, topn: int | None = 10, restrict_vocab: int | None = None) -> Any:
        """``most_similar`` of one word, by cosine."""
        return self.most_similar([word], topn=topn, restrict_vocab=restrict_vocab)

    def similar_by_key(self, key: str | int, topn: int | None = 10, restrict_vocab: int | None = None) -> Any:
        """``similar_by_word`` by gensim's other name."""
        return self.most_similar([key], topn=topn, restrict_vocab=restrict_vocab)

    def similar_by_vector(self, vector: npt.ArrayLike, topn: int | None = 10, restrict_vocab: int | None = None) -> Any:
        """``most_similar`` of one vector (d,), by cosine."""
        return self.most_similar([np.asarray(vector)], topn=topn, restrict_vocab=restrict_vocab)

    def scores(self, query: Item, words: Sequence[str] | None = None, *, measure: str = "cosine") -> FloatArray:
        """Scores of given words (of all, in row order, when None) for one query, (k,) float64; higher is closer."""
        chosen = get_measure(measure)
        rows = np.arange(len(self)) if words is None else self._rows(words)
        return search.exact_scores(self._table, chosen, self._query(query, None, chosen)[0], rows)

    def most_similar_cosmul(
        self,
        positive: Item | list[Item] | None = None,
        negative: Item | list[Item] | None = None,
        topn: int | None = 10,
        restrict_vocab: int | None = None,
    ) -> Any:
        """The words with the greatest product of similarities (3CosMul of Levy & Goldberg 2014), best first.

        The score of a word is Π_p ½(1 + cos(w, p)) / (Π_n ½(1 + cos(w, n)) + 10⁻⁶) over the positive items p and the
        negative ones n: one great difference weighs less than in the sum of ``most_similar``.  Arguments and errors
        as there, without weights; ``topn=None`` gives all scores.
        """
        added, subtracted = as_items(positive), as_items(negative)
        if not added:
            raise ParameterError("positive must hold at least one word or vector, got none")
        wanted, scope = check_topn(topn), self._row_range(0, None, restrict_vocab)
        parts = [self._resolve(item) for item in (*added, *subtracted)]
        units = np.array([as_unit(part.mean) for part in parts])
        if wanted is None:
            return self._cosmul_scores(units, len(added), np.arange(len(scope)))
        excluded = {part.row for part in parts if part.row is not None}
        found = self._cosmul_nearest(units, len(added), wanted + len(excluded), scope)
        return [(self._words[row], score) for row, score in found if row not in excluded][:wanted]

    def _cosmul_scores(self, units: FloatArray, num_positive: int, rows: RowArray) -> FloatArray:
        """Float64 scores of some rows, (n,)."""
        cosine = get_measure("cosine")
        cosines = np.array([search.exact_scores(self._table, cosine, Queries(u[None], None), rows) for u in units])
        return _cosmul(cosines, num_positive, 0.0)

    def _cosmul_nearest(self, units: FloatArray, num_positive: int, topn: int, scope: range) -> list[tuple[int, float]]:
        """Rows and scores, best first: candidates by float32 products and a bound on their error, then in float64."""
        table, topn = self._table, min(topn, len(scope))
        if topn == 0:
            return []
        error = 2 * (table.dim + 16) * 2.0**-24  # of a cosine of unit vectors in float32 (Higham 2002)
        low, high = np.empty(len(scope)), np.empty(len(scope))
        for begin in range(0, len(scope), _ROWS_AT_ONCE):
            rows = slice(begin, min(begin + _ROWS_AT_ONCE, len(scope)))
            with np.errstate(all="ignore"):  # what overflows float32 stays a candidate
                products = (units.astype(np.float32) @ widen(table.mean[rows]).T).astype(np.float64)
                cosines = products / np.where(table.norms[rows] > 0, table.norms[rows], np.inf)
            cosines = np.where(np.isfinite(cosines), cosines, np.nan)
            low[rows] = np.nan_to_num(_cosmul(cosines, num_positive, -error), nan=-np.inf)
            high[rows] = np.nan_to_num(_cosmul(cosines, num_positive, error), nan=np.inf)
        candidates = np.flatnonzero(high >= np.partition(low, len(low) - topn)[len(low) - topn])
        scores = self._cosmul_scores(units, num_positive, candidates)
        order = np.lexsort((candidates, -scores))[:topn]
        return list(zip(candidates[order].tolist(), scores[order].tolist(), strict=True))

    def _best(
        self, measure: Measure, queries: Queries, excluded: Sequence[list[int]], topn: int, scope: Scope
    ) -> list[Neighbours]:
        """For each query the ``topn`` words of the scope with the highest scores, without the excluded rows."""
        topn = min(topn, len(scope))
        if topn == 0:
            return [[] for _ in excluded]
        return [
            [(self._words[row], score) for row, score in zip(rows.tolist(), scores.tolist(), strict=True)]
            for rows, scores in self._nearest(measure, queries, topn, scope, excluded)
        ]

    def _nearest(
        self,
        measure: Measure,
        queries: Queries,
        topn: int,
        scope: Scope,
        excluded: Sequence[list[int]] | None = None,
    ) -> list[tuple[RowArray, FloatArray]]:
        """Rows and scores of the nearest rows of a scope, for each query."""
        if isinstance(scope, range):
            return search.nearest(self._table, measure, queries, topn, scope.start, scope.stop, exclude=excluded)
        return search.nearest(self._table, measure, queries, topn, rows=scope, exclude=excluded)

    def _scope(
        self,
        clip_start: int,
        clip_end: int | None,
        restrict_vocab: int | None,
        within: Iterable[str] | None,
    ) -> Scope:
        scope = self._row_range(clip_start, clip_end, restrict_vocab)
        if within is None:
            return scope
        rows = np.unique(self._rows(within, "skip"))
        return rows[(rows >= scope.start) & (rows < scope.stop)]

    def _row_range(self, clip_start: int, clip_end: int | None, restrict_vocab: int | None) -> range:
        if restrict_vocab is not None:
            clip_start, clip_end = 0, restrict_vocab
        for name, value in (("clip_start", clip_start), ("clip_end or restrict_vocab", clip_end)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, Integral) or value < 0):
                raise ParameterError(f"{name} must be an integer at least 0, got {value!r}")
        stop = len(self) if clip_end is None else min(int(clip_end), len(self))
        return range(min(int(clip_start), stop), stop)


def _cosmul(cosines: FloatArray, num_positive: int, error: float) -> FloatArray:
    """3CosMul from cosines (T, n), the positive ones first; with ``error`` the highest (lowest) it may be."""
    halves = np.clip((1 + cosines) / 2, 0, None)
    top = np.clip(halves[:num_positive] + error, 0, None).prod(axis=0)
    bottom = np.clip(halves[num_positive:] - error, 0, None).prod(axis=0)
    scores: FloatArray = top / (bottom + _COSMUL_EPSILON)
    return scores
