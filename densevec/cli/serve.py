"""``densevec serve FILE``"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from densevec._validation import check_parameter
from densevec.cli.files import File
from densevec.cli.output import Style, log
from densevec.cli.paths import PathOption, Role
from densevec.errors import FormatError
from densevec.serving import RULES, check_address, serve


@dataclass(frozen=True)
class Served:
    """What was served, and where."""

    file: str
    address: str

    def as_dict(self) -> dict[str, Any]:
        return {"file": self.file, "address": self.address}

    def as_text(self, style: Style) -> str:
        return f"{style.bold(self.file)}  was served at {self.address}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=PathOption(Role.INPUT),
        metavar="FILE",
        help="a densevec file with word vectors, or a trained model's",
    )
    parser.add_argument(
        "--host",
        type=str,
        default="127.0.0.1",
        help="where to listen (default: 127.0.0.1, which this machine alone reaches)",
    )
    parser.add_argument("--port", type=int, default=8000, help="(default: 8000)")
    parser.add_argument(
        "--processes", type=int, default=1, metavar="N", help="how many; they share the file in memory (default: 1)"
    )
    parser.add_argument(
        "--name",
        type=str,
        help="by which others ask for this machine, without a port, or * for any name (default: HOST alone)",
    )


def run(args: argparse.Namespace) -> Served:
    for name, rule in RULES.items():
        check_parameter(f"--{name}", getattr(args, name), rule)
    file = File(args.file)
    if not file.is_native:
        raise FormatError(f"{args.file}: only densevec files are served, which are mapped; see densevec convert")
    file.vectors()  # says what is wrong with a file before a process tries
    check_address(args.host, args.port)
    host = f"[{args.host}]" if ":" in args.host else args.host
    address = f"http://{host}:{args.port}/"
    log(f"densevec: serving {args.file} at {address}, until interrupted")
    serve(args.file, args.host, args.port, args.processes, args.name)
    return Served(args.file, address)
