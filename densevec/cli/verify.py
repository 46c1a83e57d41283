"""``densevec verify FILE``"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from typing import Any

from densevec.cli.files import format_of, size_of
from densevec.cli.output import Style, bytes_after
from densevec.cli.paths import PathOption, Role
from densevec.formats import read_vectors, verify_container


@dataclass(frozen=True)
class Verified:
    """A file that is what it was when it was saved; any other raises."""

    file: str
    valid: bool
    words: int
    tensors: int
    bytes: int | None
    format: str = "native"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self, style: Style) -> str:
        if self.format != "native":
            return (
                f"{self.file}: {style.good('sound')} as far as {self.format} can tell, which has no digests; "
                f"{self.words:,} words, every line and value checked"
            )
        return (
            f"{self.file}: {style.good('sound')}; {self.words:,} words, {self.tensors} tensors"
            f"{bytes_after(self.bytes)}, every digest and value checked"
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=PathOption(Role.INPUT), metavar="FILE", help="a densevec file, or word vectors in another format"
    )


def run(args: argparse.Namespace) -> Verified:
    name = format_of(args.file)
    if name != "native":
        table = read_vectors(args.file, name)
        return Verified(args.file, True, len(table), 0, size_of(args.file), name)
    container = verify_container(args.file)
    words = 0 if container.words is None else len(container.words)
    return Verified(args.file, True, words, len(container.tensors), size_of(args.file))
