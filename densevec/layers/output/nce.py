"""Noise-contrastive estimation of an unnormalised model whose normaliser is taken to be 1."""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from densevec.layers.output.base import distinct
from densevec.layers.output.noise import NoiseLayer


class NoiseContrastiveEstimation(NoiseLayer):
    """log P(w | h) = s(h, w) = h·y_w + b_w, learned by telling words from noise (Gutmann & Hyvärinen 2010).

    P(D=1 | w, h) = σ(s(h, w) − log k P_noise(w)), and the loss of a target c is −log P(D=1 | c, h)
    − k E_n log P(D=0 | n, h), for language as in Mnih & Teh (2012).  The term log k P_noise is what makes this a
    density estimator and negative sampling not: as k grows the gradient becomes that of the likelihood exp(s), with
    Z(h) = Σ_v exp s(h, v) driven to 1.  Noise may equal the target: leaving it out would bias the estimate.  The N
    queries of a call share ``size`` noise words, each weighted k/size.

    ``log_probs`` gives s itself, under the convention Z(h) = 1, which training approaches but nothing
    enforces; ``log_probs(..., renormalise=True)`` divides by the exact Z(h), a sum over the vocabulary.

    Parameters are those of every ``NoiseLayer``, ``negative`` k; biases that start at log P(w) make Z = 1 at once.
    """

    usual_exponent = 1.0

    def _loss(
        self, hidden: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor, draws: torch.Generator | None
    ) -> torch.Tensor:
        noise, times = self.noise.draw(self.size, draws)
        rows, (target_place, noise_place) = distinct(targets, noise)
        log_noise = (self.noise.log_probability[rows] + math.log(self.negative)).to(hidden.dtype)
        if targets.shape[1] == 1:  # a score for each query instead of a column of them
            of_targets, of_noise = self.words.of_pairs_and_all(hidden, rows, target_place[:, 0], noise_place)
            of_targets = of_targets[:, None] - log_noise[target_place]
            of_noise = of_noise - log_noise[noise_place]
        else:
            scores = self.words(hidden, rows) - log_noise
            of_targets, of_noise = scores.gather(1, target_place), scores.index_select(1, noise_place)
        attraction = (weight * functional.softplus(-of_targets)).sum(1)
        share = times.to(hidden.dtype) * (self.negative / self.size)
        return attraction + weight.sum(1) * (functional.softplus(of_noise) @ share)

    def _surprise(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        rows, (place,) = distinct(targets)
        return -self.words(hidden, rows).gather(1, place)

    def _all_log_probs(self, hidden: torch.Tensor) -> torch.Tensor:
        return self.words.of_all(hidden)
