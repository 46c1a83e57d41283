"""Where the densities of DensityWord2Vec start."""

from __future__ import annotations

import math

from densevec.models.density_word2vec.parameters import DensityParameters

INITIAL_NORM = 0.3  # of a mean, about: new words lie close together, and their energies differ little
INITIAL_PRECISION = 1.0  # of an energy, in its mean: 1/s for KL, 1/(2s) for the expected likelihood


def initial_bound(dim: int) -> float:
    """Means start uniform in ± this, so that their norm is about ``INITIAL_NORM``."""
    return float(INITIAL_NORM * (3 / dim) ** 0.5)


def log_bounds(settings: DensityParameters) -> tuple[float, float]:
    """Bounds of log variances."""
    return math.log(settings.min_variance), math.log(settings.max_variance)


def initial_log_variance(settings: DensityParameters) -> float:
    """Variances start where both energies are equally steep in the means, or at the bound that is nearest."""
    low, high = log_bounds(settings)
    variance = 1 / INITIAL_PRECISION if settings.energy == "kl" else 0.5 / INITIAL_PRECISION
    return min(max(math.log(variance), low), high)
