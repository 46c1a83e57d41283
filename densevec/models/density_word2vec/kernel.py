"""The kernel of DensityWord2Vec: one Gaussian a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from densevec._cy.blocks import Share
from densevec._cy.density import Densities
from densevec._cy.density import DensityKernel as CompiledKernel
from densevec._cy.sampling import Noise, alias_table
from densevec._cy.word_rows import WordRows as CompiledRows
from densevec._random import UniformDraws
from densevec.models.density_word2vec.parameters import DensityParameters
from densevec.models.density_word2vec.start import initial_bound, initial_log_variance
from densevec.training.kernel import Tally, TrainingKernel
from densevec.training.tables import INITIAL_SQUARE, Array, Floats, close_gaps, on_pages, padded, uniform_rows, zeros

if TYPE_CHECKING:
    from densevec.layers.word_pieces import WordPieces

_ROWS_AT_ONCE = 2**14
PART_TOKENS = 2**12  # that a thread takes at a time


class DensityKernel(TrainingKernel):
    """The kernel on tables of its own; ``start`` is the seed of the numbers that means start from.

    With ``pieces`` the means of words are composed of those.
    """

    terms = ("hinge",)
    added = ("word.squares", "context.squares")

    def __init__(
        self, settings: DensityParameters, counts: np.ndarray, start: int, pieces: WordPieces | None = None
    ) -> None:
        num_words, dim, draws = len(counts), settings.dim, UniformDraws(start)
        self._bounds_rows = {"word": pieces is None, "context": True}
        self._norm_bound = settings.norm_bound
        self.arrays, self.tables = {}, {}
        made_of = apart = None
        if pieces is not None:
            made_of, apart = CompiledRows(pieces.offsets, pieces.rows, pieces.num_rows), pieces.apart
        for kind, rows in (("word", pieces), ("context", None)):
            num_rows = num_words if rows is None else rows.num_rows
            mean = uniform_rows(num_rows, dim, initial_bound(dim), draws, rows is not None)
            log_variance, columns = _log_variances(settings, num_words)
            self.arrays[f"{kind}.mean"], self.arrays[f"{kind}.log_variance"] = mean, log_variance
            self.arrays[f"{kind}.squares"] = on_pages(np.full((num_rows, 2), INITIAL_SQUARE, np.float32))
            self.tables |= {f"{kind}.mean.weight": mean[:, :dim], f"{kind}.log_variance.weight": columns}
        arrays = self.arrays
        self.squares = {
            f"{kind}.{part}": self.arrays[f"{kind}.squares"][:number, column : column + 1]
            for kind in ("word", "context")
            for column, (part, number) in enumerate((("mean", None), ("log_variance", num_words)))
        }
        word, context = (
            Densities(arrays[f"{kind}.mean"], arrays[f"{kind}.log_variance"], arrays[f"{kind}.squares"], rows)
            for kind, rows in (("word", made_of), ("context", None))
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
            apart=apart,
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
            if self._bounds_rows[kind]:
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
    array = zeros(num_words, padded(dim) if dim > 1 else 1)
    array[:, :dim] = initial_log_variance(settings)
    return array, array[:, :dim]
