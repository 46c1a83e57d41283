"""Words compared with words: cosines, distances, ranks, means, and the one that does not match."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from copy import copy
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._containers import plain
from densevec._roles import as_in_sentence, as_numbers, as_several, as_vector, as_words
from densevec._validation import Interval, check_parameter
from densevec.corpus.roles import as_tokens
from densevec.densities import get_measure
from densevec.densities.lengths import are_fit, fitting
from densevec.errors import ParameterError, ParameterTypeError
from densevec.vectors._arguments import as_unit, check_on_missing, directions, first_bad_row
from densevec.vectors.neighbours import most_similar, scores
from densevec.vectors.search import widen
from densevec.vectors.state import FloatArray, Item, RowArray, State
from densevec.vectors.transport import transport_cost
from densevec.vectors.word_store import WordStore

logger = logging.getLogger(__name__)
_ROWS_AT_ONCE = 2**12  # of a matrix, in float64

# Pairs


def similarity(self: WordStore, w1: Item, w2: Item) -> float:
    """Cosine of the angle between the vectors of two words, from −1 to 1; 0 if either is a zero vector.

    Of two words in their sentences, (tokens, position) both, a BayesianSkipGram compares the words and what their
    sentences say: the cosine of u = m/|m| + .3 c/|c|, c the sum of the means of the words up to 50 tokens away, each
    times the probability that subsampling keeps it over the root of its distance.
    """
    state = self._state
    if state.reader is not None:
        places = [place for item in (w1, w2) if (place := as_in_sentence(plain(item))) is not None]
        if len(places) == 2 and (found := state.reader.directions(places)) is not None:
            return float(cosine_similarities(found[0], found[1:])[0])
    return cosine(state, w1, w2)


def cosine(state: State, w1: Item, w2: Item) -> float:
    """The cosine of two items, each by itself."""
    return state.rows.score(get_measure("cosine"), state.resolve(w1), state.resolve(w2))


def distance(self: WordStore, w1: Item, w2: Item) -> float:
    """1 − ``similarity``."""
    return 1 - similarity(self, w1, w2)


def distances(self: WordStore, word_or_vector: Item, other_words: Sequence[str | int] = ()) -> FloatArray:
    """Cosine distances, 1 − cosine, of an item to the given words (to all, in row order, if none), (k,)."""
    words = as_words(other_words, "other_words", rows=True)
    return 1 - scores(self, word_or_vector, words or None)


def cosine_similarities(vector_1: npt.ArrayLike, vectors_all: npt.ArrayLike) -> FloatArray:
    """Cosines of one vector (d,) with the rows of a matrix (n, d), (n,); 0 where either is zero."""
    point, matrix = as_vector(vector_1, "vector_1"), as_numbers(vectors_all, "vectors_all")
    if matrix.ndim != 2 or matrix.shape[1] != len(point):
        raise ParameterError(f"vectors_all must be of shape (n, {len(point)}), got {matrix.shape}")
    row = first_bad_row(np.isfinite, matrix)
    if row is not None:
        raise ParameterError(f"vectors_all must be finite, got nan or inf in row {row}")
    cosines = np.empty(len(matrix))
    for begin in range(0, len(matrix), _ROWS_AT_ONCE):
        part = slice(begin, begin + _ROWS_AT_ONCE)
        cosines[part] = _cosines(point, matrix[part].astype(np.float64))
    return cosines


def _cosines(point: FloatArray, matrix: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):
        squares, square = (matrix**2).sum(-1), (point**2).sum()
    if not (are_fit(squares) and are_fit(square)):
        matrix, point = fitting(matrix), fitting(point)
        squares, square = (matrix**2).sum(-1), (point**2).sum()
    scale = np.sqrt(squares) * np.sqrt(square)
    return np.clip(matrix @ point / np.where(scale > 0, scale, 1), -1, 1)


def closer_than(self: WordStore, key1: Item, key2: str | int) -> list[str]:
    """The words closer to ``key1``, by cosine, than ``key2`` is, in row order."""
    state, rows = _closer_rows(self, key1, key2)
    return state.words.at(rows)


def rank(self: WordStore, key1: Item, key2: str | int) -> int:
    """The place of ``key2`` among the neighbours of ``key1`` by cosine, from 1."""
    return len(_closer_rows(self, key1, key2)[1]) + 1


def _closer_rows(self: WordStore, key1: Item, key2: str | int) -> tuple[State, RowArray]:
    """The rows that ``closer_than`` names, and the state that they are of."""
    state, every = self._state, scores(self, key1)
    own, other = state.resolve(key1).own_row, state.row(key2)
    limit = every[other] if other >= 0 else scores(self, key1, [key2])[0]  # type: ignore[list-item]
    rows = np.flatnonzero(every > limit)
    return state, rows if own is None else rows[rows != own]


def relative_cosine_similarity(self: WordStore, wa: Item, wb: Item, topn: int = 10) -> float:
    """Cosine of the two words over the sum of the ``topn`` best cosines of ``wa`` (Leeuwenberg et al. 2016).

    Above 1/topn, two words are closer than the neighbours are on average.
    """
    total = sum(score for _, score in most_similar(self, wa, topn=topn, exact=True))
    if total == 0:
        raise ParameterError(f"the {topn} best cosines of wa must not sum to 0, got {wa!r:.80}")
    return cosine(self._state, wa, wb) / float(total)


def most_similar_to_given(self: WordStore, key1: Item, keys_list: Sequence[str | int]) -> str | int:
    """The word of a list that is most similar to ``key1``; the first of equals."""
    words = as_words(keys_list, "keys_list", rows=True)
    if not words:
        raise ParameterError("keys_list must hold at least one word, got none")
    best: str | int = words[int(np.argmax(scores(self, key1, words)))]
    return best


# Several words


def get_mean_vector(
    self: WordStore,
    keys: Sequence[Item],
    weights: npt.ArrayLike | None = None,
    pre_normalize: bool = True,
    post_normalize: bool = False,
    ignore_missing: bool = True,
    *,
    on_missing: str | None = None,
) -> npt.NDArray[np.float32]:
    """The weighted mean Σ_i w_i v_i / Σ_i |w_i| of words, vectors and Gaussians, (d,) float32.

    Parameters
    ----------
    keys : at least one; vectors enter as they are given
    weights : one number each; 1 when None
    pre_normalize : scale words to length 1 first
    post_normalize : scale the mean to length 1
    ignore_missing : pass over unknown words (the mean of none is zero); otherwise they raise MissingWordError
    on_missing : "error", "skip", "zero" (a zero vector, which counts), "prior" (``prior_vector``); goes
        before ``ignore_missing`` when given
    """
    policy = on_missing or ("skip" if ignore_missing else "error")
    check_on_missing(policy)
    items = _at_least_one(keys, "keys")
    factors = np.ones(len(items)) if weights is None else as_numbers(weights, "weights").astype(np.float64)
    if factors.shape != (len(items),) or not np.isfinite(factors).all():
        raise ParameterError(f"weights must be {len(items)} finite numbers, one for each key, got {weights!r:.80}")
    found, is_there = _means_of(self._state, items, policy, pre_normalize)
    factors = factors[is_there] if weights is None else fitting(factors[is_there])
    total = (factors[:, None] * found).sum(axis=0)
    scale = np.abs(factors).sum()
    mean = total / scale if scale else total
    with np.errstate(over="ignore"):
        result: npt.NDArray[np.float32] = (as_unit(mean) if post_normalize else mean).astype(np.float32)
    if not np.isfinite(result).all():
        raise ParameterError(f"keys must have a mean that is finite in float32, got {mean[~np.isfinite(result)][0]}")
    return result


def _at_least_one(items: Sequence[Any], name: str) -> list[Any]:
    listed = as_several(items, name)
    if not listed:
        raise ParameterError(f"{name} must be a list of at least one word or vector, got {items!r:.80}")
    return listed


def _means_of(
    state: State, items: Sequence[Any], on_missing: str, as_directions: bool
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Means of items, or how they enter a mean, (k, d), and which items they are of: words with rows all at once."""
    rows = [state.row(item) if isinstance(item, str) else -1 for item in items]
    if min(rows, default=-1) >= 0:
        means = state.table.mean_rows(np.array(rows))
        if as_directions:
            lengths = np.sqrt((means**2).sum(-1, keepdims=True))
            means /= np.where(lengths > 0, lengths, 1)
        return means, np.ones(len(items), bool)
    parts = [state.resolve_or(item, on_missing) for item in items]
    found = [part.direction if as_directions else part.mean for part in parts if part is not None]
    return np.array(found).reshape(-1, state.table.dim), np.array([part is not None for part in parts])


