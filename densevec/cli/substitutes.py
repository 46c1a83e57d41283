"""``densevec substitutes FILE "a sentence" POSITION``"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from densevec.cli.files import File
from densevec.cli.output import Style, pairs_as_json, scored_words
from densevec.cli.paths import PathOption, Role
from densevec.cli.posterior import find_place
from densevec.corpus.own_text import own_text
from densevec.errors import ParameterError


@dataclass(frozen=True)
class Substitutes:
    """Words that could stand in the place of another, with their scores, best first."""

    tokens: list[str]
    position: int
    substitutes: list[tuple[str, float]]

    def as_dict(self) -> dict[str, Any]:
        return {
            "tokens": self.tokens,
            "position": self.position,
            "word": self.tokens[self.position],
            "substitutes": pairs_as_json(self.substitutes),
        }

    def as_text(self, style: Style) -> str:
        words = [style.bold(token) if n == self.position else token for n, token in enumerate(self.tokens)]
        note = style.faint("scores: higher fits better; they compare these words with each other")
        return "\n".join([" ".join(words), "", scored_words(self.substitutes), "", note])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=PathOption(Role.INPUT), metavar="FILE", help="a trained model's file")
    parser.add_argument("sentence", type=str, metavar="SENTENCE", help="in quotes")
    parser.add_argument(
        "position", type=str, metavar="POSITION", help="which word: its place counted from 0, or the word itself"
    )
    parser.add_argument(
        "--candidates", type=str, nargs="+", metavar="WORD", help="words to choose from (default: some that are near)"
    )
    parser.add_argument("--topn", type=int, default=10, metavar="N", help="how many (default: 10)")


def run(args: argparse.Namespace) -> Substitutes:
    file = File(args.file)
    model = file.language_model() if file.is_arpa else file.model()
    if not hasattr(model, "substitutes"):
        raise ParameterError(
            f"{args.file} must hold a model that says what could stand in a word's place, such as a BayesianSkipGram, "
            f"SkipGram, CBOW, EmbedAlign or a language model, got a {type(model).__name__}"
        )
    tokens, position = find_place(model, args.sentence, args.position)
    found = model.substitutes(tokens, position, args.candidates, args.topn)
    return Substitutes(*own_text(model).prepare_place(tokens, position), found)
