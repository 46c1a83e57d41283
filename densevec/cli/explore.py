"""``densevec explore FILE -o PAGE``"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from densevec._validation import Interval, check_parameter
from densevec.cli.files import File, check_writable, size_of
from densevec.cli.output import Style, bytes_after
from densevec.cli.paths import PathOption, Role
from densevec.cli.reading import RULES, add_errors_option, given_errors
from densevec.corpus.own_text import own_rules
from densevec.corpus.raw import open_corpus
from densevec.corpus.usual_words import usual_words
from densevec.errors import ParameterError
from densevec.plotting.explorer import save_explorer
from densevec.vectors import DensityVectors


@dataclass(frozen=True)
class Explored:
    """The page that was written."""

    page: str
    num_words: int
    size: int | None

    def as_dict(self) -> dict[str, Any]:
        return {"page": self.page, "words": self.num_words, "bytes": self.size}

    def as_text(self, style: Style) -> str:
        return f"{style.bold(self.page)}  {self.num_words:,} words{bytes_after(self.size)}: open it in a browser"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=PathOption(Role.INPUT), metavar="FILE", help="word vectors, or a trained model")
    parser.add_argument(
        "-o",
        "--output",
        type=PathOption(Role.OUTPUT),
        metavar="PAGE",
        required=True,
        help="where to write the page, an .html file",
    )
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
        "--sentences",
        type=PathOption(Role.TEXT),
        dest="corpus",
        metavar="TEXT",
        nargs="+",
        help="take example sentences from these files, read as the model does",
    )
    parser.add_argument(
        "--senses",
        type=int,
        default=0,
        metavar="N",
        help="find the senses of N words in --sentences, the most frequent of this text after the commonest ones; "
        "FILE must hold a BayesianSkipGram (default: 0)",
    )
    add_errors_option(parser)
    parser.add_argument("--examples", type=int, default=2, metavar="N", help="sentences of each word (default: 2)")


def run(args: argparse.Namespace) -> Explored:
    if not args.output.endswith(".html"):
        raise ParameterError(f"-o must name a page that ends in .html, got {args.output!r}")
    check_parameter("--senses", args.senses, Interval(int, 0))
    check_parameter("--examples", args.examples, Interval(int, 1))
    if args.senses and args.corpus is None:
        raise ParameterError("--senses needs --sentences TEXT, in which the senses are found")
    if args.corpus is None and args.examples != args.parser.get_default("examples"):
        raise ParameterError("--examples needs --sentences TEXT, from which the examples are taken")
    if args.corpus is None and args.errors is not None:
        raise ParameterError("--errors needs --sentences TEXT, which is read by it")
    check_writable(args.output)
    file = File(args.file)
    vectors = file.vectors()
    if args.broader not in (0, args.parser.get_default("broader")) and not isinstance(vectors, DensityVectors):
        raise ParameterError(
            "--broader needs a file with word densities, got one with points, of which none is broader"
        )
    sentences = None
    if args.corpus is not None:
        rules = own_rules(vectors, (*RULES, "language"))
        sentences = open_corpus(args.corpus, **rules | given_errors(args))
    save_explorer(
        vectors,
        args.output,
        words=args.words,
        broader=args.broader,
        sentences=sentences,
        of_each=args.examples,
        senses=_senses(file, sentences, args) if args.senses else None,
        title=f"words of {os.path.basename(args.file)}",
        progress=_shown,
    )
    return Explored(args.output, min(args.words, len(vectors)), size_of(args.output))


def _senses(file: File, sentences: Any, args: argparse.Namespace) -> Mapping[str, Any]:
    """The senses of the words of the page that are the most frequent in the text, the commonest left out."""
    model = file.model()
    if not hasattr(model, "senses_batch"):
        raise ParameterError(
            f"--senses needs a file of a BayesianSkipGram, which finds senses, got one of a {type(model).__name__}"
        )
    usual = frozenset(usual_words(model.vectors.words[: args.words]))
    counts = Counter(token for tokens in sentences for token in tokens if token in usual)
    words = [word for word, _ in counts.most_common(args.senses)]
    found: Mapping[str, Any] = model.senses_batch(words, sentences, num_examples=args.examples)
    return found


def _shown(words: Sequence[str]) -> Iterable[str]:
    """With a bar on a terminal's stderr."""
    bar: Iterable[str] = tqdm(words, desc="broader words", unit="word", disable=not sys.stderr.isatty())
    return bar
