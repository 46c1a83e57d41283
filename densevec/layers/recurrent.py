"""Recurrent layers: Elman's, GRU and LSTM, over parallel streams of text."""

from __future__ import annotations

import math
from typing import Literal

import torch

from densevec.layers.dropout import dropout
from densevec.layers.initial import uniform

Cell = Literal["elman", "gru", "lstm"]
Activation = Literal["sigmoid", "tanh"]
CELLS: tuple[Cell, ...] = ("elman", "gru", "lstm")
ACTIVATIONS: tuple[Activation, ...] = ("sigmoid", "tanh")


class Elman(torch.nn.Module):
    """z_t = f(U x_t + W z_{t−1} + b), f the logistic function or tanh (Elman 1990; Mikolov et al. 2010).

    Parameters
    ----------
    num_inputs, hidden : columns of U, and its rows
    activation : f
    """

    def __init__(self, num_inputs: int, hidden: int, activation: Activation) -> None:
        super().__init__()
        self.from_input = torch.nn.Parameter(torch.empty(hidden, num_inputs))
        self.from_state = torch.nn.Parameter(torch.empty(hidden, hidden))
        self.bias = torch.nn.Parameter(torch.empty(hidden))
        self.activation = torch.sigmoid if activation == "sigmoid" else torch.tanh

    def forward(self, inputs: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(L, B, num_inputs) and the state (1, B, hidden) before it to (L, B, hidden) and the state after it."""
        from_input = torch.nn.functional.linear(inputs, self.from_input, self.bias)
        hidden, outputs = state[0], []
        for step in from_input:
            hidden = self.activation(torch.addmm(step, hidden, self.from_state.T))
            outputs.append(hidden)
        return torch.stack(outputs), hidden[None]


class Recurrent(torch.nn.Module):
    """Layers of recurrent cells one upon the other, with dropout between them.

    Weights start as U(±1/√hidden), the forget gate of an LSTM open by a bias of 1 (Gers, Schmidhuber & Cummins 2000).

    Parameters
    ----------
    num_inputs, hidden : dimension of what is read, and of each layer
    cell : "elman", "gru" (Cho et al. 2014) or "lstm" (Hochreiter & Schmidhuber 1997)
    activation : of Elman's cells; the others have theirs
    num_layers : how many
    seed : draws the weights; None leaves them for ``load_state_dict`` to fill
    """

    def __init__(
        self,
        num_inputs: int,
        hidden: int,
        *,
        cell: Cell = "lstm",
        activation: Activation = "sigmoid",
        num_layers: int = 1,
        seed: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        sizes = [num_inputs] + [hidden] * (num_layers - 1)
        self.layers = torch.nn.ModuleList(_layer(cell, size, hidden, activation) for size in sizes)
        with torch.no_grad():
            for name, parameter in self.layers.named_parameters():
                parameter.copy_(uniform(tuple(parameter.shape), 1 / math.sqrt(hidden), seed))
                if cell == "lstm" and "bias_hh" in name:
                    parameter.zero_()[hidden : 2 * hidden] = 1  # gates lie in the order input, forget, cell, output
        self.state_shape = (num_layers, 2 if cell == "lstm" else 1, hidden)

    def first_state(self, streams: int) -> torch.Tensor:
        """The state before any text, zeros (num_layers, 1 or, for an LSTM, 2, streams, hidden)."""
        num_layers, parts, hidden = self.state_shape
        like = next(self.parameters())
        return torch.zeros(num_layers, parts, streams, hidden, dtype=like.dtype, device=like.device)

    def forward(
        self, inputs: torch.Tensor, state: torch.Tensor, rate: float = 0.0, draws: torch.Generator | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(L, B, num_inputs) and the state before it to (L, B, hidden) and the state after it; rate of dropout."""
        after = []
        for number, (layer, before) in enumerate(zip(self.layers, state, strict=True)):
            if number > 0:
                inputs = dropout(inputs, rate, draws)
            if isinstance(layer, torch.nn.LSTM):
                inputs, parts = layer(inputs, (before[:1], before[1:]))
                after.append(torch.cat(parts))
            else:
                inputs, part = layer(inputs, before)
                after.append(part)
        return inputs, torch.stack(after)


def _layer(cell: Cell, num_inputs: int, hidden: int, activation: Activation) -> torch.nn.Module:
    if cell == "lstm":
        return torch.nn.LSTM(num_inputs, hidden)
    return torch.nn.GRU(num_inputs, hidden) if cell == "gru" else Elman(num_inputs, hidden, activation)
