"""Training of DensityWord2Vec as the trainer sees it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from densevec.corpus.blocks import Block, BlockReader
from densevec.errors import ParameterError
from densevec.layers.window import window_mask, window_words
from densevec.models.density_word2vec.kernel import INITIAL_SQUARE, PART_TOKENS, DensityKernel
from densevec.models.density_word2vec.network import Batch, FloatTable, Network, log_bounds
from densevec.models.density_word2vec.parameters import DensityParameters
from densevec.models.tasks.growth import RowSquares
from densevec.models.tasks.model import Job
from densevec.models.tasks.vocabulary import copy_rows
from densevec.models.tasks.window import WindowTask
from densevec.objectives.base import Loss
from densevec.training.optimisers import Optimiser, TableRate
from densevec.vectors import DensityVectors, KeyedVectors

_LARGEST = float(np.finfo(np.float32).max)
_DENSE_RATE = 1e-3  # of parameters that are not there: all are rows of tables


class DensityTask(WindowTask):
    """Batches, loss and health of one training run."""

    settings: DensityParameters
    network: Network

    def __init__(self, job: Job, network: Network) -> None:
        super().__init__(job)
        self.network = network.to(self.device)
        self.noise = np.cumsum(self.vocabulary.counts.astype(np.float64) ** job.settings.ns_exponent)
        if job.is_fused:
            kernel = DensityKernel(self.network, job.settings, self.vocabulary.counts)
            self.engine = self.by_kernel(kernel, PART_TOKENS)
        else:
            mean = TableRate(job.settings.learning_rate, INITIAL_SQUARE, row_wise=True)
            other = TableRate(job.settings.variance_learning_rate, INITIAL_SQUARE, row_wise=True)
            tables = Optimiser.tables_of(self.network)
            rates = {name: mean if name.endswith(".mean") else other for name in tables}
            self.engine = self.by_torch(Optimiser(self.network, rates, _DENSE_RATE))
        self.squares = RowSquares(self.engine)

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> None:
        if self.settings.components > 1:
            raise ParameterError("init_from must be None for components above 1: mixtures start from random numbers")
        rows, theirs = self._known(vectors, words)
        copy_rows(self.network.word.mean, rows, vectors.vectors[theirs])
        self.network.word.mean.constrain(rows)
        log_variance = starting_log_variances(vectors, theirs, self.settings)
        if log_variance is not None:
            copy_rows(self.network.word.log_variance, rows, log_variance)

    def block_loss(self, block: Block, random: np.random.Generator, done: float) -> Loss:
        return self.network(self._batch(block, random))

    def _batch(self, block: Block, random: np.random.Generator) -> Batch:
        """Noise words are drawn once for ``noise_tokens`` tokens in a row, of which each sees ``noise_words``."""
        pool, share, window = self.settings.noise_words, self.settings.noise_tokens, self.settings.window
        first = np.arange(len(block.ids)) * pool // share
        drawn = random.random(int(first[-1]) + pool) * self.noise[-1]
        noise = np.searchsorted(self.noise, drawn, side="right")[first[:, None] + np.arange(pool)]
        ids, left, right = (torch.from_numpy(part).to(self.device) for part in (block.ids, block.left, block.right))
        ids = self._rows = ids.long()
        return Batch(
            words=ids,
            context=window_words(ids, window),
            mask=window_mask(left, right, window),
            noise=torch.from_numpy(noise).to(self.device),
        )

    def _reader_class(self) -> type[BlockReader]:
        return BlockReader

    def settle(self) -> None:
        """The tables are what was learned; their sums are kept with them."""
        self.squares.settle()

    def astray(self, everywhere: bool) -> str | None:
        """Bounds keep values from running away; a value that is not finite keeps none."""
        for table in (self.network.word.mean, self.network.word.log_variance):
            runaway = self._runaway(table, _LARGEST, everywhere)
            if runaway is not None:
                word, value = runaway
                return f"a value of {word!r} is {value:.3g}"
        return None

    def learned(self) -> tuple[FloatTable, FloatTable, FloatTable | None]:
        """Of the word densities: means (V·K, d), log variances (V·K, 1 or d), log weights (V, K) or None; copies."""
        word = self.network.word
        weight = None if word.log_weight is None else word.log_weight.weight.log_softmax(1).cpu().numpy()
        return word.mean.weight.cpu().numpy().copy(), word.log_variance.weight.cpu().numpy().copy(), weight


def starting_log_variances(
    vectors: KeyedVectors, rows: Sequence[int], settings: DensityParameters
) -> FloatTable | None:
    """Log variances (R, 1 or d) of some rows of ``vectors``, within the bounds; None if they have none of our kind."""
    if not isinstance(vectors, DensityVectors) or vectors.is_spherical != (settings.covariance == "spherical"):
        return None
    log_variance: FloatTable = np.log(vectors.variances[rows]).reshape(len(rows), -1).clip(*log_bounds(settings))
    return log_variance
