"""Kernels on the tables of a network that torch has."""

from __future__ import annotations

import math

import torch

from densevec._cy.sampling import Noise, alias_table
from densevec.layers.output import NoiseContrastiveEstimation
from densevec.layers.table import RowTable
from densevec.training.tables import Floats, close_gaps, padded, zeros


def kernel_noise(output: NoiseContrastiveEstimation, negative: int, pool: int, share: int) -> Noise:
    """What a kernel takes of an output layer: its noise and, where words have them, a view of their biases."""
    log_noise = output.noise.log_probability
    table, scores = alias_table(log_noise.exp().numpy()), output.words
    if scores.bias is None:
        return Noise(table, negative, pool, share)
    expected = (log_noise + math.log(output.negative)).float().numpy()
    return Noise(table, negative, pool, share, scores.bias.weight.numpy()[:, 0], expected)


def take_rows(table: RowTable) -> Floats:
    """An array of the table's rows, aligned and padded with zeros, of which the table is a view from now on."""
    num_rows, dim = table.weight.shape
    is_zero = not bool(table.weight.any())
    if is_zero:  # its memory is given back before new memory is taken
        table.weight = torch.empty(0, dim)
    rows = zeros(num_rows, padded(dim))
    if not is_zero:
        rows[:, :dim] = table.weight.numpy()
    table.weight = torch.from_numpy(rows)[:, :dim]
    return rows


def give_back(table: RowTable, rows: Floats) -> None:
    """Leave the table as torch's own: ``close_gaps``."""
    table.weight = torch.from_numpy(close_gaps(rows, table.weight.shape[1]))
