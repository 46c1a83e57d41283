"""Tables of which each process has a part of the rows: training in rounds, between which output rows go round."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._cy.blocks import Share, Text, pair_lists
from densevec._random import integer_seed
from densevec.objectives.base import Loss
from densevec.training.distributed import Group
from densevec.training.engine import Engine
from densevec.training.kernel import Tally, part_tokens
from densevec.training.schedules import Schedule
from densevec.training.state import Position
from densevec.training.work import Turns

_STEPS = 100  # at least, in a whole training
_MOST_TOKENS = 2**24  # of a step, whose pairs lie in memory
_BLOCK_TOKENS = 2**13
_PART_LISTS = 2**12  # that a thread takes at a time


class RowPart(ABC):
    """A process's part of the rows of two tables: word v is row v // n of part v % n.

    input, output : (rows, stride), one of each in every process; the output rows are those of the part that is here
    """

    input: npt.NDArray[np.float32]
    output: npt.NDArray[np.float32]

    @abstractmethod
    def begin(self, part: int) -> None:
        """Get ready to learn with the output rows of this part, which are here."""

    @abstractmethod
    def run(self, share: Share, scale: float) -> Tally:
        """One thread's part of a round, without Python's lock; ``scale`` is a factor on the learning rate."""

    @abstractmethod
    def give_back(self) -> None:
        """Leave the tables as they will be used."""


class RowPartEngine(Engine):
    """Training where process p has part p of the input rows, and in a round one part of the output rows.

    In a step all go through the same stretch of the text, in as many rounds as there are processes: each learns what
    words of its part predict of words of the output part that it has, with noise from there; then it hands that on to
    the process before it and takes that of the one behind it.  Every pair of words is learned once a pass.

    Parameters
    ----------
    rows : does the work
    text : all of it, as each process has it, of ``num_sentences`` and ``num_tokens``
    epochs, seed, workers : of the training; threads of this process
    schedule : factor on the learning rate
    group : the processes
    """

    looks_at_rows = False

    def __init__(
        self,
        rows: RowPart,
        text: Text,
        num_sentences: int,
        num_tokens: int,
        *,
        epochs: int,
        seed: int,
        workers: int,
        schedule: Schedule,
        group: Group,
    ) -> None:
        self.rows = rows
        self._text = text
        self._num_turns = num_sentences
        step_tokens = min(_MOST_TOKENS, num_tokens * epochs // _STEPS + 1)
        self._step = max(1, round(step_tokens * num_sentences / num_tokens))
        self._seed, self._workers = seed, workers
        self._schedule = schedule
        self._group = group

    def batches(self, epoch: int, start: Position | None) -> Iterator[Turns]:
        turn = 0 if start is None else start[0]
        while turn < self._num_turns:
            end = min(turn - turn % self._step + self._step, self._num_turns)
            yield Turns(epoch, (turn, 0), (end, 0))
            turn = end

    def step(self, batch: Turns, step: int, done: float) -> Loss:
        rank, size, scale = self._group.rank, self._group.size, self._schedule(done)
        loss, num_tokens = 0.0, 0
        for turn in range(size):
            part = (rank + turn) % size
            self.rows.begin(part)
            seed = integer_seed(self._seed, "blocks", batch.epoch)
            begin, end = batch.first[0], batch.next[0]
            lists, number, num_centres, num_read = pair_lists(self._text, seed, begin, end, size, rank, part)
            noise = integer_seed(self._seed, "noise", batch.epoch, begin, rank, part)
            at_once = min(_PART_LISTS, part_tokens(self._workers), number // (8 * self._workers) + 1)
            loss += self._learn(Share(lists, noise, 0, number, _BLOCK_TOKENS, at_once), scale)
            if turn == 0:
                num_tokens, batch.num_read = num_centres, num_read
            self._group.pass_on(self.rows.output)
        loss, num_tokens = self._group.gather(np.array([loss, num_tokens], float)).sum(axis=0).tolist()
        return Loss(loss, {"prediction": loss}, int(num_tokens))

    def _learn(self, share: Share, scale: float) -> float:
        if self._workers == 1:
            return math.fsum(self.rows.run(share, scale)[0])
        with ThreadPoolExecutor(self._workers, thread_name_prefix="densevec-training") as threads:
            running = [threads.submit(self.rows.run, share, scale) for _ in range(self._workers)]
            return math.fsum(loss for each in running for loss in each.result()[0])

    def forget(self) -> None:
        """A step leaves nothing behind."""

    def unite(self) -> None:
        """Nothing: no two processes have the same row."""

    def part(self) -> None:
        """Nothing: each process has its own rows."""

    def finish(self) -> None:
        self.rows.give_back()

    def state(self) -> dict[str, Any]:
        return {"input": self.rows.input, "output": self.rows.output}

    def load_state(self, tensors: Mapping[str, Any]) -> None:
        for name, array in self.state().items():
            array[:] = np.asarray(tensors[name])

    def squares(self) -> Mapping[str, Any]:
        return {}
