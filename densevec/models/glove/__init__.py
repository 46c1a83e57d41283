"""GloVe: word vectors whose products are the logarithms of how often words stand near each other."""

from densevec.models.glove.estimator import GloVe

__all__ = ["GloVe"]
