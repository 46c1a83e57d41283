"""Words made of several rows of a table, as arrays: their own rows and those of their character n-grams."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from densevec._cy.subwords import word_rows
from densevec._cy.word_rows import reorder_rows

Floats = npt.NDArray[np.float32]
Words = npt.NDArray[np.int64]
_WORDS_AT_ONCE = 2**12


class WordPieces:
    """The rows of a table that each word's vector is the mean of: fastText's (Bojanowski et al. 2017).

    The table has V + B rows: those of the V words, then those of the B buckets that n-grams are hashed to.  While
    training runs buckets are in falling order of how often they are used, so that what is often used lies together;
    ``settle`` leaves each at its number.

    Parameters
    ----------
    words : V of them
    kept_counts : (V,) after subsampling
    lengths : shortest and longest n-gram, in characters, the marks < and > of a word's ends counted
    num_buckets : B
    apart : (A,) words that are made of their n-grams' rows too, but from which only their own row learns: it goes all
        the way that their rows would have gone, and the n-grams know nothing of the word

    Attributes
    ----------
    offsets, rows : word v has ``rows[offsets[v]:offsets[v + 1]]``
    apart : (V,) 1 for words that are apart, None where none is
    bucket_at : (B,) the bucket at each place behind the words' rows;  place_of : the reverse
    """

    def __init__(
        self,
        words: list[str],
        kept_counts: npt.NDArray[np.float64],
        lengths: tuple[int, int],
        num_buckets: int,
        apart: Words | None = None,
    ) -> None:
        encoded = [word.encode("utf-8", "replace") for word in words]
        ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        bounds = np.ascontiguousarray(np.stack([ends[:-1], ends[1:]], 1))
        self.num_words, self.num_rows = len(words), len(words) + num_buckets
        self.offsets: Words
        self.rows: npt.NDArray[np.int32]
        self.offsets, self.rows = word_rows(np.frombuffer(b"".join(encoded), np.uint8), bounds, *lengths, num_buckets)
        heat = np.bincount(self.rows, np.repeat(kept_counts, np.diff(self.offsets)), self.num_rows)[len(words) :]
        self.bucket_at = np.argsort(-heat, kind="stable").astype(np.int32)
        self.place_of = np.empty_like(self.bucket_at)
        self.place_of[self.bucket_at] = np.arange(num_buckets, dtype=np.int32)
        self.rows = self._renumbered(self.place_of)
        self.apart: npt.NDArray[np.uint8] | None = None
        if apart is not None and len(apart):
            self.apart = np.zeros(len(words), np.uint8)
            self.apart[apart] = 1

    def _renumbered(self, numbers: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """The rows of all words, of buckets other ones."""
        is_bucket, rows = self.rows >= self.num_words, self.rows.copy()
        rows[is_bucket] = self.num_words + numbers[rows[is_bucket] - self.num_words]
        return rows

    @property
    def left_out(self) -> Words:
        """The words that are apart, in order."""
        return np.zeros(0, np.int64) if self.apart is None else np.flatnonzero(self.apart).astype(np.int64)

    def sums_of_ngrams(self, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """(B,) of each n-gram, at its place of a training, the sum of the numbers (V,) of the words that have it."""
        sums = np.bincount(self.rows, np.repeat(numbers, np.diff(self.offsets)), self.num_rows)[self.num_words :]
        return sums.astype(np.float64, copy=False)

    def parts_in_order(self) -> Words:
        """The rows of all words, those of buckets by the buckets' numbers."""
        return self._renumbered(self.bucket_at).astype(np.int64)

    def means(self, table: Floats, words: Words) -> Floats:
        """The vectors (R, d) of words (R,): rows are added up in their order."""
        begin, number = self.offsets[words], self.offsets[words + 1] - self.offsets[words]
        total: Floats = np.zeros((len(words), table.shape[1]), np.float32)
        for place in range(int(number.max(initial=0))):
            has = np.flatnonzero(number > place)
            total[has] += table[self.rows[begin[has] + place]]
        total /= number[:, None].astype(np.float32)
        return total

    def settle(self, table: Floats) -> None:
        """Put each bucket at its number, in the table's own memory."""
        reorder_rows(table[self.num_words :], self.place_of)
        self.settled()

    def settled(self) -> None:
        """Know that each bucket is at its number now."""
        self.rows = self._renumbered(self.bucket_at)
        self.place_of = self.bucket_at = np.arange(len(self.place_of), dtype=np.int32)


class WordMeans:
    """The vectors of words that are made of several rows of an array, read and written as a table's rows are.

    What is written is made up for by the words' own rows.

    table : (V + B, d), which everything is written to
    """

    def __init__(self, pieces: WordPieces, table: Floats) -> None:
        self.pieces, self.table = pieces, table

    def __len__(self) -> int:
        return self.pieces.num_words

    def __getitem__(self, words: Words) -> Floats:
        return self.pieces.means(self.table, words)

    def __setitem__(self, words: Words, values: Floats) -> None:
        for begin in range(0, len(words), _WORDS_AT_ONCE):
            part = slice(begin, begin + _WORDS_AT_ONCE)
            some, wanted = words[part], np.asarray(values[part], np.float32)
            number = (self.pieces.offsets[some + 1] - self.pieces.offsets[some])[:, None].astype(np.float32)
            self.table[some] += number * (wanted - self.pieces.means(self.table, some))

    def of_all(self, out: Floats | None = None) -> Floats:
        """(V, d): in ``out``, if given, which may be the words' own rows, as no other word has these."""
        found = np.empty((len(self), self.table.shape[1]), np.float32) if out is None else out
        for begin in range(0, len(self), _WORDS_AT_ONCE):
            words = np.arange(begin, min(begin + _WORDS_AT_ONCE, len(self)))
            found[words] = self[words]
        return found

    def ngrams(self) -> Floats:
        """A copy of the rows of n-grams, (B, d), each at its number."""
        return self.table[self.pieces.num_words + self.pieces.place_of.astype(np.int64)]
