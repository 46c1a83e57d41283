"""Sentence completion: which of several words belongs in the gap?"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from densevec.corpus.gaps import BLANK, Ranking
from densevec.corpus.lines import PathLike, read_lines
from densevec.errors import FormatError, ParameterError
from densevec.evaluation._protocols import FloatArray

_TOKEN = re.compile(r"_{2,}|[^\W_]+(?:'[^\W_]+)*|[^\w\s]|_")


class Completer(Protocol):
    """What fills gaps: a language model, a model of word vectors, or vectors."""

    def complete(self, sentence: Sequence[str], choices: Sequence[str], /) -> Ranking:
        """The choices with their scores, best first; ``sentence`` has ``BLANK`` for the missing word."""


@dataclass(frozen=True)
class Question:
    """A sentence (tokens, ``BLANK`` once among them) and the words to choose from."""

    name: str
    sentence: tuple[str, ...]
    choices: tuple[str, ...]


@dataclass(frozen=True)
class CompletionResult:
    """Share of questions answered right, of how many, and the number chosen in each."""

    accuracy: float
    items: int
    chosen: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"accuracy": self.accuracy, "items": self.items}


def evaluate_completion(
    completer: Completer, questions: Sequence[Question], answers: Sequence[int]
) -> CompletionResult:
    """Accuracy of the choice with the best score, for the MSR Sentence Completion Challenge (Zweig & Burges 2011).

    Of equal scores the first is chosen.

    >>> class Shortest:
    ...     def complete(self, sentence, choices):
    ...         return sorted(((word, -len(word)) for word in choices), key=lambda pair: -pair[1])
    >>> questions = [Question("1", ("the", "kiwi", BLANK, "an", "egg"), ("laid", "philosophised"))]
    >>> evaluate_completion(Shortest(), questions, [0]).as_dict()
    {'accuracy': 1.0, 'items': 1}
    """
    return judge(choice_scores(completer, questions), answers)


def choice_scores(completer: Completer, questions: Sequence[Question]) -> list[FloatArray]:
    """The scores of every question's choices, in their order."""
    scores = []
    for question in questions:
        found = dict(completer.complete(question.sentence, question.choices))
        scores.append(np.array([found[choice] for choice in question.choices], dtype=np.float64))
    return scores


def judge(scores: Sequence[FloatArray], answers: Sequence[int]) -> CompletionResult:
    """How often the best score is the right answer's."""
    if len(scores) != len(answers):
        raise ParameterError(f"answers must be one for each of the {len(scores)} questions, got {len(answers)}")
    chosen = [int(np.argmax(values)) for values in scores]
    right = [choice == answer for choice, answer in zip(chosen, answers, strict=True)]
    return CompletionResult(float(np.mean(right)) if right else 0.0, len(right), tuple(chosen))


def tokenize_question(text: str, lowercase: bool = True) -> list[str]:
    """The tokens of raw text as the training text has them: punctuation and hyphens apart, apostrophes within words.

    Two or more underscores in a row are the gap.

    >>> tokenize_question("We got off, _____ the sitting-room's fare.")
    ['we', 'got', 'off', ',', '_____', 'the', 'sitting', '-', "room's", 'fare', '.']
    """
    tokens = _TOKEN.findall((text.lower() if lowercase else text).replace("’", "'"))
    return [BLANK if token.startswith("__") else token for token in tokens]


# Files


def read_completion_questions(path: PathLike, *, lowercase: bool = True) -> list[Question]:
    """Questions of a CSV file with the columns id, question and one for each choice, as the MSR challenge has them.

    The first line is a heading.  Text is raw: ``tokenize_question`` cuts it.
    Raises FormatError with file and line, FileError when the file cannot be opened.
    """
    questions = []
    for number, fields in _read_csv(path):
        if len(fields) < 4 or not all(field.strip() for field in fields):
            raise FormatError(
                f"{os.fspath(path)!r}, line {number}: expected an id, a sentence and at least two choices, "
                f"found {len(fields)} fields: {','.join(fields)[:60]!r}"
            )
        sentence = tuple(tokenize_question(fields[1], lowercase))
        if sentence.count(BLANK) != 1:
            raise FormatError(
                f"{os.fspath(path)!r}, line {number}: expected a sentence with one gap {BLANK!r}, "
                f"found {sentence.count(BLANK)}: {fields[1][:60]!r}"
            )
        choices = tuple(" ".join(tokenize_question(choice, lowercase)) for choice in fields[2:])
        questions.append(Question(fields[0].strip(), sentence, choices))
    if not questions:
        raise FormatError(f"{os.fspath(path)!r} holds no sentence-completion question")
    return questions


def read_completion_answers(path: PathLike, questions: Sequence[Question]) -> list[int]:
    """The number (from 0) of the right choice of every question, from a CSV file of ids and letters.

    Raises FormatError with file and line, or the question that has no answer.
    """
    known = {question.name: len(question.choices) for question in questions}
    answers: dict[str, int] = {}
    for number, fields in _read_csv(path):
        letter = fields[1].strip().lower() if len(fields) == 2 else ""
        name = fields[0].strip()
        place = ord(letter) - ord("a") if len(letter) == 1 else -1
        if not 0 <= place < known.get(name, 26) or name in answers:
            raise FormatError(
                f"{os.fspath(path)!r}, line {number}: expected the id of a question and the letter of one of its "
                f"choices, once, found {','.join(fields)[:60]!r}"
            )
        answers[name] = place
    missing = next((question.name for question in questions if question.name not in answers), None)
    if missing is not None:
        raise FormatError(f"{os.fspath(path)!r} has no answer to question {missing!r}")
    return [answers[question.name] for question in questions]


def _read_csv(path: PathLike) -> list[tuple[int, list[str]]]:
    """Line number and fields of every line after the heading."""
    lines = list(read_lines(path))
    try:
        rows = list(csv.reader((text for _, text in lines), strict=True))
    except csv.Error as error:
        raise FormatError(f"{os.fspath(path)!r}: expected comma-separated values, found {error}") from None
    if len(rows) != len(lines):  # a quoted field that goes on in the next line
        raise FormatError(f"{os.fspath(path)!r}: expected one question a line, found a quotation that spans lines")
    return [(number, row) for (number, _), row in zip(lines, rows, strict=True)][1:]
