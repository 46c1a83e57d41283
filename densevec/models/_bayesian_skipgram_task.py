"""Training of the Bayesian skip-gram as the trainer sees it: what both engines share, and the torch engine."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from densevec._random import generator, integer_seed
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.corpus.blocks import Block, BlockReader, Position
from densevec.errors import ParameterError
from densevec.layers.decoders import DensityDecoder
from densevec.layers.support import ComplementarySupport, NoiseSupport, SupportSampler, WholeVocabulary
from densevec.layers.table import RowTable
from densevec.models._bayesian_skipgram_network import Network, NetworkSettings, log_frequency, make_batch
from densevec.objectives import Elbo, ExpectedSoftmax, Jensen, Loss, MaxMargin
from densevec.objectives.window import WindowObjective
from densevec.training.autograd import AutogradTask
from densevec.training.optimisers import Optimiser, TableRate
from densevec.training.schedules import linear, warm_up
from densevec.training.state import TermSums
from densevec.vectors import DensityVectors, KeyedVectors

if TYPE_CHECKING:
    from densevec.models.bayesian_skipgram import BayesianSkipGram

_LOG_VARIANCE_BOUND = math.log(1e6)  # either way: beyond it a variance has run away

# Sums of squared gradients that Adagrad starts from: about those of one block, so that rare words start gently.
MEAN_SQUARE = 1.0
VARIANCE_SQUARE = 1.0  # per dimension: a spherical log variance gathers the gradients of all


class BayesianSkipGramParts:
    """Network, validation and health of one training run, whatever trains it."""

    def __init__(
        self,
        model: BayesianSkipGram,
        settings: NetworkSettings,
        vocabulary: Vocabulary,
        encoded: EncodedCorpus,
        held_out: EncodedCorpus | None,
    ) -> None:
        self.model = model
        self.vocabulary = vocabulary
        self.keep = vocabulary.keep_probability(model.sample)
        kept_counts = vocabulary.counts * self.keep
        self.device = model._device()
        start = torch.Generator().manual_seed(integer_seed(model.seed, "initialisation"))
        self.network = Network(settings, log_frequency(kept_counts), start).to(self.device)
        self.objective = _objective(model)
        self.support = _support(model, kept_counts)
        self.held_out_reader = None if held_out is None else self._reader(held_out)
        self._rows = torch.zeros(0, dtype=torch.int64, device=self.device)  # words of the last batch
        self.kl_weight = warm_up(model.kl_weight, model.kl_warm_up)

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> None:
        if vectors.vector_size != self.model.dim:
            raise ParameterError(f"init_from must have dim {self.model.dim}, got vectors of {vectors.vector_size}")
        known = [row for row, word in enumerate(words) if word in vectors]
        theirs = [vectors.get_index(words[row]) for row in known]
        rows = torch.tensor(known, dtype=torch.int64, device=self.device)

        def copy(table: RowTable, values: np.ndarray) -> None:
            table.weight[rows] = torch.tensor(values[theirs], dtype=torch.float32, device=self.device)

        copy(self.network.prior_mean, vectors.vectors)
        spherical = self.model.covariance == "spherical"
        if isinstance(vectors, DensityVectors) and vectors.is_spherical == spherical:
            copy(self.network.prior_log_variance, np.log(vectors.variances).reshape(len(vectors), -1))

    def _reader(self, encoded: EncodedCorpus) -> BlockReader:
        return BlockReader(
            encoded.ids,
            encoded.offsets,
            self.keep,
            block_size=self.model.batch_size,
            window=self.model.window,
            shrink=self.model.shrink_windows,
            seed=self.model.seed,
        )

    def _loss(self, block: Block, purpose: str, step: int, kl_weight: float) -> Loss:
        random = generator(self.model.seed, purpose, step)
        batch = make_batch(block, self.support, random, self.device)
        self._rows = batch.types
        draws = torch.Generator(self.device).manual_seed(int(random.integers(2**62)))
        return self.network(batch, self.objective, kl_weight, draws)

    def validation_loss(self) -> dict[str, float] | None:
        if self.held_out_reader is None:
            return None
        self.network.eval()
        sums = TermSums()
        with torch.no_grad():
            for step, block in enumerate(self.held_out_reader.blocks(0)):
                if len(block.ids):
                    loss = self._loss(block, "validation", step, self.model.kl_weight)
                    sums.add({name: float(value) for name, value in loss.terms.items()}, loss.num_tokens)
        terms = sums.means()
        return {"loss": math.fsum(terms.values()), **terms}

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
                values = table.weight if everywhere else table.weight[self._rows]
                bad = ~(values.abs() <= _LOG_VARIANCE_BOUND) if what == "variance" else ~values.isfinite()
                if bool(bad.any()):
                    row = int(bad.any(1).nonzero()[0, 0])
                    word = self.vocabulary.words[row if everywhere else int(self._rows[row])]
                    value = float(values[row][bad[row]][0])
                    shown = math.exp(min(value, 700.0)) if what == "variance" else value
                    return f"the {what} of {word!r} is {shown:.3g}"
        return None


class BayesianSkipGramTask(BayesianSkipGramParts, AutogradTask):
    """The torch engine: any objective, on any device."""

    def __init__(
        self,
        model: BayesianSkipGram,
        settings: NetworkSettings,
        vocabulary: Vocabulary,
        encoded: EncodedCorpus,
        held_out: EncodedCorpus | None,
    ) -> None:
        super().__init__(model, settings, vocabulary, encoded, held_out)
        self.reader = self._reader(encoded)
        self.num_tokens = self.reader.num_tokens
        self.schedule = linear(1.0, model.min_learning_rate / model.learning_rate)
        self.learning_rate = model.learning_rate
        self.optimiser = Optimiser(self.network, self._rates(settings), model.encoder_learning_rate)

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

    def batches(self, epoch: int, start: Position) -> Iterator[Block]:
        return (block for block in self.reader.blocks(epoch, start) if len(block.ids) > 0)

    def loss(self, block: Block, step: int, done: float) -> Loss:
        self.network.train()
        return self._loss(block, "step", step, self.kl_weight(done))


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
