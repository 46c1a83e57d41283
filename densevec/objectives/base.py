"""The one return type of every objective."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Loss:
    """What one batch costs.

    total : scalar tensor to differentiate, the sum over the batch's tokens, in nats
    terms : the sums total is made of, by name, detached, in nats
    num_tokens : tokens the sums run over; a mean per token is a sum divided by it
    """

    total: torch.Tensor
    terms: dict[str, torch.Tensor]
    num_tokens: int
