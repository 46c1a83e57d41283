"""``densevec senses FILE TEXT WORDS...``"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from densevec.cli.files import File, as_known, check_writable
from densevec.cli.output import Style, pairs_as_json
from densevec.cli.paths import PathOption, Role
from densevec.cli.plot import level_of
from densevec.cli.reading import add_own_reading_options, own_reading
from densevec.cli.tables import add_table_option, as_columns, check_table, write_table
from densevec.errors import ParameterError
from densevec.plotting import map_words, neighbours_on, picture_ending, read_senses

_WIDTH = 100  # characters of an example that are shown
_ON_THE_MAP = 3  # nearest words of each sense


@dataclass(frozen=True)
class Senses:
    """The senses of words in a text, the most frequent first."""

    found: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {
            "senses": {
                word: {
                    "total": senses.total,
                    "num_read": senses.num_read,
                    "bound": senses.bound,
                    "senses": [_sense_as_dict(sense) for sense in senses],
                }
                for word, senses in self.found.items()
            }
        }

    def as_text(self, style: Style) -> str:
        """Share, neighbours and examples of each sense."""
        blocks = []
        for word, senses in self.found.items():
            for number, sense in enumerate(senses, 1):
                near = ", ".join(other for other, _ in sense.neighbours)
                lines = [f"{style.bold(f'{word} {number}')}  {sense.share:.0%}  {near}"]
                lines += ["  " + _shown(example, style) for example in sense.examples]
                blocks.append("\n".join(lines))
            blocks.append(style.faint(f"{word}: {senses.total:,} places, {senses.num_read:,} of them read"))
        return "\n\n".join(blocks)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=PathOption(Role.INPUT), metavar="FILE", help="a file of a BayesianSkipGram")
    parser.add_argument(
        "text", type=PathOption(Role.TEXT), metavar="TEXT", help="a text, such as the one that the model learnt from"
    )
    parser.add_argument("words", type=str, metavar="WORD", nargs="+", help="whose senses are looked for")
    for name, default, text in (
        ("max-senses", 5, "at most so many of a word"),
        ("max-occurrences", 1_000, "places of a word that are kept, drawn evenly from the text"),
        ("topn", 10, "nearest words of each sense"),
        ("num-examples", 3, "sentences of each sense"),
        ("seed", 1, "of all that is drawn"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N", help=f"{text} (default: {default:,})")
    add_own_reading_options(parser)
    add_table_option(
        parser,
        "the senses, a sentence a row, of long ones what is about the word: at start + position in the sentence",
    )
    parser.add_argument(
        "--plot",
        type=PathOption(Role.OUTPUT),
        metavar="PICTURE",
        nargs="+",
        default=[],
        help="a map of the senses as ellipses: .png, .svg or .html",
    )
    parser.add_argument(
        "--level",
        type=level_of,
        default="auto",
        metavar="X",
        help="of the map: mass that each ellipse holds, from 0 to 1, or none (default: 0.5 for up to 12 words)",
    )


def run(args: argparse.Namespace) -> Senses:
    check_table(args.table)
    if args.level != "auto" and not args.plot:
        raise ParameterError("--level needs --plot PICTURE, on which the ellipses are drawn")
    for picture in args.plot:
        picture_ending(picture)
        check_writable(picture)
    model = File(args.file).model()
    if not hasattr(model, "senses_batch"):
        raise ParameterError(
            f"{args.file} must hold a BayesianSkipGram, which finds senses, got {type(model).__name__}"
        )
    words = [as_known(model.vectors, word) for word in args.words]
    options = {name: getattr(args, name) for name in ("max_senses", "max_occurrences", "topn", "num_examples", "seed")}
    result = Senses(model.senses_batch(words, model.open_text(args.text, **own_reading(args)), **options))
    if args.table is not None:
        names = ["word", "sense", "share", "neighbours", "sentence", "position", "text", "start"]
        write_table(args.table, as_columns(names, _rows(result.found)))
    if args.plot:
        _draw(model.vectors, result.found, args.plot, args.level, args.topn)
    return result


def _draw(vectors: Any, found: Mapping[str, Any], pictures: list[str], level: Any, topn: int) -> None:
    """The words, their senses, and the nearest words of each."""
    senses = [sense for word_senses in found.values() for sense in word_senses]
    near = [word for sense in senses for word, _ in sense.neighbours[:_ON_THE_MAP]]
    word_map = map_words(vectors, [*found, *near], readings=read_senses(senses))
    is_page = any(picture_ending(picture) == ".html" for picture in pictures)
    neighbours = neighbours_on(word_map, vectors, topn) if is_page else None
    for picture in pictures:
        word_map.save(picture, level, neighbours=neighbours, title=f"senses of {', '.join(found)}")


def _rows(found: Mapping[str, Any]) -> list[list[Any]]:
    return [
        [
            word,
            number,
            sense.share,
            " ".join(other for other, _ in sense.neighbours),
            example.sentence,
            example.position,
            " ".join(example.tokens),
            example.start,
        ]
        for word, senses in found.items()
        for number, sense in enumerate(senses, 1)
        for example in sense.examples
    ]


def _sense_as_dict(sense: Any) -> dict[str, Any]:
    return {
        "name": sense.name,
        "share": sense.share,
        "neighbors": pairs_as_json(list(sense.neighbours)),
        "examples": [{**example._asdict(), "tokens": list(example.tokens)} for example in sense.examples],
        "mean": sense.density.mean.tolist(),
        "variance": sense.density.variance.tolist(),
    }


def _shown(example: Any, style: Style) -> str:
    """The sentence, the word in bold; of a long one what is about the word."""
    before, word = " ".join(example.tokens[: example.position]), example.tokens[example.position]
    after = " ".join(example.tokens[example.position + 1 :])
    room = _WIDTH // 2
    left = before if len(before) <= room else f"… {before[-room:].split(' ', 1)[-1]}"
    right = after if len(after) <= room else f"{after[:room].rsplit(' ', 1)[0]} …"
    return " ".join(part for part in (left, style.bold(word), right) if part)
