"""``densevec complete FILE... QUESTIONS`` or ``densevec complete FILE... "a sentence with _____" --choices WORD...``"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from densevec.cli.options import as_input
from densevec.cli.output import Style, pairs_as_json, scored_words, table
from densevec.cli.paths import PathOption, Role
from densevec.cli.subjects import Subject
from densevec.corpus.gaps import as_gapped, ranked, split_at_runs
from densevec.errors import ParameterError
from densevec.evaluation import Question, choice_scores, combine, read_completion_questions
from densevec.evaluation.combination import check_weights


@dataclass(frozen=True)
class Completions:
    """The choices of every question with their scores, best first."""

    questions: list[Question]
    rankings: list[list[tuple[str, float]]]
    is_file: bool

    def as_dict(self) -> dict[str, Any]:
        completions = [
            {"id": question.name, "word": ranking[0][0], "choices": _as_json(ranking)}
            for question, ranking in zip(self.questions, self.rankings, strict=True)
        ]
        return {"completions": completions} if self.is_file else {k: v for k, v in completions[0].items() if k != "id"}

    def as_text(self, style: Style) -> str:
        """The chosen word of each question of a file; of one sentence all choices."""
        if self.is_file:
            chosen = [[q.name, ranking[0][0]] for q, ranking in zip(self.questions, self.rankings, strict=True)]
            return table(chosen)
        ranking = self.rankings[0]
        before, after = split_at_runs(str(self.questions[0].sentence))
        return f"{before}{style.bold(ranking[0][0])}{after}\n{scored_words(ranking)}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", type=PathOption(Role.INPUT), metavar="FILE", nargs="+", help="densevec files; several are combined"
    )
    parser.add_argument(
        "questions",
        type=PathOption(Role.INPUT),
        metavar="QUESTIONS",
        help="a sentence with a gap _____, or a CSV file like the MSR challenge's (- for standard input)",
    )
    parser.add_argument("--choices", type=str, nargs="+", metavar="WORD", help="what may fill the gap of a sentence")
    parser.add_argument(
        "--weights", nargs="+", type=float, metavar="X", help="of the files' scores (default: 1 each); "
        "'densevec evaluate --completion' fits them"
    )  # fmt: skip
    parser.add_argument(
        "--cased", action="store_true", help="do not look unknown words with capital letters up in lower case"
    )


def run(args: argparse.Namespace) -> Completions:
    if args.weights and len(args.files) < 2:
        raise ParameterError("--weights must come with several files, whose scores they are of, got one")
    weights = args.weights or [1.0] * len(args.files)
    check_weights(weights, len(args.files))
    if args.choices is None:
        if len(split_at_runs(args.questions)) == 2 and not os.path.exists(args.questions):
            raise ParameterError(
                f"--choices must say what may fill the gap of a sentence, got {args.questions!r:.80} alone"
            )
        questions = read_completion_questions(as_input(args.questions), lowercase=not args.cased)
    else:
        as_gapped(args.questions)
        questions = [Question("1", args.questions, tuple(args.choices), lowercase=not args.cased)]
    scores = [
        choice_scores(Subject(path).checked_for("completion", "this").completer, questions) for path in args.files
    ]
    totals = combine(scores, weights) if len(scores) > 1 else scores[0]
    rankings = [ranked(q.choices, values.tolist()) for q, values in zip(questions, totals, strict=True)]
    return Completions(questions, rankings, args.choices is None)


def _as_json(ranking: list[tuple[str, float]]) -> list[dict[str, Any]]:
    """A score of −∞, for a choice that is not known, is null."""
    return [{**pair, "score": pair["score"] if np.isfinite(pair["score"]) else None} for pair in pairs_as_json(ranking)]
