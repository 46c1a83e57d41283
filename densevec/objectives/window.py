"""What the objectives of window models have in common: scores of context words and of others, per token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch


@dataclass(frozen=True)
class WindowScores:
    """Scores of one block; T tokens, W = 2·window + 1 places in a window, S words of the support.

    context : (T, W) score of the word at each place of each token's window (anything outside it)
    support : (T, S) score of every word of the support for each token
    log_weight : (S,) added to a score, it makes a sum over the support estimate the sum over the vocabulary
    generator : for an objective's own random draws
    """

    context: torch.Tensor
    support: torch.Tensor
    log_weight: torch.Tensor
    generator: torch.Generator


class WindowObjective(Protocol):
    """The reconstruction part of a window model's loss: ``objective(scores)`` is (T, W), minimised, in nats.

    samples_latent : scores are of a draw z ~ q instead of expectations under q
    is_likelihood : what it returns is −log P(c | z), and scores include log P(word) where the decoder has that factor
    """

    samples_latent: bool
    is_likelihood: bool

    def __call__(self, scores: WindowScores) -> torch.Tensor: ...
