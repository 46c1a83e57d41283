"""Training of GloVe as the trainer sees it: batches are entries of a matrix."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from densevec._random import integer_seed
from densevec.corpus import EncodedCorpus
from densevec.models.cooccurrence import count_neighbours
from densevec.models.glove.entries import Entries, order_seed
from densevec.models.glove.kernel import EntryWork, GloVeKernel
from densevec.models.glove.network import GloVeNetwork
from densevec.models.glove.parameters import GloVeParameters
from densevec.models.tasks.model import Job, mean_terms
from densevec.models.tasks.vocabulary import VocabularyTask, copy_rows
from densevec.objectives.base import Loss
from densevec.training.engine import TorchEngine
from densevec.training.kernel import KernelEngine
from densevec.training.optimisers import Optimiser, TableRate
from densevec.training.state import Position
from densevec.training.tables import Weights
from densevec.vectors import KeyedVectors

_BOUND = 1e4  # of a number in a vector and of a bias: trained ones stay below 20
_LIMIT = 1e15  # of Adagrad's starting root of squares, either way: its square is a float's
_HELD_OUT_AT_ONCE = 2**16


@dataclass(frozen=True)
class EntryBatch:
    """Entries of consecutive turns; ``next`` is the turn after them."""

    entries: Entries
    next: tuple[int]

    @property
    def num_read(self) -> int:
        return len(self.entries.values)


class GloVeTask(VocabularyTask):
    """The entries of the text's matrix, and the network that learns them."""

    settings: GloVeParameters
    unit = "entries"

    def __init__(self, job: Job, start: torch.Generator) -> None:
        super().__init__(job)
        settings = self.settings
        self.entries = self._entries(job, job.encoded)
        self.work = len(self.entries.values)
        totals = self.entries.totals(len(self.vocabulary))
        network = GloVeNetwork(len(self.vocabulary), settings.dim, settings.x_max, settings.alpha, start, totals)
        self.network = network.to(self.device)
        self.weights = Weights({}, self.network)
        self.held_out = None if job.held_out is None else self._entries(job, job.held_out)
        rate = _adagrad(self.learning_rate)
        if job.is_fused:
            work = EntryWork(self.entries, len(self.vocabulary), settings)
            kernel = GloVeKernel(self.network, settings, rate)
            self.engine = KernelEngine(kernel, work, self.schedule, settings.workers)
        else:
            optimiser = Optimiser(self.network, dict.fromkeys(Optimiser.tables_of(self.network), rate), 0.0)
            self.engine = TorchEngine(optimiser, self.schedule, self._batches, self._loss)

    def _entries(self, job: Job, encoded: EncodedCorpus) -> Entries:
        counts = count_neighbours(encoded, job.settings, job.progress)
        return Entries.of(counts, integer_seed(self.settings.seed, "entries"))

    def _batches(self, epoch: int, start: Position | None) -> Iterator[EntryBatch]:
        size, seed = self.settings.batch_size, order_seed(self.settings.seed, epoch)
        for begin in range(0 if start is None else start[0], self.work, size):
            end = min(begin + size, self.work)
            yield EntryBatch(self.entries.at(begin, end, seed), (end,))

    def _loss(self, batch: EntryBatch, step: int, done: float) -> Loss:
        rows, columns, values = self._on_device(batch.entries)
        self._rows = torch.unique(torch.cat((rows, columns)))
        return self.network(rows, columns, values)

    def _on_device(self, entries: Entries) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        rows, columns, values = (torch.from_numpy(array).to(self.device) for array in entries)
        return rows.long(), columns.long(), values

    def validation_loss(self) -> dict[str, float] | None:
        """Of the held-out text's own matrix, the logarithms of whose entries are raised to the text's amount."""
        held_out = self.held_out
        if held_out is None:
            return None
        amounts = [float(np.sum(entries.values, dtype=np.float64)) for entries in (self.entries, held_out)]
        more = math.log(amounts[0] / amounts[1]) if all(amounts) else 0.0

        def losses() -> Iterator[Loss]:
            for begin in range(0, len(held_out.values), _HELD_OUT_AT_ONCE):
                yield self.network(*self._on_device(held_out.between(begin, begin + _HELD_OUT_AT_ONCE)), more)

        return mean_terms(losses(), self.is_hurried)

    def astray(self, everywhere: bool) -> str | None:
        """The word, of the last step or of all, a number of whose vectors or biases has run away."""
        for name in Optimiser.tables_of(self.network):
            runaway = self._runaway(f"{name}.weight", _BOUND, everywhere)
            if runaway is not None:
                return "a number in the {} of {!r} is {:.3g}".format(name.replace("_", " "), *runaway)
        return None

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> int:
        """Known words' vectors; where sums are wanted, half of each to either side."""
        rows, theirs = self._known(vectors, words)
        is_sum = self.settings.combine == "sum"
        given = vectors.vectors[theirs] / (2 if is_sum else 1)
        if is_sum:
            copy_rows(self.network.context.weight, rows, given)
        copy_rows(self.network.word.weight, rows, given)
        return len(rows)

    def settle(self) -> None:
        """Nothing: the tables are what was learned."""


def _adagrad(learning_rate: float) -> TableRate:
    """Steps of g / √(learning_rate⁻² + Σ g²), by numbers that a float holds."""
    held = min(max(learning_rate, 1 / _LIMIT), _LIMIT)
    return TableRate(min(learning_rate / held, 1.0), held**-2)
