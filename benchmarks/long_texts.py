"""How speed and memory go with the length of a text: SkipGram, one epoch, each text in a process of its own.

    python benchmarks/long_texts.py TEXT [TEXT ...] [--max-vocab-size 74880] [--workers 2] [--dim 100]

For each text a line of JSON: its tokens and words, words a second of the epoch and of the whole training (the count of
words and encoding included), processor time a word in µs, the most memory of the process's own, and with the pages of
mapped files (the encoded text of a long one; the system takes them back when it wants them), in MB, beside its tables.
Longer texts can be made of shorter ones: several copies, the sentences of each shuffled anew (``shuf``).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import threading
import time


def own_memory() -> int:
    """Bytes of this process's own pages that are in memory (Linux)."""
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith("RssAnon"))


class Peak(threading.Thread):
    """Looks at the memory of the process fifty times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.bytes = 0

    def run(self) -> None:
        while True:
            self.bytes = max(self.bytes, own_memory())
            time.sleep(0.02)


def train(options: argparse.Namespace) -> None:
    """What the process of one text does."""
    from densevec import SkipGram

    (text,) = options.texts
    peak = Peak()
    peak.start()
    started, worked = time.perf_counter(), time.process_time()
    model = SkipGram(
        text, dim=options.dim, epochs=1, workers=options.workers, max_vocab_size=options.max_vocab_size
    ).train(progress=False)
    seconds, processor = time.perf_counter() - started, time.process_time() - worked
    tokens, words = model.trained_on["tokens"], len(model.vectors)
    found = {
        "text": text,
        "tokens": tokens,
        "words": words,
        "million_words_a_second": round(model.history[-1].words_per_second / 1e6, 3),
        "of_the_whole": round(tokens / seconds / 1e6, 3),
        "processor_us_a_word": round(1e6 * processor / tokens, 3),
        "own_mb": round(peak.bytes / 1e6),
        "with_mapped_files_mb": round(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6),
        "tables_mb": round(2 * 4 * options.dim * words / 1e6),
    }
    print(json.dumps(found), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="+", metavar="TEXT")
    parser.add_argument("--max-vocab-size", type=int)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--train", action="store_true", help=argparse.SUPPRESS)  # for the processes it starts
    options = parser.parse_args()
    if options.train:
        train(options)
        return
    given = [f"--workers={options.workers}", f"--dim={options.dim}"]
    if options.max_vocab_size is not None:
        given.append(f"--max-vocab-size={options.max_vocab_size}")
    for text in options.texts:
        subprocess.run([sys.executable, __file__, text, *given, "--train"], check=True)


if __name__ == "__main__":
    main()
