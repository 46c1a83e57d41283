"""The scripts in examples/ run, at a small size, and say something."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_example_runs(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(script), "1000" if "translations" in script.name else "2000"])
    runpy.run_path(str(script), run_name="__main__")
    assert "near" in capsys.readouterr().out
    assert not list(tmp_path.iterdir()), "an example leaves nothing behind"


def test_examples_are_short() -> None:
    assert len(SCRIPTS) >= 3
    assert all(len(script.read_text(encoding="utf-8").splitlines()) < 40 for script in SCRIPTS)
