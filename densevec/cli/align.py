"""``densevec align FILE SOURCE TARGET [--reverse FILE2 --symmetrize METHOD]``"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from densevec.cli.files import check_writable
from densevec.cli.options import on_disk
from densevec.cli.output import Style
from densevec.cli.paths import PathOption, Role
from densevec.cli.reading import add_errors_option
from densevec.cli.subjects import Subject
from densevec.errors import ParameterError
from densevec.evaluation import align_pairs, pharaoh_line
from densevec.evaluation.alignment import read_pairs
from densevec.evaluation.symmetrisation import METHODS
from densevec.formats.output import write_file

DEFAULT_METHOD = "grow-diag-final-and"
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Aligned:
    """A Pharaoh line for each pair, made while they are printed."""

    lines: Iterator[str]

    def as_dict(self) -> dict[str, Any]:
        return {"alignments": list(self.lines)}

    def as_text(self, style: Style) -> Iterator[str]:
        return self.lines


@dataclass(frozen=True)
class Written:
    """How much was aligned, and the file that holds it."""

    file: str
    sentences: int
    links: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self, style: Style) -> str:
        return f"{self.sentences:,} sentence pairs, {self.links:,} links, saved to {style.bold(self.file)}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=PathOption(Role.INPUT), metavar="FILE", help="a model trained on translations")
    parser.add_argument(
        "source",
        type=PathOption(Role.TEXT),
        metavar="SOURCE",
        help="a text (- for standard input), or one of pairs: lines SOURCE<TAB>TARGET or SOURCE ||| TARGET",
    )
    parser.add_argument(
        "target", type=PathOption(Role.TEXT), metavar="TARGET", nargs="?", help="its translation, line by line"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=PathOption(Role.OUTPUT),
        metavar="PATH",
        help="where to write the links (default: standard output)",
    )
    add_symmetrisation(parser)
    add_errors_option(parser)


def add_symmetrisation(parser: argparse.ArgumentParser) -> None:
    """The options for two models of both directions."""
    parser.add_argument(
        "--reverse",
        type=PathOption(Role.INPUT),
        metavar="FILE2",
        help="a model trained from TARGET to SOURCE, whose links are joined with FILE's",
    )
    parser.add_argument(
        "--symmetrize", choices=METHODS, help=f"how the links of both are joined (default: {DEFAULT_METHOD})"
    )


def check_symmetrisation(args: argparse.Namespace) -> None:
    """ParameterError for a way to join links without two models."""
    if args.symmetrize and not args.reverse:
        raise ParameterError(f"--symmetrize must come with --reverse FILE2, got --symmetrize {args.symmetrize} alone")


def open_reverse(args: argparse.Namespace) -> Any:
    """The model of ``--reverse``, None without; FormatError for a file of none that aligns translations."""
    return Subject(args.reverse).checked_for("reverse", "--reverse").model if args.reverse else None


def run(args: argparse.Namespace) -> Aligned | Written:
    check_symmetrisation(args)
    if args.output is not None:
        check_writable(args.output)
    model = Subject(args.file).checked_for("alignment", "this").model
    lines = _lines(args, model, open_reverse(args))
    return Aligned(lines) if args.output is None else _write(args.output, lines)


def _lines(args: argparse.Namespace, model: Any, reverse: Any) -> Iterator[str]:
    with on_disk(args.source, args.target) as (source, target):
        pairs = read_pairs(model, source, target, args.errors)
        for links in align_pairs(model, pairs, reverse=reverse, method=args.symmetrize or DEFAULT_METHOD):
            yield pharaoh_line(links)


def _write(path: str, lines: Iterator[str]) -> Written:
    """Write all lines or none: they wait in a temporary file until the last is there."""
    num_sentences = num_links = 0
    with tempfile.TemporaryFile() as waiting:
        for line in lines:
            waiting.write(f"{line}\n".encode())
            num_sentences += 1
            num_links += line.count("-")
        size = waiting.tell()
        waiting.seek(0)
        write_file(path, iter(lambda: waiting.read(_CHUNK_BYTES), b""), size)
    return Written(path, num_sentences, num_links)
