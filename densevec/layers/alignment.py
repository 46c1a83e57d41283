"""Which source position a target word translates: priors over alignments, summed out of the likelihood.

Emissions are log P(y_j | z_i), (B, M + 1, N): B sentence pairs, source positions i with NULL at 0, target positions j.
Lengths are (B,) int64, without NULL; emissions beyond them are ignored.  Of a source without words every target word
is aligned with NULL, whatever p(NULL); a target without words has likelihood 1.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from densevec._cy.hmm import forward_backward, viterbi
from densevec.layers.table import RowTable

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.int64]

INITIAL_TENSION = 4.0  # of the diagonal, where fast_align starts it (Dyer, Chahuneau & Smith 2013)


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
        source, target = (each.clamp(min=1).to(emission.dtype) for each in (source_lengths, target_lengths))
        i = torch.arange(1, num_source, device=emission.device)[None, :, None] / source[:, None, None]
        j = torch.arange(1, num_target + 1, device=emission.device)[None, None] / target[:, None, None]
        inside = within(source_lengths, num_source - 1)[:, :, None]
        energy = torch.where(inside, -_whole(self.log_tension).exp() * (i - j).abs(), -torch.inf)
        words = torch.where(inside, torch.log_softmax(energy, 1) + math.log1p(-self.null_probability), -torch.inf)
        null = torch.full_like(source, self.null_probability).where(source_lengths > 0, 1).log()
        return torch.cat([null[:, None, None].expand(-1, 1, num_target), words], 1)


class JumpAlignment(Alignment):
    """A hidden Markov model of the position and of whether a word is aligned with it or with NULL (Vogel et al. 1996).

    With J(i | i') = w(i − i') / Σ_{l=1..m} w(l − i'), i' the position before, 0 at the start, and a NULL state at each
    position, which remembers it (Och & Ney 2003), the steps from i', from either of its states, are

        p(i | i') = (1 − p0) J(i | i'),    p(NULL at i | i') = p0 [i = i'],  of the first target word p0 J(i | 0)

    so that the first word jumps even if it is aligned with NULL, and the second jumps from there.  The widths −K..K
    have a weight each, learned; wider jumps count as −K or K.  Likelihood and posteriors come from the
    forward-backward recursions, and the gradient from Fisher's identity: that of the log likelihood is the
    expectation, under the posterior, of the gradients of the logs of its factors.  Runs on the CPU.

    Parameters
    ----------
    null_probability : p0
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
        _, posterior, _ = _forward_backward(*self._arguments(emission, source_lengths, target_lengths))
        return torch.from_numpy(posterior).to(emission.device)

    def best(self, emission: torch.Tensor, source_lengths: torch.Tensor, target_lengths: torch.Tensor) -> torch.Tensor:
        emissions, *rest = self._arguments(emission, source_lengths, target_lengths)
        path = np.zeros((emissions.shape[0], emissions.shape[2]), np.int64)
        pairs, arguments = _with_words(emissions, *rest)
        if len(pairs):
            path[pairs] = viterbi(*arguments)
        return torch.from_numpy(path).to(emission.device)

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


def _with_words(
    emission: FloatArray, source_lengths: IntArray, target_lengths: IntArray, *rest: Any
) -> tuple[IntArray, tuple[Any, ...]]:
    """The pairs with words on both sides, and what the kernels, which know no others, take of them."""
    pairs = np.flatnonzero((source_lengths > 0) & (target_lengths > 0))
    if len(pairs) < len(emission):
        emission, source_lengths, target_lengths = emission[pairs], source_lengths[pairs], target_lengths[pairs]
    return pairs, (emission, source_lengths, target_lengths, *rest)


def _forward_backward(
    emission: FloatArray, source_lengths: IntArray, target_lengths: IntArray, log_jump: FloatArray, *rest: Any
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What the kernel of that name gives, of pairs without words too: these are all NULL."""
    pairs, arguments = _with_words(emission, source_lengths, target_lengths, log_jump, *rest)
    if len(pairs) == len(emission) > 0:
        return forward_backward(*arguments)
    posterior = np.zeros(emission.shape, np.float32)
    posterior[:, 0] = np.arange(emission.shape[2]) < target_lengths[:, None]
    likelihood = np.where(posterior[:, 0] > 0, emission[:, 0], 0).sum(1, dtype=np.float64)
    gradient = np.zeros((len(emission), len(log_jump)))
    if len(pairs):
        likelihood[pairs], posterior[pairs], gradient[pairs] = forward_backward(*arguments)
    return likelihood, posterior, gradient


class _ForwardBackward(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, emission: torch.Tensor, log_jump: torch.Tensor, *rest: Any) -> torch.Tensor:
        likelihood, posterior, gradient = _forward_backward(*_arrays(emission, log_jump, *rest))
        context.save_for_backward(torch.from_numpy(posterior).to(emission), torch.from_numpy(gradient).to(log_jump))
        return torch.from_numpy(likelihood).to(emission)

    @staticmethod
    def backward(context: Any, outer: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        posterior, gradient = context.saved_tensors
        return posterior * outer[:, None, None], outer @ gradient, None, None, None
