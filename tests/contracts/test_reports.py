"""A report has the same figures line by line as in JSON, of every result."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import pytest

from densevec.corpus.perplexity import Perplexity
from densevec.evaluation.alignment import AlignmentResult
from densevec.evaluation.analogies import AnalogyResult
from densevec.evaluation.combination import CombinationResult
from densevec.evaluation.completion import CompletionResult
from densevec.evaluation.contextual import ContextualResult
from densevec.evaluation.direction import DirectionResult
from densevec.evaluation.entailment import DecisionScores, DetectionScores, EntailmentResult
from densevec.evaluation.hypernyms import HypernymResult, RetrievalScores
from densevec.evaluation.lexsub import LexsubResult
from densevec.evaluation.pseudo_words import PseudoWordResult
from densevec.evaluation.report import Report, compare_rows, report_rows
from densevec.evaluation.senses import SensesResult
from densevec.evaluation.similarity import SimilarityResult
from densevec.evaluation.variance import VarianceFrequencyResult

UNKNOWN = {"unknown word": 301, "another reason": 302}
OF_A_DIAGRAM = "reliability"  # its points, which no line has

_figures = (number / 100 for number in itertools.count(1))


def some(number: int) -> tuple[float, ...]:
    """Figures that no other result has; two digits, as many as a remark may have."""
    return tuple(itertools.islice(_figures, number))


def detection() -> DetectionScores:
    return DetectionScores(*some(3))


def retrieval() -> RetrievalScores:
    return RetrievalScores(*some(5))


RESULTS: dict[str, list[Any]] = {
    "similarity": [{"a set": SimilarityResult(*some(1), 1101, 2101, "cosine", UNKNOWN)}],
    "analogies": [AnalogyResult(*some(3), 1102, 2102, 30_102, left_out=UNKNOWN)],
    "entailment": [
        {
            "a set": EntailmentResult(
                detection(),
                1103,
                2103,
                {"frequency": detection()},
                UNKNOWN,
                DecisionScores(*some(5), ((9, 0.1, 0.2),)),
            )
        }
    ],
    "direction": [
        {
            "a set": DirectionResult(
                *some(1), 1104, 2104, dict(zip("ab", some(2), strict=True)), UNKNOWN, *some(1),
                dict(zip("ab", some(2), strict=True)),
            )
        }
    ],
    "hypernyms": [{"a set": HypernymResult(retrieval(), 1105, 2105, 20_105, {"frequency": retrieval()}, UNKNOWN)}],
    "variance_frequency_correlation": [VarianceFrequencyResult(*some(2), 1106)],
    "lexsub": [LexsubResult(*some(3), 1107, *some(1), left_out=UNKNOWN), LexsubResult(*some(3), 1108)],
    "contextual": [ContextualResult(*some(3), 1109, 2109)],
    "pseudo_words": [PseudoWordResult(*some(4), 1110, 2110)],
    "senses": [SensesResult(*some(1), dict(zip((1, 2), some(2), strict=True)), *some(3), 1111, 2111)],
    "alignment": [AlignmentResult(*some(3))],
    "completion": [
        CompletionResult(*some(1), 1112),
        CombinationResult(*some(1), 1113, some(2), (some(2), some(2))),
    ],
    "perplexity": [Perplexity(1114, 114, 14, 4321.0, 32.1, 43.2, some(2)), Perplexity(9, 9, 9, 1e9, 1e9, 1e9)],
}  # fmt: skip
CASES = [(task, result) for task, results in RESULTS.items() for result in results]


def in_json(value: Any) -> Iterator[float]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from in_json(each) if key != OF_A_DIAGRAM else ()
    elif isinstance(value, list):
        for each in value:
            yield from in_json(each)
    elif value is not None and not isinstance(value, str):
        yield float(value)


def in_lines(report: Report) -> Iterator[float]:
    for row in report_rows(report):
        yield from (value for value in row.values if value is not None)
        yield from (float(number.replace(",", "")) for number in re.findall(r"(?<![\w.])[\d,]*\.?\d+", row.note))


def test_every_result_is_looked_at() -> None:
    assert set(RESULTS) == {each.name for each in fields(Report)} - {"unanswered"}


@pytest.mark.parametrize(("task", "result"), CASES, ids=[f"{task}-{number}" for number, (task, _) in enumerate(CASES)])
def test_the_lines_have_the_figures_of_the_json(task: str, result: Any) -> None:
    report = Report(**{task: result})
    told, shown = set(in_json(report.as_dict())), set(in_lines(report)) - {float("inf")}
    left_out = getattr(result, "left_out", {}).values()  # which JSON has where the totals do not tell
    assert told <= shown <= told | set(left_out)


def test_each_report_keeps_its_own_remarks() -> None:
    results = [SimilarityResult(0.5, 4, 4, "cosine"), SimilarityResult(0.4, 2, 4, "cosine", {"unknown word": 2})]
    for some_results in (results, results[::-1]):
        reports = [Report(similarity={"a set": result}) for result in some_results]
        assert compare_rows(reports) == list(zip(*map(report_rows, reports), strict=True))
