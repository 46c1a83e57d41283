"""Embedding tables of which each step touches few rows."""

from __future__ import annotations

import torch


class RowTable(torch.nn.Module):
    """A (num_rows, num_columns) table that hands out rows and remembers them for a row-sparse optimiser.

    ``table(rows)`` gives a leaf tensor, so that its gradient covers the looked-up rows alone and
    nothing of the table's own size is ever allocated.  ``rows`` (R,) int64 must be distinct; several
    look-ups in one step may overlap.  The optimiser empties ``pending`` with each step, and keeps
    the rows it changed at or above ``minimum``.
    """

    weight: torch.Tensor

    def __init__(self, initial: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", initial)
        self.minimum: float | None = None
        self.pending: list[tuple[torch.Tensor, torch.Tensor]] = []

    def forward(self, rows: torch.Tensor) -> torch.Tensor:  # (R,) -> (R, num_columns)
        looked_up = self.weight.index_select(0, rows)
        if torch.is_grad_enabled():
            looked_up.requires_grad_(True)
            self.pending.append((rows, looked_up))
        return looked_up
