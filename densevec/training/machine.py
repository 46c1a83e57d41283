"""What processes of one machine, and of many, learn in common while a training goes on."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._cy.pages import BYTES_OF_HUGE_PAGE, bytes_of_pages, make_huge, map_file
from densevec.training.distributed import Group
from densevec.training.exchange import SharedTables

Array = npt.NDArray[Any]


class CommonMemory:
    """Arrays whose memory the processes of one machine have in common, as threads have: pages of one nameless file.

    The arrays stay where they are, so that kernels and views of them notice nothing; all begin on a page of memory of
    their own, and have the values of the machine's first process afterwards.
    """

    def __init__(self, arrays: Sequence[Array], group: Group) -> None:
        self._memories = [_bytes(array) for array in arrays]
        self._file = os.fdopen(group.common_file(), "rb+", buffering=0)
        if group.is_leader:
            self._file.truncate(max(begin + bytes_of_pages(len(memory)) for memory, begin in self._places()))
        for memory, begin in self._places():  # one by one: no more than one of them is there once more
            if group.is_leader:
                self._fill(memory, begin)
            group.wait()
            map_file(memory, self._file.fileno(), begin, True)
            if group.is_leader:
                make_huge(memory)

    def _places(self) -> list[tuple[npt.NDArray[np.uint8], int]]:
        """Each memory, and where it begins in the file: one that fills a huge page where such a page begins."""
        places, end = [], 0
        for memory in self._memories:
            page = BYTES_OF_HUGE_PAGE if len(memory) >= BYTES_OF_HUGE_PAGE else bytes_of_pages(1)
            begin = -(-end // page) * page
            places.append((memory, begin))
            end = begin + bytes_of_pages(len(memory))
        return places

    def _fill(self, memory: npt.NDArray[np.uint8], begin: int) -> None:
        self._file.seek(begin)
        while len(memory):
            memory = memory[self._file.write(memory.data) :]  # a system writes so much at a time

    def part(self) -> None:
        """Go on apart: pages are this process's own from now on, as soon as it writes to them."""
        for memory, begin in self._places():
            map_file(memory, self._file.fileno(), begin, False)
        self._file.close()


def _bytes(array: Array) -> npt.NDArray[np.uint8]:
    """The bytes of an array that has no gaps."""
    return array.reshape(-1).view(np.uint8)


class Together:
    """What is the same in all processes of a training: the memory of one machine, and by exchanges that of others.

    Parameters
    ----------
    arrays, averaged, added, step : as of ``SharedTables``; each machine reads ``step`` tokens in a step
    lock : by which threads lock what they have in common; None where they do not
    """

    def __init__(
        self,
        arrays: Mapping[str, Array],
        averaged: Collection[str],
        added: Collection[str],
        lock: Array | None,
        group: Group,
        step: int,
    ) -> None:
        self._group = group
        self._memory = None
        if group.shares_memory:
            self._memory = CommonMemory([*arrays.values(), *([] if lock is None else [lock])], group)
        self._tables = None
        if group.leaders is not None:
            self._tables = SharedTables(arrays, averaged, added, group.leaders, step)
        if self._memory is not None:
            group.wait()  # nobody learns before the first process has noted what all begin with

    def merge(self, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """End a step: bring together what was learned in it, or begin to; sums of ``numbers`` over all processes."""
        if self._memory is None and self._tables is not None:
            return self._tables.merge(numbers)
        total: npt.NDArray[np.float64] = self._group.gather(numbers).sum(axis=0)
        if self._tables is not None:
            self._tables.merge(np.empty(0))
        if self._group.num_machines > 1:
            self._group.wait()
        return total

    def unite(self) -> None:
        """Bring all together: afterwards the arrays are the same bits in all processes."""
        if self._memory is not None:
            self._group.wait()
        if self._tables is not None:
            self._tables.unite()
        if self._memory is not None:
            self._group.wait()

    def part(self) -> None:
        """Go on apart, with arrays of one's own."""
        if self._memory is not None:
            self._memory.part()
