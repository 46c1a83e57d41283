"""Sentence completion: which of several words belongs in the gap?

Questions are raw text.  Each model cuts them as it cuts any text, by its own tokenizer and case; see
``densevec.corpus.gaps``, whose ``as_known`` serves models whose training text was cut by somebody else.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from densevec._roles import as_numbers, as_objects
from densevec._text_rules import strip_blanks, tokens_of
from densevec.corpus.gaps import (
    BLANK,
    Ranking,
    Tokenize,
    as_gapped,
    as_known,
    own_tokenizer,
    split_at_runs,
    split_punctuation,
)
from densevec.corpus.lines import Source, name_of, read_lines
from densevec.errors import FormatError, ParameterError, ParameterTypeError
from densevec.evaluation._protocols import FloatArray
from densevec.evaluation._statistics import figure


class Completer(Protocol):
    """What fills gaps: a language model, a model of word vectors, or vectors."""

    def complete(self, sentence: Sequence[str], choices: Sequence[str], /) -> Ranking:
        """The choices with their scores, best first; ``sentence`` has ``BLANK`` for the missing word."""


@dataclass(frozen=True)
class Question:
    """A sentence with a gap and what to choose from.

    The sentence is a string, which every model cuts its own way, or a tuple of tokens, ``BLANK`` once among them, which
    are taken as they are (and a choice of several tokens has spaces between them).  With ``lowercase`` words that a
    model does not know as they are written are looked up in lower case.
    """

    name: str
    sentence: str | tuple[str, ...]
    choices: tuple[str, ...]
    lowercase: bool = True


@dataclass(frozen=True)
class CompletionResult:
    """Share of questions answered right (nan without any), of how many, and the number chosen in each."""

    accuracy: float
    items: int
    chosen: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"accuracy": figure(self.accuracy), "items": self.items}


def evaluate_completion(
    completer: Completer, questions: Iterable[Question], answers: Iterable[int]
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


def choice_scores(completer: Completer, questions: Iterable[Question]) -> list[FloatArray]:
    """The scores of every question's choices, in their order.

    Errors: ParameterError naming the question for one without exactly one gap, or a choice without a token.
    """
    if not hasattr(completer, "complete"):
        raise ParameterTypeError(f"completer must be a model or vectors that fill gaps, got {type(completer).__name__}")
    asked = as_objects(questions, Question, "questions", "read_completion_questions")
    cuts = {lowercase: reading(completer, lowercase) for lowercase in {question.lowercase for question in asked}}
    scores = []
    for question in asked:
        sentence, choices = as_tokens(question, cuts[question.lowercase])
        found = dict(completer.complete(sentence, choices))
        scores.append(np.array([found[choice] for choice in choices], dtype=np.float64))
    return scores


def reading(completer: Any, lowercase: bool = True) -> Tokenize:
    """How a completer cuts raw text: by its own tokenizer and case, and so that its words are met."""
    tokenize, is_known = own_tokenizer(completer), _words_of(completer)
    return tokenize if is_known is None else as_known(tokenize, is_known, lowercase)


def _words_of(completer: Any) -> Callable[[str], bool] | None:
    """Whether a word is known: of language models to the vocabulary, else to the vectors."""
    for owner, name in (("vocabulary", "index"), ("vectors", "words"), ("vectors", "key_to_index")):
        words = getattr(getattr(completer, owner, None), name, None)
        if words is not None:
            return lambda word: word in words
    return (lambda word: word in completer) if hasattr(completer, "__contains__") else None


def as_tokens(question: Question, tokenize: Tokenize) -> tuple[list[str], list[str]]:
    """The tokens of a question, ``BLANK`` among them, and its choices with spaces between their tokens."""
    if not isinstance(question.sentence, str):
        return list(question.sentence), list(question.choices)
    try:
        before, after = as_gapped(question.sentence, tokenize)
    except ParameterError as error:
        raise ParameterError(f"question {question.name!r}: {error}") from None
    choices = [" ".join(tokenize(choice)) for choice in question.choices]
    if "" in choices:
        raise ParameterError(
            f"question {question.name!r}: the model's tokenizer finds no word in the choice "
            f"{question.choices[choices.index('')]!r:.80}"
        )
    return [*before, BLANK, *after], choices


def as_answers(answers: Iterable[int], scores: Sequence[FloatArray]) -> list[int]:
    """The number of the right choice of each question, from 0, checked."""
    numbers = as_numbers(answers, "answers")
    if numbers.shape != (len(scores),):
        raise ParameterError(f"answers must be one for each of the {len(scores)} questions, got {len(numbers.ravel())}")
    for place, (number, values) in enumerate(zip(numbers.tolist(), scores, strict=True)):
        if not isinstance(number, int) or not 0 <= number < len(values):
            raise ParameterError(
                f"answers must be numbers of choices from 0, got {number!r:.80} for question {place} of {len(values)}"
            )
    return [int(number) for number in numbers]


def judge(scores: Sequence[FloatArray], answers: Iterable[int]) -> CompletionResult:
    """How often the best score is the right answer's."""
    chosen = [int(np.argmax(values)) for values in scores]
    right = [choice == answer for choice, answer in zip(chosen, as_answers(answers, scores), strict=True)]
    return CompletionResult(float(np.mean(right)) if right else math.nan, len(right), tuple(chosen))


