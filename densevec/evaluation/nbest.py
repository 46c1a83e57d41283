"""N-best lists: what a recogniser or translator took into consideration, scored again by a language model.

The total of a hypothesis is weight · score + log P(words) + length bonus · number of words, where the score is what the
list came with (an acoustic log likelihood, say) and log P is the language model's, in nats, with the sentence's end.

Two formats are read and written, one hypothesis a line, those of one list one after the other:

- Moses': ``id ||| words ||| features ||| score``; the features are kept as they are,
- tab-separated: ``id<TAB>score<TAB>words``.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from densevec.errors import FormatError, ParameterError
from densevec.evaluation._protocols import FloatArray
from densevec.evaluation._reading import PathLike, read_lines
from densevec.formats.output import write_file

_BATCH = 2048  # hypotheses that a model scores together


class Scorer(Protocol):
    """A language model."""

    def token_log_probs(self, sentences: Sequence[Sequence[str]], /) -> list[FloatArray]:
        """log P of the words of each sentence and of its end."""


@dataclass(frozen=True)
class Hypothesis:
    """Words with the score that they came with; ``features`` is Moses' third field, None in the other format."""

    words: tuple[str, ...]
    score: float
    features: str | None = None


@dataclass(frozen=True)
class NBestList:
    """The hypotheses for one utterance."""

    name: str
    hypotheses: tuple[Hypothesis, ...]


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


def read_nbest(path: PathLike) -> list[NBestList]:
    """Read n-best lists in one of the two formats; which it is shows in the first line.

    Errors: FormatError names file and line of what is no hypothesis, and of a list that goes on after another has
    begun; FileError when the file cannot be read.
    """
    name = os.fspath(path)
    lists: dict[str, list[Hypothesis]] = {}
    last, parse = None, None
    for number, line in read_lines(path):
        parse = parse or (_parse_moses if "|||" in line else _parse_tabs)
        parsed = parse(line)
        if parsed is None:
            form = "'id ||| words ||| features ||| score'" if parse is _parse_moses else "'id<TAB>score<TAB>words'"
            raise FormatError(f"{name}: line {number}: expected {form} with a finite score, found {line[:80]!r}")
        key, hypothesis = parsed
        if key != last and key in lists:
            raise FormatError(f"{name}: line {number}: the list {key!r} has ended before; keep its lines together")
        lists.setdefault(key, []).append(hypothesis)
        last = key
    if not lists:
        raise FormatError(f"{name} holds no hypothesis")
    return [NBestList(key, tuple(hypotheses)) for key, hypotheses in lists.items()]


def _parse_moses(line: str) -> tuple[str, Hypothesis] | None:
    fields = [field.strip() for field in line.split("|||")]
    score = _finite(fields[3]) if len(fields) >= 4 else None
    if score is None or not fields[0]:
        return None
    return fields[0], Hypothesis(tuple(fields[1].split()), score, fields[2])


def _parse_tabs(line: str) -> tuple[str, Hypothesis] | None:
    fields = line.split("\t")
    score = _finite(fields[1]) if len(fields) == 3 else None
    if score is None or not fields[0].strip():
        return None
    return fields[0].strip(), Hypothesis(tuple(fields[2].split()), score)


def _finite(field: str) -> float | None:
    try:
        value = float(field)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in field else None


def write_nbest(path: PathLike, lists: Sequence[NBestList]) -> None:
    """Write n-best lists, packed by the name's ending; those that have features in Moses' format, all or nothing."""
    lines = [
        f"{each.name}\t{h.score:.10g}\t{' '.join(h.words)}\n"
        if h.features is None
        else f"{each.name} ||| {' '.join(h.words)} ||| {h.features} ||| {h.score:.10g}\n"
        for each in lists
        for h in each.hypotheses
    ]
    data = "".join(lines).encode()
    write_file(path, [data], len(data))


def language_scores(model: Scorer, lists: Sequence[NBestList]) -> list[FloatArray]:
    """log P of every hypothesis of every list, in nats."""
    sentences = [hypothesis.words for each in lists for hypothesis in each.hypotheses]
    values = [
        float(log_probs.sum())
        for start in range(0, len(sentences), _BATCH)
        for log_probs in model.token_log_probs(sentences[start : start + _BATCH])
    ]
    bounds = np.cumsum([len(each.hypotheses) for each in lists])[:-1]
    return np.split(np.array(values, np.float64), bounds)


