"""``densevec plot FILE -o PICTURE``"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from typing import Any

from densevec.cli.files import File, check_writable, known_words
from densevec.cli.output import Style
from densevec.cli.paths import PathOption, Role
from densevec.cli.posterior import find_place
from densevec.cli.tables import add_table_option, check_table, write_neighbours
from densevec.cli.tsne import add_tsne_options, check_tsne
from densevec.densities import MEASURES
from densevec.errors import ParameterError
from densevec.plotting import (
    Reading,
    WordMap,
    map_words,
    neighbours_on,
    picture_ending,
    read_words,
)
from densevec.plotting.layout import Level
from densevec.plotting.word_map import MOST_WORDS
from densevec.vectors import DensityVectors, KeyedVectors


@dataclass(frozen=True)
class Plotted:
    """What was drawn, where each word is, and what was wrong with words that are not."""

    file: str
    pictures: list[str]
    table: str | None
    word_map: WordMap
    level: float | None
    missing: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        word_map = self.word_map
        places = zip(word_map.words, word_map.points.tolist(), strict=True)
        readings = zip(word_map.readings, word_map.reading_points.tolist(), strict=True)
        return {
            "file": self.file,
            "pictures": self.pictures,
            "table": self.table,
            "method": word_map.method,
            "level": self.level if word_map.covariances is not None or word_map.method == "breadth" else None,
            "variance_shares": None if word_map.shares is None else list(word_map.shares),
            "words": [{"word": word, "x": x, "y": y} for word, (x, y) in places],
            "readings": [
                {"sentence": " ".join(reading.tokens), "position": reading.position, "x": x, "y": y}
                for reading, (x, y) in readings
            ],
            "missing": self.missing,
        }

    def as_text(self, style: Style) -> str:
        size = f"{len(self.word_map):,} words"
        if self.word_map.readings:
            size += f", {len(self.word_map.readings)} in sentences"
        lines = [f"{style.bold(picture)}  {size}" for picture in self.pictures]
        if self.table is not None:
            lines.append(f"{style.bold(self.table)}  nearest neighbours")
        return "\n".join([*lines, style.faint(self.word_map.describe(self.level))])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=PathOption(Role.INPUT), metavar="FILE", help="word vectors, or a trained model")
    parser.add_argument(
        "-o",
        "--output",
        type=PathOption(Role.OUTPUT),
        metavar="PICTURE",
        nargs="+",
        required=True,
        help="where to draw: .png, .svg, or .html for a page with search and neighbours on click",
    )
    words = parser.add_argument_group("what is on the map")
    words.add_argument("--words", type=str, metavar="WORD", nargs="+", default=[], help="these words")
    words.add_argument(
        "--top", type=int, metavar="N", help="the first N words of the file (default: 60 where nothing else is named)"
    )
    words.add_argument("--with-neighbors", type=int, default=0, metavar="N", help="the N words closest to each of WORD")
    words.add_argument(
        "--sentence", type=str, metavar="TEXT", nargs="+", default=[], help="arrows to a word's meaning in these"
    )
    words.add_argument(
        "--position",
        type=str,
        metavar="POSITION",
        nargs="+",
        default=[],
        help="which word of each sentence, or of all: its place counted from 0, or the word itself",
    )
    look = parser.add_argument_group("how it looks")
    look.add_argument(
        "--method",
        choices=["pca", "tsne", "breadth"],
        default="pca",
        help="the plane in which the words differ most, neighbours kept together, or how far off and how broad words "
        "are beside the first one (default: pca)",
    )
    look.add_argument(
        "--level",
        type=level_of,
        default="auto",
        metavar="X",
        help="mass that each ellipse holds, from 0 to 1, or none (default: 0.5 for up to 12 words, none for more)",
    )
    look.add_argument(
        "--font",
        type=PathOption(Role.INPUT),
        metavar="FONT",
        help="of .png and .svg: an installed font's name, or a font's file (default: DejaVu Sans, and installed fonts "
        "that have what it lacks)",
    )
    add_tsne_options(look)
    near = parser.add_argument_group("neighbours, for the page and the table")
    near.add_argument(
        "--measure",
        choices=list(MEASURES),
        metavar="NAME",
        default="cosine",
        help="how closeness is measured: " + ", ".join(MEASURES) + " (default: cosine)",
    )
    near.add_argument("--topn", type=int, default=10, metavar="N", help="how many (default: 10)")
    add_table_option(near, "the neighbours of the words")


def run(args: argparse.Namespace) -> Plotted:
    _check(args)
    vectors, readings = _open(args)
    if args.level not in ("auto", None) and not isinstance(vectors, DensityVectors):
        raise ParameterError("--level needs a file with word densities, got one with points, which have no ellipses")
    named, shown, missing = _words(args, vectors)
    _check_number(args, len({*shown, *(reading.word for reading in readings)}))
    word_map = map_words(
        vectors, shown, readings=readings, method=args.method, perplexity=args.perplexity, seed=args.seed
    )
    neighbours = None
    if any(picture_ending(picture) == ".html" for picture in args.output):
        neighbours = neighbours_on(word_map, vectors, args.topn, args.measure)
    for picture in args.output:
        name = os.path.basename(args.file)
        font = None if picture_ending(picture) == ".html" else args.font
        page = {"neighbours": neighbours, "measure": args.measure, "title": f"words of {name}"}
        word_map.save(picture, args.level, font=font, **page)
    if args.table is not None:
        words = named or word_map.words
        found = vectors.most_similar_batch(words, args.topn, measure=args.measure)
        write_neighbours(args.table, args.measure, words, found)
    return Plotted(args.file, args.output, args.table, word_map, word_map.level_of(args.level), missing)


def _check(args: argparse.Namespace) -> None:
    """What can be said before a file is opened."""
    for picture in args.output:
        picture_ending(picture)
        check_writable(picture)
    check_table(args.table)
    if args.font is not None and all(picture_ending(picture) == ".html" for picture in args.output):
        raise ParameterError("--font needs a .png or .svg picture: an .html page is in the browser's fonts")
    if args.method == "tsne" and args.level not in ("auto", None):
        raise ParameterError("--level needs --method pca: t-SNE has no ellipses, as it does not project densities")
    if args.method == "breadth" and any(picture_ending(picture) == ".html" for picture in args.output):
        raise ParameterError("--method breadth needs a .png or .svg picture; densevec explore has it as a page")
    check_tsne(args)
    if args.with_neighbors < 0 or (args.top is not None and args.top < 1):
        raise ParameterError("--top must be at least 1 and --with-neighbors at least 0")
    if len(args.position) not in {len(args.sentence), min(1, len(args.sentence))}:
        raise ParameterError(
            f"--position must name one word for each --sentence, or one for all, got {len(args.position)} for "
            f"{len(args.sentence)} sentences"
        )
    _check_neighbours(args)


def _check_neighbours(args: argparse.Namespace) -> None:
    """ParameterError for an option of neighbours where none are looked for."""
    if args.with_neighbors and not args.words:
        raise ParameterError("--with-neighbors needs --words WORD, whose neighbours it adds to the map")
    is_listed = args.table is not None or any(picture_ending(picture) == ".html" for picture in args.output)
    if not is_listed and args.topn != args.parser.get_default("topn"):
        raise ParameterError("--topn needs an .html page or --table FILE, in which the neighbours are listed")
    if not (is_listed or args.with_neighbors) and args.measure != args.parser.get_default("measure"):
        raise ParameterError("--measure needs an .html page, --table FILE or --with-neighbors N, which list neighbours")


def _check_number(args: argparse.Namespace, num_words: int) -> None:
    """ParameterError, by the options that name them, for more words than a map can have."""
    if num_words > MOST_WORDS:
        names = [name for name in ("words", "with_neighbors", "top", "sentence") if getattr(args, name)]
        options = " and ".join(f"--{name.replace('_', '-')}" for name in names)
        raise ParameterError(
            f"{options} must give at most {MOST_WORDS:,} words, got {num_words:,}: nobody could read such a map"
        )


def _open(args: argparse.Namespace) -> tuple[KeyedVectors, list[Reading]]:
    """The vectors, and what the model of the file makes of words in sentences."""
    if not args.sentence:
        return File(args.file).vectors(), []
    model = File(args.file).model()
    contexts = []
    positions = args.position * (len(args.sentence) if len(args.position) == 1 else 1)
    for sentence, position in zip(args.sentence, positions, strict=True):
        contexts.append(find_place(model, sentence, position))
    return model.vectors, read_words(model, contexts)


def _words(args: argparse.Namespace, vectors: KeyedVectors) -> tuple[list[str], list[str], dict[str, str]]:
    """The words that were named, all that are to be shown, and what is wrong with words that are unknown."""
    named, missing = known_words(vectors, args.words)
    near = [
        word
        for found in vectors.most_similar_batch(named, args.with_neighbors, measure=args.measure)
        for word, _ in found
    ]
    top = args.top
    if top is None:
        top = 0 if named or args.sentence else 60
    return named, [*named, *near, *vectors.words[:top]], missing


def level_of(text: str) -> Level:
    """A number, "none" or "auto"."""
    if text == "auto":
        return "auto"
    if text == "none":
        return None
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, none or auto, got {text!r:.80}") from None
