"""Entailment between words: scores, decisions, broader and narrower words, and the graph among some."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from densevec.densities import get_measure, kl_divergence
from densevec.errors import ParameterError
from densevec.vectors import search
from densevec.vectors._arguments import check_on_missing, check_topn
from densevec.vectors._store import FloatArray, Item, RowArray
from densevec.vectors.entailment import RANDOM_SHARE, entailment_scores, pairs_within, random_pairs
from densevec.vectors.entailment_graph import EntailmentGraph
from densevec.vectors.neighbours import Neighbours, Scope
from densevec.vectors.word_densities import WordDensities

_PAIRS_AT_ONCE = 2**12
_LIKELY_SHARE = 50  # one word in so many is looked at first: the bound admits one pair in a hundred


class Entailments(WordDensities):
    """'A kakapo is a bird', asked of densities."""

    entailment_bound: float | None

    def entailment(self, a: Item, b: Item) -> float:
        """How much a entails b ('a kakapo is a bird'): one score in nats, the higher the more.

        The score is ``densevec.vectors.entailment.entailment_scores``.
        """
        (first, first_log), (second, second_log) = self._density_part(a), self._density_part(b)
        return float(entailment_scores(first.mean, first_log, second.mean, second_log))

    def entailment_batch(self, a: Sequence[str], b: Sequence[str]) -> FloatArray:
        """``entailment`` of many pairs of words at once: a[i] with b[i], (k,) float64."""
        first, second = self._rows(a), self._rows(b)
        if len(first) != len(second):
            raise ParameterError(f"a and b must be equally long, got {len(first)} and {len(second)} words")
        return self._pairs(entailment_scores, first, second)

    def _pairs(self, function: Callable[..., Any], first: RowArray, second: RowArray) -> FloatArray:
        """A function of two densities for pairs of rows, in blocks."""
        table, scores = self._table, np.empty(len(first))
        for begin in range(0, len(first), _PAIRS_AT_ONCE):
            a, b = first[begin : begin + _PAIRS_AT_ONCE], second[begin : begin + _PAIRS_AT_ONCE]
            scores[begin : begin + _PAIRS_AT_ONCE] = function(
                table.mean_rows(a), table.log_variance_rows(a), table.mean_rows(b), table.log_variance_rows(b)
            )
        return scores

    def entails(self, a: Item, b: Item) -> bool:
        """Whether a entails b: more than b entails a, and with a KL(a‖b) as low as 1 % of random pairs have.

        The bound is ``entailment_bound``; vectors that were never calibrated, or were changed since, are calibrated
        with ``seed=1`` at the first call.  A word does not entail itself.
        """
        return self.entailment(a, b) > self.entailment(b, a) and self.kl_divergence(a, b) <= self._bound()

    def _bound(self) -> float:
        return self.calibrate_entailment() if self.entailment_bound is None else self.entailment_bound

    def calibrate_entailment(self, seed: int = 1, num_pairs: int = 100_000) -> float:
        """Set and return the bound of ``entails``: 1 % of random pairs of different words have a lower KL(a‖b).

        Words are drawn uniformly from the vocabulary.  The bound is saved with the vectors.
        """
        if len(self) < 2:
            raise ParameterError(f"entailment needs at least two words, got {len(self)}")
        if num_pairs < 1:
            raise ParameterError(f"num_pairs must be an integer at least 1, got {num_pairs!r}")
        first, second = random_pairs(len(self), seed, num_pairs)
        divergences = self._pairs(kl_divergence, first, second)
        self.entailment_bound = float(np.quantile(divergences, RANDOM_SHARE, method="lower"))
        return self.entailment_bound

    def hypernyms(
        self,
        word: Item,
        topn: int | None = 10,
        *,
        restrict_vocab: int | None = None,
        within: Iterable[str] | None = None,
    ) -> Neighbours:
        """The broader words that ``word`` entails, as ``entails`` decides, by ``entailment(word, other)``, best first.

        Parameters
        ----------
        word : a word, or a Gaussian such as a posterior: what is the kiwi of this sentence?
        topn : at most so many; None for all
        restrict_vocab, within : among the first words, or among these only, as in ``most_similar``

        Examples
        --------
        >>> from densevec import DensityVectors
        >>> vectors = DensityVectors(
        ...     ["bird", "kakapo", "plum"], [[0.0, 0.0], [0.1, 0.2], [9.0, 9.0]], [1.0, 0.1, 0.1], entailment_bound=5.0
        ... )
        >>> [broader for broader, score in vectors.hypernyms("kakapo")]
        ['bird']
        """
        return self._entailed(word, topn, self._scope(0, None, restrict_vocab, within), "kl_from_query")

    def hyponyms(
        self,
        word: Item,
        topn: int | None = 10,
        *,
        restrict_vocab: int | None = None,
        within: Iterable[str] | None = None,
    ) -> Neighbours:
        """The narrower words that entail ``word``, by ``entailment(other, word)``; otherwise as ``hypernyms``."""
        return self._entailed(word, topn, self._scope(0, None, restrict_vocab, within), "kl_to_query")

    def _entailed(self, word: Item, topn: int | None, scope: Scope, measure: str) -> Neighbours:
        wanted, bound = check_topn(topn), self._bound()
        part, log_variance = self._density_part(word)
        rows = self._rows_within(word, measure, bound, scope)
        means, log_variances = self._table.mean_rows(rows), self._table.log_variance_rows(rows)
        forward = entailment_scores(part.mean, log_variance, means, log_variances)
        backward = entailment_scores(means, log_variances, part.mean, log_variance)
        if measure == "kl_to_query":
            forward, backward = backward, forward
        order = [place for place in np.lexsort((rows, -forward)) if forward[place] > backward[place]][:wanted]
        return [(self._words[int(rows[place])], float(forward[place])) for place in order]

    def _rows_within(self, word: Item, name: str, bound: float, scope: Scope) -> RowArray:
        """The rows of a scope whose divergence is at most the bound: the nearest ones if they reach so far."""
        query, measure = self._density_query(word), get_measure(name)
        rows, scores = self._nearest(measure, query, 100 + len(scope) // _LIKELY_SHARE, scope)[0]
        if len(rows) < len(scope) and -scores[-1] <= bound:
            rows = np.asarray(scope, dtype=np.int64)
            scores = search.exact_scores(self._table, measure, query, rows)
        return rows[-scores <= bound]

    def entailment_graph(self, words: Sequence[str], *, on_missing: str = "error") -> EntailmentGraph:
        """Which of these words entail which others, without the edges that follow from other edges.

        There is an edge from a to b where ``entails(a, b)`` and b has the greater entropy (for spherical densities the
        second follows from the first), so that there are no cycles.  ``on_missing="skip"`` passes over unknown words.

        Examples
        --------
        >>> from densevec import DensityVectors
        >>> vectors = DensityVectors(
        ...     ["animal", "bird", "kakapo"], [[0.0, 0.0], [0.1, 0.1], [0.1, 0.2]], [4, 1, 0.1], entailment_bound=9.0
        ... )
        >>> [edge[:2] for edge in vectors.entailment_graph(["kakapo", "bird", "animal"]).edges]
        [('kakapo', 'bird'), ('bird', 'animal')]
        """
        check_on_missing(on_missing, ("error", "skip"))
        found = self._rows(list(dict.fromkeys(words)), on_missing)
        rows = found[found >= 0]
        table, bound = self._table, self._bound() if len(rows) > 1 else 0.0
        first, second = pairs_within(table.mean_rows(rows), table.log_variance_rows(rows), bound)
        a, b = rows[first], rows[second]
        scores = self._pairs(entailment_scores, a, b)
        holds = (scores > self._pairs(entailment_scores, b, a)) & (self._pairs(kl_divergence, a, b) <= bound)
        holds &= table.log_determinants[b] > table.log_determinants[a]
        pairs = np.stack([first[holds], second[holds]], axis=1)
        return EntailmentGraph.of([self._words[row] for row in rows.tolist()], pairs, scores[holds])
