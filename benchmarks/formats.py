"""Reading word vectors beside gensim: word2vec's binary and text format, and the native file's first vector.

    python benchmarks/formats.py [--words 400000] [--dim 300] [--rounds 3] [--huge 3000000] [--only text]

The files are made of random numbers in a temporary folder (``TMPDIR`` chooses the disk) and removed afterwards.  The
sides take turns (A B A B ...), medians and their ratios are printed; every file has been read once before, so that
all come from memory.  ``--huge N`` adds the last part: N words opened natively against gensim's load of the
same vectors in binary form; 3,000,000 x 300 takes 7.3 GB of disk and 5 GB of memory.  Run it on a machine that does
nothing else.
gensim is optional (pip install 'densevec[bench]').
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from densevec.formats import WordVectors, write_binary, write_text, write_vectors
from densevec.vectors import KeyedVectors


def measure(sides: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Wall seconds of every round of every side, in turn."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            gc.collect()
            begin = time.perf_counter()
            result = run()
            times[name].append(time.perf_counter() - begin)
            del result
    return times


def gensim_load(path: str, binary: bool) -> Callable[[], object] | None:
    try:
        from gensim.models import KeyedVectors as GensimVectors
    except ImportError:
        return None
    return lambda: GensimVectors.load_word2vec_format(path, binary=binary)


def compare(title: str, path: str, ours: Callable[[], object], binary: bool, rounds: int) -> None:
    """One line for each side, and the ratio."""
    size = os.path.getsize(path)
    sides: dict[str, Callable[[], object]] = {"densevec": ours}
    other = gensim_load(path, binary)
    if other is not None:
        sides["gensim"] = other
    times = measure(sides, rounds)
    medians = {name: statistics.median(each) for name, each in times.items()}
    for name, median in medians.items():
        print(f"{title:24s} {name:10s} {median:10.4f} s   {size / median / 1e6:10.0f} MB/s of the file   "
              f"{', '.join(f'{each:.4f}' for each in times[name])}")  # fmt: skip
    if other is not None:
        print(f"{title:24s} {medians['gensim'] / medians['densevec']:.1f} x as fast as gensim", flush=True)


def random_table(num_words: int, dim: int) -> WordVectors:
    random = np.random.default_rng(1)
    vectors = random.standard_normal((num_words, dim), dtype=np.float32)
    return WordVectors([f"word{number}" for number in range(num_words)], vectors)


def read_whole(path: str) -> None:
    """Bring a file into the memory of the system."""
    with open(path, "rb") as stream:
        while stream.read(2**24):
            pass


def first_vector(path: str) -> np.ndarray:
    return KeyedVectors.load(path)["word2"] + 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=400_000)
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--huge", type=int, default=0, metavar="N")
    parser.add_argument("--only", choices=["binary", "text", "huge"])
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.2f} before the start, {len(os.sched_getaffinity(0))} cores")
    with tempfile.TemporaryDirectory() as folder:
        if options.only != "huge":
            table = random_table(options.words, options.dim)
            for name, write, is_binary in (("binary", write_binary, True), ("text", write_text, False)):
                if options.only in (None, name):
                    path = str(Path(folder) / name)
                    write(path, table)
                    read_whole(path)

                    def load(path: str = path, is_binary: bool = is_binary) -> object:
                        return KeyedVectors.load_word2vec_format(path, binary=is_binary)

                    compare(f"word2vec {name}", path, load, is_binary, options.rounds)
                    os.unlink(path)
            del table
        if options.huge:
            table = random_table(options.huge, options.dim)
            binary, native = str(Path(folder) / "vectors.bin"), str(Path(folder) / "vectors.safetensors")
            write_binary(binary, table)
            write_vectors(native, table)
            del table
            gc.collect()
            read_whole(native)
            read_whole(binary)
            compare(f"first of {options.huge:,}", binary, lambda: first_vector(native), True, options.rounds)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
