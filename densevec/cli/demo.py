"""``densevec demo``: train on the built-in corpus, or on a text of one's own, and look around."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from densevec._validation import Interval, check_parameter
from densevec.cli.entails import Entails, ask
from densevec.cli.files import check_savable
from densevec.cli.output import Style, amount, duration, log, pairs_as_json, scored_words, side_by_side
from densevec.cli.paths import PathOption, Role, check_apart
from densevec.cli.posterior import Posterior, read_in_context
from densevec.cli.reading import add_errors_option
from densevec.cli.text_demo import TextDemo, look_around
from densevec.cli.train import Trained, next_steps, partial_path, train_and_save
from densevec.errors import ParameterError

WORD = "kiwi"
PAIR = ("kakapo", "bird")
_SENTENCES = 50_000


@dataclass(frozen=True)
class Demo:
    """What a first look at a trained model shows."""

    trained: Trained
    num_sentences: int
    neighbors: list[tuple[str, float]]
    entailments: list[Entails]
    readings: dict[str, Posterior]

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.trained.as_dict(),
            "sentences": self.num_sentences,
            "most_similar": {WORD: pairs_as_json(self.neighbors)},
            "entails": [answer.as_dict() for answer in self.entailments],
            "readings": [
                {
                    "reading": name,
                    "sentence": " ".join(reading.tokens),
                    "position": reading.position,
                    "neighbors": pairs_as_json(reading.neighbors),
                }
                for name, reading in self.readings.items()
            ],
        }

    def as_text(self, style: Style) -> str:
        return "\n\n".join(
            [
                f"{style.bold('densevec demo')}  {self.num_sentences:,} sentences, {self.trained.words:,} words, "
                f"dim {self.trained.dim}, {duration(self.trained.seconds)}, "
                f"{amount(self.trained.peak_memory_bytes)}B of memory",
                f"vectors.most_similar({WORD!r})\n{scored_words(self.neighbors)}",
                self._entailment_text(style),
                self._readings_text(style),
                f"saved to {style.bold(self.trained.file)}\n\n{style.faint('what next')}\n{self._next_text()}",
            ]
        )

    def _entailment_text(self, style: Style) -> str:
        calls = [f"vectors.entails({answer.narrow!r}, {answer.broad!r})" for answer in self.entailments]
        width = max(map(len, calls))
        lines = []
        for call, answer in zip(calls, self.entailments, strict=True):
            verdict = style.good("True ") if answer.entails else style.bad("False")
            lines.append(f"{call:{width}}  {verdict}  {style.faint(f'P = {answer.probability:.3f}')}")
        return "\n".join(lines)

    def _readings_text(self, style: Style) -> str:
        lines = [
            f"one word, three readings: model.posterior(tokens, position) of {style.bold(WORD)} in three sentences"
        ]
        blocks = []
        width = max(map(len, self.readings))
        for name, reading in self.readings.items():
            sentence = " ".join(style.bold(t) if t == WORD else t for t in reading.tokens)
            lines.append(f"  {name:{width}}  {sentence}")
            blocks.append(f"{name}\n{scored_words(reading.neighbors)}")
        table_lines = side_by_side(blocks).splitlines()
        indented = [f"  {style.faint(line) if n == 0 else line}" for n, line in enumerate(table_lines)]
        return "\n".join([*lines, "", *indented])

    def _next_text(self) -> str:
        path = self.trained.file
        more = [
            [f'densevec posterior {path} "a bat hung in the dark cave" bat', "a word in your sentence"],
            ["densevec train bayesian-skipgram TEXT -o FILE", "your own text, one sentence a line"],
        ]
        return next_steps(path, word=WORD, pair=" ".join(PAIR), more=more)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--text",
        type=PathOption(Role.TEXT),
        nargs="+",
        metavar="FILE",
        help="a text of your own, files, URLs, folders or glob patterns, one sentence a line, in place of the built-in "
        "one; its first 16 MB are read",
    )
    add_errors_option(parser, "strict")
    parser.add_argument(
        "-o",
        "--output",
        type=PathOption(Role.OUTPUT),
        metavar="FILE",
        help="where the model is saved (default: aviary.safetensors, with --text demo.safetensors)",
    )
    parser.add_argument(
        "--sentences",
        type=int,
        metavar="N",
        help="how much of the corpus is made (default: 50000), or how much of the text is read",
    )
    parser.add_argument("--topn", type=int, default=6, metavar="N", help="how many neighbours (default: 6)")
    parser.add_argument("--seed", type=int, default=1, help="of the corpus and of training (default: 1)")


def run(args: argparse.Namespace) -> Demo | TextDemo:
    if args.sentences is not None:
        check_parameter("--sentences", args.sentences, Interval(int, 1))
    check_parameter("--topn", args.topn, Interval(int, 0))
    if args.text is None and args.errors != args.parser.get_default("errors"):
        raise ParameterError("--errors needs --text FILE, which is read by it")
    output = args.output = args.output or ("aviary.safetensors" if args.text is None else "demo.safetensors")
    check_apart(args, {Role.PARTIAL: partial_path(output)})
    check_savable(output)
    if args.text is not None:
        return look_around(args.text, args.errors, output, args.sentences, args.topn, args.seed)
    return _built_in(output, args.sentences or _SENTENCES, args.topn, args.seed)


def _built_in(output: str, num_sentences: int, topn: int, seed: int) -> Demo:
    from densevec.corpus.aviary import Aviary
    from densevec.models import BayesianSkipGram

    corpus = Aviary(num_sentences, seed)
    model = BayesianSkipGram(corpus, seed=seed, **SETTINGS)
    _check_enough(num_sentences, Aviary(_SENTENCES, seed), model.min_count)
    log(f"training on {num_sentences:,} sentences of simple English about birds, fruit and people ...")
    trained = train_and_save(model, output)
    vectors = model.vectors
    return Demo(
        trained=trained,
        num_sentences=num_sentences,
        neighbors=vectors.most_similar(WORD, topn=topn),
        entailments=[ask(vectors, *PAIR), ask(vectors, PAIR[1], PAIR[0])],
        readings={
            name: read_in_context(model, *sense.examples[0], topn) for name, sense in corpus.facts.senses[WORD].items()
        },
    )


def _check_enough(num_sentences: int, corpus: Iterable[list[str]], min_count: int) -> None:
    """ParameterError for so few first sentences of a corpus that the words that are asked about are not learned."""
    asked, counts = (WORD, *PAIR), Counter[str]()
    for number, sentence in enumerate(corpus, 1):
        counts.update(sentence)
        if all(counts[word] >= min_count for word in asked):
            if num_sentences >= number:
                return
            raise ParameterError(
                f"--sentences must be at least {number}, in which {', '.join(asked)} come {min_count} times each, got "
                f"{num_sentences}"
            )


# A small vocabulary needs few dimensions and smaller steps.  Frequency says nothing about generality in the aviary, so
# that only what a word tells about its contexts counts, not how rare these are.
SETTINGS: dict[str, Any] = {"dim": 50, "epochs": 8, "batch_size": 512, "negative": 256, "information_exponent": 1.0}
