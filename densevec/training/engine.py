"""Engines: what turns a batch into a step.  A task has one; which one is chosen when the task is made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from densevec.objectives.base import Loss
from densevec.training.distributed import Group
from densevec.training.schedules import Schedule
from densevec.training.signals import never
from densevec.training.state import Position
from densevec.training.trainer import Batch

if TYPE_CHECKING:
    import torch

    from densevec.training.optimisers import Optimiser

Batches = Callable[[int, Position | None], Iterator[Any]]  # of an epoch, from a position on
BatchLoss = Callable[[Any, int, float], Loss]  # of a batch, by the number of the step and the share of training done


class Carried(Protocol):
    """What stands from one batch to the next, of which each process has its part."""

    def unite(self, group: Group) -> None:
        """Have all parts in every process."""


class Engine(ABC):
    """How steps are computed.

    looks_at_rows : whether after each step a task can look at the rows that the step has changed
    is_hurried : whether somebody waits for training to stop; a step that takes long looks now and then, and ends early
    """

    looks_at_rows: bool
    is_hurried: Callable[[], bool] = staticmethod(never)

    @abstractmethod
    def batches(self, epoch: int, start: Position | None) -> Iterator[Batch]:
        """The batches of an epoch from a position on."""

    @abstractmethod
    def step(self, batch: Any, step: int, done: float) -> Loss:
        """Learn from a batch and return its loss; see ``densevec.training.trainer.Task``."""

    @abstractmethod
    def forget(self) -> None:
        """Drop what an interrupted step has left behind."""

    @abstractmethod
    def unite(self) -> None:
        """Bring what several processes have learned together; all call it after the same step."""

    @abstractmethod
    def part(self) -> None:
        """Go on apart from other processes, once no step will follow: what is changed from now on is this one's own."""

    @abstractmethod
    def finish(self) -> None:
        """Leave the tables as they will be used, after ``part``."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Everything that steps change, by name: arrays, or tensors."""

    @abstractmethod
    def load_state(self, tensors: Mapping[str, Any]) -> None:
        """Put back what ``state`` gave, or arrays of it."""

    @abstractmethod
    def squares(self) -> Mapping[str, Any]:
        """Adagrad's sums of squared gradients by the names of the network's tables, (R, c) for R rows: the engine's own
        memory; none of a table without, and none once ``finish`` is done."""


class TorchEngine(Engine):
    """Automatic differentiation: the loss of a batch, backward, then the optimiser; on any device.

    Parameters
    ----------
    optimiser : of the network
    schedule : factor on its rates
    batches : gives the batches of an epoch
    loss : of a batch; the number of the step seeds its random draws, the share of training done drives its schedules
    group : the processes that have each batch in common, if there are several: each learns from its ``part`` of it, and
        all take the same step, by the sum of their gradients
    carried : what stands from one batch to the next beside the optimiser
    """

    looks_at_rows = True

    def __init__(
        self,
        optimiser: Optimiser,
        schedule: Schedule,
        batches: Batches,
        loss: BatchLoss,
        group: Group | None = None,
        carried: Carried | None = None,
    ) -> None:
        self.optimiser = optimiser
        self._schedule = schedule
        self._batches = batches
        self._loss = loss
        self._group = group
        self._carried = carried

    def batches(self, epoch: int, start: Position | None) -> Iterator[Batch]:
        return self._batches(epoch, start)

    def step(self, batch: Any, step: int, done: float) -> Loss:
        if self._group is None:
            loss = self._loss(batch, step, done)
            loss.total.backward()
        else:
            loss = self._loss_of_all(batch, step, done, self._group)
        self.optimiser.step(self._schedule(done), loss.num_tokens)
        return loss

    def _loss_of_all(self, batch: Any, step: int, done: float, group: Group) -> Loss:
        """The loss of a batch, differentiated, and gradients of all of it; each process looks at its part."""
        from densevec.training.gradients import sum_gradients

        part, is_own = batch.part(group.rank, group.size)
        loss = self._loss(part, step, done)
        if not is_own:  # the same look-ups as those of others, and nothing learned from them
            loss = Loss(0.0 * loss.total, dict.fromkeys(loss.terms, 0.0), 0)
        loss.total.backward()
        return sum_gradients(self.optimiser, loss, group)

    def forget(self) -> None:
        self.optimiser.forget()

    def unite(self) -> None:
        if self._group is not None and self._carried is not None:
            self._carried.unite(self._group)

    def part(self) -> None:
        """Nothing: each process has its own network."""

    def finish(self) -> None:
        """Nothing: the tables are torch's."""

    def state(self) -> dict[str, torch.Tensor]:
        return self.optimiser.state()

    def load_state(self, tensors: Mapping[str, Any]) -> None:
        self.optimiser.load_state(tensors)

    def squares(self) -> Mapping[str, Any]:
        return self.optimiser.squares
