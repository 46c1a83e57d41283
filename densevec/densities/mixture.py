"""Mixtures of Gaussians: how a score of two of them is made of the scores of all pairs of their components.

For most measures it is the score of the nearest pair, the one that scores highest (Athiwaratkun & Wilson 2017), of the
components whose weight is not 0.  A measure that has a form of its own for mixtures enters it by ``mixture_form``.  One
Gaussian is a mixture of one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec.densities.divergences import Measure

FloatArray = npt.NDArray[np.float64]
Form = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


class Components(NamedTuple):
    """K components of a density, or of each of many: means (..., K, d), log variances (..., K, 1 or d), log weights
    (..., K); float64."""

    mean: FloatArray
    log_variance: FloatArray
    log_weight: FloatArray


_forms: dict[str, Form] = {}


def mixture_form(name: str) -> Callable[[Form], Form]:
    """Register how the measure of that name scores mixtures, given the scores (..., K, L) of pairs and log weights."""

    def register(form: Form) -> Form:
        _forms[name] = form
        return form

    return register


def takes_nearest_pair(measure: Measure) -> bool:
    """Whether the score of two mixtures is that of their nearest pair of components."""
    return measure.name not in _forms


def mixture_scores(measure: Measure, query: Components, words: Components) -> FloatArray:
    """Scores of words for a query by a measure, (...): higher is closer; leading axes broadcast.

    Examples
    --------
    >>> from densevec.densities import get_measure
    >>> one = Components(np.zeros((1, 2)), np.zeros((1, 1)), np.zeros(1))
    >>> two = Components(np.array([[0.0, 1.0], [0.0, 5.0]]), np.zeros((2, 1)), np.log([0.5, 0.5]))
    >>> float(mixture_scores(get_measure("kl_from_query"), one, two))
    -0.5
    """
    scores = measure.score(*every_pair(query, words))  # (..., K, L)
    return _forms.get(measure.name, _nearest_pair)(scores, query.log_weight, words.log_weight)


def every_pair(first: Components, second: Components) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Means and log variances of both, so shaped that a divergence of them is one of all pairs, (..., K, L)."""
    return (
        first.mean[..., :, None, :],
        first.log_variance[..., :, None, :],
        second.mean[..., None, :, :],
        second.log_variance[..., None, :, :],
    )


def _nearest_pair(scores: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    are_there = [np.isfinite(log_weight) for log_weight in (first, second)]
    if not all(each.all() for each in are_there):  # a component of weight 0 is none
        scores = np.where(are_there[0][..., :, None] & are_there[1][..., None, :], scores, -np.inf)
    best: FloatArray = scores.max((-2, -1))
    return best


@mixture_form("expected_likelihood")
def _expected_likelihood(scores: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    """log Σ_k Σ_l weight_k weight_l ∫ N_k N_l, exactly that of the mixtures."""
    weighted = scores + first[..., :, None] + second[..., None, :]
    total: FloatArray = np.logaddexp.reduce(weighted.reshape(*weighted.shape[:-2], -1), -1)
    return total


def moments(
    mean: npt.NDArray[Any], variance: npt.NDArray[Any], weight: npt.NDArray[Any]
) -> tuple[FloatArray, FloatArray]:
    """Mean (n, d) and variance, (n,) or (n, d), of whole mixtures with means (n, K, d) and weights (n, K).

    m = Σ_k w_k m_k and s = Σ_k w_k (s_k + (m_k − m)²), with variances (n, K) averaged over the dimensions.
    """
    share = weight[:, :, None].astype(np.float64)
    centre = (share * mean).sum(1)
    spread = (share * (mean - centre[:, None]) ** 2).sum(1)  # (n, d)
    if variance.ndim == 2:
        return centre, (share[:, :, 0] * variance).sum(1) + spread.mean(1)
    return centre, (share * variance).sum(1) + spread
