"""Several processes, on one machine or many, that train one model: what torchrun has started finds each other here.

Every process has all words, its part of the text and whole tables, which those of one machine have in common.  Each
learns from its part of a step, and what the tables of several machines have learned is brought together step by step:
the position in the text, the learning rate and the checkpoint know nothing of how many there are.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._cy.pages import HAS_PAGES
from densevec._processes import is_distributed
from densevec.errors import ParameterError, TrainingError

_PASSED_BYTES = 2**20  # that are copied at a time; of those that come early gloo keeps some more
_WAIT = timedelta(minutes=30)  # for a process that counts a long text, or writes a checkpoint
_ARRIVAL = timedelta(seconds=5)  # within which what was sent has come to the others, whatever these do


class Group:
    """The processes of a training, or some of them.

    rank, size : number of this one, from 0, and of all
    bytes_exchanged : that this process has given to others of this group
    num_machines : of processes that can have memory in common; what torchrun calls a node.  Where they cannot, each
        process counts as one
    shares_memory, is_leader : whether others are on this one's machine; whether it is the first one there
    leaders : the first processes of all machines, where there are several and this is one of them

    Parameters
    ----------
    members : numbers of some of all processes, all of which make such a group at the same time; None for all
    """

    def __init__(self, members: Sequence[int] | None = None) -> None:
        import torch.distributed

        self._distributed = torch.distributed
        self._store: Any = None
        if not self._distributed.is_initialized():
            # Names of an earlier attempt, whose processes are gone, must not be found.
            store, rank, size = next(self._distributed.rendezvous("env://", timeout=_WAIT))
            attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
            self._store = self._distributed.PrefixStore(f"densevec {attempt}", store)
            self._distributed.init_process_group("gloo", store=self._store, rank=rank, world_size=size, timeout=_WAIT)
            atexit.register(self._leave)
        self._channel = None if members is None else self._distributed.new_group(list(members), timeout=_WAIT)
        self.rank: int = self._distributed.get_rank(self._channel)
        self.size: int = self._distributed.get_world_size(self._channel)
        self.bytes_exchanged = 0
        self._nccl: Any = None  # between GPUs, once there is something to exchange
        self._pieces: dict[str, int] = {}
        self._said = [0.0, 0.0]
        self._heard = [0.0, 0.0]
        self.num_machines, self.shares_memory, self.is_leader = self.size, False, True
        self.leaders: Group | None = self
        self._leader = self.rank

    def _leave(self) -> None:
        """Close what this process exchanges by: an interpreter that ends under busy threads of gloo is aborted.

        Closing may lose what is still on its way, so others that leave too are waited for.
        """
        with suppress(RuntimeError):  # some go on, or the store is gone
            self._store.set(f"left {self.rank}", "")
            self._store.wait([f"left {rank}" for rank in range(self.size)], _ARRIVAL)
        for group in (self, self.leaders):
            if group is not None:
                group._channel = group._nccl = None  # a group that somebody has is not closed
        if self._distributed.is_initialized():
            self._distributed.destroy_process_group()

    def find_machines(self) -> Group:
        """Find out which processes are on one machine, and have memory in common where the system has that."""
        places = self.gather(np.array([float(os.environ.get("GROUP_RANK", self.rank))]))[:, 0].tolist()
        members = [places.index(place) for place in places]  # the first process of each one's machine
        leaders = sorted(set(members))
        if len(leaders) == self.size:
            return self
        self._leader = members[self.rank]
        self.is_leader = self._leader == self.rank
        file = self._find_file()
        cannot = self.most(file < 0)  # and all have opened theirs
        if file >= 0:
            os.close(file)
        if cannot:
            self._leader, self.is_leader = self.rank, True
            return self
        self.num_machines, self.shares_memory, self.leaders = len(leaders), True, None
        if len(leaders) > 1:
            among = Group(leaders)
            self.leaders = among if self.is_leader else None
        return self

    def common_file(self) -> int:
        """A file without a name that the processes of this machine have in common, by its number in this process."""
        file = self._find_file()
        if self.most(file < 0):
            raise TrainingError("processes of one machine must have memory in common, and cannot any more")
        return file

    def _find_file(self) -> int:
        """``common_file``, and -1 where there is none."""
        file = -1
        with suppress(OSError):
            if HAS_PAGES and self.is_leader:
                file = os.memfd_create("densevec")
        maker, number = (int(each) for each in self.gather(np.array([os.getpid(), file], float))[self._leader])
        with suppress(OSError):
            if number >= 0 and not self.is_leader:
                file = os.open(f"/proc/{maker}/fd/{number}", os.O_RDWR)
        return file

    def wait(self) -> None:
        """Wait until all are here."""
        self.gather(np.empty(0))

    def once(self, name: str, work: Callable[[], None]) -> None:
        """Have the first process do a piece of work, whoever else comes with it; those wait until it is done.

        Errors: what the work raises, at the first one; TrainingError at the others, also where it does not come.
        """
        number = self._pieces[name] = self._pieces.get(name, 0) + 1
        key, told = f"{name} {number}", "it was given up"
        if self.rank == 0:
            try:
                work()
                told = ""
            except Exception as error:
                told = str(error)
                raise
            finally:
                if self._store is not None:
                    self._store.set(key, told)
        elif self._store is not None:
            with _together():
                self._store.wait([key], _WAIT)
                told = self._store.get(key).decode()
            if told:
                raise TrainingError(f"{name} was not done by the first process: {told}")

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
            self._distributed.all_reduce(torch.from_numpy(values), group=self._channel)
        return values

    def sum_tensor(self, values: Any) -> Any:
        """``sum`` of tensors, in place: on GPUs by NCCL where each process has one of its own."""
        if values.device.type == "cpu":
            self.bytes_exchanged += values.nbytes
            with _together():
                self._distributed.all_reduce(values, group=self._channel)
            return values
        if self._nccl is None:
            self._nccl = self._open_nccl(values.device)
        if self._nccl is False:
            return values.copy_(self.sum_tensor(values.cpu()))
        self.bytes_exchanged += values.nbytes
        with _together():
            self._distributed.all_reduce(values, group=self._nccl)
        return values

    def _open_nccl(self, device: Any) -> Any:
        """What GPUs exchange by; False where there is no NCCL, or processes of a machine share a GPU."""
        places = self.everyone((os.environ.get("GROUP_RANK", self.rank), str(device)))
        if not self._distributed.is_nccl_available() or len({*places}) < self.size:
            return False
        return self._distributed.new_group(backend="nccl", timeout=_WAIT)

    def gather(self, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """(processes, numbers) what each gives."""
        import torch

        given = np.array([*numbers, *self._said])
        self.bytes_exchanged += given.nbytes
        result = np.empty((self.size, len(given)))
        with _together():
            self._distributed.all_gather(list(torch.from_numpy(result)), torch.from_numpy(given), self._channel)
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
            work = self._distributed.all_gather(
                list(torch.from_numpy(places)), torch.from_numpy(given), self._channel, async_op=True
            )
        return Messages(places, given, work)

    def pass_on(self, rows: npt.NDArray[Any]) -> None:
        """Hand rows to the process before this one, and take in their place those of the one behind it."""
        import torch

        at_once = max(1, _PASSED_BYTES // max(1, rows[:1].nbytes))
        before, behind = (self.rank - 1) % self.size, (self.rank + 1) % self.size
        for begin in range(0, len(rows), at_once):
            part = torch.from_numpy(rows[begin : begin + at_once])
            given = part.clone()
            self.bytes_exchanged += given.nbytes
            with _together():
                sending = self._distributed.isend(given, before, group=self._channel)
                self._distributed.recv(part, behind, group=self._channel)
                if sending is not None:
                    sending.wait()

    def most(self, value: int) -> int:
        """The greatest of the numbers that all give."""
        import torch

        number = torch.tensor(value, dtype=torch.int64)
        with _together():
            self._distributed.all_reduce(number, self._distributed.ReduceOp.MAX, self._channel)
        return int(number)

    def everyone(self, value: Any) -> list[Any]:
        """The objects that all give: few, and small."""
        values: list[Any] = [None] * self.size
        with _together():
            self._distributed.all_gather_object(values, value, self._channel)
        return values

    def agree(self, facts: Mapping[str, Any], advice: str = "") -> None:
        """ParameterError, on all processes, that names what they do not have in common, and ends with ``advice``."""
        everyone = self.everyone(dict(facts))
        for rank, other in enumerate(everyone):
            for name, value in everyone[0].items():
                if other.get(name) != value:
                    raise ParameterError(
                        f"{name} must be the same in all processes of a training, got {value!r:.80} in process 0 and "
                        f"{other.get(name)!r:.80} in process {rank}{advice}"
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
    return Group().find_machines()


def find_group() -> Group | None:
    """The processes that torchrun has started with this one; None where it is alone."""
    return _group() if is_distributed() else None


def do_once(name: str, work: Callable[[], None]) -> None:
    """Do a piece of work that all processes of a training come with: ``Group.once``; at once where one is alone."""
    if is_distributed() and _group.cache_info().currsize:
        _group().once(name, work)
    else:
        work()
