"""Complementary sum sampling: a softmax over the batch's words and a sample of the others."""

from __future__ import annotations

import torch

from densevec.layers.output.full import Softmax
from densevec.layers.output.noise import Draw, Noise, distinct_integers


class ComplementarySumSampling(Softmax):
    """The full softmax, learned by a normaliser that is estimated (Botev, Zheng & Barber 2017).

    Σ_v exp s(h, v) ≈ Σ_{v∈C} exp s(h, v) + Σ_{n∈N} w_n exp s(h, n), C the distinct targets of the batch and N words
    outside C: by default ``size`` of them drawn uniformly without replacement, w_n = |V∖C|/|N|, or all, which
    makes the loss exact.  With a proposal q they are drawn from it, renormalised over V∖C, and w_n = 1/(|N| q(n));
    then with replacement, for only so is the sum unbiased under these weights.  Its logarithm is slightly low on
    average.  ``log_probs`` are those of the full softmax, exactly.

    Parameters
    ----------
    num_words, dim : V, d
    size : |N|, whatever |C| is
    proposal : q(v), a ``Noise``, or None for uniform
    bias : (V,) where the biases start, or None for none
    """

    def __init__(
        self, num_words: int, dim: int, size: int, proposal: Noise | None = None, bias: torch.Tensor | None = None
    ) -> None:
        super().__init__(num_words, dim, bias)
        self.size = size
        self.proposal = proposal

    def _loss(
        self, hidden: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor, draws: torch.Generator | None
    ) -> torch.Tensor:
        types = torch.unique(targets[weight > 0])
        if len(types) == 0:  # nothing to predict
            return hidden.sum(1) * 0
        others = self.complement(types, draws)
        support = torch.cat([types, others.words])
        scores = self.words(hidden, support)
        place = torch.searchsorted(types, targets).clamp(max=len(types) - 1)  # anywhere where the weight is zero
        log_weight = torch.cat([torch.zeros_like(types, dtype=scores.dtype), others.log_weight.to(scores.dtype)])
        normaliser = torch.logsumexp(scores + log_weight, 1, keepdim=True)
        return (weight * (normaliser - scores.gather(1, place))).sum(1)

    def complement(self, types: torch.Tensor, draws: torch.Generator | None) -> Draw:
        """The sample N for ``types`` (C,), distinct and sorted, with log w."""
        if self.proposal is not None:
            return self.proposal.draw_outside(types, self.size, draws)
        num_others = self.words.num_rows - len(types)
        size = min(self.size, num_others)
        rank = distinct_integers(num_others, size, draws, types.device)
        # the r-th word that is not a type is r plus the number of types before it
        before = types - torch.arange(len(types), device=types.device)
        words = rank + torch.searchsorted(before, rank, right=True)
        log_weight = torch.full((size,), num_others / max(size, 1), device=types.device).log()
        return Draw(words, log_weight)
