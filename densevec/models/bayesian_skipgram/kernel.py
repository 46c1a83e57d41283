"""The kernel of the Bayesian skip-gram: spherical densities, context densities of their own, ``expected_softmax``."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from densevec._cy.blocks import Share
from densevec._cy.bsg import BayesianSkipGramKernel as CompiledKernel
from densevec._cy.bsg import Encoder, encoder_layout
from densevec._cy.sampling import alias_table
from densevec._random import UniformDraws
from densevec.layers.support import NoiseSupport
from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters
from densevec.models.bayesian_skipgram.tables import (
    INITIAL_INFORMATION,
    INITIAL_MEAN,
    POSITION_LOG_WEIGHT,
    entropy,
    information_scale,
    log_shares,
)
from densevec.training.kernel import Tally, TrainingKernel
from densevec.training.schedules import Schedule
from densevec.training.tables import INITIAL_SQUARE, Array, on_pages, padded, uniform_rows, zeros

_TABLES = {
    "prior_mean": "prior_mean.weight",
    "context_mean": "decoder.mean.weight",
    "embedding": "encoder.embedding.weight",
}  # in the order in which they are drawn
_NUMBERS = {"prior_log_variance": "prior_log_variance.weight", "context_log_variance": "decoder.log_variance.weight"}
_DENSE = ("dense", "first_moment", "second_moment", "dense_steps")


class BayesianSkipGramKernel(TrainingKernel):
    """The kernel on tables and an encoder of its own.

    Parameters
    ----------
    kept_counts : (V,) after subsampling
    support : draws like it are noise
    kl_weight : as training goes on
    start : seed of the numbers that means and the encoder start from
    """

    terms = ("reconstruction", "kl", "information")
    averaged = ("dense", "first_moment", "second_moment")  # the encoder, by Adam
    added = tuple(f"{name}_squares" for name in (*_TABLES, *_NUMBERS))

    def __init__(
        self,
        settings: BayesianSkipGramParameters,
        kept_counts: npt.NDArray[np.float64],
        support: NoiseSupport,
        kl_weight: Schedule,
        start: int,
    ) -> None:
        self.arrays = start_arrays(settings, len(kept_counts), UniformDraws(start))
        self.tables = tables_of(self.arrays, settings)
        self.squares = {}
        for name, table in {**_TABLES, **_NUMBERS}.items():
            sums = self.arrays[f"{name}_squares"]
            self.squares[table.removesuffix(".weight")] = sums[:, : settings.dim] if sums.ndim == 2 else sums[:, None]
        self.lock = on_pages(np.zeros(1, np.int64))
        self._kernel = make_kernel(settings, self.arrays, log_shares(kept_counts), support, self.lock)
        self._rates = (settings.learning_rate, settings.variance_learning_rate, settings.encoder_learning_rate)
        self._kl_weight = kl_weight

    def run(self, share: Share, scale: float, done: float) -> Tally:
        rate, variance_rate, encoder_rate = (scale * rate for rate in self._rates)
        return self._kernel.train(share, rate, variance_rate, encoder_rate, self._kl_weight(done))

    def give_back(self) -> None:
        """The tables stay where they are; the optimiser's state, half of the memory, goes."""
        del self._kernel


def start_arrays(settings: BayesianSkipGramParameters, num_words: int, draws: UniformDraws) -> dict[str, Array]:
    """Everything that steps change, as it is before the first one."""
    dim, hidden = settings.dim, settings.hidden
    arrays: dict[str, Array] = {}
    for name in _TABLES:
        arrays[name] = uniform_rows(num_words, dim, (1 if name == "embedding" else INITIAL_MEAN) / dim**0.5, draws)
    first = -information_scale(settings) * INITIAL_INFORMATION
    for name, value in zip(_NUMBERS, (first, 0.0), strict=True):
        arrays[name] = on_pages(np.full(num_words, value, np.float32))
    for name, array in list(arrays.items()):
        squares = arrays[f"{name}_squares"] = zeros(*array.shape) if array.ndim == 2 else on_pages(array)
        squares[:] = INITIAL_SQUARE * (1 if array.ndim == 2 else dim)  # a log variance gathers those of all dimensions
    _, size = encoder_layout(dim, hidden, _num_places(settings))
    for name in ("dense", "first_moment", "second_moment"):
        arrays[name] = zeros(1, padded(size))[0, :size]
    arrays["dense_steps"] = on_pages(np.zeros(1, np.int64))
    tables = tables_of(arrays, settings)
    for name, columns in (("from_word", dim), ("from_context", dim), ("to_mean.weight", hidden)):
        table = tables[f"encoder.{name}"]
        drawn = np.empty(table.shape, np.float32)
        draws.fill(drawn, 1 / math.sqrt(columns))
        table[...] = drawn
    return arrays


def tables_of(arrays: dict[str, Array], settings: BayesianSkipGramParameters) -> dict[str, Array]:
    """Views of the arrays by the names that a network has for them."""
    tables = {table: arrays[name][:, : settings.dim] for name, table in _TABLES.items()}
    tables |= {table: arrays[name][:, None] for name, table in _NUMBERS.items()}
    layout, _ = encoder_layout(settings.dim, settings.hidden, _num_places(settings))
    for name, (offset, num_rows, stride, num_columns) in layout.items():
        part = arrays["dense"][offset : offset + num_rows * stride].reshape(num_rows, stride)[:, :num_columns]
        tables[f"encoder.{name}"] = part[0] if name.endswith(("bias", POSITION_LOG_WEIGHT)) else part
    return tables


def _num_places(settings: BayesianSkipGramParameters) -> int:
    """Places of a window that have weights of their own."""
    return 2 * settings.window + 1 if settings.window_weights == "position" else 0


def make_kernel(
    settings: BayesianSkipGramParameters,
    arrays: dict[str, Array],
    log_frequency: npt.NDArray[np.float32],
    support: NoiseSupport,
    lock: npt.NDArray[np.int64] | None = None,
) -> CompiledKernel:
    """The kernel on these arrays, which noise like the support's feeds; log_frequency (V,) as ``log_shares``."""
    with np.errstate(divide="ignore"):  # a word of no probability is never drawn
        log_weight = -np.log(support.size * support.probability)
    dense, first, second, steps = (arrays[name] for name in _DENSE)
    return CompiledKernel(
        Encoder(settings.dim, settings.hidden, dense, first, second, steps, lock, _num_places(settings)),
        settings.window,
        {name: array for name, array in arrays.items() if name not in _DENSE},
        log_frequency,
        entropy(log_frequency),
        alias_table(support.probability),
        log_weight.astype(np.float32),
        support.size,
        context_dropout=settings.context_dropout,
        information_scale=information_scale(settings),
        information_exponent=settings.information_exponent,
        residual=settings.residual,
        leave_out=settings.leave_out,
    )
