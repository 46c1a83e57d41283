"""Adam without what the one of torch brings with it: its first use imports eight hundred modules, for seconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch

_MEMORY, _SQUARE_MEMORY, _LEAST = 0.9, 0.999, 1e-8


@dataclass
class Moments:
    """Of one parameter: the steps it has taken, m and v."""

    step: int
    mean: torch.Tensor
    square: torch.Tensor


class Adam:
    """Adam (Kingma & Ba 2015).

    With g the gradient, at step t of a parameter, in the order of torch's own and so to the same bits on a CPU,

        m ← .9 m + .1 g,  v ← .999 v + .001 g²,  w ← w − rate (m / (1 − .9^t) / (√(v / (1 − .999^t)) + 1e−8))

    Parameters
    ----------
    parameters : what is trained
    rate : as above
    """

    def __init__(self, parameters: Iterable[torch.nn.Parameter], rate: float) -> None:
        self.parameters = list(parameters)
        self.rate = rate
        self.moments: dict[torch.nn.Parameter, Moments] = {}  # of those that have had a gradient

    @torch.no_grad()
    def step(self, scale: float) -> None:
        """Apply and forget the gradients; ``scale`` is a factor on the rate."""
        rate = self.rate * scale
        for parameter in self.parameters:
            gradient = parameter.grad
            if gradient is None:
                continue
            if parameter not in self.moments:
                self.moments[parameter] = Moments(0, torch.zeros_like(parameter), torch.zeros_like(parameter))
            moments = self.moments[parameter]
            moments.step += 1
            moments.mean.lerp_(gradient, 1 - _MEMORY)
            moments.square.mul_(_SQUARE_MEMORY).addcmul_(gradient, gradient, value=1 - _SQUARE_MEMORY)
            size = (moments.square.sqrt() / (1 - _SQUARE_MEMORY**moments.step) ** 0.5).add_(_LEAST)
            parameter.addcdiv_(moments.mean, size, value=-rate / (1 - _MEMORY**moments.step))
        self.forget()

    def forget(self) -> None:
        """Drop the gradients."""
        for parameter in self.parameters:
            parameter.grad = None
