"""Estimators whose result is vectors of words."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from densevec._processes import is_first
from densevec.corpus import Vocabulary
from densevec.errors import NotTrainedError, ParameterError
from densevec.formats.native import Container
from densevec.vectors import DensityVectors, KeyedVectors, vectors_from_container

_PAIRS, _FEW_PAIRS = 100_000, 10_000  # of words, for the bound of entailment
Vectors = TypeVar("Vectors", bound=KeyedVectors)


class HasVectors(ABC, Generic[Vectors]):
    """What has vectors once it is trained; it goes before ``Estimator`` in the list of bases."""

    _vectors: Vectors | None = None
    _current: Callable[[], Vectors | None] | None = None  # makes vectors while training runs

    @property
    def vectors(self) -> Vectors:
        """What was learned; during training as it stands at the moment, a latent space not yet centred.

        Vectors of a model that reads words in their sentences keep it, to answer questions about such words.
        """
        vectors = self._vectors if self._current is None or self._vectors is not None else self._current()
        if vectors is not None:
            if vectors._noted_words is None:
                vectors._noted_words = vectors.words
            if hasattr(type(self), "posterior_batch"):
                directions = "_directions" if hasattr(type(self), "_directions") else None
                vectors.read_by(self, "posterior_batch", directions, "_read_places")
            return vectors
        where = "" if is_first() else ", or ask the first process, which alone has them with share_rows"
        raise NotTrainedError(f"{type(self).__name__} has no vectors yet; call train() first{where}")

    @property
    def _own_vectors(self) -> Vectors:
        """``vectors``, which have the rows of the model's other tables.

        Errors: ParameterError where words were added, taken out or put in another order.
        """
        vectors = self.vectors
        words, noted = vectors.words, vectors._noted_words
        if noted is not None and noted is not words and noted.as_list != words.as_list:
            raise ParameterError(
                f"the vectors of a {type(self).__name__} must have the words of its other tables, in their order, and "
                "words were added, taken out or sorted; save model.vectors alone, or load the model's own file again"
            )
        return vectors

    @property
    def wv(self) -> Vectors:
        """``vectors`` by gensim's name."""
        return self.vectors

    if not TYPE_CHECKING:  # which would take it that there is an attribute of any name

        def __getattr__(self, name: str) -> Any:
            kind = type(self)
            if hasattr(DensityVectors, name) and not hasattr(kind, name):
                raise AttributeError(f"{kind.__name__} has no {name}; its vectors may have: model.vectors.{name}")
            return object.__getattribute__(self, name)

    def _container_parts(self) -> tuple[dict[str, Any], Sequence[str], dict[str, Any]]:
        vectors = self._own_vectors
        tensors, metadata = vectors.container_parts()
        return tensors, vectors.words, metadata

    def _open(self, container: Container, path: str) -> None:
        self._vectors = cast(Vectors, vectors_from_container(container, path))


def vocabulary_of(vectors: KeyedVectors, dim: int) -> Vocabulary:
    """The words of a file's vectors, which must have ``dim`` dimensions and counts."""
    if vectors.vector_size != dim:
        raise ParameterError(f"dim is {dim}, the vectors' {vectors.vector_size}")
    if vectors.counts is None:
        raise ParameterError("the words have no counts")
    return Vocabulary(vectors.index_to_key, vectors.counts)


def calibrate(vectors: DensityVectors, seed: int, *, is_hurried: bool) -> None:
    """Set the bound of ``entails`` by pairs of words, where there are two to make one; by fewer in a hurry."""
    if len(vectors) > 1:
        vectors.calibrate_entailment(seed, _FEW_PAIRS if is_hurried else _PAIRS)
