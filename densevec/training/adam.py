"""Adam without what the one of torch brings with it: its first use imports eight hundred modules, for seconds."""

from __future__ import annotations

from collections.abc import Iterable

import torch

_MEMORY, _SQUARE_MEMORY, _LEAST = 0.9, 0.999, 1e-8


class Adam:
    """Adam (Kingma & Ba 2015) with decay apart from the gradient (Loshchilov & Hutter 2019).

    With g the gradient, at step t

        m ← .9 m + .1 g,  v ← .999 v + .001 g²,  w ← w − rate (m / (1 − .9^t) / (√(v / (1 − .999^t)) + 1e−8) + decay w)

    Parameters
    ----------
    parameters : what is trained
    rate, decay : as above
    """

    def __init__(self, parameters: Iterable[torch.nn.Parameter], rate: float, decay: float = 0.0) -> None:
        self.parameters = list(parameters)
        self.rate, self.decay = rate, decay
        self.means = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.squares = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.steps = 0

    @torch.no_grad()
    def step(self, scale: float) -> None:
        """Apply and forget the gradients; ``scale`` is a factor on the rate."""
        self.steps += 1
        rate = self.rate * scale
        for parameter, mean, square in zip(self.parameters, self.means, self.squares, strict=True):
            gradient = parameter.grad
            if gradient is None:
                continue
            mean.mul_(_MEMORY).add_(gradient, alpha=1 - _MEMORY)
            square.mul_(_SQUARE_MEMORY).addcmul_(gradient, gradient, value=1 - _SQUARE_MEMORY)
            size = (square / (1 - _SQUARE_MEMORY**self.steps)).sqrt_().add_(_LEAST)
            parameter.mul_(1 - rate * self.decay)
            parameter.addcdiv_(mean, size, value=-rate / (1 - _MEMORY**self.steps))
            parameter.grad = None
