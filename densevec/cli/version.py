"""What ``densevec --version --json`` says: for a report of what went wrong on which machine."""

from __future__ import annotations

import platform
import sys
import sysconfig
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from densevec.cli.output import Style

INSTRUCTION_SETS = ("any", "AVX2", "AVX-512", "AVX-512 with bfloat16", "AMX")  # by the kernels' number
REQUIRED = ("numpy", "scipy", "torch", "smart_open", "scikit-learn", "threadpoolctl", "safetensors", "tqdm")
OPTIONAL = (
    "matplotlib",
    "plotly",
    "usearch",
    "POT",
    "pandas",
    "polars",
    "pyarrow",
    "huggingface_hub",
    "tokenizers",
    "spacy",
    "sentencex",
    "fastapi",
    "uvicorn",
)


@dataclass(frozen=True)
class Version:
    """The version, the build, and the versions of the packages that are used; none is imported."""

    version: str

    def as_dict(self) -> dict[str, Any]:
        from densevec._cy.dispatch import best_product_variant

        best = best_product_variant()
        return {
            "densevec": self.version,
            "python": platform.python_version(),
            "implementation": platform.python_implementation(),
            "platform": platform.platform(),
            "build": {
                "abi": sysconfig.get_config_var("SOABI"),
                "machine": platform.machine(),
                "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
                "byte_order": sys.byteorder,
                "instruction_set": INSTRUCTION_SETS[best],
                "instruction_sets": list(INSTRUCTION_SETS[: best + 1]),
            },
            "dependencies": {name: _version_of(name) for name in (*REQUIRED, *OPTIONAL)},
        }

    def as_text(self, style: Style) -> str:
        return f"densevec {self.version}"


def _version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
