"""``densevec compare A B WORD [WORD...]``"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from densevec.cli.files import File, check_writable, log
from densevec.cli.output import Style, pairs_as_json, side_by_side, table
from densevec.cli.paths import PathOption, Role
from densevec.cli.tables import add_table_option, as_columns, check_table, write_table
from densevec.errors import MissingWordError, ParameterError
from densevec.evaluation.comparison import WordComparison, compare_words
from densevec.vectors.word_store import own_spelling

_COLUMNS = ["word", "cosine", "shared", "relation", "rank", "first", "first_score", "second", "second_score"]


@dataclass(frozen=True)
class Comparison:
    """Words in two models, those that differ most first; and what was wrong with the other words."""

    files: tuple[str, str]
    words: list[WordComparison]
    missing: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        return {"files": list(self.files), "words": list(map(_as_json, self.words)), "missing": self.missing}

    def as_text(self, style: Style) -> str:
        return "\n\n".join(self._of_word(found, style) for found in self.words)

    def _of_word(self, found: WordComparison, style: Style) -> str:
        shared = f"{100 * found.shared:.0f} % of neighbours shared"
        about = f"cosine {found.cosine:.3f}, the second turned onto the first; {shared}"
        blocks = []
        for side, file in enumerate(self.files):
            rows = [[file, ""], *([word, f"{score:.3f}"] for word, score in found.neighbours[side])]
            if found.generality is not None and found.hypernyms is not None:
                rows += [["generality", f"{found.generality[side]:.3f}"]]
                rows += [[f"a {word}", f"{probability:.3f}"] for word, probability in found.hypernyms[side]]
            blocks.append(table(rows, align="lr", indent="  "))
        return f"{style.bold(found.word)}  {style.faint(about)}\n{side_by_side(blocks)}"

    def columns(self) -> dict[str, list[Any]]:
        """A row for each neighbour and broader word, by rank, and one for the generality of each word."""
        rows: list[list[Any]] = []
        for found in self.words:
            start = [found.word, found.cosine, found.shared]
            if found.generality is not None:
                rows.append([*start, "generality", 1, None, found.generality[0], None, found.generality[1]])
            for relation, pair in (("neighbour", found.neighbours), ("hypernym", found.hypernyms or ([], []))):
                for rank in range(max(map(len, pair))):
                    cells = [pair[side][rank] if rank < len(pair[side]) else (None, None) for side in (0, 1)]
                    rows.append([*start, relation, rank + 1, *cells[0], *cells[1]])
        return as_columns(_COLUMNS, rows)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "first", type=PathOption(Role.INPUT), metavar="A", help="word vectors, in any format that is read"
    )
    parser.add_argument(
        "second",
        type=PathOption(Role.INPUT),
        metavar="B",
        help="others of the same dimension: of another period, author, ...",
    )
    parser.add_argument("words", type=str, metavar="WORD", nargs="+", help="that both have")
    parser.add_argument("--topn", type=int, default=5, metavar="N", help="neighbours, and broader words (default: 5)")
    add_table_option(parser, "the comparison")
    parser.add_argument(
        "--plot",
        type=PathOption(Role.OUTPUT),
        metavar="FILE",
        help="a picture (.svg) of what has moved: neighbours, broader words and generality in both models",
    )


def run(args: argparse.Namespace) -> Comparison:
    check_table(args.table)
    if args.plot is not None:
        from densevec.plotting.changes import changes_ending, save_changes

        changes_ending(args.plot)
        check_writable(args.plot)
    first, second = File(args.first).vectors(), File(args.second).vectors()
    if first.vector_size != second.vector_size:
        raise ParameterError(
            f"A and B must have vectors of the same dimension, got {first.vector_size} and {second.vector_size}; "
            "densevec transform --reduce N makes fewer of the more"
        )
    files = (args.first, args.second)
    known: dict[str, str] = {}
    missing: dict[str, str] = {}
    for given in args.words:
        spellings = [[word for word in (given, given.lower()) if word in vectors] for vectors in (first, second)]
        word = next((word for word in spellings[0] if word in spellings[1]), None)
        if word is None:
            missing[given] = _missing_message(given, files, spellings)
        else:
            known.setdefault(own_spelling(first, word), word)
    if missing and not known:
        raise MissingWordError(next(iter(missing.values())))
    for message in missing.values():
        log(f"densevec: note: {message}")
    found = compare_words(first, second, list(known.values()), args.topn)
    result = Comparison(files, sorted(found, key=lambda each: each.cosine), missing)
    if args.table is not None:
        write_table(args.table, result.columns())
    if args.plot is not None:
        save_changes(result.words, first, second, args.plot, _short_names(result.files))
    return result


def _missing_message(given: str, files: tuple[str, str], spellings: Sequence[Sequence[str]]) -> str:
    """Why a word cannot be compared, by how each of the files has it."""
    lacking = [file for file, found in zip(files, spellings, strict=True) if not found]
    if lacking:
        return f"{given!r} is no word of {' and '.join(lacking)}"
    (one, *_), (other, *_) = spellings
    return (
        f"{given!r} must have one spelling in both files, got {one!r} in {files[0]} and {other!r} in {files[1]}; train "
        "both on text of the same case (--lowercase)"
    )


def _short_names(files: tuple[str, str]) -> tuple[str, str]:
    """The files without their folders, where that tells them apart."""
    first, second = map(os.path.basename, files)
    return (first, second) if first != second else files


def _as_json(found: WordComparison) -> dict[str, Any]:
    pair = {"neighbours": [pairs_as_json(each) for each in found.neighbours]}
    if found.hypernyms is not None:
        pair["hypernyms"] = [pairs_as_json(each) for each in found.hypernyms]
    plain = {"word": found.word, "cosine": found.cosine, "shared": found.shared, "generality": found.generality}
    return {**plain, **pair}
