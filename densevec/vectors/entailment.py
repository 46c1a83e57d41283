"""'a entails b' as one number for a pair of densities, and the bound that few random pairs reach."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from densevec._random import generator
from densevec.densities import kl_divergence

FloatArray = npt.NDArray[np.float64]
RANDOM_SHARE = 0.01  # of random pairs of words that pass the bound


def entailment_scores(
    mean_a: FloatArray, log_variance_a: FloatArray, mean_b: FloatArray, log_variance_b: FloatArray
) -> FloatArray:
    """−KL(a‖b) in nats: the higher, the more a entails b; 0 at most.

    Shapes as in ``densevec.densities.divergences``: (..., d) means, (..., d) or (..., 1) log variances.
    It is high when the narrow a lies inside the broad b (Vilnis & McCallum 2015).
    """
    scores: FloatArray = -kl_divergence(mean_a, log_variance_a, mean_b, log_variance_b)
    return scores


def random_pair_bound(
    score_rows: Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64]], FloatArray],
    num_words: int,
    seed: int,
    num_pairs: int,
) -> float:
    """The score that 1 % of random ordered pairs of different words reach, words drawn uniformly."""
    random = generator(seed, "entailment bound")
    first = random.integers(num_words, size=num_pairs)
    second = (first + random.integers(1, num_words, size=num_pairs)) % num_words  # never the word itself
    return float(np.quantile(score_rows(first, second), 1 - RANDOM_SHARE, method="higher"))
