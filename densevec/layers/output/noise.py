"""Words drawn as noise, on any device."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
import torch

from densevec.layers.output.base import OutputLayer, Scores
from densevec.layers.support import Counts, log_noise


class Draw(NamedTuple):
    """words (K,) int64, distinct, and log_weight (K,): the logarithm of what each counts."""

    words: torch.Tensor
    log_weight: torch.Tensor


class Noise(torch.nn.Module):
    """P(n) ∝ count^exponent: 0.75 in word2vec (Mikolov et al. 2013), 1 for the unigram distribution, 0 for uniform.

    Draws are functions of the generator's seed; on a GPU they never leave it.

    Parameters
    ----------
    counts : (V,) positive numbers
    """

    log_probability: torch.Tensor
    cumulative: torch.Tensor

    def __init__(self, counts: Counts, exponent: float) -> None:
        super().__init__()
        logarithm = log_noise(counts, exponent)
        # what follows from the counts is no part of a model's state
        self.register_buffer("log_probability", torch.from_numpy(logarithm), persistent=False)
        self.register_buffer("cumulative", torch.from_numpy(np.cumsum(np.exp(logarithm))), persistent=False)

    def draw(self, size: int, draws: torch.Generator | None) -> tuple[torch.Tensor, torch.Tensor]:
        """``size`` words with replacement: the distinct ones, sorted, and how often each came."""
        words, times = torch.unique(_positions(self.cumulative, size, draws), return_counts=True)
        return words, times

    def draw_outside(self, types: torch.Tensor, size: int, draws: torch.Generator | None) -> Draw:
        """``size`` words with replacement from P renormalised over the words that are not among ``types``, a word that
        came t times with the weight t/(size·P(n)); ``types`` (C,) sorted and distinct."""
        probability = self.log_probability.exp()
        probability[types] = 0
        outside = torch.cumsum(probability, 0)
        if outside[-1] == 0:  # there is no other word
            size = 0
        words, times = torch.unique(_positions(outside, size, draws), return_counts=True)
        log_weight = times.double().log() - np.log(max(size, 1)) - self.log_probability[words] + outside[-1].log()
        return Draw(words, log_weight)


def _positions(cumulative: torch.Tensor, size: int, draws: torch.Generator | None) -> torch.Tensor:
    """``size`` indices, each with the probability that the cumulative sums (V,) float64 give it."""
    place = torch.rand(size, generator=draws, device=cumulative.device, dtype=torch.float64) * cumulative[-1]
    last = torch.searchsorted(cumulative, cumulative[-1:])  # rounding must not lead past it
    return torch.minimum(torch.searchsorted(cumulative, place, right=True), last)


class NoiseLayer(OutputLayer):
    """A layer that tells words from noise, and whose scores are h·y_w + b_w.

    Parameters
    ----------
    counts, dim : (V,), d
    negative : noise words of each pair, in expectation
    size : noise words drawn in each call
    exponent : of the counts, for the noise; ``usual_exponent`` when None
    bias : (V,) where the biases start, or None for a layer without
    """

    is_normalised = False
    usual_exponent: ClassVar[float]

    def __init__(
        self,
        counts: Counts,
        dim: int,
        negative: float,
        size: int,
        exponent: float | None = None,
        bias: torch.Tensor | None = None,
    ) -> None:
        super().__init__()
        self.words = Scores(len(counts), dim, bias)
        self.noise = Noise(counts, self.usual_exponent if exponent is None else exponent)
        self.negative = negative
        self.size = size


def distinct_integers(high: int, size: int, draws: torch.Generator | None, device: torch.device) -> torch.Tensor:
    """``size`` of 0..high−1 drawn uniformly without replacement, in work that does not grow with ``high``."""
    if 4 * size >= high:
        return torch.randperm(high, generator=draws, device=device)[:size]
    number = 2 * size
    while True:
        drawn = torch.randint(high, (number,), generator=draws, device=device)
        values, place = torch.unique(drawn, return_inverse=True)
        if len(values) >= size:
            break
        number *= 2
    first = torch.full_like(values, number).scatter_reduce(0, place, torch.arange(number, device=device), "amin")
    return drawn[first.sort().values[:size]]  # those that came first: no value is favoured