def rescore(
    model: Scorer, lists: Sequence[NBestList], *, weight: float = 1.0, length_bonus: float = 0.0
) -> list[NBestList]:
    """The lists with the total of every hypothesis as its score, the best first; equal ones keep their order.

    >>> class Shortest:
    ...     def token_log_probs(self, sentences):
    ...         return [np.full(len(words) + 1, -1.0) for words in sentences]
    >>> given = NBestList("1", (Hypothesis(("a", "b"), -1.0), Hypothesis(("a",), -2.5)))
    >>> [(" ".join(h.words), h.score) for h in rescore(Shortest(), [given], weight=0.5)[0].hypotheses]
    [('a', -3.25), ('a b', -3.5)]
    """
    for name, value in (("weight", weight), ("length_bonus", length_bonus)):
        if not math.isfinite(value) or (name == "weight" and value < 0):
            raise ParameterError(f"{name} must be a finite number{' of at least 0' if name == 'weight' else ''}, "
                                 f"got {value!r}")  # fmt: skip
    result = []
    for each, log_probs in zip(lists, language_scores(model, lists), strict=True):
        totals = [
            weight * h.score + float(log_prob) + length_bonus * len(h.words)
            for h, log_prob in zip(each.hypotheses, log_probs, strict=True)
        ]
        order = sorted(range(len(totals)), key=lambda i: -totals[i])
        ranked = tuple(replace(each.hypotheses[i], score=totals[i]) for i in order)
        result.append(NBestList(each.name, ranked))
    return result


def edit_distance(reference: Sequence[str], words: Sequence[str]) -> int:
    """The fewest insertions, deletions and substitutions of words that make one of the other (Levenshtein 1966).

    >>> edit_distance(["the", "kiwi", "sleeps"], ["a", "kiwi"])
    2
    """
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

    Errors: ParameterError when there is not one reference for each list.
    """
    if len(references) != len(lists):
        raise ParameterError(f"references must be one for each of the {len(lists)} lists, got {len(references)}")
    changes: list[tuple[float, int]] = []  # weight at which the number of errors changes, and by how much
    errors = fewest = 0
    for each, log_probs, reference in zip(lists, language_scores(model, lists), references, strict=True):
        wrong = [edit_distance(reference, h.words) for h in each.hypotheses]
        slopes = [h.score for h in each.hypotheses]
        heights = [float(p) + length_bonus * len(h.words) for p, h in zip(log_probs, each.hypotheses, strict=True)]
        best = _upper_envelope(slopes, heights)
        errors += wrong[best[0][1]]
        fewest += min(wrong)
        changes += [(weight, wrong[now] - wrong[before]) for (_, before), (weight, now) in itertools.pairwise(best)]
    weight, least = _best_weight(errors, sorted(changes))
    num_words = sum(map(len, references))
    first = word_error_rate(references, [each.hypotheses[0].words for each in lists])
    return TunedWeight(weight, least / num_words, first, fewest / num_words)


def _upper_envelope(slopes: Sequence[float], heights: Sequence[float]) -> list[tuple[float, int]]:
    """(x from which on it is the highest, number) of the lines that are so for some x ≥ 0."""
    now = max(range(len(slopes)), key=lambda i: (heights[i], slopes[i]))
    x, result = 0.0, [(0.0, now)]
    while True:
        crossings = [
            (max((heights[now] - heights[i]) / (slopes[i] - slopes[now]), x), -slopes[i], i)
            for i in range(len(slopes))
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
        if low < high and ranges and ranges[-1][2] == number:
            ranges[-1] = (ranges[-1][0], high, number)
        elif low < high:
            ranges.append((low, high, number))
    least = min(number for _, _, number in ranges)
    if (0.0, math.inf, least) in ranges:
        return 1.0, least  # every weight is as good
    closed = [
        (low or high / 4, high if math.isfinite(high) else 4 * low) for low, high, number in ranges if number == least
    ]
    low, high = max(closed, key=lambda bounds: bounds[1] / bounds[0])
    return math.sqrt(low * high), least
