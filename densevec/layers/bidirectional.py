"""Recurrent encoders of padded sentences."""

from __future__ import annotations

from typing import Literal

import torch

from densevec.layers.initial import uniform

Directions = Literal["sum", "concat"]


class BidirectionalLstm(torch.nn.Module):
    """One LSTM from left to right and one from right to left (Graves & Schmidhuber 2005); (B, M, e) to (B, M, hidden).

    Sentences are padded, not packed: the second LSTM reads each sentence turned around within its own length, so that
    no state depends on the padding, and what the outputs hold there is not to be read.

    Parameters
    ----------
    size, hidden : e, and units of a direction
    directions : "sum" adds the two states of a place, "concat" puts them side by side, (B, M, 2 hidden)
    generator : draws the weights, uniformly within ±1/√hidden; without one they are zero, to be loaded
    """

    def __init__(self, size: int, hidden: int, directions: Directions, generator: torch.Generator | None) -> None:
        super().__init__()
        self.directions = directions
        self.forth = torch.nn.LSTM(size, hidden, batch_first=True)
        self.back = torch.nn.LSTM(size, hidden, batch_first=True)
        bound = hidden**-0.5
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(uniform(tuple(parameter.shape), bound, generator))

    @property
    def num_columns(self) -> int:
        return self.forth.hidden_size * (2 if self.directions == "concat" else 1)

    def forward(self, words: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        turned = reversal(lengths, words.shape[1])[:, :, None]
        forth, _ = self.forth(words)
        back, _ = self.back(words.gather(1, turned.expand_as(words)))
        back = back.gather(1, turned.expand_as(back))
        return forth + back if self.directions == "sum" else torch.cat([forth, back], 2)


def reversal(lengths: torch.Tensor, longest: int) -> torch.Tensor:
    """(B, longest): where the place mirrored within its sentence is; padding stays where it is."""
    place = torch.arange(longest, device=lengths.device)
    mirrored = lengths[:, None] - 1 - place
    return torch.where(mirrored >= 0, mirrored, place)
