"""``densevec verify FILE``"""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict, dataclass
from typing import Any

from densevec.cli.output import Style, amount
from densevec.formats import verify_container


@dataclass(frozen=True)
class Verified:
    """A file that is what it was when it was saved; any other raises."""

    file: str
    valid: bool
    words: int
    tensors: int
    bytes: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self, style: Style) -> str:
        return (
            f"{self.file}: {style.good('sound')}; {self.words:,} words, {self.tensors} tensors, "
            f"{amount(self.bytes)}B, every digest and value checked"
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a densevec file")


def run(args: argparse.Namespace) -> Verified:
    container = verify_container(args.file)
    words = 0 if container.words is None else len(container.words)
    return Verified(args.file, True, words, len(container.tensors), os.path.getsize(args.file))
