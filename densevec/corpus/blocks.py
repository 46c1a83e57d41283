"""Blocks of running text: the unit of work of every model that looks through a window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from densevec._cy.blocks import Text, fill_block
from densevec._random import integer_seed


class TextPosition(NamedTuple):
    """Where in an epoch a block starts: the turn of a sentence in the epoch's order, and tokens into it."""

    turn: int = 0
    skip: int = 0


@dataclass(frozen=True)
class Block:
    """T consecutive kept tokens of whole sentences.

    ids, left, right : (T,) int32 -- word, and how many context tokens it has on either side
    num_read : tokens of the text the block stands for, before subsampling
    next : where the block after this one starts
    """

    ids: np.ndarray
    left: np.ndarray
    right: np.ndarray
    num_read: int
    next: TextPosition

    def part(self, number: int, size: int) -> tuple[Block, bool]:
        """Part ``number`` of ``size``, of whole sentences, and True; another part and False where there is none."""
        (begin, end), is_own = sentence_part(np.flatnonzero(self.left == 0), len(self.ids), number, size)
        part = slice(begin, end)
        return Block(self.ids[part], self.left[part], self.right[part], self.num_read, self.next), is_own


def sentence_part(first: np.ndarray, num_tokens: int, number: int, size: int) -> tuple[tuple[int, int], bool]:
    """Begin and end of one of ``size`` parts of some tokens, cut where sentences begin: ``first`` (S,), rising from 0.

    All tokens, and False, where a part has none.

    >>> [sentence_part(np.array([0, 4, 7]), 10, number, 2) for number in (0, 1)]
    [((0, 7), True), ((7, 10), True)]
    """
    wanted = [num_tokens * each // size for each in (number, number + 1)]
    begin, end = (int(first[place]) if place < len(first) else num_tokens for place in np.searchsorted(first, wanted))
    return ((begin, end), True) if begin < end else ((0, num_tokens), False)


def keep_thresholds(probability: np.ndarray) -> np.ndarray:
    """Probabilities (V,) of keeping a token, as what a 32-bit hash must not exceed."""
    return np.floor(np.asarray(probability) * (2**32 - 1)).astype(np.uint32)


class BlockReader:
    """Reads encoded sentences as blocks, anew for each epoch.

    Parameters
    ----------
    ids : (N,) int32, the words of all sentences; may be memory-mapped
    offsets : (S + 1,) int64, sentence s is ids[offsets[s]:offsets[s + 1]]
    keep_probability : (V,) probability of keeping a token of each word
    block_size : most tokens of a block
    window : most context tokens on one side
    shrink : draw each token's window uniformly from 1..window (Mikolov et al. 2013)
    shuffle : sentences in a new random order each epoch, else in the order of the text
    seed : decides order, subsampling and windows
    """

    def __init__(
        self,
        ids: np.ndarray,
        offsets: np.ndarray,
        keep_probability: np.ndarray,
        *,
        block_size: int,
        window: int,
        shrink: bool,
        shuffle: bool = True,
        seed: int = 1,
    ) -> None:
        self.ids = ids
        self.offsets = offsets
        self.text = Text(ids, offsets, keep_thresholds(keep_probability), window, shrink, shuffle)
        self.block_size = block_size
        self.seed = seed

    @property
    def num_tokens(self) -> int:
        """Tokens of one epoch, before subsampling."""
        return int(self.offsets[-1])

    def blocks(self, epoch: int, start: TextPosition = TextPosition()) -> Iterator[Block]:  # noqa: B008
        """The blocks of one epoch from ``start`` on; every call with the same arguments gives the same blocks."""
        seed = integer_seed(self.seed, "blocks", epoch)
        turn, skip = start
        num_sentences = len(self.offsets) - 1
        while turn < num_sentences:
            ids, left, right = (np.empty(self.block_size, np.int32) for _ in range(3))
            kept, num_read, turn, skip = fill_block(self.text, seed, turn, skip, ids, left, right)
            yield Block(ids[:kept], left[:kept], right[:kept], num_read, TextPosition(turn, skip))
