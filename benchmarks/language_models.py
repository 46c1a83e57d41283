"""Neural language models: perplexity on the Brown corpus, speed by output layer, sentence completion against time.

    python benchmarks/language_models.py brown [NAME...] [--data DIR] [--workers N]
    python benchmarks/language_models.py speed [NAME...] --text FILE [--workers N] [--seconds X]
    python benchmarks/language_models.py completion NAME --text FILE [--data DIR] [--workers N] [--epochs N] [-o FILE]

DIR is the environment variable DENSEVEC_DATA by default.  NAME is one of the settings listed below, all by default.

brown: the split of benchmarks/brown.py (800,000 tokens, 200,000 for validation, the rest for testing; words seen fewer
than 3 times in the training part are "<unk>", V = 16,430; sentences with their ends), test perplexity of each model
alone and mixed with the trigram, weights fitted on the validation part, beside our Kneser-Ney models.
speed: words a second of training and of CPU time, with the whole text's vocabulary.
completion: accuracy on the MSR challenge after 1, 2, 4, ... epochs and at the end, and the minutes training took.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from brown import PARTS, read_sentences, split, write

from densevec import NPLM, RNNLM, Interpolated, LogBilinear, NGram
from densevec.evaluation import evaluate_completion
from densevec.evaluation.completion import read_completion_answers, read_completion_questions

Settings = dict[str, tuple[type, dict[str, Any]]]
SMALL_TEXT = {"min_count": 3, "epochs": 8, "patience": 2, "learning_rate": 0.15, "dropout": 0.3}
NPLM_BROWN = {"dim": 100, "hidden": 200, **SMALL_TEXT}
RNN_BROWN = {**SMALL_TEXT, "dim": 200, "hidden": 200, "dropout": 0.4, "epochs": 15}
BROWN: Settings = {
    **{
        f"nplm-{layer}": (NPLM, {**NPLM_BROWN, "output_layer": layer})
        for layer in ("nce", "full", "css", "class", "hierarchical")
    },
    "nplm-tied": (NPLM, {**NPLM_BROWN, "tied": True, "dim": 200}),
    "nplm-direct": (NPLM, {**NPLM_BROWN, "direct": True}),
    "lbl": (LogBilinear, {**SMALL_TEXT, "dim": 100, "window": 5}),
    "vlbl": (LogBilinear, {**SMALL_TEXT, "dim": 100, "window": 5, "position_matrices": "diagonal"}),
    "lstm-nce": (RNNLM, RNN_BROWN),
    "lstm-full": (RNNLM, {**RNN_BROWN, "output_layer": "full"}),
    "lstm-tied": (RNNLM, {**RNN_BROWN, "tied": True}),
    "gru": (RNNLM, {**RNN_BROWN, "cell": "gru"}),
    "elman": (RNNLM, {**RNN_BROWN, "cell": "elman"}),
}
RNN_SPEED = {"dim": 256, "hidden": 256, "streams": 64}
SPEED: Settings = {
    **{
        f"lstm-{layer}": (RNNLM, {**RNN_SPEED, "output_layer": layer})
        for layer in ("nce", "css", "class", "hierarchical", "full")
    },
    "gru-nce": (RNNLM, {**RNN_SPEED, "cell": "gru"}),
    "elman-nce": (RNNLM, {**RNN_SPEED, "cell": "elman"}),
    "nplm-nce": (NPLM, {"dim": 100, "batch_size": 2048}),
    "lbl-nce": (LogBilinear, {"dim": 100, "batch_size": 2048}),
    "vlbl-nce": (LogBilinear, {"dim": 300, "window": 10, "position_matrices": "diagonal"}),
    "vlbl-nce-torch": (
        LogBilinear,
        {"dim": 300, "window": 10, "position_matrices": "diagonal", "batch_size": 2048, "engine": "torch"},
    ),
}
LARGE_TEXT = {"min_count": 5, "learning_rate": 0.15}
# "negative" equal to "noise_size": each word is told from all the noise of its step, which costs no more in torch
TOGETHER = {"negative": 1000, "noise_size": 1000}
VECTOR_FORM = {**LARGE_TEXT, "dim": 300, "position_matrices": "diagonal", "learning_rate": 0.2, "epochs": 8}
COMPLETION: Settings = {
    "vlbl": (LogBilinear, {**VECTOR_FORM, "window": 10}),
    "vlbl-both": (LogBilinear, {**VECTOR_FORM, "context": "both"}),
    "vlbl-both-torch": (
        LogBilinear,
        {
            **VECTOR_FORM,
            **LARGE_TEXT,
            **TOGETHER,
            "context": "both",
            "network_learning_rate": 0.01,
            "batch_size": 2048,
            "engine": "torch",
        },
    ),
    "lstm": (RNNLM, {**LARGE_TEXT, **TOGETHER, "dim": 256, "hidden": 256, "streams": 64, "epochs": 5}),
    "lstm-large": (RNNLM, {**LARGE_TEXT, **TOGETHER, "dim": 300, "hidden": 400, "streams": 64, "epochs": 2}),
}


def brown(options: argparse.Namespace) -> None:
    parts = split(read_sentences(options.data / "brown" / "brown.tar.xz"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(parts, folder)
        train, valid, test = (str(folder / f"{part}.txt") for part in PARTS)
        trigram, *_ = ngrams = [NGram(train, order, min_count=3).train() for order in (3, 5)]
        for model in ngrams:
            print(f"modified Kneser-Ney, order {model.order}: {model.perplexity(test).perplexity:.1f}")
        print(
            f"{'model':18} {'words/s':>8} epochs {'valid':>7} {'test':>7} {'no unk':>7} {'mixed':>7} weight", flush=True
        )
        for title, (kind, settings) in chosen(BROWN, options.names):
            model = kind(train, **settings, workers=options.workers, device="cpu").train(validation=valid)
            alone = model.perplexity(test)
            mixed = Interpolated([model, trigram]).fit(valid)
            best = math.exp(min(report.validation["loss"] for report in model.history))
            speed = sorted(report.words_per_second for report in model.history)[len(model.history) // 2]
            figures = (alone.perplexity, alone.perplexity_without_unknown, mixed.perplexity(test).perplexity)
            shown = " ".join(f"{each:8.1f}" for each in (best, *figures))
            print(f"{title:18} {len(model.history):6} {speed:8,.0f} {shown} {mixed.weights[0]:6.2f}", flush=True)


def speed(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.workers)
    text = NPLM(options.text)
    vocabulary = text.count(text.open_text(options.text))
    encoded = text.encode(text.open_text(options.text), vocabulary)
    print(f"{len(encoded.ids):,} tokens, V = {len(vocabulary):,}, {options.workers} threads")
    print(f"{'model':18} {'words/s':>9} {'a CPU second':>13} steps", flush=True)
    for title, (kind, settings) in chosen(SPEED, options.names):
        task = kind(None, **settings, workers=options.workers, device="cpu").make_task(vocabulary, encoded)
        batches = itertools.chain.from_iterable(task.batches(epoch, None) for epoch in itertools.count())
        task.step(next(batches), 0, 0.0)
        words = steps = 0
        started, cpu = time.perf_counter(), time.process_time()
        while time.perf_counter() - started < options.seconds:
            batch = next(batches)
            steps += 1
            task.step(batch, steps, 0.0)
            words += batch.num_read
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        print(f"{title:18} {words / seconds:9,.0f} {words / cpu:13,.0f} {steps:5}", flush=True)


class Accuracy:
    """Prints how many questions are answered right after 1, 2, 4, ... epochs and after the last."""

    def __init__(self, data: Path) -> None:
        folder = data / "sentence_completion"
        self.questions = read_completion_questions(folder / "questions.csv")
        self.answers = read_completion_answers(folder / "answers.csv", self.questions)
        self.training = 0.0
        self.since = time.perf_counter()

    def on_epoch_end(self, model: Any, report: Any) -> None:
        self.training += time.perf_counter() - self.since
        epoch = report.epoch + 1
        if epoch & (epoch - 1) == 0 or epoch == model.epochs:
            accuracy = evaluate_completion(model, self.questions, self.answers).accuracy
            print(
                f"epoch {epoch}, {self.training / 60:.1f} minutes, {report.words_per_second:,.0f} words/s, "
                f"loss {report.loss:.3f}: {100 * accuracy:.1f} %",
                flush=True,
            )
        self.since = time.perf_counter()


def completion(options: argparse.Namespace) -> None:
    for title, (kind, settings) in chosen(COMPLETION, options.names):
        changed = settings | ({} if options.epochs is None else {"epochs": options.epochs})
        print(title, changed, flush=True)
        model = kind(options.text, **changed, workers=options.workers, device="cpu")
        try:
            model.train(callbacks=[Accuracy(options.data)], checkpoint=options.checkpoint)
        finally:  # interrupted, too
            if options.output:
                model.save(options.output)


def chosen(settings: Settings, names: list[str]) -> Iterator[tuple[str, tuple[type, dict[str, Any]]]]:
    for name in names or settings:
        if name not in settings:
            raise SystemExit(f"{name!r} is none of {', '.join(settings)}")
        yield name, settings[name]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["brown", "speed", "completion"])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("DENSEVEC_DATA", "../shared/data")))
    parser.add_argument("--text", help="training text, one sentence a line")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--checkpoint", help="file for checkpoints of a long training")
    parser.add_argument("-o", "--output", help="where the trained model is saved")
    options = parser.parse_args()
    {"brown": brown, "speed": speed, "completion": completion}[options.what](options)


if __name__ == "__main__":
    main()
