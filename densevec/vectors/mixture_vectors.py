"""Words with a mixture of Gaussians each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, cast

import numpy.typing as npt

from densevec._roles import as_numbers
from densevec.densities import Gaussian, get_measure
from densevec.errors import ParameterError
from densevec.formats import WordIndex
from densevec.vectors._arguments import as_float32, check_topn
from densevec.vectors._storage import read_only
from densevec.vectors.density_vectors import DensityVectors
from densevec.vectors.neighbours import Neighbours, named
from densevec.vectors.opening import opens
from densevec.vectors.rows import MixtureRows
from densevec.vectors.rows.mixture import FloatTable, are_weights, as_rows
from densevec.vectors.search import widen
from densevec.vectors.word_densities import density_at


@opens(MixtureRows)
class MixtureVectors(DensityVectors):
    """Words and their densities Σ_k weight_k N(mean_k, variance_k), mixtures of K Gaussians.

    Two words are compared by all K² pairs of their components: the expected likelihood is that of the mixtures,
    log Σ_k Σ_l weight_k weight_l ∫ N_k N_l; every other measure, and entailment, is that of the nearest pair, the one
    that scores highest (Athiwaratkun & Wilson 2017), components of weight 0 left out.  ``vectors`` and ``variances``
    are the mean and the variance of the whole mixture (over dimensions too, if spherical); every query of several words
    and every question that is not about a pair uses those.  Mixtures cannot be edited.

    Parameters
    ----------
    words : n distinct strings
    mean : (n, K, d) finite numbers, kept in float32
    variance : above zero, (n, K) for spherical components or (n, K, d) for diagonal ones, kept in float32
    weight : (n, K), each row at least 0 with sum 1
    counts, entailment_bound, parameters : as for ``DensityVectors``

    Examples
    --------
    >>> mean = [[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.1], [0.9, 0.1]], [[0.1, 1.0], [0.0, 0.9]]]
    >>> vectors = MixtureVectors(["kiwi", "kakapo", "plum"], mean, [[0.1, 0.1]] * 3, [[0.5, 0.5]] * 3)
    >>> [neighbours[0][0] for neighbours in vectors.component_neighbours("kiwi")]
    ['kakapo', 'plum']
    """

    def __init__(
        self,
        words: Sequence[str],
        mean: npt.ArrayLike,
        variance: npt.ArrayLike,
        weight: npt.ArrayLike,
        counts: npt.ArrayLike | None = None,
        entailment_bound: float | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        index = words if isinstance(words, WordIndex) else WordIndex(words)
        means = as_float32("mean", mean, (len(index), None, None))
        given = as_numbers(variance, "variance")
        variances = as_float32("variance", given, means.shape[:2] if given.ndim == 2 else means.shape)
        if not (variances > 0).all():
            raise ParameterError(f"variance must be above 0 in float32, got {variances.min()}")
        weights = as_float32("weight", weight, means.shape[:2])
        if not are_weights(weights):
            raise ParameterError("weight must be at least 0 with sum 1 for each word")
        rows = MixtureRows.of(as_rows(means, variances), weights)
        self._begin(index, rows, counts, parameters, entailment_bound)

    @property
    def _mixtures(self) -> MixtureRows:
        return cast(MixtureRows, self._state.rows)

    @property
    def num_components(self) -> int:
        """K."""
        return self._mixtures.num_components

    @property
    def weights(self) -> FloatTable:
        """The weights of all components, (n, K) float32; read-only."""
        return read_only(self._mixtures.weights)

    @property
    def component_means(self) -> FloatTable:
        """The means of all components, (n, K, d) float32; read-only."""
        rows = self._mixtures
        return read_only(widen(rows.shaped(rows.every.mean)))

    @property
    def component_variances(self) -> FloatTable:
        """The variances of all components, (n, K) spherical, (n, K, d) diagonal; float32, read-only."""
        rows = self._mixtures
        assert rows.every.variance is not None  # what a density has
        return read_only(widen(rows.shaped(rows.every.variance)))

    def component(self, word: str, k: int) -> Gaussian:
        """The k-th component of a word; every query accepts it."""
        if isinstance(k, bool) or not isinstance(k, Integral) or not 0 <= k < self.num_components:
            raise ParameterError(f"k must be an integer from 0 to {self.num_components - 1}, got {k!r:.80}")
        rows = self._mixtures
        return density_at(rows.every, self.get_index(word) * rows.num_components + int(k))

    def component_neighbours(self, word: str, topn: int | None = 10, *, measure: str = "cosine") -> list[Neighbours]:
        """The words nearest to each component of a word, by their nearest components; the word itself is left out.

        ``topn=None`` is for all words.
        """
        state, rows, chosen, wanted = self._state, self._mixtures, get_measure(measure), check_topn(topn)
        row, count = state.index(word), len(state.words) if wanted is None else wanted
        own = range(row * rows.num_components, (row + 1) * rows.num_components)
        parts = [state.resolve(density_at(rows.every, place)) for place in own]
        found = rows.nearest(chosen, parts, min(count, len(state.words)), range(len(state.words)), [[row]] * len(parts))
        return [named(state, *each) for each in found]
