"""All results for one set of vectors: the JSON of ``densevec evaluate``, and the same figures line by line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from densevec.corpus.perplexity import Perplexity
from densevec.evaluation._reading import reasons
from densevec.evaluation._statistics import figure
from densevec.evaluation.alignment import AlignmentResult
from densevec.evaluation.analogies import AnalogyResult
from densevec.evaluation.combination import CombinationResult
from densevec.evaluation.completion import CompletionResult
from densevec.evaluation.contextual import ContextualResult
from densevec.evaluation.direction import DirectionResult
from densevec.evaluation.entailment import EntailmentResult
from densevec.evaluation.hypernyms import HypernymResult
from densevec.evaluation.lexsub import LexsubResult
from densevec.evaluation.pseudo_words import PseudoWordResult
from densevec.evaluation.senses import SensesResult
from densevec.evaluation.similarity import SimilarityResult
from densevec.evaluation.variance import VarianceFrequencyResult


@dataclass(frozen=True)
class Report:
    """What was measured; tasks that were not asked for are empty or None.

    ``unanswered`` says of each task that was asked for in vain what the vectors lack.
    """

    similarity: Mapping[str, SimilarityResult] = field(default_factory=dict)
    analogies: AnalogyResult | None = None
    entailment: Mapping[str, EntailmentResult] = field(default_factory=dict)
    direction: Mapping[str, DirectionResult] = field(default_factory=dict)
    hypernyms: Mapping[str, HypernymResult] = field(default_factory=dict)
    variance_frequency_correlation: VarianceFrequencyResult | None = None
    lexsub: LexsubResult | None = None
    contextual: ContextualResult | None = None
    pseudo_words: PseudoWordResult | None = None
    senses: SensesResult | None = None
    alignment: AlignmentResult | None = None
    completion: CompletionResult | CombinationResult | None = None
    perplexity: Perplexity | None = None
    unanswered: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; only what was measured, and why something was not."""
        report: dict[str, Any] = {}
        for name in ("similarity", "analogies", "entailment", "direction", "hypernyms"):
            result = getattr(self, name)
            if isinstance(result, Mapping):
                if result:
                    report[name] = {test: part.as_dict() for test, part in result.items()}
            elif result is not None:
                report[name] = result.as_dict()
        if self.variance_frequency_correlation is not None:
            report["variance_frequency_correlation"] = figure(self.variance_frequency_correlation.pearson)
            report["variance_frequency"] = self.variance_frequency_correlation.as_dict()
        for name in ("lexsub", "contextual", "pseudo_words", "senses", "alignment", "completion", "perplexity"):
            if getattr(self, name) is not None:
                report[name] = getattr(self, name).as_dict()
        return report | ({"unanswered": dict(self.unanswered)} if self.unanswered else {})


@dataclass(frozen=True)
class Row:
    """One line of a report: its depth under a heading, its figures (nan as None), and a remark."""

    depth: int
    label: str
    values: tuple[float | None, ...] = ()
    note: str = ""


def compare_rows(reports: Sequence[Report]) -> list[tuple[Row | None, ...]]:
    """Every row that any report has, as each report has it, None where it has none.

    A row that others lack comes after the row that it follows in its own report.
    """
    columns = [dict(_keyed(report_rows(report))) for report in reports]
    order: list[tuple[str, ...]] = max(map(list, columns), key=len)
    for column in columns:
        place = 0
        for key in column:
            if key not in order:
                order.insert(place, key)
            place = order.index(key) + 1
    return [tuple(column.get(key) for column in columns) for key in order]


def _keyed(rows: Sequence[Row]) -> Iterator[tuple[tuple[str, ...], Row]]:
    """Each row with the labels that lead to it."""
    path: tuple[str, ...] = ()
    for row in rows:
        path = (*path[: row.depth], row.label)
        yield path, row


def report_rows(report: Report) -> list[Row]:
    """The figures of a report line by line, headings between them."""
    return [
        *_similarity(report),
        *_analogies(report),
        *_entailment(report),
        *_direction(report),
        *_hypernyms(report),
        *_perplexity(report),
        *_in_context(report),
        *_senses(report),
        *_others(report),
    ]


def _similarity(report: Report) -> Iterator[Row]:
    if report.similarity:
        yield Row(0, "similarity (Spearman)")
    for name, result in report.similarity.items():
        kind = ", graded entailment" if result.measure == "entailment" else ""
        yield Row(1, name, (figure(result.spearman),), _pairs(result.used, result.total, result.left_out) + kind)


def _analogies(report: Report) -> Iterator[Row]:
    result = report.analogies
    if result is None:
        return
    yield Row(0, "analogies (accuracy)")
    yield Row(1, "semantic", (figure(result.semantic),))
    yield Row(1, "syntactic", (figure(result.syntactic),))
    skipped = f"{result.used:,} questions, {result.skipped:,} skipped, first {result.restrict_vocab:,} words"
    yield Row(1, "total", (figure(result.total),), skipped + reasons(result.left_out))


def _entailment(report: Report) -> Iterator[Row]:
    if report.entailment:
        yield Row(0, "entailment (average precision / F1 / accuracy)")
    for name, result in report.entailment.items():
        yield Row(1, name, tuple(result.scores.as_dict().values()), _pairs(result.used, result.total, result.left_out))
        for baseline, scores in result.baselines.items():
            yield Row(2, baseline.replace("_", " "), tuple(scores.as_dict().values()) if scores else (None,))
        if result.decision is not None:
            decided = result.decision
            figures = decided.precision, decided.recall, decided.f1, decided.accuracy, decided.calibration_error
            note = "precision / recall / F1 / accuracy / calibration error"
            yield Row(2, "decision itself", tuple(map(figure, figures)), note)


