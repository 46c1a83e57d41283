"""What the training of every window model has in common: blocks of text, held-out loss."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from densevec.corpus import EncodedCorpus
from densevec.corpus.blocks import TextPosition
from densevec.models.tasks.model import Job, mean_terms, own_parts
from densevec.models.tasks.vocabulary import VocabularyTask
from densevec.objectives.base import Loss
from densevec.training.engine import TorchEngine
from densevec.training.kernel import KernelEngine, TrainingKernel
from densevec.training.state import Position
from densevec.training.work import Part, TextWork

if TYPE_CHECKING:
    import torch

    from densevec.training.optimisers import Optimiser


class WindowTask(VocabularyTask):
    """A task that reads blocks of running text.

    A subclass makes ``weights`` and ``engine`` and gives ``block_loss``; ``settings`` have window, shrink_windows,
    sample, batch_size, seed and the rates.
    """

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.keep = self.vocabulary.keep_probability(job.settings.sample)
        self.reader = self._read(job.encoded)
        self.held_out = None if job.held_out is None else self._read(job.held_out)
        self.work = job.encoded.num_ids
        self._part = None
        if self.group is not None and job.encoded.whole is not None:
            self._part = Part(self.group.rank, job.encoded.num_sentences, job.encoded.num_ids)

    @property
    def network(self) -> Any:
        """The network of the weights, as they are at the moment; torch is imported for it."""
        return self.weights.network(self._make_network, type(self).__name__.removesuffix("Task"))

    @abstractmethod
    def _make_network(self) -> torch.nn.Module:
        """A network to be filled with the weights."""

    @abstractmethod
    def block_loss(self, block: Any, random: np.random.Generator, done: float) -> Loss:
        """Loss of a block; ``random`` for all its draws, ``done`` in [0, 1] for schedules."""

    @abstractmethod
    def _reader_class(self) -> Any:
        """What reads blocks."""

    def validation_loss(self) -> dict[str, float] | None:
        if self.held_out is None:
            return None
        self.network.eval()
        return mean_terms(self._held_out_losses(self.held_out), self.is_hurried, self.group)

    def _held_out_losses(self, reader: Any) -> Iterator[Loss]:
        blocks = (block for block in reader.blocks(0) if len(block.ids))
        for step, block in enumerate(own_parts(blocks, self.group)):
            yield self.block_loss(block, self._random("validation", step), 1.0)

    def _read(self, encoded: EncodedCorpus) -> Any:
        settings = self.settings
        return self._reader_class()(
            encoded.ids,
            encoded.offsets,
            self.keep,
            block_size=settings.batch_size,
            window=settings.window,
            shrink=settings.shrink_windows,
            seed=settings.seed,
        )

    def by_torch(self, optimiser: Optimiser) -> TorchEngine:
        """An engine that differentiates the loss of one block after the other."""
        return TorchEngine(optimiser, self.schedule, self._blocks, self._step_loss, self.group)

    def by_kernel(self, kernel: TrainingKernel, part_tokens: int | None, capacity: int | None = None) -> KernelEngine:
        """An engine that runs a kernel over the text."""
        settings = self.settings
        processes, machines = (1, 1) if self.group is None else (self.group.size, self.group.num_machines)
        work = TextWork(
            self.reader.text,
            self.reader.offsets,
            part=self._part,
            epochs=settings.epochs,
            workers=settings.workers * processes,
            seed=settings.seed,
            part_tokens=part_tokens,
            capacity=capacity,
            processes=processes,
            machines=machines,
        )
        return KernelEngine(kernel, work, self.schedule, settings.workers, self.group)

    def _blocks(self, epoch: int, start: Position | None) -> Iterator[Any]:
        return (block for block in self.reader.blocks(epoch, TextPosition(*start or ())) if len(block.ids) > 0)

    def _step_loss(self, block: Any, step: int, done: float) -> Loss:
        self.network.train()
        return self.block_loss(block, self._random("step", step), done)
