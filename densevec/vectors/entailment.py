"""'a entails b' as one number for a pair of densities, what is close enough, and the random pairs that tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._random import generator
from densevec.densities import Measure, kl_divergence
from densevec.densities.products import kl_first_features, kl_first_term, kl_second_features
from densevec.formats.table import CLOSENESS
from densevec.vectors._arguments import as_number

FloatArray = npt.NDArray[np.float64]
NEARNESS_SCALE = 0.5  # of log KL, by which the odds of closeness grow e-fold
CONTRAST_POWER = 1.5
CONTRAST_SCALE = 0.3  # of contrast, likewise
DIRECTION_SCALE = 0.1  # of standard deviations of specificity, by which those of a direction do
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
) -> tuple[FloatArray, FloatArray]:
    """``entailment_scores`` of (a, b) and of (b, a), from two divergences; shapes as there."""
    gain = _half_entropy_gain(mean_a, log_variance_a, log_variance_b)
    there = kl_divergence(mean_a, log_variance_a, mean_b, log_variance_b)
    back = kl_divergence(mean_b, log_variance_b, mean_a, log_variance_a)
    return gain - there, -gain - back


def _half_entropy_gain(mean: FloatArray, log_variance_a: FloatArray, log_variance_b: FloatArray) -> FloatArray:
    """½ (H(b) − H(a)) of d dimensions, those of ``mean``."""
    repeats = mean.shape[-1] // log_variance_a.shape[-1], mean.shape[-1] // log_variance_b.shape[-1]
    gain: FloatArray = 0.25 * (log_variance_b.sum(-1) * repeats[1] - log_variance_a.sum(-1) * repeats[0])
    return gain


def log_nearness(
    mean_a: FloatArray, log_variance_a: FloatArray, mean_b: FloatArray, log_variance_b: FloatArray
) -> FloatArray:
    """−log KL(a‖b), KL in nats; shapes as in ``entailment_scores``."""
    return -_log(kl_divergence(mean_a, log_variance_a, mean_b, log_variance_b))


def mirror_contrast(
    mean_a: FloatArray, log_variance_a: FloatArray, mean_b: FloatArray, log_variance_b: FloatArray
) -> FloatArray:
    """log KL(a‖b′) − 3/2 log KL(a‖b), where b′ is b mirrored at the origin; shapes as in ``entailment_scores``.

    b′ is as broad as b and as far out, and has nothing to do with a.  So log KL(a‖b′) − log KL(a‖b) tells near words
    from unrelated ones alike for broad and narrow, frequent and rare ones, whose divergences differ many times over:
    it is 0 for two words in directions that have nothing to do with one another.  The other half of log KL(a‖b) counts
    in that b is near as such, as a word near the origin, mirrored to where it was, is to all.
    """
    there = kl_divergence(mean_a, log_variance_a, mean_b, log_variance_b)
    mirrored = kl_divergence(mean_a, log_variance_a, -mean_b, log_variance_b)
    return _log(mirrored) - CONTRAST_POWER * _log(there)


def _log(divergence: FloatArray) -> FloatArray:
    logs: FloatArray = np.log(np.maximum(divergence, 1e-300))
    return logs


def _as_measures(name: str, function: Any) -> tuple[Measure, Measure]:
    return (
        Measure(f"{name}_from_query", function, query_first=True, is_similarity=True),
        Measure(f"{name}_to_query", function, query_first=False, is_similarity=True),
    )


_NEARNESS, _CONTRAST = _as_measures("log_nearness", log_nearness), _as_measures("mirror_contrast", mirror_contrast)


@dataclass(frozen=True)
class Closeness:
    """When two densities are close enough for the first to entail the second.

    Attributes
    ----------
    bound : KL(a‖b) is at most so many nats; None where the contrast decides
    contrast : ``mirror_contrast`` is at least so much; None where the bound decides
    """

    bound: float | None = None
    contrast: float | None = None

    def measure(self, *, is_narrow: bool = True) -> Measure:
        """The score that decides, as a measure: of a query that is the narrow word, or the broad one."""
        return (_CONTRAST if self.bound is None else _NEARNESS)[0 if is_narrow else 1]

    def log_odds(self, score: Any) -> Any:
        """Log odds that pairs with such scores are close."""
        if self.bound is None:
            return (score - self.contrast) / CONTRAST_SCALE
        return (score + np.log(max(self.bound, 1e-300))) / NEARNESS_SCALE

    def limit(self, mirrored: Any) -> Any:
        """What KL(a‖b) may be at most where KL(a‖b′) is ``mirrored``, in nats."""
        if self.contrast is None:
            return self.bound
        return (mirrored * np.exp(-self.contrast)) ** (1 / CONTRAST_POWER)


def as_closeness(bound: Any = None, contrast: Any = None) -> Closeness | None:
    """What a bound or a contrast, each a finite number or None, says is close; None if neither is given."""
    given = as_number("entailment_bound", bound), as_number("entailment_contrast", contrast)
    return None if given == (None, None) else Closeness(*given)


def closeness_in(metadata: Mapping[str, Any]) -> Closeness | None:
    """The same, as a file says it."""
    return as_closeness(*(metadata.get(key) for key in CLOSENESS))


def closeness_metadata(closeness: Closeness | None) -> dict[str, float | None]:
    """What a file says of it."""
    values = (None, None) if closeness is None else (closeness.bound, closeness.contrast)
    return dict(zip(CLOSENESS, values, strict=True))


def density_log_odds(advantage: Any, told: Any, closeness: Any) -> Any:
    """Log odds that a entails b by their densities alone: the lesser of those of closeness and of direction.

    Direction is what a entails b more than b entails a (``advantage``, nats); where something is known of how much the
    two words tell of their contexts (``told`` is not nan) ``specificity_gain`` decides instead, in units of
    DIRECTION_SCALE.
    """
    direction = np.where(np.isnan(told), advantage, told / DIRECTION_SCALE)
    odds = np.minimum(closeness, direction)
    return np.where(direction > 0, odds, np.minimum(odds, -1e-9))  # a tie tells no direction


def random_pairs(num_words: int, seed: int, num_pairs: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows of random ordered pairs of different words, drawn uniformly from the vocabulary; all, if that is no more."""
    if num_words * (num_words - 1) <= num_pairs:
        first, second = np.nonzero(~np.eye(num_words, dtype=bool))
        return first, second
    random = generator(seed, "entailment bound")
    first = random.integers(num_words, size=num_pairs)
    second = (first + random.integers(1, num_words, size=num_pairs)) % num_words  # never the word itself
    return first, second


