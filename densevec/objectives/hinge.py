"""Max margin between the words of a window and noise words."""

from __future__ import annotations

import torch


class Hinge:
    """Σ_k Σ_j w_kj max(0, margin − E(w, c_k) + E(w, n_j)) per token w, in nats (Vilnis & McCallum 2015).

    c_k are its context words, n_j its noise words; w_kj is 0 where they are the same word.
    """

    def __init__(self, margin: float) -> None:
        self.margin = margin

    def __call__(self, context: torch.Tensor, noise: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """(T,) from energies ``context`` (T, W) and ``noise`` (T, P), and ``weight`` (T, W, P)."""
        violation = torch.relu(self.margin - context[:, :, None] + noise[:, None, :])
        return (weight * violation).sum((1, 2))
