"""The fused engine: training by the compiled kernels of ``densevec._cy``, on threads that share the tables."""

from __future__ import annotations

import math
import mmap
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from densevec._cy.sampling import Noise, alias_table
from densevec.layers.output import NegativeSampling, NoiseContrastiveEstimation
from densevec.layers.table import RowTable
from densevec.objectives.base import Loss
from densevec.training.distributed import Group, SharedTables
from densevec.training.engine import Engine
from densevec.training.schedules import Schedule
from densevec.training.state import Position
from densevec.training.work import Turns, Work

Array = npt.NDArray[Any]
Tally = tuple[Sequence[float], int, int]  # sums of the terms, tokens (or what else) they run over, units of work done

_ALIGNMENT = 16  # floats: rows begin on 64-byte boundaries
_LOOK_SECONDS = 0.1  # between looks at whether there is a hurry
_BEGUN = "begun"  # name of what a cut step has summed, in the state
OWN_ROWS = 256  # of the most frequent words, of which each of several threads has copies


def kernel_noise(output: NegativeSampling | NoiseContrastiveEstimation, negative: int, pool: int, share: int) -> Noise:
    """What a kernel takes of an output layer: its noise and, where words have them, a view of their biases."""
    log_noise = output.noise.log_probability
    table, scores = alias_table(log_noise.exp().numpy()), output.words
    if scores.bias is None:
        return Noise(table, negative, pool, share)
    expected = (log_noise + math.log(output.negative)).float().numpy()
    return Noise(table, negative, pool, share, scores.bias.weight.numpy()[:, 0], expected)


class TrainingKernel(ABC):
    """What a compiled kernel works on, and how it is called.

    The network's tensors are views of the arrays, so that whatever reads the network sees what was learned.

    arrays : the state of training by name: everything that steps change
    terms : names of the sums that ``run`` returns
    averaged : names of arrays of which several processes take the mean after every step
    added : names of arrays whose changes by several processes are added up, as sums of squares are
    """

    arrays: dict[str, Array]
    terms: Sequence[str]
    averaged: Sequence[str] = ()
    added: Sequence[str] = ()

    @abstractmethod
    def run(self, share: Any, scale: float, done: float) -> Tally:
        """One thread's part of a step, without Python's lock.

        share : of the kernel's ``Work``
        scale : factor on every learning rate
        done : share of training done, for other schedules
        """

    @abstractmethod
    def give_back(self) -> None:
        """Leave the network's tables as torch's own."""


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
        self._shared = (
            None
            if group is None
            else SharedTables(kernel.arrays, kernel.averaged, kernel.added, group, work.step_units // group.size)
        )

    def batches(self, epoch: int, start: Position | None) -> Iterator[Turns]:
        return self._work.batches(epoch, start)

    def step(self, batch: Turns, step: int, done: float) -> Loss:
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
        if self._shared is not None:
            *sums, num_tokens, batch.num_read = self._shared.merge(np.array([*sums, num_tokens, batch.num_read], float))
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
        values = torch.tensor(sums, dtype=torch.float64)
        return Loss(values.sum(), dict(zip(self.kernel.terms, values, strict=True)), num_tokens)

    def forget(self) -> None:
        """A step leaves nothing behind but idle threads."""
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None

    def unite(self) -> None:
        if self._shared is not None:
            self._shared.unite()

    def finish(self) -> None:
        self._shared = None
        self.kernel.give_back()
        self.kernel.arrays = {}

    def state(self) -> dict[str, torch.Tensor]:
        tensors = {name: torch.from_numpy(array) for name, array in self.kernel.arrays.items()}
        if self._begun is not None:
            done, num_tokens, sums = self._begun
            tensors[_BEGUN] = torch.tensor([done, num_tokens, *sums], dtype=torch.float64)
        return tensors

    def load_state(self, tensors: Mapping[str, torch.Tensor]) -> None:
        for name, array in self.kernel.arrays.items():
            array[:] = tensors[name].numpy()
        self._begun = None
        if _BEGUN in tensors:
            done, num_tokens, *sums = tensors[_BEGUN].tolist()
            if len(sums) != len(self.kernel.terms):
                raise ValueError(f"the loss has {len(self.kernel.terms)} terms here, {len(sums)} there")
            self._begun = Begun(done, int(num_tokens), sums)
        if self._shared is not None:
            self._shared.restart()


def padded(size: int) -> int:
    """The length of a row of ``size`` numbers in a kernel's array."""
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def zeros(num_rows: int, stride: int) -> npt.NDArray[np.float32]:
    """(num_rows, stride) zeros that begin on a page of memory of their own."""
    size = 4 * max(num_rows, 1) * stride
    try:
        memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except (OSError, OverflowError):
        raise MemoryError(f"cannot allocate {size} bytes") from None
    _advise(memory, "MADV_HUGEPAGE", 0)
    return np.frombuffer(memory, np.float32, num_rows * stride).reshape(num_rows, stride)


def _advise(memory: mmap.mmap, advice: str, start: int) -> None:
    """Tell the system, where it listens, what becomes of memory from the page on that begins at or after ``start``."""
    start = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
    if hasattr(mmap, advice) and start < len(memory):
        with suppress(OSError):  # a kernel without huge pages
            memory.madvise(getattr(mmap, advice), start, len(memory) - start)


def take_rows(table: RowTable) -> npt.NDArray[np.float32]:
    """An array of the table's rows, aligned and padded with zeros, of which the table is a view from now on.

    One row of zeros that stands for all (``expand``) takes no memory before.
    """
    num_rows, dim = table.weight.shape
    starts_at_zero = table.weight.stride(0) == 0 or not bool(table.weight.any())
    if starts_at_zero:  # its memory is given back before new memory is taken
        table.weight = torch.empty(0, dim)
    rows = zeros(num_rows, padded(dim))
    if not starts_at_zero:
        rows[:, :dim] = table.weight.numpy()
    table.weight = torch.from_numpy(rows)[:, :dim]
    return rows


def give_back(table: RowTable, rows: npt.NDArray[np.float32]) -> None:
    """Close the gaps between the rows, in the array's own memory: it is the table's alone from now on.

    What is left over goes back to the system.
    """
    num_rows, dim = table.weight.shape
    flat, step = rows.reshape(-1), 2**16
    if rows.shape[1] != dim:
        for begin in range(0, num_rows, step):
            end = min(begin + step, num_rows)
            flat[begin * dim : end * dim] = rows[begin:end, :dim].ravel()
    base: Any = rows
    while isinstance(base, np.ndarray):
        base = base.base
    _advise(base.obj, "MADV_DONTNEED", 4 * num_rows * dim)
    table.weight = torch.from_numpy(flat[: num_rows * dim].reshape(num_rows, dim))
