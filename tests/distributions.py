"""What is in an sdist and a wheel: ``python tests/distributions.py FOLDER`` with one of each in it."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path

LARGEST = 15_000_000  # bytes of a wheel, unpacked
NEEDED = ("README.md", "docs/index.md", "examples/", "tests/conftest.py", "densevec/_cy/window.pyx", "setup.py")
SHARED = "memoryviews"  # the extension that Cython writes for all others
MADE = (".c", ".cpp", ".so", ".pyd", ".pyc")


def main(folder: Path) -> None:
    """Say how large they are; AssertionError for what should or should not be in them."""
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2]: member.size for member in archive if member.isfile()}
    assert not [name for name in names if name.endswith(MADE)], "what is made is in the sdist"
    for needed in NEEDED:
        assert any(name.startswith(needed) for name in names), f"{needed} is not in the sdist"
    print(f"{sdist.name}: {sdist.stat().st_size / 1e6:.1f} MB, unpacked {sum(names.values()) / 1e6:.1f} MB")
    with zipfile.ZipFile(wheel) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    assert not [name for name in sizes if name.endswith((".c", ".cpp"))], "generated C is in the wheel"
    assert "densevec/py.typed" in sizes
    extensions = {name: size for name, size in sizes.items() if name.endswith((".so", ".pyd"))}
    kernels = {Path(name).stem for name in names if name.startswith("densevec/_cy/") and name.endswith(".pyx")}
    missing = (kernels | {SHARED}) ^ {Path(name).name.partition(".")[0] for name in extensions}
    assert not missing, f"extensions are missing, or have no source: {missing}"
    total = sum(sizes.values())
    print(f"{wheel.name}: unpacked {total / 1e6:.1f} MB, {sum(extensions.values()) / 1e6:.1f} of them extensions")
    assert total <= LARGEST, f"a wheel is to have at most {LARGEST:,} bytes, unpacked"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
