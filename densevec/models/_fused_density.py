"""The fused engine of DensityWord2Vec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._cy.density import best_variant, train_density
from densevec._cy.sampling import alias_table
from densevec.corpus import EncodedCorpus
from densevec.errors import ParameterError
from densevec.models._density_network import NetworkSettings, initial_bound, initial_log_variance
from densevec.models._density_task import INITIAL_SQUARE, starting_log_variances
from densevec.models._fused import FloatTable, FusedTask, KernelText, Share, padded, uniform, unpadded, zeros
from densevec.vectors import KeyedVectors

_KINDS = ("word", "context")


class FusedDensityTask(FusedTask):
    """Tables and kernel of one training run.

    Parameters
    ----------
    counts : (V,) of the words, before subsampling
    network : of the model
    variance_learning_rate : in proportion to learning_rate all along
    ns_exponent, noise_words, noise_tokens : of the noise
    """

    terms = ("hinge",)

    def __init__(
        self,
        encoded: EncodedCorpus,
        held_out: EncodedCorpus | None,
        keep: npt.NDArray[np.float64],
        counts: npt.NDArray[np.int64],
        network: NetworkSettings,
        *,
        learning_rate: float,
        variance_learning_rate: float,
        ns_exponent: float,
        noise_words: int,
        noise_tokens: int,
        seed: int,
        **settings: Any,
    ) -> None:
        super().__init__(encoded, held_out, keep, learning_rate=learning_rate, seed=seed, **settings)
        self.network = network
        self.variance_ratio = variance_learning_rate / learning_rate
        bound, num_words = initial_bound(network.dim), len(counts)
        self.mean = {kind: uniform(num_words, network.dim, bound, seed, f"initial {kind}") for kind in _KINDS}
        self.log_variance = {kind: self._log_variances(num_words) for kind in _KINDS}
        self.squares = {kind: np.full((num_words, 2), INITIAL_SQUARE, np.float32) for kind in _KINDS}
        self._loss = (
            network.energy == "kl",
            network.margin,
            alias_table(np.asarray(counts, np.float64) ** ns_exponent),
            network.negative,
            noise_words,
            noise_tokens,
        )
        self._is_finished = False

    def _log_variances(self, num_words: int) -> FloatTable:
        dim = self.network.variance_dim
        table = zeros(num_words, padded(dim)) if dim > 1 else np.zeros((num_words, 1), np.float32)
        table[:, :dim] = initial_log_variance(self.network)
        return table

    def _run(self, text: KernelText, share: Share, rate: float) -> tuple[Sequence[float], int, int]:
        network = self.network
        densities = (table[kind] for kind in _KINDS for table in (self.mean, self.log_variance, self.squares))
        bounds = (network.norm_bound, network.min_variance, network.max_variance)
        steps = (network.dim, rate, rate * self.variance_ratio, *bounds)
        loss, num_tokens, num_read = train_density(*text, *share, *densities, *steps, *self._loss, best_variant())
        return (loss,), num_tokens, num_read

    def _tables(self) -> Mapping[str, FloatTable]:
        tables = {"mean": self.mean, "log_variance": self.log_variance, "squares": self.squares}
        return {f"{kind}.{name}": table[kind] for kind in _KINDS for name, table in tables.items()}

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> None:
        network = self.network
        if vectors.vector_size != network.dim:
            raise ParameterError(f"init_from must have dim {network.dim}, got vectors of {vectors.vector_size}")
        rows = [row for row, word in enumerate(words) if word in vectors]
        theirs = [vectors.get_index(words[row]) for row in rows]
        self.mean["word"][rows, : network.dim] = within_norm(vectors.vectors[theirs], network.norm_bound)
        log_variance = starting_log_variances(vectors, theirs, network)
        if log_variance is not None:
            self.log_variance["word"][rows, : network.variance_dim] = log_variance

    def finish(self) -> None:
        """Rows without their padding, and within the bound on the norm: where a word occurs twice in a window, or two
        threads write to it, a step may end just beyond."""
        mean = self.mean["word"] = unpadded(self.mean["word"], self.network.dim)
        mean[:] = within_norm(mean, self.network.norm_bound)
        if self.network.variance_dim > 1:
            self.log_variance["word"] = unpadded(self.log_variance["word"], self.network.dim)
        self._is_finished = True

    def learned(self) -> tuple[FloatTable, FloatTable, None]:
        """Of the word densities: means (V, d) and log variances (V, 1 or d); copies while training runs."""
        mean, log_variance = self.mean["word"], self.log_variance["word"]
        if self._is_finished:
            return mean, log_variance, None
        network = self.network
        return mean[:, : network.dim].copy(), log_variance[:, : network.variance_dim].copy(), None


def within_norm(rows: FloatTable, bound: float) -> FloatTable:
    """Rows (R, d) projected to norms of at most ``bound``."""
    excess = np.linalg.norm(rows, axis=1, keepdims=True) / np.float32(bound)
    projected: FloatTable = rows / np.maximum(excess, 1)
    return projected
