"""Packages whose names are imported when they are first used, as their stubs list them."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any


def lazily(package: str, file: str) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """``__all__``, ``__getattr__`` and ``__dir__`` of a package from the imports in its ``__init__.pyi``.

    ``from a.b import C as C`` says that C lives in a.b, ``from a import *`` that all names of package a, itself a lazy
    one, are here too.  Type checkers read the same stub.
    """
    homes = _homes(Path(file).with_suffix(".pyi"))

    def __getattr__(name: str) -> Any:
        if name in homes:
            return getattr(importlib.import_module(homes[name]), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted([*vars(importlib.import_module(package)), *homes])

    return sorted(homes), __getattr__, __dir__


def _homes(stub: Path) -> dict[str, str]:
    """The module of each name that a stub imports."""
    homes: dict[str, str] = {}
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                if alias.name == "*":
                    inner = Path(__file__).parent.joinpath(*node.module.split(".")[1:], "__init__.pyi")
                    homes |= _homes(inner)
                else:
                    homes[alias.name] = node.module
    return homes