def n_similarity(self: WordStore, ws1: Sequence[Item], ws2: Sequence[Item], *, on_missing: str = "skip") -> float:
    """Cosine of the mean vectors of two lists of words, their lengths counting; unknown words are passed over."""
    check_on_missing(on_missing)
    both = _at_least_one(ws1, "ws1"), _at_least_one(ws2, "ws2")
    sums = [_means_of(self._state, items, on_missing, False)[0].sum(axis=0) for items in both]
    return cosine(self._state, *sums)


def rank_by_centrality(self: WordStore, words: Sequence[str | int], use_norm: bool = True) -> list[tuple[float, Any]]:
    """(score, word) by closeness to the centroid of the words, the most central first; unknown ones left out.

    The score is the product of a word's vector, of length 1 if ``use_norm``, with the centroid's direction.
    """
    items = as_several(words, "words")
    vectors, is_known = _means_of(self._state, items, "skip", use_norm)
    if len(vectors) < len(items):
        logger.warning("%d of %d words are not known and are left out", len(items) - len(vectors), len(items))
    if not len(vectors):
        raise ParameterError(f"words must hold at least one known word, got {items!r:.80}")
    products = vectors @ as_unit(vectors.mean(axis=0))
    if use_norm:
        products = np.clip(products, -1, 1)  # rounding goes beyond
    found = zip(products.tolist(), compress(items, is_known.tolist()), strict=True)
    return sorted(found, key=lambda pair: (pair[0], str(pair[1])), reverse=True)  # of equal ones gensim's order


