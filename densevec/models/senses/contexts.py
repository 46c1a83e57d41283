"""What a sentence says at a place, without the word that stands there, as a direction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec.models.substitutes import FloatArray
from densevec.vectors import KeyedVectors
from densevec.vectors._arguments import directions

REACH = 10  # tokens to either side
_RIDGE = 0.3  # of the mean variance, that is added in every direction (chosen on planted senses of text)


def told(contexts: FloatArray) -> FloatArray:
    """Those that say something."""
    return contexts[np.linalg.norm(contexts, axis=1) > 0]


class Frame(NamedTuple):
    """Contexts x become the directions of (x − centre) whitening."""

    centre: FloatArray  # (d,)
    whitening: FloatArray  # (d, d)

    def __call__(self, contexts: FloatArray) -> FloatArray:
        """(n, d); those that say nothing stay zeros."""
        says = np.linalg.norm(contexts, axis=1, keepdims=True) > 0
        return directions(np.where(says, contexts - self.centre, 0.0) @ self.whitening)


class Contexts:
    """What sentences say, by the densities of their words.

    vectors : densities of words
    keep : (V,) the probabilities that subsampling keeps each word
    frame : the contexts are put into; None for none
    """

    def __init__(self, vectors: KeyedVectors, keep: npt.NDArray[Any], frame: Frame | None = None) -> None:
        self._means, self._frame = vectors.vectors, frame
        self._weight = keep / np.maximum(np.linalg.norm(self._means, axis=1), 1e-12)
        self._find = vectors.get_index
        self._row_of: dict[str, int] = {}  # of tokens that were met: to look one up takes longer than all the rest

    def __call__(self, items: Sequence[tuple[Sequence[str], int]]) -> FloatArray:
        """Σ_c w_c u_c / √distance of the known words c up to 10 tokens from each place (tokens, position), put into the
        frame, as directions, (n, d).

        w_c is the probability that subsampling keeps c, u_c the direction of the mean of its density.  The word itself
        does not count, wherever it stands in the sentence, so that nothing but the sentence speaks; where it says
        nothing the row is zeros.
        """
        found = np.zeros((len(items), self._means.shape[1]))
        for number, (tokens, position) in enumerate(items):
            start = max(0, position - REACH)
            around = [
                (row, abs(place - position) ** -0.5)
                for place, token in enumerate(tokens[start : position + REACH + 1], start)
                if token != tokens[position] and (row := self._row(token)) >= 0
            ]
            if around:
                rows = [row for row, _ in around]
                nearness = [near for _, near in around]
                found[number] = (self._weight[rows] * nearness) @ self._means[rows]
        found = directions(found)
        return found if self._frame is None else self._frame(found)

    def _row(self, token: str) -> int:
        row = self._row_of.get(token)
        if row is None:
            row = self._row_of[token] = self._find(token, -1)
        return row


def frame_of(contexts_of_words: Iterable[FloatArray], dim: int) -> Frame:
    """The frame in which what contexts of one word differ in, topics and style, counts for no more than what sets words
    apart.

    Its centre is the mean of the words' means, its whitening (S + r I)^(−1/2) for the covariance S of contexts (n, d)
    about the mean of their word; r is .3 of S's mean variance.  Without contexts nothing changes.
    """
    scatter, number = np.zeros((dim, dim)), 0
    centres: list[FloatArray] = []
    for contexts in contexts_of_words:
        if len(contexts) > 1:
            centres.append(contexts.mean(0, dtype=np.float64))
            apart = contexts - centres[-1]
            scatter += apart.T @ apart
            number += len(contexts) - 1
    mean_variance = float(np.trace(scatter)) / max(number, 1) / dim
    if not mean_variance > 0:
        return Frame(np.zeros(dim), np.eye(dim))
    variances, axes = np.linalg.eigh(scatter / number + _RIDGE * mean_variance * np.eye(dim))
    return Frame(np.mean(centres, axis=0), (axes * variances**-0.5) @ axes.T)
