"""The fused engine of DensityWord2Vec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from densevec._cy.blocks import Share
from densevec._cy.density import Densities, DensityKernel
from densevec._cy.sampling import Noise, alias_table
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.layers.table import RowTable
from densevec.models._density_network import NetworkSettings
from densevec.models._density_task import INITIAL_SQUARE, DensityTask
from densevec.models._fused import Array, FusedTask, give_back, take_rows

if TYPE_CHECKING:
    from densevec.models.density_word2vec import DensityWord2Vec


class FusedDensityTask(FusedTask, DensityTask):
    """One Gaussian a word, by a kernel."""

    terms = ("hinge",)

    def __init__(
        self,
        model: DensityWord2Vec,
        settings: NetworkSettings,
        vocabulary: Vocabulary,
        encoded: EncodedCorpus,
        held_out: EncodedCorpus | None,
    ) -> None:
        super().__init__(model, settings, vocabulary, encoded, held_out)
        self.arrays = {}
        for kind, densities in (("word", self.network.word), ("context", self.network.context)):
            self.arrays[f"{kind}.mean"] = take_rows(densities.mean)
            self.arrays[f"{kind}.log_variance"] = _columns(densities.log_variance)
            self.arrays[f"{kind}.squares"] = np.full((len(vocabulary), 2), INITIAL_SQUARE, np.float32)
        word, context = (
            Densities(*(self.arrays[f"{kind}.{part}"] for part in ("mean", "log_variance", "squares")))
            for kind in ("word", "context")
        )
        table = alias_table(np.asarray(vocabulary.counts, np.float64) ** model.ns_exponent)
        self.kernel = DensityKernel(
            word,
            context,
            Noise(table, settings.negative, model.noise_words, model.noise_tokens),
            settings.dim,
            is_kl=settings.energy == "kl",
            margin=settings.margin,
            norm_bound=settings.norm_bound,
            min_variance=settings.min_variance,
            max_variance=settings.max_variance,
        )
        self._prepare()

    def _run(self, share: Share, scale: float) -> tuple[Sequence[float], int, int]:
        return self.kernel.train(share, scale * self.model.learning_rate, scale * self.model.variance_learning_rate)

    def finish(self) -> None:
        """The tables as torch has them, within the bound on the norm: where a word occurs twice in a window, or two
        threads write to it, a step may end just beyond."""
        del self.kernel
        for kind, densities in (("word", self.network.word), ("context", self.network.context)):
            densities.mean.constrain(torch.arange(len(densities.mean.weight)))
            give_back(densities.mean, self.arrays[f"{kind}.mean"])
            if self.settings.variance_dim > 1:
                give_back(densities.log_variance, self.arrays[f"{kind}.log_variance"])
        self.arrays = {}


def _columns(table: RowTable) -> Array:
    """The kernel's array of log variances: one a word as it is, rows of them padded."""
    return take_rows(table) if table.weight.shape[1] > 1 else table.weight.numpy()
