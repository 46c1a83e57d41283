"""The words of a file: one UTF-8 block with offsets and a sorted order, looked up without building a dict."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from densevec._cy.sorted_words import decode, locate
from densevec._roles import as_words
from densevec.errors import CorruptError, ParameterError

BLOCK, OFFSETS, ORDER = "words.utf8", "words.offsets", "words.sorted"
_DECODED = 2**12  # words at a time
_REMEMBERED = 2**16  # words of a file that were looked up, with their rows: a text asks for few most of the time


def in_utf8(words: Iterable[str]) -> list[bytes]:
    """The words as bytes; ParameterError for one with a lone surrogate in it, which UTF-8 cannot express."""
    encoded = []
    for row, word in enumerate(words):
        try:
            encoded.append(word.encode())
        except UnicodeEncodeError:
            raise ParameterError(f"words must be expressible in UTF-8, got {word!r} at row {row}") from None
    return encoded


class WordIndex(Sequence[str]):
    """n distinct words, each with its row: a sequence of strings that also finds the row of a word.

    Made from a list of words, or from the three tensors of a file:
    ``words.utf8`` (bytes,) uint8, all words one after the other; ``words.offsets`` (n + 1,) int64,
    where each begins and ends; ``words.sorted`` (n,) int32, the rows in the order of their words'
    UTF-8 bytes.  From a file nothing is decoded until it is asked for: a look-up is a binary
    search over the mapped block, so three million words are ready at once.
    """

    _list: list[str] | None  # None: from a file, whose tensors follow
    _seen: dict[str, int]  # rows of words that were looked up there
    _origin: str
    _block: npt.NDArray[np.uint8]
    _offsets: npt.NDArray[np.int64]
    _order: npt.NDArray[np.int32]

    def __init__(self, words: Iterable[str]) -> None:
        listed = as_words(words, place="row")
        self._list, self._num_words = listed, len(listed)
        if len(self._as_dict) != len(listed):
            seen: set[str] = set()
            first = next(word for word in listed if word in seen or seen.add(word))  # type: ignore[func-returns-value]
            raise ParameterError(f"words must be distinct, got {first!r} twice (first at row {listed.index(first)})")

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, npt.NDArray[Any]], origin: str) -> WordIndex:
        """The words of an opened file; only shapes and ends are checked here, ``check_tensors`` does the rest."""
        self = cls.__new__(cls)
        self._list, self._seen = None, {}
        self._origin = origin
        self._block, self._offsets, self._order = (tensors[name] for name in (BLOCK, OFFSETS, ORDER))
        for name, dtype in ((BLOCK, np.uint8), (OFFSETS, np.int64), (ORDER, np.int32)):
            if tensors[name].dtype != dtype or tensors[name].ndim != 1:
                raise CorruptError(
                    f"{origin}: tensor {name!r} must be one-dimensional {np.dtype(dtype).name}, "
                    f"found {tensors[name].dtype.name} of shape {tensors[name].shape}"
                )
        if len(self._offsets) != len(self._order) + 1 or self._offsets[0] != 0 or self._offsets[-1] != len(self._block):
            raise CorruptError(
                f"{origin}: tensor {OFFSETS!r} must hold one number more than there are words and end at "
                f"{len(self._block)}, the size of {BLOCK!r}; it holds {len(self._offsets)} for {len(self._order)} words"
            )
        self._num_words = len(self._order)
        return self

    def extended(self, new: Sequence[str]) -> WordIndex:
        """These words and, after them, distinct ones that are not among them."""
        if self._list is None:
            return WordIndex([*self, *new])
        extended = WordIndex.__new__(WordIndex)
        extended._list, extended._num_words = [*self._list, *new], self._num_words + len(new)
        extended._as_dict = self._as_dict | dict(zip(new, range(self._num_words, extended._num_words), strict=True))
        return extended

    def to_tensors(self) -> dict[str, npt.NDArray[Any]]:
        """The three tensors of a file; a lone surrogate has no UTF-8 form and is refused."""
        if self._list is None:
            return {BLOCK: self._block, OFFSETS: self._offsets, ORDER: self._order}
        encoded = in_utf8(self._list)
        if len(encoded) >= 2**31:
            raise ParameterError(f"words must be fewer than 2^31, got {len(encoded)}")
        offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded)), out=offsets[1:])
        order = sorted(range(len(encoded)), key=encoded.__getitem__)
        return {
            BLOCK: np.frombuffer(b"".join(encoded), dtype=np.uint8),
            OFFSETS: offsets,
            ORDER: np.array(order, dtype=np.int32),
        }

    @property
    def as_list(self) -> list[str]:
        """All words by row, as a list of one's own."""
        return list(self)

    @cached_property
    def _as_dict(self) -> dict[str, int]:
        """The rows of words that are in a list."""
        return dict(zip(self, range(self._num_words), strict=True))

    def find(self, word: str) -> int:
        """The row of ``word``, or −1."""
        if self._list is not None:
            return self._as_dict.get(word, -1)
        row = self._seen.get(word, -1)
        if row < 0:
            row = self._located(word)[1]
            if row >= 0:
                if len(self._seen) >= _REMEMBERED:
                    self._seen.clear()
                self._seen[str.__str__(word)] = row  # the text alone of a string that may carry a document
        return row

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_seen"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _seen={})

    def neighbours(self, word: str, reach: int) -> list[str]:
        """Words that begin alike: in sorted order the ``reach`` ones before ``word``, and as many from it on."""
        if self._list is not None:
            before = heapq.nlargest(reach, (other for other in self._list if other < word))
            return before[::-1] + heapq.nsmallest(reach, (other for other in self._list if other >= word))
        position, _ = self._located(word)
        around = range(max(0, position - reach), min(self._num_words, position + reach))
        return self.at([self._row_at(place) for place in around])

    def _located(self, word: str) -> tuple[int, int]:
        """Where ``word`` stands, or would stand, in sorted order, and its row or −1."""
        position, row = locate(self._block, self._offsets, self._order, word.encode("utf-8", "surrogatepass"))
        if position < 0:
            self._bytes_at(self._row_at(-1 - position))  # raises
        return position, row

    def _row_at(self, position: int) -> int:
        row = int(self._order[position])
        if not 0 <= row < self._num_words:
            raise CorruptError(f"{self._origin}: tensor {ORDER!r} holds {row}, a row of {self._num_words} was expected")
        return row

    def _bytes_at(self, row: int) -> bytes:
        begin, end = int(self._offsets[row]), int(self._offsets[row + 1])
        if not 0 <= begin <= end <= len(self._block):
            raise CorruptError(f"{self._origin}: tensor {OFFSETS!r} goes from {begin} to {end} at word {row}")
        return self._block[begin:end].tobytes()

    def at(self, rows: Sequence[int] | slice | npt.NDArray[Any]) -> list[str]:
        """The words of some rows, counted from 0, decoded together; IndexError for one that is not there."""
        listed = np.asarray(range(*rows.indices(self._num_words)) if isinstance(rows, slice) else rows).astype(np.int64)
        if len(listed) and not 0 <= listed.min() <= listed.max() < self._num_words:
            raise IndexError(f"rows must be from 0 to {self._num_words - 1}, got {listed.min()} to {listed.max()}")
        if self._list is not None:
            return [self._list[row] for row in listed.tolist()]
        try:
            return decode(self._block, self._offsets, listed)
        except (IndexError, UnicodeDecodeError):
            return [self._decode(row) for row in listed.tolist()]  # raises, and says of which

    def _decode(self, row: int) -> str:
        try:
            return self._bytes_at(row).decode("utf-8")
        except UnicodeDecodeError as error:
            raise CorruptError(f"{self._origin}: tensor {BLOCK!r}: word {row} is not UTF-8 ({error.reason})") from None

    def __len__(self) -> int:
        return self._num_words

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return self.at(row)
        if not -self._num_words <= row < self._num_words:
            raise IndexError(f"row {row} of {self._num_words} words")
        row %= self._num_words
        return self._decode(row) if self._list is None else self._list[row]

    def __iter__(self) -> Iterator[str]:
        if self._list is not None:
            return iter(self._list)
        pieces = range(0, self._num_words, _DECODED)
        return chain.from_iterable(self.at(slice(begin, begin + _DECODED)) for begin in pieces)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.find(word) >= 0

    def __repr__(self) -> str:
        return f"WordIndex({self._num_words} words)"


def check_tensors(tensors: Mapping[str, npt.NDArray[Any]], origin: str) -> None:
    """Every rule for the words of a file: UTF-8, distinct, ends in order, the sorted order a sorting permutation."""
    words = WordIndex.from_tensors(tensors, origin)
    if (np.diff(tensors[OFFSETS]) < 0).any():
        raise CorruptError(f"{origin}: tensor {OFFSETS!r} goes backwards")
    order = tensors[ORDER]
    if not np.array_equal(np.sort(order), np.arange(len(words), dtype=np.int32)):
        raise CorruptError(f"{origin}: tensor {ORDER!r} does not hold every row once")
    for _ in words:  # decoding is the check
        pass
    previous = None
    for row in order.tolist():
        current = words._bytes_at(row)
        if previous is not None and current <= previous:
            fault = f"word {current.decode()!r} twice" if current == previous else "words out of order"
            raise CorruptError(f"{origin}: tensor {ORDER!r} shows {fault}")
        previous = current
