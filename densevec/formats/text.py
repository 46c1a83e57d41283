"""Word vectors as lines of text: word2vec's (with a header), GloVe's (without), and bare rows of numbers."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from densevec._cy.vector_text import decode_words, format_rows, parse_rows
from densevec.errors import FormatError, ParameterError
from densevec.formats import packed, recognise
from densevec.formats.output import File, write_files
from densevec.formats.source import MAX_LINE_BYTES, Lines, Source, in_parallel, open_source, read_lines
from densevec.formats.table import (
    Floats,
    Rows,
    Rules,
    WordVectors,
    as_rules,
    check_expressible,
    make_table,
    refuse_nul,
    warn,
    warn_of_lost_variances,
)

Path = str | os.PathLike[str]
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NONFINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)
# Advice where a value is nan or infinite, and where a word is not UTF-8
LEAVE_OUT = "drop_nonfinite=True (densevec convert --drop-nonfinite) leaves such words out"
REPLACE = "choose errors='replace' or 'ignore' (densevec convert --errors replace)"
_ROWS_AT_ONCE = 2**20  # numbers formatted at a time


def read_text(path: Path, *, header: bool | None = True, **rules: Any) -> WordVectors:
    """Read word vectors in word2vec's text format, or GloVe's.

    The file has a header ``n d``, then n lines ``word number ... number``; with ``header=False`` (GloVe) the
    lines only, d as in the first of them; with ``header=None`` it is a header if the first line is two whole
    numbers.  Fields are separated by one space or tab.  Spaces at the end of a line, CRLF, and a UTF-8 byte order
    mark are passed over.  .gz .bz2 .xz .zst and URLs are read too.  Numbers are decimal, and rounded as
    ``numpy.float32(float(text))`` is.  Other keywords are those of ``densevec.formats.Rules``.

    Raises
    ------
    FormatError
        With file and line, for anything else: a row of more or fewer numbers, a blank line, nan, a
        word twice, a header that does not count the rows.
    CorruptError, FileError
        A packed file is damaged; the file cannot be opened.

    Examples
    --------
    >>> _ = open("birds.txt", "w").write("2 3\\nkiwi 1 0 0.5\\nplum 0 1 -2e-1\\n")
    >>> table = read_text("birds.txt")
    >>> list(table.words), table.vectors[1].tolist()
    (['kiwi', 'plum'], [0.0, 1.0, -0.20000000298023224])
    """
    with open_source(path) as source:
        return TextReader(source, as_rules(rules)).read(header)


def read_rows(path: Path, rules: Rules) -> tuple[Floats, int]:
    """Read lines of numbers separated by one tab or space, without words, as an (n, d) table; how many numbers are nan
    or infinite is returned, too."""
    with open_source(path) as source:
        reader = TextReader(source, replace(rules, words_with_spaces=False), has_words=False)
        reader.read_parts(header=False)
        return reader.rows.finish(), reader.num_nonfinite


class TextReader:
    """One pass over one file: lines are counted in order, and parsed on all cores."""

    def __init__(self, source: Source, rules: Rules, has_words: bool = True) -> None:
        self.source, self.rules, self.has_words = source, rules, has_words
        self.origin = source.origin
        self.words: list[str] = []
        self.num_nonfinite = 0
        self.announced: int | None = None

    def read(self, header: bool | None) -> WordVectors:
        self.read_parts(header)
        refuse_nul(self.words, self.origin)
        return make_table(self.words, self.rows.finish(), self.rules, self.origin, self.num_nonfinite)

    def read_parts(self, header: bool | None) -> None:
        pieces = read_lines(self.source)
        first = next(pieces, None)
        if first is None:
            raise FormatError(f"{self.origin}: the file is empty, word vectors were expected")
        line, body = _split_line(first)
        self._refuse_other_kinds(first.data[:512].tobytes())
        if header is None:
            header = re.fullmatch(rb"\d+[ \t]\d+[ \t]*\r?\n?", line) is not None
        if header:
            self._start_with(*parse_header(line, self.origin, self._refuse_binary))
        else:
            body = first
            self._start_with(None, self._dim_of(line))
        for words, num_nonfinite in in_parallel(self._parse, self._tasks(itertools.chain([body], pieces))):
            self.words += words
            self.num_nonfinite += num_nonfinite
        self._check_count()

    def _start_with(self, announced: int | None, dim: int) -> None:
        """Check the header against the file's size before anything is allocated."""
        self.announced, self.dim = announced, dim
        if 2 * dim > MAX_LINE_BYTES:
            raise FormatError(f"{self.origin}: line 1: {dim} dimensions do not fit a line of {MAX_LINE_BYTES:,} bytes")
        left, known = self.source.size, 0
        if announced is not None and left is not None:
            smallest = announced * (2 * dim + 2) - 1 if self.rules.limit is None else 2 * dim
            if smallest > left:
                raise FormatError(
                    f"{self.origin}: line 1: the header announces {announced} words of {dim} numbers, which take "
                    f"{smallest:,} bytes or more; the file has {left:,}"
                )
            known = min(announced, self.rules.limit or announced)
        self.rows = Rows(dim, known)

    def _tasks(self, pieces: Iterable[Lines]) -> Iterator[tuple[Lines, Floats]]:
        """Pieces with the rows they fill, up to the limit or what the header allows."""
        limit = self.rules.limit
        if limit is None and self.announced is not None and self.rules.strict:
            limit = self.announced + 1  # the rows before the one too many tell first what is wrong with them
        for piece in pieces:
            wanted = piece if limit is None else _first_lines(piece, limit - self.rows.num_rows)
            if wanted.num_lines:
                self._check_lengths(wanted)
                yield wanted, self.rows.add(wanted.num_lines)
            if self.rows.num_rows == limit:
                return

    def _check_lengths(self, piece: Lines) -> None:
        """A number takes two bytes with its separator: lines too short for theirs must not cost a table."""
        if len(piece.data) < piece.num_lines * 2 * self.dim:
            ends = np.flatnonzero(piece.data == ord("\n")) + 1
            begins = np.append(0, ends[:-1])
            row = int(np.argmax(ends - begins < 2 * self.dim))
            self._refuse_row(piece, row, int(begins[row]))

    def _parse(self, piece: Lines, rows: Floats) -> tuple[list[str], int]:
        bounds = np.empty((len(rows), 2), dtype=np.int64) if self.has_words else None
        count, offset, num_nonfinite = parse_rows(
            piece.data, rows, bounds, self.rules.words_with_spaces, self.rules.passes_nonfinite
        )
        if count < len(rows):
            self._refuse_row(piece, count, offset)
        if bounds is None:
            return [], num_nonfinite
        try:
            return decode_words(piece.data, bounds, self.rules.errors), num_nonfinite
        except UnicodeDecodeError as error:
            line = int(np.searchsorted(bounds[:, 1], error.start, side="right"))
            raise FormatError(
                f"{self.origin}: line {piece.first_line + line}, byte {piece.offset + error.start:,}: the word is not "
                f"UTF-8 ({error.reason}); {REPLACE}, or save the file as UTF-8"
            ) from None

    def _check_count(self) -> None:
        found, announced = self.rows.num_rows, self.announced
        if announced is None or found == self.rules.limit:
            return
        if found < announced:
            raise FormatError(
                f"{self.origin}: the header announces {announced} words, {found} lines follow: the file is cut short "
                f"at line {found + 1}, or its header is wrong"
            )
        if found > announced:
            problem = f"{self.origin}: the header announces {announced} words"
            if self.rules.strict:
                raise FormatError(
                    f"{problem}, and line {announced + 2} is one more; strict=False (densevec convert --no-strict) "
                    "reads all lines"
                )
            warn(f"{problem}, {found} follow: all are read")

    # What is wrong, for a message

    def _dim_of(self, line: bytes) -> int:
        """How many numbers the first line of a file without header has."""
        fields = re.split(rb"[ \t]", line.rstrip(b" \t\r\n"))
        if self.rules.words_with_spaces:
            # Where nan is no value it may be a part of the word
            belongs = recognise.is_value if self.rules.passes_nonfinite else recognise.is_number
            dim = sum(1 for _ in itertools.takewhile(belongs, reversed(fields[1:])))
        else:
            dim = len(fields) - self.has_words
        if dim < 1 or not recognise.is_value(fields[-1]):
            self._refuse_binary(line)
            expected = "a word and its numbers" if self.has_words else "numbers"
            hint = f"; {LEAVE_OUT}" if recognise.is_value(fields[-1]) else _looks_like(line)
            raise FormatError(f"{self.origin}: line 1 must be {expected}, found {_brief(line)}{hint}")
        return dim

    def _refuse_other_kinds(self, beginning: bytes) -> None:
        kind = recognise.describe(beginning)
        if kind and not re.match(r"a text file|word vectors|JSON|an XML", kind):
            raise packed.of_another_kind(self.origin, kind, "word vectors as text were")

    def _refuse_binary(self, line: bytes) -> None:
        if recognise.has_control_bytes(line):
            raise FormatError(
                f"{self.origin}: this looks like binary data, word vectors as text were expected; "
                "for word2vec's binary format say binary=True (densevec convert --from word2vec)"
            )

    def _refuse_row(self, piece: Lines, row: int, offset: int) -> NoReturn:
        line = bytes(piece.data[offset : offset + 2**20]).split(b"\n", 1)[0] + b"\n"
        self._refuse_binary(line)
        place = f"{self.origin}: line {piece.first_line + row}, byte {piece.offset + offset:,}: "
        raise FormatError(place + self._fault_of(line) + (_looks_like(line) if row + piece.first_line <= 2 else ""))

    def _fault_of(self, line: bytes) -> str:
        """What is wrong with a line that the kernel refused."""
        text = line.decode("utf-8", "replace").rstrip("\n").removesuffix("\r").rstrip(" \t")
        expected = f"{'a word and ' * self.has_words}{self.dim} numbers"
        if not text:
            return f"the line is blank, {expected} were expected"
        fields = re.split(r"[ \t]", text)
        if "" in fields:
            gap = "begins with a separator" if not fields[0] else "has two separators in a row"
            return f"the line {gap}; {expected} are expected, one space or tab between them"
        numbers = fields[1:] if self.has_words else fields
        if self.rules.words_with_spaces:
            numbers = numbers[-self.dim :]
        if len(numbers) != self.dim:
            after = f" after the word {fields[0][:80]!r}" * self.has_words
            hint = ""
            if len(numbers) > self.dim and not _NUMBER.fullmatch(numbers[0]):
                hint = (
                    "; if words may have spaces in them say words_with_spaces=True (densevec convert "
                    "--words-with-spaces)"
                )
            return f"found {len(numbers)} numbers{after}, {self.dim} were expected{hint}"
        for number in numbers:
            if not _NUMBER.fullmatch(number) and not _NONFINITE.fullmatch(number):
                return f"found {number[:80]!r} where a decimal number was expected"
        odd = next((number for number in numbers if not np.isfinite(_as_float32(number))), "")
        return f"{odd[:80]!r} is not finite in float32; {LEAVE_OUT}"


