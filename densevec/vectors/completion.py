"""Filling a gap in a sentence by how similar each choice is to the other words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from densevec._validation import Interval, check_parameter
from densevec.corpus.gaps import Ranking, as_gapped, check_choices, ranked
from densevec.vectors._store import FloatArray, RowArray, WordStore


class Completion(WordStore):
    """Sentence completion by total similarity."""

    def complete(self, sentence: Sequence[str] | str, choices: Sequence[str], *, sample: float = 1e-5) -> Ranking:
        """The choices for the gap of a sentence with their scores, best first (total similarity, Zweig et al. 2012).

        The score of v is Σ_c w_c cos(v, c) / Σ_c w_c over the known words c of the sentence, from −1 to 1.  Frequent
        words say little: w_c = min(1, √(sample/f_c)) for a word of which f_c is the share of all tokens; 1 with
        ``sample=0`` or without counts.  A choice of several tokens has the mean of its known ones' scores; one without
        any is last, with −∞.

        Parameters
        ----------
        sentence : its tokens, or a string that white space cuts into them; "_____" or None stands for the gap
        choices : words; the tokens of one such as "country - dance" with spaces between them
        sample : frequency above which words count for less

        Raises
        ------
        ParameterError : unless there is exactly one gap

        >>> from densevec import KeyedVectors
        >>> vectors = KeyedVectors(["kiwi", "kakapo", "plum"], [[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
        >>> [word for word, _ in vectors.complete("the kakapo and the _____", ["plum", "kiwi"])]
        ['kiwi', 'plum']
        """
        check_parameter("sample", sample, Interval(float, 0, 1))
        before, after = as_gapped(sentence)
        context = self._known_rows(before + after)
        weights = self._context_weights(context, sample)
        centre = weights @ self._directions(context) / max(float(weights.sum()), 1e-300)
        scores = []
        for tokens in check_choices(choices):
            rows = self._known_rows(tokens)
            scores.append(float(np.mean(self._directions(rows) @ centre)) if len(rows) else -np.inf)
        return ranked(choices, scores)

    def _known_rows(self, tokens: Sequence[str]) -> RowArray:
        rows = self._rows(tokens, "skip")
        return rows[rows >= 0]

    def _directions(self, rows: RowArray) -> FloatArray:
        """Vectors of length 1 (zero ones stay zero), (k, d)."""
        vectors: FloatArray = self._table.mean_rows(rows)
        lengths = np.sqrt((vectors**2).sum(-1, keepdims=True))
        directions: FloatArray = vectors / np.where(lengths > 0, lengths, 1)
        return directions

    def _context_weights(self, rows: RowArray, sample: float) -> FloatArray:
        if self._counts is None or sample == 0:
            return np.ones(len(rows))
        return np.minimum(1.0, np.sqrt(sample * float(self._counts.sum()) / np.maximum(self._counts[rows], 1)))
