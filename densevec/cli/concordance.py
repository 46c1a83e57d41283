"""``densevec concordance FILES... WORD``"""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from densevec._validation import Interval, check_parameter
from densevec.cli.output import Style
from densevec.cli.reading import add_reading_options, open_text
from densevec.cli.tables import add_table_option, as_columns, check_table, write_table
from densevec.corpus.concordance import Occurrence, concordance


@dataclass(frozen=True)
class Concordance:
    """A word in its places, the first ones in the order asked for, and how many there are."""

    word: str
    total: int
    lines: list[Occurrence]
    width: int

    def as_dict(self) -> dict[str, Any]:
        listed = [{**line._asdict(), "words": line.words} for line in self.lines]
        return {**asdict(self), "lines": listed}

    def as_text(self, style: Style) -> Iterator[str]:
        for line in self.lines:
            before, after = " ".join(line.before), " ".join(line.after)
            left = _cut(before[::-1], self.width)[::-1]
            room = " " * (self.width - _columns(left))
            yield f"{room}{left}  {style.bold(' '.join(line.words))}  {_cut(after, self.width)}".rstrip()
        shown = "" if len(self.lines) == self.total else f", {len(self.lines):,} of them shown"
        yield style.faint(f"{self.word}: {self.total:,} places{shown}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILES", nargs="+", help="text files, URLs, folders or glob patterns")
    parser.add_argument("word", metavar="WORD", help="a word, or several that stand in a row")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="at most so many lines (default: 20)")
    parser.add_argument("--width", type=int, default=40, metavar="N", help="characters on either side (default: 40)")
    parser.add_argument(
        "--sort",
        choices=["text", "left", "right"],
        default="text",
        help="in the order of the text, or by the words before or after (default: text)",
    )
    add_table_option(parser, "the lines, with all of their sentences")
    add_reading_options(parser)


def run(args: argparse.Namespace) -> Concordance:
    for name, least in (("limit", 1), ("width", 1)):
        check_parameter(f"--{name}", getattr(args, name), Interval(int, least))
    check_table(args.table)
    text = open_text(args)
    found: list[Occurrence] = []
    total = 0
    for total, line in enumerate(concordance(text, text.tokenize(args.word)), 1):
        if args.sort != "text" or total <= args.limit:
            found.append(line)
    if args.sort == "left":
        found.sort(key=lambda line: line.before[::-1])
    elif args.sort == "right":
        found.sort(key=lambda line: line.after)
    result = Concordance(args.word, total, found[: args.limit], args.width)
    if args.table is not None:
        rows = [[line.sentence, *map(" ".join, line[1:])] for line in result.lines]
        write_table(args.table, as_columns(["sentence", "before", "word", "after"], rows))
    return result


def _columns(text: str) -> int:
    """How wide a text is on a terminal: ideographs take two columns, marks none."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


def _cut(text: str, width: int) -> str:
    """The beginning of a text that fits."""
    text = text[:width]
    while _columns(text) > width:
        text = text[:-1]
    return text
