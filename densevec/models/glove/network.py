"""The network of GloVe: a vector and a bias for every word, and for every word as a context."""

from __future__ import annotations

import math

import numpy as np
import torch

from densevec.layers.initial import uniform
from densevec.layers.table import RowTable
from densevec.objectives.base import Loss


class GloVeNetwork(torch.nn.Module):
    """log X_ij ≈ w_i·c_j + b_i + b'_j, by least squares with weights (Pennington, Socher & Manning 2014).

    Parameters
    ----------
    num_words, dim : V, d
    x_max, alpha : of the weight f(x) = min(1, (x / x_max)^alpha) of an entry
    seed : draws the vectors, U(−1/2d, 1/2d); None leaves them for ``load_state_dict`` to fill
    totals : Σ_j X_ij of every word and Σ_i X_ij of every context, (V,) each.  Biases start at their logarithms less
        ½ log ΣX, which is what they are where words stand near each other by chance alone: what is left for the
        vectors is the pointwise mutual information, from the first step on.  None: biases start at zero
    """

    def __init__(
        self,
        num_words: int,
        dim: int,
        x_max: float,
        alpha: float,
        seed: torch.Generator | None,
        totals: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> None:
        super().__init__()
        self.word = RowTable(uniform((num_words, dim), 0.5 / dim, seed))
        self.context = RowTable(uniform((num_words, dim), 0.5 / dim, seed))
        biases = (np.zeros(num_words),) * 2 if totals is None else tuple(map(_by_chance, totals))
        self.word_bias, self.context_bias = (RowTable(torch.from_numpy(b).float()[:, None]) for b in biases)
        self.log_x_max = math.log(x_max)
        self.alpha = alpha

    def forward(self, rows: torch.Tensor, columns: torch.Tensor, values: torch.Tensor, log_share: float = 0.0) -> Loss:
        """½ Σ_n f(X_n) (w·c + b + b' − log_share − log X_n)², of the entries of a batch.

        rows, columns : (B,) int64, the word and the context of an entry
        values : (B,) positive, how often the context stands near the word
        log_share : logarithm of how many times as much text was learned from as the values are of
        """
        words, word_place = torch.unique(rows, return_inverse=True)
        contexts, context_place = torch.unique(columns, return_inverse=True)
        w, c = self.word(words)[word_place], self.context(contexts)[context_place]  # (B, d)
        bias = self.word_bias(words)[word_place, 0] + self.context_bias(contexts)[context_place, 0]
        logs = values.to(w.dtype).log()
        weight = (self.alpha * (logs - self.log_x_max)).clamp(max=0).exp()
        total = (weight * ((w * c).sum(1) + bias - logs - log_share).square()).sum() / 2
        return Loss(total, {"squares": total.detach()}, len(rows))

    @torch.no_grad()
    def log_count(self, word: int, context: int) -> float:
        """w·c + b + b' of a word and a context."""
        product = self.word.weight[word] @ self.context.weight[context]
        return float(product + self.word_bias.weight[word, 0] + self.context_bias.weight[context, 0])

    @torch.no_grad()
    def vectors(self, combine: str = "sum") -> np.ndarray:
        """The words' vectors, (V, d) float32: w + c ("sum", as the authors have it) or w ("word")."""
        word = self.word.weight
        return (word + self.context.weight if combine == "sum" else word).float().cpu().numpy()


def _by_chance(totals: np.ndarray) -> np.ndarray:
    """The biases that explain counts of words that do not depend on each other; 0 for a word without counts."""
    biases, has_counts = np.zeros(len(totals)), totals > 0
    logs = np.log(totals[has_counts])
    biases[has_counts] = logs - np.logaddexp.reduce(logs) / 2
    return biases
