"""Sentence completion (MSR challenge): train each model on a text, print accuracies and that of their combination.

    python benchmarks/completion.py TEXT QUESTIONS ANSWERS [--folder FOLDER] [--only NAME ...] [--with FILE ...]
        [--workers 1] [--append docs/results.md]

TEXT is a plain or packed file: one sentence a line, tokens separated by spaces, in lower case.  Models are saved in
FOLDER; those that are there already are not trained again.  ``--with`` adds trained files of other models, language
models among them, to the table and the combination.  Settings were chosen on the odd questions.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from densevec import CBOW, LSA, BayesianSkipGram, SkipGram
from densevec.cli.subjects import Subject
from densevec.evaluation import (
    choice_scores,
    evaluate_combination,
    read_completion_answers,
    read_completion_questions,
)
from densevec.evaluation.completion import judge

MODELS: dict[str, tuple[type, dict[str, Any]]] = {
    "lsa": (LSA, {"dim": 300}),
    "skipgram": (SkipGram, {"dim": 300, "window": 10, "negative": 10, "epochs": 3}),
    "skipgram-rare": (SkipGram, {"dim": 300, "window": 10, "negative": 10, "epochs": 5, "sample": 1e-4}),
    "cbow": (CBOW, {"dim": 300, "window": 10, "negative": 10, "epochs": 3}),
    "bayesian-skipgram": (BayesianSkipGram, {"dim": 100, "window": 10, "epochs": 2}),
}


def main() -> None:
    args = arguments()
    questions = read_completion_questions(args.questions)
    answers = read_completion_answers(args.answers, questions)
    rows, scores = [], []
    for name in args.only:
        path, seconds = trained(name, args)
        scores.append(choice_scores(completer(str(path)), questions))
        settings = ", ".join(f"{key} {value}" for key, value in MODELS[name][1].items())
        rows.append(row(f"{name} ({settings})", seconds, scores[-1], answers))
        print(rows[-1], flush=True)
    for file in args.others:
        scores.append(choice_scores(completer(file), questions))
        rows.append(row(Path(file).stem, None, scores[-1], answers))
        print(rows[-1], flush=True)
    if len(scores) > 1:
        result = evaluate_combination(scores, answers)
        weights = " / ".join(", ".join(f"{w:.2f}" for w in half) for half in result.weights)
        first, second = (f"{100 * half:.1f}" for half in result.halves)
        rows.append(f"| all, weights {weights} | | {100 * result.accuracy:.1f} | {first} | {second} |")
        print(rows[-1])
    if args.append:
        with open(args.append, "a", encoding="utf-8") as file:
            file.write("\n".join(["", "| model | training | all | odd | even |", "|---|---|---|---|---|", *rows, ""]))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("text", "questions", "answers"):
        parser.add_argument(name)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--only", nargs="*", choices=list(MODELS), default=list(MODELS))
    parser.add_argument("--with", nargs="+", dest="others", default=[], metavar="FILE")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--append", metavar="FILE")
    return parser.parse_args()


def trained(name: str, args: argparse.Namespace) -> tuple[Path, float | None]:
    """The model's file, and the seconds it took if it had to be trained."""
    path = args.folder / f"completion-{name}.safetensors"
    if path.exists():
        return path, None
    kind, settings = MODELS[name]
    started = time.monotonic()
    kind(args.text, **settings, workers=args.workers).train().save(path)
    return path, time.monotonic() - started


def completer(path: str) -> Any:
    """What fills gaps of the model or vectors in a file."""
    return Subject(path).checked_for("completion", "this").completer


def row(name: str, seconds: float | None, scores: Sequence[Any], answers: Sequence[int]) -> str:
    """A line of the table: accuracy in % on all questions, on the first, third, ... and on the others."""
    right = np.array(judge(scores, answers).chosen) == answers
    cost = "" if seconds is None else f"{seconds:.0f} s"
    shares = " | ".join(f"{100 * part.mean():.1f}" for part in (right, right[::2], right[1::2]))
    return f"| {name} | {cost} | {shares} |"


if __name__ == "__main__":
    main()
