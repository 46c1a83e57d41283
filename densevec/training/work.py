"""What kernels do in an epoch, cut into steps, and each step into what threads take from each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._cy.blocks import Share, Text
from densevec._random import integer_seed
from densevec.training.state import Position

_STEP_UNITS = 2**19  # at most, between looks at signals, progress and the learning rate
_STEPS = 100  # at least, in a whole training: the learning rate falls in so many stairs
_STEPS_TOGETHER = 50  # of processes, which wait for each other at the end of each
_BLOCK_TOKENS = 2**13
_WORDS_ALONE = 2**17  # of a machine between exchanges with others, at most
_EARLY = 8  # so many times shorter are the steps of several machines at the beginning,
_EARLY_PART = 16  # for so much of the training: one part of so many
_BOUNDS = 2**20  # of sentences, looked at together
_PARTS = 8  # at least, that a thread takes of a step: none waits long for another


@dataclass
class Turns:
    """The work of a step.

    epoch : that it is of
    first : where it begins: a turn, and of a text's the tokens of its sentence that were read before
    next : where it ends, in the same way
    num_read : units of work, known once they are done
    begun : sums of the loss of what an earlier part of the step, cut short, has read
    """

    epoch: int
    first: tuple[int, int]
    next: tuple[int, int]
    num_read: int = 0
    begun: Sequence[float] = ()


class Work(ABC):
    """The work of an epoch: turns, in an order that the epoch has for itself.

    A step ends where a multiple of its turns does, also when it begins where another was cut short.

    num_turns : of an epoch
    num_own : of them, those of this process's part of what several share; None where it has all
    step : turns of a step
    num_early : turns, from the first one on, that shorter steps have: what is learned fast goes apart fast
    step_units : units of work of a step, about
    """

    num_turns: int
    num_own: int | None = None
    step: int
    step_units: int = 0
    num_early: int = 0

    @abstractmethod
    def share(self, turns: Turns) -> Any:
        """What threads share in a step: each takes from it what no other has taken, until it is told to ``stop``."""

    def batches(self, epoch: int, start: Position | None) -> Iterator[Turns]:
        """The steps of an epoch from a position on."""
        turn, skip = (0, 0) if start is None else start
        while turn < self.num_turns:
            is_early = epoch * self.num_turns + turn < self.num_early
            step = max(1, self.step // _EARLY) if is_early else self.step
            end = min(turn - turn % step + step, self.num_turns)
            yield Turns(epoch, (turn, skip), (end, 0))
            turn, skip = end, 0


class Part(NamedTuple):
    """Of a text of which processes have parts, each its own: which one this is, sentences and tokens of the whole."""

    rank: int
    num_sentences: int
    num_tokens: int


class TextWork(Work):
    """Sentences of a text have turns.

    Parameters
    ----------
    text : what kernels read; each epoch has a seed of its own
    offsets : the bounds of its sentences
    part : where it is a part of a longer text
    epochs, workers, seed : of the training; threads of all processes
    part_tokens : that a thread takes at a time; None for a block
    capacity : of a block; None for blocks that hold the longest sentence
    processes, machines : that have each step in common, which is then longer: waiting costs, and exchanges more
    """

    def __init__(
        self,
        text: Text,
        offsets: npt.NDArray[np.int64],
        *,
        part: Part | None = None,
        epochs: int,
        workers: int,
        seed: int,
        part_tokens: int | None,
        capacity: int | None,
        processes: int = 1,
        machines: int = 1,
    ) -> None:
        self.text = text
        self._seed = seed
        num_sentences = len(offsets) - 1
        self._rank, self.num_turns, num_tokens = part or Part(0, num_sentences, int(offsets[-1]))
        self.num_own = None if part is None else num_sentences
        step_tokens = step_units(num_tokens, epochs, processes)
        if machines > 1:
            step_tokens = min(machines * _WORDS_ALONE, num_tokens * epochs // _STEPS + 1)
            self.num_early = self.num_turns * epochs // _EARLY_PART
        self.step_units = step_tokens
        self.step = max(1, round(step_tokens * self.num_turns / num_tokens))
        self._capacity = max(_BLOCK_TOKENS, _longest(offsets)) if capacity is None else capacity
        self._part = 0
        if part_tokens is not None:
            self._part = max(1, int(part_units(part_tokens, step_tokens, workers) * self.num_turns / num_tokens))

    def share(self, turns: Turns) -> Share:
        # parts of a text have sentences of the same numbers: they draw other words of noise
        seed = integer_seed(self._seed, "blocks", turns.epoch, *([self._rank] if self._rank else []))
        (begin, skip), (end, _) = turns.first, turns.next
        return Share(self.text, seed, begin, end, self._capacity, self._part, skip=skip, begun=turns.begun)


def _longest(offsets: npt.NDArray[np.int64]) -> int:
    """Tokens of the longest sentence, in little memory."""
    bounds = (offsets[begin : begin + _BOUNDS + 1] for begin in range(0, len(offsets) - 1, _BOUNDS))
    return max((int(np.diff(part).max()) for part in bounds), default=0)


def step_units(work: int, epochs: int, processes: int = 1) -> int:
    """Units of work of a step that processes have in common, of an epoch's ``work``."""
    return min(_STEP_UNITS, work * epochs // (_STEPS if processes == 1 else _STEPS_TOGETHER) + 1)


def part_units(most: int, step: int, workers: int) -> float:
    """Units of work that a thread takes at a time, of a step's."""
    return min(most, step / (_PARTS * workers))