def _as_float32(number: str) -> np.float32:
    with np.errstate(over="ignore"):
        return np.float32(float(number))


def _brief(line: bytes) -> str:
    return repr(line[:60].decode("utf-8", "replace").rstrip("\r\n"))


def _looks_like(line: bytes) -> str:
    kind = recognise.describe(line)
    return f" (this looks like {kind})" if kind and not kind.startswith(("word vectors", "a text file")) else ""


def _split_line(piece: Lines) -> tuple[bytes, Lines]:
    """The first line, and the piece without it."""
    rest = _skip_lines(piece, 1)
    return bytes(piece.data[: len(piece.data) - len(rest.data)]), rest


def _skip_lines(piece: Lines, count: int) -> Lines:
    head = _first_lines(piece, count)
    size = len(head.data)
    return Lines(
        piece.data[size:], piece.first_line + head.num_lines, piece.offset + size, piece.num_lines - head.num_lines
    )


def _first_lines(piece: Lines, count: int) -> Lines:
    if count >= piece.num_lines:
        return piece
    end = int(np.flatnonzero(piece.data == ord("\n"))[count - 1]) + 1 if count > 0 else 0
    return Lines(piece.data[:end], piece.first_line, piece.offset, max(count, 0))


def parse_header(line: bytes, origin: str, refuse_binary: Any = None) -> tuple[int, int]:
    """The two numbers of a header line: how many words and dimensions."""
    fields = line.split()
    match = re.fullmatch(rb"(\d{1,18})[ \t](\d{1,18})[ \t]*\r?\n?", line)
    if match and int(match[1]) > 0 and int(match[2]) > 0:
        return int(match[1]), int(match[2])
    kind = recognise.describe(line)
    if kind and not kind.startswith(("a text file", "word vectors")):
        hint = f": this looks like {kind}"
    elif refuse_binary is not None and recognise.has_control_bytes(line):
        refuse_binary(line)
        hint = ""
    elif len(fields) > 2 and all(map(recognise.is_value, fields[1:])):
        hint = (
            ": this looks like vectors without a header, such as GloVe's; say no_header=True (densevec convert --from "
            "glove)"
        )
    else:
        hint = ""
    raise FormatError(
        f"{origin}: line 1 must be a header, the number of words and of dimensions, both at least 1; "
        f"found {_brief(line)}{hint}"
    )


