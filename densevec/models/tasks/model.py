"""A task that an engine runs: what the trainer asks of it, handed on to its parts."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from densevec._packages import import_torch
from densevec._random import generator
from densevec.objectives.base import Loss
from densevec.training.checkpoint import Learner
from densevec.training.distributed import Group
from densevec.training.engine import Engine
from densevec.training.schedules import linear
from densevec.training.signals import never, until_hurried
from densevec.training.state import Position, TermSums
from densevec.training.trainer import Batch
from densevec.vectors import KeyedVectors


@dataclass(frozen=True)
class Job:
    """What a task is made of.

    settings : the model's parameters as they were when training began; nobody changes them
    device : where the network is, by torch's name for it
    is_fused : whether kernels train it
    vocabulary, encoded, held_out : as the model's kind of text has them; None without held-out text
    group : the processes that train it together, None where there is one
    progress : whether work before the first step shows a bar; None on a terminal only
    """

    settings: Any
    device: str
    is_fused: bool
    vocabulary: Any
    encoded: Any
    held_out: Any = None
    progress: bool | None = False
    group: Group | None = None


class ModelTask(ABC):
    """Training of one model: a network, an engine that learns it, and what else has a state.

    A subclass gives ``engine`` and ``work`` and the four hooks; ``settings.learning_rate`` falls to
    ``settings.min_learning_rate`` on a straight line.
    """

    engine: Engine
    unit: str = "words"
    work: int
    keepers: Sequence[Learner] = ()  # what has a state beside the engine
    contents: Mapping[str, str] = MappingProxyType({})  # digests of what parameters name, where it decides the training

    def __init__(self, job: Job) -> None:
        self.settings = job.settings
        self.device = job.device
        self.group = job.group
        self.learning_rate: float = job.settings.learning_rate
        self.schedule = linear(1.0, job.settings.min_learning_rate / self.learning_rate)

    def _random(self, purpose: str, number: int) -> np.random.Generator:
        """Random draws of a step, other ones in each process: it learns from a part of its own."""
        rank = 0 if self.group is None else self.group.rank
        return generator(self.settings.seed, purpose, number, *([rank] if rank else []))

    @property
    def is_hurried(self) -> Callable[[], bool]:
        """Whether somebody waits for training to stop: work that takes long is given up then, see ``Hurried``."""
        return self.engine.is_hurried

    @is_hurried.setter
    def is_hurried(self, is_hurried: Callable[[], bool]) -> None:
        self.engine.is_hurried = is_hurried

    @abstractmethod
    def validation_loss(self) -> dict[str, float] | None:
        """Mean terms per token on held-out text with "loss" for their sum, or None without such text."""

    @abstractmethod
    def astray(self, everywhere: bool) -> str | None:
        """What has run away in the rows of the last step, or anywhere ("the variance of 'the' is 3e+07"), or None."""

    @abstractmethod
    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> int:
        """Take the starting values of the words that ``vectors`` know from there; how many words these are."""

    @abstractmethod
    def settle(self) -> None:
        """Last touches to the network once no step will follow."""

    def batches(self, epoch: int, start: Position | None) -> Iterator[Batch]:
        return self.engine.batches(epoch, start)

    def step(self, batch: Any, step: int, done: float) -> Loss:
        return self.engine.step(batch, step, done)

    def forget(self) -> None:
        self.engine.forget()

    def unite(self) -> None:
        self.engine.unite()

    def fault(self, everywhere: bool = False) -> str | None:
        """``astray``, where the engine lets one look: losses tell of the rest, and all is looked at once an epoch."""
        return self.astray(everywhere) if everywhere or self.engine.looks_at_rows else None

    def finish(self) -> None:
        """The network as it will be used, once no step will follow."""
        self.engine.part()
        self.settle()
        self.engine.finish()

    def state(self) -> dict[str, Any]:
        tensors = self.engine.state()
        for keeper in self.keepers:
            tensors |= keeper.state()
        return tensors

    def load_state(self, tensors: Mapping[str, Any]) -> None:
        self.engine.load_state(tensors)
        for keeper in self.keepers:
            keeper.load_state(tensors)


def own_parts(batches: Iterable[Any], group: Group | None) -> Iterator[Any]:
    """Of each batch the part of this process, where it has one; without a group whole batches."""
    for batch in batches:
        part, is_own = (batch, True) if group is None else batch.part(group.rank, group.size)
        if is_own:
            yield part


def mean_terms(
    losses: Iterable[Loss], is_hurried: Callable[[], bool] = never, group: Group | None = None
) -> dict[str, float]:
    """Mean of each term a token, over batches, with "loss" for their sum; Hurried soon after there is a hurry.

    Losses are those of networks, worked out without gradients; of a group, those of the part that each process has.
    """
    sums = TermSums()
    with import_torch("a loss on held-out text").no_grad():
        for loss in until_hurried(losses, is_hurried):
            sums.add({name: float(value) for name, value in loss.terms.items()}, loss.num_tokens)
    everyone = [sums] if group is None else group.everyone(sums)
    whole = TermSums()
    for each in everyone:
        whole.add(each.terms, each.num_tokens)
    terms = whole.means()
    return {"loss": math.fsum(terms.values()), **terms}
