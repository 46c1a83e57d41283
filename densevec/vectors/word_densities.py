"""The densities of words one by one, and their divergences."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.densities import Gaussian, get_measure
from densevec.errors import ParameterError
from densevec.vectors.rows import Resolved
from densevec.vectors.search import Table
from densevec.vectors.state import FloatArray, Item, State
from densevec.vectors.word_store import WordStore


def mean(self: WordStore, word: Item) -> npt.NDArray[np.float32]:
    """The mean of a word's density, (d,); the same as ``vectors[word]``, but for a word in its sentence."""
    reading = self._state.read(word)
    return self.get_vector(word) if reading is None else reading.mean.astype(np.float32)


def variance(self: WordStore, word: Item) -> Any:
    """The variance of a word's density: a number if spherical, (d,) if diagonal."""
    reading = density_of(self._state, word)
    return float(reading.variance) if reading.is_spherical else reading.variance.astype(np.float32)


def density(self: WordStore, word: Item) -> Gaussian:
    """The density of a word as an object; of a mixture, the Gaussian with its mean and variance."""
    return density_of(self._state, word)


def density_of(state: State, item: Item) -> Gaussian:
    """The density of a word, or the one given."""
    if isinstance(item, Gaussian):
        state.resolve(item)  # of the right dimension?
        return item
    reading = state.read(item)
    if reading is not None:
        return reading
    row = state.row(item)
    if row < 0:
        composed = state.composed(item)
        assert composed.variance is not None  # what a density has
        variance = composed.variance.astype(np.float64)
        return Gaussian(composed.mean.astype(np.float64), variance if len(variance) > 1 else variance[0])
    return density_at(state.table, row)


def density_at(table: Table, row: int) -> Gaussian:
    """The density of a row of a table."""
    place = slice(row, row + 1)
    return Gaussian(table.mean_rows(place)[0], table.variance_rows(place)[0])


def entropy(self: WordStore, word: Item) -> float:
    """Differential entropy of a word's density in nats: how general it is; differences matter, not the sign."""
    return density_of(self._state, word).entropy()


def prior_density(self: WordStore) -> Gaussian:
    """The Gaussian with the mean and variance of the mixture of all words, by count if there are counts.

    What is known of a word before it is known which one: m = Σ_v p_v m_v and s = Σ_v p_v (s_v + (m_v − m)²), for
    spherical densities averaged over the dimensions.
    """
    state = self._state
    return state.once("prior_density", lambda: _moments(state))


def _moments(state: State) -> Gaussian:
    table, centre = state.table, state.weighted_mean(state.table.mean_rows)

    def spread(rows: slice) -> FloatArray:
        squares = (table.mean_rows(rows) - centre) ** 2
        return np.exp(table.log_variance_rows(rows)) + (
            squares.mean(-1, keepdims=True) if table.is_spherical else squares
        )

    whole = state.weighted_mean(spread)
    return Gaussian(centre, whole[0] if table.is_spherical else whole)


# Comparisons


def kl_divergence(self: WordStore, a: Item, b: Item) -> float:
    """KL(a‖b) in nats: low when a lies inside b; 0 exactly for a = b."""
    return divergence(self, a, b, "kl_from_query")


def divergence(self: WordStore, a: Item, b: Item, measure: str) -> float:
    """The value of any measure, a as the query and b as the word: ``kl_to_query`` is KL(b‖a).

    A divergence or distance as it is (lower is closer); a similarity (cosine, expected likelihood) as it is.
    """
    state, chosen = self._state, get_measure(measure)
    score = state.rows.score(chosen, state.resolve(a), state.resolve(b))
    return score if chosen.is_similarity else -score


def density_item(state: State, item: Item) -> Resolved:
    """A word or a Gaussian, to be asked what it entails."""
    part = state.resolve(item)
    if part.log_variance is None:
        raise ParameterError("entailment needs densities, got a vector: pass a word or a Gaussian")
    return part