def doesnt_match(self: WordStore, words: Sequence[str | int]) -> Any:
    """The word farthest from the centroid of the words.

    >>> from densevec import KeyedVectors
    >>> vectors = KeyedVectors(["kiwi", "kakapo", "plum"], [[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
    >>> vectors.doesnt_match(["kiwi", "kakapo", "plum"])
    'plum'
    """
    return rank_by_centrality(self, words)[-1][1]


def wmdistance(self: WordStore, document1: Sequence[str], document2: Sequence[str], norm: bool = True) -> float:
    """Word Mover's Distance of two token lists (Kusner et al. 2015): the least cost of moving one to the other.

    Each document spreads a mass of 1 over its tokens; moving mass from one word to another costs the Euclidean
    distance of their vectors, of length 1 if ``norm``.  Unknown words are left out; infinity if none is
    known in a document.  Solved exactly, by POT's network simplex when it is installed, otherwise by SciPy.
    """
    bags = _bags(self, document1, document2)
    if bags is None:
        return float("inf")
    masses = [bag.counts / bag.counts.sum() for bag in bags]
    vectors = [directions(bag.means) if norm else bag.means for bag in bags]
    return transport_cost(masses[0], masses[1], _euclidean(*vectors))


def soft_cosine(
    self: WordStore,
    document1: Sequence[str],
    document2: Sequence[str],
    exponent: float = 2.0,
    threshold: float = 0.0,
) -> float:
    """Soft cosine of two token lists, from 0 to 1: like words count as well as equal ones (Sidorov et al. 2014).

    aᵀS b / √(aᵀS a · bᵀS b), a and b being the counts of the documents' words, S_ij = cos(i, j)^exponent where the
    cosine is above ``threshold``, else 0 (Charlet & Damnati 2017), and S_ii = 1.  Unknown words are left out; 0 if none
    is known in a document.

    Errors: ParameterError for an exponent that is not above 0, or a threshold outside [0, 1].

    >>> from densevec import KeyedVectors
    >>> vectors = KeyedVectors(["kiwi", "kakapo", "plum"], [[1.0, 0.5], [1.0, 0.0], [0.0, 1.0]])
    >>> round(vectors.soft_cosine(["kiwi"], ["kakapo"]), 3), vectors.soft_cosine(["kakapo"], ["plum"])
    (0.8, 0.0)
    """
    check_parameter("exponent", exponent, Interval(float, 0, open_low=True))
    check_parameter("threshold", threshold, Interval(float, 0, 1))
    bags = _bags(self, document1, document2)
    if bags is None:
        return 0.0

    def product(one: _Bag, other: _Bag) -> float:
        cosines = np.clip(directions(one.means) @ directions(other.means).T, -1, 1)  # rounding goes beyond
        likeness = np.where(cosines > threshold, np.abs(cosines) ** exponent, 0.0)
        likeness[one.words[:, None] == other.words] = 1.0
        return float(one.counts @ likeness @ other.counts)

    first, second = bags
    return min(product(first, second) / float(np.sqrt(product(first, first) * product(second, second))), 1.0)


