"""Speed of training beside gensim's, in one run: text file to vectors, words/s before and after subsampling.

    python benchmarks/training.py TEXT [--workers 2] [--epochs 5] [--rounds 1] [--only C1 C2 ...]
        [--similarity FILE ...] [--analogies FILE] [--append docs/benchmarks.md]

TEXT is a plain file: one sentence a line, tokens separated by spaces.  Both sides of a comparison take turns (A B A B
...), medians and their ratio are printed, with the processor time over wall time of each side (it must be near the
number of threads) and, where test sets are given, the quality of the vectors just timed.  Run it on a machine that
does nothing else.  gensim is optional (pip install 'densevec[bench]'): without it, what compares with it is left out.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from densevec import CBOW, BayesianSkipGram, DensityWord2Vec, KeyedVectors, SkipGram, build_vocabulary, encode_corpus
from densevec.corpus.blocks import BlockReader
from densevec.evaluation import evaluate_analogies, evaluate_similarity

try:
    from gensim.models import Word2Vec
except ImportError:
    Word2Vec = None


@dataclass
class Run:
    """One timed run: seconds, tokens of the text, tokens kept, and what it made."""

    wall: float
    processor: float
    raw: int
    kept: int = 0
    vectors: KeyedVectors | None = None
    training_rate: float = 0.0  # raw words/s of the training loop alone, in the last epoch


@dataclass
class Side:
    """One side of a comparison; ``run`` gives (raw tokens, kept tokens, vectors, rate of the loop)."""

    name: str
    run: Callable[[], tuple[int, int, KeyedVectors | None, float]]
    threads: int
    runs: list[Run] = field(default_factory=list)

    def measure(self) -> None:
        wall, processor = time.perf_counter(), time.process_time()
        raw, kept, vectors, rate = self.run()
        done = Run(time.perf_counter() - wall, time.process_time() - processor, raw, kept, vectors, rate)
        self.runs.append(done)

    def median(self, value: Callable[[Run], float]) -> float:
        return statistics.median(value(run) for run in self.runs)

    @property
    def speed(self) -> float:
        return self.median(lambda run: run.raw / run.wall)


class Bench:
    """The comparisons on one text."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.text: str = options.text
        self.words = build_vocabulary(self.text).num_raw_tokens
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        print(line, flush=True)
        self.lines.append(line)

    def ours(self, kind: Any, text: str | None = None, **settings: Any) -> Side:
        settings = {"epochs": self.options.epochs, "workers": self.options.workers, **settings}
        words = self.words if text is None else build_vocabulary(text).num_raw_tokens

        def run() -> tuple[int, int, KeyedVectors | None, float]:
            model = kind(text or self.text, **settings).train(progress=False)
            vectors = model.vectors
            kept = sum(report.num_tokens for report in model.history)
            return words * settings["epochs"], kept, vectors, model.history[-1].words_per_second

        shown = ", ".join(f"{name}={value}" for name, value in settings.items() if name not in ("epochs", "workers"))
        return Side(f"{kind.__name__}({shown})", run, settings["workers"])

    def gensim(self, **settings: Any) -> Side:
        settings = {"sg": 1, "vector_size": 100, "workers": self.options.workers, "sample": 1e-3, **settings}

        def run() -> tuple[int, int, KeyedVectors | None, float]:
            model = Word2Vec(corpus_file=self.text, epochs=self.options.epochs, **settings)
            vectors = KeyedVectors(model.wv.index_to_key, model.wv.vectors)
            return self.words * self.options.epochs, 0, vectors, 0.0

        names = {"sg": "", "workers": "", "sample": "", "vector_size": "vector_size"}
        shown = ", ".join(f"{names.get(n) or n}={v}" for n, v in settings.items() if names.get(n, n))
        return Side(f"gensim {'skip-gram' if settings['sg'] else 'CBOW'} ({shown})", run, settings["workers"])

    def compare(
        self, title: str, sides: Sequence[Side], rate: Callable[[Side], float] = lambda side: side.speed
    ) -> None:
        """Time the sides in turn and say what each is of the last."""
        baseline = sides[-1]
        for _ in range(self.options.rounds):
            for side in sides:
                side.measure()
        self.say(f"\n### {title}\n")
        self.say("| | seconds | raw M words/s | kept M words/s | processor/wall | quality | ratio |")
        self.say("|---|---|---|---|---|---|---|")
        for side in sides:
            kept = side.median(lambda run: run.kept / run.wall) / 1e6
            share = side.median(lambda run: run.processor / run.wall)
            ratio = "" if side is baseline else f"**{rate(side) / rate(baseline):.2f} ×**"
            cells = [side.name, f"{side.median(lambda run: run.wall):.2f}", f"{rate(side) / 1e6:.3f}"]
            cells += [f"{kept:.3f}" if kept else "", f"{share:.2f} of {side.threads}"]
            self.say("| " + " | ".join([*cells, self.quality(side.runs[-1].vectors), ratio]) + " |")
            for run in side.runs:
                run.vectors = None

    def quality(self, vectors: KeyedVectors | None) -> str:
        if vectors is None:
            return ""
        figures = [f"{evaluate_similarity(vectors, path).spearman:.3f}" for path in self.options.similarity]
        if self.options.analogies:
            figures.append(f"{evaluate_analogies(vectors, self.options.analogies).total:.3f}")
        return " / ".join(figures)


