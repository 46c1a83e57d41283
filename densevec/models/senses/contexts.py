"""What a sentence says at a place, without the word that stands there, as a direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.models.substitutes import FloatArray
from densevec.vectors import KeyedVectors

REACH = 10  # tokens to either side


def units(rows: FloatArray) -> FloatArray:
    """Rows (n, d) of length 1; rows of zeros as they are."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1.0)


class Contexts:
    """What sentences say, by the densities of their words.

    vectors : densities of words
    keep : (V,) the probabilities that subsampling keeps each word
    """

    def __init__(self, vectors: KeyedVectors, keep: npt.NDArray[Any]) -> None:
        self._means, self._keep = vectors.vectors, keep
        self._find = vectors.get_index
        self._row_of: dict[str, int] = {}  # of tokens that were met: to look one up takes longer than all the rest

    def __call__(self, items: Sequence[tuple[Sequence[str], int]]) -> FloatArray:
        """Σ_c w_c m_c of the known words c up to 10 tokens from each place (tokens, position), as directions, (n, d).

        w_c is the probability that subsampling keeps c.  The word itself does not count, wherever it stands in the
        sentence, so that nothing but the sentence speaks; where it says nothing the row is zeros.
        """
        found = np.zeros((len(items), self._means.shape[1]))
        for number, (tokens, position) in enumerate(items):
            around = tokens[max(0, position - REACH) : position + REACH + 1]
            rows = [row for token in around if token != tokens[position] and (row := self._row(token)) >= 0]
            if rows:
                found[number] = self._keep[rows] @ self._means[rows]
        return units(found)

    def _row(self, token: str) -> int:
        row = self._row_of.get(token)
        if row is None:
            row = self._row_of[token] = self._find(token, -1)
        return row
