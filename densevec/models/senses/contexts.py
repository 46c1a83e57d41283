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


def context_means(
    vectors: KeyedVectors, keep: npt.NDArray[Any], items: Sequence[tuple[Sequence[str], int]]
) -> FloatArray:
    """Σ_c w_c m_c of the known words c up to 10 tokens from each place (tokens, position), (n, d); w_c is the
    probability that subsampling keeps c.

    The word itself does not count, wherever it stands in the sentence, so that nothing but the sentence speaks.

    keep : (V,) those probabilities
    """
    means = vectors.vectors
    found = np.zeros((len(items), means.shape[1]))
    for number, (tokens, position) in enumerate(items):
        rows = []
        for place in range(max(0, position - REACH), min(len(tokens), position + REACH + 1)):
            row = vectors.get_index(tokens[place], -1) if tokens[place] != tokens[position] else -1
            if row >= 0:
                rows.append(row)
        if rows:
            found[number] = keep[rows] @ means[rows]
    return found
