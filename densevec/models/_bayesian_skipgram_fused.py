"""The fused engine of the Bayesian skip-gram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from densevec._cy.blocks import Share
from densevec._cy.bsg import BayesianSkipGramKernel, Encoder, encoder_layout
from densevec._cy.sampling import alias_table
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.layers.decoders import DensityDecoder
from densevec.layers.support import NoiseSupport
from densevec.models._bayesian_skipgram_network import Network, NetworkSettings
from densevec.models._bayesian_skipgram_task import MEAN_SQUARE, VARIANCE_SQUARE, BayesianSkipGramTask
from densevec.models._fused import Array, FusedTask, Turns, padded, take_rows, zeros
from densevec.objectives import Loss

if TYPE_CHECKING:
    from densevec.models.bayesian_skipgram import BayesianSkipGram


class FusedBayesianSkipGramTask(FusedTask, BayesianSkipGramTask):
    """Spherical densities, context densities of their own and the objective ``expected_softmax``, by a kernel."""

    terms = ("reconstruction", "kl", "information")

    def __init__(
        self,
        model: BayesianSkipGram,
        settings: NetworkSettings,
        vocabulary: Vocabulary,
        encoded: EncodedCorpus,
        held_out: EncodedCorpus | None,
    ) -> None:
        super().__init__(model, settings, vocabulary, encoded, held_out)
        self.arrays = kernel_arrays(self.network)
        self.kernel = make_kernel(self.network, self.arrays, cast(NoiseSupport, self.support))
        self._prepare(model.batch_size)
        self.part = 0  # threads take a block at a time

    def step(self, batch: Turns, step: int, done: float) -> Loss:
        self._kl_weight_now = self.kl_weight(done)
        return super().step(batch, step, done)

    def _run(self, share: Share, scale: float) -> tuple[Sequence[float], int, int]:
        model = self.model
        return self.kernel.train(
            share,
            scale * model.learning_rate,
            scale * model.variance_learning_rate,
            scale * model.encoder_learning_rate,
            self._kl_weight_now,
        )

    def finish(self) -> None:
        del self.kernel  # with the optimiser's state, half of the memory
        self.arrays = {}
        super().finish()


def kernel_arrays(network: Network) -> dict[str, Array]:
    """Move the network's parameters to memory for the kernel, where they stay its tensors; and optimiser state."""
    decoder = network.decoder
    assert isinstance(decoder, DensityDecoder)  # the estimator chooses the engine by it
    means = {"embedding": network.encoder.embedding, "prior_mean": network.prior_mean, "context_mean": decoder.mean}
    arrays: dict[str, Array] = {name: take_rows(table) for name, table in means.items()}
    numbers = {"prior_log_variance": network.prior_log_variance, "context_log_variance": decoder.log_variance}
    arrays |= {name: table.weight.numpy()[:, 0] for name, table in numbers.items()}
    for name, array in list(arrays.items()):
        squares = arrays[f"{name}_squares"] = zeros(*array.shape) if array.ndim == 2 else np.empty_like(array)
        squares[:] = MEAN_SQUARE if array.ndim == 2 else VARIANCE_SQUARE * network.settings.dim
    layout, size = encoder_layout(network.settings.dim, network.settings.hidden)
    for name in ("dense", "first_moment", "second_moment"):
        arrays[name] = zeros(1, padded(size))[0, :size]
    arrays["dense_steps"] = np.zeros(1, np.int64)
    for name, (offset, num_rows, stride, num_columns) in layout.items():
        parameter = network.encoder.get_parameter(name)
        view = arrays["dense"][offset : offset + num_rows * stride].reshape(num_rows, stride)[:, :num_columns]
        view[:] = parameter.detach().numpy().reshape(view.shape)
        parameter.data = torch.from_numpy(view if parameter.ndim == 2 else view[0])
    return arrays


def make_kernel(network: Network, arrays: dict[str, Array], support: NoiseSupport) -> BayesianSkipGramKernel:
    """The kernel on these arrays, which noise like the support's feeds."""
    settings = network.settings
    dense = ("dense", "first_moment", "second_moment", "dense_steps")
    with np.errstate(divide="ignore"):  # a word of no probability is never drawn
        log_weight = -np.log(support.size * support.probability)
    return BayesianSkipGramKernel(
        Encoder(settings.dim, settings.hidden, *(arrays[name] for name in dense)),
        settings.window,
        {name: array for name, array in arrays.items() if name not in dense},
        network.log_frequency.numpy(),
        network.entropy,
        alias_table(support.probability),
        log_weight.astype(np.float32),
        support.size,
        context_dropout=settings.context_dropout,
        information_scale=settings.information_scale,
        information_exponent=settings.information_exponent,
    )
