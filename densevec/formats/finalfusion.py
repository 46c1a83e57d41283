"""finalfusion's files (.fifu): words with or without n-grams, and one table of their rows.

A header ``FiFu``, the version, and the kinds of the chunks; then the chunks: kind (4 bytes), length (8), contents.  One
chunk has the words, and how n-grams are hashed or which there are, one the rows: first those of the words, then those
of the n-grams.  A word that is not among them is the sum of its n-grams' rows, scaled to length 1.  All numbers are
little-endian.  Rows may be quantised: each is a list of centroids, one for each of q parts of a vector, all turned by
a matrix and scaled to their lengths, where there are these (product quantisation, Jégou, Douze & Schmid 2011; Ge, He,
Ke & Sun 2013).  Lengths of the words' vectors (a chunk of norms), and metadata, are passed over.
"""

from __future__ import annotations

import itertools
import os
import struct
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from densevec._cy.vector_text import decode_words
from densevec._validation import as_path
from densevec.errors import FormatError
from densevec.formats import packed, recognise
from densevec.formats.fasttext import Bytes, contents_of
from densevec.formats.subwords import EXPLICIT, MAX_NGRAM, Hashing, Subwords
from densevec.formats.table import Floats, Rules, WordVectors, as_rules, make_table
from densevec.formats.text import LEAVE_OUT, REPLACE

MAGIC = b"FiFu"
SIMPLE, ARRAY, BUCKETS, _QUANTISED, _METADATA, _NORMS, FASTTEXT_BUCKETS, EXPLICIT_NGRAMS = range(1, 9)
_VOCABULARIES = {SIMPLE: "<Q", BUCKETS: "<QIII", FASTTEXT_BUCKETS: "<QIII", EXPLICIT_NGRAMS: "<QQII"}
_UINT8, FLOAT32 = 1, 10
_ROWS_AT_ONCE = 2**14
_MOST_CHUNKS = 100


def read_finalfusion(path: str | os.PathLike[str], **rules: Any) -> WordVectors:
    """Read a finalfusion file; the rows of n-grams, if it has any, come along as ``subwords``.

    Keywords are ``errors``, ``on_duplicate``, ``allow_nonfinite``, ``drop_nonfinite`` and ``limit`` of
    ``densevec.formats.Rules``.

    Raises
    ------
    FormatError
        It is no such file, or is cut short.
    FileError
        It cannot be opened.
    """
    name = as_path(path)
    return _Parser(contents_of(name), name, as_rules(rules)).read()


