"""Training of skip-gram and CBOW as the trainer sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from densevec._packages import import_torch
from densevec.corpus.blocks import Block, BlockReader
from densevec.models.tasks.model import Job
from densevec.models.tasks.vocabulary import copy_rows
from densevec.models.tasks.window import WindowTask
from densevec.models.word2vec.kernel import PART_TOKENS, PointKernel
from densevec.models.word2vec.parameters import PointParameters
from densevec.objectives.base import Loss
from densevec.training.tables import Weights
from densevec.vectors import KeyedVectors, SubwordVectors

if TYPE_CHECKING:
    import torch

    from densevec.layers.word_rows import WordRows
    from densevec.models.word2vec.network import PointNetwork
    from densevec.training.device_blocks import TokenBlock

_BOUND = 1e4  # of a number in a word vector: trained ones stay below 10


class PointTask(WindowTask):
    """Batches, loss and health of one training run.

    Tables learn by plain gradient descent, the gradient of a block summed over its pairs: ``learning_rate`` is what
    a pair moves its rows by, as in word2vec, whatever the size of the block.

    Parameters
    ----------
    start : seed of the numbers that word vectors start from
    make_network : its vectors drawn by a generator, or left to be filled
    word_rows : the rows that words are made of, where they are made of several
    """

    settings: PointParameters

    def __init__(
        self,
        job: Job,
        start: int,
        make_network: Callable[[torch.Generator | None], PointNetwork],
        word_rows: WordRows | None,
    ) -> None:
        super().__init__(job)
        self.word_rows = word_rows
        self._filled_later = partial(make_network, None)
        if job.is_fused:
            counts = self.vocabulary.counts
            is_shared = job.group is not None and job.group.shares_memory
            kernel = PointKernel(job.settings, counts, counts * self.keep, start, word_rows, is_shared)
            self.weights = Weights(kernel.tables)
            self.engine = self.by_kernel(kernel, PART_TOKENS)
        else:
            self._train_by_torch(make_network, import_torch("a network").Generator().manual_seed(start))

    def _train_by_torch(
        self, make_network: Callable[[torch.Generator | None], PointNetwork], draws: torch.Generator
    ) -> None:
        from densevec.training.optimisers import Optimiser, TableRate

        network = make_network(draws).to(self.device)
        self.weights = Weights({}, network)
        rates = dict.fromkeys(Optimiser.tables_of(network), TableRate(self.learning_rate, None))
        self.engine = self.by_torch(Optimiser(network, rates, 0.0))
        if self.word_rows is not None:
            network.draw(draws)

    def _make_network(self) -> PointNetwork:
        return self._filled_later()

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> None:
        rows, theirs = self._known(vectors, words)
        given = vectors.vectors[theirs]
        if self.word_rows is None:
            copy_rows(self.table("input.weight"), rows, given)
        elif len(rows):
            torch, network = import_torch("a network"), self.network
            rows_there = torch.from_numpy(rows).to(self.device)
            self.word_rows.start_from(network.input, rows_there, torch.tensor(given, device=self.device))

    def go_on_from_ngrams(self, vectors: SubwordVectors, rows: np.ndarray) -> None:
        """Take the rows of n-grams, and the vectors of the words that were known at ``rows`` (V,), −1 for new ones."""
        word_rows, buckets, table = self.word_rows, vectors.subwords.buckets, self.network.input
        assert word_rows is not None  # as there are n-grams
        word_rows.put_buckets(table, buckets.view(np.float32).reshape(-1, self.settings.dim))
        torch, known = import_torch("training with subwords"), np.flatnonzero(rows >= 0)
        given = torch.tensor(vectors.vectors[rows[known]], device=self.device)
        word_rows.start_from(table, torch.from_numpy(known).to(self.device), given)

    def block_loss(self, block: Any, random: np.random.Generator, done: float) -> Loss:
        tokens = self._on_device(block)
        self._rows = tokens.ids.unique()
        loss: Loss = self.network(tokens, self._draws(random))
        return loss

    def _reader_class(self) -> Any:
        if self.device == "cpu":
            return BlockReader
        from densevec.training.device_blocks import DeviceBlockReader

        return partial(DeviceBlockReader, device=import_torch("a GPU").device(self.device))

    def _on_device(self, block: Any) -> TokenBlock:
        from densevec.training.device_blocks import TokenBlock

        if not isinstance(block, Block):
            there: TokenBlock = block
            return there
        from_numpy = import_torch("a network").from_numpy
        arrays = (block.ids, block.left, block.right)
        ids, left, right = (from_numpy(array).to(self.device, non_blocking=True) for array in arrays)
        return TokenBlock(ids.long(), left, right, block.num_read, block.next)

    def astray(self, everywhere: bool) -> str | None:
        """The word, of the last step or of all, whose vector has run away or is not finite."""
        runaway = self._runaway("input.weight", _BOUND, everywhere)
        return None if runaway is None else "a number in the vector of {!r} is {:.3g}".format(*runaway)

    def settle(self) -> None:
        """Buckets of n-grams where their numbers say; the tables are what was learned."""
        if self.word_rows is not None:
            self.word_rows.settle(self.network.input)
