"""Several processes, on one machine or many, that train one model: what torchrun has started finds each other here.

Every process has all words, its part of the text and whole tables.  Each learns from its part of a step, and what
their tables have learned is brought together step by step: the position in the text, the learning rate and the
checkpoint know nothing of how many there are.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._cy.exchange import SharedRows
from densevec._processes import is_distributed
from densevec.errors import ParameterError, TrainingError

_WAIT = timedelta(minutes=30)  # for a process that counts a long text, or writes a checkpoint
_FIRST_ROWS = 256  # of a table, of the most frequent words, that processes tell of after every step
_LONGEST = 8  # steps, after which they have told of every row
_ADAPTIVE_UNITS = 2**10  # of a process's work of a step: a row of the words that are seen oftener is joined adaptively


class Group:
    """The processes of a training.

    rank, size : number of this one, from 0, and of all
    bytes_exchanged : that this process has given to be added up
    """

    def __init__(self) -> None:
        import torch.distributed

        self._distributed = torch.distributed
        if not self._distributed.is_initialized():
            # Names of an earlier attempt, whose processes are gone, must not be found.
            store, rank, size = next(self._distributed.rendezvous("env://", timeout=_WAIT))
            attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
            store = self._distributed.PrefixStore(f"densevec {attempt}", store)
            self._distributed.init_process_group("gloo", store=store, rank=rank, world_size=size, timeout=_WAIT)
        self.rank: int = self._distributed.get_rank()
        self.size: int = self._distributed.get_world_size()
        self.bytes_exchanged = 0
        self._said = [0.0, 0.0]
        self._heard = [0.0, 0.0]

    def say(self, received: int, is_due: bool) -> None:
        """Tell the others, with the numbers that are gathered next, of a signal and whether a checkpoint is due."""
        self._said = [float(received), float(is_due)]

    def heard(self) -> tuple[int, bool]:
        """A signal that any process has told of, 0 if none has, and whether a checkpoint is due: alike in all."""
        return int(self._heard[0]), bool(self._heard[1])

    def sum(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The sum of the arrays that all give, the same on each; in place."""
        import torch

        self.bytes_exchanged += values.nbytes
        with _together():
            self._distributed.all_reduce(torch.from_numpy(values))
        return values

    def gather(self, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """(processes, numbers) what each gives."""
        import torch

        given = np.array([*numbers, *self._said])
        self.bytes_exchanged += given.nbytes
        result = np.empty((self.size, len(given)))
        with _together():
            self._distributed.all_gather(list(torch.from_numpy(result)), torch.from_numpy(given))
        self._heard = result[:, -2:].max(axis=0).tolist()
        return result[:, :-2]

    def gather_bytes(self, own: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.uint8]]:
        """What each gives, bytes of any number."""
        sizes = self.gather(np.array([len(own)], float)).astype(int)[:, 0]
        everyone = self.send(own, max(int(sizes.max()), 1)).wait()
        return [given[:size] for given, size in zip(everyone, sizes.tolist(), strict=True)]

    def collect(self, own: npt.NDArray[np.int32]) -> list[npt.NDArray[np.int32]]:
        """What each gives, at the first process; an empty list at the others."""
        import torch

        sizes = self.gather(np.array([len(own)], float)).astype(int)[:, 0].tolist()
        if self.rank:
            if len(own):
                with _together():
                    self._distributed.send(torch.from_numpy(own.copy()), 0)
            return []
        result = [own]
        for rank, size in enumerate(sizes[1:], 1):
            result.append(np.empty(size, np.int32))
            if size:
                with _together():
                    self._distributed.recv(torch.from_numpy(result[-1]), rank)
        return result

    def send(self, message: npt.NDArray[np.uint8], longest: int) -> Messages:
        """Send bytes to all, of which no process has more than ``longest``; they travel on their own."""
        import torch

        self.bytes_exchanged += longest
        places = np.empty((self.size, longest), np.uint8)
        given = np.zeros(longest, np.uint8)
        given[: len(message)] = message
        with _together():
            work = self._distributed.all_gather(list(torch.from_numpy(places)), torch.from_numpy(given), async_op=True)
        return Messages(places, given, work)

    def most(self, value: int) -> int:
        """The greatest of the numbers that all give."""
        import torch

        number = torch.tensor(value, dtype=torch.int64)
        with _together():
            self._distributed.all_reduce(number, self._distributed.ReduceOp.MAX)
        return int(number)

    def agree(self, facts: Mapping[str, Any]) -> None:
        """ParameterError, on all processes, that names what they do not have in common."""
        everyone: list[Any] = [None] * self.size
        with _together():
            self._distributed.all_gather_object(everyone, dict(facts))
        for rank, other in enumerate(everyone):
            for name, value in everyone[0].items():
                if other.get(name) != value:
                    raise ParameterError(
                        f"{name} must be the same in all processes of a training, got {value!r:.80} in process 0 and "
                        f"{other.get(name)!r:.80} in process {rank}"
                    )


class Messages(NamedTuple):
    """What all have sent, on its way."""

    places: npt.NDArray[np.uint8]
    given: npt.NDArray[np.uint8]
    work: Any

    def wait(self) -> list[npt.NDArray[np.uint8]]:
        """The bytes of each, and what fills them up to the length of the longest."""
        with _together():
            self.work.wait()
        return list(self.places)


@contextmanager
def _together() -> Iterator[None]:
    """TrainingError where another process is not there any more."""
    try:
        yield
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise TrainingError(
            f"another process of the training has ended, or cannot be reached ({reason:.120}); torchrun "
            "--max-restarts 3 with --resume auto goes on from the last checkpoint"
        ) from None


@cache
def _group() -> Group:
    return Group()


def find_group() -> Group | None:
    """The processes that torchrun has started with this one; None where it is alone."""
    return _group() if is_distributed() else None


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
