"""The ARPA format of n-gram models with back-off weights: text, as SRILM, KenLM and others write it."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from densevec._cy.ngram import MAX_ORDER
from densevec._validation import as_path
from densevec.errors import FormatError
from densevec.formats.output import write_file
from densevec.formats.source import open_source, read_lines
from densevec.formats.table import ascii_fault, check_expressible, warn

Path = str | os.PathLike[str]
SENTENCE_START, SENTENCE_END, UNKNOWN = "<s>", "</s>", "<unk>"
_INTERMEDIATE = (b"iARPA", b"qARPA")  # what IRSTLM's own forms begin with
NEVER = -99.0  # log10 of the probability of what is never predicted
_COUNT = re.compile(rb"ngram\s+(\d{1,2})\s*=\s*(\d{1,15})")
_SECTION = re.compile(rb"\\(\d{1,2})-grams:")
_LINES = 1 << 16  # that are written together
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
        self.words: list[str] = []
        self.index: dict[bytes, int] = {}
        self.num_useless = 0  # n-grams that are left out

    def read(self) -> Arpa:
        with open_source(self.origin) as source:
            self.lines = self._lines(read_lines(source))
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

    def _lines(self, parts: Iterable) -> Iterator[bytes]:
        for part in parts:
            for line in part.data.tobytes().split(b"\n")[:-1]:
                self.number += 1
                yield line.strip(b" \t\r")

    def _next(self, expected: str) -> bytes:
        """The next line that is not empty."""
        for line in self.lines:
            if line:
                self.line = line
                return line
        raise FormatError(f"{self.origin}: line {self.number + 1}: the file ends where {expected} was expected")

    def _fault(self, expected: str) -> FormatError:
        found = self.line[:60].decode("utf-8", "replace")
        return FormatError(f"{self.origin}: line {self.number}: found {found!r} where {expected} was expected")

    def _head(self) -> list[int]:
        """The numbers of n-grams of each order; the next section's first line has been read afterwards."""
        while self._next(r"\data\, the beginning of an ARPA file,") != b"\\data\\":
            if self.line.split()[0] in _INTERMEDIATE:
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
        add = self._unigram if order == 1 else self._ngram
        ids: list[int] = []
        log_probs: list[float] = []
        log_weights: list[float] = []
        num_read = 0
        while not self._next(r"an n-gram or \end\ ").startswith(b"\\"):
            fields = self.line.split()
            if len(fields) not in (order + 1, order + 2):
                raise self._fault(f"a log probability, {order} words and perhaps a log weight")
            if num_read == size:
                raise self._fault(f"the end of the {size} n-grams of order {order} that the head announces")
            num_read += 1
            log_prob = self._number(fields[0], most=0.0)
            log_weight = self._number(fields[-1], most=99.0) if len(fields) == order + 2 else 0.0
            if add(fields[1 : order + 1], ids):
                log_probs.append(log_prob)
                log_weights.append(log_weight)
        if num_read != size:
            raise self._fault(f"{size} n-grams of order {order} as the head announces, not {num_read},")
        return ArpaOrder(np.array(ids, np.int32).reshape(-1, order), np.array(log_probs), np.array(log_weights))

    def _number(self, field: bytes, most: float) -> float:
        try:
            value = float(field)
        except ValueError:
            value = math.nan
        if not -1e30 < value <= most or b"_" in field:
            raise self._fault(f"a log10 of at most {most:g} (found {field[:20].decode('utf-8', 'replace')!r})")
        return value

    def _unigram(self, words: list[bytes], ids: list[int]) -> bool:
        try:
            word = words[0].decode()
        except UnicodeDecodeError:
            raise self._fault("a word in UTF-8") from None
        if words[0] in self.index:
            raise self._fault(f"a word that has not been there (line has {word[:40]!r} again)")
        self.index[words[0]] = len(self.words)
        ids.append(len(self.words))
        self.words.append(word)
        return True

    def _ngram(self, words: list[bytes], ids: list[int]) -> bool:
        """Add an n-gram; whether it can serve a sentence."""
        try:
            found = [self.index[word] for word in words]
        except KeyError as unknown:
            word = unknown.args[0][:40].decode("utf-8", "replace")
            raise self._fault(rf"only words of the \1-grams: section (it lacks {word!r})") from None
        if SENTENCE_START.encode() in words[1:] or SENTENCE_END.encode() in words[:-1]:
            self.num_useless += 1
            return False
        ids.extend(found)
        return True


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
    in_history = list(words)
    in_history[end_id] = SENTENCE_START
    for order, (_, parts) in enumerate(orders, 1):
        yield f"\n\\{order}-grams:\n".encode()
        is_last = order == len(orders)
        for part in parts:
            for start in range(0, len(part), _LINES):
                rows = slice(start, start + _LINES)
                yield "".join(_format(part, rows, words, in_history, is_last, end_id)).encode()
    yield b"\n\\end\\\n"


def _format(
    part: ArpaOrder, rows: slice, words: list[str], in_history: list[str], is_last: bool, end_id: int
) -> Iterator[str]:
    """The lines of some n-grams."""
    columns = zip(
        part.ids[rows].tolist(), part.log10_probs[rows].tolist(), part.log10_weights[rows].tolist(), strict=True
    )
    for ids, log_prob, log_weight in columns:
        *history, last = ids
        text = " ".join([*(in_history[i] for i in history), words[last]])
        if is_last:
            yield f"{log_prob:.7g}\t{text}\n"
        elif last != end_id:
            yield f"{log_prob:.7g}\t{text}\t{log_weight:.7g}\n"
        else:  # the end of a sentence is no history, its other half is
            yield f"{log_prob:.7g}\t{text}\t0\n"
        if not history and last == end_id:
            yield f"{NEVER:.7g}\t{SENTENCE_START}" + ("\n" if is_last else f"\t{log_weight:.7g}\n")
