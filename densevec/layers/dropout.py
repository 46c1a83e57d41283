"""Dropout whose draws come from a generator of its caller's."""

from __future__ import annotations

import torch


def dropout(values: torch.Tensor, rate: float, draws: torch.Generator | None) -> torch.Tensor:
    """Each number zero with probability ``rate``, else divided by 1 − rate (Srivastava et al. 2014).

    The values themselves when ``draws`` is None or the rate is zero.
    """
    if draws is None or rate == 0:
        return values
    drawn = torch.rand(values.shape, generator=draws, device=values.device, dtype=values.dtype)
    return values * ((drawn >= rate) * (1 / (1 - rate)))
