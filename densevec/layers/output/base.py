"""What every output layer answers, and the scores most of them are made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch.nn import functional

from densevec.layers.table import RowTable


class OutputLayer(torch.nn.Module, ABC):
    """From hidden vectors to words: P(w | h), or a stand-in for it that is cheaper to learn by.

    Skip-gram asks with N tokens of a block and the up to W context words of each, CBOW and language models with N
    hidden vectors and one word each.

    is_normalised : Σ_w exp(log_probs) = 1 for every h, by construction
    """

    is_normalised: ClassVar[bool] = True

    def loss(
        self,
        hidden: torch.Tensor,
        targets: torch.Tensor,
        weight: torch.Tensor | None = None,
        draws: torch.Generator | None = None,
    ) -> torch.Tensor:
        """Σ_k weight[i, k] · loss(h_i, targets[i, k]) of every query i, (N,), in nats.

        hidden : (N, d)
        targets : (N,) or (N, W) int64, words; where the weight is zero any word will do
        weight : of each target, as many; all 1 when None
        draws : for the noise of sampled layers, a generator on the device of ``hidden``
        """
        if targets.ndim == 1:
            targets, weight = targets[:, None], None if weight is None else weight[:, None]
        if weight is None:
            weight = torch.ones(targets.shape, dtype=hidden.dtype, device=hidden.device)
        return self._loss(hidden, targets.contiguous(), weight.to(hidden.dtype), draws)

    @torch.no_grad()
    def log_probs(
        self, hidden: torch.Tensor, words: torch.Tensor | None = None, renormalise: bool = False
    ) -> torch.Tensor:
        """log P(w | h) in nats, of all words, (N, V), or of ``words`` (N,) or (N, W), as many.

        Of a layer that is not normalised by construction they are less log Z(h) when ``renormalise``.
        Errors: ParameterError for a layer that is no density model.
        """
        if words is None:
            scores = self._all_log_probs(hidden)
        else:
            scores = -self._surprise(hidden, words[:, None] if words.ndim == 1 else words).view(words.shape)
        if not renormalise or self.is_normalised:
            return scores
        normaliser = torch.logsumexp(scores if words is None else self._all_log_probs(hidden), 1)
        return scores - normaliser.view(-1, *[1] * (scores.ndim - 1))

    @abstractmethod
    def _loss(
        self, hidden: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor, draws: torch.Generator | None
    ) -> torch.Tensor:
        """``loss`` of targets (N, W) with as many weights."""

    @abstractmethod
    def _surprise(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """−log P(target | h), (N, W)."""

    @abstractmethod
    def _all_log_probs(self, hidden: torch.Tensor) -> torch.Tensor:
        """log P(w | h), (N, V)."""


def exact_loss(
    self: OutputLayer,
    hidden: torch.Tensor,
    targets: torch.Tensor,
    weight: torch.Tensor,
    draws: torch.Generator | None,
) -> torch.Tensor:
    """``_loss`` by the probabilities themselves: Σ_k weight[i, k] · −log P(targets[i, k] | h_i)."""
    return (weight * self._surprise(hidden, targets)).sum(1)


class Scores(torch.nn.Module):
    """s(h, w) = h·y_w + b_w for rows w of a table, the bias if there is one.

    Parameters
    ----------
    num_rows, dim : shape of the table, which starts at zero as in word2vec
    bias : (num_rows,) where the biases start, or None for a layer without
    """

    def __init__(self, num_rows: int, dim: int, bias: torch.Tensor | None = None) -> None:
        super().__init__()
        self.weight = RowTable(torch.zeros(num_rows, dim))
        self.bias = None if bias is None else RowTable(bias[:, None].clone())

    @property
    def num_rows(self) -> int:
        return len(self.weight.weight)

    def forward(self, hidden: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """(N, d) and distinct rows (R,) to (N, R)."""
        return functional.linear(hidden, self.weight(rows), None if self.bias is None else self.bias(rows)[:, 0])

    def of_pairs_and_all(
        self, hidden: torch.Tensor, rows: torch.Tensor, own: torch.Tensor, shared: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """s(h_i, rows[own[i]]), (N,), and s(h_i, w) of all ``rows[shared]``, (N, K), the rows looked up once."""
        vectors = self.weight(rows)
        of_pairs = (hidden * functional.embedding(own, vectors)).sum(1)
        of_shared = functional.embedding(shared, vectors)
        if self.bias is None:
            return of_pairs, functional.linear(hidden, of_shared)
        bias = self.bias(rows)[:, 0]
        return of_pairs + bias[own], functional.linear(hidden, of_shared, bias[shared])

    def of_all(self, hidden: torch.Tensor) -> torch.Tensor:
        """(N, d) to (N, num_rows)."""
        if torch.is_grad_enabled():
            return self(hidden, torch.arange(self.num_rows, device=hidden.device))
        return functional.linear(hidden, self.weight.weight, None if self.bias is None else self.bias.weight[:, 0])


def distinct(*words: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The distinct ones of several tensors of words, sorted, and where among them each is, in the tensors' shapes."""
    rows, place = torch.unique(torch.cat([each.reshape(-1) for each in words]), return_inverse=True)
    places = place.split([each.numel() for each in words])
    return rows, [part.view(each.shape) for part, each in zip(places, words, strict=True)]
