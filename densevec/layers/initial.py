"""The numbers that tables and layers start from."""

from __future__ import annotations

import torch


def uniform(shape: tuple[int, ...], bound: float, generator: torch.Generator | None) -> torch.Tensor:
    """Numbers drawn uniformly from [−bound, bound), on the CPU so that every device starts from the same.

    Without a generator, zeros.
    """
    if generator is None:
        return torch.zeros(shape)
    return torch.rand(shape, generator=generator).mul_(2).sub_(1).mul_(bound)