def tokenize_question(text: str, lowercase: bool = True) -> list[str]:
    """The tokens of raw text with punctuation and hyphens apart, apostrophes within words.

    Two or more underscores in a row are the gap.  Letters hold together with their marks in every script.

    >>> tokenize_question("We got off, _____ the sitting-room's fare.")
    ['we', 'got', 'off', ',', '_____', 'the', 'sitting', '-', "room's", 'fare', '.']
    """
    parts = split_at_runs((text.lower() if lowercase else text).replace("\u2019", "'"))
    tokens: list[str] = []
    for number, part in enumerate(parts):
        tokens += [BLANK] * (number > 0) + [piece for token in tokens_of(part) for piece in split_punctuation(token)]
    return tokens


# Files


def read_completion_questions(path: Source, *, lowercase: bool = True) -> list[Question]:
    """Questions of a CSV file with the columns id, question and one for each choice, as the MSR challenge has them.

    Comma-separated values with ``"`` for quotation, one question a line, ids that differ.  The first line is a heading
    if its first field is ``id``.  A sentence has one gap, ``BLANK`` or another run of underscores.  ``lowercase`` is
    that of ``Question``.
    Errors: FormatError with file and line for every other line; FileError when the file cannot be opened.
    """
    name, known = name_of(path), set()
    questions = []
    for number, fields in _read_csv(path):
        if len(fields) < 4 or not all(strip_blanks(field) for field in fields):
            raise FormatError(
                f"{name!r}, line {number}: expected an id, a sentence and at least two choices, "
                f"found {len(fields)} fields: {','.join(fields)[:60]!r}"
            )
        question = Question(
            strip_blanks(fields[0]), strip_blanks(fields[1]), tuple(map(strip_blanks, fields[2:])), lowercase
        )
        try:
            as_gapped(question.sentence)
        except ParameterError:
            raise FormatError(
                f"{name!r}, line {number}: expected a sentence with one gap {BLANK!r}, found "
                f"{len(split_at_runs(fields[1])) - 1}: {fields[1][:60]!r}"
            ) from None
        if question.name in known:
            raise FormatError(f"{name!r}, line {number}: the question {question.name!r} has been there before")
        known.add(question.name)
        questions.append(question)
    if not questions:
        raise FormatError(f"{name!r} holds no sentence-completion question")
    return questions


def read_completion_answers(path: Source, questions: Sequence[Question]) -> list[int]:
    """The number (from 0) of the right choice of every question, from a CSV file of ids and letters.

    Errors: FormatError with file and line, or the question that has no answer.
    """
    known = {question.name: len(question.choices) for question in questions}
    answers: dict[str, int] = {}
    for number, fields in _read_csv(path):
        letter = strip_blanks(fields[1]).lower() if len(fields) == 2 else ""
        name = strip_blanks(fields[0])
        place = ord(letter) - ord("a") if len(letter) == 1 else -1
        if not 0 <= place < known.get(name, 26) or name in answers:
            raise FormatError(
                f"{name_of(path)!r}, line {number}: expected the id of a question and the letter of one of its "
                f"choices, once, found {','.join(fields)[:60]!r}"
            )
        answers[name] = place
    missing = next((question.name for question in questions if question.name not in answers), None)
    if missing is not None:
        raise FormatError(f"{name_of(path)!r} has no answer to question {missing!r}")
    return [answers[question.name] for question in questions]


def _read_csv(path: Source) -> list[tuple[int, list[str]]]:
    """Line number and fields of every line but the heading."""
    rows: list[tuple[int, list[str]]] = []
    for number, text in read_lines(path):
        try:
            (fields,) = csv.reader([text], strict=True)
        except csv.Error:
            raise FormatError(
                f"{name_of(path)!r}, line {number}: expected comma-separated values, one question a line, found a "
                f"quotation that spans lines or is not closed: {text[:60]!r}"
            ) from None
        if rows or strip_blanks(fields[0]).lower() != "id":
            rows.append((number, fields))
    return rows
