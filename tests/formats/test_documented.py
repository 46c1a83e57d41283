"""The document of the file format: its reader, written from the document alone, reads what we write."""

import re
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "file-format.md"


def test_the_example_runs(tmp_path, monkeypatch):
    if not DOCUMENT.exists():
        pytest.skip("the documents are not beside the tests")
    pytest.importorskip("safetensors")
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    # The package's top level is another part's matter; this test needs the vectors only.
    code = code.replace("from densevec import", "from densevec.vectors import")
    exec(compile(code, str(DOCUMENT), "exec"), {})
