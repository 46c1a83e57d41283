"""Training of DensityWord2Vec by autograd, as the trainer sees it."""

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
from densevec.layers.window import window_mask
from densevec.models._density_network import Batch, FloatTable, Network, NetworkSettings, log_bounds
from densevec.objectives.base import Loss
from densevec.training.autograd import AutogradTask
from densevec.training.optimisers import Optimiser, TableRate
from densevec.training.schedules import linear
from densevec.training.state import TermSums
from densevec.vectors import DensityVectors, KeyedVectors

if TYPE_CHECKING:
    from densevec.models.density_word2vec import DensityWord2Vec

INITIAL_SQUARE = 1.0  # that Adagrad's sums start from
_DENSE_RATE = 1e-3  # of parameters that are not there: all are rows of tables


class DensityTask(AutogradTask):
    """Batches, loss and health of one training run."""

    def __init__(
        self,
        model: DensityWord2Vec,
        settings: NetworkSettings,
        vocabulary: Vocabulary,
        encoded: EncodedCorpus,
        held_out: EncodedCorpus | None,
    ) -> None:
        self.model = model
        self.settings = settings
        self.vocabulary = vocabulary
        self.device = model._device()
        start = torch.Generator().manual_seed(integer_seed(model.seed, "initialisation"))
        self.network = Network(settings, len(vocabulary), start).to(self.device)
        keep = vocabulary.keep_probability(model.sample)
        self.reader = self._reader(encoded, keep)
        self.held_out = None if held_out is None else self._reader(held_out, keep)
        self.num_tokens = self.reader.num_tokens
        self.noise = np.cumsum(vocabulary.counts.astype(np.float64) ** model.ns_exponent)
        self.schedule = linear(1.0, model.min_learning_rate / model.learning_rate)
        self.learning_rate = model.learning_rate
        rates = {
            "mean": TableRate(model.learning_rate, INITIAL_SQUARE, row_wise=True),
            "log_variance": TableRate(model.variance_learning_rate, INITIAL_SQUARE, row_wise=True),
            "log_weight": TableRate(model.variance_learning_rate, INITIAL_SQUARE, row_wise=True),
        }
        tables = ["mean", "log_variance", "log_weight"][: 2 if settings.components == 1 else 3]
        names = {f"{kind}.{table}": rates[table] for kind in ("word", "context") for table in tables}
        self.optimiser = Optimiser(self.network, names, _DENSE_RATE)

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> None:
        if self.settings.components > 1:
            raise ParameterError("init_from must be None for components above 1: mixtures start from random numbers")
        mean, log_variance = self.network.word.mean, self.network.word.log_variance
        for row, theirs, variance in starting_rows(vectors, words, self.settings):
            mean.weight[row] = torch.from_numpy(theirs.copy()).to(self.device)
            if variance is not None:
                log_variance.weight[row] = torch.from_numpy(np.log(variance)).to(self.device)
        everything = torch.arange(len(words), device=self.device)
        mean.constrain(everything)
        log_variance.constrain(everything)

    def _reader(self, encoded: EncodedCorpus, keep: np.ndarray) -> BlockReader:
        return BlockReader(
            encoded.ids,
            encoded.offsets,
            keep,
            block_size=self.model.batch_size,
            window=self.model.window,
            shrink=self.model.shrink_windows,
            seed=self.model.seed,
        )

    def batches(self, epoch: int, start: Position) -> Iterator[Block]:
        return (block for block in self.reader.blocks(epoch, start) if len(block.ids) > 0)

    def loss(self, block: Block, step: int, done: float) -> Loss:
        return self.network(self._batch(block, generator(self.model.seed, "step", step)))

    def _batch(self, block: Block, random: np.random.Generator) -> Batch:
        """Noise words are drawn once for ``noise_tokens`` tokens in a row, of which each sees ``noise_words``."""
        pool, share, window = self.model.noise_words, self.model.noise_tokens, self.model.window
        num_tokens = len(block.ids)
        first = np.arange(num_tokens) * pool // share
        drawn = random.random(int(first[-1]) + pool) * self.noise[-1]
        noise = np.searchsorted(self.noise, drawn, side="right")[first[:, None] + np.arange(pool)]
        ids, left, right = (
            torch.from_numpy(np.ascontiguousarray(part)).to(self.device) for part in (block.ids, block.left, block.right)
        )
        place = torch.arange(num_tokens, device=self.device)[:, None] + torch.arange(
            -window, window + 1, device=self.device
        )
        return Batch(
            words=ids.long(),
            context=ids.long()[place.clamp(0, num_tokens - 1)],
            mask=window_mask(left, right, window),
            noise=torch.from_numpy(noise).to(self.device),
        )

    def validation_loss(self) -> dict[str, float] | None:
        if self.held_out is None:
            return None
        sums = TermSums()
        with torch.no_grad():
            for step, block in enumerate(self.held_out.blocks(0)):
                if len(block.ids):
                    loss = self.network(self._batch(block, generator(self.model.seed, "validation", step)))
                    sums.add({name: float(value) for name, value in loss.terms.items()}, loss.num_tokens)
        terms = sums.means()
        return {"loss": math.fsum(terms.values()), **terms}

    def fault(self, everywhere: bool = False) -> str | None:
        """A step's loss tells whether it went astray; at an epoch's end every value is looked at."""
        if everywhere:
            for name, table in self.optimiser.tables.items():
                if not bool(table.weight.isfinite().all()):
                    return f"a value of {name} is not finite"
        return None

    def finish(self) -> None:
        """Every step has kept the bounds."""

    def learned(self) -> tuple[FloatTable, FloatTable, FloatTable | None]:
        """Of the word densities: means (V·K, d), log variances (V·K, 1 or d), log weights (V, K) or None; copies."""
        word = self.network.word
        weight = None if word.log_weight is None else word.log_weight.weight.log_softmax(1).cpu().numpy()
        return word.mean.weight.cpu().numpy().copy(), word.log_variance.weight.cpu().numpy().copy(), weight


def starting_rows(
    vectors: KeyedVectors, words: Sequence[str], settings: NetworkSettings
) -> Iterator[tuple[int, FloatTable, FloatTable | None]]:
    """Rows of the words that ``vectors`` know, with a mean (d,) and, where they have such variances, a variance."""
    if vectors.vector_size != settings.dim:
        raise ParameterError(f"init_from must have dim {settings.dim}, got vectors of {vectors.vector_size}")
    variances = None
    if isinstance(vectors, DensityVectors) and vectors.is_spherical == (settings.variance_dim == 1):
        low, high = log_bounds(settings)
        variances = np.clip(vectors.variances, math.exp(low), math.exp(high)).reshape(len(vectors), -1)
    for row, word in enumerate(words):
        if word in vectors:
            theirs = vectors.get_index(word)
            yield row, vectors.vectors[theirs], None if variances is None else variances[theirs]
