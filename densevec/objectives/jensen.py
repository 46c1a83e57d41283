"""The objective as the slides derive it, with its pathology."""

from __future__ import annotations

import torch

from densevec.objectives.window import WindowScores


class Jensen:
    """KL(q‖p_c) − E_n KL(q‖p_n), n from the noise distribution.

    The slides move the expectation inside the logarithm of the normaliser, in the direction of an *upper* bound.
    What results is unbounded below: a word nearer its contexts than average gains by shrinking its variance without
    limit, like 1/s.  It trains only above a floor on the variance, which it then sits on; for teaching.
    """

    samples_latent = False
    is_likelihood = False

    def __call__(self, scores: WindowScores) -> torch.Tensor:
        return scores.support.mean(1, keepdim=True) - scores.context