def write_text(
    path: Path,
    table: WordVectors,
    *,
    header: bool = True,
    total: int | None = None,
    prefix: str = "",
    append: bool = False,
) -> None:
    """Write word vectors as text, all or nothing: a header ``n d`` unless ``header=False``, then a line a word.

    Numbers are the shortest that read back as the same float32.  Names that end in .gz .bz2 .xz or .zst are packed.
    Variances are left out, with a FormatWarning.  ``total`` is written as n where it is given, ``prefix``
    before every word; ``append`` keeps what the file holds and adds to it (header too, if one is asked for).

    Raises
    ------
    ParameterError
        If words cannot be expressed: empty ones, or with white space or NUL; the message lists them.
    FileError
        If the file cannot be written; the old one is untouched.
    """
    write_files([text_file(path, table, header, total, prefix)], append=append)


def text_file(path: Path, table: WordVectors, header: bool, total: int | None, prefix: str) -> File:
    """What ``write_text`` writes, checked."""
    name = "word2vec text" if header else "GloVe text"
    check_writable(table, name, prefix)
    if not header:
        check_beginning(table, name, prefix)
    warn_of_lost_variances(table, name)
    return path, _lines(table, header, total, prefix), len(table) * (12 * table.dim + 10)


def check_beginning(table: WordVectors, name: str, prefix: str = "") -> None:
    """ParameterError for a first word that no text can begin with."""
    if (prefix + table.words[0]).startswith("\ufeff"):
        raise ParameterError(f"{name} cannot begin with U+FEFF, which readers take for a byte order mark")