def _direction(report: Report) -> Iterator[Row]:
    if report.direction:
        yield Row(0, "direction (accuracy / mean of the halves by frequency)")
    for name, result in report.direction.items():
        values = figure(result.accuracy), figure(result.balanced)
        yield Row(1, name, values, _pairs(result.used, result.total, result.left_out))
        for baseline, accuracy in result.baselines.items():
            yield Row(2, f"by {baseline}", (figure(accuracy), figure(result.balanced_baselines[baseline])))


def _hypernyms(report: Report) -> Iterator[Row]:
    if report.hypernyms:
        yield Row(0, "hypernyms (MAP / P@1 / P@5 / MRR / concepts with one of five right)")
    for name, result in report.hypernyms.items():
        note = (
            f"{result.used:,} of {result.total:,} concepts among {result.num_words:,} words{reasons(result.left_out)}"
        )
        yield Row(1, name, tuple(result.scores.as_dict().values()), note)
        for baseline, scores in result.baselines.items():
            yield Row(2, f"by {baseline}", tuple(scores.as_dict().values()) if scores else (None,))


def _perplexity(report: Report) -> Iterator[Row]:
    result = report.perplexity
    if result is None:
        return
    yield Row(0, "perplexity")
    yield Row(1, "a token", (figure(result.perplexity),), f"{result.num_tokens:,} tokens")
    without_unknown, without_ends = figure(result.perplexity_without_unknown), figure(result.perplexity_without_ends)
    yield Row(1, "without <unk>", (without_unknown,), f"{result.num_unknown:,} unknown tokens")
    yield Row(1, "without </s>", (without_ends,), f"{result.num_sentences:,} sentences")
    yield Row(1, "bits a token", (figure(result.bits_per_token),))
    yield Row(1, "nats a token", (figure(result.nats_per_token),))
    if result.weights:
        yield Row(1, "weights", result.weights)


def _in_context(report: Report) -> Iterator[Row]:
    if report.lexsub is not None:
        yield Row(0, "lexical substitution (GAP)")
        yield Row(
            1,
            "in context",
            (figure(report.lexsub.gap),),
            f"{report.lexsub.items:,} items{reasons(report.lexsub.left_out)}",
        )
        if not math.isnan(report.lexsub.gap_substitutes):
            yield Row(1, "by substitutes", (figure(report.lexsub.gap_substitutes),))
        yield Row(1, "context-blind", (figure(report.lexsub.gap_context_blind),))
        yield Row(1, "random", (figure(report.lexsub.gap_random),))
    if report.contextual is not None:
        contextual = report.contextual
        note = _pairs(contextual.used, contextual.total, contextual.left_out)
        yield Row(0, "similarity in context (Spearman)")
        yield Row(1, "in context", (figure(contextual.in_context),), note)
        yield Row(1, "by posteriors", (figure(contextual.by_posteriors),))
        yield Row(1, "context-blind", (figure(contextual.by_itself),))
    if report.pseudo_words is not None:
        pseudo = report.pseudo_words
        yield Row(0, "pseudo-words (share of questions)")
        note = f"{pseudo.used:,} of {pseudo.total:,} questions{reasons(pseudo.left_out)}"
        yield Row(1, "nearer, by divergence", (figure(pseudo.by_divergence),), note)
        yield Row(1, "nearer, by cosine", (figure(pseudo.by_cosine),))
        yield Row(1, "moved towards it", (figure(pseudo.by_change),))
        yield Row(1, "by substitutes", (figure(pseudo.by_substitutes),))


def _senses(report: Report) -> Iterator[Row]:
    result = report.senses
    if result is None:
        return
    yield Row(0, "senses found")
    note = f"{result.used:,} of {result.total:,} words{reasons(result.left_out)}"
    yield Row(1, "number right", (figure(result.number_right),), note)
    for number, share in result.number_right_by_senses.items():
        yield Row(2, f"of words with {number}", (figure(share),))
    yield Row(1, "mean error of the number", (figure(result.mean_error),))
    yield Row(1, "adjusted Rand index", (figure(result.adjusted_rand),))
    yield Row(1, "V-measure", (figure(result.v_measure),))


def _others(report: Report) -> Iterator[Row]:
    if report.alignment is not None:
        yield Row(0, "alignment")
        yield Row(1, "AER", (figure(report.alignment.aer),))
        yield Row(1, "precision", (figure(report.alignment.precision),))
        yield Row(1, "recall", (figure(report.alignment.recall),))
    if report.completion is not None:
        yield Row(0, "sentence completion (accuracy)")
        yield Row(1, "all questions", (figure(report.completion.accuracy),), f"{report.completion.items:,} questions")
    if isinstance(report.completion, CombinationResult):
        for half, accuracy, weights in zip(
            ("odd", "even"), report.completion.halves, report.completion.weights, strict=True
        ):
            note = f"weights fitted on the others: {', '.join(f'{weight:.2f}' for weight in weights)}"
            yield Row(2, f"{half} ones", (figure(accuracy),), note)
    correlation = report.variance_frequency_correlation
    if correlation is not None:
        yield Row(0, "log variance against log frequency (correlation)")
        yield Row(1, "Pearson", (figure(correlation.pearson),), f"{correlation.used:,} words")
        yield Row(1, "Spearman", (figure(correlation.spearman),))


def _pairs(used: int, total: int, left_out: Mapping[str, int]) -> str:
    return f"{used:,} of {total:,} pairs{reasons(left_out)}"
