"""What makes two words a phrase: scores of their counts, by name or as a function of one's own."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec.errors import ParameterError, ParameterTypeError

Counts = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Scoring = Callable[..., float]


class Counted(NamedTuple):
    """Of k candidates: how often the first word came, the last, and both, each (k,); and of the text as a whole."""

    worda_count: Counts
    wordb_count: Counts
    bigram_count: Counts
    len_vocab: int
    min_count: float
    corpus_word_count: int


def original_score(counted: Counted) -> FloatArray:
    """(c − min_count) / (c_a c_b) · V, (k,) (Mikolov et al. 2013)."""
    product = counted.worda_count.astype(np.float64) * counted.wordb_count
    return (counted.bigram_count - counted.min_count) / product * counted.len_vocab


def npmi_score(counted: Counted) -> FloatArray:
    """log(p / (p_a p_b)) / −log p, (k,), with p = c / N; −∞ for c < min_count (Bouma 2009).

    A text that is nothing but the candidate has p = 1: its score is the limit, 1.
    """
    total = float(counted.corpus_word_count)
    a, b, both = (part / total for part in counted[:3])
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.log(both / (a * b)) / -np.log(both)
    scores = np.where(both == 1, 1.0, scores)
    return np.where(counted.bigram_count >= counted.min_count, scores, -np.inf)


SCORES: dict[str, Callable[[Counted], FloatArray]] = {"default": original_score, "npmi": npmi_score}


def scores_of(scoring: str | Scoring, counted: Counted) -> FloatArray:
    """The scores (k,) of candidates, by the name of a score, or by a function that is asked about one at a time."""
    if isinstance(scoring, str):
        return SCORES[scoring](counted)
    whole: dict[str, Any] = dict(zip(Counted._fields[3:], counted[3:], strict=True))
    each = zip(*(part.tolist() for part in counted[:3]), strict=True)
    scores = [scoring(**dict(zip(Counted._fields[:3], row, strict=True)), **whole) for row in each]
    for place, score in enumerate(scores):
        if not _is_number(score) or float(score) == np.inf:
            error = ParameterError if _is_number(score) else ParameterTypeError
            counts = tuple(int(part[place]) for part in counted[:3])
            raise error(f"scoring must give a number below infinity, got {score!r:.80} for the counts {counts}")
    return np.array([float(score) for score in scores], dtype=np.float64)


def _is_number(score: Any) -> bool:
    return isinstance(score, Real) or (np.ndim(score) == 0 and getattr(score, "dtype", np.dtype(object)).kind in "fiu")
