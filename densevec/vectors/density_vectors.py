"""Words with a density each: everything KeyedVectors answer, and what only densities can."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt

from densevec.densities import Gaussian, get_measure, kl_divergence
from densevec.errors import FormatError, ParameterError
from densevec.formats import Container, WordIndex
from densevec.vectors._arguments import FloatArray, as_counts, as_float32, first_bad_row
from densevec.vectors.entailment import RANDOM_SHARE, entailment_scores, random_pairs
from densevec.vectors.keyed_vectors import Item, KeyedVectors

_PAIRS_AT_ONCE = 2**12


class DensityVectors(KeyedVectors):
    """Words and their Gaussian densities N(mean, variance).

    Parameters
    ----------
    words : n distinct strings
    mean : (n, d) finite numbers, kept in float32
    variance : above zero, (n,) for spherical densities or (n, d) for diagonal ones, kept in float32
    counts : (n,) how often each word was seen in the training text, or None
    entailment_bound : what ``calibrate_entailment`` found, or None
    parameters : what the densities were made with, plain JSON values

    Wherever a word is asked for, a ``Gaussian`` will do as well, such as a posterior in context.

    Examples
    --------
    >>> vectors = DensityVectors(["bird", "kakapo"], [[0.0, 0.0], [0.1, 0.2]], [1.0, 0.1])
    >>> vectors.kl_divergence("kakapo", "bird") < vectors.kl_divergence("bird", "kakapo")
    True
    """

    container_class = "DensityVectors"

    def __init__(
        self,
        words: Sequence[str],
        mean: npt.ArrayLike,
        variance: npt.ArrayLike,
        counts: npt.ArrayLike | None = None,
        entailment_bound: float | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        index = words if isinstance(words, WordIndex) else WordIndex(words)
        means = as_float32("mean", mean, (len(index), None))
        shape = (len(index),) if np.ndim(variance) == 1 else means.shape
        variances = as_float32("variance", variance, shape)
        row = first_bad_row(lambda part: part > 0, variances)
        if row is not None:
            raise ParameterError(f"variance must be above 0 in float32, got {variances[row].min()} in row {row}")
        self._set(index, means, variances, as_counts(counts, len(index)), parameters)
        self.entailment_bound = _as_bound(entailment_bound)

    # Densities

    @property
    def variances(self) -> npt.NDArray[np.float32]:
        """The variances of all words: (n,) spherical, (n, d) diagonal; float32."""
        assert self._table.variance is not None  # of the constructors' making
        return self._table.variance

    @property
    def is_spherical(self) -> bool:
        """True if each word has one variance for every dimension."""
        return self._table.is_spherical

    def mean(self, word: str) -> npt.NDArray[np.float32]:
        """The mean of a word's density, (d,); the same as ``vectors[word]``."""
        return self.vectors[self.get_index(word)]

    def variance(self, word: str) -> Any:
        """The variance of a word's density: a number if spherical, (d,) if diagonal."""
        variance = self.variances[self.get_index(word)]
        return float(variance) if self.is_spherical else variance

    def density(self, word: str) -> Gaussian:
        """The density of a word as an object."""
        row = self.get_index(word)
        return Gaussian(self.vectors[row], self.variances[row])

    def entropy(self, word: Item) -> float:
        """Differential entropy of a word's density in nats: how general it is; differences matter, not the sign."""
        return (word if isinstance(word, Gaussian) else self.density(word)).entropy()

    # Comparisons

    def kl_divergence(self, a: Item, b: Item) -> float:
        """KL(a‖b) in nats: low when a lies inside b; 0 exactly for a = b."""
        return self.divergence(a, b, "kl_from_query")

    def divergence(self, a: Item, b: Item, measure: str) -> float:
        """The value of any measure, a as the query and b as the word: ``kl_to_query`` is KL(b‖a).

        A divergence or distance as it is (lower is closer); a similarity (cosine, expected likelihood) as it is.
        """
        return self._compare(a, b, get_measure(measure))

    def entailment(self, a: Item, b: Item) -> float:
        """How much a entails b ('a kakapo is a bird'): one score in nats, the higher the more.

        The score is ``densevec.vectors.entailment.entailment_scores``.
        """
        return float(entailment_scores(*self._density_arrays(a), *self._density_arrays(b)))

    def _density_arrays(self, item: Item) -> tuple[FloatArray, FloatArray]:
        """Mean (d,) and log variance (1,) or (d,) of a word or a Gaussian."""
        mean, log_variance, _ = self._resolve(item)
        if log_variance is None:
            raise ParameterError("entailment needs densities, got a vector: pass a word or a Gaussian")
        return mean, log_variance

    def entailment_batch(self, a: Sequence[str], b: Sequence[str]) -> FloatArray:
        """``entailment`` of many pairs of words at once: a[i] with b[i], (k,) float64."""
        first, second = self._rows(a), self._rows(b)
        if len(first) != len(second):
            raise ParameterError(f"a and b must be equally long, got {len(first)} and {len(second)} words")
        return self._pairs(entailment_scores, first, second)

    def _pairs(
        self, function: Callable[..., Any], first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]
    ) -> FloatArray:
        """A function of two densities for pairs of rows, in blocks."""
        table, scores = self._table, np.empty(len(first))
        for begin in range(0, len(first), _PAIRS_AT_ONCE):
            a, b = first[begin : begin + _PAIRS_AT_ONCE], second[begin : begin + _PAIRS_AT_ONCE]
            scores[begin : begin + _PAIRS_AT_ONCE] = function(
                table.mean_rows(a), table.log_variance_rows(a), table.mean_rows(b), table.log_variance_rows(b)
            )
        return scores

    def entails(self, a: Item, b: Item) -> bool:
        """Whether a entails b: more than b entails a, and with a KL(a‖b) as low as 1 % of random pairs have.

        The bound is ``entailment_bound``; vectors that were never calibrated are, with ``seed=1``, at the first call.
        A word does not entail itself.
        """
        if self.entailment(a, b) <= self.entailment(b, a):
            return False
        if self.entailment_bound is None:
            self.calibrate_entailment()
        return self.entailment_bound is not None and self.kl_divergence(a, b) <= self.entailment_bound

    def calibrate_entailment(self, seed: int = 1, num_pairs: int = 100_000) -> float:
        """Set and return the bound of ``entails``: 1 % of random pairs of different words have a lower KL(a‖b).

        Words are drawn uniformly from the vocabulary.  The bound is saved with the vectors.
        """
        if len(self) < 2:
            raise ParameterError(f"entailment needs at least two words, got {len(self)}")
        if num_pairs < 1:
            raise ParameterError(f"num_pairs must be an integer at least 1, got {num_pairs!r}")
        first, second = random_pairs(len(self), seed, num_pairs)
        divergences = self._pairs(kl_divergence, first, second)
        self.entailment_bound = float(np.quantile(divergences, RANDOM_SHARE, method="lower"))
        return self.entailment_bound

    # Files

    def container_parts(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        tensors, metadata = super().container_parts()
        return tensors, {**metadata, "entailment_bound": self.entailment_bound}

    @classmethod
    def from_container(cls, container: Container, origin: str) -> Self:
        if cls is DensityVectors and "weight" in container.tensors:
            from densevec.vectors.mixture_vectors import MixtureVectors  # which builds on this class

            return cast(Self, MixtureVectors.from_container(container, origin))
        self = super().from_container(container, origin)
        try:
            self.entailment_bound = _as_bound(container.metadata.get("entailment_bound"))
        except ParameterError as error:
            raise FormatError(f"{origin}: {error}") from None
        return self

    def _variance_from(
        self, container: Container, mean: npt.NDArray[np.float32], origin: str
    ) -> npt.NDArray[np.float32]:
        variance = container.tensors.get("variance")
        if variance is None:
            raise FormatError(
                f"{origin}: the file holds no word densities (no tensor 'variance'); "
                f"KeyedVectors.load opens points without variances"
            )
        if variance.shape not in (mean.shape, mean.shape[:1]) or variance.dtype != np.float32:
            raise FormatError(
                f"{origin}: tensor 'variance' must be float32 of shape {mean.shape[:1]} or {mean.shape}, "
                f"found {variance.dtype} {variance.shape}"
            )
        return variance


def _as_bound(bound: Any) -> float | None:
    if bound is None:
        return None
    if isinstance(bound, bool) or not isinstance(bound, int | float | np.floating) or not math.isfinite(bound):
        raise ParameterError(f"entailment_bound must be a finite number or None, got {bound!r:.80}")
    return float(bound)
