"""Padded batches of sentences: the unit of work of models that read whole sentences, or sentences and translations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from densevec._cy.blocks import permutation
from densevec._cy.pairs import pad, sort_window
from densevec._random import integer_seed
from densevec._validation import Interval, check_parameters
from densevec.corpus.blocks import TextPosition
from densevec.corpus.encoded import EncodedCorpus
from densevec.corpus.encoded_parallel import EncodedParallel


@dataclass(frozen=True)
class SentenceBatch:
    """B sentences of at most M words with their translations of at most N, or without any.

    source : (B, M) int32 ids, padded at the end with 0
    source_lengths : (B,) int32
    target, target_lengths : (B, N) and (B,), likewise, or None
    index : (B,) int64, the numbers of the sentences in the corpus
    num_read : source tokens of the batch
    next : where the batch after this one starts
    """

    source: np.ndarray
    source_lengths: np.ndarray
    target: np.ndarray | None
    target_lengths: np.ndarray | None
    index: np.ndarray
    num_read: int
    next: TextPosition

    def part(self, number: int, size: int) -> tuple[SentenceBatch, bool]:
        """Some of the sentences, part ``number`` of ``size``, and True; others and False where it has none."""
        is_own = number < len(self.index)
        part = slice(number if is_own else 0, None, size)
        source, source_lengths = _part_of(part, self.source, self.source_lengths)
        target = target_lengths = None
        if self.target is not None and self.target_lengths is not None:
            target, target_lengths = _part_of(part, self.target, self.target_lengths)
        rest = self.index[part], self.num_read, self.next
        return SentenceBatch(source, source_lengths, target, target_lengths, *rest), is_own


class SentenceBatchReader:
    """Reads encoded sentences as padded batches of similar lengths, anew for each epoch.

    The sentences of a window are sorted by source, then by target length, and cut into batches.  With ``shuffle``
    windows are filled in a new random order each epoch, equal lengths are in random order and so are the batches of a
    window; without it windows follow the text and batches grow longer within each.

    Parameters
    ----------
    encoded : sentences with their translations or without
    batch_size : most sentences of a batch
    seed : decides the order
    shuffle : in random order, else in an order that follows the text
    window : batches of a window

    Example
    -------
    >>> from densevec.corpus import ParallelVocabulary, Vocabulary, encode_parallel
    >>> vocabulary = ParallelVocabulary(Vocabulary(["a", "kiwi"], [1, 1]), Vocabulary(["kiwi"], [1]))
    >>> encoded = encode_parallel([(["a", "kiwi"], ["kiwi"]), (["kiwi"], ["kiwi"])], vocabulary)
    >>> (batch,) = SentenceBatchReader(encoded, shuffle=False).batches(0)
    >>> batch.source.tolist(), batch.source_lengths.tolist()
    ([[1, 0], [0, 1]], [1, 2])
    """

    def __init__(
        self,
        encoded: EncodedParallel,
        batch_size: int = 100,
        seed: int = 1,
        shuffle: bool = True,
        window: int = 100,
    ) -> None:
        rules = {"batch_size": Interval(int, 1), "window": Interval(int, 1)}
        check_parameters({"batch_size": batch_size, "window": window}, rules)
        self.encoded = encoded
        self.batch_size = batch_size
        self.seed = seed
        self.shuffle = shuffle
        self.window = window

    @property
    def num_tokens(self) -> int:
        """Source tokens of one epoch."""
        return len(self.encoded.source.ids)

    def batches(self, epoch: int, start: TextPosition = TextPosition()) -> Iterator[SentenceBatch]:  # noqa: B008
        """The batches of one epoch from ``start`` on; every call with the same arguments gives the same batches.

        ``turn`` of a position is that of the first sentence of a window, ``skip`` the number of batches into it.
        """
        source, target = self.encoded.source, self.encoded.target
        seed = integer_seed(self.seed, "sentences", epoch)
        turn, skip = start
        while turn < self.encoded.num_sentences:
            sentences = np.empty(min(self.window * self.batch_size, self.encoded.num_sentences - turn), np.int64)
            target_offsets = None if target is None else target.offsets
            sort_window(source.offsets, target_offsets, turn, seed, self.shuffle, sentences)
            num_batches = -(-len(sentences) // self.batch_size)
            order: Sequence[int] = range(num_batches)
            if self.shuffle:
                order = permutation(num_batches, integer_seed(self.seed, "batches", epoch, turn))
            for number in range(skip, num_batches):
                first = order[number] * self.batch_size
                is_last = number == num_batches - 1
                following = TextPosition(turn + len(sentences), 0) if is_last else TextPosition(turn, number + 1)
                yield self._batch(sentences[first : first + self.batch_size], following)
            turn, skip = turn + len(sentences), 0

    def _batch(self, index: np.ndarray, following: TextPosition) -> SentenceBatch:
        source, source_lengths = _padded(self.encoded.source, index)
        target, target_lengths = (None, None) if self.encoded.target is None else _padded(self.encoded.target, index)
        num_read = int(source_lengths.sum())
        return SentenceBatch(source, source_lengths, target, target_lengths, index, num_read, following)


def _part_of(part: slice, padded: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Some rows of padded ids (B, M), without columns that none of them has, and their lengths."""
    lengths = lengths[part]
    return padded[part, : int(lengths.max())], lengths


def _padded(side: EncodedCorpus, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ids (B, M) and lengths (B,) of some sentences."""
    lengths = (side.offsets[index + 1] - side.offsets[index]).astype(np.int32)
    padded = np.empty((len(index), int(lengths.max())), np.int32)
    pad(side.ids, side.offsets, index, padded)
    return padded, lengths
