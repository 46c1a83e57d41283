"""The evidence lower bound."""

from __future__ import annotations

import torch

from densevec.objectives.window import WindowScores


class Elbo:
    """−log P(c | z) = −e(c) + log Σ_x w_x exp e(x),  e(x) = log N(z; m_x, s_x) + log P(x), z one draw from q.

    With the whole vocabulary as support this is the bound itself (Kingma & Welling 2014); with a
    complementary sum sample it is slightly optimistic, for the logarithm of an unbiased sum is biased low.
    """

    samples_latent = True
    is_likelihood = True

    def __call__(self, scores: WindowScores) -> torch.Tensor:
        return torch.logsumexp(scores.support + scores.log_weight, 1, keepdim=True) - scores.context
