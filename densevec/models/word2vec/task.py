"""Training of skip-gram and CBOW as the trainer sees it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from densevec.corpus.blocks import Block, BlockReader
from densevec.models.tasks.model import Job
from densevec.models.tasks.vocabulary import copy_rows
from densevec.models.tasks.window import WindowTask
from densevec.models.word2vec.kernel import PART_TOKENS, PointKernel
from densevec.models.word2vec.network import PointNetwork
from densevec.models.word2vec.parameters import PointParameters
from densevec.objectives.base import Loss
from densevec.training.device_blocks import DeviceBlockReader, TokenBlock
from densevec.training.optimisers import Optimiser, TableRate
from densevec.vectors import KeyedVectors, SubwordVectors

_BOUND = 1e4  # of a number in a word vector: trained ones stay below 10


class PointTask(WindowTask):
    """Batches, loss and health of one training run.

    Tables learn by plain gradient descent, the gradient of a block summed over its pairs: ``learning_rate`` is what
    a pair moves its rows by, as in word2vec, whatever the size of the block.
    """

    settings: PointParameters
    network: PointNetwork

    def __init__(self, job: Job, network: PointNetwork, start: torch.Generator) -> None:
        super().__init__(job)
        self.network = network.to(self.device)
        if job.is_fused:
            self.engine = self.by_kernel(PointKernel(self.network, job.settings), PART_TOKENS)
        else:
            rates = dict.fromkeys(Optimiser.tables_of(self.network), TableRate(self.learning_rate, None))
            self.engine = self.by_torch(Optimiser(self.network, rates, 0.0))
        if network.word_rows is not None:
            network.draw(start)  # where the engine has the table: it is not copied

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> None:
        rows, theirs = self._known(vectors, words)
        word_rows, given = self.network.word_rows, vectors.vectors[theirs]
        if word_rows is None:
            copy_rows(self.network.input, rows, given)
        elif len(rows):
            word_rows.start_from(self.network.input, rows, torch.tensor(given, device=self.device))

    def go_on_from_ngrams(self, vectors: SubwordVectors, rows: np.ndarray) -> None:
        """Take the rows of n-grams, and the vectors of the words that were known at ``rows`` (V,), −1 for new ones."""
        word_rows, buckets = self.network.word_rows, vectors.subwords.buckets
        assert word_rows is not None  # as there are n-grams
        word_rows.put_buckets(self.network.input, buckets.view(np.float32).reshape(-1, self.settings.dim))
        known = np.flatnonzero(rows >= 0)
        given = torch.tensor(vectors.vectors[rows[known]], device=self.device)
        word_rows.start_from(self.network.input, torch.from_numpy(known).to(self.device), given)

    def block_loss(self, block: Any, random: np.random.Generator, done: float) -> Loss:
        tokens = block if isinstance(block, TokenBlock) else self._on_device(block)
        self._rows = torch.unique(tokens.ids)
        return self.network(tokens, self._draws(random))

    def _reader_class(self) -> Any:
        return BlockReader if self.device.type == "cpu" else partial(DeviceBlockReader, device=self.device)

    def _on_device(self, block: Block) -> TokenBlock:
        ids, left, right = (
            torch.from_numpy(array).to(self.device, non_blocking=True) for array in (block.ids, block.left, block.right)
        )
        return TokenBlock(ids.long(), left, right, block.num_read, block.next)

    def astray(self, everywhere: bool) -> str | None:
        """The word, of the last step or of all, whose vector has run away or is not finite."""
        runaway = self._runaway(self.network.input, _BOUND, everywhere)
        return None if runaway is None else "a number in the vector of {!r} is {:.3g}".format(*runaway)

    def settle(self) -> None:
        """Buckets of n-grams where their numbers say; the tables are what was learned."""
        if self.network.word_rows is not None:
            self.network.word_rows.settle(self.network.input)
