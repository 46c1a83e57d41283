"""``densevec explore FILE -o PAGE``"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from densevec.cli.files import File, check_writable
from densevec.cli.output import Style, amount
from densevec.corpus import TextCorpus
from densevec.corpus.own_text import own_rules
from densevec.errors import ParameterError
from densevec.plotting.explorer import save_explorer


@dataclass(frozen=True)
class Explored:
    """The page that was written."""

    page: str
    num_words: int
    size: int

    def as_dict(self) -> dict[str, Any]:
        return {"page": self.page, "words": self.num_words, "bytes": self.size}

    def as_text(self, style: Style) -> str:
        return f"{style.bold(self.page)}  {self.num_words:,} words, {amount(self.size)}B: open it in a browser"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="word vectors, or a trained model")
    parser.add_argument("-o", "--output", metavar="PAGE", required=True, help="where to write the page, an .html file")
    parser.add_argument("--words", type=int, default=50_000, metavar="N", help="the first N words (default: 50000)")
    parser.add_argument(
        "--broader",
        type=int,
        default=1000,
        metavar="N",
        help="find the broader words of N words, those of whose kinds the text tells most (default: 1000, of some .1 s "
        "each); the page has those of no others",
    )
    parser.add_argument(
        "--sentences", metavar="TEXT", nargs="+", help="take example sentences from these files, read as the model does"
    )
    parser.add_argument("--examples", type=int, default=2, metavar="N", help="sentences of each word (default: 2)")


def run(args: argparse.Namespace) -> Explored:
    if not args.output.endswith(".html"):
        raise ParameterError(f"-o must name a page that ends in .html, got {args.output!r}")
    check_writable(args.output)
    vectors = File(args.file).vectors()
    sentences = None if args.sentences is None else TextCorpus(args.sentences, **own_rules(vectors))
    save_explorer(
        vectors,
        args.output,
        words=args.words,
        broader=args.broader,
        sentences=sentences,
        of_each=args.examples,
        title=f"words of {os.path.basename(args.file)}",
        progress=_shown,
    )
    return Explored(args.output, min(args.words, len(vectors)), os.path.getsize(args.output))


def _shown(words: Sequence[str]) -> Iterable[str]:
    """With a bar on a terminal's stderr."""
    bar: Iterable[str] = tqdm(words, desc="broader words", unit="word", disable=not sys.stderr.isatty())
    return bar
