"""'a entails b' as one number for a pair of densities, and the random pairs that tell what is close."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._random import generator
from densevec.densities import Measure, kl_divergence
from densevec.densities.products import kl_first_features, kl_first_term, kl_second_features

FloatArray = npt.NDArray[np.float64]
CLOSENESS_SCALE = 0.5  # of log KL, by which the odds of closeness grow e-fold
DIRECTION_SCALE = 0.1  # of standard deviations of specificity, likewise
_ROWS_AT_ONCE = 2**10


def entailment_scores(
    mean_a: FloatArray, log_variance_a: FloatArray, mean_b: FloatArray, log_variance_b: FloatArray
) -> FloatArray:
    """E_a[log b] + ½ (H(a) + H(b)) = −KL(a‖b) + ½ (H(b) − H(a)), in nats: the higher, the more a entails b.

    How well b covers a, E_a[log b], measured against how well each covers itself, −H(a) and −H(b): 0 for a = b, above
    0 where b is broader than a and about the same place, far below 0 for unrelated words.  The first term alone,
    −KL(a‖b) (Vilnis & McCallum 2015), is highest for two words that mean the same; half the difference of entropies
    makes a more general b count for more than an equal one.  Which of two directions is higher is decided by
    KL(a‖b) < KL(b‖a) and H(a) < H(b), which for spherical densities is one and the same question.

    Shapes as in ``densevec.densities.divergences``: (..., d) means, (..., d) or (..., 1) log variances.
    """
    divergence = kl_divergence(mean_a, log_variance_a, mean_b, log_variance_b)
    scores: FloatArray = _half_entropy_gain(mean_a, log_variance_a, log_variance_b) - divergence
    return scores


# As measures, by which rows are scored: how much the query entails a word, and how much a word entails the query.
ENTAILMENT_FROM_QUERY = Measure("entailment", entailment_scores, query_first=True, is_similarity=True)
ENTAILMENT_TO_QUERY = Measure("entailment", entailment_scores, query_first=False, is_similarity=True)


def both_ways(
    mean_a: FloatArray, log_variance_a: FloatArray, mean_b: FloatArray, log_variance_b: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """``entailment_scores`` of (a, b) and of (b, a), and KL(a‖b), from two divergences; shapes as there."""
    gain = _half_entropy_gain(mean_a, log_variance_a, log_variance_b)
    there = kl_divergence(mean_a, log_variance_a, mean_b, log_variance_b)
    back = kl_divergence(mean_b, log_variance_b, mean_a, log_variance_a)
    return gain - there, -gain - back, there


def _half_entropy_gain(mean: FloatArray, log_variance_a: FloatArray, log_variance_b: FloatArray) -> FloatArray:
    """½ (H(b) − H(a)) of d dimensions, those of ``mean``."""
    repeats = mean.shape[-1] // log_variance_a.shape[-1], mean.shape[-1] // log_variance_b.shape[-1]
    gain: FloatArray = 0.25 * (log_variance_b.sum(-1) * repeats[1] - log_variance_a.sum(-1) * repeats[0])
    return gain


def density_log_odds(advantage: Any, told: Any, divergence: Any, bound: float) -> Any:
    """Log odds that a entails b by their densities alone: the lesser of those of closeness and of direction.

    Closeness is (log bound − log KL(a‖b)) / CLOSENESS_SCALE.  Direction is what a entails b more than b entails a
    (``advantage``, nats), where something is known of how much the two words tell of their contexts (``told`` is not
    nan) ``specificity_gain`` decides instead, in units of DIRECTION_SCALE.
    """
    closeness = (np.log(max(bound, 1e-300)) - np.log(np.maximum(divergence, 1e-300))) / CLOSENESS_SCALE
    direction = np.where(np.isnan(told), advantage, told / DIRECTION_SCALE)
    odds = np.minimum(closeness, direction)
    return np.where(direction > 0, odds, np.minimum(odds, -1e-9))  # a tie tells no direction


def random_pairs(num_words: int, seed: int, num_pairs: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows of random ordered pairs of different words, drawn uniformly from the vocabulary."""
    random = generator(seed, "entailment bound")
    first = random.integers(num_words, size=num_pairs)
    second = (first + random.integers(1, num_words, size=num_pairs)) % num_words  # never the word itself
    return first, second


def pairs_within(
    mean: FloatArray, log_variance: FloatArray, bound: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """All ordered pairs (i, j), i ≠ j, of n densities whose KL(i‖j) may be at most ``bound``: some too many, none less

    One matrix product gives all divergences, a second one, of absolute values, how far rounding may have moved them.
    """
    first, second = kl_first_features(mean, log_variance), kl_second_features(mean, log_variance)
    term = kl_first_term(log_variance, mean.shape[-1])
    rounding = (first.shape[-1] + 64) * 2.0**-52
    found = []
    for begin in range(0, len(mean), _ROWS_AT_ONCE):
        part = slice(begin, begin + _ROWS_AT_ONCE)
        with np.errstate(all="ignore"):  # what overflows is kept
            divergences = first[part] @ second.T + term[part, None]
            errors = rounding * (np.abs(first[part]) @ np.abs(second).T + np.abs(term[part, None]))
            rows, columns = np.nonzero(~(divergences - errors > bound))
        is_pair = rows + begin != columns
        found.append((rows[is_pair] + begin, columns[is_pair]))
    if not found:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    one, other = zip(*found, strict=True)
    return np.concatenate(one), np.concatenate(other)
