"""``densevec analogy FILE A B C``"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from densevec.cli.files import File, as_known
from densevec.cli.output import Style, pairs_as_json, scored_words
from densevec.cli.paths import PathOption, Role


@dataclass(frozen=True)
class Analogy:
    """The words nearest to b - a + c."""

    a: str
    b: str
    c: str
    answers: list[tuple[str, float]]

    def as_dict(self) -> dict[str, Any]:
        return {"a": self.a, "b": self.b, "c": self.c, "answers": pairs_as_json(self.answers)}

    def as_text(self, style: Style) -> str:
        question = f"{style.bold(self.a)} is to {style.bold(self.b)} as {style.bold(self.c)} is to"
        return f"{question}\n{scored_words(self.answers)}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=PathOption(Role.INPUT), metavar="FILE", help="word vectors, in any format that is read"
    )
    for name, example in (("a", "athens"), ("b", "greece"), ("c", "oslo")):
        parser.add_argument(name, type=str, metavar=name.upper(), help=f"such as {example}")
    parser.add_argument("--topn", type=int, default=5, metavar="N", help="how many answers (default: 5)")
    parser.add_argument("--restrict-vocab", type=int, metavar="N", help="among the N most frequent words only")


def run(args: argparse.Namespace) -> Analogy:
    vectors = File(args.file).vectors_of_words()
    a, b, c = (as_known(vectors, word) for word in (args.a, args.b, args.c))
    answers = vectors.most_similar(positive=[b, c], negative=[a], topn=args.topn, restrict_vocab=args.restrict_vocab)
    return Analogy(a, b, c, answers)
