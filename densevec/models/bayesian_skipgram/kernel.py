"""The kernel of the Bayesian skip-gram: spherical densities, context densities of their own, ``expected_softmax``."""

from __future__ import annotations

import numpy as np
import torch

from densevec._cy.blocks import Share
from densevec._cy.bsg import BayesianSkipGramKernel as CompiledKernel
from densevec._cy.bsg import Encoder, encoder_layout
from densevec._cy.sampling import alias_table
from densevec.layers.decoders import DensityDecoder
from densevec.layers.support import NoiseSupport
from densevec.models.bayesian_skipgram.network import Network
from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters
from densevec.training.kernel import Array, Tally, TrainingKernel, padded, take_rows, zeros
from densevec.training.schedules import Schedule

# Sums of squared gradients that Adagrad starts from: about those of one block, so that rare words start gently.
MEAN_SQUARE = 1.0
_TABLES = ("embedding", "prior_mean", "context_mean", "prior_log_variance", "context_log_variance")
VARIANCE_SQUARE = 1.0  # per dimension: a spherical log variance gathers the gradients of all


class BayesianSkipGramKernel(TrainingKernel):
    """The kernel on the tables and the encoder of a network."""

    terms = ("reconstruction", "kl", "information")
    averaged = ("dense", "first_moment", "second_moment")  # the encoder, by Adam
    added = tuple(f"{name}_squares" for name in _TABLES)

    def __init__(
        self, network: Network, settings: BayesianSkipGramParameters, support: NoiseSupport, kl_weight: Schedule
    ) -> None:
        self.arrays = kernel_arrays(network)
        self._kernel = make_kernel(network, self.arrays, support)
        self._rates = (settings.learning_rate, settings.variance_learning_rate, settings.encoder_learning_rate)
        self._kl_weight = kl_weight

    def run(self, share: Share, scale: float, done: float) -> Tally:
        rate, variance_rate, encoder_rate = (scale * rate for rate in self._rates)
        return self._kernel.train(share, rate, variance_rate, encoder_rate, self._kl_weight(done))

    def give_back(self) -> None:
        """The arrays stay the network's; the optimiser's state, half of the memory, goes."""
        del self._kernel


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


def make_kernel(network: Network, arrays: dict[str, Array], support: NoiseSupport) -> CompiledKernel:
    """The kernel on these arrays, which noise like the support's feeds."""
    settings = network.settings
    dense = ("dense", "first_moment", "second_moment", "dense_steps")
    with np.errstate(divide="ignore"):  # a word of no probability is never drawn
        log_weight = -np.log(support.size * support.probability)
    return CompiledKernel(
        Encoder(settings.dim, settings.hidden, *(arrays[name] for name in dense)),
        settings.window,
        {name: array for name, array in arrays.items() if name not in dense},
        network.log_frequency.numpy(),
        network.entropy,
        alias_table(support.probability),
        log_weight.astype(np.float32),
        support.size,
        context_dropout=settings.context_dropout,
        information_scale=network.information_scale,
        information_exponent=settings.information_exponent,
        residual=settings.residual,
        leave_out=settings.leave_out,
    )
