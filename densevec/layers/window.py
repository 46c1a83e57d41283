"""Windows over a block of running text as offsets, never as a list of pairs."""

from __future__ import annotations

import torch
from torch.nn import functional

CHUNK = 32  # rows that share one small matrix product in ``banded_product``; 16-64 are equally fast


def window_mask(left: torch.Tensor, right: torch.Tensor, window: int) -> torch.Tensor:
    """(T, 2·window + 1) booleans: column window + k tells whether token i has a context token at i + k."""
    offset = torch.arange(-window, window + 1, device=left.device)
    return (offset <= right[:, None]) & (offset >= -left[:, None]) & (offset != 0)


def window_words(ids: torch.Tensor, window: int) -> torch.Tensor:
    """(T, 2·window + 1) words: column window + k has token i + k; anything beyond the ends and where k = 0."""
    return functional.pad(ids, (window, window)).unfold(0, 2 * window + 1, 1)


def window_total(rows: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Σ_k weight[i, window + k] · rows[i + k] for the tokens i of a block, (T, F); weight (T, 2·window + 1)."""
    num_tokens, width = weight.shape
    padded = functional.pad(rows, (0, 0, width // 2, width // 2))
    total = torch.zeros_like(rows)
    for place in range(width):
        total = total.addcmul(padded[place : place + num_tokens], weight[:, place, None])
    return total


def banded_product(rows: torch.Tensor, columns: torch.Tensor, window: int) -> torch.Tensor:
    """The band of ``rows @ columns.T`` within ``window`` of its diagonal.

    rows, columns : (T, F), entry (i, window + k) of the result is rows[i]·columns[i + k], zero-padded
    beyond the ends.  (T, 2·window + 1).  Small dense products over chunks of rows do a few times
    the needed work at many times the speed of going offset by offset.
    """
    num_tokens, num_features = rows.shape
    num_chunks = -(-num_tokens // CHUNK)
    padding = num_chunks * CHUNK - num_tokens
    padded_rows = functional.pad(rows, (0, 0, 0, padding)).view(num_chunks, CHUNK, num_features)
    padded_columns = functional.pad(columns, (0, 0, window, window + padding))
    neighbours = padded_columns.unfold(0, CHUNK + 2 * window, CHUNK)  # (num_chunks, F, CHUNK + 2·window)
    product = torch.bmm(padded_rows, neighbours)
    width = CHUNK + 2 * window
    band = product.as_strided((num_chunks, CHUNK, 2 * window + 1), (CHUNK * width, width + 1, 1))
    return band.reshape(num_chunks * CHUNK, 2 * window + 1)[:num_tokens]
