"""A task whose loss torch differentiates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch

from densevec.objectives.base import Loss
from densevec.training.optimisers import Optimiser
from densevec.training.schedules import Schedule


class AutogradTask(ABC):
    """Turns ``loss`` into a step: backward, then the optimiser.

    A subclass sets ``optimiser`` and ``schedule`` (see ``densevec.training.trainer.Task``) and gives ``loss``.
    """

    optimiser: Optimiser
    schedule: Schedule

    @abstractmethod
    def loss(self, batch: Any, step: int, done: float) -> Loss:
        """Loss of a batch; ``step`` seeds its random draws, ``done`` in [0, 1] drives its schedules."""

    def step(self, batch: Any, step: int, done: float) -> Loss:
        loss = self.loss(batch, step, done)
        loss.total.backward()
        self.optimiser.step(self.schedule(done), loss.num_tokens)
        return loss

    def forget(self) -> None:
        self.optimiser.forget()

    def state(self) -> dict[str, torch.Tensor]:
        return self.optimiser.state()

    def load_state(self, tensors: Mapping[str, torch.Tensor]) -> None:
        self.optimiser.load_state(tensors)
