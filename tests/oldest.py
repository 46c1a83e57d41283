"""The oldest versions that pyproject.toml allows, as pip's constraints: ``python tests/oldest.py LIST...``.

A LIST is "dependencies", "build" or the name of an extra.  ``name>=1.2`` becomes ``name==1.2``.  torch is left at what
constraints.txt pins: builds of it are large, and few.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
_BOUND = re.compile(r"^(?P<name>[\w.-]+)(?:\[[\w,]+\])?>=(?P<version>[\w.]+)$")


def oldest(name: str) -> dict[str, str]:
    """Versions by package of a list: "dependencies", an extra, or "build"."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lists = {**project["project"]["optional-dependencies"], "build": project["build-system"]["requires"]}
    lists["dependencies"] = project["project"]["dependencies"]
    found = (_BOUND.match(each) for each in lists[name])
    versions = {match["name"]: match["version"] for match in found if match is not None}
    pins = (line.partition("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())
    return versions | {pin: version for pin, _, version in pins if pin == "torch" and pin in versions}


if __name__ == "__main__":
    for each in sys.argv[1:]:
        print("\n".join(f"{package}=={version}" for package, version in oldest(each).items()))
