"""Negative sampling: tell the words of a context from noise."""

from __future__ import annotations

import torch
from torch.nn import functional

from densevec.errors import ParameterError
from densevec.layers.output.base import distinct
from densevec.layers.output.noise import NoiseLayer


class NegativeSampling(NoiseLayer):
    """−log σ(s(h, c)) − Σ_n log σ(−s(h, n)),  s(h, w) = h·y_w, n from P_noise ∝ count^exponent (Mikolov et al. 2013).

    The N queries of a call share ``size`` noise words, weighted so that each pair (h_i, c) has the expectation of
    ``negative`` of them, those equal to c left out as in word2vec: see ``negative_sampling_loss``.
    No density model: at the optimum s(h, c) = log P(c | h)/P_noise(c) − log negative, whose
    exponentials do not sum to one over any normaliser that h gives; ``log_probs`` is an error.

    Parameters are those of every ``NoiseLayer``; word2vec's exponent is the usual one.
    """

    usual_exponent = 0.75

    def _loss(
        self, hidden: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor, draws: torch.Generator | None
    ) -> torch.Tensor:
        noise, times = self.noise.draw(self.size, draws)
        rows, (target_place, noise_place) = distinct(targets, noise)
        scores = self.words(hidden, rows)
        noise_weight = noise_weights(targets, weight, noise, self.negative / self.size) * times
        return negative_sampling_loss(
            scores.gather(1, target_place), weight, scores.index_select(1, noise_place), noise_weight
        )

    def _surprise(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        raise no_density()

    def _all_log_probs(self, hidden: torch.Tensor) -> torch.Tensor:
        raise no_density()


def no_density() -> ParameterError:
    """What is said to who asks negative sampling for probabilities."""
    return ParameterError(
        "output_layer must be a density model to give log-probabilities, got 'negative', whose scores tell words "
        "from noise and are not normalised; train with 'full', 'class', 'hierarchical', 'css' or 'nce'"
    )


def negative_sampling_loss(
    context_scores: torch.Tensor, weight: torch.Tensor, noise_scores: torch.Tensor, noise_weight: torch.Tensor
) -> torch.Tensor:
    """Σ_k weight_ik softplus(−x_i·y_{c_ik}) + Σ_j noise_weight_ij softplus(x_i·y_{n_j}), (N,), in nats.

    context_scores, weight : (N, W)
    noise_scores, noise_weight : (N, K); the weights are ``noise_weights``
    """
    attraction = (weight * functional.softplus(-context_scores)).sum(1)
    return attraction + (noise_weight * functional.softplus(noise_scores)).sum(1)


def noise_weights(targets: torch.Tensor, weight: torch.Tensor, noise: torch.Tensor, share: float) -> torch.Tensor:
    """share · Σ_k weight_ik [c_ik ≠ n_j], (N, K): how much noise word j counts for query i.

    targets, weight : (N, W) c_ik and what they count
    noise : (K,) n_j, sorted and distinct
    share : negative/K, K the number of draws; a word that was drawn t times counts t-fold
    """
    place = torch.searchsorted(noise, targets).clamp(max=len(noise) - 1)
    matching = weight * (noise[place] == targets)
    hits = weight.new_zeros(len(weight), len(noise)).scatter_add_(1, place, matching)
    return share * (weight.sum(1, keepdim=True) - hits)
