"""GloVe entry by entry in float64: the twin of ``densevec._cy.glove``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from densevec._cy.blocks import permutation
from tests.reference.window import hashed

STRETCH = 256


def shuffled(num_entries: int, seed: int) -> np.ndarray:
    """Where each entry was before ``shuffle_entries``: Fisher and Yates, from the end."""
    places = np.arange(num_entries)
    for i in range(num_entries - 1, 0, -1):
        j = hashed(seed, i) * (i + 1) >> 64
        places[[i, j]] = places[[j, i]]
    return places


def order(num_entries: int, seed: int) -> np.ndarray:
    """The entry of every turn of an epoch: stretches permuted, what fills none at the end."""
    num_stretches = num_entries // STRETCH
    stretches = np.array(permutation(num_stretches, seed), np.int64).reshape(-1, 1) * STRETCH + np.arange(STRETCH)
    return np.append(stretches.ravel(), np.arange(num_stretches * STRETCH, num_entries))


def train(
    entries: Sequence[tuple[int, int, float]],
    tables: Sequence[np.ndarray],
    biases: Sequence[np.ndarray],
    squares: Sequence[np.ndarray],
    bias_squares: Sequence[np.ndarray],
    rate: float,
    x_max: float,
    alpha: float,
) -> float:
    """A step for each entry (word, context, value), in this order; the sum of the losses."""
    loss = 0.0
    for word, context, value in entries:
        x, y = tables[0][word].copy(), tables[1][context].copy()
        weight = min(1.0, (value / x_max) ** alpha)
        residual = x @ y + biases[0][word] + biases[1][context] - np.log(value)
        loss += 0.5 * weight * residual**2
        slope = weight * residual
        for side, (row, gradient) in enumerate([(word, slope * y), (context, slope * x)]):
            squares[side][row] += gradient**2
            tables[side][row] -= rate * gradient / np.sqrt(squares[side][row])
            bias_squares[side][row] += slope**2
            biases[side][row] -= rate * slope / np.sqrt(bias_squares[side][row])
    return loss
