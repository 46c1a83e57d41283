"""Training by the compiled kernels of ``densevec._cy``, on threads that share the tables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from densevec._random import generator, integer_seed
from densevec.corpus import EncodedCorpus
from densevec.corpus.blocks import Position, keep_thresholds
from densevec.errors import ParameterError
from densevec.objectives.base import Loss
from densevec.training.schedules import linear
from densevec.training.state import TermSums
from densevec.vectors import KeyedVectors

FloatTable = npt.NDArray[np.float32]

ALIGNMENT = 16  # floats: rows begin on 64-byte boundaries
_STEP_TOKENS = 2**19  # at most, between looks at signals, progress and the learning rate
_STEPS = 500  # at least, in a whole training: the learning rate falls in so many stairs
_PART_TOKENS = 2**12  # that a thread takes at a time
_BLOCK_TOKENS = 2**13
_ROWS_AT_ONCE = 2**16


class KernelText(NamedTuple):
    """What a kernel reads, in the order of its arguments."""

    ids: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    keep_threshold: npt.NDArray[np.uint32]
    seed: int
    shuffle: bool
    window: int
    shrink: bool


class Share(NamedTuple):
    """What a kernel takes of it: what is left of the turns from ``cursor``, (turn, tokens to skip), to ``last_turn``.

    Threads that share the cursor take ``part`` turns at a time from it, or a block.
    """

    cursor: npt.NDArray[np.int64]
    last_turn: int
    part: int
    capacity: int


@dataclass
class Turns:
    """The sentences whose turns are ``first`` to ``next.turn`` of an epoch; ``num_read`` tokens, known once read."""

    epoch: int
    first: int
    next: Position
    num_read: int = 0


class FusedTask(ABC):
    """Steps of stochastic gradient descent over ranges of sentences, each by a kernel on all threads.

    A subclass makes its tables and gives ``_run``, ``_tables`` and ``terms``.

    Parameters
    ----------
    encoded, held_out : the text, and what validation reads
    keep : (V,) probability of keeping a token of each word
    window, shrink : as for ``BlockReader``
    epochs, learning_rate, min_learning_rate, workers, seed : of the model
    """

    terms: Sequence[str]  # names of the sums that ``_run`` returns

    def __init__(
        self,
        encoded: EncodedCorpus,
        held_out: EncodedCorpus | None,
        keep: npt.NDArray[np.float64],
        *,
        window: int,
        shrink: bool,
        epochs: int,
        learning_rate: float,
        min_learning_rate: float,
        workers: int,
        seed: int,
    ) -> None:
        self.encoded = encoded
        self.held_out = held_out
        self.keep_threshold = keep_thresholds(keep)
        self.window = window
        self.shrink = shrink
        self.learning_rate = learning_rate
        self.schedule = linear(1.0, min_learning_rate / learning_rate)
        self.workers = workers
        self.seed = seed
        self.num_tokens = len(encoded.ids)
        longest = max(int(np.diff(each.offsets).max()) for each in (encoded, held_out) if each is not None)
        self.capacity = max(_BLOCK_TOKENS, longest)  # of a block
        self.step_tokens = min(_STEP_TOKENS, self.num_tokens * epochs // _STEPS + 1)

    @abstractmethod
    def _run(self, text: KernelText, share: Share, rate: float) -> tuple[Sequence[float], int, int]:
        """One thread's part of a step, without Python's lock: sums of the terms, tokens kept, tokens read."""

    @abstractmethod
    def _tables(self) -> Mapping[str, FloatTable]:
        """The state of training by name: everything that steps change."""

    def batches(self, epoch: int, start: Position) -> Iterator[Turns]:
        turns = max(1, round(self.step_tokens * self.encoded.num_sentences / self.num_tokens))
        for first in range(start.turn, self.encoded.num_sentences, turns):
            yield Turns(epoch, first, Position(min(first + turns, self.encoded.num_sentences)))

    def step(self, batch: Turns, step: int, done: float) -> Loss:
        rate = self.learning_rate * self.schedule(done)
        text = self._text(self.encoded, integer_seed(self.seed, "blocks", batch.epoch))
        sums, num_tokens, batch.num_read = self._run_all(text, batch.first, batch.next.turn, rate, self.workers)
        terms = {name: torch.tensor(value, dtype=torch.float64) for name, value in zip(self.terms, sums, strict=True)}
        return Loss(torch.tensor(sum(sums), dtype=torch.float64), terms, num_tokens)

    def _text(self, encoded: EncodedCorpus, seed: int) -> KernelText:
        return KernelText(encoded.ids, encoded.offsets, self.keep_threshold, seed, True, self.window, self.shrink)

    def _run_all(
        self, text: KernelText, first: int, last: int, rate: float, workers: int
    ) -> tuple[list[float], int, int]:
        lengths = np.diff(text.offsets[first : last + 1])
        part = max(1, min(int(_PART_TOKENS / lengths.mean()), (last - first) // (8 * workers)))
        share = Share(np.array([first, 0], np.int64), last, part, self.capacity)
        if workers == 1:
            results = [self._run(text, share, rate)]
        else:
            with ThreadPoolExecutor(workers, thread_name_prefix="densevec-training") as pool:
                running = [pool.submit(self._run, text, share, rate) for _ in range(workers)]
                results = [future.result() for future in running]
        sums = [sum(values) for values in zip(*(result[0] for result in results), strict=True)]
        return sums, sum(result[1] for result in results), sum(result[2] for result in results)

    def validation_loss(self) -> dict[str, float] | None:
        """With a rate of zero a kernel measures and changes nothing."""
        if self.held_out is None:
            return None
        text = self._text(self.held_out, integer_seed(self.seed, "validation"))
        sums, num_tokens, _ = self._run_all(text, 0, self.held_out.num_sentences, 0.0, 1)
        measured = TermSums(dict(zip(self.terms, sums, strict=True)), num_tokens)
        return {"loss": sum(measured.means().values()), **measured.means()}

    def forget(self) -> None:
        """A step leaves nothing behind."""
        return

    def fault(self, everywhere: bool = False) -> str | None:
        """A step's own losses tell whether it went astray; at an epoch's end every value is looked at."""
        if everywhere:
            for name, table in self._tables().items():
                for begin in range(0, len(table), _ROWS_AT_ONCE):
                    if not np.isfinite(table[begin : begin + _ROWS_AT_ONCE]).all():
                        return f"a value of {name} is not finite"
        return None

    def state(self) -> dict[str, torch.Tensor]:
        return {name: torch.from_numpy(table) for name, table in self._tables().items()}

    def load_state(self, tensors: Mapping[str, torch.Tensor]) -> None:
        for name, table in self._tables().items():
            table[:] = tensors[name].numpy()


def padded(dim: int) -> int:
    """The length of a row of a kernel's table."""
    return -(-dim // ALIGNMENT) * ALIGNMENT


def zeros(num_rows: int, stride: int) -> FloatTable:
    """A table (num_rows, stride) of zeros on a 64-byte boundary."""
    memory = np.zeros(num_rows * stride + ALIGNMENT, np.float32)
    start = -memory.ctypes.data % (4 * ALIGNMENT) // 4
    return memory[start : start + num_rows * stride].reshape(num_rows, stride)


def uniform(num_rows: int, dim: int, bound: float, seed: int, purpose: str) -> FloatTable:
    """A table for kernels, its rows drawn uniformly from [−bound, bound) and padded with zeros."""
    table, random = zeros(num_rows, padded(dim)), generator(seed, purpose)
    for begin in range(0, num_rows, _ROWS_AT_ONCE):
        rows = table[begin : begin + _ROWS_AT_ONCE, :dim]
        rows[:] = random.random(rows.shape, np.float32)
        rows -= 0.5
        rows *= 2 * bound
    return table


def unpadded(table: FloatTable, dim: int) -> FloatTable:
    """The rows without their padding, moved together in the table's own memory, which is then theirs alone."""
    num_rows, stride = table.shape
    flat = table.reshape(-1)
    if stride != dim:
        for begin in range(0, num_rows, _ROWS_AT_ONCE):
            end = min(begin + _ROWS_AT_ONCE, num_rows)
            flat[begin * dim : end * dim] = table[begin:end, :dim].ravel()
    return flat[: num_rows * dim].reshape(num_rows, dim)


def copy_known(table: FloatTable, values: npt.NDArray[np.float32], vectors: KeyedVectors, words: Sequence[str]) -> None:
    """Rows of the words that ``vectors`` know, from ``values``, an array with their rows."""
    if values.shape[1] > table.shape[1]:
        raise ParameterError(f"init_from must have at most {table.shape[1]} columns, got {values.shape[1]}")
    for row, word in enumerate(words):
        if word in vectors:
            table[row, : values.shape[1]] = values[vectors.get_index(word)]
