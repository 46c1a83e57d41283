"""Running text as language models read it: words with the words around them, or parallel streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from densevec._random import generator
from densevec.corpus.blocks import TextPosition

_RUN = 32  # tokens in a row that stay together when text is shuffled


class HistoryBatch(NamedTuple):
    """Words to predict and the words they are predicted from.

    targets : (T,) int32
    history : (T, C) int32, the last word before the target first, then those further away; then the words after it
    num_read, next : as in ``densevec.corpus.blocks.Block``
    """

    targets: np.ndarray
    history: np.ndarray
    num_read: int
    next: TextPosition

    def part(self, number: int, size: int) -> tuple[HistoryBatch, bool]:
        """Part ``number`` of ``size``, and True; another part and False where it has no token."""
        is_own = number < len(self.targets)
        part = slice(number if is_own else 0, None, size)
        return self._replace(targets=self.targets[part], history=self.history[part]), is_own


class HistoryReader:
    """Every token of a text once an epoch, with its history, in a new random order each time.

    Parameters
    ----------
    ids : (N,) int32, the words of all sentences, ends of sentences among them
    offsets : (S + 1,) int64, sentence s is ids[offsets[s]:offsets[s + 1]]
    before, after : words of the history on either side
    boundary : id of the word that stands for what lies outside a sentence
    cross_sentences : histories go on across the ends of sentences, and only the ends of the text are ``boundary``
    batch_size : most tokens of a batch
    seed : decides the order: runs of 32 tokens are shuffled
    """

    def __init__(
        self,
        ids: np.ndarray,
        offsets: np.ndarray,
        *,
        before: int,
        after: int = 0,
        boundary: int,
        cross_sentences: bool,
        batch_size: int,
        seed: int = 1,
    ) -> None:
        self.ids = ids
        self.offsets = np.array([0, len(ids)], np.int64) if cross_sentences else offsets
        self.shifts = np.concatenate([np.arange(-1, -before - 1, -1), np.arange(1, after + 1)])
        self.boundary = boundary
        self.batch_size = batch_size
        self.seed = seed
        self.num_tokens = len(ids)

    def history(self, positions: np.ndarray) -> np.ndarray:
        """The histories of the tokens at ``positions`` (T,), as (T, C)."""
        sentence = np.searchsorted(self.offsets, positions, side="right")
        begin, end = self.offsets[sentence - 1, None], self.offsets[sentence, None]
        places = positions[:, None] + self.shifts
        is_inside = (places >= begin) & (places < end)
        return np.where(is_inside, self.ids[np.where(is_inside, places, 0)], np.int32(self.boundary))

    def batches(self, epoch: int, start: TextPosition = TextPosition()) -> Iterator[HistoryBatch]:  # noqa: B008
        """The batches of one epoch from ``start`` on; every call with the same arguments gives the same batches."""
        run = min(_RUN, self.batch_size)
        order = generator(self.seed, "order of runs", epoch).permutation(-(-self.num_tokens // run))
        at_once = self.batch_size // run
        for turn in range(start.turn, len(order), at_once):
            positions = (order[turn : turn + at_once, None] * run + np.arange(run)).ravel()
            positions = positions[positions < self.num_tokens]
            after = TextPosition(min(turn + at_once, len(order)), 0)
            yield HistoryBatch(self.ids[positions], self.history(positions), len(positions), after)

    def in_order(self) -> Iterator[HistoryBatch]:
        """The batches of the text from its beginning to its end."""
        for begin in range(0, self.num_tokens, self.batch_size):
            positions = np.arange(begin, min(begin + self.batch_size, self.num_tokens))
            after = TextPosition(begin + len(positions), 0)
            yield HistoryBatch(self.ids[positions], self.history(positions), len(positions), after)


class StreamBatch(NamedTuple):
    """The next steps of parallel streams of text.

    inputs, targets : (L, B) int32, at each step of each stream the word read and the one to predict, which follows it
    is_text : (L, B) booleans, False beyond the end of a stream
    is_first : streams begin here
    columns : streams of the batch, of all those of the text
    num_streams : of the text
    num_read, next : as in ``densevec.corpus.blocks.Block``
    """

    inputs: np.ndarray
    targets: np.ndarray
    is_text: np.ndarray
    is_first: bool
    columns: slice
    num_streams: int
    num_read: int
    next: TextPosition

    def part(self, number: int, size: int) -> tuple[StreamBatch, bool]:
        """Some of the streams, those of part ``number`` of ``size``, and whether they have a token that is learned.

        Where they have none a token that must not count stands in its place.
        """
        columns = stream_part(self.num_streams, number, size)
        has_streams = columns.start < columns.stop
        columns = columns if has_streams else slice(0, 1)
        inputs, targets, is_text = self.inputs[:, columns], self.targets[:, columns], self.is_text[:, columns]
        is_own = has_streams and bool(is_text.any())
        if not is_own:
            is_text = np.zeros_like(is_text)
            is_text[0, 0] = True
        return self._replace(inputs=inputs, targets=targets, is_text=is_text, columns=columns), is_own


def stream_part(num_streams: int, number: int, size: int) -> slice:
    """Which of the streams of a text are those of part ``number`` of ``size``; none where there are fewer."""
    return slice(num_streams * number // size, num_streams * (number + 1) // size)


class StreamReader:
    """A text cut into parts of equal length that are read side by side, a number of steps at a time.

    Stream b begins with token b·⌈N/B⌉, whose input is the token before it.  From one epoch to the next the steps are
    cut at other places.

    Parameters
    ----------
    ids : (N,) int32, the words of all sentences, ends of sentences among them
    streams : B
    steps : most steps of a batch
    boundary : id of the word before the first
    seed : decides where steps are cut
    """

    def __init__(self, ids: np.ndarray, *, streams: int, steps: int, boundary: int, seed: int = 1) -> None:
        self.ids = ids
        self.length = -(-len(ids) // streams)
        self.begin = np.arange(-(-len(ids) // self.length)) * self.length  # as many streams as have a token
        self.steps = steps
        self.boundary = boundary
        self.seed = seed
        self.num_tokens = len(ids)

    def batches(self, epoch: int, start: TextPosition = TextPosition()) -> Iterator[StreamBatch]:  # noqa: B008
        """The batches of one epoch from ``start`` on; a position's turn counts the steps that are done."""
        first = 1 + int(generator(self.seed, "first steps", epoch).integers(self.steps))
        turn = start.turn
        while turn < self.length:
            steps = first if turn == 0 else self.steps
            steps = min(steps, self.length - turn)
            places = np.arange(turn, turn + steps)[:, None] + self.begin  # (L, B)
            is_text = places < self.num_tokens
            targets = self.ids[np.where(is_text, places, 0)]
            inputs = np.where(
                is_text & (places > 0), self.ids[np.where(is_text, places - 1, 0)], np.int32(self.boundary)
            )
            after = TextPosition(turn + steps, 0)
            streams = slice(0, len(self.begin)), len(self.begin)
            yield StreamBatch(inputs, targets, is_text, turn == 0, *streams, int(is_text.sum()), after)
            turn += steps
