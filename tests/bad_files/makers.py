"""Small files of every exchange format, made here, and the rule that every bad one must keep."""

from __future__ import annotations

import struct
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import densevec
from densevec.errors import CorruptError, DensevecError, FormatError

WORDS = ["kiwi", "kākāpō", "🥝", "plum"]
DIM = 3
ROWS = np.random.default_rng(3).normal(size=(len(WORDS), DIM)).astype(np.float32)
ROOT = Path(next(iter(densevec.__path__))).parent
SECONDS, MEMORY = 5, 64 * 2**20


def text_lines(words=WORDS, rows=ROWS):
    return [f"{word} " + " ".join(map(str, row)) for word, row in zip(words, rows, strict=True)]


def text_file(header=None, lines=None):
    lines = text_lines() if lines is None else lines
    header = f"{len(lines)} {DIM}" if header is None else header
    return ("\n".join([header, *lines]) + "\n").encode()


def binary_file(words=WORDS, rows=ROWS, newline=True, header=None):
    head = f"{len(words)} {rows.shape[1]}\n" if header is None else header
    end = b"\n" if newline else b""
    return head.encode() + b"".join(
        word.encode() + b" " + row.astype("<f4").tobytes() + end for word, row in zip(words, rows, strict=True)
    )


def fasttext_file(words=WORDS, dim=DIM, buckets=5, minn=3, maxn=6, version=12, labelled=(), floret=(), **changes):
    """A fastText model by the layout of its ``saveModel``; ``version`` 0 is the layout without one.

    ``labelled`` are labels in the dictionary, ``floret`` the mode and the number of hashes that floret's layout adds.
    """
    settings = {"dim": dim, "ws": 5, "epoch": 5, "min_count": 1, "neg": 5, "word_ngrams": 1, "loss": 2, "model": 2}
    settings |= {"bucket": buckets, "minn": minn, "maxn": maxn, "lr": 100}
    settings |= {name: value for name, value in changes.items() if name in settings}
    random = np.random.default_rng(5)
    table = random.normal(size=(len(words) + buckets, dim)).astype("<f4")
    output = random.normal(size=(len(words), dim)).astype("<f4")
    quantised = struct.pack("<B", changes.get("quantised", 0)) if version else b""
    raw = struct.pack("<ii", 793712314, version) if version else b""
    *numbers, rate = settings.values()
    raw += struct.pack(f"<{12 + len(floret)}id", *numbers, *floret, rate, 1e-4)
    num_words = len(words) - changes.get("labels", 0)
    num_labels = changes.get("labels", 0) + len(labelled)
    raw += struct.pack("<3iq", num_words + num_labels, num_words, num_labels, 100)
    raw += struct.pack("<q", changes.get("pruned", -1)) if version else b""
    header_size = len(raw)
    for number, word in enumerate(words):
        raw += word.encode() + b"\0" + struct.pack("<qb", 10 - number, 0)
    for label in labelled:
        raw += label.encode() + b"\0" + struct.pack("<qb", 1, 1)
    raw += quantised + struct.pack("<qq", *table.shape) + table.tobytes()
    raw += quantised + struct.pack("<qq", *output.shape) + output.tobytes()
    return raw, table, header_size


def refused(read: Callable, path: Path, match: str | None = None, kinds=(FormatError, CorruptError)) -> str:
    """The rule for bad input: an exception of ours in one sentence that names the file, quickly, in little memory, and
    the file as it was."""
    before = path.read_bytes() if path.is_file() else None
    tracemalloc.start()
    started = time.perf_counter()
    try:
        with pytest.raises(DensevecError, match=match) as caught:
            read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - started < SECONDS
    assert peak <= 2 * (len(before) if before is not None else 0) + MEMORY
    assert isinstance(caught.value, kinds)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert before is None or path.read_bytes() == before
    return message


def in_subprocess(program: str, *arguments: object, timeout: float = 300) -> str:
    """What a program prints that must not die of a signal."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, f"exit status {done.returncode}: {done.stderr[-2000:]}"
    return done.stdout
