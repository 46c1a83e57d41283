"""Lexical entailment: does a score tell 'a kakapo is a bird' from pairs that do not entail?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._validation import Interval, Rule, check_parameters
from densevec.corpus.lines import Source
from densevec.evaluation._counts import log_counts
from densevec.evaluation._protocols import Entailments, FloatArray
from densevec.evaluation._reading import beyond_unknown, check_entailment, find_pairs, score_entailment
from densevec.evaluation._statistics import average_precision, cross_validated, figure
from densevec.evaluation._tables import Columns, read_labelled_pairs

_RULES: dict[str, Rule] = {"num_folds": Interval(int, 2), "seed": Interval(int, 0)}


@dataclass(frozen=True)
class DetectionScores:
    """How well one score separates true pairs from false ones."""

    average_precision: float
    f1: float
    accuracy: float

    def as_dict(self) -> dict[str, Any]:
        return {
            "average_precision": figure(self.average_precision),
            "f1": figure(self.f1),
            "accuracy": figure(self.accuracy),
        }


@dataclass(frozen=True)
class DecisionScores:
    """How right the decision itself is, that P(a entails b) is at least one half, and how right the probabilities are.

    ``calibration_error`` is Σ_b n_b/n |mean P − share of true pairs| over ten bins b of equal width (Naeini, Cooper &
    Hauskrecht 2015), for the share of true pairs that the file happens to have; ``reliability`` holds (n_b, mean P,
    share of true pairs) of each.
    """

    precision: float
    recall: float
    f1: float
    accuracy: float
    calibration_error: float
    reliability: tuple[tuple[int, float, float], ...]

    def as_dict(self) -> dict[str, Any]:
        names = ("precision", "recall", "f1", "accuracy", "calibration_error")
        report: dict[str, Any] = {name: figure(getattr(self, name)) for name in names}
        return report | {"reliability": [list(row) for row in self.reliability]}


@dataclass(frozen=True)
class EntailmentResult:
    """The detection scores of ``vectors.entailment`` and, by the same procedure, of what needs no density."""

    scores: DetectionScores
    used: int
    total: int
    baselines: dict[str, DetectionScores | None] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)  # reason → pairs
    decision: DecisionScores | None = None  # of vectors that give probabilities

    @property
    def average_precision(self) -> float:
        return self.scores.average_precision

    @property
    def f1(self) -> float:
        return self.scores.f1

    @property
    def accuracy(self) -> float:
        return self.scores.accuracy

    def as_dict(self) -> dict[str, Any]:
        baselines = {name: scores.as_dict() if scores else None for name, scores in self.baselines.items()}
        report = {**self.scores.as_dict(), "used": self.used, "total": self.total, "baselines": baselines}
        if self.decision is not None:
            report["decision"] = self.decision.as_dict()
        return report | beyond_unknown(self.left_out)


def evaluate_entailment(
    vectors: Entailments, path: Source, *, num_folds: int = 10, seed: int = 1, columns: Columns | None = None
) -> EntailmentResult:
    """Detection of entailment on ``narrow broad True|False`` pairs, by one score.

    It is ``entailment_probability_batch`` of vectors that have it, whose decision is judged too, else ``entailment``.

    Average precision needs no threshold.  F1 and accuracy decide each pair by a threshold tuned on the other folds of
    ``num_folds``, dealt by ``seed``.  Only pairs with both words known take part, for ours and for the baselines:

    - ``frequency_difference``: log count(broad) − log count(narrow);
    - ``hypernym_frequency``: log count(broad), which never looks at the narrow word;
    - ``always_yes``: accepts every pair, with no threshold to tune.

    The baselines that count are None when the vectors have no ``counts``.

    Labels are True, 1 or yes, and False, 0 or no; the layouts of Baroni et al. (2012) and of BLESS (Baroni and Lenci
    2011; the relation ``hyper`` entails) are read, and ``columns`` names those of another (see evaluate_similarity).
    Errors: FormatError with file and line for every line that is not such data; FileError when it cannot be read;
    ParameterError for less than two folds.
    """
    check_parameters({"num_folds": num_folds, "seed": seed}, _RULES)
    check_entailment(vectors)
    pairs = read_labelled_pairs(path, columns)
    known = find_pairs(vectors, [pair[:2] for pair in pairs])
    narrow, broad = known.first, known.second
    labels = np.array([pairs[position].value for position in known.positions], dtype=bool)

    def judge(scores: npt.ArrayLike) -> DetectionScores:
        f1, accuracy = cross_validated(labels, scores, num_folds=num_folds, seed=seed)
        return DetectionScores(average_precision(labels, scores), f1, accuracy)

    baselines: dict[str, DetectionScores | None] = {}
    for name, scores in frequency_scores(vectors, narrow, broad).items():
        baselines[name] = None if scores is None else judge(scores)
    baselines["always_yes"] = _always_yes(labels)
    scores = score_entailment(vectors, narrow, broad)
    decision = _decide(labels, scores) if hasattr(vectors, "entailment_probability_batch") else None
    return EntailmentResult(judge(scores), len(narrow), len(pairs), baselines, known.left_out, decision)


def _decide(labels: npt.NDArray[np.bool_], probabilities: FloatArray) -> DecisionScores:
    yes = probabilities >= 0.5
    right = int((yes & labels).sum())
    bins = np.minimum((10 * probabilities).astype(np.int64), 9)
    number = np.bincount(bins, minlength=10)
    means, shares = (
        np.bincount(bins, values, 10) / np.maximum(number, 1) for values in (probabilities, labels.astype(np.float64))
    )
    reliability = tuple(zip(number.tolist(), means.tolist(), shares.tolist(), strict=True))
    return DecisionScores(
        precision=right / yes.sum() if yes.any() else math.nan,
        recall=right / labels.sum() if labels.any() else math.nan,
        f1=2 * right / (yes.sum() + labels.sum()) if yes.any() or labels.any() else math.nan,
        accuracy=float((yes == labels).mean()) if len(labels) else math.nan,
        calibration_error=float((number * np.abs(means - shares)).sum() / len(labels)) if len(labels) else math.nan,
        reliability=reliability,
    )


def _always_yes(labels: npt.NDArray[np.bool_]) -> DetectionScores:
    """With a share p of positives: average precision and accuracy p, F1 2p/(1 + p); without any, no precision."""
    share = float(labels.mean()) if len(labels) else math.nan
    return DetectionScores(average_precision(labels, np.ones(len(labels))), 2 * share / (1 + share), share)


def frequency_scores(vectors: Entailments, narrow: Sequence[str], broad: Sequence[str]) -> dict[str, FloatArray | None]:
    """The scores of the two baselines that know nothing but counts; None without counts."""
    narrow_counts, broad_counts = log_counts(vectors, narrow), log_counts(vectors, broad)
    if narrow_counts is None or broad_counts is None:
        return {"frequency_difference": None, "hypernym_frequency": None}
    return {"frequency_difference": broad_counts - narrow_counts, "hypernym_frequency": broad_counts}
