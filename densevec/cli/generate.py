"""``densevec generate FILE [TEXT]``"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from densevec._validation import Interval, check_parameter
from densevec.cli.files import File
from densevec.cli.output import Style
from densevec.cli.paths import PathOption, Role


@dataclass(frozen=True)
class Generated:
    """Sentences with the same beginning, the first from ``seed``, the next from the numbers after it."""

    text: str
    seed: int
    continuations: list[list[str]]

    def as_dict(self) -> dict[str, Any]:
        return {"text": self.text, "seed": self.seed, "continuations": self.continuations}

    def as_text(self, style: Style) -> Iterator[str]:
        for words in self.continuations:
            yield " ".join([*([style.faint(self.text)] if self.text else []), *words])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=PathOption(Role.INPUT), metavar="FILE", help="a language model: a densevec file, or an ARPA file"
    )
    parser.add_argument(
        "text",
        type=str,
        metavar="TEXT",
        nargs="?",
        default="",
        help="the beginning of each sentence (default: none of it)",
    )
    parser.add_argument("--sentences", type=int, default=5, metavar="N", help="how many (default: 5)")
    parser.add_argument("--length", type=int, default=30, metavar="N", help="most words of each (default: 30)")
    parser.add_argument(
        "--temperature",
        type=float,
        default=1.0,
        metavar="T",
        help="below 1 likely words become likelier, at 0 the most probable one is always taken (default: 1)",
    )
    parser.add_argument("--top-k", type=int, metavar="K", help="draw among the K most probable words only")
    parser.add_argument(
        "--top-p", type=float, metavar="P", help="draw among the fewest words that have P of the probability together"
    )
    parser.add_argument("--unknown", action="store_true", help="<unk> may be drawn too")
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        metavar="N",
        help="of the first sentence; each next one has one more (default: 1)",
    )


def run(args: argparse.Namespace) -> Generated:
    check_parameter("--sentences", args.sentences, Interval(int, 0))
    model = File(args.file).language_model()
    tokens = model.open_text([]).tokenize(args.text)
    options = {name: getattr(args, name) for name in ("length", "temperature", "top_k", "top_p", "unknown")}
    found = [model.generate(tokens, seed=args.seed + number, **options) for number in range(args.sentences)]
    return Generated(args.text, args.seed, found)
