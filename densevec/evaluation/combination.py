"""Several completers together: a weighted sum of their scores, the weights fitted on questions with known answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from densevec._roles import as_numbers
from densevec.densities.lengths import fitting
from densevec.errors import ParameterError
from densevec.evaluation._protocols import FloatArray
from densevec.evaluation.completion import as_answers, judge

_PENALTY = 1e-3  # on the squares of the weights, for each question: finite weights where a scorer makes no error
_REST = 0.01  # the weights that the penalty pulls to: equal ones, and not 0, where the questions say nothing


@dataclass(frozen=True)
class CombinationResult:
    """Accuracy of a combination over all questions, each answered with weights fitted without it.

    halves : accuracy on the first, third, ... questions (weights fitted on the others), and on the others
    weights : the weights used on either half
    chosen : the number chosen in each question
    """

    accuracy: float
    items: int
    halves: tuple[float, float]
    weights: tuple[tuple[float, ...], tuple[float, ...]]
    chosen: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "accuracy": self.accuracy,
            "items": self.items,
            "halves": list(self.halves),
            "weights": [list(weights) for weights in self.weights],
        }


def standardise(scores: Sequence[FloatArray]) -> list[FloatArray]:
    """z = (s − mean of the question) / (root mean square of such differences over all questions).

    One scale for all questions of a scorer, so that a question about which it is sure counts for more.  A choice that
    it does not know (−∞) first gets the least score of the question's others; questions without any known one are 0.
    """
    centred = []
    for values in scores:
        known = np.isfinite(values)
        filled = np.where(known, values, values[known].min() if known.any() else 0.0)
        centred.append(filled - filled.mean())
    if not centred:
        return []
    together = fitting(np.concatenate(centred))
    scale = np.sqrt(np.mean(together**2))
    return np.split(together / scale if scale > 0 else together, np.cumsum([len(values) for values in centred])[:-1])


def check_weights(weights: Iterable[float], number: int) -> list[float]:
    """So many finite numbers, one for each completer, and not all 0; else ParameterError."""
    numbers = as_numbers(weights, "weights")
    if numbers.shape != (number,) or not np.isfinite(numbers).all() or not numbers.any():
        raise ParameterError(
            f"weights must be {number} finite numbers, one for each file or model, and not all 0, got "
            f"{numbers.tolist()}"
        )
    return [float(weight) for weight in numbers]


def combine(scores: Sequence[Sequence[FloatArray]], weights: Iterable[float]) -> list[FloatArray]:
    """Σ_m weights[m] · z_m of every question's choices; ``scores[m]`` are those of completer m, standardised first."""
    return _weighted(scores, check_weights(weights, len(scores)))


def _weighted(scores: Sequence[Sequence[FloatArray]], weights: Sequence[float]) -> list[FloatArray]:
    tables = [standardise(each) for each in scores]
    return [
        sum((w * z for w, z in zip(weights, values, strict=True)), np.zeros(len(values[0])))
        for values in zip(*tables, strict=True)
    ]


def fit_weights(scores: Sequence[Sequence[FloatArray]], answers: Sequence[int]) -> FloatArray:
    """The weights (M,) that make the right choices likeliest: max Σ_q log softmax_choices(Σ_m w_m z_m)[answer].

    The conditional logit model (McFadden 1974), maximised by L-BFGS with a penalty of 0.001 |w − 0.01|² a question:
    scorers of which the questions say nothing (they know no choice, or find all alike) have equal small weights.

    >>> scores = [[np.array([1.0, 0.0]), np.array([0.0, 2.0])], [np.array([0.3, 0.1]), np.array([0.2, 0.1])]]
    >>> first, second = fit_weights(scores, [0, 1])
    >>> bool(first > second)
    True
    """
    from scipy.optimize import minimize  # slow to import, and no query needs it

    tables = [standardise(each) for each in scores]
    stacked = [np.stack(values) for values in zip(*tables, strict=True)]  # (M, C) of every question

    def cost(weights: FloatArray) -> tuple[float, FloatArray]:
        pull = _PENALTY * len(stacked) * (weights - _REST)
        loss, gradient = pull @ (weights - _REST), 2 * pull
        for values, answer in zip(stacked, answers, strict=True):
            total = weights @ values
            log_normaliser = np.logaddexp.reduce(total)
            loss += log_normaliser - total[answer]
            gradient = gradient + values @ np.exp(total - log_normaliser) - values[:, answer]
        return float(loss), gradient

    closely = {"ftol": 1e-14, "gtol": 1e-9}  # the signs of small weights are right
    found: FloatArray = minimize(cost, np.ones(len(scores)), jac=True, method="L-BFGS-B", options=closely).x
    return found


def evaluate_combination(scores: Sequence[Sequence[FloatArray]], answers: Iterable[int]) -> CombinationResult:
    """Accuracy of the weighted combination of several completers' scores, never on questions it was fitted on.

    ``scores[m]`` is ``choice_scores`` of completer m.  Weights are fitted on the second, fourth, ... questions and used
    on the first, third, ..., and the other way round.

    Errors: ParameterError for fewer than two questions, no scores, or those of other questions.
    """
    sizes = {len(each) for each in scores}
    if len(sizes) != 1:
        raise ParameterError(f"scores must be of the same questions for every completer, got {sorted(sizes)} questions")
    right = as_answers(answers, scores[0])
    if len(right) < 2:
        raise ParameterError(f"questions must be at least 2 to fit weights on half of them, got {len(right)}")
    chosen = np.zeros(len(right), dtype=np.int64)
    halves, weights = [], []
    for tested in (slice(0, None, 2), slice(1, None, 2)):
        fitted = slice(1 - tested.start, None, 2)
        found = fit_weights([each[fitted] for each in scores], right[fitted])
        result = judge(_weighted([each[tested] for each in scores], found.tolist()), right[tested])
        chosen[tested] = result.chosen
        halves.append(result.accuracy)
        weights.append(tuple(found.tolist()))
    accuracy = float(np.mean(chosen == np.asarray(right)))
    return CombinationResult(
        accuracy, len(right), (halves[0], halves[1]), (weights[0], weights[1]), tuple(chosen.tolist())
    )
