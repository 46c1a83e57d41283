"""The optional packages that draw."""

from __future__ import annotations

import importlib
from types import ModuleType

from densevec.errors import ParameterError


def require(name: str, what: str) -> ModuleType:
    """The module; ParameterError that says what to install where it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise ParameterError(f"{what} needs {package}: pip install 'densevec[plot]'") from None
