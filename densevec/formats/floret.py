"""floret's text of hashed rows (.floret): a table of n-grams without any words, as spaCy takes it.

A header ``rows dimensions min-length max-length hashes seed < >``, then lines ``number value ... value``, the number of
each row from 0.  A word is the mean of the rows that it, between its marks, and its n-grams are hashed to.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from densevec._cy.vector_text import format_rows
from densevec._validation import as_path
from densevec.errors import FormatError, ParameterError
from densevec.formats.output import write_file
from densevec.formats.source import Source, in_parallel, open_source
from densevec.formats.subwords import MAX_NGRAM, Hashing, Subwords
from densevec.formats.table import Floats, WordVectors, as_rules, warn, warn_of_lost_variances
from densevec.formats.text import TextReader, blocks_of, check_finite

HEADER = re.compile(rb"(\d{1,10}) (\d{1,8}) (\d{1,4}) (\d{1,4}) ([1-4]) (\d{1,10}) (\S+) (\S+)[ \t]*\r?\n")
_MAX_HEADER = 200
_NAME = "floret's text"
_WORDS_AT_ONCE = 2**12
_NEAR = 1e-5  # of the longest vector, within which a word's is that of its n-grams


def write_floret(path: str | os.PathLike[str], table: WordVectors) -> None:
    """Write the rows of n-grams as a .floret file, which ``spacy init vectors --mode floret`` takes.

    The words of the table are not written: they are what their rows make of them.  Where some are not, as in a table
    that was changed since, a FormatWarning says how many.

    Errors: ParameterError for vectors whose words and n-grams are not hashed as floret hashes them.
    """
    subwords = floret_rows(table, _NAME)
    warn_of_lost_variances(table, _NAME)
    warn_of_other_vectors(table, _NAME)
    rows = WordVectors(list(map(str, range(subwords.num_rows))), subwords.rows)
    check_finite(rows)
    write_file(path, _pieces(rows, subwords), len(rows) * (12 * table.dim + 10))


def floret_rows(table: WordVectors, name: str) -> Subwords:
    """The rows of a table that is in floret's form; ParameterError for one that is not."""
    subwords = table.subwords
    if subwords is None or subwords.hashing.name != "floret" or not subwords.num_rows:
        found = "vectors without n-grams" if subwords is None else f"n-grams hashed by {subwords.hashing.name!r}"
        raise ParameterError(
            f"words and n-grams must be hashed together as floret hashes them to be written in {name}, got {found}; "
            "rows that each word has for itself, as fastText's, cannot be put into shared ones"
        )
    return subwords


def warn_of_other_vectors(table: WordVectors, name: str, mark: str | None = None) -> None:
    """A warning where words do not have the vectors that their rows make; a ``mark`` has any vector where it is the
    first word, elsewhere none."""
    mark_row = -1 if mark is None else table.words.find(mark)
    lost = 0 if table.subwords is None else sum(_num_others(table, table.subwords, mark_row))
    if lost:
        warn(f"{name} holds no words: {lost:,} of {len(table):,} have other vectors than it makes of their n-grams")


def _num_others(table: WordVectors, subwords: Subwords, mark_row: int) -> Iterator[int]:
    """How many words have another vector than that of their n-grams, of one part of the table after the other."""
    for begin in range(0, len(table), _WORDS_AT_ONCE):
        vectors: Floats = np.asarray(table.vectors[begin : begin + _WORDS_AT_ONCE], np.float32)
        words = [word.encode("utf-8", "replace") for word in table.words[begin : begin + _WORDS_AT_ONCE]]
        ends = np.cumsum([0, *map(len, words)], dtype=np.int64)
        bounds = np.ascontiguousarray(np.stack([ends[:-1], ends[1:]], 1))
        composed = np.empty((len(words), table.dim), np.float32)
        subwords.compose(np.frombuffer(b"".join(words), np.uint8), bounds, None, composed)
        if begin <= mark_row < begin + len(words):
            composed[mark_row - begin] = 0.0 if mark_row else vectors[0]
        yield int((np.abs(composed - vectors).max(1) > _NEAR * max(float(np.abs(vectors).max()), 1e-30)).sum())


def _pieces(rows: WordVectors, subwords: Subwords) -> Iterator[bytes]:
    settings = subwords.min_length, subwords.max_length, subwords.hashing.num_hashes, subwords.hashing.seed
    yield " ".join(map(str, (len(rows), rows.dim, *settings, "<", ">"))).encode() + b"\n"
    yield from in_parallel(format_rows, blocks_of(rows, " "))


def read_floret(path: str | os.PathLike[str], **rules: Any) -> WordVectors:
    """Read a .floret file: no words, and rows of n-grams that any word is composed of.

    Raises
    ------
    FormatError
        It is no such file, its rows are not those that its header states, or a number is not finite.
    CorruptError, FileError
        A packed file is damaged; the file cannot be opened.
    """
    given = as_rules(rules)
    if given.limit is not None:
        raise FormatError(
            f"{as_path(path)}: limit must be None for floret's text, whose rows are no words: leave it out"
        )
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
