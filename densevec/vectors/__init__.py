"""Word vectors and word densities, and everything one can ask of them (no torch needed)."""

import os

from densevec.formats import Container
from densevec.vectors.density_vectors import DensityVectors
from densevec.vectors.entailment_graph import EntailmentGraph
from densevec.vectors.keyed_vectors import KeyedVectors
from densevec.vectors.mixture_vectors import MixtureVectors
from densevec.vectors.subword_vectors import SubwordDensityVectors, SubwordVectors
from densevec.vectors.uncertainty import WordInContext

__all__ = [
    "DensityVectors",
    "EntailmentGraph",
    "KeyedVectors",
    "MixtureVectors",
    "Sense",
    "SubwordDensityVectors",
    "SubwordVectors",
    "WordInContext",
    "load_vectors",
    "vectors_from_container",
]

Sense = WordInContext  # as it was called before texts had senses, ``densevec.Sense``


def load_vectors(path: str | os.PathLike[str]) -> KeyedVectors:
    """The vectors of a file, mapped, of the class it holds."""
    return KeyedVectors.load(path)


def vectors_from_container(container: Container, origin: str) -> KeyedVectors:
    """The vectors of an opened file, of the class it holds; ``origin`` names it in errors."""
    return KeyedVectors.from_container(container, origin)
