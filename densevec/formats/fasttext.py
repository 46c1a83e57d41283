"""fastText's .bin models of words and their character n-grams.

A model is a table of rows: one for each word, then one for each of B buckets that the n-grams of words are hashed to.
The vector of a word is the mean of its own row and those of its n-grams; that of an unknown word the mean of its
n-grams' rows.

P. Bojanowski, E. Grave, A. Joulin and T. Mikolov: Enriching word vectors with subword information, TACL 2017.
"""

from __future__ import annotations

import mmap as memory_map
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from densevec._cy.subwords import find_entries
from densevec._cy.vector_text import decode_words
from densevec._streams import is_remote, packing
from densevec._validation import as_path
from densevec.errors import FormatError
from densevec.formats import packed, recognise
from densevec.formats.opening import opened
from densevec.formats.source import in_parallel, open_source
from densevec.formats.subwords import FASTTEXT, MAX_NGRAM, Hashing, Subwords
from densevec.formats.table import Floats, Rules, WordVectors, as_rules, make_table
from densevec.formats.text import LEAVE_OUT, REPLACE

Path = str | os.PathLike[str]
Bytes = npt.NDArray[np.uint8]
MAGIC, NEWEST_VERSION = 793712314, 12
_SETTINGS = [
    "dim",
    "ws",
    "epoch",
    "min_count",
    "neg",
    "word_ngrams",
    "loss",
    "model",
    "bucket",
    "minn",
    "maxn",
    "lr_update_rate",
]
_SUPERVISED = 3
_WORD, _LABEL = 0, 1
# floret, which has the magic number and version of fastText, writes two settings more before the last one: the mode
# and the number of hashes
_FLORET_MODES, _MOST_HASHES = (1, 2), 4
HASHED = 2  # the mode in which words have no rows of their own
FLORET_SEED = 2166136261
END = b"</s>"
_WORDS_AT_ONCE = 2**12


@dataclass(frozen=True)
class FastText:
    """A fastText model: its words with their composed vectors, and what composes others."""

    table: WordVectors
    subwords: Subwords


def read_fasttext(path: Path, **rules: Any) -> FastText:
    """Read a fastText .bin model of words (cbow or skipgram), of version 12, 11 or the form before there were versions.

    Every byte of the file must be accounted for by the sizes it states; the format has no checksum, so a changed
    number cannot be noticed.  Labels in the dictionary of such a model (words that begin with ``__label__``) have no
    vectors and are passed over.  floret's files are read too; in those
    of its mode "floret" words have no rows of their own, and each is the mean of the rows that it and its n-grams are
    hashed to.  The n-grams' rows stay in the
    file (mapped) where it is local and not packed.  Keywords are ``errors``, ``on_duplicate``, ``allow_nonfinite``,
    ``drop_nonfinite`` and ``limit`` of ``densevec.formats.Rules``.

    Raises
    ------
    FormatError
        It is not such a file, is cut short, or is a supervised or quantised (.ftz) model.
    FileError
        It cannot be opened.
    """
    name = as_path(path)
    return _Parser(contents_of(name), name, as_rules(rules)).read()


def read_fasttext_table(path: Path, **rules: Any) -> WordVectors:
    """The table alone of what ``read_fasttext`` reads."""
    return read_fasttext(path, **rules).table


def contents_of(name: str) -> Bytes:
    """The bytes of a file, mapped where it is local and not packed."""
    if is_remote(name) or packing(name):
        pieces: list[bytes] = []
        with open_source(name) as source:

            def take(piece: Bytes, is_last: bool) -> int:
                pieces.append(piece.tobytes())
                return len(piece)

            for _ in source.pieces(np.empty(0, np.uint8), take):
                pass
        return np.frombuffer(b"".join(pieces), dtype=np.uint8)
    with opened(name) as descriptor:
        size = os.fstat(descriptor).st_size
        if not size:
            return np.empty(0, dtype=np.uint8)
        return np.frombuffer(memory_map.mmap(descriptor, size, access=memory_map.ACCESS_READ), dtype=np.uint8)


