"""Options that every command has."""

from __future__ import annotations

import argparse
import sys
from typing import IO

STANDARD_INPUT = "-"


def common_options() -> argparse.ArgumentParser:
    """A parent parser with ``--json``; absent from the namespace unless given, so that parsers may nest."""
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print the result as one JSON object"
    )
    return parent


def as_input(path: str) -> str | IO[bytes]:
    """What a path of a file that is read once stands for: ``-`` is standard input."""
    return sys.stdin.buffer if path == STANDARD_INPUT else path
