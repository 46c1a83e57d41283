"""Writing finalfusion's files; see ``densevec.formats.finalfusion``."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

from densevec.errors import ParameterError
from densevec.formats.finalfusion import ARRAY, BUCKETS, EXPLICIT_NGRAMS, FASTTEXT_BUCKETS, FLOAT32, MAGIC, SIMPLE
from densevec.formats.output import write_file
from densevec.formats.subwords import EXPLICIT, Subwords
from densevec.formats.table import WordVectors, warn, warn_of_lost_variances
from densevec.formats.text import check_finite
from densevec.formats.words import in_utf8

_NAME = "finalfusion's .fifu"
_ROWS_AT_ONCE = 2**12


def write_finalfusion(path: str | os.PathLike[str], table: WordVectors) -> None:
    """Write a finalfusion file: words with their vectors, and the rows of n-grams where finalfusion knows their hash.

    finalfusion scales a vector that it makes of n-grams to length 1; where the table's are means, as fastText's, a
    FormatWarning says so.

    Errors: ParameterError for neither words nor n-grams, for words that UTF-8 cannot express, and for n-grams that are
    hashed as floret hashes them, or in a number of buckets that finalfusion's own hash, which has powers of two, cannot
    state.
    """
    subwords = table.subwords
    if not len(table) and subwords is None:
        raise ParameterError(f"there are no words to write, and {_NAME} needs one at least, or n-grams")
    kind = SIMPLE if subwords is None else _kind_of(subwords)
    warn_of_lost_variances(table, _NAME)
    check_finite(table)
    if subwords is not None and not subwords.hashing.is_unit:
        warn(f"{_NAME} scales the vectors of unknown words to length 1: their directions are kept")
    words = in_utf8(table.words)
    num_rows = len(table) + (0 if subwords is None else subwords.num_rows)
    vocabulary = _vocabulary(kind, words, subwords)
    head = MAGIC + struct.pack("<IIII", 0, 2, kind, ARRAY) + struct.pack("<IQ", kind, len(vocabulary))
    before = len(head) + len(vocabulary) + 28
    padding = b"\0" * (4 - before % 4)  # four where none would do, as its readers expect
    size = 16 + len(padding) + 4 * num_rows * table.dim
    head_of_rows = struct.pack("<IQQII", ARRAY, size, num_rows, table.dim, FLOAT32) + padding
    write_file(path, _pieces([head, vocabulary, head_of_rows], table), before + size)


def _kind_of(subwords: Subwords) -> int:
    """The kind of the chunk of words; ParameterError where there is none."""
    hashing, size = subwords.hashing, subwords.num_rows
    kinds = {"finalfusion": BUCKETS, "fasttext": FASTTEXT_BUCKETS, EXPLICIT: EXPLICIT_NGRAMS}
    drops_none = not hashing.drops_marks or subwords.min_length > 1  # a mark alone is an n-gram there
    is_stated = hashing.name != "finalfusion" or size & (size - 1) == 0
    if hashing.name not in kinds or not drops_none or not is_stated or subwords.min_length < 1:
        raise ParameterError(
            f"n-grams must be listed, or hashed as finalfusion or fastText hash them, of 2 characters or more, to be "
            f"written in {_NAME}, got those of {hashing.name!r} in {size:,} buckets, from {subwords.min_length} "
            "characters on"
        )
    return kinds[hashing.name]


def _vocabulary(kind: int, words: list[bytes], subwords: Subwords | None) -> bytes:
    listed = b"".join(struct.pack("<I", len(word)) + word for word in words)
    if subwords is None:
        return struct.pack("<Q", len(words)) + listed
    lengths = subwords.min_length, subwords.max_length
    if kind == EXPLICIT_NGRAMS:
        ngrams = subwords.ngrams or {}
        rows = b"".join(
            struct.pack("<I", len(raw)) + raw + struct.pack("<Q", row)
            for raw, row in ((ngram.encode("utf-8", "replace"), row) for ngram, row in ngrams.items())
        )
        return struct.pack("<QQII", len(words), len(ngrams), *lengths) + listed + rows
    size = subwords.num_rows
    stated = size.bit_length() - 1 if kind == BUCKETS else size
    return struct.pack("<QIII", len(words), *lengths, stated) + listed


def _pieces(beginning: list[bytes], table: WordVectors) -> Iterator[bytes]:
    yield from beginning
    for begin in range(0, len(table), _ROWS_AT_ONCE):
        yield table.vectors[begin : begin + _ROWS_AT_ONCE].astype("<f4").tobytes()
    if table.subwords is not None:
        buckets, step = table.subwords.buckets, 4 * table.dim * _ROWS_AT_ONCE
        for begin in range(0, len(buckets), step):
            yield buckets[begin : begin + step].tobytes()
