"""The network of DensityWord2Vec: two densities a word, and the energy of a pair."""

from __future__ import annotations

from typing import NamedTuple

import torch

from densevec.densities import expected_likelihood, kl_divergence
from densevec.layers.initial import uniform
from densevec.layers.table import RowTable
from densevec.layers.word_pieces import WordPieces
from densevec.layers.word_rows import WordRows, draw, no_memory_yet
from densevec.models.density_word2vec.parameters import DensityParameters
from densevec.models.density_word2vec.start import initial_bound, initial_log_variance, log_bounds
from densevec.objectives.base import Loss
from densevec.objectives.hinge import Hinge


class Batch(NamedTuple):
    """T tokens: words (T,), the words of their windows (T, W) where ``mask`` (T, W) is true, noise words (T, P)."""

    words: torch.Tensor
    context: torch.Tensor
    mask: torch.Tensor
    noise: torch.Tensor


class Densities(torch.nn.Module):
    """One mixture of K Gaussians a word, word v's components in rows v·K to v·K + K − 1.

    With ``pieces`` the mean of a word is that of its rows, which ``draw`` fills.
    """

    def __init__(
        self,
        settings: DensityParameters,
        num_words: int,
        seed: torch.Generator | None,
        pieces: WordPieces | None = None,
    ) -> None:
        super().__init__()
        rows = num_words * settings.components
        self.components = settings.components
        self.norm_bound = settings.norm_bound
        self.word_rows = None if pieces is None else WordRows(pieces)
        if pieces is None or self.word_rows is None:
            self.mean = RowTable(uniform((rows, settings.dim), initial_bound(settings.dim), seed))
            self.mean.norm_bound = settings.norm_bound
        else:
            self.mean = no_memory_yet(pieces.num_rows, settings.dim)
            self.mean.gain = None if pieces.apart is None else self.word_rows.gain
        variance_dim = settings.dim if settings.covariance == "diag" else 1
        self.log_variance = RowTable(torch.full((rows, variance_dim), initial_log_variance(settings)))
        self.log_variance.minimum, self.log_variance.maximum = log_bounds(settings)
        self.log_weight = RowTable(torch.zeros(num_words, settings.components)) if settings.components > 1 else None

    def forward(self, words: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Of distinct words (R,): means (R, K, d), log variances (R, K, 1 or d), log weights (R, K)."""
        rows = (words[:, None] * self.components + torch.arange(self.components, device=words.device)).reshape(-1)
        if self.word_rows is None:
            mean = self.mean(rows).reshape(len(words), self.components, -1)
        else:
            self.word_rows.bound(self.mean, words, self.norm_bound)  # after the last step on them
            mean = self.word_rows(self.mean, words)[:, None]
        log_variance = self.log_variance(rows).reshape(len(words), self.components, -1)
        if self.log_weight is None:
            return mean, log_variance, mean.new_zeros(len(words), 1)
        return mean, log_variance, self.log_weight(words).log_softmax(1)

    def draw(self, seed: torch.Generator) -> None:
        """Start values of all rows that means are composed of."""
        draw(self.mean, initial_bound(self.mean.weight.shape[1]), seed)


class Network(torch.nn.Module):
    """Word densities, context densities, and the max-margin loss of a batch."""

    def __init__(
        self,
        settings: DensityParameters,
        num_words: int,
        seed: torch.Generator | None,
        pieces: WordPieces | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.word = Densities(settings, num_words, seed, pieces)
        self.context = Densities(settings, num_words, seed)
        self.hinge = Hinge(settings.margin)

    def forward(self, batch: Batch) -> Loss:
        """The loss of the tokens that have a context word, summed, in nats."""
        weight = (batch.context[:, :, None] != batch.noise[:, None, :]) & batch.mask[:, :, None]
        energies = self._energies(batch.words, torch.cat([batch.context, batch.noise], 1))
        context, noise = energies.split([batch.context.shape[1], batch.noise.shape[1]], 1)
        scale = self.settings.negative / batch.noise.shape[1]
        total = self.hinge(context, noise, scale * weight).sum()
        return Loss(total, {"hinge": total.detach()}, len(batch.words))

    def _energies(self, words: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
        """Energies of words (T,) with context densities of others (T, P), (T, P)."""
        types, word_place = words.unique(return_inverse=True)
        other_types, other_place = others.unique(return_inverse=True)
        mean, log_variance, log_weight = (part[word_place] for part in self.word(types))
        other_mean, other_log_variance, other_log_weight = (part[other_place] for part in self.context(other_types))
        mean, log_variance = mean[:, None, :, None], log_variance[:, None, :, None]  # (T, 1, K, 1, d)
        other_mean, other_log_variance = other_mean[:, :, None], other_log_variance[:, :, None]  # (T, P, 1, K, d)
        if self.settings.energy == "kl":
            pairs = -kl_divergence(other_mean, other_log_variance, mean, log_variance)  # (T, P, K, K)
            return pairs.flatten(2).amax(2)
        pairs = expected_likelihood(mean, log_variance, other_mean, other_log_variance)
        if self.settings.components > 1:
            pairs = pairs + log_weight[:, None, :, None] + other_log_weight[:, :, None]
        return torch.logsumexp(pairs.flatten(2), 2)
