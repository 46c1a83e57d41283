"""Decoders P(word | z), as features whose products are scores."""

from __future__ import annotations

import torch

from densevec.densities.products import kl_first_features, kl_second_features
from densevec.layers.table import RowTable


class DensityDecoder(torch.nn.Module):
    """P(x | z) ∝ P(x) N(z; m_x, s_x): a word is likely where its context density is high (Bražinskas et al. 2018).

    Scores are E_q log N(z; m_x, s_x) + (d/2) log 2π for z ~ q; a sample z is a q of no variance.

    Parameters
    ----------
    mean, log_variance : tables (V, d) and (V, 1) or (V, d) of the context densities
    """

    weighs_by_frequency = True  # the decoder's P(x) is a factor of its own

    def __init__(self, mean: RowTable, log_variance: RowTable) -> None:
        super().__init__()
        self.mean = mean
        self.log_variance = log_variance

    def query_features(self, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        """Rows for ``word_features``: (T, d) and (T, 1) or (T, d) to (T, F)."""
        return -kl_first_features(mean, log_variance)

    def word_features(self, rows: torch.Tensor) -> torch.Tensor:
        """Columns for ``query_features``: distinct words (R,) to (R, F)."""
        return kl_second_features(self.mean(rows), self.log_variance(rows))

    def move(self, origin: torch.Tensor) -> None:
        """Make ``origin`` (d,) the new zero of z, changing no score."""
        self.mean.weight.sub_(origin)


class AffineDecoder(torch.nn.Module):
    """P(x | z) = softmax(z·a_x + b_x): the deck's first specification; scores are E_q[z]·a_x + b_x.

    Parameters
    ----------
    weight, bias : tables (V, d) and (V, 1)
    """

    weighs_by_frequency = False  # b_x learns it

    def __init__(self, weight: RowTable, bias: RowTable) -> None:
        super().__init__()
        self.weight = weight
        self.bias = bias

    def query_features(self, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        return torch.cat([mean, torch.ones_like(mean[:, :1])], 1)

    def word_features(self, rows: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.weight(rows), self.bias(rows)], 1)

    def move(self, origin: torch.Tensor) -> None:
        self.bias.weight.add_((self.weight.weight @ origin)[:, None])
