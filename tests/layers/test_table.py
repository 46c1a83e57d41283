"""Bounds of tables."""

from __future__ import annotations

import math

import torch

from densevec.layers.table import RowTable
from densevec.training.optimisers import Optimiser, TableRate


def test_rows_are_kept_within_their_bounds_and_others_left_alone() -> None:
    table = RowTable(torch.tensor([[3.0, 4.0], [0.3, -0.4], [6.0, 8.0]]))
    table.norm_bound = 2.0
    table.constrain(torch.tensor([0, 1]))
    torch.testing.assert_close(table.weight, torch.tensor([[1.2, 1.6], [0.3, -0.4], [6.0, 8.0]]))
    table.norm_bound, table.minimum, table.maximum = None, 0.0, 7.0
    table.constrain(torch.tensor([1, 2]))
    torch.testing.assert_close(table.weight, torch.tensor([[1.2, 1.6], [0.3, 0.0], [6.0, 7.0]]))


def test_row_wise_adagrad_keeps_one_sum_a_row() -> None:
    module = torch.nn.Module()
    module.table = RowTable(torch.zeros(3, 2))
    optimiser = Optimiser(module, {"table": TableRate(0.5, 1.0, row_wise=True)}, 0.0)
    for _ in range(2):
        (module.table(torch.tensor([1])) @ torch.tensor([3.0, 4.0])).sum().backward()
        optimiser.step(1.0, 1)
    assert optimiser.squares["table"].tolist() == [[1.0], [51.0], [1.0]]
    expected = -0.5 * torch.tensor([3.0, 4.0]) * (1 / math.sqrt(26) + 1 / math.sqrt(51))
    torch.testing.assert_close(module.table.weight[1], expected)
    assert not module.table.weight[[0, 2]].any()
