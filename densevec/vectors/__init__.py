"""Word vectors and word densities, and everything one can ask of them (no torch needed)."""

import os

from densevec.formats import read_container
from densevec.vectors.density_vectors import DensityVectors
from densevec.vectors.keyed_vectors import KeyedVectors
from densevec.vectors.subword_vectors import SubwordVectors

__all__ = ["DensityVectors", "KeyedVectors", "SubwordVectors", "load_vectors"]


def load_vectors(path: str | os.PathLike[str]) -> KeyedVectors:
    """The vectors of a file, mapped: DensityVectors; KeyedVectors where it has no variances; SubwordVectors."""
    container = read_container(path)
    kind: type[KeyedVectors] = DensityVectors if "variance" in container.tensors else KeyedVectors
    if container.metadata["class"] == SubwordVectors.container_class:
        kind = SubwordVectors
    return kind.from_container(container, os.fspath(path))
