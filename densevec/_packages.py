"""Packages that not everything needs: what is missing is said in a sentence, where it is needed and not before."""

from __future__ import annotations

import importlib
from types import ModuleType

from densevec.errors import MissingPackageError


def import_torch(what: str) -> ModuleType:
    """torch, or MissingPackageError that says what needs it."""
    try:
        return importlib.import_module("torch")
    except ModuleNotFoundError as error:
        raise without_torch(what, error) from None


def without_torch(what: str, error: ModuleNotFoundError) -> Exception:
    """The error to raise for a module that was not found: ours if it is torch, else the same."""
    if (error.name or "").partition(".")[0] != "torch":
        return error
    return MissingPackageError(f"{what} needs the package torch: pip install torch")
