"""Training of DensityWord2Vec as the trainer sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from densevec._packages import import_torch
from densevec.corpus.blocks import Block, BlockReader
from densevec.errors import ParameterError
from densevec.layers.word_pieces import WordPieces
from densevec.models.density_word2vec.kernel import PART_TOKENS, DensityKernel, bound_norms
from densevec.models.density_word2vec.parameters import DensityParameters
from densevec.models.density_word2vec.start import log_bounds
from densevec.models.tasks.growth import RowSquares, go_on_from_ngrams, ngrams_of
from densevec.models.tasks.model import Job
from densevec.models.tasks.vocabulary import copy_rows, means_of_rows
from densevec.models.tasks.window import WindowTask
from densevec.objectives.base import Loss
from densevec.training.tables import INITIAL_SQUARE, Floats, Weights
from densevec.vectors import DensityVectors, KeyedVectors

if TYPE_CHECKING:
    import torch

    from densevec.models.density_word2vec.network import Batch, Network

_LARGEST = float(np.finfo(np.float32).max)
_MEAN = "word.mean.weight"
_DENSE_RATE = 1e-3  # of parameters that are not there: all are rows of tables


class DensityTask(WindowTask):
    """Batches, loss and health of one training run."""

    settings: DensityParameters

    def __init__(self, job: Job, start: int, pieces: WordPieces | None = None) -> None:
        super().__init__(job)
        self.pieces = pieces
        self.noise = np.cumsum(self.vocabulary.counts.astype(np.float64) ** job.settings.ns_exponent)
        if job.is_fused:
            kernel = DensityKernel(job.settings, self.vocabulary.counts, start, pieces)
            self.weights = Weights(kernel.tables)
            self.engine = self.by_kernel(kernel, PART_TOKENS)
        else:
            self._train_by_torch(import_torch("a network").Generator().manual_seed(start))
        self.squares = RowSquares(self.engine, {} if pieces is None else {"word.mean": pieces})

    def _train_by_torch(self, draws: torch.Generator) -> None:
        from densevec.training.optimisers import Optimiser, TableRate

        network = self._make_network(draws).to(self.device)
        self.weights = Weights({}, network)
        mean = TableRate(self.settings.learning_rate, INITIAL_SQUARE, row_wise=True)
        other = TableRate(self.settings.variance_learning_rate, INITIAL_SQUARE, row_wise=True)
        rates = {name: mean if name.endswith(".mean") else other for name in Optimiser.tables_of(network)}
        self.engine = self.by_torch(Optimiser(network, rates, _DENSE_RATE))
        if self.pieces is not None:
            network.word.draw(draws)

    def _make_network(self, draws: torch.Generator | None = None) -> Network:
        from densevec.models.density_word2vec.network import Network

        return Network(self.settings, len(self.vocabulary), draws, self.pieces)

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> int:
        if self.settings.components > 1:
            raise ParameterError("init_from must be None for components above 1: mixtures start from random numbers")
        rows, theirs = self._known(vectors, words)
        given = np.array(vectors.vectors[theirs], np.float32)
        bound_norms(given, self.settings.norm_bound)
        copy_rows(self.table(_MEAN) if self.pieces is None else self.means, rows, given)
        log_variance = starting_log_variances(vectors, theirs, self.settings)
        if log_variance is not None:
            copy_rows(self.table("word.log_variance.weight"), rows, log_variance)
        return len(rows)

    @property
    def means(self) -> Any:
        """The means of words that are composed of rows: ``WordMeans``, or those of a network's table."""
        return means_of_rows(
            self.pieces, self.table(_MEAN), lambda: (self.network.word.word_rows, self.network.word.mean)
        )

    def go_on_from_ngrams(self, buckets: Floats, sums: Floats | None) -> None:
        """Take the rows of n-grams, (B, d), and their sums of squares, (B,), where they are known; what words were
        goes on from there."""
        self.composed = {_MEAN: self.means}
        go_on_from_ngrams(self.means, buckets, self.squares.views()[ngrams_of(_MEAN.removesuffix(".weight"))], sums)

    def block_loss(self, block: Block, random: np.random.Generator, done: float) -> Loss:
        loss: Loss = self.network(self._batch(block, random))
        return loss

    def _batch(self, block: Block, random: np.random.Generator) -> Batch:
        """Noise words are drawn once for ``noise_tokens`` tokens in a row, of which each sees ``noise_words``."""
        from densevec.layers.window import window_mask, window_words
        from densevec.models.density_word2vec.network import Batch

        from_numpy = import_torch("a network").from_numpy
        pool, share, window = self.settings.noise_words, self.settings.noise_tokens, self.settings.window
        first = np.arange(len(block.ids)) * pool // share
        drawn = random.random(int(first[-1]) + pool) * self.noise[-1]
        noise = np.searchsorted(self.noise, drawn, side="right")[first[:, None] + np.arange(pool)]
        ids, left, right = (from_numpy(part).to(self.device) for part in (block.ids, block.left, block.right))
        ids = self._rows = ids.long()
        return Batch(
            words=ids,
            context=window_words(ids, window),
            mask=window_mask(left, right, window),
            noise=from_numpy(noise).to(self.device),
        )

    def _reader_class(self) -> type[BlockReader]:
        return BlockReader

    def settle(self) -> None:
        """Buckets of n-grams where their numbers say; the tables are what was learned, their sums kept with them."""
        self.squares.settle()
        if self.pieces is not None and self.engine.looks_at_rows:  # torch's
            self.network.word.word_rows.settle(self.network.word.mean)
        elif self.pieces is not None:
            self.pieces.settle(self.table(_MEAN))

    def astray(self, everywhere: bool) -> str | None:
        """Bounds keep values from running away; a value that is not finite keeps none."""
        for part in ("mean", "log_variance"):
            runaway = self._runaway(f"word.{part}.weight", _LARGEST, everywhere)
            if runaway is not None:
                word, value = runaway
                return f"a value of {word!r} is {value:.3g}"
        return None

    def learned(self) -> tuple[Floats, Floats, Floats | None]:
        """Of the word densities: means (V·K, d), log variances (V·K, 1 or d), log weights (V, K) or None; copies."""
        log_variance = self.weights["word.log_variance.weight"].copy()
        mean = self.weights[_MEAN].copy() if self.pieces is None else self._composed()
        if self.settings.components == 1:
            return mean, log_variance, None
        return mean, log_variance, self.table("word.log_weight.weight").log_softmax(1).cpu().numpy()

    def _composed(self) -> Floats:
        """The means of all words that are composed of rows, none longer than the bound."""
        means: Floats = self.means.of_all()
        bound = np.float32(self.settings.norm_bound)
        means *= bound / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), bound)
        return means


def starting_log_variances(vectors: KeyedVectors, rows: Sequence[int], settings: DensityParameters) -> Floats | None:
    """Log variances (R, 1 or d) of some rows of ``vectors``, within the bounds; None if they have none of our kind."""
    if not isinstance(vectors, DensityVectors) or vectors.is_spherical != (settings.covariance == "spherical"):
        return None
    log_variance: Floats = np.log(vectors.variances[rows]).reshape(len(rows), -1).clip(*log_bounds(settings))
    return log_variance
