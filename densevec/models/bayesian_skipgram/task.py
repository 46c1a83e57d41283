"""Training of the Bayesian skip-gram as the trainer sees it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

from densevec._packages import import_torch
from densevec.corpus.blocks import Block, BlockReader
from densevec.layers.support import ComplementarySupport, NoiseSupport, SupportSampler, WholeVocabulary
from densevec.models.bayesian_skipgram.kernel import BayesianSkipGramKernel
from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters
from densevec.models.bayesian_skipgram.tables import centre, log_shares
from densevec.models.bayesian_skipgram.unknown import UnknownWords
from densevec.models.tasks.growth import RowSquares
from densevec.models.tasks.model import Job
from densevec.models.tasks.vocabulary import copy_rows
from densevec.models.tasks.window import WindowTask
from densevec.objectives.base import Loss
from densevec.training.kernel import KernelEngine
from densevec.training.schedules import warm_up
from densevec.training.tables import INITIAL_SQUARE, Weights
from densevec.vectors import DensityVectors, KeyedVectors

if TYPE_CHECKING:
    import torch

    from densevec.models.bayesian_skipgram.network import Network
    from densevec.objectives.window import WindowObjective
    from densevec.training.optimisers import TableRate

_LARGEST = float(np.finfo(np.float32).max)
_LOG_VARIANCE_BOUND = math.log(1e6)  # either way: beyond it a variance has run away


class BayesianSkipGramTask(WindowTask):
    """Batches, loss and health of one training run."""

    settings: BayesianSkipGramParameters

    def __init__(self, job: Job, start: int) -> None:
        super().__init__(job)
        settings = job.settings
        self.kept_counts = self.vocabulary.kept_counts(settings.sample)
        self.support = _support(settings, self.kept_counts)
        self.kl_weight = warm_up(settings.kl_weight, settings.kl_warm_up)
        if job.is_fused:
            support = cast(NoiseSupport, self.support)
            kernel = BayesianSkipGramKernel(settings, self.kept_counts, support, self.kl_weight, start)
            self.weights = Weights(kernel.tables)
            self.engine = self.by_kernel(kernel, None, settings.batch_size)  # threads take a block at a time
        else:
            self._train_by_torch(import_torch("a network").Generator().manual_seed(start))
        self.squares = RowSquares(self.engine)
        self.text = job.encoded.ids, job.encoded.offsets
        self.unknown: UnknownWords | None = None  # of words that the text lacks, once training has ended
        self.keeps_origin = False  # where words are held to where they were

    def _train_by_torch(self, draws: torch.Generator) -> None:
        from densevec.training.optimisers import Optimiser

        network = self._make_network(draws).to(self.device)
        self.weights = Weights({}, network)
        self.engine = self.by_torch(Optimiser(network, self._rates(), self.settings.encoder_learning_rate))

    def _make_network(self, draws: torch.Generator | None = None) -> Network:
        return make_network(self.settings, self.kept_counts, draws)

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> int:
        rows, theirs = self._known(vectors, words)
        copy_rows(self.table("prior_mean.weight"), rows, vectors.vectors[theirs])
        spherical = self.settings.covariance == "spherical"
        if isinstance(vectors, DensityVectors) and vectors.is_spherical == spherical:
            log_variance = np.log(vectors.variances[theirs]).reshape(len(theirs), -1)
            copy_rows(self.table("prior_log_variance.weight"), rows, log_variance)
        return len(rows)

    def _rates(self) -> dict[str, TableRate]:
        from densevec.training.optimisers import TableRate

        settings = self.settings
        mean = TableRate(settings.learning_rate, INITIAL_SQUARE)
        gathered = 1 if settings.covariance == "diag" else settings.dim  # the dimensions' gradients in one
        log_variance = TableRate(settings.variance_learning_rate, INITIAL_SQUARE * gathered)
        rates = {"encoder.embedding": mean, "prior_mean": mean, "prior_log_variance": log_variance}
        if settings.likelihood == "affine":
            rates |= {"decoder.weight": mean, "decoder.bias": mean}
        elif not settings.tied:
            rates |= {"decoder.mean": mean, "decoder.log_variance": log_variance}
        return rates

    def block_loss(self, block: Block, random: np.random.Generator, done: float) -> Loss:
        from densevec.models.bayesian_skipgram.network import make_batch

        device = import_torch("a network").device(self.device)
        batch = make_batch(block, self.support, random, device)
        self._rows = batch.types
        loss: Loss = self.network(batch, self.objective, self.kl_weight(done), self._draws(random))
        return loss

    @cached_property
    def objective(self) -> WindowObjective:
        """What training by torch minimises, and is reported of held-out text."""
        return _objective(self.settings)

    def _reader_class(self) -> type[BlockReader]:
        return BlockReader

    def settle(self) -> None:
        """The origin of the space where the text's average word is; Adagrad's sums are kept with the tables."""
        self.squares.settle()
        if self.keeps_origin:
            return
        if isinstance(self.engine, KernelEngine):
            centre(self.weights.tables, np.exp(log_shares(self.kept_counts)), self.settings)
        else:
            self.network.centre()

    def astray(self, everywhere: bool) -> str | None:
        """The word, of the last step or of all, whose variance has run away or whose mean is not finite."""
        has_densities = self.settings.likelihood == "density"  # as the decoder
        sides = ("prior_", "decoder.") if has_densities and not self.settings.tied else ("prior_",)
        bounds = {"log_variance": ("variance", _LOG_VARIANCE_BOUND), "mean": ("mean", _LARGEST)}
        for part, (what, bound) in bounds.items():
            for side in sides:
                runaway = self._runaway(f"{side}{part}.weight", bound, everywhere)
                if runaway is not None:
                    word, value = runaway
                    shown = math.exp(min(value, 700.0)) if what == "variance" else value
                    return f"the {what} of {word!r} is {shown:.3g}"
        return None


def make_network(
    settings: BayesianSkipGramParameters, kept_counts: np.ndarray, draws: torch.Generator | None = None
) -> Network:
    """The network of words with counts (V,) after subsampling: drawn, or to be filled."""
    from densevec.models.bayesian_skipgram.network import Network, log_frequency

    return Network(settings, log_frequency(kept_counts), draws)


def _objective(settings: BayesianSkipGramParameters) -> WindowObjective:
    from densevec.objectives import Elbo, ExpectedSoftmax, Jensen, MaxMargin

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
