"""Words compared with words: cosines, distances, ranks, means, and the one that does not match."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._roles import as_numbers, as_several, as_vector, as_words
from densevec.corpus.roles import as_tokens
from densevec.densities import get_measure
from densevec.errors import ParameterError, ParameterTypeError
from densevec.vectors._arguments import as_unit, check_on_missing
from densevec.vectors.neighbours import most_similar, scores
from densevec.vectors.search import widen
from densevec.vectors.state import FloatArray, Item
from densevec.vectors.transport import transport_cost
from densevec.vectors.word_store import WordStore

logger = logging.getLogger(__name__)

# Pairs


def similarity(self: WordStore, w1: Item, w2: Item) -> float:
    """Cosine of the angle between the vectors of two words, from −1 to 1; 0 if either is a zero vector."""
    state = self._state
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
    point, matrix = as_vector(vector_1, "vector_1"), as_numbers(vectors_all, "vectors_all").astype(np.float64)
    if matrix.ndim != 2 or matrix.shape[1] != len(point):
        raise ParameterError(f"vectors_all must be of shape (n, {len(point)}), got {matrix.shape}")
    scale = np.sqrt((matrix**2).sum(-1)) * np.sqrt((point**2).sum())
    cosines: FloatArray = matrix @ point / np.where(scale > 0, scale, 1)
    return cosines


def closer_than(self: WordStore, key1: Item, key2: str | int) -> list[str]:
    """The words closer to ``key1``, by cosine, than ``key2`` is, in row order."""
    state, every = self._state, scores(self, key1)
    own, other = state.resolve(key1).own_row, state.index(key2, -1)
    limit = every[other] if other >= 0 else scores(self, key1, [key2])[0]  # type: ignore[list-item]
    return [state.words[row] for row in np.flatnonzero(every > limit).tolist() if row != own]


def rank(self: WordStore, key1: Item, key2: str | int) -> int:
    """The place of ``key2`` among the neighbours of ``key1`` by cosine, from 1."""
    return len(closer_than(self, key1, key2)) + 1


def relative_cosine_similarity(self: WordStore, wa: Item, wb: Item, topn: int = 10) -> float:
    """Cosine of the two words over the sum of the ``topn`` best cosines of ``wa`` (Leeuwenberg et al. 2016).

    Above 1/topn, two words are closer than the neighbours are on average.
    """
    total = sum(score for _, score in most_similar(self, wa, topn=topn))
    if total == 0:
        raise ParameterError(f"the {topn} best cosines of wa must not sum to 0, got {wa!r}")
    return similarity(self, wa, wb) / float(total)


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
    ignore_missing : pass over unknown words; otherwise they raise MissingWordError
    on_missing : "error", "skip", "zero" (a zero vector, which counts), "prior" (``prior_vector``); goes
        before ``ignore_missing`` when given
    """
    policy = on_missing or ("skip" if ignore_missing else "error")
    check_on_missing(policy)
    items = as_several(keys, "keys")
    if not items:
        raise ParameterError(f"keys must be a list of at least one word or vector, got {keys!r:.80}")
    factors = np.ones(len(items)) if weights is None else as_numbers(weights, "weights").astype(np.float64)
    if factors.shape != (len(items),) or not np.isfinite(factors).all():
        raise ParameterError(f"weights must be {len(items)} finite numbers, one for each key, got {weights!r:.80}")
    state, scale = self._state, 0.0
    total = np.zeros(state.table.dim)
    for key, weight in zip(items, factors.tolist(), strict=True):
        part = state.resolve_or(key, policy)
        if part is None:
            continue
        total += weight * (part.direction if pre_normalize else part.mean)
        scale += abs(weight)
    mean = total / scale if scale else total
    return (as_unit(mean) if post_normalize else mean).astype(np.float32)


def n_similarity(self: WordStore, ws1: Sequence[Item], ws2: Sequence[Item], *, on_missing: str = "skip") -> float:
    """Cosine of the mean vectors of two lists of words, their lengths counting; unknown words are passed over."""
    both = as_several(ws1, "ws1"), as_several(ws2, "ws2")
    means = [get_mean_vector(self, items, pre_normalize=False, on_missing=on_missing) for items in both]
    return similarity(self, *means)


def rank_by_centrality(self: WordStore, words: Sequence[str | int], use_norm: bool = True) -> list[tuple[float, Any]]:
    """(score, word) by closeness to the centroid of the words, the most central first; unknown ones left out.

    The score is the product of a word's vector, of length 1 if ``use_norm``, with the centroid's direction.
    """
    items = as_several(words, "words")
    state = self._state
    parts = [(word, part) for word in items if (part := state.resolve_or(word, "skip")) is not None]
    if len(parts) < len(items):
        logger.warning("%d of %d words are not known and are left out", len(items) - len(parts), len(items))
    if not parts:
        raise ParameterError(f"words must hold at least one known word, got {items!r:.80}")
    vectors = np.array([part.direction if use_norm else part.mean for _, part in parts])
    products = vectors @ as_unit(vectors.mean(axis=0))
    return sorted(zip(products.tolist(), [word for word, _ in parts], strict=True), reverse=True)


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
    documents = (
        as_tokens(document1, "document1", ParameterTypeError),
        as_tokens(document2, "document2", ParameterTypeError),
    )
    state, masses, vectors = self._state, [], []
    for document in documents:
        found = state.find(document, "skip")
        distinct, counts = np.unique(found.known, return_counts=True)
        if not len(distinct):
            return float("inf")
        masses.append(counts / counts.sum())
        means = found.vectors(state.table, distinct).astype(np.float64)
        vectors.append(directions(means) if norm else means)
    return transport_cost(masses[0], masses[1], _euclidean(*vectors))


# Norms


def fill_norms(self: WordStore, force: bool = False) -> None:
    """Compute the lengths of the vectors now; ``force`` forgets what was computed from the table before.

    Queries do so by themselves.  Force it after writing to ``vectors`` in place.
    """
    with self._lock:
        if force:
            self._state.table.forget()
            self._state = self._state.changed()
        self._state.table.norms  # noqa: B018  (computed and kept by the table)


def get_normed_vectors(self: WordStore) -> npt.NDArray[np.float32]:
    """The vectors scaled to length 1, (n, d): a second matrix; zero vectors stay zero.  No query needs it."""
    table = self._state.table
    norms = np.where(table.norms > 0, table.norms, 1).astype(np.float32)
    return widen(table.mean) / norms[:, None]


def directions(means: FloatArray) -> FloatArray:
    """Vectors (k, d) scaled to length 1; zero ones stay zero."""
    lengths = np.sqrt((means**2).sum(-1, keepdims=True))
    result: FloatArray = means / np.where(lengths > 0, lengths, 1)
    return result


def _euclidean(a: FloatArray, b: FloatArray) -> FloatArray:
    """Distances of all rows of a to all rows of b, row by row, so that equal rows have distance 0 exactly."""
    distances: FloatArray = np.array([np.sqrt(((b - row) ** 2).sum(-1)) for row in a])
    return distances
