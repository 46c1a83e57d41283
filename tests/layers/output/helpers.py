"""Layers of a handful of words, and what autograd says about all rows of their tables."""

from __future__ import annotations

import numpy as np
import torch

from densevec.layers.output import (
    ClassSoftmax,
    ComplementarySumSampling,
    FullSoftmax,
    HierarchicalSoftmax,
    NegativeSampling,
    Noise,
    NoiseContrastiveEstimation,
    OutputLayer,
)
from densevec.layers.table import RowTable

NUM_WORDS, DIM = 11, 3
COUNTS = np.array([40, 25, 17, 12, 9, 7, 5, 4, 3, 2, 2])


def make(name: str, *, bias: bool = True, size: int = 6, counts: np.ndarray = COUNTS, seed: int = 1) -> OutputLayer:
    """A layer in double precision whose tables are random."""
    number = len(counts)
    start = torch.linspace(-1, 1, number) if bias else None
    layers = {
        "full": lambda: FullSoftmax(number, DIM, start),
        "class": lambda: ClassSoftmax(counts, DIM, has_bias=bias),
        "hierarchical": lambda: HierarchicalSoftmax(counts, DIM, has_bias=bias),
        "css": lambda: ComplementarySumSampling(number, DIM, size, bias=start),
        "css by proposal": lambda: ComplementarySumSampling(number, DIM, size, Noise(counts, 0.75), start),
        "negative": lambda: NegativeSampling(counts, DIM, 5, size, bias=start),
        "nce": lambda: NoiseContrastiveEstimation(counts, DIM, 5, size, bias=start),
    }
    layer = layers[name]().double()
    random = torch.Generator().manual_seed(seed)
    for table in tables(layer).values():
        table.weight.copy_(torch.randn(table.weight.shape, generator=random, dtype=torch.float64))
    return layer


def tables(layer: OutputLayer) -> dict[str, RowTable]:
    return {name: child for name, child in layer.named_modules() if isinstance(child, RowTable)}


def queries(num_queries: int = 4, width: int = 3, num_words: int = NUM_WORDS) -> tuple[torch.Tensor, ...]:
    """hidden (N, d), targets (N, W), weight (N, W) with some zeros."""
    random = torch.Generator().manual_seed(2)
    hidden = torch.randn(num_queries, DIM, generator=random, dtype=torch.float64)
    targets = torch.randint(num_words, (num_queries, width), generator=random)
    weight = torch.rand(num_queries, width, generator=random, dtype=torch.float64)
    weight[weight < 0.3] = 0
    return hidden, targets, weight


def draws(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def gradients(layer: OutputLayer, hidden, targets, weight=None, seed: int = 3) -> dict[str, torch.Tensor]:
    """The gradient of the summed loss by hidden and by every table."""
    hidden = hidden.clone().requires_grad_(True)
    layer.loss(hidden, targets, weight, draws(seed)).sum().backward()
    result = {"hidden": hidden.grad}
    for name, table in tables(layer).items():
        result[name] = torch.zeros_like(table.weight)
        for rows, looked_up in table.pending:
            assert len(set(rows.tolist())) == len(rows), "a table hands out distinct rows"
            result[name].index_add_(0, rows, looked_up.grad)
        table.pending.clear()
    return result
