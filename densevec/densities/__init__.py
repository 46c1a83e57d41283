"""Gaussian densities, their divergences by name and direction, and matrix-product forms (no torch needed)."""

from densevec.densities.divergences import (
    MEASURES,
    Measure,
    bhattacharyya,
    cosine,
    expected_likelihood,
    get_measure,
    hellinger,
    jeffreys,
    kl_divergence,
    measure,
    wasserstein2,
)
from densevec.densities.gaussian import Gaussian
from densevec.densities.quadratic_forms import quadratic_form_cdf

__all__ = [
    "MEASURES",
    "Gaussian",
    "Measure",
    "bhattacharyya",
    "cosine",
    "expected_likelihood",
    "get_measure",
    "hellinger",
    "jeffreys",
    "kl_divergence",
    "measure",
    "quadratic_form_cdf",
    "wasserstein2",
]
