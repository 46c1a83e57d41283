"""Words a second of counting and encoding a text, beside gensim's counting of the same file.

    python benchmarks/vocabulary.py TEXT [--workers 2] [--rounds 5]

TEXT is a plain file: one sentence a line, tokens separated by spaces.  The sides take turns (A B C A B C ...), the
medians and their ratios are printed.  Run it on a machine that does nothing else: the last column, processor time over
wall time, must be near the number of threads.  gensim is optional (pip install 'densevec[bench]').
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

from densevec.corpus import TextCorpus, build_vocabulary, encode_corpus


def measure(sides: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Wall and processor seconds of every round of every side, in turn."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            wall, processor = time.perf_counter(), time.process_time()
            run()
            times[name].append((time.perf_counter() - wall, time.process_time() - processor))
    return times


def gensim_side(path: str, min_count: int) -> Callable[[], object] | None:
    try:
        from gensim.models import Word2Vec
    except ImportError:
        return None
    return lambda: Word2Vec(min_count=min_count).build_vocab(corpus_file=path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--min-count", type=int, default=5)
    options = parser.parse_args()
    corpus = TextCorpus(options.text)
    vocabulary = build_vocabulary(corpus, min_count=options.min_count, workers=options.workers)
    print(f"{vocabulary.num_raw_tokens:,} words, vocabulary {len(vocabulary):,}, {options.workers} threads, "
          f"load {os.getloadavg()[0]:.2f} before the start")  # fmt: skip

    sides: dict[str, Callable[[], object]] = {
        "build_vocabulary": lambda: build_vocabulary(corpus, min_count=options.min_count, workers=options.workers),
        "encode_corpus": lambda: encode_corpus(corpus, vocabulary, workers=options.workers).close(),
    }
    other = gensim_side(options.text, options.min_count)
    if other is None:
        print("gensim is not installed: no comparison")
    else:
        sides["gensim build_vocab"] = other
    times = measure(sides, options.rounds)

    medians = {name: statistics.median(wall for wall, _ in each) for name, each in times.items()}
    for name, each in times.items():
        rate = vocabulary.num_raw_tokens / medians[name] / 1e6
        share = sum(processor for _, processor in each) / sum(wall for wall, _ in each)
        line = f"{name:20s} {medians[name]:8.3f} s {rate:8.1f} M words/s   processor/wall {share:.2f}"
        if other is not None and name != "gensim build_vocab":
            line += f"   {medians['gensim build_vocab'] / medians[name]:.1f} x gensim"
        print(line)
    if other is not None:
        both = medians["build_vocabulary"] + medians["encode_corpus"]
        print(f"counting and encoding together: {medians['gensim build_vocab'] / both:.1f} x gensim's counting alone")


if __name__ == "__main__":
    main()
