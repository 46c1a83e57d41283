"""Estimators whose result is vectors of words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, cast

from densevec.errors import NotTrainedError
from densevec.formats.native import Container
from densevec.models.base import Estimator
from densevec.vectors import KeyedVectors, vectors_from_container

Vectors = TypeVar("Vectors", bound=KeyedVectors)


class EmbeddingModel(Estimator, Generic[Vectors]):
    """An estimator that has vectors once it is trained."""

    _vectors: Vectors | None = None
    _current: Callable[[], Vectors] | None = None  # makes vectors while training runs

    @property
    def vectors(self) -> Vectors:
        """What was learned; during training as it stands at the moment, a latent space not yet centred."""
        if self._vectors is not None:
            return self._vectors
        if self._current is not None:
            return self._current()
        raise NotTrainedError(f"{type(self).__name__} has no vectors yet; call train() first")

    @property
    def wv(self) -> Vectors:
        """``vectors`` by gensim's name."""
        return self.vectors

    def _container_parts(self) -> tuple[dict[str, Any], Sequence[str], dict[str, Any]]:
        tensors, metadata = self.vectors.container_parts()
        return tensors, self.vectors.words, metadata

    def _open(self, container: Container, path: str) -> None:
        self._vectors = cast(Vectors, vectors_from_container(container, path))