def check_writable(table: WordVectors, name: str, prefix: str = "") -> None:
    """What the formats of words between white space ask of a table."""
    if not len(table):
        raise ParameterError(f"there are no words to write, and {name} needs one at least")
    check_expressible(map(prefix.__add__, table.words) if prefix else table.words, name)
    check_finite(table)


def check_finite(table: WordVectors) -> None:
    """ParameterError for nan and infinity, in little memory."""
    for begin in range(0, len(table), 4096):
        block = table.vectors[begin : begin + 4096]
        if not np.isfinite(block).all():
            row = begin + int(np.argmin(np.isfinite(block).all(axis=1)))
            raise ParameterError(f"vectors must be finite, got nan or inf for the word {table.words[row][:80]!r}")


def _lines(table: WordVectors, header: bool, total: int | None, prefix: str) -> Iterator[bytes]:
    if header:
        yield f"{total or len(table)} {table.dim}\n".encode()
    yield from in_parallel(format_rows, blocks_of(table, " ", prefix))


def blocks_of(table: WordVectors, separator: str, prefix: str = "", words: bool = True) -> Iterator[tuple[Any, ...]]:
    """Arguments of ``format_rows`` for some rows at a time."""
    step = max(_ROWS_AT_ONCE // table.dim // 4, 1)
    for begin in range(0, len(table), step):
        chosen = [(prefix + word).encode() for word in table.words[begin : begin + step]] if words else None
        yield table.vectors[begin : begin + step], chosen, ord(separator)
