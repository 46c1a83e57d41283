"""Sampled softmax over expected log densities."""

from __future__ import annotations

import torch
from torch.nn import functional

from densevec.objectives.window import WindowScores


class ExpectedSoftmax:
    """−e(c) + log(exp e(c) + Σ_n w_n exp e(n)),  e(x) = E_q log N(z; m_x, s_x) + log P(x).

    c is the context word, n the support's noise words with weights w_n = 1/(K P_noise(n)).
    A closed form: z is not sampled.  Not a bound on the likelihood, for a logsumexp of expectations lies below
    the expectation of the logsumexp.
    """

    samples_latent = False
    is_likelihood = True

    def __call__(self, scores: WindowScores) -> torch.Tensor:
        normaliser = torch.logsumexp(scores.support + scores.log_weight, 1, keepdim=True)
        return functional.softplus(normaliser - scores.context)
