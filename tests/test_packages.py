"""Packages that are missing: one sentence that names the one that lacks and what brings it."""

import re
import sys

import pytest

from densevec._packages import import_package
from densevec.errors import MissingPackageError
from densevec.formats.output import write_file
from densevec.plotting.interactive import draw_page
from densevec.serving import make_app, serve
from tests.plotting.makers import a_map, some_vectors

USES = {
    "matplotlib": ("'densevec[plot]'", lambda: a_map().figure()),
    "plotly": ("'densevec[plot]'", lambda: draw_page(a_map())),
    "fastapi": ("'densevec[serve]'", lambda: make_app(some_vectors())),
    "starlette": ("'densevec[serve]'", lambda: make_app(some_vectors())),
    "uvicorn": ("'densevec[serve]'", lambda: serve("vectors.safetensors")),
    "usearch": ("'densevec[ann]'", lambda: some_vectors().build_graph_index()),
    "zstandard": ("'densevec[zst]'", lambda: write_file("text.zst", [b"kiwi"], 4)),
}
NEEDS_FIRST = {"starlette": "fastapi"}  # what asks for it, and must be there


@pytest.mark.parametrize("package", USES)
def test_a_missing_package_is_said_with_what_brings_it(package, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    if package in NEEDS_FIRST:
        pytest.importorskip(NEEDS_FIRST[package])
    for name in [name for name in sys.modules if name.partition(".")[0] in (package, NEEDS_FIRST.get(package))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    install, use = USES[package]
    with pytest.raises(MissingPackageError, match=re.escape(f"needs the package {package}: pip install {install}")):
        use()


def test_a_module_that_an_installed_package_lacks_is_not_called_a_missing_package(monkeypatch, tmp_path):
    (tmp_path / "drawing_kiwis.py").write_text("import json.nothing")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match=r"json\.nothing") as raised:
        import_package("drawing_kiwis", "a picture", "plot")
    assert not isinstance(raised.value, MissingPackageError)
