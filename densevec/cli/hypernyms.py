"""``densevec hypernyms FILE WORD [WORD...]``"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from densevec.cli.files import File, known_words
from densevec.cli.output import Style, table
from densevec.cli.paths import PathOption, Role
from densevec.cli.reasons import Reason, reason_for
from densevec.cli.tables import add_table_option, as_columns, check_table, write_table


@dataclass(frozen=True)
class Answer:
    """A broader or narrower word, the probability that the one entails the other, and, if asked for, why."""

    word: str
    probability: float
    reason: Reason | None

    def as_dict(self) -> dict[str, Any]:
        reason = {} if self.reason is None else self.reason.as_dict()
        return {"word": self.word, "probability": self.probability, **reason}


@dataclass(frozen=True)
class Hypernyms:
    """The broader words of each word asked for, or the narrower ones; and what was wrong with the other words."""

    relation: str
    answers: dict[str, list[Answer]]
    missing: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        found = {word: [answer.as_dict() for answer in answers] for word, answers in self.answers.items()}
        return {self.relation: found, "missing": self.missing}

    def as_text(self, style: Style) -> str:
        kind = "broader words" if self.relation == "hypernyms" else "narrower words"
        blocks = []
        for word, answers in self.answers.items():
            lines = answer_lines(answers, style) if answers else f"  none: no word of the file is one of its {kind}"
            blocks.append(f"{style.bold(word)}  {style.faint(kind)}\n{lines}")
        return "\n\n".join(blocks)


def answer_lines(answers: Sequence[Answer], style: Style) -> str:
    """Words and probabilities, aligned, with what the text says of each beside and below it."""
    rows = []
    for answer in answers:
        reason = [] if answer.reason is None else [answer.reason.summary()]
        rows.append([answer.word, f"{answer.probability:.3f}", *reason])
    lines = []
    for answer, line in zip(answers, table(rows, align="lr", indent="  ").splitlines(), strict=True):
        lines.append(line)
        if answer.reason is not None and answer.reason.sentence is not None:
            lines.append(f"      {style.faint(answer.reason.excerpt())}")
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=PathOption(Role.INPUT), metavar="FILE", help="a densevec file with word densities")
    parser.add_argument(
        "words", type=str, metavar="WORD", nargs="+", help="such as kakapo; each is answered for itself"
    )
    parser.add_argument("--topn", type=int, default=10, metavar="N", help="at most so many for each (default: 10)")
    parser.add_argument("--narrower", action="store_true", help="the words below in place of those above")
    parser.add_argument(
        "--why",
        action="store_true",
        help="how often the text itself says so, and a sentence of it that does, with dots for words that "
        "the vocabulary lacks",
    )
    parser.add_argument("--restrict-vocab", type=int, metavar="N", help="among the N most frequent words only")
    add_table_option(parser, "the answers")


def run(args: argparse.Namespace) -> Hypernyms:
    check_table(args.table)
    vectors = File(args.file).densities()
    words, missing = known_words(vectors, args.words)
    answers = {
        word: find_answers(
            vectors,
            word,
            args.topn,
            is_narrower=args.narrower,
            with_reasons=args.why,
            restrict_vocab=args.restrict_vocab,
        )
        for word in words
    }
    result = Hypernyms("hyponyms" if args.narrower else "hypernyms", answers, missing)
    if args.table is not None:
        write_table(args.table, _columns(result, args.why))
    return result


def _columns(result: Hypernyms, with_reasons: bool) -> dict[str, list[Any]]:
    """A row for each answer."""
    names = ["word", "rank", result.relation.removesuffix("s"), "probability"]
    rows = []
    for word, answers in result.answers.items():
        for rank, answer in enumerate(answers, 1):
            row = [word, rank, answer.word, answer.probability]
            if with_reasons and answer.reason is not None:
                row += [answer.reason.count, answer.reason.sentence]
            rows.append(row)
    return as_columns([*names, *(["stated", "sentence"] if with_reasons else [])], rows)


def find_answers(
    vectors: Any,
    word: str,
    topn: int,
    *,
    is_narrower: bool = False,
    with_reasons: bool = False,
    restrict_vocab: int | None = None,
) -> list[Answer]:
    """The broader or narrower words of a word, most certain first.

    Raises
    ------
    MissingWordError
        For an unknown word.
    """
    search = vectors.hyponyms if is_narrower else vectors.hypernyms
    answers = []
    for other, probability in search(word, topn, restrict_vocab=restrict_vocab):
        narrow, broad = (other, word) if is_narrower else (word, other)
        answers.append(Answer(other, probability, reason_for(vectors, narrow, broad) if with_reasons else None))
    return answers
