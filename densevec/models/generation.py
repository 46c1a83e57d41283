"""Drawing words from what a model says may come next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from densevec._validation import Interval, Rule, check_parameters
from densevec.errors import ParameterError

_RULES: dict[str, Rule] = {
    "length": Interval(int, 0),
    "temperature": Interval(float, 0),
    "top_k": Interval(int, 1, optional=True),
    "top_p": Interval(float, 0, 1, open_low=True, optional=True),
    "seed": Interval(int, 0, optional=True),
}


class Sampling(NamedTuple):
    """How words are drawn: what ``LanguageModel.generate`` says of its parameters."""

    length: int
    temperature: float
    top_k: int | None
    top_p: float | None
    seed: int | None

    def check(self) -> None:
        """ParameterError for a value that breaks its rule."""
        check_parameters(self._asdict(), _RULES)


def ranking(log_probs: np.ndarray, topn: int | None) -> np.ndarray:
    """The rows of the ``topn`` highest values, the highest first; of equal ones the one that stands first."""
    return np.argsort(-log_probs, kind="stable")[:topn]


def ranked_words(words: Sequence[str], log_probs: np.ndarray, topn: int | None) -> list[tuple[str, float]]:
    """The ``topn`` most probable words with their probabilities, the most probable first."""
    values = np.asarray(log_probs, np.float64)
    return [(words[row], float(np.exp(values[row]))) for row in ranking(values, topn)]


def sharpened(log_probs: np.ndarray, sampling: Sampling) -> np.ndarray:
    """The probabilities that words are drawn by, float64 (V,), of log P (V,): P^(1/temperature), made to sum to 1.

    Of them ``top_k`` keeps the k most probable words, and ``top_p`` the fewest whose sum, the most probable first, is
    at least p; a temperature of 0 the most probable one alone.

    >>> sharpened(np.log([0.2, 0.5, 0.3]), Sampling(1, 1.0, 2, None, None)).round(3).tolist()
    [0.0, 0.625, 0.375]
    """
    values = np.asarray(log_probs, np.float64)
    result = np.zeros(len(values))
    if sampling.temperature == 0:
        result[ranking(values, 1)] = 1.0
        return result
    order = ranking(values, sampling.top_k)
    with np.errstate(over="ignore"):  # a temperature of almost 0
        share = np.exp((values[order] - values[order[0]]) / sampling.temperature)
    share /= share.sum()
    if sampling.top_p is not None:
        before = np.cumsum(share) - share
        order, share = order[before < sampling.top_p], share[before < sampling.top_p]
    result[order] = share / share.sum()
    return result


def draw_words(
    next_log_probs: Callable[[np.ndarray], np.ndarray],
    history: np.ndarray,
    never: int | None,
    end: int,
    sampling: Sampling,
    random: np.random.Generator,
) -> np.ndarray:
    """The words that go on after a history, int32, drawn one after the other until ``end`` or the length is reached.

    next_log_probs : log P (V,) of all words after a history int32 (t,)
    never : a word that is not drawn, or None

    Errors: ParameterError where ``never`` is all that can come next.
    """
    start = len(history)
    while len(history) - start < sampling.length:
        log_probs = np.array(next_log_probs(history), np.float64)
        if never is not None:
            log_probs[never] = -np.inf
        if not np.isfinite(log_probs.max()):
            raise ParameterError("unknown must be True where nothing but unknown words can come next, got False")
        cumulative = np.cumsum(sharpened(log_probs, sampling))
        row = int(np.searchsorted(cumulative, random.random() * cumulative[-1], side="right"))
        if row == end:
            break
        history = np.append(history, np.int32(row))
    return history[start:]
