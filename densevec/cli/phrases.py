"""``densevec phrases CORPUS... -o FILE``"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import Any

from densevec.cli.files import check_savable
from densevec.cli.output import Style, duration, pairs_as_json, table
from densevec.cli.paths import PathOption, Role
from densevec.cli.reading import add_corpus, add_reading_options, open_text
from densevec.corpus.phrase_rules import ENGLISH_CONNECTOR_WORDS
from densevec.corpus.phrase_scores import SCORES
from densevec.corpus.phrases import Phrases

_SHOWN = 10


@dataclass(frozen=True)
class Learned:
    """What was learned, where it lies, and the phrases that score highest."""

    file: str
    phrases: int
    seconds: float
    best: list[tuple[str, float]]

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "phrases": self.phrases,
            "seconds": self.seconds,
            "best": pairs_as_json(self.best),
        }

    def as_text(self, style: Style) -> str:
        rows = table([[phrase, f"{score:,.2f}"] for phrase, score in self.best], align="lr", indent="  ")
        lines = [f"{self.phrases:,} phrases, {duration(self.seconds)}, saved to {style.bold(self.file)}"]
        lines += ["", style.faint("those that score highest"), rows] if self.best else []
        lines += ["", style.faint("what next"), f"  densevec train MODEL CORPUS -o FILE --phrases {self.file}"]
        return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_corpus(parser, "CORPUS")
    parser.add_argument(
        "-o",
        "--output",
        type=PathOption(Role.OUTPUT),
        metavar="FILE",
        required=True,
        help="where the phrases are saved",
    )
    parser.add_argument(
        "--min-count", type=float, default=5, metavar="N", help="of a phrase and its words (default: 5)"
    )
    parser.add_argument(
        "--threshold",
        type=float,
        default=10.0,
        metavar="X",
        help="of the score: the higher, the fewer; from -1 to 1 for npmi (default: 10)",
    )
    parser.add_argument(
        "--scoring",
        choices=list(SCORES),
        default="default",
        help="word2vec's score, or normalised pointwise mutual information (default: default)",
    )
    parser.add_argument(
        "--connector-words",
        type=str,
        metavar="WORD",
        nargs="*",
        default=[],
        help="words within phrases that count for nothing, such as 'of'; 'english' stands for all of English",
    )
    parser.add_argument(
        "--passes", type=int, default=1, metavar="N", help="over the text, so that phrases grow (default: 1)"
    )
    parser.add_argument(
        "--max-vocab-size",
        type=int,
        default=40_000_000,
        metavar="N",
        help="words and candidates beyond which rare ones are dropped (default: 40000000)",
    )
    parser.add_argument(
        "--delimiter", type=str, default="_", metavar="C", help="the character that joins words (default: _)"
    )
    add_reading_options(parser)


def run(args: argparse.Namespace) -> Learned:
    check_savable(args.output)
    connectors = [word for word in args.connector_words if word != "english"]
    if len(connectors) < len(args.connector_words):
        connectors += ENGLISH_CONNECTOR_WORDS
    started = time.monotonic()
    names = ("min_count", "threshold", "max_vocab_size", "delimiter", "scoring", "passes")
    given = {name: getattr(args, name) for name in names}
    phrases = Phrases(open_text(args), connector_words=connectors, **given).train()
    phrases.save(args.output)
    found = phrases.export_phrases()
    best = sorted(found.items(), key=lambda each: (-each[1], each[0]))[:_SHOWN]
    return Learned(args.output, len(found), time.monotonic() - started, best)
