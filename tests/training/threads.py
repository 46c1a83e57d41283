"""Threads that stand for the processes of a training."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np

from densevec.training.distributed import Group


class Line:
    """What stands between the processes of a test: they are threads."""

    def __init__(self, size: int) -> None:
        self.given: list[Any] = [None] * size
        self.barrier = threading.Barrier(size)


class Member:
    """A group as one of its threads sees it.

    on_machine : threads of a machine, which have memory in common
    leaders : between the first ones of several machines
    """

    def __init__(self, rank: int, line: Line, on_machine: int = 1, leaders: Line | None = None) -> None:
        self.rank, self.size, self._line = rank, len(line.given), line
        self.shares_memory, self.num_machines = on_machine > 1, self.size // on_machine
        self._leader = rank // on_machine * on_machine
        self.is_leader = rank == self._leader
        self.leaders: Member | None = self
        if leaders is not None:
            self.leaders = Member(rank // on_machine, leaders) if self.is_leader and self.num_machines > 1 else None

    agree = Group.agree

    def wait(self) -> None:
        self.gather([])

    def common_file(self) -> int:
        file = os.memfd_create("test") if self.is_leader else -1
        file = file if self.is_leader else os.dup(int(self.gather([file])[self._leader, 0]))
        if self.is_leader:
            self.gather([file])
        self.wait()
        return file

    def gather(self, values: Any) -> Any:
        self._line.given[self.rank] = np.array(values)
        self._line.barrier.wait()
        result = [np.array(given) for given in self._line.given]
        self._line.barrier.wait()
        return np.array(result)

    def gather_bytes(self, own: Any) -> list[Any]:
        sizes = self.gather([len(own)])[:, 0].tolist()
        everyone = self.send(own, max(sizes)).wait()
        return [given[:size] for given, size in zip(everyone, sizes, strict=True)]

    def collect(self, own: Any) -> list[Any]:
        everyone = self.gather_bytes(own.view(np.uint8))
        return [given.view(own.dtype) for given in everyone] if self.rank == 0 else []

    def sum(self, values: Any) -> Any:
        return self.gather(values).sum(axis=0)

    def pass_on(self, rows: Any) -> None:
        rows[...] = self.everyone(rows.copy())[(self.rank + 1) % self.size]

    def sum_tensor(self, values: Any) -> Any:
        total = self.sum(values.numpy())
        return values.copy_(values.new_tensor(total))

    def everyone(self, value: Any) -> list[Any]:
        self._line.given[self.rank] = value
        self._line.barrier.wait()
        result = list(self._line.given)
        self._line.barrier.wait()
        return result

    def send(self, message: Any, longest: int) -> Any:
        everyone = self.gather(np.concatenate([message, np.zeros(longest - len(message), np.uint8)]))
        return SimpleNamespace(wait=lambda: list(everyone))


def together(work: Callable[[Member], Any], size: int = 2, on_machine: int = 1) -> list[Any]:
    line = Line(size)
    leaders = Line(size // on_machine) if on_machine > 1 else None
    with ThreadPoolExecutor(size) as threads:
        return list(threads.map(work, [Member(rank, line, on_machine, leaders) for rank in range(size)]))
