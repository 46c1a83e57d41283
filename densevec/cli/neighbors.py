"""``densevec neighbors FILE WORD [WORD...]``"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from densevec.cli.files import File, known_words
from densevec.cli.output import Style, pairs_as_json, scored_words
from densevec.cli.paths import PathOption, Role
from densevec.cli.tables import add_table_option, check_table, write_neighbours
from densevec.densities import MEASURES

_MANY = 100  # words, for which a graph index is worth opening: that takes as long as reading the table so many times


@dataclass(frozen=True)
class Neighbors:
    """The closest words of each word asked for, what share of them is expected to be named, and what was wrong with
    the other words."""

    measure: str
    recall: float
    neighbors: dict[str, list[tuple[str, float]]]
    missing: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        lists = {word: pairs_as_json(pairs) for word, pairs in self.neighbors.items()}
        return {"measure": self.measure, "recall": self.recall, "neighbors": lists, "missing": self.missing}

    def as_text(self, style: Style) -> str:
        how = (
            self.measure if self.recall == 1 else f"{self.measure}, recall {self.recall:.3f} (--exact reads all words)"
        )
        blocks = []
        for word, pairs in self.neighbors.items():
            blocks.append(f"{style.bold(word)}  {style.faint(how)}\n{scored_words(pairs)}")
        return "\n\n".join(blocks)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=PathOption(Role.INPUT), metavar="FILE", help="word vectors, in any format that is read"
    )
    parser.add_argument("words", type=str, metavar="WORD", nargs="+", help="each word's neighbours are listed")
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
        "--within",
        type=str,
        metavar="OTHER",
        nargs="+",
        help="among these words only; a note names those that are unknown",
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help=f"read all words, though a graph index lies beside the file, which {_MANY} words or more are looked up in",
    )
    add_table_option(parser, "the neighbours")


def run(args: argparse.Namespace) -> Neighbors:
    check_table(args.table)
    vectors = File(args.file).vectors_of_words(asks_graph=len(args.words) >= _MANY and not args.exact)
    words, missing = known_words(vectors, args.words)
    within = None if args.within is None else known_words(vectors, args.within, "--within")[0]
    found = vectors.most_similar_batch(
        words, args.topn, measure=args.measure, restrict_vocab=args.restrict_vocab, within=within
    )
    if args.table is not None:
        write_neighbours(args.table, args.measure, words, found)
    is_whole = args.restrict_vocab is None and within is None
    recall = vectors.expected_recall(args.measure, args.topn) if is_whole else 1.0
    return Neighbors(args.measure, recall, dict(zip(words, found, strict=True)), missing)
