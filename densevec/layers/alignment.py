"""Which source position a target word translates: priors over alignments, summed out of the likelihood.

Emissions are log P(y_j | z_i), (B, M + 1, N): B sentence pairs, source positions i with NULL at 0, target positions j.
Lengths are (B,) int64, without NULL; emissions beyond them are ignored.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch

from densevec._cy.hmm import forward_backward, viterbi
from densevec.layers.table import RowTable

INITIAL_TENSION = 4.0  # of the diagonal, where fast_align starts it (Dyer, Chahuneau & Smith 2013)
BOUNDS = ("exact", "jensen", "sampled")


def within(lengths: torch.Tensor, longest: int) -> torch.Tensor:
    """(B, longest) bool: the places before each length."""
    return torch.arange(longest, device=lengths.device) < lengths[:, None]


class Alignment(torch.nn.Module, ABC):
    """A prior over alignments a_1..a_n of the target words of a pair."""

    @abstractmethod
    def log_likelihood(
        self,
        emission: torch.Tensor,
        source_lengths: torch.Tensor,
        target_lengths: torch.Tensor,
        draws: torch.Generator | None = None,
    ) -> torch.Tensor:
        """log P(y | z) = log Σ_a P(a) Π_j P(y_j | z_{a_j}), (B,), in nats; ``draws`` where alignments are sampled."""

    @abstractmethod
    def posterior(
        self, emission: torch.Tensor, source_lengths: torch.Tensor, target_lengths: torch.Tensor
    ) -> torch.Tensor:
        """P(a_j = i | y, z), (B, M + 1, N); zero in the padding."""

    @abstractmethod
    def best(self, emission: torch.Tensor, source_lengths: torch.Tensor, target_lengths: torch.Tensor) -> torch.Tensor:
        """The most probable alignment, (B, N) int64: positions from 1, 0 for NULL; anything in the padding."""


class FactorisedAlignment(Alignment):
    """Target words are aligned independently of each other: P(a) = Π_j p(a_j = i | j, m, n).

    Parameters
    ----------
    bound : "exact" sums the alignments out, Σ_j log Σ_i p(i) P(y_j|z_i); "jensen" takes the lower bound
        Σ_j Σ_i p(i) log P(y_j|z_i), "sampled" draws one alignment from the prior, which has the same expectation
    """

    def __init__(self, bound: str = "exact") -> None:
        super().__init__()
        self.bound = bound

    @abstractmethod
    def log_prior(
        self, emission: torch.Tensor, source_lengths: torch.Tensor, target_lengths: torch.Tensor
    ) -> torch.Tensor:
        """log p(a_j = i), broadcast to (B, M + 1, N); −inf for source positions beyond the sentence."""

    def log_likelihood(
        self,
        emission: torch.Tensor,
        source_lengths: torch.Tensor,
        target_lengths: torch.Tensor,
        draws: torch.Generator | None = None,
    ) -> torch.Tensor:
        prior = self.log_prior(emission, source_lengths, target_lengths)
        if not self.training or self.bound == "exact":
            words = torch.logsumexp(prior + emission, 1)  # (B, N)
        elif self.bound == "jensen":
            words = (prior.exp() * emission).sum(1)
        else:
            uniform = torch.rand(emission.shape, generator=draws, device=emission.device)
            gumbel = -(-uniform.clamp_min(1e-20).log()).log()
            words = emission.gather(1, (prior + gumbel).argmax(1, keepdim=True))[:, 0]
        return torch.where(within(target_lengths, emission.shape[2]), words, 0.0).sum(1)

    @torch.no_grad()
    def posterior(
        self, emission: torch.Tensor, source_lengths: torch.Tensor, target_lengths: torch.Tensor
    ) -> torch.Tensor:
        joint = self.log_prior(emission, source_lengths, target_lengths) + emission
        return torch.softmax(joint, 1) * within(target_lengths, emission.shape[2])[:, None]

    def best(self, emission: torch.Tensor, source_lengths: torch.Tensor, target_lengths: torch.Tensor) -> torch.Tensor:
        return (self.log_prior(emission, source_lengths, target_lengths) + emission).argmax(1)


class UniformAlignment(FactorisedAlignment):
    """p(a_j = i) = 1/(m + 1), NULL included (IBM model 1; Brown et al. 1993)."""

    def log_prior(
        self, emission: torch.Tensor, source_lengths: torch.Tensor, target_lengths: torch.Tensor
    ) -> torch.Tensor:
        inside = within(source_lengths + 1, emission.shape[1])
        uniform = -torch.log(source_lengths + 1.0)[:, None].to(emission.dtype)
        return torch.where(inside, uniform, -torch.inf)[:, :, None]


class DiagonalAlignment(FactorisedAlignment):
    """p(a_j = i) ∝ exp(−tension · |i/m − j/n|) for i ≥ 1, and p(NULL) fixed (Dyer, Chahuneau & Smith 2013).

    Parameters
    ----------
    null_probability : p(NULL)
    bound : see ``FactorisedAlignment``
    """

    def __init__(self, null_probability: float, bound: str = "exact") -> None:
        super().__init__(bound)
        self.null_probability = null_probability
        self.log_tension = RowTable(torch.full((1, 1), math.log(INITIAL_TENSION)))

    def log_prior(
        self, emission: torch.Tensor, source_lengths: torch.Tensor, target_lengths: torch.Tensor
    ) -> torch.Tensor:
        _, num_source, num_target = emission.shape
        source, target = source_lengths.to(emission.dtype), target_lengths.to(emission.dtype)
        i = torch.arange(1, num_source, device=emission.device)[None, :, None] / source[:, None, None]
        j = torch.arange(1, num_target + 1, device=emission.device)[None, None] / target[:, None, None]
        inside = within(source_lengths, num_source - 1)[:, :, None]
        energy = torch.where(inside, -_whole(self.log_tension).exp() * (i - j).abs(), -torch.inf)
        words = torch.log_softmax(energy, 1) + math.log1p(-self.null_probability)
        null = torch.full_like(words[:, :1], self.null_probability).log()
        return torch.cat([null, words], 1)


class JumpAlignment(Alignment):
    """A hidden Markov model: p(a_j = i | a_{j−1} = i') ∝ w(i − i'), from position 0 at the start (Vogel et al. 1996).

    The widths −K..K have a weight each, learned; longer jumps count as K.  Each word has a NULL state of its own that
    remembers where the alignment was, entered with a fixed probability (Och & Ney 2003).  Likelihood and posteriors
    come from the forward-backward recursions, and the gradient from Fisher's identity: that of the log likelihood is
    the expectation, under the posterior, of the gradients of the logs of its factors.  Runs on the CPU.

    Parameters
    ----------
    null_probability : of a step to a NULL state
    reach : K
    """

    def __init__(self, null_probability: float, reach: int) -> None:
        super().__init__()
        self.null_probability = null_probability
        widths = torch.arange(-reach, reach + 1)
        initial = -0.5 * (widths - 1).abs().clamp(max=6).float()  # most words step by one
        self.log_jump = RowTable(initial[:, None])

    def log_likelihood(
        self,
        emission: torch.Tensor,
        source_lengths: torch.Tensor,
        target_lengths: torch.Tensor,
        draws: torch.Generator | None = None,
    ) -> torch.Tensor:
        likelihood: torch.Tensor = _ForwardBackward.apply(
            emission, _whole(self.log_jump)[:, 0], source_lengths, target_lengths, self.null_probability
        )
        return likelihood

    @torch.no_grad()
    def posterior(
        self, emission: torch.Tensor, source_lengths: torch.Tensor, target_lengths: torch.Tensor
    ) -> torch.Tensor:
        _, posterior, _ = forward_backward(*self._arguments(emission, source_lengths, target_lengths))
        return torch.from_numpy(posterior).to(emission.device)

    def best(self, emission: torch.Tensor, source_lengths: torch.Tensor, target_lengths: torch.Tensor) -> torch.Tensor:
        path = viterbi(*self._arguments(emission, source_lengths, target_lengths))
        return torch.from_numpy(path).long().to(emission.device)

    def _arguments(
        self, emission: torch.Tensor, source_lengths: torch.Tensor, target_lengths: torch.Tensor
    ) -> tuple[Any, ...]:
        log_jump = self.log_jump.weight[:, 0]
        return _arrays(emission, log_jump, source_lengths, target_lengths, self.null_probability)


def _whole(table: RowTable) -> torch.Tensor:
    """All rows of a table: the parameters of a prior, in tables so that they step by Adagrad as words do."""
    return table(torch.arange(len(table.weight), device=table.weight.device))


def _arrays(
    emission: torch.Tensor,
    log_jump: torch.Tensor,
    source_lengths: torch.Tensor,
    target_lengths: torch.Tensor,
    null_probability: float,
) -> tuple[Any, ...]:
    """What the kernels take."""
    return (
        np.ascontiguousarray(emission.detach().cpu().numpy(), np.float32),
        source_lengths.cpu().numpy(),
        target_lengths.cpu().numpy(),
        log_jump.detach().cpu().double().numpy(),
        null_probability,
    )


class _ForwardBackward(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, emission: torch.Tensor, log_jump: torch.Tensor, *rest: Any) -> torch.Tensor:
        likelihood, posterior, gradient = forward_backward(*_arrays(emission, log_jump, *rest))
        context.save_for_backward(torch.from_numpy(posterior).to(emission), torch.from_numpy(gradient).to(log_jump))
        return torch.from_numpy(likelihood).to(emission)

    @staticmethod
    def backward(context: Any, outer: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        posterior, gradient = context.saved_tensors
        return posterior * outer[:, None, None], outer @ gradient, None, None, None
