"""Options that every command has."""

from __future__ import annotations

import argparse
import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from typing import IO

from densevec.errors import DensevecError, ParameterError

STANDARD_INPUT = "-"


def common_options() -> argparse.ArgumentParser:
    """A parent parser with ``--json``; absent from the namespace unless given, so that parsers may nest."""
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print the result as one JSON object"
    )
    parent.add_argument(
        "--verbose", action="store_true", default=argparse.SUPPRESS, help="write a log of what is done to stderr"
    )
    return parent


def as_input(path: str) -> str | IO[bytes]:
    """What a path of a file that is read once stands for: ``-`` is standard input."""
    return sys.stdin.buffer if path == STANDARD_INPUT else path


@contextlib.contextmanager
def on_disk(*paths: str | None) -> Iterator[list[str | None]]:
    """The paths, with files in place of standard input (``-``) and of pipes, which can be read but once.

    Errors about these files name what they stand for; ParameterError when standard input is named twice.
    """
    if paths.count(STANDARD_INPUT) > 1:
        raise ParameterError("only one text can be standard input (-), and two are named so")
    with contextlib.ExitStack() as stack:
        found: list[str | None] = []
        names: dict[str, str] = {}
        for path in paths:
            if path is None or (path != STANDARD_INPUT and not _is_pipe(path)):
                found.append(path)
                continue
            import shutil
            import tempfile

            folder = stack.enter_context(tempfile.TemporaryDirectory())
            copy = os.path.join(folder, "standard-input" if path == STANDARD_INPUT else os.path.basename(path))
            with open(copy, "wb") as target:
                if path == STANDARD_INPUT:
                    shutil.copyfileobj(sys.stdin.buffer, target)
                else:
                    with open(path, "rb") as source:
                        shutil.copyfileobj(source, target)
            found.append(copy)
            names[copy] = "standard input" if path == STANDARD_INPUT else path
        try:
            yield found
        except DensevecError as error:
            for copy, name in names.items():
                error.args = tuple(part.replace(copy, name) if isinstance(part, str) else part for part in error.args)
            raise


def _is_pipe(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)
