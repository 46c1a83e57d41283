"""Word vectors and word densities, and everything one can ask of them (no torch needed)."""

from densevec.vectors.density_vectors import DensityVectors
from densevec.vectors.keyed_vectors import KeyedVectors

__all__ = ["DensityVectors", "KeyedVectors"]
