"""Packages that not everything needs: what is missing is said in a sentence, where it is needed and not before."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from densevec.errors import MissingPackageError


def import_torch(what: str) -> ModuleType:
    """torch, or MissingPackageError that says what needs it."""
    try:
        return importlib.import_module("torch")
    except ModuleNotFoundError as error:
        raise without_torch(what, error) from None


@contextmanager
def torch_threads(number: int) -> Iterator[None]:
    """Let torch work on so many threads for a while; MissingPackageError where it is not installed."""
    torch = import_torch("training by automatic differentiation, or a loss on held-out text,")
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def import_package(name: str, what: str, extra: str | None = None) -> ModuleType:
    """The module, or MissingPackageError that says what needs it and how it is installed: by an extra of ours or alone.

    The package that is missing may be one that the module needs itself; what installs the one brings the other.

    >>> import_package("no_such.module", "a picture", "plot")
    Traceback (most recent call last):
    densevec.errors.MissingPackageError: a picture needs the package no_such: pip install 'densevec[plot]'
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        missing, _, module = (error.name or package).partition(".")
        if module and missing != package:
            raise  # what it needs is there, in another version
        install = package if extra is None else f"'densevec[{extra}]'"
        raise MissingPackageError(f"{what} needs the package {missing}: pip install {install}") from None


def without_torch(what: str, error: ModuleNotFoundError) -> Exception:
    """The error to raise for a module that was not found: ours if it is torch, else the same."""
    if (error.name or "").partition(".")[0] != "torch":
        return error
    return MissingPackageError(f"{what} needs the package torch: pip install torch")
