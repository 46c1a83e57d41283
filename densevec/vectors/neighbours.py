"""The words nearest to a query: one, many at once, by sums and by products of cosines, among all words or some."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._roles import as_items, as_several, as_vector, as_words
from densevec.densities import Measure, get_measure
from densevec.densities.lengths import are_fit
from densevec.errors import ParameterError
from densevec.vectors import search
from densevec.vectors._arguments import as_unit, as_weighted, check_on_missing, check_topn
from densevec.vectors.cosmul import cosmul_nearest, cosmul_scores
from densevec.vectors.indexing import graph_for
from densevec.vectors.rows import Found, Resolved, Scope, as_queries, check_measure, nearest_in
from densevec.vectors.search import GraphIndex, Queries
from densevec.vectors.state import FloatArray, Item, RowArray, State
from densevec.vectors.word_store import WordStore

Neighbours = list[tuple[str, float]]

_QUERIES_AT_ONCE = 256
_COSINE = get_measure("cosine")


def most_similar(
    self: WordStore,
    positive: Item | list[Item] | None = None,
    negative: Item | list[Item] | None = None,
    topn: int | None = 10,
    clip_start: int = 0,
    clip_end: int | None = None,
    restrict_vocab: int | None = None,
    *,
    measure: str = "cosine",
    within: Iterable[str] | None = None,
    exact: bool = False,
) -> Any:
    """The words closest to a query, best first: a list of (word, score), higher is closer.

    Parameters
    ----------
    positive, negative : a word, itself or in its sentence (tokens, position), a vector (d,), a Gaussian, or a list
        of these.
        Several are for the cosine only: the query is the mean of the words' unit vectors, negatives subtracted.
        A tuple (item, weight) in a list has that weight, among the negatives too, where it takes the place of −1:
        one above 0 adds the item, as in gensim.  Vectors enter the mean as they are, with their length.
    topn : how many; None for the scores of all words searched as an array, in row order.
    clip_start, clip_end, restrict_vocab : search rows ``clip_start:clip_end``, or the first ``restrict_vocab``.
    measure : one of ``densevec.densities.MEASURES``; all but "cosine" need densities on both sides.
    within : search these words only; unknown ones are passed over, unless all of them are.
    exact : read all words, even where there is a graph index that could be asked (see ``graph_index``).

    The words of the query are left out of the list.  Equal scores are in row order.  A zero vector has
    cosine 0 with everything.  The ranking is that of exact float64 scores; a graph index may miss words, of which
    ``expected_recall`` says how many.

    Raises
    ------
    MissingWordError
        For an unknown word, or where ``within`` has none that is known: that finds nothing, whatever is asked.
    ParameterError, ParameterTypeError
        For an empty query, a vector of another dimension, a negative ``topn``, or several items
        (or a bare vector) with a measure of densities.
    """
    state, chosen = self._state, get_measure(measure)
    scope, wanted = make_scope(state, clip_start, clip_end, restrict_vocab, within), check_topn(topn)
    query, excluded, is_one = _query(state, positive, negative, chosen)
    if wanted is None:
        return state.rows.scores(chosen, query, scope) if is_one else _whole_scores(state, query.mean, scope)
    wanted = min(wanted, len(scope))
    if wanted == 0:
        check_measure(state.table, chosen, [query])
        return []
    if is_one:
        found = _nearest(state, chosen, [query], wanted, scope, [excluded], exact=exact)
    else:
        queries, graph = Queries(query.mean[None], None), _graph(state, chosen, wanted, scope, exact=exact)
        if graph is None:
            found = nearest_in(state.table, chosen, queries, wanted, scope, [excluded])
        else:
            found = graph.nearest(queries, wanted, exclude=[excluded])
    return named(state, *found[0])


def _nearest(
    state: State,
    measure: Measure,
    items: Sequence[Resolved],
    topn: int,
    scope: Scope,
    excluded: Sequence[Sequence[int]],
    *,
    exact: bool,
) -> list[Found]:
    """The rows nearest to each item, by the graph index where there is one for it."""
    graph = _graph(state, measure, topn, scope, exact=exact)
    if graph is None:
        return state.rows.nearest(measure, items, topn, scope, excluded)
    check_measure(state.table, measure, items)
    queries = as_queries(measure, np.array([item.mean for item in items]), [item.log_variance for item in items])
    return graph.nearest(queries, topn, exclude=excluded)


def _graph(state: State, measure: Measure, topn: int, scope: Scope, *, exact: bool) -> GraphIndex | None:
    is_whole = isinstance(scope, range) and len(scope) == len(state.words)
    return graph_for(state, measure.name, topn) if is_whole and not exact else None


def _query(state: State, positive: Any, negative: Any, measure: Measure) -> tuple[Resolved, list[int], bool]:
    """The query of the items given, the rows that stand in it, and whether it is one item as it is, not a mean."""
    weighted = [as_weighted(item, 1.0) for item in as_items(positive, "positive")]
    weighted += [as_weighted(item, -1.0) for item in as_items(negative, "negative")]
    if not weighted:
        raise ParameterError("positive or negative must hold at least one word or vector, got none")
    parts = [state.resolve(item) for item, _ in weighted]
    rows = [part.own_row for part in parts if part.own_row is not None]
    if len(parts) == 1 and weighted[0][1] == 1.0:
        return parts[0], rows, True
    if measure.name != "cosine":
        raise ParameterError(f"measure {measure.name!r} takes one word or density and no negatives")
    weights, directions = [weight for _, weight in weighted], [part.direction for part in parts]
    with np.errstate(over="ignore"):
        mean = np.mean([weight * each for weight, each in zip(weights, directions, strict=True)], axis=0)
    if not are_fit(np.vdot(mean, mean)):
        mean = _fitting_mean(np.array(weights), np.array(directions))
    return Resolved(mean, None, is_vector=True), rows, False


def _fitting_mean(weights: FloatArray, vectors: FloatArray) -> FloatArray:
    """A vector in the direction of Σ_i w_i v_i, (k,) and (k, d), of which one product may be beyond a float."""
    shares, exponents = np.frexp(weights)
    _, largest = np.frexp(np.abs(vectors).max(-1))
    together = np.where((shares != 0) & vectors.any(-1), exponents + largest, np.iinfo(np.int32).min // 2)
    beside = np.ldexp(vectors, -largest[:, None])
    mean: FloatArray = np.mean(np.ldexp(shares[:, None] * beside, (together - together.max())[:, None]), axis=0)
    return mean


def _whole_scores(state: State, mean: FloatArray, rows: Scope) -> FloatArray:
    """Cosines of a vector with whole rows."""
    return search.exact_scores(state.table, _COSINE, Queries(mean[None], None), rows)


def named(state: State, rows: RowArray, scores: FloatArray) -> Neighbours:
    """Rows by their words."""
    return list(zip(state.words.at(rows), scores.tolist(), strict=True))


def most_similar_batch(
    self: WordStore,
    items: Sequence[Item],
    topn: int = 10,
    *,
    measure: str = "cosine",
    restrict_vocab: int | None = None,
    within: Iterable[str] | None = None,
    on_missing: str = "error",
    exact: bool = False,
) -> list[Neighbours]:
    """``most_similar`` of many words, vectors or Gaussians, each by itself: one list of (word, score) for each.

    The items share matrix products, which costs a fraction of as many single queries.  The answers are the same;
    ``exact`` is as there.
    With ``on_missing="skip"`` an unknown word has an empty list.

    >>> from densevec import KeyedVectors
    >>> vectors = KeyedVectors(["kiwi", "kakapo", "plum"], [[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
    >>> [[word for word, _ in found] for found in vectors.most_similar_batch(["kiwi", "plum"], topn=1)]
    [['kakapo'], ['kiwi']]
    """
    check_on_missing(on_missing, ("error", "skip"))
    state, chosen = self._state, get_measure(measure)
    scope, wanted = make_scope(state, 0, None, restrict_vocab, within), check_topn(topn)
    if wanted is None:
        raise ParameterError("topn must be an integer at least 0 for several queries, got None; see scores()")
    wanted = min(wanted, len(scope))
    answers: list[Neighbours] = []
    items = as_several(items, "items")
    for begin in range(0, len(items), _QUERIES_AT_ONCE):
        parts = [state.resolve_or(item, on_missing) for item in items[begin : begin + _QUERIES_AT_ONCE]]
        queries = [part for part in parts if part is not None]
        excluded = [[] if query.own_row is None else [query.own_row] for query in queries]
        has_work = wanted and queries
        found = iter(_nearest(state, chosen, queries, wanted, scope, excluded, exact=exact) if has_work else ())
        answers += [named(state, *next(found)) if wanted and part is not None else [] for part in parts]
    return answers


def similar_by_word(self: WordStore, word: str, topn: int | None = 10, restrict_vocab: int | None = None) -> Any:
    """``most_similar`` of one word, by cosine."""
    return most_similar(self, [word], topn=topn, restrict_vocab=restrict_vocab)


def similar_by_key(self: WordStore, key: str | int, topn: int | None = 10, restrict_vocab: int | None = None) -> Any:
    """``similar_by_word`` by gensim's other name."""
    return most_similar(self, [key], topn=topn, restrict_vocab=restrict_vocab)


def similar_by_vector(
    self: WordStore, vector: npt.ArrayLike, topn: int | None = 10, restrict_vocab: int | None = None
) -> Any:
    """``most_similar`` of one vector (d,), by cosine."""
    return most_similar(self, [as_vector(vector, "vector")], topn=topn, restrict_vocab=restrict_vocab)


def scores(self: WordStore, query: Item, words: Sequence[str] | None = None, *, measure: str = "cosine") -> FloatArray:
    """Scores of given words (of all, in row order, when None) for one query, (k,) float64; higher is closer."""
    state, chosen = self._state, get_measure(measure)
    item, _, is_one = _query(state, query, None, chosen)
    if words is None:
        rows = range(len(state.words))
        return state.rows.scores(chosen, item, rows) if is_one else _whole_scores(state, item.mean, rows)
    found = state.find(words)
    if is_one and not found.composed:
        return state.rows.scores(chosen, item, found.places)
    check_measure(state.table, chosen, [item])
    log_variances = None if chosen.name == "cosine" else found.log_variances(state.table)
    means = found.vectors(state.table).astype(np.float64)
    result: FloatArray = chosen.score(item.mean, item.log_variance, means, log_variances)
    return result


def most_similar_cosmul(
    self: WordStore,
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
    added, subtracted = as_items(positive, "positive"), as_items(negative, "negative")
    if not added:
        raise ParameterError("positive must hold at least one word or vector, got none")
    state = self._state
    wanted, scope = check_topn(topn), row_range(state, 0, None, restrict_vocab)
    parts = [state.resolve(item) for item in (*added, *subtracted)]
    units = np.array([as_unit(part.mean) for part in parts])
    if wanted is None:
        return cosmul_scores(state.table, units, len(added), scope)
    excluded = [part.own_row for part in parts if part.own_row is not None]
    question = range(len(added)), range(len(added), len(parts))
    ((rows, scores),) = cosmul_nearest(state.table, units, [question], wanted + len(excluded), scope)
    is_other = ~np.isin(rows, excluded)
    return named(state, rows[is_other][:wanted], scores[is_other][:wanted])


def make_scope(
    state: State,
    clip_start: int,
    clip_end: int | None,
    restrict_vocab: int | None,
    within: Iterable[str] | None,
) -> Scope:
    """The rows that are searched, of those that ``most_similar`` names; MissingWordError if ``within`` names none."""
    scope = row_range(state, clip_start, clip_end, restrict_vocab)
    if within is None:
        return scope
    words = as_words(within, "within", rows=True, has_order=False)
    rows = np.unique(state.places(words, "skip"))
    if len(rows) and rows[-1] < 0:
        raise state.missing(words[0])
    return rows[(rows >= scope.start) & (rows < scope.stop)]


def row_range(state: State, clip_start: int, clip_end: int | None, restrict_vocab: int | None) -> range:
    if restrict_vocab is not None:
        clip_start, clip_end = 0, restrict_vocab
    end = "clip_end" if restrict_vocab is None else "restrict_vocab"
    for name, value in (("clip_start", clip_start), (end, clip_end)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, Integral) or value < 0):
            raise ParameterError(f"{name} must be an integer at least 0, got {value!r:.80}")
    stop = len(state.words) if clip_end is None else min(int(clip_end), len(state.words))
    return range(min(int(clip_start), stop), stop)
