"""Embedding tables of which each step touches few rows."""

from __future__ import annotations

from collections.abc import Callable

import torch


class RowTable(torch.nn.Module):
    """A (num_rows, num_columns) table that hands out rows and remembers them for a row-sparse optimiser.

    ``table(rows)`` gives a leaf tensor, so that its gradient covers the looked-up rows alone and
    nothing of the table's own size is ever allocated.  ``rows`` (R,) int64 must be distinct; several
    look-ups in one step may overlap.  The optimiser empties ``pending`` with each step, and has
    ``constrain`` keep the rows it changed within the bounds there are: on values, and on a row's norm.
    ``gain`` of rows and of all sums of squares, where it is given, are factors (R, 1) on Adagrad's steps.
    """

    weight: torch.Tensor

    def __init__(self, initial: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", initial)
        self.minimum: float | None = None
        self.maximum: float | None = None
        self.norm_bound: float | None = None
        self.gain: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] | None = None
        self.pending: list[tuple[torch.Tensor, torch.Tensor]] = []

    def forward(self, rows: torch.Tensor) -> torch.Tensor:  # (R,) -> (R, num_columns)
        looked_up = self.weight.index_select(0, rows)
        if torch.is_grad_enabled():
            looked_up.requires_grad_(True)
            self.pending.append((rows, looked_up))
        return looked_up

    def constrain(self, rows: torch.Tensor) -> None:
        """Clip the values of these rows, and project the rows to norms of at most ``norm_bound``."""
        if self.minimum is not None or self.maximum is not None:
            self.weight[rows] = self.weight[rows].clamp(self.minimum, self.maximum)
        if self.norm_bound is not None:
            chosen = self.weight[rows]
            excess = chosen.norm(dim=1, keepdim=True) / self.norm_bound
            self.weight[rows] = chosen / excess.clamp(min=1)
