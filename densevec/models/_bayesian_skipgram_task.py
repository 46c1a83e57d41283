"""Training of the Bayesian skip-gram as the trainer sees it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch

from densevec._random import integer_seed
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.corpus.blocks import Block
from densevec.layers.decoders import DensityDecoder
from densevec.layers.support import ComplementarySupport, NoiseSupport, SupportSampler, WholeVocabulary
from densevec.models._bayesian_skipgram_network import Network, NetworkSettings, log_frequency, make_batch
from densevec.models._vocabulary_task import copy_rows
from densevec.models._window_task import WindowTask
from densevec.objectives import Elbo, ExpectedSoftmax, Jensen, Loss, MaxMargin
from densevec.objectives.window import WindowObjective
from densevec.training.optimisers import Optimiser, TableRate
from densevec.training.schedules import warm_up
from densevec.vectors import DensityVectors, KeyedVectors

if TYPE_CHECKING:
    from densevec.models.bayesian_skipgram import BayesianSkipGram

_LOG_VARIANCE_BOUND = math.log(1e6)  # either way: beyond it a variance has run away

# Sums of squared gradients that Adagrad starts from: about those of one block, so that rare words start gently.
MEAN_SQUARE = 1.0
VARIANCE_SQUARE = 1.0  # per dimension: a spherical log variance gathers the gradients of all


class BayesianSkipGramTask(WindowTask):
    """Batches, loss and health of one training run."""

    network: Network

    def __init__(
        self,
        model: BayesianSkipGram,
        settings: NetworkSettings,
        vocabulary: Vocabulary,
        encoded: EncodedCorpus,
        held_out: EncodedCorpus | None,
    ) -> None:
        super().__init__(model, vocabulary, encoded, held_out)
        kept_counts = vocabulary.counts * self.keep
        start = torch.Generator().manual_seed(integer_seed(model.seed, "initialisation"))
        self.network = Network(settings, log_frequency(kept_counts), start).to(self.device)
        self.objective = _objective(model)
        self.support = _support(model, kept_counts)
        self.kl_weight = warm_up(model.kl_weight, model.kl_warm_up)

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> None:
        rows, theirs = self._known(vectors, words)
        copy_rows(self.network.prior_mean, rows, vectors.vectors[theirs])
        spherical = self.model.covariance == "spherical"
        if isinstance(vectors, DensityVectors) and vectors.is_spherical == spherical:
            log_variance = np.log(vectors.variances[theirs]).reshape(len(theirs), -1)
            copy_rows(self.network.prior_log_variance, rows, log_variance)

    @cached_property
    def optimiser(self) -> Optimiser:  # type: ignore[override]  # made when needed: the fused engine has its own
        return Optimiser(self.network, self._rates(self.network.settings), self.model.encoder_learning_rate)

    def _rates(self, settings: NetworkSettings) -> dict[str, TableRate]:
        mean = TableRate(self.model.learning_rate, MEAN_SQUARE)
        gathered = settings.dim // settings.variance_dim
        log_variance = TableRate(self.model.variance_learning_rate, VARIANCE_SQUARE * gathered)
        rates = {"encoder.embedding": mean, "prior_mean": mean, "prior_log_variance": log_variance}
        if settings.affine:
            rates |= {"decoder.weight": mean, "decoder.bias": mean}
        elif not settings.tied:
            rates |= {"decoder.mean": mean, "decoder.log_variance": log_variance}
        return rates

    def _block_loss(self, block: Block, random: np.random.Generator, done: float) -> Loss:
        batch = make_batch(block, self.support, random, self.device)
        self._rows = batch.types
        return self.network(batch, self.objective, self.kl_weight(done), self._draws(random))

    def finish(self) -> None:
        self.network.centre()

    def fault(self, everywhere: bool = False) -> str | None:
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


def _objective(model: BayesianSkipGram) -> WindowObjective:
    if model.objective == "max_margin":
        return MaxMargin(model.margin)
    if model.objective == "elbo":
        return Elbo()
    return Jensen() if model.objective == "jensen" else ExpectedSoftmax()


def _support(model: BayesianSkipGram, kept_counts: np.ndarray) -> SupportSampler:
    if model.objective != "elbo":
        return NoiseSupport(kept_counts, model.ns_exponent, model.negative)
    if model.normaliser == "exact":
        return WholeVocabulary(len(kept_counts))
    return ComplementarySupport(len(kept_counts), model.negative)