def head_of(path: str, num_lines: int, folder: str) -> str:
    """The first lines of a file as a file."""
    head = os.path.join(folder, "head.txt")
    with open(path, encoding="utf-8") as text, open(head, "w", encoding="utf-8") as out:
        out.writelines(islice(text, num_lines))
    return head


MORE_NOISE = {"noise_words": 48, "learning_rate": 0.0325}  # keeps gensim's SimLex-999 too (docs/results.md)


def c1(bench: Bench) -> None:
    """C1, C5 and C7 have the same other side."""
    sides = [bench.ours(kind) for kind in (SkipGram, BayesianSkipGram, DensityWord2Vec)]
    sides += [bench.ours(SkipGram, **MORE_NOISE), bench.gensim()]
    bench.compare("C1, C5, C7: each model with its defaults beside skip-gram, d = 100", sides)


def c2(bench: Bench) -> None:
    bench.compare("C2 skip-gram, d = 300", [bench.ours(SkipGram, dim=300), bench.gensim(vector_size=300)])


def c3(bench: Bench) -> None:
    bench.compare("C3 deterministic, one thread", [bench.ours(SkipGram, workers=1), bench.gensim(workers=1)])


def c4(bench: Bench) -> None:
    tree = [bench.ours(SkipGram, output_layer="hierarchical"), bench.gensim(hs=1, negative=0)]
    bench.compare("C4 skip-gram, hierarchical softmax", tree)
    bench.compare("C4 CBOW, negative sampling", [bench.ours(CBOW), bench.gensim(sg=0)])
    tree = [bench.ours(CBOW, output_layer="hierarchical"), bench.gensim(sg=0, hs=1, negative=0)]
    bench.compare("C4 CBOW, hierarchical softmax", tree)


def c6(bench: Bench) -> None:
    with tempfile.TemporaryDirectory() as folder:
        head = head_of(bench.text, 100_000, folder)
        sides = [bench.ours(BayesianSkipGram, head, epochs=1, engine=engine) for engine in ("fused", "torch")]
        title = "C6 BayesianSkipGram, fused beside torch, first 100,000 sentences, one epoch"
        bench.compare(f"{title}, the training loop alone", sides, lambda side: side.median(lambda r: r.training_rate))


def c9(bench: Bench) -> None:
    for kind in (SkipGram, BayesianSkipGram):
        sides = [bench.ours(kind, workers=workers) for workers in (2, 1)]
        title = f"C9 two threads beside one, {kind.__name__}, the training loop alone"
        bench.compare(title, sides, lambda side: side.median(lambda run: run.training_rate))


def c10(bench: Bench) -> None:
    workers = bench.options.workers
    counted = Side(
        "build_vocabulary",
        lambda: (build_vocabulary(bench.text, workers=workers).num_raw_tokens, 0, None, 0.0),
        workers,
    )
    sides = [counted]
    if Word2Vec is not None:

        def count() -> tuple[int, int, None, float]:
            Word2Vec(min_count=5).build_vocab(corpus_file=bench.text)
            return bench.words, 0, None, 0.0

        sides.append(Side("gensim build_vocab", count, 1))
    bench.compare("C10 vocabulary", sides)


