"""The hinge of Bražinskas, Havrylov & Titov (2018)."""

from __future__ import annotations

import torch

from densevec.objectives.window import WindowScores


class MaxMargin:
    """max(0, margin + KL(q‖p_c) − KL(q‖p_n)), one noise word n for each context word c.

    The entropy of q cancels, so the difference of divergences is a difference of expected log densities.
    n is drawn anew for each place of each window among the noise words of the block.
    """

    samples_latent = False
    is_likelihood = False

    def __init__(self, margin: float) -> None:
        self.margin = margin

    def __call__(self, scores: WindowScores) -> torch.Tensor:
        support = scores.support
        column = torch.randint(
            support.shape[1], scores.context.shape, device=support.device, generator=scores.generator
        )
        return torch.relu(self.margin - scores.context + support.gather(1, column))