class _Parser:
    """One pass over the bytes of a model; every size is checked before it is used."""

    def __init__(self, data: Bytes, origin: str, rules: Rules) -> None:
        self.data, self.origin, self.rules, self.place = data, origin, rules, 0
        self.hashing = FASTTEXT

    def read(self) -> FastText:
        settings = self._settings()
        dim, num_buckets = settings["dim"], settings["bucket"]
        bounds, counts = self._dictionary()
        input_rows = self._matrix("input", len(bounds) + num_buckets, dim)
        self._matrix("output", None, dim)
        if self.place != len(self.data):
            self._fail(f"the sizes it states account for {self.place:,} bytes, the file has {len(self.data):,}")
        split = 4 * len(bounds) * dim
        bounds, counts = bounds[: self.rules.limit], counts[: self.rules.limit]
        subwords = Subwords(input_rows[split:], dim, settings["minn"], settings["maxn"], self.hashing)
        vectors = self._compose(bounds, input_rows[: 4 * len(bounds) * dim], subwords)
        try:
            words = decode_words(self.data, bounds, self.rules.errors)
        except UnicodeDecodeError as error:
            self._fail(f"a word is not UTF-8 at byte {error.start:,} ({error.reason}); {REPLACE}")
        rules = self.rules
        num_nonfinite = 0 if not rules.passes_nonfinite else int((~np.isfinite(vectors)).sum())
        table = make_table(words, vectors, rules, self.origin, num_nonfinite, counts)
        return FastText(table.with_subwords(subwords), subwords)

    def _fail(self, problem: str) -> NoReturn:
        raise FormatError(f"{self.origin}: fastText model: {problem}")

    def _take(self, layout: str, what: str) -> tuple[Any, ...]:
        size = struct.calcsize("<" + layout)
        raw = self.data[self.place : self.place + size].tobytes()
        if len(raw) < size:
            self._fail(f"the file is cut short at byte {len(self.data):,}, within {what}")
        self.place += size
        return struct.unpack("<" + layout, raw)

    def _settings(self) -> dict[str, int]:
        beginning = self.data[:512].tobytes()
        kind = recognise.describe(beginning)
        self.is_versioned = beginning[:4] == MAGIC.to_bytes(4, "little")
        if not self.is_versioned and (kind or not beginning):
            raise packed.of_another_kind(self.origin, kind or "an empty file", "a fastText model was")
        self.version = 0
        if self.is_versioned:
            _, self.version = self._take("ii", "the version")
            if not 11 <= self.version <= NEWEST_VERSION:
                self._fail(f"version {self.version} is not one of 11 and {NEWEST_VERSION}")
        settings = self._numbers()
        if settings["model"] == _SUPERVISED:
            self._fail("it is a supervised classifier, whose labels are no words; only models of words are read")
        bounds = {"dim": (1, 2**24), "bucket": (0, 2**31), "minn": (0, MAX_NGRAM), "maxn": (0, MAX_NGRAM)}
        bounds |= {"model": (1, 2), "loss": (1, 4)}
        for name, (low, high) in bounds.items():
            if not low <= settings[name] <= high:
                hint = "" if self.is_versioned else " (it begins without fastText's magic number)"
                self._fail(f"the setting {name!r} must be from {low} to {high}, found {settings[name]}{hint}")
        return settings

    def _numbers(self) -> dict[str, int]:
        """The whole numbers among the settings; a floating-point one follows them."""
        begin = self.place
        settings = dict(zip(_SETTINGS, self._take("12i", "the settings"), strict=True))
        self._take("d", "the settings")
        end, self.place = self.place, begin + 4 * (len(_SETTINGS) - 1)
        if self.is_versioned and self.place + 20 <= len(self.data):
            mode, hash_count, rate = self._take("3i", "the settings")
            (sample,) = self._take("d", "the settings")
            # in fastText's files these would be lr_update_rate and the halves of a number such as 1e-4
            if mode in _FLORET_MODES and 1 <= hash_count <= _MOST_HASHES and rate > 0 and 0 <= sample <= 1:
                if mode == HASHED:
                    self.hashing = Hashing("floret", hash_count, FLORET_SEED)
                return settings | {"lr_update_rate": rate}
        self.place = end
        return settings

    def _dictionary(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        size, num_words, num_labels, _ = self._take("3iq", "the dictionary's sizes")
        if size != num_words + num_labels or num_words < 1 or num_labels < 0:
            self._fail(
                f"the dictionary must hold one word at least, and nothing but words and labels, found {size} entries, "
                f"{num_words} words, {num_labels} labels"
            )
        if self.is_versioned and self._take("q", "the dictionary's sizes")[0] != -1:
            self._fail("it is pruned, as quantised models (.ftz) are; only full models (.bin) are read")
        if size > (len(self.data) - self.place) // 10:
            self._fail(
                f"a dictionary of {size:,} words takes {10 * size:,} bytes or more, the file has {len(self.data):,}"
            )
        bounds, counts = np.empty((size, 2), dtype=np.int64), np.empty(size, dtype=np.int64)
        kinds = np.empty(size, dtype=np.uint8)
        found, self.place = find_entries(self.data, self.place, bounds, counts, kinds)
        if found < size:
            self._fail(f"word {found + 1} of {size}, offset {self.place:,}: the file is cut short")
        expected = np.repeat([_WORD, _LABEL], [num_words, num_labels])  # labels have no rows
        if (kinds != expected).any():
            odd = int(np.argmax(kinds != expected))
            kind = "a word" if odd < num_words else "a label"
            self._fail(f"word {odd + 1} of {size} must be of kind {expected[odd]} ({kind}), found {kinds[odd]}")
        if (counts < 0).any():
            self._fail(f"the count of word {int(np.argmax(counts < 0)) + 1} is negative: {counts.min()}")
        return bounds[:num_words], counts[:num_words]

    def _matrix(self, what: str, num_rows: int | None, dim: int) -> Bytes:
        if self.is_versioned and self._take("B", f"the {what} table")[0] != 0:
            self._fail("it is quantised (.ftz); only full models (.bin) are read")
        rows, columns = self._take("qq", f"the {what} table's sizes")
        if columns != dim or rows < 0 or rows not in (rows if num_rows is None else num_rows,):
            expected = f"{num_rows:,} x {dim}" if num_rows is not None else f"any number x {dim}"
            self._fail(f"the {what} table must be {expected}, found {rows} x {columns}")
        if 4 * rows * columns > len(self.data) - self.place:
            self._fail(
                f"the {what} table takes {4 * rows * columns:,} bytes, {len(self.data) - self.place:,} follow: "
                "the file is cut short"
            )
        begin, self.place = self.place, self.place + 4 * rows * columns
        return self.data[begin : self.place]

    def _compose(self, bounds: npt.NDArray[np.int64], own: Bytes, subwords: Subwords) -> Floats:
        vectors = np.empty((len(bounds), subwords.dim), dtype=np.float32)
        is_hashed = subwords.hashing.name == "floret"  # whose words have rows, too, of which only the first is used

        def compose(begin: int) -> None:
            part = slice(begin, begin + _WORDS_AT_ONCE)
            rows = own[4 * subwords.dim * begin : 4 * subwords.dim * (begin + _WORDS_AT_ONCE)]
            with np.errstate(all="ignore"):
                # before there were versions the mark </s> was a word as any other
                given = None if is_hashed else rows
                subwords.compose(self.data, bounds[part], given, vectors[part], self.is_versioned)
            if not self.rules.passes_nonfinite and not np.isfinite(vectors[part]).all():
                row = begin + int(np.argmin(np.isfinite(vectors[part]).all(axis=1)))
                self._fail(f"word {row + 1} of {len(bounds)} has a vector with nan or infinity; {LEAVE_OUT}")

        for _ in in_parallel(compose, _begins(len(bounds))):
            pass
        if is_hashed:
            self._as_floret(bounds, own, subwords, vectors)
        return vectors

    def _as_floret(self, bounds: npt.NDArray[np.int64], own: Bytes, subwords: Subwords, vectors: Floats) -> None:
        """What floret makes otherwise of two words: the first one's own row is one more among its rows, and the mark
        </s> has that alone where it is the first, elsewhere none."""
        for row in np.flatnonzero(np.diff(bounds).ravel() == len(END)).tolist():
            if self.data[bounds[row, 0] : bounds[row, 1]].tobytes() == END:
                vectors[row] = 0.0
        if len(bounds):
            with np.errstate(all="ignore"):
                subwords.compose(self.data, bounds[:1], own[: 4 * subwords.dim], vectors[:1])


def _begins(size: int) -> Iterator[tuple[int]]:
    return ((begin,) for begin in range(0, size, _WORDS_AT_ONCE))
