"""Words compared with words: cosines, distances, ranks, means, and the one that does not match."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.densities import Measure, get_measure
from densevec.errors import ParameterError, ParameterTypeError
from densevec.vectors._arguments import as_point, as_unit, check_on_missing
from densevec.vectors._store import FloatArray, Item, Resolved
from densevec.vectors.neighbours import NeighbourQueries
from densevec.vectors.search import widen
from densevec.vectors.transport import transport_cost

logger = logging.getLogger(__name__)
_SKIPPING = ("error", "skip", "zero", "prior")


class Comparisons(NeighbourQueries):
    """Cosines of pairs, means of several words, and what follows from them."""

    # Pairs

    def similarity(self, w1: Item, w2: Item) -> float:
        """Cosine of the angle between the vectors of two words, from −1 to 1; 0 if either is a zero vector."""
        return self._compare(w1, w2, get_measure("cosine"))

    def distance(self, w1: Item, w2: Item) -> float:
        """1 − ``similarity``."""
        return 1 - self.similarity(w1, w2)

    def distances(self, word_or_vector: Item, other_words: Sequence[str | int] = ()) -> FloatArray:
        """Cosine distances, 1 − cosine, of an item to the given words (to all, in row order, if none), (k,)."""
        words = other_words if len(other_words) else None
        return 1 - self.scores(word_or_vector, words)  # type: ignore[arg-type]

    def _compare(self, a: Item, b: Item, measure: Measure) -> float:
        """The measure's own value for a as the query and b as the word."""
        first, second = self._query(a, None, measure)[0], self._query(b, None, measure)[0]
        return float(measure.value(first.mean, first.log_variance, second.mean, second.log_variance)[0])

    @staticmethod
    def cosine_similarities(vector_1: npt.ArrayLike, vectors_all: npt.ArrayLike) -> FloatArray:
        """Cosines of one vector (d,) with the rows of a matrix (n, d), (n,); 0 where either is zero."""
        point, matrix = as_point(vector_1), np.asarray(vectors_all, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape[1] != len(point):
            raise ParameterError(f"vectors_all must be of shape (n, {len(point)}), got {matrix.shape}")
        scale = np.sqrt((matrix**2).sum(-1)) * np.sqrt((point**2).sum())
        cosines: FloatArray = matrix @ point / np.where(scale > 0, scale, 1)
        return cosines

    def closer_than(self, key1: str | int, key2: str | int) -> list[str]:
        """The words closer to ``key1``, by cosine, than ``key2`` is, in row order."""
        scores, own = self.scores(key1), self.get_index(key1)
        closer = np.flatnonzero(scores > scores[self.get_index(key2)])
        return [self._words[row] for row in closer.tolist() if row != own]

    def rank(self, key1: str | int, key2: str | int) -> int:
        """The place of ``key2`` among the neighbours of ``key1`` by cosine, from 1."""
        return len(self.closer_than(key1, key2)) + 1

    def relative_cosine_similarity(self, wa: str, wb: str, topn: int = 10) -> float:
        """Cosine of the two words over the sum of the ``topn`` best cosines of ``wa`` (Leeuwenberg et al. 2016).

        Above 1/topn, two words are closer than the neighbours are on average.
        """
        total = sum(score for _, score in self.most_similar(wa, topn=topn))
        if total == 0:
            raise ParameterError(f"the {topn} best cosines of wa must not sum to 0, got {wa!r}")
        return self.similarity(wa, wb) / float(total)

    def most_similar_to_given(self, key1: Item, keys_list: Sequence[str | int]) -> str | int:
        """The word of a list that is most similar to ``key1``; the first of equals."""
        if not len(keys_list):
            raise ParameterError("keys_list must hold at least one word, got none")
        return keys_list[int(np.argmax(self.scores(key1, keys_list)))]  # type: ignore[arg-type]

    # Several words

    def get_mean_vector(
        self,
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
        check_on_missing(policy, _SKIPPING)
        if isinstance(keys, str | bytes) or not len(keys):
            raise ParameterError(f"keys must be a list of at least one word or vector, got {keys!r:.80}")
        factors = np.ones(len(keys)) if weights is None else np.asarray(weights, dtype=np.float64)
        if factors.shape != (len(keys),) or not np.isfinite(factors).all():
            raise ParameterError(f"weights must be {len(keys)} finite numbers, one for each key, got {weights!r:.80}")
        total, scale = np.zeros(self.vector_size), 0.0
        for key, weight in zip(keys, factors.tolist(), strict=True):
            part = self._resolve_or(key, policy)
            if part is None:
                continue
            total += weight * (part.direction if pre_normalize else part.mean)
            scale += abs(weight)
        mean = total / scale if scale else total
        return (as_unit(mean) if post_normalize else mean).astype(np.float32)

    def _resolve_or(self, key: Item, on_missing: str) -> Resolved | None:
        """The item; for an unknown word nothing, a zero vector or the prior's."""
        if on_missing == "error" or self._is_known(key):
            return self._resolve(key)
        if on_missing == "skip":
            return None
        if on_missing == "zero":
            return Resolved(np.zeros(self.vector_size), None, None)
        return Resolved(self.prior_vector().astype(np.float64), np.zeros(1), None)  # scaled as a word would be

    def n_similarity(self, ws1: Sequence[Item], ws2: Sequence[Item], *, on_missing: str = "skip") -> float:
        """Cosine of the mean vectors of two lists of words, their lengths counting; unknown words are passed over."""
        means = [self.get_mean_vector(words, pre_normalize=False, on_missing=on_missing) for words in (ws1, ws2)]
        return self.similarity(*means)

    def rank_by_centrality(self, words: Sequence[str | int], use_norm: bool = True) -> list[tuple[float, Any]]:
        """(score, word) by closeness to the centroid of the words, the most central first; unknown ones left out.

        The score is the product of a word's vector, of length 1 if ``use_norm``, with the centroid's direction.
        """
        if isinstance(words, str | bytes):
            raise ParameterTypeError(f"words must be a list of words, got one string: {words!r:.80}")
        known = [word for word in words if self._is_known(word)]
        if len(known) < len(words):
            logger.warning("%d of %d words are not known and are left out", len(words) - len(known), len(words))
        if not known:
            raise ParameterError(f"words must hold at least one known word, got {list(words)!r:.80}")
        parts = [self._resolve(word) for word in known]
        vectors = np.array([part.direction if use_norm else part.mean for part in parts])
        products = vectors @ as_unit(vectors.mean(axis=0))
        return sorted(zip(products.tolist(), known, strict=True), reverse=True)

    def doesnt_match(self, words: Sequence[str | int]) -> Any:
        """The word farthest from the centroid of the words.

        >>> from densevec import KeyedVectors
        >>> vectors = KeyedVectors(["kiwi", "kakapo", "plum"], [[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
        >>> vectors.doesnt_match(["kiwi", "kakapo", "plum"])
        'plum'
        """
        return self.rank_by_centrality(words)[-1][1]

    def wmdistance(self, document1: Sequence[str], document2: Sequence[str], norm: bool = True) -> float:
        """Word Mover's Distance of two token lists (Kusner et al. 2015): the least cost of moving one to the other.

        Each document spreads a mass of 1 over its tokens; moving mass from one word to another costs the Euclidean
        distance of their vectors, of length 1 if ``norm``.  Unknown words are left out; infinity if none is
        known in a document.  Solved exactly, by POT's network simplex when it is installed, otherwise by SciPy.
        """
        if isinstance(document1, str | bytes) or isinstance(document2, str | bytes):
            raise ParameterTypeError("a document must be a list of words, got one string; split it first")
        masses: list[FloatArray] = []
        vectors: list[FloatArray] = []
        for document in (document1, document2):
            rows = self._rows(document, "skip")
            distinct, counts = np.unique(rows[rows >= 0], return_counts=True)
            if not len(distinct):
                return float("inf")
            masses.append(counts / counts.sum())
            means = self._table.mean_rows(distinct)
            lengths = np.sqrt((means**2).sum(-1, keepdims=True))
            vectors.append(means / np.where(lengths > 0, lengths, 1) if norm else means)
        return transport_cost(masses[0], masses[1], _euclidean(*vectors))

    # Norms

    @property
    def norms(self) -> npt.NDArray[np.float32]:
        """Lengths of the vectors, (n,) float32."""
        return self._table.norms.astype(np.float32)

    def fill_norms(self, force: bool = False) -> None:
        """Compute the lengths of the vectors now; ``force`` forgets what was computed from the table before.

        Queries do so by themselves.  Force it after writing to ``vectors`` in place.
        """
        if force:
            self._forget()
        self._table.norms  # noqa: B018  (computed and kept by the table)

    def _forget(self) -> None:
        """Drop everything computed from the table."""
        table = self._table
        self._table = type(table)(table.mean, table.variance)
        self._derived = {}

    def get_normed_vectors(self) -> npt.NDArray[np.float32]:
        """The vectors scaled to length 1, (n, d): a second matrix; zero vectors stay zero.  No query needs it."""
        norms = np.where(self._table.norms > 0, self._table.norms, 1).astype(np.float32)
        return widen(self._table.mean) / norms[:, None]


def _euclidean(a: FloatArray, b: FloatArray) -> FloatArray:
    """Distances of all rows of a to all rows of b, row by row, so that equal rows have distance 0 exactly."""
    distances: FloatArray = np.array([np.sqrt(((b - row) ** 2).sum(-1)) for row in a])
    return distances
