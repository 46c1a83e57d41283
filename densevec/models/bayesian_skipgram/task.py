"""Training of the Bayesian skip-gram as the trainer sees it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import torch

from densevec.corpus.blocks import Block, BlockReader
from densevec.layers.decoders import DensityDecoder
from densevec.layers.support import ComplementarySupport, NoiseSupport, SupportSampler, WholeVocabulary
from densevec.models.bayesian_skipgram.kernel import MEAN_SQUARE, VARIANCE_SQUARE, BayesianSkipGramKernel
from densevec.models.bayesian_skipgram.network import Network, log_frequency, make_batch
from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters
from densevec.models.tasks.growth import RowSquares
from densevec.models.tasks.model import Job
from densevec.models.tasks.vocabulary import copy_rows
from densevec.models.tasks.window import WindowTask
from densevec.objectives import Elbo, ExpectedSoftmax, Jensen, Loss, MaxMargin
from densevec.objectives.window import WindowObjective
from densevec.training.optimisers import Optimiser, TableRate
from densevec.training.schedules import warm_up
from densevec.vectors import DensityVectors, KeyedVectors

_LOG_VARIANCE_BOUND = math.log(1e6)  # either way: beyond it a variance has run away


class BayesianSkipGramTask(WindowTask):
    """Batches, loss and health of one training run."""

    settings: BayesianSkipGramParameters
    network: Network

    def __init__(self, job: Job, start: torch.Generator) -> None:
        super().__init__(job)
        settings = job.settings
        kept_counts = self.vocabulary.counts * self.keep
        self.network = Network(settings, log_frequency(kept_counts), start).to(self.device)
        self.objective = _objective(settings)
        self.support = _support(settings, kept_counts)
        self.kl_weight = warm_up(settings.kl_weight, settings.kl_warm_up)
        if job.is_fused:
            kernel = BayesianSkipGramKernel(self.network, settings, cast(NoiseSupport, self.support), self.kl_weight)
            self.engine = self.by_kernel(kernel, None, settings.batch_size)  # threads take a block at a time
        else:
            self.engine = self.by_torch(Optimiser(self.network, self._rates(), settings.encoder_learning_rate))
        self.squares = RowSquares(self.engine)

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> None:
        rows, theirs = self._known(vectors, words)
        copy_rows(self.network.prior_mean, rows, vectors.vectors[theirs])
        spherical = self.settings.covariance == "spherical"
        if isinstance(vectors, DensityVectors) and vectors.is_spherical == spherical:
            log_variance = np.log(vectors.variances[theirs]).reshape(len(theirs), -1)
            copy_rows(self.network.prior_log_variance, rows, log_variance)

    def _rates(self) -> dict[str, TableRate]:
        settings = self.settings
        mean = TableRate(settings.learning_rate, MEAN_SQUARE)
        gathered = settings.dim // self.network.variance_dim
        log_variance = TableRate(settings.variance_learning_rate, VARIANCE_SQUARE * gathered)
        rates = {"encoder.embedding": mean, "prior_mean": mean, "prior_log_variance": log_variance}
        if settings.likelihood == "affine":
            rates |= {"decoder.weight": mean, "decoder.bias": mean}
        elif not settings.tied:
            rates |= {"decoder.mean": mean, "decoder.log_variance": log_variance}
        return rates

    def block_loss(self, block: Block, random: np.random.Generator, done: float) -> Loss:
        batch = make_batch(block, self.support, random, self.device)
        self._rows = batch.types
        return self.network(batch, self.objective, self.kl_weight(done), self._draws(random))

    def _reader_class(self) -> type[BlockReader]:
        return BlockReader

    def settle(self) -> None:
        """The origin of the space where the text's average word is; Adagrad's sums are kept with the tables."""
        self.network.centre()
        self.squares.settle()

    def astray(self, everywhere: bool) -> str | None:
        """The word, of the last step or of all, whose variance has run away or whose mean is not finite."""
        network = self.network
        tables = {"variance": [network.prior_log_variance], "mean": [network.prior_mean]}
        if isinstance(network.decoder, DensityDecoder):
            tables["variance"].append(network.decoder.log_variance)
            tables["mean"].append(network.decoder.mean)
        for what, pair in tables.items():
            for table in pair:
                bound = _LOG_VARIANCE_BOUND if what == "variance" else torch.finfo(table.weight.dtype).max
                runaway = self._runaway(table, bound, everywhere)
                if runaway is not None:
                    word, value = runaway
                    shown = math.exp(min(value, 700.0)) if what == "variance" else value
                    return f"the {what} of {word!r} is {shown:.3g}"
        return None


def _objective(settings: BayesianSkipGramParameters) -> WindowObjective:
    if settings.objective == "max_margin":
        return MaxMargin(settings.margin)
    if settings.objective == "elbo":
        return Elbo()
    return Jensen() if settings.objective == "jensen" else ExpectedSoftmax()


def _support(settings: BayesianSkipGramParameters, kept_counts: np.ndarray) -> SupportSampler:
    if settings.objective != "elbo":
        return NoiseSupport(kept_counts, settings.ns_exponent, settings.negative)
    if settings.normaliser == "exact":
        return WholeVocabulary(len(kept_counts))
    return ComplementarySupport(len(kept_counts), settings.negative)
