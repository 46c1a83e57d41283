"""What the training of every window model has in common: blocks of text, held-out loss, starting vectors."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from densevec._random import generator
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.corpus.blocks import BlockReader, Position
from densevec.errors import ParameterError
from densevec.layers.table import RowTable
from densevec.objectives.base import Loss
from densevec.training.autograd import AutogradTask
from densevec.training.schedules import linear
from densevec.training.state import TermSums
from densevec.vectors import KeyedVectors

_ROWS_AT_ONCE = 2**13


class WindowTask(AutogradTask):
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
        self.model = model
        self.vocabulary = vocabulary
        self.keep = vocabulary.keep_probability(model.sample)
        self.device: torch.device = model._device()
        self.reader = self._reader(encoded)
        self.held_out = None if held_out is None else self._reader(held_out)
        self.num_tokens = self.reader.num_tokens
        self.schedule = linear(1.0, model.min_learning_rate / model.learning_rate)
        self.learning_rate = model.learning_rate
        self._rows = torch.zeros(0, dtype=torch.int64, device=self.device)  # words of the last batch

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

    @abstractmethod
    def fault(self, everywhere: bool = False) -> str | None: ...

    def finish(self) -> None:
        """Nothing, unless a model has last touches to make."""

    def _draws(self, random: np.random.Generator) -> torch.Generator:
        """A generator of torch's on the device of the tables."""
        return torch.Generator(self.device).manual_seed(int(random.integers(2**62)))

    def _known(self, vectors: KeyedVectors, words: Sequence[str]) -> tuple[torch.Tensor, list[int]]:
        """Rows of our tables whose words ``vectors`` know, and their rows there.

        Raises
        ------
        ParameterError : if the dimensions differ
        """
        if vectors.vector_size != self.model.dim:
            raise ParameterError(f"init_from must have dim {self.model.dim}, got vectors of {vectors.vector_size}")
        known = [row for row, word in enumerate(words) if word in vectors]
        theirs = [vectors.get_index(words[row]) for row in known]
        return torch.tensor(known, dtype=torch.int64, device=self.device), theirs

    def _runaway(self, table: RowTable, bound: float, everywhere: bool) -> tuple[str, float] | None:
        """A word, of the last step or of all, whose row has a number beyond ±bound or not finite, and that number."""
        words = None if everywhere else self._rows
        num_rows = len(table.weight) if words is None else len(words)
        for begin in range(0, num_rows, _ROWS_AT_ONCE):
            part = slice(begin, begin + _ROWS_AT_ONCE)
            values = table.weight[part] if words is None else table.weight[words[part]]
            bad = ~(values.abs() <= bound)
            if bool(bad.any()):
                row = int(bad.any(1).nonzero()[0, 0])
                word = self.vocabulary.words[begin + row if words is None else int(words[begin + row])]
                return word, float(values[row][bad[row]][0])
        return None


def copy_rows(table: RowTable, rows: torch.Tensor, values: np.ndarray) -> None:
    """Put ``values`` (R, F) into ``rows`` (R,) of a table."""
    table.weight[rows] = torch.tensor(values, dtype=table.weight.dtype, device=table.weight.device)
