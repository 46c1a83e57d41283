"""Training of skip-gram and CBOW as the trainer sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from densevec._packages import import_torch
from densevec.corpus.blocks import Block, BlockReader
from densevec.formats import Subwords, WordVectors
from densevec.layers.word_pieces import WordPieces
from densevec.models.tasks.model import Job
from densevec.models.tasks.vocabulary import copy_rows, means_of_rows, vector_astray
from densevec.models.tasks.window import WindowTask
from densevec.models.word2vec.kernel import PointKernel
from densevec.models.word2vec.parameters import PointParameters
from densevec.objectives.base import Loss
from densevec.training.kernel import part_tokens
from densevec.training.tables import Weights
from densevec.vectors import KeyedVectors, SubwordVectors

if TYPE_CHECKING:
    import torch

    from densevec.models.word2vec.network import PointNetwork
    from densevec.training.device_blocks import TokenBlock

_INPUT = "input.weight"


class PointTask(WindowTask):
    """Batches, loss and health of one training run.

    Tables learn by plain gradient descent, the gradient of a block summed over its pairs: ``learning_rate`` is what
    a pair moves its rows by, as in word2vec, whatever the size of the block.

    Parameters
    ----------
    start : seed of the numbers that word vectors start from
    make_network : its vectors drawn by a generator, or left to be filled
    pieces : what words are made of, where they are made of several rows
    """

    settings: PointParameters
    astray = vector_astray

    def __init__(
        self,
        job: Job,
        start: int,
        make_network: Callable[[torch.Generator | None], PointNetwork],
        pieces: WordPieces | None,
    ) -> None:
        super().__init__(job)
        self.pieces = pieces
        self._filled_later = partial(make_network, None)
        if job.is_fused:
            threads = job.settings.workers
            if job.group is not None and job.group.shares_memory:
                threads *= -(-job.group.size // job.group.num_machines)
            kept_counts = self.vocabulary.kept_counts(job.settings.sample)
            kernel = PointKernel(job.settings, self.vocabulary.counts, kept_counts, start, pieces, threads)
            self.weights = Weights(kernel.tables, make=None if pieces is None else self._filled_later)
            self.engine = self.by_kernel(kernel, part_tokens(threads))
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
        if self.pieces is not None:
            network.draw(draws)

    def _make_network(self) -> PointNetwork:
        return self._filled_later()

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> int:
        rows, theirs = self._known(vectors, words)
        given = vectors.vectors[theirs]
        copy_rows(self.table(_INPUT) if self.pieces is None else self.means, rows, given)
        return len(rows)

    @property
    def means(self) -> Any:
        """The vectors of words that are made of several rows: ``WordMeans``, or those of a network's table."""
        return means_of_rows(self.pieces, self.table(_INPUT), lambda: (self.network.word_rows, self.network.input))

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

    def settle(self) -> None:
        """Buckets of n-grams where their numbers say; the tables are what was learned."""
        if self.pieces is not None and self.engine.looks_at_rows:  # torch's
            self.network.word_rows.settle(self.network.input)
        elif self.pieces is not None:
            self.pieces.settle(self.table(_INPUT))

    def vectors(self, is_final: bool, described: Mapping[str, Any], folder: Any) -> KeyedVectors:
        """What was learned, with the parameters that describe it: the tables themselves, or copies until ``is_final``.

        Words made of several rows have vectors of their own, and the rows of n-grams beside them.
        """
        words, counts = self.vocabulary.words, self.vocabulary.counts
        if self.pieces is None:
            table: np.ndarray = self.weights[_INPUT]
            return KeyedVectors(words, table if is_final else table.copy(), counts, parameters=described)
        vectors: np.ndarray
        if is_final:
            tables = self.weights.tables
            vectors, buckets = np.split(tables[_INPUT], [len(words)])
            self.means.of_all(vectors)  # in the place of the words' own rows
            # what is asked of the network from now on is of words as they are, as of a file's
            self.weights = Weights({**outputs_of(tables), _INPUT: vectors})
        else:
            vectors, buckets = self.means.of_all(), self.means.ngrams()
        assert self.settings.subwords is not None  # as there are rows
        numbers = np.ascontiguousarray(buckets).reshape(-1).view(np.uint8)
        subwords = Subwords(numbers, self.settings.dim, *self.settings.subwords)
        return SubwordVectors(WordVectors(words, vectors, counts), subwords, described)


def outputs_of(tables: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of the output layer."""
    return {name: table for name, table in tables.items() if name.startswith("output.")}
