"""The kernel of DensityWord2Vec: one Gaussian a word."""

from __future__ import annotations

import numpy as np

from densevec._cy.blocks import Share
from densevec._cy.density import Densities
from densevec._cy.density import DensityKernel as CompiledKernel
from densevec._cy.sampling import Noise, alias_table
from densevec._random import UniformDraws
from densevec.models.density_word2vec.parameters import DensityParameters
from densevec.models.density_word2vec.start import initial_bound, initial_log_variance
from densevec.training.kernel import Tally, TrainingKernel
from densevec.training.tables import Array, Floats, close_gaps, padded, uniform_rows, zeros

INITIAL_SQUARE = 1.0  # that Adagrad's sums of squared gradients start from
_ROWS_AT_ONCE = 2**14
PART_TOKENS = 2**12  # that a thread takes at a time


class DensityKernel(TrainingKernel):
    """The kernel on tables of its own; ``start`` is the seed of the numbers that means start from."""

    terms = ("hinge",)

    def __init__(self, settings: DensityParameters, counts: np.ndarray, start: int) -> None:
        num_words, dim, draws = len(counts), settings.dim, UniformDraws(start)
        self._norm_bound = settings.norm_bound
        self.arrays, self.tables = {}, {}
        for kind in ("word", "context"):
            mean = uniform_rows(num_words, dim, initial_bound(dim), draws)
            log_variance, columns = _log_variances(settings, num_words)
            self.arrays[f"{kind}.mean"], self.arrays[f"{kind}.log_variance"] = mean, log_variance
            self.arrays[f"{kind}.squares"] = np.full((num_words, 2), INITIAL_SQUARE, np.float32)
            self.tables |= {f"{kind}.mean.weight": mean[:, :dim], f"{kind}.log_variance.weight": columns}
        self.squares = {
            f"{kind}.{part}": self.arrays[f"{kind}.squares"][:, column : column + 1]
            for kind in ("word", "context")
            for column, part in enumerate(("mean", "log_variance"))
        }
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
        """The tables without gaps, within the bound on the norm: where a word occurs twice in a window, or two threads
        write to it, a step may end just beyond."""
        del self._kernel
        for kind in ("word", "context"):
            bound_norms(self.tables[f"{kind}.mean.weight"], self._norm_bound)
            for part in ("mean", "log_variance"):
                table, array = self.tables[f"{kind}.{part}.weight"], self.arrays[f"{kind}.{part}"]
                if table.shape[1] > 1:
                    self.tables[f"{kind}.{part}.weight"] = close_gaps(array, table.shape[1])


def bound_norms(rows: Array, bound: float) -> None:
    """Project rows (R, d) to norms of at most ``bound``, in place."""
    for begin in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[begin : begin + _ROWS_AT_ONCE]
        part /= np.maximum(np.linalg.norm(part, axis=1, keepdims=True) / np.float32(bound), 1)


def _log_variances(settings: DensityParameters, num_words: int) -> tuple[Floats, Floats]:
    """The kernel's array of log variances, one a word or rows of them padded, and its columns that count."""
    dim = settings.dim if settings.covariance == "diag" else 1
    array = zeros(num_words, padded(dim)) if dim > 1 else np.empty((num_words, 1), np.float32)
    array[:, :dim] = initial_log_variance(settings)
    return array, array[:, :dim]
