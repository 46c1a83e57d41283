"""``densevec neighbors FILE WORD [WORD...]``"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from densevec.cli.files import File, as_known, known_words
from densevec.cli.output import Style, pairs_as_json, scored_words
from densevec.cli.tables import add_table_option, check_table, write_neighbours
from densevec.densities import MEASURES


@dataclass(frozen=True)
class Neighbors:
    """The closest words of each word asked for; and what was wrong with the other words."""

    measure: str
    neighbors: dict[str, list[tuple[str, float]]]
    missing: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        lists = {word: pairs_as_json(pairs) for word, pairs in self.neighbors.items()}
        return {"measure": self.measure, "neighbors": lists, "missing": self.missing}

    def as_text(self, style: Style) -> str:
        blocks = []
        for word, pairs in self.neighbors.items():
            blocks.append(f"{style.bold(word)}  {style.faint(self.measure)}\n{scored_words(pairs)}")
        return "\n\n".join(blocks)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="word vectors, in any format that is read")
    parser.add_argument("words", metavar="WORD", nargs="+", help="each word's neighbours are listed")
    parser.add_argument("--topn", type=int, default=10, metavar="N", help="how many (default: 10)")
    parser.add_argument(
        "--measure",
        choices=list(MEASURES),
        metavar="NAME",
        default="cosine",
        help="how closeness is measured: " + ", ".join(MEASURES) + " (default: cosine)",
    )
    parser.add_argument("--restrict-vocab", type=int, metavar="N", help="among the N most frequent words only")
    parser.add_argument(
        "--within", metavar="OTHER", nargs="+", help="among these words only; unknown ones do not count"
    )
    add_table_option(parser, "the neighbours")


def run(args: argparse.Namespace) -> Neighbors:
    check_table(args.table)
    vectors = File(args.file).vectors_of_words()
    words, missing = known_words(vectors, args.words)
    within = None if args.within is None else [as_known(vectors, word) for word in args.within]
    found = vectors.most_similar_batch(
        words, args.topn, measure=args.measure, restrict_vocab=args.restrict_vocab, within=within
    )
    if args.table is not None:
        write_neighbours(args.table, args.measure, words, found)
    return Neighbors(args.measure, dict(zip(words, found, strict=True)), missing)
