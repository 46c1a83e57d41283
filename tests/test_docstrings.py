"""The examples in docstrings run, and every public name is documented."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import densevec

MODULES = [info.name for info in pkgutil.walk_packages(densevec.__path__, "densevec.") if "__main__" not in info.name]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # some write files
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


@pytest.mark.parametrize("name", densevec.__all__)
def test_public_names_are_documented(name: str) -> None:
    assert getattr(densevec, name).__doc__
    assert name in dir(densevec)
