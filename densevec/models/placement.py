"""Where a model trains and by which engine: decided here, once a training."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from densevec.errors import ParameterError


class Placement(NamedTuple):
    """A device, and whether kernels train there."""

    device: torch.device
    is_fused: bool


def place(model: Any) -> Placement:
    """The placement that the parameters ask for.

    A model with kernels has ``engine``, and ``fused_takes`` says for which values of which parameters they are there.

    Raises
    ------
    ParameterError : for a device that is not there, an engine that cannot train the model, or a parameter of the
        engine that does not run
    """
    device = find_device(model.device)
    declared = model.declared()
    if "engine" not in declared:
        return Placement(device, False)
    obstacle = None if device.type == "cpu" else f"device={model.device!r}"
    for name, possible in model.fused_takes.items():
        if getattr(model, name) not in possible:
            obstacle = f"{name}={getattr(model, name)!r}"
    if model.engine == "fused" and obstacle is not None:
        raise ParameterError(f"engine must be 'auto' or 'torch' with {obstacle}, got 'fused'")
    is_fused = model.engine != "torch" and obstacle is None
    engine, other = ("fused", "torch") if is_fused else ("torch", "fused")
    for name, parameter in declared.items():
        value = getattr(model, name)
        if parameter.engine == other and value != parameter.default:
            how = f"which {obstacle} asks for" if obstacle is not None else f"try engine={other!r}"
            raise ParameterError(
                f"{name} must be left at {parameter.default!r} with the {engine} engine, which does not use it, got "
                f"{value!r}; {how}"
            )
    return Placement(device, is_fused)


def find_device(name: str) -> torch.device:
    """The device of this name, "auto" for a GPU if there is one; ParameterError if torch cannot use it."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ParameterError(f'device must be "auto", "cpu" or "cuda", got {name!r}') from None
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise ParameterError(f"device must be there, got {name!r}, which torch cannot use; try 'cpu'") from None
    return device
