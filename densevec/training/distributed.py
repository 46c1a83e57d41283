"""Several processes, on one machine or many, that train one model: what torchrun has started finds each other here.

Every process has all words, all ids and whole tables.  A step's turns are dealt out to the processes, and after the
step what their tables have learned is brought together, so that all go on from the same ones: the position in the
text, the learning rate and the checkpoint know nothing of how many there are.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._processes import is_distributed
from densevec.errors import ParameterError, TrainingError

_WAIT = timedelta(minutes=30)  # for a process that counts a long text, or writes a checkpoint
_ROWS_AT_ONCE = 2**15
_NUMBERS_AT_ONCE = 2**23


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

    @property
    def rounds(self) -> int:
        """Exchanges in what is one step of a process alone: the more learn at the same time, the shorter they do."""
        return 2 * self.size

    def sum(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The sum of the arrays that all give, the same on each; in place."""
        import torch

        self.bytes_exchanged += values.nbytes
        with _together():
            self._distributed.all_reduce(torch.from_numpy(values))
        return values

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
    """Arrays that several processes change, each its own copy, and bring together after every step.

    The changes of all are added up: as long as a step is short, two shares of it read at the same time teach what they
    would one after the other, and sums of squared gradients are sums.  Only rows that somebody has changed are
    exchanged.  Numbers that count steps become the greatest.

    Parameters
    ----------
    arrays : the state of training by name, (rows, numbers) or (rows,); a copy of each is kept
    averaged : names of those whose changes are averaged: what follows a mean already, as Adam's moments do, would swing
    group : the processes
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]], averaged: Collection[str], group: Group) -> None:
        self._arrays = dict(arrays)
        self._averaged = averaged
        self._group = group
        self._before = {name: array.copy() for name, array in arrays.items()}

    def restart(self) -> None:
        """Take the arrays as they are for what all have in common."""
        for name, array in self._arrays.items():
            self._before[name][...] = array

    def merge(self) -> None:
        """Bring what all have learned together."""
        parts: list[_Part] = []
        for name, array in self._arrays.items():
            if array.dtype.kind != "f":
                for place in range(array.size):
                    array[place] = self._group.most(int(array[place]))
                continue
            divisor = self._group.size if name in self._averaged else 1
            for begin in range(0, len(array), _ROWS_AT_ONCE):
                part = slice(begin, begin + _ROWS_AT_ONCE)
                parts.append(_Part(array[part], self._before[name][part], divisor))
                if sum(each.rows.size for each in parts) > _NUMBERS_AT_ONCE:
                    self._merge(parts)
                    parts = []
        self._merge(parts)

    def _merge(self, parts: Sequence[_Part]) -> None:
        """Two exchanges, however many parts there are: which rows somebody has changed, and their changes."""
        if not parts:
            return
        kind = np.uint8 if self._group.size < 256 else np.int32
        changed = self._group.sum(np.concatenate([part.changed() for part in parts]).astype(kind))
        starts = np.cumsum([0, *(len(part.rows) for part in parts)])
        places = [np.flatnonzero(changed[a:b]) for a, b in pairwise(starts.tolist())]
        changes = [part.rows[at] - part.before[at] for part, at in zip(parts, places, strict=True)]
        total = self._group.sum(np.concatenate([change.ravel() for change in changes]))
        begin = 0
        for part, at, change in zip(parts, places, changes, strict=True):
            summed = total[begin : begin + change.size].reshape(change.shape)
            begin += change.size
            part.before[at] += summed / part.divisor
            part.rows[at] = part.before[at]


class _Part(NamedTuple):
    """Rows as they are and as they were, and what a sum of their changes is divided by."""

    rows: npt.NDArray[Any]
    before: npt.NDArray[Any]
    divisor: int

    def changed(self) -> npt.NDArray[np.bool_]:
        """Which rows differ."""
        differs = np.not_equal(self.rows, self.before)
        result: npt.NDArray[np.bool_] = differs.reshape(len(differs), -1).any(axis=1)
        return result
