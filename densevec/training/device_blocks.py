"""Blocks of running text made on a GPU, where the text stays for the whole training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch

from densevec._random import integer_seed
from densevec.corpus.blocks import TextPosition, sentence_part

_BLOCKS_AT_ONCE = 32  # about so many are drawn between two waits for the device


class TokenBlock(NamedTuple):
    """A block of running text on a device: ids (T,) int64, left and right (T,) context tokens on either side.

    num_read and next are as in ``densevec.corpus.blocks.Block``.
    """

    ids: torch.Tensor
    left: torch.Tensor
    right: torch.Tensor
    num_read: int
    next: TextPosition

    def part(self, number: int, size: int) -> tuple[TokenBlock, bool]:
        """As that of ``densevec.corpus.blocks.Block``."""
        first = (self.left == 0).nonzero()[:, 0].cpu().numpy()
        (begin, end), is_own = sentence_part(first, len(self.ids), number, size)
        part = slice(begin, end)
        return TokenBlock(self.ids[part], self.left[part], self.right[part], self.num_read, self.next), is_own


class DeviceBlockReader:
    """``densevec.corpus.blocks.BlockReader`` in operations of torch: the same blocks to the bit, on any device.

    The ids move to the device once, 4 bytes a token; order, subsampling and windows are drawn there, as the same
    hashes of seed and position.  Many blocks are drawn at once, so that the CPU waits for the device once for them all.

    Parameters
    ----------
    device : where ids and blocks live; the others as in BlockReader
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
        device: torch.device,
    ) -> None:
        threshold = np.floor(np.asarray(keep_probability) * (2**32 - 1)).astype(np.int64)
        self.ids = torch.tensor(ids, device=device)
        self.offsets = torch.tensor(offsets, device=device)
        self.keep_threshold = torch.from_numpy(threshold).to(device)
        self.block_size = block_size
        self.window = window
        self.shrink = shrink
        self.shuffle = shuffle
        self.seed = seed
        self.num_tokens = len(ids)
        self.num_sentences = len(offsets) - 1

    def blocks(self, epoch: int, start: TextPosition = TextPosition()) -> Iterator[TokenBlock]:  # noqa: B008
        """The blocks of one epoch from ``start`` on."""
        seed = integer_seed(self.seed, "blocks", epoch)
        turn, skip = start
        usual = _BLOCKS_AT_ONCE * self.block_size * self.num_sentences // max(self.num_tokens, 1) + 1
        number = usual
        while turn < self.num_sentences:
            block = None
            for block in self._draw(seed, turn, skip, number):
                yield block
                turn, skip = block.next
            number = 2 * number if block is None else usual

    def _draw(self, seed: int, turn: int, skip: int, number: int) -> Iterator[TokenBlock]:
        """The blocks that ``number`` sentences from ``turn`` on fill, and the last one if the text ends with them."""
        number = min(number, self.num_sentences - turn)
        run = self._thin(seed, turn, skip, number)
        first = filled = num_read = 0  # first kept token of the block, how many it has, tokens read for it
        for sentence, (begin, length, kept, ends_kept) in enumerate(run.sentences):
            needed = kept + (not ends_kept)  # a block that is full before the sentence ends does not hold it
            if filled + needed > self.block_size and filled > 0:
                yield self._block(run, first, filled, num_read, TextPosition(turn + sentence, 0))
                first, filled, num_read = first + filled, 0, 0
            if needed > self.block_size:
                read = int(run.position[first + self.block_size - 1]) + 1 - begin
                after = TextPosition(turn + sentence, (skip if sentence == 0 else 0) + read)
                yield self._block(run, first, self.block_size, num_read + read, after)
                return
            filled += kept
            num_read += length
            if filled == self.block_size or turn + sentence + 1 == self.num_sentences:
                yield self._block(run, first, filled, num_read, TextPosition(turn + sentence + 1, 0))
                first, filled, num_read = first + filled, 0, 0

    def _thin(self, seed: int, turn: int, skip: int, number: int) -> _Run:
        """Subsample ``number`` sentences, the first without its ``skip`` tokens, and draw their windows."""
        device = self.ids.device
        sentence = torch.arange(turn, turn + number, device=device)
        if self.shuffle:
            sentence = _permute(sentence, self.num_sentences, seed)
        begin, end = self.offsets[sentence].clone(), self.offsets[sentence + 1]
        begin[0] += skip
        length = end - begin
        of_sentence = torch.repeat_interleave(torch.arange(number, device=device), length)
        position = torch.arange(len(of_sentence), device=device) - (length.cumsum(0) - length - begin)[of_sentence]
        is_kept = _logical_shift(_hash(seed, position), 32) <= self.keep_threshold[self.ids[position].long()]
        position, of_sentence = position[is_kept], of_sentence[is_kept]
        kept = torch.bincount(of_sentence, minlength=number)
        ends_kept = torch.zeros(number, dtype=torch.bool, device=device)
        ends_kept[of_sentence[position == end[of_sentence] - 1]] = True
        rank = torch.arange(len(position), device=device) - (kept.cumsum(0) - kept)[of_sentence]
        if self.shrink:
            drawn = _logical_shift(_hash(~seed, begin[of_sentence] + rank), 32)
            reach = 1 + _logical_shift(drawn * self.window, 32)
        else:
            reach = torch.full_like(rank, self.window)
        return _Run(
            ids=self.ids[position].long(),
            position=position,
            left=torch.minimum(reach, rank),
            right=torch.minimum(reach, kept[of_sentence] - 1 - rank),
            sentences=list(
                zip(begin.tolist(), length.tolist(), kept.tolist(), ends_kept.tolist(), strict=True),
            ),
        )

    def _block(self, run: _Run, first: int, size: int, num_read: int, after: TextPosition) -> TokenBlock:
        part = slice(first, first + size)
        remaining = torch.arange(size - 1, -1, -1, device=run.ids.device)  # less than a sentence that is cut has
        return TokenBlock(run.ids[part], run.left[part], torch.minimum(run.right[part], remaining), num_read, after)