def close_pairs(
    mean: FloatArray, log_variance: FloatArray, closeness: Closeness
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """All ordered pairs (i, j), i ≠ j, of n densities that may be close: some too many, none less.

    One matrix product gives the divergences from all words to the mirrored others, another those to the others
    themselves, and one of absolute values how far rounding may have moved them.
    """
    first, second = kl_first_features(mean, log_variance), kl_second_features(mean, log_variance)
    mirrored = kl_second_features(-mean, log_variance)
    term = kl_first_term(log_variance, mean.shape[-1])
    rounding = (first.shape[-1] + 64) * 2.0**-52
    found = []
    for begin in range(0, len(mean), _ROWS_AT_ONCE):
        part = slice(begin, begin + _ROWS_AT_ONCE)
        with np.errstate(all="ignore"):  # what overflows is kept
            errors = rounding * (np.abs(first[part]) @ np.abs(second).T + np.abs(term[part, None]))
            limits = closeness.limit(first[part] @ mirrored.T + term[part, None] + errors)
            divergences = first[part] @ second.T + term[part, None] - errors
            rows, columns = np.nonzero(~(divergences > limits))
        is_pair = rows + begin != columns
        found.append((rows[is_pair] + begin, columns[is_pair]))
    if not found:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    one, other = zip(*found, strict=True)
    return np.concatenate(one), np.concatenate(other)
