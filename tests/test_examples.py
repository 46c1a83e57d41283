"""The scripts in examples/ run, at a small size, and say something."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_example_runs(script: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(script), "2000"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run(
        command, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    assert "near" in done.stdout
    assert not list(tmp_path.iterdir()), "an example leaves nothing behind"


def test_examples_are_short() -> None:
    assert len(SCRIPTS) >= 3
    assert all(len(script.read_text(encoding="utf-8").splitlines()) < 40 for script in SCRIPTS)
