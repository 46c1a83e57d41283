"""``densevec next FILE [TEXT]``"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from densevec.cli.files import File
from densevec.cli.output import Style, table
from densevec.cli.paths import PathOption, Role


@dataclass(frozen=True)
class NextWords:
    """The words that may come after the beginning of a sentence, with their probabilities."""

    text: str
    words: list[tuple[str, float]]

    def as_dict(self) -> dict[str, Any]:
        return {"text": self.text, "words": [{"word": word, "probability": p} for word, p in self.words]}

    def as_text(self, style: Style) -> str:
        rows = [[word, f"{probability:.4f}"] for word, probability in self.words]
        return "\n".join([style.bold(self.text), table(rows, align="lr", indent="  ")]).lstrip("\n")


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
        help="the beginning of a sentence (default: none of it)",
    )
    parser.add_argument("--topn", type=int, default=10, metavar="N", help="how many words (default: 10)")


def run(args: argparse.Namespace) -> NextWords:
    model = File(args.file).language_model()
    return NextWords(args.text, model.predict_next(model.open_text([]).tokenize(args.text), args.topn))
