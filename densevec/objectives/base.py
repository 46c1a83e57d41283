"""The one return type of every objective."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Loss:
    """What one batch costs.

    Attributes
    ----------
    total : scalar tensor to differentiate, the sum over the batch's tokens, in nats; of a kernel, which has learned
        already, a number
    terms : the sums total is made of, by name, detached, in nats
    num_tokens : tokens the sums run over; a mean per token is a sum divided by it
    """

    total: torch.Tensor | Any
    terms: Mapping[str, torch.Tensor | float]
    num_tokens: int
