"""Word vectors and word densities, and everything one can ask of them (no torch needed)."""

import os

from densevec.formats import read_container
from densevec.vectors.density_vectors import DensityVectors
from densevec.vectors.entailment_graph import EntailmentGraph
from densevec.vectors.keyed_vectors import KeyedVectors
from densevec.vectors.uncertainty import Sense

__all__ = ["DensityVectors", "EntailmentGraph", "KeyedVectors", "Sense", "load_vectors"]


def load_vectors(path: str | os.PathLike[str]) -> KeyedVectors:
    """The vectors of a file, mapped: DensityVectors, or KeyedVectors where it has no variances."""
    container = read_container(path)
    kind = DensityVectors if "variance" in container.tensors else KeyedVectors
    return kind.from_container(container, os.fspath(path))
