"""``densevec concordance FILES... WORD``"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate, dropwhile, islice
from typing import Any

from densevec._unicode import columns_of, padded
from densevec._validation import Interval, check_parameter
from densevec.cli.files import File, as_known
from densevec.cli.output import Style
from densevec.cli.paths import PathOption, Role
from densevec.cli.reading import RULES, add_corpus, add_reading_options, given_rules, open_text
from densevec.cli.tables import add_table_option, as_columns, check_table, write_table
from densevec.corpus import own_text
from densevec.corpus.concordance import Occurrence, concordance
from densevec.errors import ParameterError

_BATCH = 256  # lines whose senses are told at once


@dataclass(frozen=True)
class Concordance:
    """A word in its places, the first ones in the order asked for, and how many there are.

    senses : the numbers of the lines' senses, from 1, where they were asked for;  names : what each is called
    """

    word: str
    total: int
    lines: list[Occurrence]
    width: int
    senses: list[int]
    names: list[str]

    def as_dict(self) -> dict[str, Any]:
        listed = [{**line._asdict(), "words": line.words} for line in self.lines]
        if not self.names:
            return {"word": self.word, "total": self.total, "lines": listed, "width": self.width}
        numbered = [{**line, "sense": number} for line, number in zip(listed, self.senses, strict=True)]
        return {**asdict(self), "lines": numbered}

    def as_text(self, style: Style) -> Iterator[str]:
        for number, line in zip(self.senses or [0] * len(self.lines), self.lines, strict=True):
            before, after = " ".join(line.before), " ".join(line.after)
            left = padded(_ending(before, self.width), self.width, is_right=True)
            sense = f"{number}  " if self.names else ""
            yield f"{sense}{left}  {style.bold(' '.join(line.words))}  {_cut(after, self.width)}".rstrip()
        for number, name in enumerate(self.names, 1):
            yield style.faint(f"{number}: {name}")
        shown = "" if len(self.lines) == self.total else f", {len(self.lines):,} of them shown"
        yield style.faint(f"{self.word}: {self.total:,} places{shown}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_corpus(parser, "FILES")
    parser.add_argument("word", type=str, metavar="WORD", help="a word, or several that stand in a row")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="at most so many lines (default: 20)")
    parser.add_argument("--width", type=int, default=40, metavar="N", help="characters on either side (default: 40)")
    parser.add_argument(
        "--sort",
        choices=["text", "left", "right"],
        default="text",
        help="in the order of the text, or by the words before or after (default: text)",
    )
    parser.add_argument(
        "--senses",
        type=PathOption(Role.INPUT),
        metavar="MODEL",
        help="the sense of the word in each line, of those that this BayesianSkipGram finds in the text, which is read "
        "as the model's own was, but for --errors and --max-sentence-length where they are given",
    )
    parser.add_argument("--sense", type=int, metavar="N", help="of --senses: the lines of the N-th sense alone, from 1")
    add_table_option(parser, "the lines, with all of their sentences")
    add_reading_options(parser)
    parser.set_defaults(**dict.fromkeys(RULES))  # so that it is known what is given


def run(args: argparse.Namespace) -> Concordance:
    for name, least in (("limit", 1), ("width", 1)):
        check_parameter(f"--{name}", getattr(args, name), Interval(int, least))
    check_table(args.table)
    found: list[tuple[int, Occurrence]] = []
    total = 0
    lines, names = _lines(args)
    for total, numbered in enumerate(lines, 1):
        if args.sort != "text" or total <= args.limit:
            found.append(numbered)
    if args.sort == "left":
        found.sort(key=lambda numbered: numbered[1].before[::-1])
    elif args.sort == "right":
        found.sort(key=lambda numbered: numbered[1].after)
    shown = found[: args.limit]
    senses = [number for number, _ in shown] if names else []
    result = Concordance(args.word, total, [line for _, line in shown], args.width, senses, names)
    if args.table is not None:
        columns = ["sentence", "before", "word", "after", *(["sense"] if names else [])]
        rows = [[line.sentence, *map(" ".join, line[1:]), *([number] if names else [])] for number, line in shown]
        write_table(args.table, as_columns(columns, rows))
    return result


def _lines(args: argparse.Namespace) -> tuple[Iterable[tuple[int, Occurrence]], list[str]]:
    """The word's places, each with the number of its sense from 1 (0: not asked), and what the senses are called."""
    if args.senses is None:
        if args.sense is not None:
            raise ParameterError(
                f"--sense needs --senses MODEL, which finds the senses, got --sense {args.sense} alone"
            )
        text = open_text(args)
        return ((0, line) for line in concordance(text, text.tokenize(args.word))), []
    given = given_rules(args)
    for name in own_text.RULES:
        if name in given:
            raise ParameterError(
                f"--{name} must be left out with --senses, whose model reads the text as its own, got {given[name]!r}"
            )
    model = File(args.senses).model()
    if not hasattr(model, "senses"):
        raise ParameterError(
            f"--senses must name a file of a BayesianSkipGram, which finds senses, got one of a {type(model).__name__}"
        )
    text = model.open_text(args.corpus, **given, **args.sentences)
    word = as_known(model.vectors, args.word)
    senses = model.senses(word, text, num_examples=0)
    if args.sense is not None and not 1 <= args.sense <= len(senses):
        raise ParameterError(f"--sense must be from 1 to {len(senses)}, the senses of {word!r} here, got {args.sense}")
    numbered = _told(senses, concordance(text, text.tokenize(word)))
    if args.sense is not None:
        numbered = ((number, line) for number, line in numbered if number == args.sense)
    return numbered, [sense.name for sense in senses]


def _told(senses: Any, lines: Iterator[Occurrence]) -> Iterator[tuple[int, Occurrence]]:
    while batch := list(islice(lines, _BATCH)):
        items = [([*line.before, *line.words, *line.after], len(line.before)) for line in batch]
        for number, line in zip(senses.assign_batch(items), batch, strict=True):
            yield number + 1, line


def _ending(text: str, width: int) -> str:
    """The end of a text that fits, without marks whose letter does not."""
    kept = _cut(text[::-1], width)[::-1]
    return "".join(dropwhile(lambda character: not columns_of(character), kept)) if len(kept) < len(text) else kept


def _cut(text: str, width: int) -> str:
    """The beginning of a text that fits."""
    return text[: sum(end <= width for end in accumulate(map(columns_of, text)))]
