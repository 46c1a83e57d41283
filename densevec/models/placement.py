"""Where a model trains and by which engine: decided here, once a training."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import Any, NamedTuple

from densevec._packages import import_torch
from densevec._processes import is_distributed
from densevec.errors import ParameterError
from densevec.training.resume import SavedTraining

_DRIVERS = "/dev/nvidiactl", "/dev/dxg", "/dev/kfd"  # NVIDIA's, the same under WSL, AMD's


class Placement(NamedTuple):
    """A device, by the name that torch has for it, and whether kernels train there."""

    device: str
    is_fused: bool


def place(model: Any, saved: SavedTraining | None = None) -> Placement:
    """The placement that the parameters ask for; "auto" stands for the engine of a ``saved`` training, and its device.

    A model with kernels has ``engine``, and ``fused_takes`` says for which values of which parameters they are there.

    Raises
    ------
    ParameterError : for a device that is not there, an engine that cannot train the model, or not by several processes,
        or a parameter of the engine that does not run; and for an engine, or a device, that is not the saved training's
    """
    if "engine" not in model.declared():
        placement = Placement(find_device(model.device), False)
    elif saved is not None:
        placement = _place_again(model, saved)
    else:
        placement = _place(model, _device(model, model.engine == "fused"), model.engine)
    engine = "fused" if placement.is_fused else "torch"
    if is_distributed() and engine not in model.trains_together:
        others = " or ".join(f"engine={name!r}" for name in model.trains_together)
        how = f"; set {others}, by which several can" if others else ""
        raise ParameterError(
            f"{type(model).__name__} must be trained by one process by the {engine} engine, got "
            f"{os.environ['WORLD_SIZE']} of torchrun{how}"
        )
    return placement


def _place_again(model: Any, saved: SavedTraining) -> Placement:
    """Where a saved training goes on."""
    if model.engine not in ("auto", saved.engine):
        raise ParameterError(
            f"engine must be {saved.engine!r} or 'auto' to go on from {saved.path}, which that engine wrote, got "
            f"{model.engine!r}"
        )
    is_fused = saved.engine == "fused"
    device = _device(model, is_fused)
    if is_fused and device != "cpu":
        raise ParameterError(
            f"device must be 'cpu' or 'auto' to go on from {saved.path}, which the fused engine wrote, got "
            f"{model.device!r}"
        )
    return _place(model, device, saved.engine)


def _device(model: Any, is_fused: bool) -> str:
    """The device that a model asks for; where its kernels train, "auto" stands for the CPU."""
    return find_device("cpu" if is_fused and model.device == "auto" else model.device)


def _place(model: Any, device: str, wanted: str) -> Placement:
    declared = model.declared()
    obstacle = None if device == "cpu" else f"device={model.device!r}"
    for name, possible in model.fused_takes.items():
        if getattr(model, name) not in possible:
            obstacle = f"{name}={getattr(model, name)!r}"
    if wanted == "fused" and obstacle is not None:
        raise ParameterError(f"engine must be 'auto' or 'torch' with {obstacle}, got 'fused'")
    is_fused = wanted != "torch" and obstacle is None
    engine, other = ("fused", "torch") if is_fused else ("torch", "fused")
    for name, parameter in declared.items():
        if parameter.engine == other:
            advice = f"which {obstacle} asks for" if obstacle is not None else f"try engine={other!r}"
            parameter.check_unused(getattr(model, name), f"the {engine} engine", advice)
    return Placement(device, is_fused)


def find_device(name: str) -> str:
    """The device of this name, "auto" for a GPU if there is one; ParameterError if torch cannot use it.

    torch is asked for what is not the CPU alone: its import takes longer than many a training.
    """
    if name == "cpu" or (name == "auto" and not _may_have_gpu()):
        return "cpu"
    torch = import_torch(f"device={name!r}")
    if name == "auto":
        return _own_gpu(torch.device("cuda"), torch) if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ParameterError(f'device must be "auto", "cpu" or "cuda", got {name!r:.80}') from None
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise ParameterError(f"device must be there, got {name!r:.80}, which torch cannot use; try 'cpu'") from None
    return _own_gpu(device, torch)


def _own_gpu(device: Any, torch: Any) -> str:
    """The name of a device: of "cuda" without a number, where several processes train, that of one for each."""
    if device.type == "cuda" and device.index is None and is_distributed():
        return f"cuda:{int(os.environ['LOCAL_RANK']) % torch.cuda.device_count()}"
    return str(device)


def _may_have_gpu() -> bool:
    """Whether torch is worth asking for a GPU: it is there, and so is what systems show of a GPU's driver."""
    if sys.modules.get("torch") is not None:
        return True
    if sys.platform == "darwin" or find_spec("torch") is None:
        return False
    return not sys.platform.startswith("linux") or any(map(os.path.exists, _DRIVERS))
