"""Word analogies: Athens is to Greece as Oslo is to ...?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._validation import Interval, check_parameter
from densevec.corpus.analogies import read_questions
from densevec.corpus.lines import Source
from densevec.evaluation._protocols import WordTable, words_of
from densevec.evaluation._reading import UNKNOWN_WORD, beyond_unknown, counted, find_word
from densevec.evaluation._statistics import figure, unit_rows

BEYOND = "word beyond the first of restrict_vocab"
_BATCH = 512  # questions a matrix product answers: 512 x 30,000 float32 scores are 61 MB


@dataclass(frozen=True)
class AnalogyResult:
    """Shares of questions answered right; ``sections`` has (right, used, skipped) of each section."""

    semantic: float
    syntactic: float
    total: float
    used: int
    skipped: int
    restrict_vocab: int
    sections: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)  # reason → questions, all of them ``skipped``

    def as_dict(self) -> dict[str, Any]:
        report = {
            "semantic": figure(self.semantic),
            "syntactic": figure(self.syntactic),
            "total": figure(self.total),
            "used": self.used,
            "skipped": self.skipped,
            "restrict_vocab": self.restrict_vocab,
        }
        return report | beyond_unknown(self.left_out)


def evaluate_analogies(vectors: WordTable, path: Source, *, restrict_vocab: int = 30_000) -> AnalogyResult:
    """Accuracy on ``a b c d`` questions by 3CosAdd (Mikolov et al. 2013): the word nearest to b − a + c.

    All vectors have unit length first; the answer is the row with the greatest cosine among the first
    ``restrict_vocab`` words, a, b and c excluded.  Case is ignored: the most frequent spelling of a word stands for it,
    the first one where there are no ``counts``.  Questions with an unknown word, or one beyond those, are skipped;
    ``left_out`` has their numbers by reason.  A word that sub-words would compose is unknown here: it has no row that
    could be the answer.
    Sections whose name begins with ``gram`` are syntactic, the others semantic, as in Google's file; ``total`` is over
    all questions used.  Errors: those of ``read_questions``.
    """
    check_parameter("restrict_vocab", restrict_vocab, Interval(int, 1))
    sections = read_questions(path)
    words = words_of(vectors)
    num_rows = min(restrict_vocab, len(words))
    counts = getattr(vectors, "counts", None)
    rows: dict[str, int] = {}
    for row, word in enumerate(words[:num_rows]):
        before = rows.setdefault(word.lower(), row)
        if counts is not None and counts[row] > counts[before]:
            rows[word.lower()] = row
    # One row for each word whatever its case, renumbered 0, 1, ...
    table = unit_rows(np.asarray(vectors.vectors[:num_rows])[list(rows.values())])
    place = {word: position for position, word in enumerate(rows)}

    asked = set(chain.from_iterable(chain.from_iterable(sections.values())))
    lowered = {word: (find_word(vectors, word) or word).lower() for word in asked}
    names, questions, sizes, missing = [], [], {}, []
    for name, section in sections.items():
        for question in section:
            known = [place.get(lowered[word], -1) for word in question]
            if -1 not in known:
                questions.append(known)
                names.append(name)
            else:
                missing.append({lowered[word] for word in question} - place.keys())
        used = names.count(name)
        sizes[name] = (used, len(section) - used)
    wanted = set().union(*missing)
    beyond = wanted & {word.lower() for word in words[num_rows:]}
    num_beyond = sum(each <= beyond for each in missing)
    right = _answer(table, np.array(questions, dtype=np.int64).reshape(-1, 4))
    owners = np.array(names, dtype=object)
    report = {name: (int(right[owners == name].sum()), used, skipped) for name, (used, skipped) in sizes.items()}
    syntactic = {name for name in report if name.startswith("gram")}
    skipped = len(missing)
    return AnalogyResult(
        semantic=_accuracy(report, set(report) - syntactic),
        syntactic=_accuracy(report, syntactic),
        total=_accuracy(report, set(report)),
        used=len(questions),
        skipped=skipped,
        restrict_vocab=restrict_vocab,
        sections=report,
        left_out=counted({UNKNOWN_WORD: skipped - num_beyond, BEYOND: num_beyond}),
    )


def _answer(table: npt.NDArray[np.float32], questions: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """For each question (a, b, c, d) of row numbers: is d the nearest row to b − a + c?"""
    right = np.zeros(len(questions), dtype=bool)
    for start in range(0, len(questions), _BATCH):
        a, b, c, d = questions[start : start + _BATCH].T
        scores = (table[b] - table[a] + table[c]) @ table.T  # (B, V)
        batch = np.arange(len(a))
        for excluded in (a, b, c):
            scores[batch, excluded] = -np.inf
        right[start : start + _BATCH] = scores.argmax(axis=1) == d
    return right


def _accuracy(report: dict[str, tuple[int, int, int]], names: set[str]) -> float:
    used = sum(report[name][1] for name in names)
    return sum(report[name][0] for name in names) / used if used else math.nan
