"""What a sentence says at a place, without the word that stands there, as a direction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.models.substitutes import FloatArray
from densevec.vectors import KeyedVectors

REACH = 10  # tokens to either side
_RIDGE = 0.3  # of the mean variance, that is added in every direction (chosen on pseudo-words)


def units(rows: FloatArray) -> FloatArray:
    """Rows (n, d) of length 1; rows of zeros as they are."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1.0)


class Contexts:
    """What sentences say, by the densities of their words.

    vectors : densities of words
    keep : (V,) the probabilities that subsampling keeps each word
    whitening : (d, d) that contexts are multiplied by before they become directions; None for none
    """

    def __init__(self, vectors: KeyedVectors, keep: npt.NDArray[Any], whitening: FloatArray | None = None) -> None:
        self._means, self._keep, self._whitening = vectors.vectors, keep, whitening
        self._find = vectors.get_index
        self._row_of: dict[str, int] = {}  # of tokens that were met: to look one up takes longer than all the rest

    def __call__(self, items: Sequence[tuple[Sequence[str], int]]) -> FloatArray:
        """Σ_c w_c m_c of the known words c up to 10 tokens from each place (tokens, position), whitened, as directions
        (n, d).

        w_c is the probability that subsampling keeps c.  The word itself does not count, wherever it stands in the
        sentence, so that nothing but the sentence speaks; where it says nothing the row is zeros.
        """
        found = np.zeros((len(items), self._means.shape[1]))
        for number, (tokens, position) in enumerate(items):
            around = tokens[max(0, position - REACH) : position + REACH + 1]
            rows = [row for token in around if token != tokens[position] and (row := self._row(token)) >= 0]
            if rows:
                found[number] = self._keep[rows] @ self._means[rows]
        return units(found) if self._whitening is None else units(units(found) @ self._whitening)

    def _row(self, token: str) -> int:
        row = self._row_of.get(token)
        if row is None:
            row = self._row_of[token] = self._find(token, -1)
        return row


def whitening_of(contexts_of_words: Iterable[FloatArray], dim: int) -> FloatArray:
    """(S + r I)^(−1/2), (d, d), for the covariance S of contexts (n, d) about the mean of their word.

    What contexts of one word differ in, topics and style, then counts for no more than what sets words apart.  r is .3
    of S's mean variance.  Without contexts it is the identity.
    """
    scatter, number = np.zeros((dim, dim)), 0
    for contexts in contexts_of_words:
        if len(contexts):
            apart = contexts - contexts.mean(0)
            scatter += apart.T @ apart
            number += len(contexts)
    mean_variance = float(np.trace(scatter)) / max(number, 1) / dim
    if not mean_variance > 0:
        return np.eye(dim)
    variances, axes = np.linalg.eigh(scatter / number + _RIDGE * mean_variance * np.eye(dim))
    found: FloatArray = (axes * variances**-0.5) @ axes.T
    return found
