"""Words as Gaussians, or mixtures of them, by max margin."""

from densevec.models.density_word2vec.estimator import DensityWord2Vec

__all__ = ["DensityWord2Vec"]
