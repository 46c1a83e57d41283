"""Word errors: how far hypotheses are from what was said, and the weight of their scores that makes them fewest."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from densevec._validation import check_parameters
from densevec.corpus.nbest import RULES, NBestList, Scorer, as_lists, heights, language_scores
from densevec.corpus.roles import as_sentences
from densevec.errors import ParameterError

_NARROW, _ROUNDING = 1e-6, 1e-9  # relative: ranges that are none, as rounding alone may make them; weights that are one


@dataclass(frozen=True)
class TunedWeight:
    """The weight of the scores with the fewest word errors, and that word error rate.

    ``first`` is the rate of the hypotheses that stand first, ``best`` that of the least wrong of each list: no weight
    can be better.
    """

    weight: float
    word_error_rate: float
    first: float
    best: float


def edit_distance(reference: Iterable[str], words: Iterable[str]) -> int:
    """The fewest insertions, deletions and substitutions of words that make one of the other (Levenshtein 1966).

    >>> edit_distance(["the", "kiwi", "sleeps"], ["a", "kiwi"])
    2
    """
    reference, words = list(reference), list(words)
    row = list(range(len(words) + 1))
    for i, wanted in enumerate(reference, 1):
        diagonal, row[0] = row[0], i
        for j, word in enumerate(words, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (wanted != word))
    return row[-1]


def word_error_rate(references: Sequence[Sequence[str]], hypotheses: Sequence[Sequence[str]]) -> float:
    """Σ edit distances / Σ words of the references, as a fraction.

    Errors: ParameterError when they are not equally many, or the references have no words.
    """
    references, hypotheses = as_sentences(references, "reference"), as_sentences(hypotheses, "hypothesis")
    num_words = sum(map(len, references))
    if len(references) != len(hypotheses) or num_words == 0:
        raise ParameterError(
            f"references must have words and be as many as the hypotheses, got {len(references)} with {num_words} "
            f"words for {len(hypotheses)}"
        )
    return sum(itertools.starmap(edit_distance, zip(references, hypotheses, strict=True))) / num_words


def tune_weight(
    model: Scorer, lists: Sequence[NBestList], references: Sequence[Sequence[str]], *, length_bonus: float = 0.0
) -> TunedWeight:
    """The weight of the scores that has the fewest word errors on lists whose right words are known.

    The search is exact (Och 2003): as the weight grows from 0, the best hypothesis of a list changes where two lines
    weight · score + log P cross; between those places the number of errors is constant.  Of equally good ranges the
    widest (in the logarithm of the weight) is taken, and its middle.

    Errors: ParameterError when there is not one reference for each list, or no word in any, for a list without
    hypotheses, and for numbers that are not finite.
    """
    check_parameters({"length_bonus": length_bonus}, RULES)
    references, lists = as_sentences(references, "reference"), as_lists(lists)
    if len(references) != len(lists):
        raise ParameterError(f"references must be one for each of the {len(lists)} lists, got {len(references)}")
    first = word_error_rate(references, [each.hypotheses[0].words for each in lists])
    changes: list[tuple[float, int]] = []  # weight at which the number of errors changes, and by how much
    errors = fewest = 0
    for each, log_probs, reference in zip(lists, language_scores(model, lists), references, strict=True):
        wrong = [edit_distance(reference, h.words) for h in each.hypotheses]
        slopes = [h.score for h in each.hypotheses]
        best = _upper_envelope(slopes, heights(each, log_probs, length_bonus))
        errors += wrong[best[0][1]]
        fewest += min(wrong)
        changes += [(weight, wrong[now] - wrong[before]) for (_, before), (weight, now) in itertools.pairwise(best)]
    weight, least = _best_weight(errors, sorted(changes))
    num_words = sum(map(len, references))
    return TunedWeight(weight, least / num_words, first, fewest / num_words)


def _upper_envelope(slopes: Sequence[float], heights: Sequence[float]) -> list[tuple[float, int]]:
    """(x from which on it is the highest, number) of the lines that are so for some x ≥ 0.

    Lines at −∞, of what the model takes to be impossible, are below all others; if all are, the first is taken.
    """
    known = [i for i, height in enumerate(heights) if height > -math.inf] or [0]
    now = max(known, key=lambda i: (heights[i], slopes[i]))
    x, result = 0.0, [(0.0, now)]
    while True:
        crossings = [
            (max((heights[now] - heights[i]) / (slopes[i] - slopes[now]), x), -slopes[i], i)
            for i in known
            if slopes[i] > slopes[now]
        ]
        if not crossings:
            return result
        x, _, now = min(crossings)
        result.append((x, now))


def _best_weight(errors: int, changes: Sequence[tuple[float, int]]) -> tuple[float, int]:
    """The middle of the widest range with the fewest errors, and how many they are."""
    places = [0.0, *(weight for weight, _ in changes), math.inf]
    numbers = itertools.accumulate((change for _, change in changes), initial=errors)
    ranges: list[tuple[float, float, int]] = []
    for (low, high), number in zip(itertools.pairwise(places), numbers, strict=True):
        if low * (1 + _NARROW) >= high:
            continue
        if ranges and ranges[-1][2] == number:
            ranges[-1] = (ranges[-1][0], high, number)
        else:
            ranges.append((low, high, number))
    least = min(number for _, _, number in ranges)
    if (0.0, math.inf, least) in ranges:
        return _off_crossings(1.0, places), least  # every weight is as good
    closed = [
        (low or high / 4, high if math.isfinite(high) else 4 * low) for low, high, number in ranges if number == least
    ]
    low, high = max(closed, key=lambda bounds: bounds[1] / bounds[0])
    return _off_crossings(math.sqrt(low * high), places), least


def _off_crossings(weight: float, places: Sequence[float]) -> float:
    """The weight, or one just above where it is one at which hypotheses are equally good, and either may be chosen."""
    if not any(math.isclose(weight, place, rel_tol=_ROUNDING) for place in places):
        return weight
    larger = min((place for place in places if place > weight * (1 + _NARROW)), default=math.inf)
    return 2 * weight if larger == math.inf else math.sqrt(weight * larger)
