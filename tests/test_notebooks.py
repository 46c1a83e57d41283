"""The notebooks in docs/notebooks: every cell is run, at a small size, as a reader runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "docs" / "notebooks").glob("*.ipynb"))
SMALLER = {"NUM_SENTENCES": 6000, "EPOCHS": 1}


def cells_of(notebook: Path) -> list[dict[str, Any]]:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    return content["cells"]


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_runs(notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for number, cell in enumerate(cells_of(notebook), 1):
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        for name, value in SMALLER.items():
            source = re.sub(rf"^{name} = [\d_]+$", f"{name} = {value}", source, flags=re.MULTILINE)
        exec(compile(source, f"{notebook.name}, cell {number}", "exec", dont_inherit=True), namespace)


def test_there_are_four_without_outputs() -> None:
    assert len(NOTEBOOKS) == 4
    for notebook in NOTEBOOKS:
        cells = cells_of(notebook)
        assert cells[0]["cell_type"] == "markdown"
        assert len({cell["id"] for cell in cells}) == len(cells)
        assert all(cell["cell_type"] == "markdown" or not cell["outputs"] for cell in cells)
