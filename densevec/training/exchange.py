"""Tables that machines have copies of, and bring together by telling each other what has changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._cy.exchange import SharedRows
from densevec.training.distributed import Group, Messages

_FIRST_ROWS = 256  # of a table, of the most frequent words, that processes tell of after every step
_LONGEST = 8  # steps, after which they have told of every row
_ADAPTIVE_UNITS = 2**10  # of a process's work of a step: a row of the words that are seen oftener is joined adaptively


class SharedTables:
    """Arrays that several processes change, each its own copy, and bring together step by step.

    What a process has changed in rows of tables it tells the others in eight bits a number, of frequent words after
    every step, of rare ones seldom (``densevec._cy.exchange``).  The messages travel while the next step is
    learned, and are taken in after it.  What others have learned is added to what this one has.

    Parameters
    ----------
    arrays : the state of training by name, (rows, numbers) or (rows,); a copy of each is kept
    averaged : names of those that are averaged after every step: what follows a mean already, as Adam's moments do,
        would swing if changes were added up
    added : names of those whose changes are added up whatever they are, as sums of squares are
    group : the processes
    step : tokens that each reads in a step: words of ranks below step / 2^10 are seen so often in it that their rows go
        all the way in each process; such changes are joined adaptively
    """

    def __init__(
        self,
        arrays: Mapping[str, npt.NDArray[Any]],
        averaged: Collection[str],
        added: Collection[str],
        group: Group,
        step: int,
    ) -> None:
        self._group = group
        self._counts = [array for array in arrays.values() if array.dtype.kind != "f"]
        self._averaged = [array for name, array in arrays.items() if name in averaged]
        self._tables = [
            SharedRows(
                array.reshape(len(array), -1),
                adaptive_rows=0 if name in added else step // _ADAPTIVE_UNITS,
                first_rows=_FIRST_ROWS,
                longest=_LONGEST,
            )
            for name, array in arrays.items()
            if array.dtype.kind == "f" and name not in averaged
        ]
        self._exchange = 0
        self._coming: Messages | None = None

    def restart(self) -> None:
        """Take the arrays as they are for what all have in common."""
        self._coming = None
        for table in self._tables:
            table.restart()

    def merge(self, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Tell what has been learned in a step, and take in what was told after the one before; sums of ``numbers``."""
        self._take()
        return self._tell(numbers, self._exchange)

    def unite(self) -> None:
        """Bring all together: afterwards the arrays are the same bits in all processes."""
        self._take()
        self._tell(np.empty(0), -1)
        self._take()
        for table in self._tables:
            table.settle()

    def _tell(self, numbers: npt.NDArray[np.float64], exchange: int) -> npt.NDArray[np.float64]:
        sizes = [table.find(exchange) for table in self._tables]
        message = np.empty(sum(sizes), np.uint8)
        begin = 0
        for table, size in zip(self._tables, sizes, strict=True):
            table.write(message[begin : begin + size])
            begin += size
        own = [*numbers, len(message), *(int(count[0]) for count in self._counts)]
        everyone = self._group.gather(np.array(own, float))
        place = len(numbers)
        self._coming = self._group.send(message, int(everyone[:, place].max()))
        for number, count in enumerate(self._counts, place + 1):
            count[0] = int(everyone[:, number].max())
        self._average()
        self._exchange += exchange >= 0
        total: npt.NDArray[np.float64] = everyone[:, :place].sum(axis=0)
        return total

    def _average(self) -> None:
        if self._averaged:
            mean = self._group.sum(np.concatenate([array.ravel() for array in self._averaged])) / self._group.size
            begin = 0
            for array in self._averaged:
                array[...] = mean[begin : begin + array.size].reshape(array.shape)
                begin += array.size

    def _take(self) -> None:
        """Take in what was told last, if anything was."""
        if self._coming is None:
            return
        messages = self._coming.wait()
        self._coming = None
        for table in self._tables:
            sizes = table.take(messages, self._group.rank)
            messages = [message[size:] for message, size in zip(messages, sizes, strict=True)]
