"""``densevec pseudo-words CORPUS... -o TEXT QUESTIONS``"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from densevec._validation import Interval, check_parameter
from densevec.cli.files import check_writable
from densevec.cli.output import Style
from densevec.cli.paths import PathOption, Role
from densevec.cli.reading import add_corpus, add_errors_option
from densevec.corpus import TextCorpus
from densevec.corpus.pseudo_senses import PseudoSenses
from densevec.corpus.pseudo_words import PseudoWords


@dataclass(frozen=True)
class Made:
    """What was written where: questions about pairs, or sense-tagged instances of words of one to some senses."""

    text: str
    questions: str
    num_pairs: int  # or words of one to some senses
    num_sentences: int
    num_questions: int
    asks_senses: bool = False

    def as_dict(self) -> dict[str, Any]:
        names = {"questions": "instances", "num_pairs": "num_words", "num_questions": "num_instances"}
        written = {name: value for name, value in vars(self).items() if name != "asks_senses"}
        return {names[key] if self.asks_senses and key in names else key: value for key, value in written.items()}

    def as_text(self, style: Style) -> str:
        kind, option = (
            ("sense-tagged instances", f"--senses {self.questions} {self.text}")
            if self.asks_senses
            else ("questions", f"--pseudo-words {self.questions}")
        )
        return "\n".join(
            [
                f"{self.num_sentences:,} sentences with {self.num_pairs:,} pseudo-words in {style.bold(self.text)}, "
                f"{self.num_questions:,} {kind} in {style.bold(self.questions)}",
                "",
                style.faint("what next"),
                f"  densevec train MODEL {self.text} -o FILE",
                f"  densevec evaluate FILE {option}",
            ]
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_corpus(parser, "CORPUS")
    parser.add_argument(
        "-o",
        "--output",
        type=PathOption(Role.OUTPUT),
        nargs=2,
        required=True,
        metavar=("TEXT", "QUESTIONS"),
        help="the files to write",
    )
    parser.add_argument(
        "--pairs",
        type=int,
        dest="num_pairs",
        default=200,
        metavar="N",
        help="pairs of words, or words with --senses (default: 200)",
    )
    parser.add_argument(
        "--sentences",
        type=int,
        dest="num_sentences",
        default=50,
        metavar="N",
        help="questions of each, or tagged sentences of each sense, of six tokens or more (default: 50)",
    )
    parser.add_argument(
        "--senses",
        type=int,
        dest="max_senses",
        metavar="K",
        help="words of one to K senses instead of pairs: so many words are written as one in all of their places, and "
        "QUESTIONS are sentences tagged with the word that stood there",
    )
    add_errors_option(parser, "strict")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="decides all that is random (default: 1)")


def run(args: argparse.Namespace) -> Made:
    for path in args.output:
        check_writable(path)
    return _make_pairs(args) if args.max_senses is None else _make_senses(args)


def _make_pairs(args: argparse.Namespace) -> Made:
    text, questions = args.output
    pseudo = PseudoWords(TextCorpus(args.corpus, errors=args.errors), args.num_pairs, args.num_sentences, args.seed)
    number = pseudo.write(text, questions)
    return Made(text, questions, len(pseudo.pairs), number, len(pseudo.questions))


def _make_senses(args: argparse.Namespace) -> Made:
    text, instances = args.output
    check_parameter("--pairs", args.num_pairs, Interval(int, 1))
    planted = PseudoSenses(
        TextCorpus(args.corpus, errors=args.errors), args.num_pairs, args.max_senses, args.num_sentences, args.seed
    )
    number = planted.write(text, instances)
    return Made(text, instances, len(planted.groups), number, len(planted.instances), asks_senses=True)
