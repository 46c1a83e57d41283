"""floret's text of hashed rows (.floret): a table of n-grams without any words, as spaCy takes it.

A header ``rows dimensions min-length max-length hashes seed < >``, then lines ``number value ... value``, the number of
each row from 0.  A word is the mean of the rows that it, between its marks, and its n-grams are hashed to.
"""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np

from densevec._validation import as_path
from densevec.errors import FormatError
from densevec.formats.source import Source, open_source
from densevec.formats.subwords import MAX_NGRAM, Hashing, Subwords
from densevec.formats.table import Rules, WordVectors
from densevec.formats.text import TextReader

HEADER = re.compile(rb"(\d{1,10}) (\d{1,8}) (\d{1,4}) (\d{1,4}) ([1-4]) (\d{1,10}) (\S+) (\S+)[ \t]*\r?\n")
_MAX_HEADER = 200


def read_floret(path: str | os.PathLike[str], **rules: Any) -> WordVectors:
    """Read a .floret file: no words, and rows of n-grams that any word is composed of.

    Raises
    ------
    FormatError
        It is no such file, its rows are not those that its header states, or a number is not finite.
    CorruptError, FileError
        A packed file is damaged; the file cannot be opened.
    """
    given = Rules(**rules)
    if given.limit is not None:
        raise FormatError(f"{as_path(path)}: limit must be None for floret's text, whose rows are no words")
    with open_source(path) as source:
        size, dim, shortest, longest, num_hashes, seed = _read_header(source)
        table = TextReader(source, given).read(header=False)
    if table.dim != dim or len(table) != size:
        raise FormatError(
            f"{source.origin}: line 1: the header announces {size} rows of {dim} numbers, {len(table)} of {table.dim} "
            f"follow"
        )
    odd = next((row for row, word in enumerate(table.words) if word != str(row)), None)
    if odd is not None:
        raise FormatError(f"{source.origin}: line {odd + 2} must be row {odd}, found {table.words[odd][:80]!r}")
    buckets = np.ascontiguousarray(table.vectors, dtype="<f4").reshape(-1).view(np.uint8)
    subwords = Subwords(buckets, dim, shortest, longest, Hashing("floret", num_hashes, seed))
    return WordVectors([], np.empty((0, dim), dtype=np.float32), subwords=subwords)


def _read_header(source: Source) -> tuple[int, int, int, int, int, int]:
    line, byte = b"", np.empty(1, dtype=np.uint8)
    while len(line) < _MAX_HEADER and not line.endswith(b"\n") and source.read(byte):
        line += byte.tobytes()
    source.line = 2
    found = HEADER.fullmatch(line)
    if found is None:
        raise FormatError(f"{source.origin}: line 1 must be the header of a .floret file, found {line[:80]!r}")
    if (found[7], found[8]) != (b"<", b">"):
        raise FormatError(
            f"{source.origin}: line 1: the marks of a word's ends must be < and >, found {found[7]!r:.20} and "
            f"{found[8]!r:.20}"
        )
    size, dim, shortest, longest, num_hashes, seed = (int(found[place]) for place in range(1, 7))
    if not (size and dim and shortest <= MAX_NGRAM and longest <= MAX_NGRAM and seed < 2**32):
        raise FormatError(f"{source.origin}: line 1: the numbers of the header make no sense: {line[:80]!r}")
    return size, dim, shortest, longest, num_hashes, seed
