"""word2vec's file of counts beside its vectors: lines of a word, a space and how often it came."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from densevec._streams import as_local
from densevec._validation import as_path
from densevec.errors import FormatError, ParameterError
from densevec.formats.atomic import is_stream
from densevec.formats.output import File
from densevec.formats.source import open_source, read_lines
from densevec.formats.table import WordVectors
from densevec.formats.text import check_beginning

Path = str | os.PathLike[str]


def is_count(text: str | bytes) -> bool:
    """Whether it states an integer from 0 to 2^63 - 1.

    >>> is_count("9223372036854775807"), is_count("9223372036854775808"), is_count(b"-1")
    (True, False, False)
    """
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) < 2**63


def read_counts(fvocab: Path, table: WordVectors, errors: str) -> npt.NDArray[np.int64]:
    """The counts of a table's words from lines "word count"; ``errors`` is that of the rules the table was read by."""
    origin, counts = as_path(fvocab), np.zeros(len(table), dtype=np.int64)
    missing = set(range(len(table)))
    with open_source(fvocab) as source:
        for piece in read_lines(source):
            for number, line in enumerate(piece.data.tobytes().split(b"\n")[:-1], piece.first_line):
                word, _, count = line.rstrip().rpartition(b" ")
                if not is_count(count):
                    raise FormatError(f"{origin}: line {number} must be a word and its count, found {line[:80]!r}")
                try:
                    row = table.words.find(word.decode("utf-8", errors))
                except UnicodeDecodeError as error:
                    raise FormatError(
                        f"{origin}: line {number}: the word is not UTF-8 ({error.reason}); choose errors='replace' or "
                        "'ignore', or save the file as UTF-8"
                    ) from None
                if row >= 0:
                    counts[row] = int(count)
                    missing.discard(row)
    if missing:
        first = table.words[min(missing)]
        raise FormatError(f"{origin}: {len(missing)} words have no count there, the first of them {first[:80]!r}")
    return counts


def counts_file(fvocab: Path, fname: Path, table: WordVectors, prefix: str, append: bool) -> File:
    """The counts of a table's words as lines "word count", checked."""
    name = as_path(fvocab)
    if table.counts is None:
        raise ParameterError("fvocab must be None for vectors without counts")
    if not is_stream(name) and os.path.realpath(as_local(name)) == os.path.realpath(as_local(as_path(fname))):
        raise ParameterError(f"fvocab must be another file than that of the vectors, got {name!r} for both")
    if not append:
        check_beginning(table, "the file of counts", prefix)
    listed = (f"{prefix}{word} {count}\n" for word, count in zip(table.words, table.counts.tolist(), strict=True))
    data = "".join(listed).encode()
    return name, [data], len(data)
