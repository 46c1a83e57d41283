"""Words with a density each: everything KeyedVectors answer, and what only densities can."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt

from densevec.densities import Gaussian
from densevec.errors import FormatError, ParameterError
from densevec.formats import Container, WordIndex
from densevec.vectors._arguments import as_counts, as_float32, first_bad_row
from densevec.vectors._storage import Stored, from_tensor
from densevec.vectors._store import Attributes
from densevec.vectors.entailments import Entailments
from densevec.vectors.keyed_vectors import _beginning
from densevec.vectors.search import widen
from densevec.vectors.uncertainty import Uncertainty


class DensityVectors(Entailments, Uncertainty):
    """Words and their Gaussian densities N(mean, variance).

    Parameters
    ----------
    words : n distinct strings
    mean : (n, d) finite numbers, kept in float32
    variance : above zero, (n,) for spherical densities or (n, d) for diagonal ones, kept in float32
    counts : (n,) how often each word was seen in the training text, or None
    entailment_bound : what ``calibrate_entailment`` found, or None
    parameters : what the densities were made with, plain JSON values
    vector_size : d, to begin without words, with spherical densities

    Wherever a word is asked for, a ``Gaussian`` will do as well, such as a posterior in context.

    Examples
    --------
    >>> vectors = DensityVectors(["bird", "kakapo"], [[0.0, 0.0], [0.1, 0.2]], [1.0, 0.1])
    >>> vectors.kl_divergence("kakapo", "bird") < vectors.kl_divergence("bird", "kakapo")
    True
    >>> vectors["kea"] = Gaussian([0.1, 0.1], 0.2)
    >>> len(vectors), vectors.variance("kea") < vectors.variance("bird")
    (3, True)
    """

    container_class = "DensityVectors"

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
        words, mean = _beginning(words, mean, "mean", vector_size)
        if variance is None:
            if len(words):
                raise ParameterError("variance must be given, one a word or one a word and dimension")
            variance = np.zeros(0, dtype=np.float32)
        index = words if isinstance(words, WordIndex) else WordIndex(words)
        means = as_float32("mean", mean, (len(index), None))
        shape = (len(index),) if np.ndim(variance) == 1 else means.shape
        variances = as_float32("variance", variance, shape)
        _check_above_zero("variance", variances)
        self._set(index, means, variances, as_counts(counts, len(index)), parameters)
        self.entailment_bound = _as_bound(entailment_bound)

    # Editing

    def add_vector(self, key: str, vector: Any, variance: npt.ArrayLike | None = None) -> int:
        """Add one word, a Gaussian or a mean (d,) with its variance; its row is returned.

        A word that is there already keeps its density.  Each call copies the table: many words are better added
        together, by ``add_vectors``.
        """
        self.add_vectors([key], [vector], variances=None if variance is None else np.asarray(variance)[None])
        return self.get_index(key)

    def add_vectors(
        self,
        keys: str | Sequence[str],
        weights: Any,
        extras: Mapping[str, npt.ArrayLike] | None = None,
        replace: bool = False,
        *,
        variances: npt.ArrayLike | None = None,
    ) -> None:
        """Add words with their densities; see ``KeyedVectors.add_vectors``.

        Parameters
        ----------
        weights : Gaussians, one a word, or means (k, d)
        variances : those of the means, (k,) spherical or (k, d) diagonal; may be left out where every word is known
            and keeps its variance

        Raises
        ------
        ParameterError
            For a diagonal density among spherical ones, and as in ``KeyedVectors``.
        """
        keys, rows = self._places_for(keys)
        densities = [weights] if isinstance(weights, Gaussian) else weights
        if len(densities) and all(isinstance(density, Gaussian) for density in densities):
            means, variances = self._parts_of(densities)
        else:
            means = np.asarray(weights)
            means = means.reshape(1, -1) if means.ndim == 1 else means
            if variances is None:
                if (rows < 0).any():
                    new = next(key for key, row in zip(keys, rows, strict=True) if row < 0)
                    raise ParameterError(f"variances must be given for new words such as {new!r}; or pass Gaussians")
                variances = widen(self._variance[rows])
        checked = as_float32("variances", variances, (len(keys), *self._variance.shape[1:]))
        _check_above_zero("variances", checked)
        self._put(keys, rows, means, checked, extras, replace)

    def _parts_of(self, densities: Sequence[Gaussian]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Means (k, d) and variances of Gaussians in the shape of this table's."""
        for density in densities:
            self._resolve(density)  # of the right dimension?
            if self.is_spherical and not density.is_spherical:
                raise ParameterError("densities must be spherical like those that are there, got a diagonal one")
        shape = self._variance.shape[1:]
        variances = [np.broadcast_to(density.variance, shape) for density in densities]
        return np.array([density.mean for density in densities]), np.array(variances)

    def _changed(self) -> None:
        self.entailment_bound = None  # of pairs of the old table

    def _with(
        self,
        words: WordIndex,
        mean: Stored,
        variance: Stored | None,
        counts: npt.NDArray[np.int64] | None,
        attributes: Attributes,
    ) -> Self:
        other = super()._with(words, mean, variance, counts, attributes)
        other.entailment_bound = self.entailment_bound
        return other

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

    def _variance_from(self, container: Container, mean: Stored, origin: str) -> Stored:
        variance = container.tensors.get("variance")
        if variance is None:
            raise FormatError(
                f"{origin}: the file holds no word densities (no tensor 'variance'); "
                f"KeyedVectors.load opens points without variances"
            )
        stored = from_tensor(variance)
        has_shape = variance.shape in (mean.shape, mean.shape[:1])
        if not has_shape or stored is None or stored.dtype not in (np.float32, mean.dtype):
            raise FormatError(
                f"{origin}: tensor 'variance' must be float32 of shape {mean.shape[:1]} or {mean.shape}, "
                f"or of the type of 'mean', found {variance.dtype} {variance.shape}"
            )
        return stored


def _check_above_zero(name: str, variances: npt.NDArray[np.float32]) -> None:
    row = first_bad_row(lambda part: part > 0, variances)
    if row is not None:
        raise ParameterError(f"{name} must be above 0 in float32, got {variances[row].min()} in row {row}")


def _as_bound(bound: Any) -> float | None:
    if bound is None:
        return None
    if isinstance(bound, bool) or not isinstance(bound, int | float | np.floating) or not math.isfinite(bound):
        raise ParameterError(f"entailment_bound must be a finite number or None, got {bound!r:.80}")
    return float(bound)
