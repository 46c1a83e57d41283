"""The densities of words one by one, and their divergences."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.densities import Gaussian, get_measure
from densevec.errors import ParameterError
from densevec.vectors._store import FloatArray, Item, Resolved
from densevec.vectors.keyed_vectors import KeyedVectors
from densevec.vectors.search import Queries, widen


class WordDensities(KeyedVectors):
    """Means, variances, entropies and divergences."""

    @property
    def variances(self) -> npt.NDArray[np.float32]:
        """The variances of all words: (n,) spherical, (n, d) diagonal; float32, of 16-bit storage a copy."""
        return widen(self._variance)

    @property
    def is_spherical(self) -> bool:
        """True if each word has one variance for every dimension."""
        return self._table.is_spherical

    def mean(self, word: str) -> npt.NDArray[np.float32]:
        """The mean of a word's density, (d,); the same as ``vectors[word]``."""
        return self.get_vector(word)

    def variance(self, word: str) -> Any:
        """The variance of a word's density: a number if spherical, (d,) if diagonal."""
        row = self.get_index(word)
        variance = widen(self._variance[row : row + 1])[0]
        return float(variance) if self.is_spherical else variance

    def density(self, word: str) -> Gaussian:
        """The density of a word as an object."""
        return Gaussian(self.get_vector(word).astype(np.float64), self.variance(word))

    def _density(self, item: Item) -> Gaussian:
        """The density of a word, or the one given."""
        if isinstance(item, Gaussian):
            self._resolve(item)  # of the right dimension?
            return item
        return self.density(item)

    def entropy(self, word: Item) -> float:
        """Differential entropy of a word's density in nats: how general it is; differences matter, not the sign."""
        return self._density(word).entropy()

    def prior_density(self) -> Gaussian:
        """The Gaussian with the mean and variance of the mixture of all words, by count if there are counts.

        What is known of a word before it is known which one: m = Σ_v p_v m_v and s = Σ_v p_v (s_v + (m_v − m)²), for
        spherical densities averaged over the dimensions.
        """
        if "prior_density" not in self._derived:
            centre = self._weighted_mean(self._table.mean_rows)

            def spread(rows: slice) -> FloatArray:
                variances = np.exp(self._table.log_variance_rows(rows))
                squares = (self._table.mean_rows(rows) - centre) ** 2
                return variances + (squares.mean(-1, keepdims=True) if self.is_spherical else squares)

            variance = self._weighted_mean(spread)
            self._derived["prior_density"] = Gaussian(centre, variance[0] if self.is_spherical else variance)
        prior: Gaussian = self._derived["prior_density"]
        return prior

    # Comparisons

    def kl_divergence(self, a: Item, b: Item) -> float:
        """KL(a‖b) in nats: low when a lies inside b; 0 exactly for a = b."""
        return self.divergence(a, b, "kl_from_query")

    def divergence(self, a: Item, b: Item, measure: str) -> float:
        """The value of any measure, a as the query and b as the word: ``kl_to_query`` is KL(b‖a).

        A divergence or distance as it is (lower is closer); a similarity (cosine, expected likelihood) as it is.
        """
        return self._compare(a, b, get_measure(measure))

    def _density_part(self, item: Item) -> tuple[Resolved, FloatArray]:
        """A word or Gaussian, and its log variance (1,) or (d,)."""
        part = self._resolve(item)
        if part.log_variance is None:
            raise ParameterError("entailment needs densities, got a vector: pass a word or a Gaussian")
        return part, part.log_variance

    def _density_query(self, item: Item) -> Queries:
        part, log_variance = self._density_part(item)
        return Queries(part.mean[None], log_variance[None])
