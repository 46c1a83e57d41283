"""``densevec rescore FILE NBEST [--weight W | --tune REFERENCES]``"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from densevec.cli.files import File, check_writable
from densevec.cli.options import as_input
from densevec.cli.output import Style, table
from densevec.cli.paths import PathOption, Role
from densevec.corpus import TextCorpus
from densevec.corpus.nbest import NBestList, read_nbest, rescore, write_nbest
from densevec.evaluation.word_errors import TunedWeight, tune_weight


@dataclass(frozen=True)
class Rescored:
    """The lists by their new scores, best first, and the weight of the old ones."""

    lists: list[NBestList]
    weight: float
    tuned: TunedWeight | None

    def as_dict(self) -> dict[str, Any]:
        best = [
            {"id": each.name, "text": " ".join(each.hypotheses[0].words), "score": each.hypotheses[0].score}
            for each in self.lists
        ]
        return {"weight": self.weight, "tuned": asdict(self.tuned) if self.tuned else None, "best": best}

    def as_text(self, style: Style) -> str:
        lines = [f"{each.name}\t{' '.join(each.hypotheses[0].words)}" for each in self.lists]
        if self.tuned:
            rows = [
                ["weight", f"{self.tuned.weight:.4g}"],
                ["word error rate", f"{self.tuned.word_error_rate:.4f}"],
                ["of the hypotheses given first", f"{self.tuned.first:.4f}"],
                ["of the best ones", f"{self.tuned.best:.4f}"],
            ]
            lines += ["", table(rows, align="lr")]
        return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=PathOption(Role.INPUT), metavar="FILE", help="a language model: a densevec file, or an ARPA file"
    )
    parser.add_argument(
        "nbest",
        type=PathOption(Role.TEXT),
        metavar="NBEST",
        help="'id ||| words ||| features ||| score' or 'id<TAB>score<TAB>words' lines, - for standard input",
    )
    weight = parser.add_mutually_exclusive_group()
    weight.add_argument("--weight", type=float, default=1.0, metavar="X", help="of the given scores (default: 1)")
    weight.add_argument(
        "--tune",
        type=PathOption(Role.TEXT),
        metavar="REFERENCES",
        help="find the weight with the fewest word errors: the right words of each list, a line for each",
    )
    parser.add_argument(
        "--length-bonus", type=float, default=0.0, metavar="X", help="added for every word (default: 0)"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=PathOption(Role.OUTPUT),
        metavar="FILE",
        help="write all hypotheses with their new scores",
    )


def run(args: argparse.Namespace) -> Rescored:
    if args.output:
        check_writable(args.output)
    model = File(args.file).language_model()
    lists = read_nbest(as_input(args.nbest))
    tuned, weight = None, args.weight
    if args.tune:
        text = TextCorpus(Path(args.tune), errors=model.reading()["errors"])
        references = list(text.every_line())  # a blank one is of a list where nothing was said
        tuned = tune_weight(model, lists, references, length_bonus=args.length_bonus)
        weight = tuned.weight
    lists = rescore(model, lists, weight=weight, length_bonus=args.length_bonus)
    if args.output:
        write_nbest(args.output, lists)
    return Rescored(lists, weight, tuned)