class _Bag(NamedTuple):
    """A document as its k different known words: which they are, how often each is there, their means (k, d)."""

    words: npt.NDArray[np.int64]
    counts: FloatArray
    means: FloatArray


def _bags(self: WordStore, document1: Sequence[str], document2: Sequence[str]) -> list[_Bag] | None:
    """Two documents; None where one has no known word."""
    documents = (
        as_tokens(document1, "document1", ParameterTypeError),
        as_tokens(document2, "document2", ParameterTypeError),
    )
    state, bags = self._state, []
    found = state.find([*documents[0], *documents[1]], "skip")  # together, so that composed words are told apart
    for places in np.split(found.places, [len(documents[0])]):
        words, counts = np.unique(places[places >= 0], return_counts=True)
        if not len(words):
            return None
        bags.append(_Bag(words, counts.astype(np.float64), found.vectors(state.table, words).astype(np.float64)))
    return bags


# Norms


def fill_norms(self: WordStore, force: bool = False) -> None:
    """Compute the lengths of the vectors now; ``force`` forgets what was computed from the table before.

    Queries do so by themselves.  Force it after writing to ``vectors``, ``variances`` or ``counts`` in place.
    """
    with self._lock:
        if force:
            self._state.table.forget()
            self._state = self._state.changed(rows=copy(self._state.rows))  # an edit, to who looks for one
        self._state.table.norms  # noqa: B018  (computed and kept by the table)


def get_normed_vectors(self: WordStore) -> npt.NDArray[np.float32]:
    """The vectors scaled to length 1, (n, d): a second matrix; zero vectors stay zero.  No query needs it."""
    table = self._state.table
    norms = np.where(table.norms > 0, table.norms, 1)[:, None]  # which float32 may not hold
    means = widen(table.mean)
    result: npt.NDArray[np.float32] = np.divide(means, norms, out=np.empty_like(means), casting="same_kind")
    return result


def _euclidean(a: FloatArray, b: FloatArray) -> FloatArray:
    """Distances of all rows of a to all rows of b, row by row, so that equal rows have distance 0 exactly."""
    distances: FloatArray = np.array([np.sqrt(((b - row) ** 2).sum(-1)) for row in a])
    return distances
