"""The encoder of the Bayesian skip-gram: a word in its window becomes a density."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch.nn import functional

from densevec.layers.initial import uniform
from densevec.layers.table import RowTable


class ContextEncoder(torch.nn.Module):
    """q(z | word, context) = N(mean, s) by a sum over the window (Bražinskas, Havrylov & Titov 2018).

    a_k = ReLU([e_w ; e_ck] C + b),  h = Σ_k ω_k a_k,  mean = h W + b_m,  log variance = h w_s + b_s.

    The places of a window count alike, ω_k = 1 ("equal"), by learned weights of distance and side, ω_k = e^(t_k)
    ("position"), or by attention over the n places that are seen, ω_k = n softmax_k(a_k·u/√hidden + t_k) ("attention";
    Bahdanau, Cho & Bengio 2015).  Of two layers, h + ReLU(h C' + b') is in place of h.

    As [e_w ; e_c] C = e_w C₁ + e_c C₂, both products are computed once per distinct word of a block, and
    a window is a handful of offsets.

    Parameters
    ----------
    embedding : table (V, e), separate from every density
    hidden : columns of C
    dim, variance_dim : d, and d (diagonal) or 1 (spherical)
    window : places on either side
    window_weights, layers : see above
    """

    def __init__(
        self,
        embedding: RowTable,
        hidden: int,
        dim: int,
        variance_dim: int,
        generator: torch.Generator | None,
        window: int,
        window_weights: Literal["equal", "position", "attention"] = "equal",
        layers: int = 1,
    ) -> None:
        super().__init__()
        size = embedding.weight.shape[1]
        self.embedding = embedding
        self.from_word = torch.nn.Parameter(uniform((size, hidden), 1 / math.sqrt(size), generator))
        self.from_context = torch.nn.Parameter(uniform((size, hidden), 1 / math.sqrt(size), generator))
        self.bias = torch.nn.Parameter(torch.zeros(hidden))
        self.to_mean = torch.nn.Linear(hidden, dim)
        self.to_log_variance = torch.nn.Linear(hidden, variance_dim)
        with torch.no_grad():
            self.to_mean.weight.copy_(uniform((dim, hidden), 1 / math.sqrt(hidden), generator))
            self.to_mean.bias.zero_()
            self.to_log_variance.weight.zero_()
            self.to_log_variance.bias.zero_()
        self.window_weights = window_weights
        if window_weights != "equal":
            self.position_log_weight = torch.nn.Parameter(torch.zeros(2 * window + 1))
        if window_weights == "attention":
            self.to_attention = torch.nn.Parameter(torch.zeros(hidden))
        self.second = torch.nn.Linear(hidden, hidden) if layers == 2 else None
        if self.second is not None:
            with torch.no_grad():
                self.second.weight.copy_(uniform((hidden, hidden), 1 / math.sqrt(hidden), generator))
                self.second.bias.zero_()

    def forward(
        self, types: torch.Tensor, token_type: torch.Tensor, weight: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean (T, d) and log variance (T, 1) or (T, d) of the posterior of every token of a block.

        types : (U,) distinct words;  token_type : (T,) which of them each token is
        weight : (T, 2·window + 1) how much each place of the window counts: ``window_mask`` as numbers
        """
        embedding = self.embedding(types)
        word = (embedding @ self.from_word + self.bias)[token_type]
        context = (embedding @ self.from_context)[token_type]
        if self.window_weights == "position":
            weight = weight * self.position_log_weight.exp()
        elif self.window_weights == "attention":
            scores = window_products(word, context, self.to_attention / math.sqrt(len(self.to_attention)), weight)
            weight = attention(scores + self.position_log_weight, weight)
        hidden = window_sum(word, context, weight)
        if self.second is not None:
            hidden = hidden + torch.relu(self.second(hidden))
        return self.to_mean(hidden), self.to_log_variance(hidden)


def window_sum(word: torch.Tensor, context: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """h_i = Σ_k weight[i, window + k] · ReLU(word_i + context_{i+k}), (T, hidden)."""
    window = weight.shape[1] // 2
    num_tokens = len(word)
    padded = functional.pad(context, (0, 0, window, window))
    total = torch.zeros_like(word)
    for place in range(2 * window + 1):
        if place != window:
            activation = torch.relu(word + padded[place : place + num_tokens])
            total = total.addcmul(activation, weight[:, place, None])
    return total


def window_products(
    word: torch.Tensor, context: torch.Tensor, direction: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    """ReLU(word_i + context_{i+k})·direction, (T, 2·window + 1), column window + k; shaped as ``weight``."""
    window = weight.shape[1] // 2
    padded = functional.pad(context, (0, 0, window, window))
    places = range(2 * window + 1)
    return torch.stack([torch.relu(word + padded[place : place + len(word)]) @ direction for place in places], 1)


def attention(scores: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """(Σ_j weight_j) softmax_k(score_k + log weight_k) along the last axis, 0 where there is no weight at all."""
    is_there = weight > 0
    scores = torch.where(is_there, scores + torch.where(is_there, weight, 1.0).log(), -1e30)
    shares = torch.softmax(scores, -1)  # alike, of no weight together, where nothing is there
    return weight.sum(-1, keepdim=True) * shares
