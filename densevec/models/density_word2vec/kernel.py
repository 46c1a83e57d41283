"""The kernel of DensityWord2Vec: one Gaussian a word."""

from __future__ import annotations

import numpy as np
import torch

from densevec._cy.blocks import Share
from densevec._cy.density import Densities
from densevec._cy.density import DensityKernel as CompiledKernel
from densevec._cy.sampling import Noise, alias_table
from densevec.layers.table import RowTable
from densevec.models.density_word2vec.network import Network
from densevec.models.density_word2vec.parameters import DensityParameters
from densevec.training.kernel import Array, Tally, TrainingKernel, give_back, take_rows

INITIAL_SQUARE = 1.0  # that Adagrad's sums of squared gradients start from
PART_TOKENS = 2**12  # that a thread takes at a time


class DensityKernel(TrainingKernel):
    """The kernel on the tables of a network."""

    terms = ("hinge",)
    added = ("word.squares", "context.squares")

    def __init__(self, network: Network, settings: DensityParameters, counts: np.ndarray) -> None:
        self._network = network
        self.arrays = {}
        for kind, densities in (("word", network.word), ("context", network.context)):
            self.arrays[f"{kind}.mean"] = take_rows(densities.mean)
            self.arrays[f"{kind}.log_variance"] = _columns(densities.log_variance)
            self.arrays[f"{kind}.squares"] = np.full((len(counts), 2), INITIAL_SQUARE, np.float32)
        word, context = (
            Densities(*(self.arrays[f"{kind}.{part}"] for part in ("mean", "log_variance", "squares")))
            for kind in ("word", "context")
        )
        table = alias_table(np.asarray(counts, np.float64) ** settings.ns_exponent)
        self._kernel = CompiledKernel(
            word,
            context,
            Noise(table, settings.negative, settings.noise_words, settings.noise_tokens),
            settings.dim,
            is_kl=settings.energy == "kl",
            margin=settings.margin,
            norm_bound=settings.norm_bound,
            min_variance=settings.min_variance,
            max_variance=settings.max_variance,
        )
        self._rates = (settings.learning_rate, settings.variance_learning_rate)

    def run(self, share: Share, scale: float, done: float) -> Tally:
        rate, variance_rate = self._rates
        return self._kernel.train(share, scale * rate, scale * variance_rate)

    def give_back(self) -> None:
        """The tables as torch has them, within the bound on the norm: where a word occurs twice in a window, or two
        threads write to it, a step may end just beyond."""
        del self._kernel
        for kind, densities in (("word", self._network.word), ("context", self._network.context)):
            densities.mean.constrain(torch.arange(len(densities.mean.weight)))
            give_back(densities.mean, self.arrays[f"{kind}.mean"])
            if densities.log_variance.weight.shape[1] > 1:
                give_back(densities.log_variance, self.arrays[f"{kind}.log_variance"])


def _columns(table: RowTable) -> Array:
    """The kernel's array of log variances: one a word as it is, rows of them padded."""
    return take_rows(table) if table.weight.shape[1] > 1 else table.weight.numpy()
