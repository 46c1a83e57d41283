"""Small densities for the tests, and the brute force they are compared with."""

import numpy as np

from densevec.densities import get_measure
from densevec.vectors import DensityVectors


def densities(num_words=300, dim=8, *, is_spherical=True, seed=0, low=0.1, high=2.0, scale=1.0):
    """Words w0, w1, ... with normal means and variances log-uniform between ``low`` and ``high``."""
    random = np.random.default_rng(seed)
    shape = num_words if is_spherical else (num_words, dim)
    return DensityVectors(
        [f"w{row}" for row in range(num_words)],
        random.normal(size=(num_words, dim)) * scale,
        np.exp(random.uniform(np.log(low), np.log(high), shape)),
        np.arange(num_words)[::-1],
    )


def brute_force(vectors, mean, log_variance, measure):
    """Float64 scores of every word by the measure's formula, no blocks, no products."""
    variance = vectors.variances.astype(np.float64)
    log_variances = np.log(variance[:, None] if variance.ndim == 1 else variance)
    return get_measure(measure).score(mean, log_variance, vectors.vectors.astype(np.float64), log_variances)


def ranking(scores, topn, excluded=()):
    order = np.lexsort((np.arange(len(scores)), -scores))
    return [int(row) for row in order if row not in excluded][:topn]
