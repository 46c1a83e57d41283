"""``densevec score FILE TEXT``"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from densevec.cli.files import File
from densevec.cli.options import on_disk
from densevec.cli.output import Style, table
from densevec.cli.paths import PathOption, Role
from densevec.cli.reading import add_own_reading_options, own_reading
from densevec.corpus.language import encode_separately, marks_of
from densevec.corpus.perplexity import Perplexity, PerplexitySum


@dataclass(frozen=True)
class Scores:
    """log P of every line of a text, in nats, and the perplexity of the sentences: blank lines are none."""

    sentences: list[tuple[str, int, float]]
    total: Perplexity | None  # None of a model that is no model of text

    def as_dict(self) -> dict[str, Any]:
        return {
            "sentences": [
                {"text": text, "tokens": tokens, "log_prob": log_prob} for text, tokens, log_prob in self.sentences
            ],
            "log_prob": sum(log_prob for _, tokens, log_prob in self.sentences if tokens > 1),
            **({} if self.total is None else self.total.as_dict()),
        }

    def as_text(self, style: Style) -> str:
        """A line a sentence, its log probability before it; then the totals, where they mean something."""
        lines = [f"{log_prob:.4f}\t{text}" for text, _, log_prob in self.sentences]
        return "\n".join(lines if self.total is None else [*lines, "", perplexity_text(self.total, style)])


def perplexity_text(found: Perplexity, style: Style) -> str:
    """The figures of a text for people."""
    rows = [
        ["perplexity", f"{found.perplexity:.2f}", f"{found.num_tokens:,} tokens, ends of sentences among them"],
        ["without <unk>", f"{found.perplexity_without_unknown:.2f}", f"{found.num_unknown:,} unknown tokens"],
        ["without </s>", f"{found.perplexity_without_ends:.2f}", f"{found.num_sentences:,} sentences"],
        ["nats a token", f"{found.nats_per_token:.4f}", ""],
        ["bits a token", f"{found.bits_per_token:.4f}", ""],
    ]
    return table(rows, align="lr")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=PathOption(Role.INPUT), metavar="FILE", help="a language model: a densevec file, or an ARPA file"
    )
    parser.add_argument(
        "text",
        type=PathOption(Role.TEXT),
        metavar="TEXT",
        nargs="+",
        help="text files, a sentence a line, which stands for itself, whatever the model carries from one to the next "
        "in evaluate --perplexity; - for standard input",
    )
    add_own_reading_options(parser)


def run(args: argparse.Namespace) -> Scores:
    model = File(args.file).language_model()
    marks = marks_of(model.vocabulary)
    total = PerplexitySum(marks.unknown, marks.end)
    sentences = []
    with on_disk(*args.text) as paths:
        text = model.open_text(paths, **own_reading(args))
        for words, log_probs in model.score(text):
            if words:
                total.add(encode_separately(text.sentences_of(words), model.vocabulary)[0], log_probs)
            sentences.append((" ".join(words), len(log_probs), float(log_probs.sum())))
    return Scores(sentences, total.result() if model.is_one_sided else None)
