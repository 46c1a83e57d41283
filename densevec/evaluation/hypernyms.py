"""Hypernyms found among all words: how high do the right ones stand?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from densevec._validation import Interval, check_parameter
from densevec.corpus.lines import Source
from densevec.densities.lengths import fitting
from densevec.errors import ParameterTypeError
from densevec.evaluation._counts import NO_ROW, row_of
from densevec.evaluation._protocols import FloatArray
from densevec.evaluation._reading import UNKNOWN_WORD, beyond_unknown, counted, find_word
from densevec.evaluation._statistics import figure, unit_rows
from densevec.evaluation._tables import Columns, Pair, read_labelled_pairs


@dataclass(frozen=True)
class RetrievalScores:
    """How well one way of ranking all words finds the hypernyms of concepts, each figure a mean over concepts.

    Attributes
    ----------
    map : mean average precision, Σ over the right words of the precision at each one's rank, by their number
    precision_at_1, precision_at_5 : the share of right words among the first one and five
    mrr : one by the rank of the first right word
    found_in_5 : the share of concepts with a right word among the first five
    """

    map: float
    precision_at_1: float
    precision_at_5: float
    mrr: float
    found_in_5: float

    def as_dict(self) -> dict[str, Any]:
        names = ("map", "precision_at_1", "precision_at_5", "mrr", "found_in_5")
        return {name: figure(getattr(self, name)) for name in names}


@dataclass(frozen=True)
class HypernymResult:
    """Retrieval by ``vectors.hypernym_scores`` and, by the same procedure, by frequency and by cosine alone."""

    scores: RetrievalScores
    used: int
    total: int
    num_words: int
    baselines: dict[str, RetrievalScores | None] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)  # reason → concepts

    def as_dict(self) -> dict[str, Any]:
        baselines = {name: scores.as_dict() if scores else None for name, scores in self.baselines.items()}
        report = {**self.scores.as_dict(), "used": self.used, "total": self.total, "words": self.num_words}
        return report | {"baselines": baselines} | beyond_unknown(self.left_out)


def evaluate_hypernyms(
    vectors: Any, path: Source, *, restrict_vocab: int | None = 20_000, columns: Columns | None = None
) -> HypernymResult:
    """Rank words as hypernyms of each concept of a file of ``narrow broad True`` pairs.

    All words, or the first ``restrict_vocab``, are ranked by ``vectors.hypernym_scores(concept)``, without the concept,
    which may be a word that sub-words compose; its spellings (*Dog*, *new york*) are one concept.  Right words that are
    not among those ranked do not count: a concept none of whose hypernyms is ranked is left out.  Baselines:
    ``frequency``, the most frequent words first, and ``cosine``, the nearest words first.  The file is read as
    ``evaluate_entailment`` reads it, with the same errors; pairs labelled false are passed over.

    Raises
    ------
    ParameterTypeError : for vectors without densities
    ParameterError : for a ``restrict_vocab`` below 1
    """
    check_parameter("restrict_vocab", restrict_vocab, Interval(int, 1, optional=True))
    if not hasattr(vectors, "hypernym_scores"):
        raise ParameterTypeError(
            f"vectors must be word densities to be tested for hypernyms, got {type(vectors).__name__}"
        )
    gold = _concepts(vectors, read_labelled_pairs(path, columns))
    num_words = len(vectors) if restrict_vocab is None else min(restrict_vocab, len(vectors))
    unknown = without = 0
    judged: dict[str, list[tuple[float, ...]]] = {"ours": [], "cosine": [], "frequency": []}
    units, counts = unit_rows(vectors.vectors[:num_words]), vectors.counts
    for word, hypernyms in gold:
        if word is None:
            unknown += 1
            continue
        own = row_of(vectors, word)
        known = {row_of(vectors, name) for name in (find_word(vectors, each) for each in hypernyms) if name}
        right = np.array(sorted(row for row in known - {own, NO_ROW} if row < num_words), np.int64)
        if not len(right):
            without += 1
            continue
        ways: dict[str, Any] = {
            "ours": vectors.hypernym_scores(word),
            "cosine": units @ fitting(vectors.get_vector(word)),
        }
        ways["frequency"] = counts
        for name, scores in ways.items():
            if scores is not None:
                judged[name].append(_judge(np.asarray(scores[:num_words], np.float64), own, right))
    results = {name: _mean(rows) for name, rows in judged.items()}
    left_out = counted({UNKNOWN_WORD: unknown, "no hypernym among the words": without})
    used = len(judged["ours"])
    ours = results.pop("ours") or RetrievalScores(*[math.nan] * 5)
    return HypernymResult(ours, used, len(gold), num_words, results, left_out)


def _concepts(vectors: Any, pairs: Iterable[Pair[bool]]) -> list[tuple[str | None, set[str]]]:
    """Each narrow word of a true pair, None if it is unknown, with its broad ones; all spellings of a word are one."""
    found: dict[int | str, tuple[str | None, set[str]]] = {}
    for narrow, broad, label in pairs:
        if label:
            word = find_word(vectors, narrow)
            row = NO_ROW if word is None else row_of(vectors, word)
            found.setdefault((word or narrow) if row == NO_ROW else row, (word, set()))[1].add(broad)
    return list(found.values())


def _judge(scores: FloatArray, own: int, right: Any) -> tuple[float, ...]:
    """The figures of one concept; words of equal score by their row."""
    scores = scores.copy()
    if own != NO_ROW and own < len(scores):
        scores[own] = -np.inf
    place = np.empty(len(scores), np.int64)
    place[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    found = np.sort(place[right])
    return (
        float((np.arange(1, len(found) + 1) / found).mean()),
        float(found[0] == 1),
        float((found <= 5).sum() / 5),
        float(1 / found[0]),
        float(found[0] <= 5),
    )


def _mean(rows: list[tuple[float, ...]]) -> RetrievalScores | None:
    return RetrievalScores(*np.mean(rows, axis=0).tolist()) if rows else None
