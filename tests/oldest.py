"""The oldest versions that pyproject.toml allows, as pip's constraints: ``python tests/oldest.py [EXTRA...]``.

``name>=1.2`` becomes ``name==1.2``.  torch is left at what constraints.txt pins: builds of it are large, and few.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
_BOUND = re.compile(r"^(?P<name>[\w.-]+)(?:\[[\w,]+\])?>=(?P<version>[\w.]+)$")


def oldest(extras: list[str]) -> dict[str, str]:
    """Versions by the name of the package: of the dependencies, the extras named, and what builds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    optional = project["project"]["optional-dependencies"]
    wanted = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    found = (_BOUND.match(each) for each in [*wanted, *(each for extra in extras for each in optional[extra])])
    versions = {match["name"]: match["version"] for match in found if match is not None}
    pins = (line.partition("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())
    return versions | {name: version for name, _, version in pins if name == "torch"}


if __name__ == "__main__":
    print("\n".join(f"{name}=={version}" for name, version in oldest(sys.argv[1:]).items()))
