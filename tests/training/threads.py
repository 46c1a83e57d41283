"""Threads that stand for the processes of a training."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np


class Line:
    """What stands between the processes of a test: they are threads."""

    def __init__(self, size: int) -> None:
        self.given: list[Any] = [None] * size
        self.barrier = threading.Barrier(size)


class Member:
    """A group as one of its threads sees it."""

    def __init__(self, rank: int, line: Line) -> None:
        self.rank, self.size, self._line = rank, len(line.given), line

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

    def send(self, message: Any, longest: int) -> Any:
        everyone = self.gather(np.concatenate([message, np.zeros(longest - len(message), np.uint8)]))
        return SimpleNamespace(wait=lambda: list(everyone))


def together(work: Callable[[Member], Any], size: int = 2) -> list[Any]:
    line = Line(size)
    with ThreadPoolExecutor(size) as threads:
        return list(threads.map(work, [Member(rank, line) for rank in range(size)]))
