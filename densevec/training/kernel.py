"""The fused engine: training by the compiled kernels of ``densevec._cy``, on threads that share the tables."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, NamedTuple

import numpy as np

from densevec.objectives.base import Loss
from densevec.training.distributed import Group
from densevec.training.engine import Engine
from densevec.training.machine import Together
from densevec.training.schedules import Schedule
from densevec.training.state import Position
from densevec.training.tables import Array
from densevec.training.work import Turns, Work

Tally = tuple[Sequence[float], int, int]  # sums of the terms, tokens (or what else) they run over, units of work done

_LOOK_SECONDS = 0.1  # between looks at whether there is a hurry
_BEGUN = "begun"  # name of what a cut step has summed, in the state
_OWN_ROWS = 256  # of the most frequent words, of which each of several threads has copies
_MOST_OWNERS = 16  # threads that have some
_PART_TOKENS = 2**14  # that one thread, or each of two, learns from before it brings its copies together with the rest
_TOGETHER = 2**13  # that all of more threads do


def own_rows(threads: int) -> int:
    """Of so many first rows each of some threads that have tables in common has copies."""
    return _OWN_ROWS if 1 < threads <= _MOST_OWNERS else 0


def part_tokens(threads: int) -> int:
    """Tokens that each of some threads takes at a time, and then brings its copies of the first rows together.

    Changes are added up.  Of two threads each may go all the way from where both began to where a row comes to rest,
    and the row then swings; of three or more it would swing wider each time, until it is not finite.  So that what
    all have learned from the same place is a small step, parts of up to 16 threads have 8,192 tokens together.

    >>> [part_tokens(threads) for threads in (1, 2, 4, 8, 64)]
    [16384, 16384, 2048, 1024, 512]
    """
    return _PART_TOKENS if threads <= 2 else max(512, _TOGETHER // threads)


class TrainingKernel(ABC):
    """What a compiled kernel works on, and how it is called.

    arrays : the state of training by name: everything that steps change
    tables : what a network has of it, by the names that it has there: views, so that whatever reads them sees what was
        learned; of a kernel that is given a network, none
    terms : names of the sums that ``run`` returns
    averaged : names of arrays of which several processes take the mean after every step
    added : names of arrays whose changes by several processes are added up, as sums of squares are
    lock : (1,) what threads lock by, on a page of its own; None where they do not
    squares : views (R, c) of Adagrad's sums among the arrays, by the names of the network's tables
    """

    arrays: dict[str, Array]
    tables: dict[str, Array] = {}  # noqa: RUF012
    terms: Sequence[str]
    averaged: Sequence[str] = ()
    added: Sequence[str] = ()
    lock: Array | None = None
    squares: Mapping[str, Array] = {}

    @abstractmethod
    def run(self, share: Any, scale: float, done: float) -> Tally:
        """One thread's part of a step, without Python's lock.

        share : of the kernel's ``Work``
        scale : factor on every learning rate
        done : share of training done, for other schedules
        """

    @abstractmethod
    def give_back(self) -> None:
        """Leave the tables as they will be used, without what only steps need."""


class Begun(NamedTuple):
    """A step that was cut short: the share of training done at its beginning, and what was summed before the cut."""

    done: float
    num_tokens: int
    sums: list[float]


class KernelEngine(Engine):
    """Training by a kernel: each step is one over a range of turns, on all threads.

    The main thread waits, so that signals are heard; in a hurry threads finish the parts that they have taken, and the
    step ends there.  Its rest, which is then the next step, is learned as it would have been, by the same rates; the
    loss of both is counted with the rest.

    Parameters
    ----------
    kernel : does the work
    work : of an epoch, and how it is cut
    schedule : factor on the learning rates
    workers : threads
    group : the processes that have the step in common, if there are several: each learns from its share of the turns
        with its own tables, which are then brought together; such a step is never cut
    """

    looks_at_rows = False

    def __init__(
        self, kernel: TrainingKernel, work: Work, schedule: Schedule, workers: int, group: Group | None = None
    ) -> None:
        self.kernel = kernel
        self._work = work
        self._schedule = schedule
        self._workers = workers
        self._threads: ThreadPoolExecutor | None = None
        self._begun: Begun | None = None
        self._group = group
        self._together: Together | None = None

    def batches(self, epoch: int, start: Position | None) -> Iterator[Turns]:
        return self._work.batches(epoch, start)

    def step(self, batch: Turns, step: int, done: float) -> Loss:
        self._join()
        before = self._begun or Begun(done, 0, [])
        batch.begun = before.sums
        share, end = self._work.share(self._own(batch)), batch.next
        work = share, self._schedule(before.done), before.done
        self._threads = self._threads or ThreadPoolExecutor(self._workers, thread_name_prefix="densevec-training")
        running = [self._threads.submit(self.kernel.run, *work) for _ in range(self._workers)]
        try:
            while wait(running, _LOOK_SECONDS).not_done:
                if self._group is None and self.is_hurried():
                    batch.next = share.stop()
        except BaseException:  # a second Ctrl-C
            share.stop()
            raise
        results = [future.result() for future in running]
        batch.num_read = sum(num_read for _, _, num_read in results)
        sums = [sum(values) for values in zip(*(sums for sums, _, _ in results), strict=True)]
        num_tokens = sum(number for _, number, _ in results)
        if self._together is not None:
            own = np.array([*sums, num_tokens, batch.num_read], float)
            *sums, num_tokens, batch.num_read = self._together.merge(own)
            sums, num_tokens, batch.num_read = [float(value) for value in sums], int(num_tokens), int(batch.num_read)
        num_tokens += before.num_tokens
        is_cut = batch.next != end and all(map(math.isfinite, sums))
        self._begun = Begun(before.done, num_tokens, sums) if is_cut else None
        return self._loss([0.0] * len(sums), 0) if is_cut else self._loss(sums, num_tokens)

    def _own(self, batch: Turns) -> Turns:
        """This process's share of the turns of a step."""
        if self._group is None:
            return batch
        (begin, skip), (end, _) = batch.first, batch.next
        rank, size = self._group.rank, self._group.size
        begun = batch.begun if rank == 0 else [0.0] * len(batch.begun)
        num_own, num_turns = self._work.num_own, self._work.num_turns
        if num_own is not None:  # of its part of the text what the step is of the whole
            return Turns(batch.epoch, (num_own * begin // num_turns, 0), (num_own * end // num_turns, 0), begun=begun)
        first, last = (begin + (end - begin) * each // size for each in (rank, rank + 1))
        if first == last:  # fewer sentences than processes
            first = last = end
        return Turns(batch.epoch, (first, skip if first == begin < last else 0), (last, 0), begun=begun)

    def _loss(self, sums: Sequence[float], num_tokens: int) -> Loss:
        return Loss(math.fsum(sums), dict(zip(self.kernel.terms, sums, strict=True)), num_tokens)

    def forget(self) -> None:
        """A step leaves nothing behind but idle threads."""
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None

    def _join(self) -> None:
        """Have from now on in common with other processes what all have begun with."""
        if self._group is not None and self._together is None:
            kernel, step = self.kernel, self._work.step_units // self._group.num_machines
            self._together = Together(kernel.arrays, kernel.averaged, kernel.added, kernel.lock, self._group, step)

    def unite(self) -> None:
        self._join()
        if self._together is not None:
            self._together.unite()

    def part(self) -> None:
        if self._together is not None:
            self._together.part()
            self._together = None

    def finish(self) -> None:
        self.kernel.give_back()
        self.kernel.arrays, self.kernel.squares = {}, {}

    def squares(self) -> Mapping[str, Any]:
        return self.kernel.squares

    def state(self) -> dict[str, Array]:
        arrays = dict(self.kernel.arrays)
        if self._begun is not None:
            done, num_tokens, sums = self._begun
            arrays[_BEGUN] = np.array([done, num_tokens, *sums], np.float64)
        return arrays

    def load_state(self, tensors: Mapping[str, Any]) -> None:
        for name, array in self.kernel.arrays.items():
            array[:] = np.asarray(tensors[name])
        self._begun = None
        if _BEGUN in tensors:
            done, num_tokens, *sums = tensors[_BEGUN].tolist()
            if len(sums) != len(self.kernel.terms):
                raise ValueError(f"the loss has {len(self.kernel.terms)} terms here, {len(sums)} there")
            self._begun = Begun(done, int(num_tokens), sums)
