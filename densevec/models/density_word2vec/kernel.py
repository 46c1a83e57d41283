"""The kernel of DensityWord2Vec: one Gaussian a word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from densevec._cy.density import train_density
from densevec._cy.sampling import alias_table
from densevec._cy.window import best_variant
from densevec.layers.table import RowTable
from densevec.models.density_word2vec.network import Network
from densevec.models.density_word2vec.parameters import DensityParameters
from densevec.training.kernel import Array, Kernel, KernelText, Share, give_back, take_rows

INITIAL_SQUARE = 1.0  # that Adagrad's sums of squared gradients start from
PART_TOKENS = 2**12  # that a thread takes at a time


class DensityKernel(Kernel):
    """The kernel on the tables of a network."""

    terms = ("hinge",)

    def __init__(self, network: Network, settings: DensityParameters, counts: np.ndarray) -> None:
        self._network = network
        self.arrays = {}
        for kind, densities in (("word", network.word), ("context", network.context)):
            self.arrays[f"{kind}.mean"] = take_rows(densities.mean)
            self.arrays[f"{kind}.log_variance"] = _columns(densities.log_variance)
            self.arrays[f"{kind}.squares"] = np.full((len(counts), 2), INITIAL_SQUARE, np.float32)
        noise = alias_table(np.asarray(counts, np.float64) ** settings.ns_exponent)
        is_kl = settings.energy == "kl"
        words, tokens = settings.noise_words, settings.noise_tokens
        self._loss = (is_kl, settings.margin, noise, settings.negative, words, tokens)
        self._bounds = (settings.norm_bound, settings.min_variance, settings.max_variance)
        self._rates = (settings.learning_rate, settings.variance_learning_rate)
        self._dim = settings.dim

    def run(self, text: KernelText, share: Share, scale: float, done: float) -> tuple[Sequence[float], int, int]:
        rates = tuple(scale * rate for rate in self._rates)
        loss, num_tokens, num_read = train_density(
            *text, *share, *self.arrays.values(), self._dim, *rates, *self._bounds, *self._loss, best_variant()
        )
        return (loss,), num_tokens, num_read

    def give_back(self) -> None:
        """The tables as torch has them, within the bound on the norm: where a word occurs twice in a window, or two
        threads write to it, a step may end just beyond."""
        for kind, densities in (("word", self._network.word), ("context", self._network.context)):
            densities.mean.constrain(torch.arange(len(densities.mean.weight)))
            give_back(densities.mean, self.arrays[f"{kind}.mean"])
            if densities.log_variance.weight.shape[1] > 1:
                give_back(densities.log_variance, self.arrays[f"{kind}.log_variance"])


def _columns(table: RowTable) -> Array:
    """The kernel's array of log variances: one a word as it is, rows of them padded."""
    return take_rows(table) if table.weight.shape[1] > 1 else table.weight.numpy()