class _Parser:
    """One pass over the bytes of a file; every size is checked before it is used."""

    def __init__(self, data: Bytes, origin: str, rules: Rules) -> None:
        self.data, self.origin, self.rules = data, origin, rules
        self.place, self.end = 0, len(data)
        self.ngrams: dict[str, int] | None = None

    def read(self) -> WordVectors:
        chunks = self._chunks()
        kind = next((kind for kind in _VOCABULARIES if kind in chunks), None)
        if kind is None or not chunks.keys() & {ARRAY, _QUANTISED}:
            self._fail(f"it is without {'words' if kind is None else 'a table'}; words and a table are read")
        self.place, self.end = chunks[kind]
        head = self._take(_VOCABULARIES[kind], "the vocabulary")
        bounds = self._items(head[0])
        if kind == EXPLICIT_NGRAMS:
            self._read_ngrams(head[1])
        self._check_end("vocabulary")
        rows, dim = self._table(*chunks[ARRAY]) if ARRAY in chunks else self._quantised(*chunks[_QUANTISED])
        num_words = len(bounds)
        subwords = None if kind == SIMPLE else self._subwords(kind, head, rows[4 * num_words * dim :], dim)
        expected = num_words + (0 if subwords is None else subwords.num_rows)
        if len(rows) != 4 * expected * dim or (subwords is None and len(rows) != 4 * num_words * dim):
            self._fail(f"the table must have a row for each word and n-gram, found {len(rows) // (4 * dim):,}")
        return self._words(bounds[: self.rules.limit], rows, dim, subwords)

    def _fail(self, problem: str) -> NoReturn:
        raise FormatError(f"{self.origin}: finalfusion file: {problem}")

    def _take(self, layout: str, what: str) -> tuple[Any, ...]:
        size = struct.calcsize(layout)
        if self.end - self.place < size:
            self._fail(f"it is cut short at byte {self.end:,}, within {what}")
        raw = self.data[self.place : self.place + size].tobytes()
        self.place += size
        return struct.unpack(layout, raw)

    def _chunks(self) -> dict[int, tuple[int, int]]:
        """Where the contents of each kind of chunk begin and end."""
        magic, version, number = self._take("<4sII", "the header")
        if magic != MAGIC or version != 0 or number > _MOST_CHUNKS:
            rule = f"it must begin with FiFu, version 0 and some chunks, found {magic!r}, {version} and {number}"
            self._fail(rule + packed.what_to_do(recognise.describe(magic), self.origin))
        self._take(f"<{number}I", "the header")
        found: dict[int, tuple[int, int]] = {}
        while self.place < self.end:
            kind, size = self._take("<IQ", "the head of a chunk")
            if kind == EXPLICIT_NGRAMS:
                size = self._explicit_size(size)
            if size > self.end - self.place:
                self._fail(f"a chunk of {size:,} bytes at byte {self.place:,} is cut short")
            found.setdefault(kind, (self.place, self.place + size))
            self.place += size
        return found

    def _explicit_size(self, stated: int) -> int:
        """The length of a chunk of listed n-grams, to which finalfusion's Python package does not count their rows."""
        begin = self.place
        num_words, num_ngrams = self._take(_VOCABULARIES[EXPLICIT_NGRAMS], "the vocabulary")[:2]
        self._items(num_words)
        self._read_ngrams(num_ngrams)
        size, self.place = self.place - begin, begin
        return size if stated == size - 8 * num_ngrams else stated

    def _check_end(self, what: str) -> None:
        if self.place != self.end:
            self._fail(f"the {what} must fill its chunk, {self.end - self.place:,} bytes are left")

    def _items(self, number: int) -> npt.NDArray[np.int64]:
        """Where each of some strings, each after its length in bytes, begins and ends."""
        if number > (self.end - self.place) // 4:
            self._fail(f"{number:,} words take {4 * number:,} bytes or more, {self.end - self.place:,} follow")
        return np.array([self._item() for _ in range(number)], dtype=np.int64).reshape(number, 2)

    def _item(self) -> tuple[int, int]:
        (size,) = self._take("<I", "a word")
        if size > self.end - self.place:
            self._fail(f"a word of {size:,} bytes at byte {self.place:,} is cut short")
        self.place += size
        return self.place - size, self.place

    def _read_ngrams(self, number: int) -> None:
        if number > (self.end - self.place) // 12:
            self._fail(f"{number:,} n-grams take {12 * number:,} bytes or more, {self.end - self.place:,} follow")
        self.ngrams = {}
        for _ in range(number):
            begin, end = self._item()
            (row,) = self._take("<Q", "the row of an n-gram")
            self.ngrams[self.data[begin:end].tobytes().decode("utf-8", "replace")] = row

    def _table(self, begin: int, end: int) -> tuple[Bytes, int]:
        """The bytes of all rows, at the end of their chunk, and d."""
        self.place, self.end = begin, end
        rows, dim, kind = self._take("<QII", "the table's sizes")
        size = 4 * rows * dim
        if kind != FLOAT32 or not rows or not dim or not 0 <= end - self.place - size <= 4:  # padding before them
            self._fail(f"the table must be float32 and fill its chunk, found {rows} x {dim} of type {kind}")
        return self.data[end - size : end], dim

    def _quantised(self, begin: int, end: int) -> tuple[Bytes, int]:
        """The bytes of all rows, made of their centroids, and d."""
        self.place, self.end = begin, end
        is_turned, has_norms, parts, dim, centroids, rows, kind, of = self._take("<IIIIIQII", "the quantiser")
        if (kind, of) != (_UINT8, FLOAT32) or not (rows and parts and 0 < centroids <= 256) or dim % parts or not dim:
            self._fail(
                f"its quantiser makes no sense: {parts} parts of {dim} numbers, {centroids} centroids, {rows} rows"
            )
        sizes = [4 * dim * dim * (is_turned != 0), 4 * centroids * dim, 4 * rows * (has_norms != 0), rows * parts]
        if not 0 <= end - self.place - sum(sizes) <= 4:  # padding before them
            self._fail(f"{rows:,} rows of {parts} centroids take {sum(sizes):,} bytes, {end - self.place:,} follow")
        bounds = np.cumsum([end - sum(sizes), *sizes])
        turn, books, norms, codes = (self.data[a:b].tobytes() for a, b in itertools.pairwise(bounds.tolist()))
        book = np.frombuffer(books, "<f4").reshape(parts, centroids, dim // parts)
        code = np.frombuffer(codes, np.uint8).reshape(rows, parts)
        if int(code.max()) >= centroids:
            self._fail(f"a row is of centroid {int(code.max())}, there are {centroids}")
        vectors = np.empty((rows, dim), "<f4")
        for part in range(parts):
            vectors[:, part * (dim // parts) : (part + 1) * (dim // parts)] = book[part][code[:, part]]
        for first in range(0, rows, _ROWS_AT_ONCE) if is_turned else ():
            some = vectors[first : first + _ROWS_AT_ONCE]
            some[:] = some @ np.frombuffer(turn, "<f4").reshape(dim, dim).T
        if has_norms:
            vectors *= np.frombuffer(norms, "<f4")[:, None]
        return vectors.reshape(-1).view(np.uint8), dim

    def _subwords(self, kind: int, head: tuple[Any, ...], buckets: Bytes, dim: int) -> Subwords:
        shortest, longest = head[2:4] if kind == EXPLICIT_NGRAMS else head[1:3]
        if not 0 < shortest <= longest <= MAX_NGRAM:
            self._fail(f"the lengths of n-grams must be from 1 to {MAX_NGRAM}, found {shortest} and {longest}")
        num_rows = len(buckets) // (4 * dim)
        if kind == EXPLICIT_NGRAMS:
            stated = max((self.ngrams or {}).values(), default=-1) + 1
        else:
            stated = head[3] if kind == FASTTEXT_BUCKETS else 1 << min(head[3], 64)
        if num_rows != stated:
            self._fail(f"the table must have {stated:,} rows of n-grams, found {num_rows:,}")
        name = {BUCKETS: "finalfusion", FASTTEXT_BUCKETS: "fasttext", EXPLICIT_NGRAMS: EXPLICIT}[kind]
        hashing = Hashing(name, drops_marks=False, is_unit=True)
        return Subwords(buckets, dim, shortest, longest, hashing, self.ngrams)

    def _words(self, bounds: npt.NDArray[np.int64], rows: Bytes, dim: int, subwords: Subwords | None) -> WordVectors:
        vectors: Floats = np.frombuffer(rows[: 4 * len(bounds) * dim].tobytes(), "<f4").reshape(-1, dim)
        try:
            words = decode_words(self.data, bounds, self.rules.errors)
        except UnicodeDecodeError as error:
            self._fail(f"a word is not UTF-8 at byte {error.start:,} ({error.reason}); {REPLACE}")
        is_finite = np.isfinite(vectors)
        if not self.rules.passes_nonfinite and not is_finite.all():
            self._fail(f"word {int(np.argmin(is_finite.all(1))) + 1} has a vector with nan or infinity; {LEAVE_OUT}")
        table = make_table(words, vectors, self.rules, self.origin, int((~is_finite).sum()))
        return table if subwords is None else table.with_subwords(subwords)
