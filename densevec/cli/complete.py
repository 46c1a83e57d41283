"""``densevec complete FILE... QUESTIONS`` or ``densevec complete FILE... "a sentence with _____" --choices WORD...``"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np

from densevec.cli.files import File
from densevec.cli.output import Style, pairs_as_json, scored_words, table
from densevec.errors import ParameterError
from densevec.evaluation import Question, choice_scores, combine, read_completion_questions, tokenize_question
from densevec.evaluation.completion import BLANK, ranked


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
        words = [style.bold(ranking[0][0]) if token == BLANK else token for token in self.questions[0].sentence]
        return f"{' '.join(words)}\n{scored_words(ranking)}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", help="densevec files; several are combined")
    parser.add_argument(
        "questions", metavar="QUESTIONS", help="a CSV file like the MSR challenge's, or a sentence with a gap _____"
    )
    parser.add_argument("--choices", nargs="+", metavar="WORD", help="what may fill the gap of a sentence")
    parser.add_argument(
        "--weights", nargs="+", type=float, metavar="X", help="of the files' scores (default: 1 each); "
        "'densevec evaluate --completion' fits them"
    )  # fmt: skip
    parser.add_argument("--cased", action="store_true", help="keep capital letters of the questions")


def run(args: argparse.Namespace) -> Completions:
    weights = args.weights or [1.0] * len(args.files)
    if len(weights) != len(args.files):
        raise ParameterError(f"--weights must be one for each of the {len(args.files)} files, got {len(weights)}")
    if args.choices is None:
        questions = read_completion_questions(args.questions, lowercase=not args.cased)
    else:
        sentence = tuple(tokenize_question(args.questions, not args.cased))
        choices = tuple(" ".join(tokenize_question(choice, not args.cased)) for choice in args.choices)
        questions = [Question("1", sentence, choices)]
    scores = [choice_scores(File(path).completer(), questions) for path in args.files]
    totals = combine(scores, weights) if len(scores) > 1 else scores[0]
    rankings = [ranked(q.choices, values.tolist()) for q, values in zip(questions, totals, strict=True)]
    return Completions(questions, rankings, args.choices is None)


def _as_json(ranking: list[tuple[str, float]]) -> list[dict[str, Any]]:
    """A score of −∞, for a choice that is not known, is null."""
    return [{**pair, "score": pair["score"] if np.isfinite(pair["score"]) else None} for pair in pairs_as_json(ranking)]
