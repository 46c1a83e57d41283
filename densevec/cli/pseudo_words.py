"""``densevec pseudo-words CORPUS... -o TEXT QUESTIONS``"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from densevec.cli.files import check_writable
from densevec.cli.output import Style
from densevec.corpus import TextCorpus
from densevec.corpus.pseudo_words import PseudoWords, write_pseudo_questions


@dataclass(frozen=True)
class Made:
    """What was written where."""

    text: str
    questions: str
    num_pairs: int
    num_sentences: int
    num_questions: int

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))

    def as_text(self, style: Style) -> str:
        return "\n".join(
            [
                f"{self.num_sentences:,} sentences with {self.num_pairs:,} pseudo-words in {style.bold(self.text)}, "
                f"{self.num_questions:,} questions in {style.bold(self.questions)}",
                "",
                style.faint("what next"),
                f"  densevec train MODEL {self.text} -o FILE",
                f"  densevec evaluate FILE --pseudo-words {self.questions}",
            ]
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpus", metavar="CORPUS", nargs="+", help="text files, URLs, folders or glob patterns")
    parser.add_argument(
        "-o", "--output", nargs=2, required=True, metavar=("TEXT", "QUESTIONS"), help="the files to write"
    )
    parser.add_argument("--pairs", type=int, default=200, metavar="N", help="pairs of words (default: 200)")
    parser.add_argument("--sentences", type=int, default=50, metavar="N", help="questions of each (default: 50)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="decides all that is random (default: 1)")


def run(args: argparse.Namespace) -> Made:
    text, questions = args.output
    for path in args.output:
        check_writable(path)
    pseudo = PseudoWords(TextCorpus(args.corpus), args.pairs, args.sentences, args.seed)
    number = 0
    with open(text, "w", encoding="utf-8") as file:
        for tokens in pseudo:
            file.write(" ".join(tokens) + "\n")
            number += 1
    write_pseudo_questions(questions, pseudo.questions)
    return Made(text, questions, len(pseudo.pairs), number, len(pseudo.questions))
