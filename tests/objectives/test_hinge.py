"""The hinge on pairs of context and noise words."""

from __future__ import annotations

import pytest
import torch

from densevec.objectives.hinge import Hinge


def test_it_is_the_weighted_sum_over_pairs() -> None:
    context, noise = torch.tensor([[1.0, -2.0]]), torch.tensor([[0.5, -4.0, 3.0]])
    weight = torch.tensor([[[1.0, 1.0, 0.5], [2.0, 1.0, 0.0]]])
    by_hand = (1 - 1 + 0.5) + 0 + 0.5 * (1 - 1 + 3) + 2 * (1 + 2 + 0.5) + 0 + 0
    assert Hinge(1.0)(context, noise, weight).tolist() == pytest.approx([by_hand])


def test_satisfied_pairs_teach_nothing() -> None:
    context = torch.tensor([[5.0]], requires_grad=True)
    loss = Hinge(1.0)(context, torch.tensor([[3.9]]), torch.ones(1, 1, 1)).sum()
    loss.backward()
    assert loss == 0
    assert context.grad is not None
    assert not context.grad.any()
