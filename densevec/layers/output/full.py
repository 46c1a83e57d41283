"""The softmax over the whole vocabulary."""

from __future__ import annotations

import torch

from densevec.layers.output.base import OutputLayer, Scores, exact_loss


class Softmax(OutputLayer):
    """The probabilities of a softmax, however they are learned."""

    def __init__(self, num_words: int, dim: int, bias: torch.Tensor | None = None) -> None:
        super().__init__()
        self.words = Scores(num_words, dim, bias)

    def _surprise(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        scores = self.words.of_all(hidden)
        return torch.logsumexp(scores, 1, keepdim=True) - scores.gather(1, targets)

    def _all_log_probs(self, hidden: torch.Tensor) -> torch.Tensor:
        return torch.log_softmax(self.words.of_all(hidden), 1)


class FullSoftmax(Softmax):
    """P(w | h) = exp s(h, w) / Σ_v exp s(h, v),  s(h, w) = h·y_w + b_w.

    Exact, and as slow as the vocabulary is large: each step reads and changes all rows.

    Parameters
    ----------
    num_words, dim : V, d
    bias : (V,) where the biases start, or None for none

    >>> layer = FullSoftmax(num_words=4, dim=2)
    >>> layer.log_probs(torch.ones(1, 2)).exp().tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """

    _loss = exact_loss