class _Run(NamedTuple):
    """Kept tokens of a few sentences: ids, position in the text, left and right, each (K,); and of every sentence
    where it begins, its length, how many of its tokens are kept, and whether the last one is."""

    ids: torch.Tensor
    position: torch.Tensor
    left: torch.Tensor
    right: torch.Tensor
    sentences: list[tuple[int, int, int, bool]]


# The hashes of densevec/_cy/blocks.pyx; int64 stands for uint64, which torch does not multiply.


def _signed(number: int) -> int:
    """The int64 of the same 64 bits."""
    return (number + 2**63) % 2**64 - 2**63


def _logical_shift(values: torch.Tensor, bits: int) -> torch.Tensor:
    return (values >> bits) & (2 ** (64 - bits) - 1)


def _mix(values: torch.Tensor) -> torch.Tensor:
    values = (values ^ _logical_shift(values, 30)) * _signed(0xBF58476D1CE4E5B9)
    values = (values ^ _logical_shift(values, 27)) * _signed(0x94D049BB133111EB)
    return values ^ _logical_shift(values, 31)


def _hash(seed: int, position: torch.Tensor) -> torch.Tensor:
    start = _mix(torch.full((), _signed(seed), dtype=torch.int64, device=position.device))
    return _mix(start + _signed(0x9E3779B97F4A7C15) * (position + 1))


def _permute(index: torch.Tensor, size: int, seed: int) -> torch.Tensor:
    half = 1
    while half < 32 and 2 ** (2 * half) < size:
        half += 1
    mask = 2**half - 1

    def once(index: torch.Tensor) -> torch.Tensor:
        left, right = index >> half, index & mask
        for turn in range(6):
            left, right = right, left ^ (_hash(seed + turn, right) & mask)
        return (left << half) | right

    index = once(index)
    while bool((outside := index >= size).any()):
        index = torch.where(outside, once(index), index)
    return index
