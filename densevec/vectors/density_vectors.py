"""Words with a density each: everything KeyedVectors answer, and what only densities can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.errors import ParameterError
from densevec.vectors import entailment_odds, entailments, uncertainty, word_densities
from densevec.vectors._arguments import as_variances, beginning
from densevec.vectors.entailment import as_closeness
from densevec.vectors.keyed_vectors import KeyedVectors
from densevec.vectors.opening import opens
from densevec.vectors.rows import GaussianRows
from densevec.vectors.search import Table
from densevec.vectors.sharing import numbers_handed_out


@opens(GaussianRows)
class DensityVectors(KeyedVectors):
    """Words and their Gaussian densities N(mean, variance).

    Parameters
    ----------
    words : n distinct strings
    mean : (n, d) finite numbers, kept in float32
    variance : above zero, (n,) for spherical densities or (n, d) for diagonal ones, kept in float32
    counts : (n,) how often each word was seen in the training text, or None
    entailment_bound : the KL(a‖b) up to which a is close enough to b to entail it, in nats, if it is to be the same for
        all pairs; None for one of each pair (``calibrate_entailment``).  Once it is set, the densities alone decide:
        what was learned from evidence goes, and the file that was loaded still has it
    parameters : what the densities were made with, plain JSON values
    vector_size : d, to begin without words, with spherical densities

    Wherever a word is asked for, a ``Gaussian`` will do as well; and in vectors of a model that reads sentences
    (``BayesianSkipGram``, ``EmbedAlign``) a word in its sentence, (tokens, position), which is its posterior there.

    Examples
    --------
    >>> from densevec import Gaussian
    >>> vectors = DensityVectors(["bird", "kakapo"], [[0.0, 0.0], [0.1, 0.2]], [1.0, 0.1])
    >>> vectors.kl_divergence("kakapo", "bird") < vectors.kl_divergence("bird", "kakapo")
    True
    >>> vectors["kea"] = Gaussian([0.1, 0.1], 0.2)
    >>> len(vectors), vectors.variance("kea") < vectors.variance("bird")
    (3, True)
    """

    def __init__(
        self,
        words: Sequence[str] | int = (),
        mean: npt.ArrayLike | None = None,
        variance: npt.ArrayLike | None = None,
        counts: npt.ArrayLike | None = None,
        entailment_bound: float | None = None,
        parameters: Mapping[str, Any] | None = None,
        *,
        vector_size: int | None = None,
    ) -> None:
        index, means = beginning(words, mean, "mean", vector_size)
        if variance is None:
            if len(index):
                raise ParameterError("variance must be given, one a word or one a word and dimension")
            variance = np.zeros(0, dtype=np.float32)
        rows = GaussianRows(Table(means, as_variances(variance, means)))
        self._begin(index, rows, counts, parameters, entailment_bound)

    # Densities
    mean = word_densities.mean
    variance = word_densities.variance
    density = word_densities.density
    entropy = word_densities.entropy
    prior_density = word_densities.prior_density
    kl_divergence = word_densities.kl_divergence
    divergence = word_densities.divergence

    @property
    def variances(self) -> npt.NDArray[np.float32]:
        """The variances of all words: (n,) spherical, (n, d) diagonal; float32.

        They are read-only of a file, of 16-bit storage, and while other vectors have them: a copy, or what was made of
        spherical densities by a rotation, ``reduced`` or ``stored_as``.
        """
        variance = self._state.table.variance
        assert variance is not None  # what a density has
        return numbers_handed_out(self, variance)

    @property
    def is_spherical(self) -> bool:
        """True if each word has one variance for every dimension."""
        return self._state.table.is_spherical

    # Entailment
    entailment = entailments.entailment
    entailment_batch = entailments.entailment_batch
    entailment_probability = entailments.entailment_probability
    entailment_probability_batch = entailments.entailment_probability_batch
    entails = entailments.entails
    evidence = entailments.evidence
    stated = entailments.stated
    hypernym_scores = entailments.hypernym_scores
    calibrate_entailment = entailment_odds.calibrate_entailment
    entailment_limit = entailments.entailment_limit
    hypernyms = entailments.hypernyms
    hyponyms = entailments.hyponyms
    entailment_graph = entailments.entailment_graph

    @property
    def entailment_bound(self) -> float | None:
        """The KL up to which densities are close enough to entail, in nats, where it is the same for all pairs.

        A number that is set decides from then on, with the direction: what was learned from evidence is given up.
        """
        closeness = self._state.closeness
        return None if closeness is None else closeness.bound

    @entailment_bound.setter
    def entailment_bound(self, bound: float | None) -> None:
        closeness = as_closeness(bound=bound)
        with self._lock:
            state = self._state
            given_up = {} if closeness is None else {"inference": None, "evidence": state.statements}
            self._state = state.close_by(closeness, **given_up)

    @property
    def entailment_contrast(self) -> float | None:
        """The least contrast of a close pair; None before ``calibrate_entailment``, where most words were moved, and
        with a bound.

        Where something was learned from evidence it decides of a broader one that is a density of its own alone.
        """
        closeness = self._state.closeness
        return None if closeness is None else closeness.contrast

    @entailment_contrast.setter
    def entailment_contrast(self, contrast: float | None) -> None:
        closeness = as_closeness(contrast=contrast)
        with self._lock:
            self._state = self._state.close_by(closeness)

    # Uncertainty
    generality = uncertainty.generality
    nearest_by_uncertainty = uncertainty.nearest_by_uncertainty
    inclusion = uncertainty.inclusion
    senses = uncertainty.senses