def c11(bench: Bench) -> None:
    """Blocks read and thrown away, beside an epoch of training that reads the same blocks; one thread."""
    vocabulary = build_vocabulary(bench.text)
    with encode_corpus(bench.text, vocabulary) as encoded:
        keep = vocabulary.keep_probability(1e-3)
        reader = BlockReader(encoded.ids, encoded.offsets, keep, block_size=8192, window=5, shrink=True)
        started = time.perf_counter()
        for _ in reader.blocks(1):
            pass
        reading, num_known = time.perf_counter() - started, len(encoded.ids)
    bench.say("\n### C11 share of an epoch's time spent reading, one thread\n")
    for kind in (SkipGram, BayesianSkipGram):
        model = kind(bench.text, epochs=2).train(progress=False)
        epoch = num_known / model.history[1].words_per_second
        bench.say(f"- {kind.__name__}: {reading:.2f} s of {epoch:.2f} s, {100 * reading / epoch:.1f} %")


_MEMORY_PROGRAM = """
import sys, threading, time
from densevec import SkipGram, build_vocabulary
def anonymous():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))
import densevec.models.word2vec.kernel
before, peak, stop = anonymous(), 0, threading.Event()
def watch():
    global peak
    while not stop.wait(0.02):
        peak = max(peak, anonymous())
vocabulary = build_vocabulary(sys.argv[1], min_count=1)
counted, num_words = anonymous() - before, len(vocabulary)
del vocabulary
threading.Thread(target=watch, daemon=True).start()
SkipGram(sys.argv[1], dim=int(sys.argv[2]), min_count=1, epochs=1).train(progress=False)
stop.set()
print(num_words, counted, peak - before)
"""


def rare_words(num_words: int) -> Iterator[str]:
    """Sentences in which every word occurs twice."""
    random = np.random.default_rng(1)
    for _ in range(2):
        for row in random.permutation(num_words).reshape(-1, 20):
            yield " ".join(f"w{number:x}" for number in row) + "\n"


def c16(bench: Bench) -> None:
    num_words = 2_600_000
    bench.say(f"\n### C16 memory of SkipGram, {num_words:,} words\n")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rare.txt")
        with open(path, "w", encoding="utf-8") as out:
            out.writelines(rare_words(num_words))
        for dim in (100, 128):  # rows are padded to a multiple of 16
            command = [sys.executable, "-c", _MEMORY_PROGRAM, path, str(dim)]
            done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
            found, vocabulary, peak = map(int, done.stdout.split())
            tables = 2 * found * dim * 4
            bench.say(
                f"- d = {dim}: peak {peak / 1e9:.2f} GB above what importing takes; two tables {tables / 1e9:.2f} GB, "
                f"vocabulary {vocabulary / 1e9:.2f} GB: ratio **{peak / (tables + vocabulary):.2f}**"
            )


COMPARISONS = {function.__name__.upper(): function for function in (c1, c2, c3, c4, c6, c9, c10, c11, c16)}
NEEDS_GENSIM = {"C1", "C2", "C3", "C4"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=COMPARISONS, default=list(COMPARISONS))
    parser.add_argument("--similarity", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--analogies", metavar="FILE")
    parser.add_argument("--append", metavar="FILE", help="add what is printed to a file")
    options = parser.parse_args()
    bench = Bench(options)
    machine = f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    measured = [*map(os.path.basename, options.similarity), *(["analogies"] if options.analogies else [])]
    bench.say(f"\n## {datetime.date.today()}, {machine}\n")
    bench.say(
        f"{bench.words:,} words, {options.epochs} epochs, {options.workers} threads, medians of {options.rounds}; "
        f"load {os.getloadavg()[0]:.2f} before the start; quality: {' / '.join(measured)}"
    )
    for name in options.only:
        if name in NEEDS_GENSIM and Word2Vec is None:
            bench.say(f"\n{name}: left out, gensim is not installed")
        else:
            COMPARISONS[name](bench)
    if options.append:
        with open(options.append, "a", encoding="utf-8") as out:
            out.write("\n".join(bench.lines) + "\n")


if __name__ == "__main__":
    main()
