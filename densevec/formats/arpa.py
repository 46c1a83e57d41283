"""The ARPA format of n-gram models with back-off weights: text, as SRILM, KenLM and others write it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np

from densevec._cy.ngram import MAX_ORDER
from densevec._validation import as_path
from densevec.errors import FormatError
from densevec.formats.output import write_file
from densevec.formats.source import open_source, read_lines
from densevec.formats.table import ascii_fault, check_expressible, warn

Path = str | os.PathLike[str]
SENTENCE_START, SENTENCE_END, UNKNOWN = "<s>", "</s>", "<unk>"
_INTERMEDIATE = ([b"iARPA"], [b"qARPA"])  # what IRSTLM's own forms begin with
NEVER = -99.0  # log10 of the probability of what is never predicted
_COUNT = re.compile(rb"ngram\s+(\d{1,2})\s*=\s*(\d{1,15})")
_SECTION = re.compile(rb"\\(\d{1,2})-grams:")
_IS_BLANK = np.isin(np.arange(256), [*b" \t\n\r\v\f"])
_LINES = 1 << 13  # that are read or written together
_BYTES_PER_NGRAM = 40  # about; for the check of free space


@dataclass
class ArpaOrder:
    """The n-grams of one order: ids of their words (N, k) int32; log10 P(w_k | w_1 … w_{k−1}) and log10 of the weight
    as a history (0 where none is given), float64 (N,)."""

    ids: np.ndarray
    log10_probs: np.ndarray
    log10_weights: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass
class Arpa:
    """An ARPA file: its words, and its n-grams by order from 1 on."""

    path: str
    words: list[str]
    orders: list[ArpaOrder]


def read_arpa(path: Path) -> Arpa:
    r"""Read an ARPA file, packed or not (by its name's ending).

    What comes before ``\data\`` is passed over.  Fields are separated by blanks (``densevec._text_rules``), so that a
    word may have a no-break space in it.  The words are those of the ``\1-grams:`` section; n-grams of all orders must
    be as many as the head says, and made of these words.

    What other tools mean: "<UNK>" is "<unk>" where there is no other (CMU's tools, Kaldi's recipes), as KenLM takes it.
    N-grams with "<s>" anywhere but first or "</s>" anywhere but last (IRSTLM's) serve no sentence; they are left out,
    with a FormatWarning that says how many.  A file without an unknown word is read with a FormatWarning.

    Errors: FormatError names file and line, what was found and what was expected, and refuses n-grams of more than 16
    words, which no model has, and IRSTLM's intermediate files, whose numbers are no probabilities; CorruptError when a
    packed file is damaged, FileError when it cannot be opened.
    """
    return _Reader(as_path(path)).read()


class _Reader:
    """One pass over the lines of a file."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.number = 0  # of the line
        self.line = b""
        self.pending: list[bytes] = []  # lines of the piece that is read
        self.place = 0  # of the next of them
        self.words: list[str] = []
        self.index: dict[bytes, int] = {}
        self.num_useless = 0  # n-grams that are left out

    def read(self) -> Arpa:
        with open_source(self.origin) as source:
            self.parts = read_lines(source)
            sizes = self._head()
            orders = [self._section(order, size) for order, size in enumerate(sizes, 1)]
            if self.line != b"\\end\\":
                raise self._fault(r"\end\ after the last n-gram")
        if SENTENCE_END.encode() not in self.index:
            raise FormatError(f"{self.origin}: the words of an ARPA file must have {SENTENCE_END!r}, this one has not")
        self._name_unknown()
        if self.num_useless:
            warn(
                f"{self.origin}: {self.num_useless:,} n-grams are left out, which have {SENTENCE_START!r} after "
                f"another word or {SENTENCE_END!r} before one and so serve no sentence"
            )
        return Arpa(self.origin, self.words, orders)

    def _name_unknown(self) -> None:
        """Whatever a file calls the unknown word, it is "<unk>"."""
        if UNKNOWN.encode() in self.index:
            return
        row = self.index.get(UNKNOWN.upper().encode())
        if row is not None:
            self.words[row] = UNKNOWN
        else:
            warn(f"{self.origin}: the file has no {UNKNOWN!r}: unknown words get a probability of 10^{NEVER:g}")

    def _has_more(self) -> bool:
        """Whether a line is left; the next piece is read where one is used up."""
        while self.place == len(self.pending):
            part = next(self.parts, None)
            if part is None:
                return False
            self.pending = [line.strip(b" \t\r") for line in part.data.tobytes().split(b"\n")[:-1]]
            self.place = 0
        return True

    def _next(self, expected: str) -> bytes:
        """The next line that is not empty."""
        while self._has_more():
            self.line = self.pending[self.place]
            self.place += 1
            self.number += 1
            if self.line:
                return self.line
        raise FormatError(f"{self.origin}: line {self.number + 1}: the file ends where {expected} was expected")

    def _block(self) -> list[bytes]:
        """Some lines before the next that begins with a backslash; none where that is the next, or the file ends."""
        if not self._has_more():
            return []
        lines = self.pending[self.place : self.place + _LINES]
        is_mark = [*map(bytes.startswith, lines, repeat(b"\\")), True]
        lines = lines[: is_mark.index(True)]
        self.place += len(lines)
        self.number += len(lines)
        return lines

    def _fault(self, expected: str) -> FormatError:
        found = self.line[:60].decode("utf-8", "replace")
        return FormatError(f"{self.origin}: line {self.number}: found {found!r} where {expected} was expected")

    def _head(self) -> list[int]:
        """The numbers of n-grams of each order; the next section's first line has been read afterwards."""
        while self._next(r"\data\, the beginning of an ARPA file,") != b"\\data\\":
            if self.line.split()[:1] in _INTERMEDIATE:
                raise FormatError(
                    f"{self.origin}: line {self.number}: this is IRSTLM's intermediate format "
                    f"({self.line[:20].decode('utf-8', 'replace')}), whose numbers are no probabilities yet; "
                    f"'compile-lm --text=yes {self.origin} OUT.arpa' makes an ARPA file of it"
                )
        sizes: list[int] = []
        while not self._next(r"\1-grams:").startswith(b"\\"):
            found = _COUNT.fullmatch(self.line)
            if not found or int(found[1]) != len(sizes) + 1:
                raise self._fault(f"'ngram {len(sizes) + 1}=NUMBER'")
            if len(sizes) == MAX_ORDER:
                raise self._fault(f"the end of the head (n-grams of at most {MAX_ORDER} words are read)")
            sizes.append(int(found[2]))
        if not sizes:
            raise self._fault("'ngram 1=NUMBER'")
        return sizes

    def _section(self, order: int, size: int) -> ArpaOrder:
        found = _SECTION.fullmatch(self.line)
        if not found or int(found[1]) != order:
            raise self._fault(rf"\{order}-grams:")
        parts = [self._ngrams([], order)]
        num_read = 0
        while lines := self._block():
            full = [line for line in lines if line]
            num_read += len(full)
            try:
                if num_read > size:
                    raise ValueError
                parts.append(self._ngrams(full, order))
            except (ValueError, KeyError):
                self._refuse(lines, order, size, num_read - len(full))
        self._next(r"an n-gram or \end\ ")
        if num_read != size:
            raise self._fault(f"{size} n-grams of order {order} as the head announces, not {num_read},")
        return ArpaOrder(
            np.concatenate([part.ids for part in parts]),
            np.concatenate([part.log10_probs for part in parts]),
            np.concatenate([part.log10_weights for part in parts]),
        )

    def _ngrams(self, lines: list[bytes], order: int) -> ArpaOrder:
        """The n-grams of these lines that can serve a sentence; ValueError or KeyError for a faulty one."""
        text, end = b"\n".join([*lines, b""]), order + 1
        fields, widths = np.array(text.split(), dtype=object), _num_fields(text)
        has_weight = widths == end + 1
        if not (has_weight | (widths == end)).all():
            raise ValueError
        first = np.cumsum(widths) - widths
        log_probs, log_weights = _numbers(fields[first].tolist(), most=0.0), np.zeros(len(lines))
        log_weights[has_weight] = _numbers(fields[first[has_weight] + end].tolist(), most=99.0)
        words = fields[first[:, None] + np.arange(1, end)].ravel().tolist()
        if order == 1:
            self._add_words(words)
        ids = np.array([*map(self.index.__getitem__, words)], np.int32).reshape(-1, order)
        is_useless = (ids[:, 1:] == self.index.get(SENTENCE_START.encode(), -1)).any(1)
        is_useless |= (ids[:, :-1] == self.index.get(SENTENCE_END.encode(), -1)).any(1)
        self.num_useless += int(is_useless.sum())
        return ArpaOrder(ids[~is_useless], log_probs[~is_useless], log_weights[~is_useless])

    def _add_words(self, words: list[bytes]) -> None:
        decoded = [word.decode() for word in words]
        new = dict(zip(words, range(len(self.words), len(self.words) + len(words)), strict=True))
        if len(new) != len(words) or not self.index.keys().isdisjoint(new):
            raise ValueError
        self.index |= new
        self.words += decoded

    def _refuse(self, lines: list[bytes], order: int, size: int, num_read: int) -> None:
        """Raise the error for the first faulty one of the lines that were read last."""
        self.number -= len(lines)
        for self.line in lines:
            self.number += 1
            if self.line:
                self._check(order, size, is_beyond=num_read == size)
                num_read += 1

    def _check(self, order: int, size: int, is_beyond: bool) -> None:
        fields = self.line.split()
        if len(fields) not in (order + 1, order + 2):
            raise self._fault(f"a log probability, {order} words and perhaps a log weight")
        if is_beyond:
            raise self._fault(f"the end of the {size} n-grams of order {order} that the head announces")
        for field, most in ((fields[0], 0.0), *((each, 99.0) for each in fields[order + 1 :])):
            try:
                _numbers([field], most)
            except ValueError:
                shown = field[:20].decode("utf-8", "replace")
                raise self._fault(f"a log10 of at most {most:g} (found {shown!r})") from None
        if order > 1:
            for word in fields[1 : order + 1]:
                if word not in self.index:
                    shown = word[:40].decode("utf-8", "replace")
                    raise self._fault(rf"only words of the \1-grams: section (it lacks {shown!r})")
            return
        try:
            self._add_words(fields[1:2])
        except UnicodeDecodeError:
            raise self._fault("a word in UTF-8") from None
        except ValueError:
            raise self._fault(f"a word that has not been there (line has {fields[1].decode()[:40]!r} again)") from None


def _num_fields(text: bytes) -> np.ndarray:
    """How many fields each line has, (N,), as ``bytes.split`` finds them; every line ends in a newline."""
    codes = np.frombuffer(text, np.uint8)
    is_blank = _IS_BLANK[codes]
    ends = np.flatnonzero(is_blank[1:] & ~is_blank[:-1])
    return np.diff(np.searchsorted(ends, np.flatnonzero(codes == ord("\n"))), prepend=0)


def _numbers(fields: list[bytes], most: float) -> np.ndarray:
    """Logarithms (N,) float64; ValueError where one is none, or above ``most``."""
    values = np.array([*map(float, fields)], dtype=np.float64)
    if not ((values > -1e30) & (values <= most)).all() or b"_" in b" ".join(fields):
        raise ValueError
    return values


def write_arpa(path: Path, words: list[str], orders: Iterable[tuple[int, Iterable[ArpaOrder]]], end_id: int) -> None:
    """Write an ARPA file, packed by its name's ending, all or nothing.

    ``orders`` gives for each order how many n-grams there are, and the n-grams in parts; the id ``end_id`` is written
    "</s>" as the last word of an n-gram and "<s>" before it, and "<s>" is added to the single words.

    Errors: ParameterError that lists the words that are empty, have a blank or NUL in them or are "<s>"; FileError when
    the file cannot be written.
    """
    check_expressible(words, "an ARPA file", _fault)
    listed = list(orders)
    size = sum(number for number, _ in listed) * _BYTES_PER_NGRAM
    write_file(path, _chunks(words, listed, end_id), size)


def _fault(word: str) -> str | None:
    return "is the mark of a sentence's start" if word == SENTENCE_START else ascii_fault(word)


def _chunks(words: list[str], orders: list[tuple[int, Iterable[ArpaOrder]]], end_id: int) -> Iterator[bytes]:
    sizes = [number + (order == 1) for order, (number, _) in enumerate(orders, 1)]
    head = [f"ngram {order}={size}" for order, size in enumerate(sizes, 1)]
    yield "\n".join(["\\data\\", *head, ""]).encode()
    last_words = np.array(words, dtype=object)
    in_history = last_words.copy()
    in_history[end_id] = SENTENCE_START
    for order, (_, parts) in enumerate(orders, 1):
        yield f"\n\\{order}-grams:\n".encode()
        is_last = order == len(orders)
        for part in parts:
            for start in range(0, len(part), _LINES):
                rows = slice(start, start + _LINES)
                yield _format(part, rows, last_words, in_history, is_last, end_id).encode()
    yield b"\n\\end\\\n"


def _format(part: ArpaOrder, rows: slice, words: np.ndarray, in_history: np.ndarray, is_last: bool, end_id: int) -> str:
    """The lines of some n-grams."""
    ids, log_probs, log_weights = part.ids[rows], part.log10_probs[rows], part.log10_weights[rows]
    is_end = ids[:, -1] == end_id
    texts = [*(in_history[column] for column in ids[:, :-1].T), words[ids[:, -1]]]
    weights = np.where(is_end, 0.0, log_weights)  # the end of a sentence is no history, its other half is
    if not texts[:-1]:
        after = np.flatnonzero(is_end) + 1
        texts = [np.insert(texts[0], after, SENTENCE_START)]
        log_probs, weights = np.insert(log_probs, after, NEVER), np.insert(weights, after, log_weights[is_end])
    line = "%.7g\t" + " ".join(["%s"] * len(texts)) + ("\n" if is_last else "\t%.7g\n")
    columns = [log_probs, *texts] if is_last else [log_probs, *texts, weights]
    values = chain.from_iterable(zip(*(column.tolist() for column in columns), strict=True))
    return line * len(log_probs) % tuple(values)
