"""What the training of every window model has in common: blocks of text, held-out loss, starting vectors."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from densevec._random import generator
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.corpus.blocks import BlockReader, Position
from densevec.models._vocabulary_task import VocabularyTask
from densevec.objectives.base import Loss
from densevec.training.state import TermSums


class WindowTask(VocabularyTask):
    """A task whose batches are blocks of running text.

    A subclass sets ``network`` and ``optimiser`` and gives ``_block_loss``.

    Parameters
    ----------
    model : the estimator, with window, shrink_windows, sample, batch_size, seed and the rates
    """

    network: torch.nn.Module

    def __init__(
        self, model: Any, vocabulary: Vocabulary, encoded: EncodedCorpus, held_out: EncodedCorpus | None
    ) -> None:
        super().__init__(model, vocabulary)
        self.keep = vocabulary.keep_probability(model.sample)
        self.reader = self._reader(encoded)
        self.held_out = None if held_out is None else self._reader(held_out)
        self.num_tokens = self.reader.num_tokens

    def _reader(self, encoded: EncodedCorpus) -> Any:
        return BlockReader(encoded.ids, encoded.offsets, self.keep, **self._reading())

    def _reading(self) -> dict[str, Any]:
        """How a reader makes blocks."""
        return {
            "block_size": self.model.batch_size,
            "window": self.model.window,
            "shrink": self.model.shrink_windows,
            "seed": self.model.seed,
        }

    def batches(self, epoch: int, start: Position) -> Iterator[Any]:
        return (block for block in self.reader.blocks(epoch, start) if len(block.ids) > 0)

    @abstractmethod
    def _block_loss(self, block: Any, random: np.random.Generator, done: float) -> Loss:
        """Loss of a block; ``random`` for all its draws, ``done`` in [0, 1] for schedules."""

    def loss(self, block: Any, step: int, done: float) -> Loss:
        self.network.train()
        return self._block_loss(block, generator(self.model.seed, "step", step), done)

    def validation_loss(self) -> dict[str, float] | None:
        if self.held_out is None:
            return None
        self.network.eval()
        sums = TermSums()
        with torch.no_grad():
            for step, block in enumerate(self.held_out.blocks(0)):
                if len(block.ids):
                    loss = self._block_loss(block, generator(self.model.seed, "validation", step), 1.0)
                    sums.add({name: float(value) for name, value in loss.terms.items()}, loss.num_tokens)
        terms = sums.means()
        return {"loss": math.fsum(terms.values()), **terms}
