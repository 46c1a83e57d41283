"""word2vec's binary format: a header line, then ``word SPACE`` and d little-endian float32 for each word."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from densevec._cy.vector_text import copy_records, decode_words, find_records
from densevec.errors import FormatError
from densevec.formats import packed, recognise
from densevec.formats.output import File, write_files
from densevec.formats.source import MAX_LINE_BYTES, Bytes, Source, in_parallel, open_source
from densevec.formats.table import (
    Floats,
    Rows,
    Rules,
    WordVectors,
    as_rules,
    make_table,
    refuse_nul,
    warn,
    warn_of_lost_variances,
)
from densevec.formats.text import LEAVE_OUT, check_writable, parse_header

Path = str | os.PathLike[str]
_MAX_HEADER_BYTES = 64
_ROWS_AT_ONCE = 2**20


def read_binary(path: Path, **rules: Any) -> WordVectors:
    """Read word vectors in word2vec's binary format.

    A newline after each vector, as word2vec writes it and gensim does not, is passed over.  .gz .bz2 .xz .zst and
    URLs are read too.  Keywords are those of ``densevec.formats.Rules``.

    Raises
    ------
    FormatError
        With file, word and byte: the file is cut short or goes on after the last word, the header counts or
        measures wrongly, a word is not UTF-8 or comes twice, a value is not finite.
    CorruptError, FileError
        A packed file is damaged; the file cannot be opened.

    Examples
    --------
    >>> import numpy as np
    >>> _ = open("birds.bin", "wb").write(b"1 2\\nkiwi " + np.array([1, 0.5], "<f4").tobytes())
    >>> read_binary("birds.bin").vectors.tolist()
    [[1.0, 0.5]]
    """
    with open_source(path) as source:
        return _BinaryReader(source, as_rules(rules)).read()


class _BinaryReader:
    """One pass over one file: records are found in order, and copied on all cores."""

    def __init__(self, source: Source, rules: Rules) -> None:
        self.source, self.rules = source, rules
        self.origin = source.origin
        self.ending = -1
        self.num_found = 0
        self.end = 0  # offset after the last whole record
        self.is_bad = False

    def read(self) -> WordVectors:
        rest = self._read_header()
        words: list[str] = []
        num_nonfinite = 0
        for some_words, number in in_parallel(self._copy, self._tasks(rest)):
            words += some_words
            num_nonfinite += number
        refuse_nul(words, self.origin)
        return make_table(words, self.rows.finish(), self.rules, self.origin, num_nonfinite)

    def _read_header(self) -> Bytes:
        beginning = np.empty(2**16, dtype=np.uint8)
        beginning = beginning[: self.source.read(beginning)]
        raw = beginning.tobytes()
        if not raw:
            raise FormatError(f"{self.origin}: the file is empty, word vectors were expected")
        line = raw[: raw.find(b"\n", 0, _MAX_HEADER_BYTES) + 1] or raw[:_MAX_HEADER_BYTES]
        skipped = 3 if line.startswith(b"\xef\xbb\xbf") else 0
        kind = recognise.describe(raw[:512])
        if kind and not kind.startswith(("a text file", "word vectors")):
            raise packed.of_another_kind(self.origin, kind, "word2vec's binary format was")
        self.announced, self.dim = parse_header(line[skipped:], self.origin)
        self.limit = min(self.announced, self.rules.limit or self.announced)
        if recognise.is_row(raw[len(line) :], self.dim):
            raise FormatError(
                f"{self.origin}: this looks like word2vec's text format, the binary one was expected; say binary=False "
                "(densevec convert --from word2vec-text)"
            )
        self._check_size(len(line))
        self.end = len(line)
        return beginning[len(line) :]

    def _check_size(self, begin: int) -> None:
        """The header against the file's size, before anything is allocated."""
        record = 4 * self.dim + 2
        expected = f"the header announces {self.announced} words of {self.dim} numbers"
        if record > MAX_LINE_BYTES:
            raise FormatError(f"{self.origin}: line 1: {expected}, and a vector may take {MAX_LINE_BYTES:,} bytes")
        known = 0
        if self.source.size is not None:
            left = self.source.size - begin
            needed = record * (self.announced if self.rules.limit is None else 1)
            if needed > left:
                raise FormatError(
                    f"{self.origin}: line 1: {expected}, which take {needed:,} bytes or more; {left:,} follow: "
                    "the file is cut short or its header is wrong"
                )
            known = min(self.limit, left // record)
        self.rows = Rows(self.dim, known)

    def _tasks(self, rest: Bytes) -> Iterator[tuple[Bytes, np.ndarray[Any, Any], Floats, int, int]]:
        found: list[tuple[Any, ...]] = []

        def take(piece: Bytes, is_last: bool) -> int:
            offset = self.source.offset - len(piece)
            wanted = self._num_wanted(len(piece))
            bounds = np.empty((wanted, 2), dtype=np.int64)
            number, end, self.ending, self.is_bad = find_records(
                piece, bounds, self.dim, self.ending, self.num_found == 0
            )
            if number:
                found.append((piece[:end], bounds[:number], self.rows.add(number), self.num_found, offset))
            self.num_found += number
            self.end = offset + end
            if self.is_bad or (is_last and not self._is_complete()):
                self._refuse_record(piece[end:])
            if self._is_complete():
                if self.rules.limit is not None and self.num_found >= self.rules.limit:
                    return len(piece)
                if is_last or len(piece) - end > 1:
                    self._check_end(piece[end:])
            return end

        for _ in self.source.pieces(rest, take):
            yield from found
            found.clear()
            if self.rules.limit is not None and self.num_found >= self.limit:
                return

    def _num_wanted(self, size: int) -> int:
        most = size // (4 * self.dim + 2) + 1
        return most if self._reads_on() else min(self.limit - self.num_found, most)

    def _reads_on(self) -> bool:
        return not self.rules.strict and self.rules.limit is None

    def _is_complete(self) -> bool:
        return self.num_found >= self.limit

    def _check_end(self, rest: Bytes) -> None:
        """After the last record: nothing, or the newline that follows every record."""
        tail = rest.tobytes()[:64]
        if tail in (b"", b"\n") and (self.ending < 0 or len(tail) == self.ending or self.num_found == 1):
            if self.num_found > self.announced:
                warn(
                    f"{self.origin}: the header announces {self.announced} words, {self.num_found} follow: all are read"
                )
            return
        if tail == b"":  # word2vec.c ends with a newline; a file without the very last one is whole all the same
            return
        if self._reads_on():
            self._refuse_record(rest)
        raise FormatError(
            f"{self.origin}: byte {self.end:,}: the file goes on after the {self.announced} words that the header "
            f"announces; the number of words or of dimensions ({self.dim}) in it is wrong; strict=False "
            "(densevec convert --no-strict) reads on"
        )

    def _refuse_record(self, rest: Bytes) -> None:
        number, tail = self.num_found + 1, rest.tobytes()[:64]
        if self._is_complete() and tail in (b"", b"\n"):
            return
        begin = self.end + (self.ending == 1 and tail[:1] == b"\n")  # of the word: the newline is the last one's
        place = f"{self.origin}: word {number} of {self.announced}, offset {begin:,}: "
        if self.is_bad:
            first = "a newline" if self.ending else "no newline"
            raise FormatError(
                f"{place}{first} was expected after the vector before it, found {tail[:8].hex(' ')}: "
                f"the number of dimensions in the header ({self.dim}) may be wrong"
            )
        raise FormatError(
            f"{place}the file is cut short: a word, a space and {4 * self.dim:,} bytes were expected, {len(rest):,} "
            f"are left (or the header, {self.announced} {self.dim}, is wrong)"
        )

    def _copy(self, piece: Bytes, bounds: Any, rows: Floats, first: int, offset: int) -> tuple[list[str], int]:
        row, num_nonfinite = copy_records(piece, bounds, rows, self.rules.passes_nonfinite)

        def place(row: int) -> str:
            return (
                f"{self.origin}: word {first + row + 1} of {self.announced}, offset {offset + int(bounds[row, 0]):,}: "
            )

        if row >= 0 and not self.rules.passes_nonfinite:
            raise FormatError(
                f"{place(row)}a value is nan or infinite (the number of dimensions in the header, {self.dim}, may be "
                f"wrong); {LEAVE_OUT}"
            )
        empty = np.flatnonzero(bounds[:, 0] == bounds[:, 1])
        if len(empty):
            raise FormatError(f"{place(int(empty[0]))}the word is empty (the header's dimension may be wrong)")
        try:
            return decode_words(piece, bounds, self.rules.errors), num_nonfinite
        except UnicodeDecodeError as error:
            row = int(np.searchsorted(bounds[:, 1], error.start, side="right"))
            raise FormatError(
                f"{place(row)}the word is not UTF-8 at byte {offset + error.start:,} ({error.reason}); choose "
                f"errors='replace' or 'ignore', unless the header's dimension ({self.dim}) is wrong"
            ) from None


def write_binary(
    path: Path,
    table: WordVectors,
    *,
    header: bool = True,
    total: int | None = None,
    prefix: str = "",
    append: bool = False,
) -> None:
    """Write word2vec's binary format, all or nothing; arguments and errors are those of ``write_text``."""
    write_files([binary_file(path, table, header, total, prefix)], append=append)


def binary_file(path: Path, table: WordVectors, header: bool, total: int | None, prefix: str) -> File:
    """What ``write_binary`` writes, checked."""
    name = "word2vec binary"
    check_writable(table, name, prefix)
    warn_of_lost_variances(table, name)
    return path, _records(table, header, total, prefix), len(table) * (4 * table.dim + 16)


def _records(table: WordVectors, header: bool, total: int | None, prefix: str) -> Iterator[bytes]:
    if header:
        yield f"{total or len(table)} {table.dim}\n".encode()
    step = max(_ROWS_AT_ONCE // table.dim, 1)
    for begin in range(0, len(table), step):
        rows = table.vectors[begin : begin + step].astype("<f4", copy=False)
        words = table.words[begin : begin + step]
        yield b"".join(
            part for word, row in zip(words, rows, strict=True) for part in (f"{prefix}{word} ".encode(), row.tobytes())
        )
