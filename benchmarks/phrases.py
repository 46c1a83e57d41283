"""Words a second of learning phrases, beside gensim's Phrases on the same file, and whether both find the same.

    python benchmarks/phrases.py TEXT [--rounds 3] [--min-count 5] [--threshold 10] [--scoring default]
        [--max-vocab-size 1000000000]

TEXT is a plain file: one sentence a line, tokens separated by spaces.  One pass, on one thread.  The sides take turns
(A B A B ...); the medians and their ratios are printed, then how many phrases one side alone found and by how much
scores differ at the most: where ``max_vocab_size`` is beyond what the text has, neither drops anything, and both should
have the same.  Run it on a machine that does nothing else: the last column, processor time over wall time, must be near
1.  gensim is optional (pip install 'densevec[bench]').
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

from densevec import Phrases

Learned = dict[str, float]


def by_densevec(options: argparse.Namespace) -> Learned:
    phrases = Phrases(
        options.text, options.min_count, options.threshold, options.max_vocab_size, scoring=options.scoring
    )
    return phrases.train().export_phrases()


def by_gensim(options: argparse.Namespace) -> Learned:
    from gensim.models.phrases import Phrases as Theirs
    from gensim.models.word2vec import LineSentence

    theirs = Theirs(
        LineSentence(options.text),
        min_count=options.min_count,
        threshold=options.threshold,
        max_vocab_size=options.max_vocab_size,
        scoring=options.scoring,
    )
    found: Learned = theirs.export_phrases()
    return found


def sides() -> dict[str, Callable[[argparse.Namespace], Learned]]:
    try:
        import gensim
    except ImportError:
        print("gensim is not installed: no comparison")
        return {"densevec": by_densevec}
    return {"densevec": by_densevec, f"gensim {gensim.__version__}": by_gensim}


def compare(ours: Learned, theirs: Learned) -> str:
    both = ours.keys() & theirs.keys()
    most = max((abs(ours[phrase] / theirs[phrase] - 1) for phrase in both), default=0.0)
    return (
        f"{len(both):,} phrases in common, {len(ours) - len(both):,} only here, {len(theirs) - len(both):,} only "
        f"there; scores differ by {most:.1e} of themselves at the most"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", metavar="TEXT")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--min-count", type=float, default=5)
    parser.add_argument("--threshold", type=float, default=10.0)
    parser.add_argument("--scoring", choices=("default", "npmi"), default="default")
    parser.add_argument("--max-vocab-size", type=int, default=1_000_000_000)
    options = parser.parse_args()
    with open(options.text, encoding="utf-8") as text:
        num_words = sum(len(line.split()) for line in text)
    print(f"{num_words:,} words, load {os.getloadavg()[0]:.2f} before the start")
    chosen, found = sides(), dict[str, Learned]()
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in chosen}
    for _ in range(options.rounds):
        for name, learn in chosen.items():
            wall, processor = time.perf_counter(), time.process_time()
            found[name] = learn(options)
            times[name].append((time.perf_counter() - wall, time.process_time() - processor))
    medians = {name: statistics.median(wall for wall, _ in each) for name, each in times.items()}
    for name, each in times.items():
        busy = statistics.median(processor / wall for wall, processor in each)
        rounds = ", ".join(f"{wall:.2f}" for wall, _ in each)
        ratio = f"{medians[name] / medians['densevec']:6.1f} x"
        print(f"{name:16} {num_words / medians[name] / 1e6:7.2f} M words/s {ratio}  {busy:.2f}  seconds {rounds}")
    for name, theirs in found.items():
        if name != "densevec":
            print(compare(found["densevec"], theirs))


if __name__ == "__main__":
    main()
