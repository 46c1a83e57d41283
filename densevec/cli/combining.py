"""What several files that are evaluated do together: a mixture of language models, a combination of what fills gaps."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from densevec.cli.reading import own_reading
from densevec.cli.subjects import Subject, as_option
from densevec.errors import ParameterError
from densevec.evaluation import (
    choice_scores,
    evaluate_combination,
    read_completion_answers,
    read_completion_questions,
)
from densevec.evaluation.completion import judge

_OF_MIXTURES = ("validation", "weights")


class Answers(NamedTuple):
    """Results by path, and that of several files together, or why there is none."""

    of_each: dict[str, Any]
    combined: Any = None
    lack: str | None = None


def check_mixed(args: argparse.Namespace, num_files: int, lacks: Iterable[str] = ()) -> None:
    """ParameterError for an option of a mixture that so many files do not make; ``lacks`` say why others do not."""
    more = "".join(f"; {lack}" for lack in lacks)
    for name in _OF_MIXTURES:
        if getattr(args, name) is not None and num_files < 2:
            raise ParameterError(
                f"{as_option(name)} must come with several files of language models, whose mixture it is of, got one"
                f"{more}"
            )
    if more and args.weights is not None and len(args.weights) != num_files:
        raise ParameterError(
            f"--weights must be {num_files} numbers, one for each language model, got {len(args.weights)}{more}"
        )


def predict(subjects: Sequence[Subject], args: argparse.Namespace, lacks: Iterable[str]) -> Answers:
    """The perplexity of each file's model, and of several their mixture's."""
    check_mixed(args, len(subjects), lacks)
    models = {subject.path: subject.model for subject in subjects}
    text, reading = args.perplexity, own_reading(args)
    results = {path: model.perplexity(model.open_text(text, **reading)) for path, model in models.items()}
    if len(models) < 2:
        return Answers(results)
    from densevec.models.interpolated import Interpolated

    try:
        Interpolated(list(models.values()))
    except ParameterError as error:
        return Answers(results, lack=f"{' + '.join(models)}: {error}")
    mixed = Interpolated(list(models.values()), args.weights)
    if args.validation:
        mixed.fit(mixed.open_text(args.validation, **reading))
    found = mixed.perplexity(mixed.open_text(text, **reading))
    return Answers(results, replace(found, weights=tuple(mixed.weights.tolist())))


def complete(subjects: Sequence[Subject], questions_path: str, answers_path: str) -> Answers:
    """The result of each file, and of several their combination's."""
    questions = read_completion_questions(questions_path)
    answers = read_completion_answers(answers_path, questions)
    scores = {subject.path: choice_scores(subject.completer, questions) for subject in subjects}
    results = {path: judge(each, answers) for path, each in scores.items()}
    if len(scores) < 2:
        return Answers(results)
    try:
        return Answers(results, evaluate_combination(list(scores.values()), answers))
    except ParameterError as error:
        return Answers(results, lack=f"{' + '.join(scores)}: {error}")
