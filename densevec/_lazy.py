"""Packages whose names are imported when they are first used, as their stubs list them."""

from __future__ import annotations

import importlib
import os

TYPE_CHECKING = False  # to type checkers it is true by its name; typing itself would be half the time of an import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def lazily(package: str, file: str) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """``__all__``, ``__getattr__`` and ``__dir__`` of a package from the imports in its ``__init__.pyi``.

    A line ``from a.b import C as C`` says that C lives in a.b, ``from a import *`` that all names of a, itself a lazy
    package, are here too.  Type checkers read the same stub.
    """
    homes = _homes(file.removesuffix(".py") + ".pyi")

    def __getattr__(name: str) -> Any:
        if name in homes:
            try:
                return getattr(importlib.import_module(homes[name]), name)
            except ModuleNotFoundError as error:
                from densevec._packages import without_torch

                raise without_torch(name, error) from None
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted([*vars(importlib.import_module(package)), *homes])

    return sorted(homes), __getattr__, __dir__


def _homes(stub: str) -> dict[str, str]:
    """The module of each name that a stub imports, one name a line."""
    homes: dict[str, str] = {}
    with open(stub, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("from "):
                _, module, _, name, *_ = line.split()
                if name == "*":
                    inner = os.path.join(os.path.dirname(__file__), *module.split(".")[1:], "__init__.pyi")
                    homes |= _homes(inner)
                else:
                    homes[name] = module
    return homes
