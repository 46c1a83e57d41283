"""``densevec transform FILE [FILE...] -o OUT [--whiten [POWER]] [--reduce N] [--align-to OTHER]``"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from densevec._text_rules import tokens_of
from densevec.cli.files import File, check_writable, reported_warnings
from densevec.cli.output import Style
from densevec.cli.paths import PathOption, Role
from densevec.corpus.lines import read_lines
from densevec.errors import FormatError, ParameterError
from densevec.formats import format_of_name
from densevec.formats.endings import check_ending
from densevec.formats.registry import get_format
from densevec.vectors import KeyedVectors


@dataclass(frozen=True)
class Transformed:
    """What was read and done, and what was written."""

    sources: list[str]
    steps: list[str]
    target: str
    kind: str
    words: int
    dim: int
    notes: list[str]

    def as_dict(self) -> dict[str, Any]:
        result = asdict(self)
        return {"class" if name == "kind" else name: value for name, value in result.items()}

    def as_text(self, style: Style) -> str:
        size = f"{self.kind} of {self.words:,} words, dim {self.dim}"
        return f"{', '.join(self.sources)}: {', '.join(self.steps)}\n{style.bold(self.target)}: {size}"


class _Step(argparse.Action):
    """Options that are done in the order in which they are given."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        value = self.const if values is None else values
        namespace.steps = [*(namespace.steps or []), (self.option_strings[0], value)]
        setattr(namespace, self.dest, [*(getattr(namespace, self.dest) or []), value])  # as every option's


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Make new vectors of finished ones: several files are concatenated, then the steps are done in the order given."
    )
    parser.add_argument(
        "files",
        type=PathOption(Role.VECTORS),
        metavar="FILE",
        nargs="+",
        help="word vectors, in any format that is read",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=PathOption(Role.OUTPUT),
        required=True,
        metavar="OUT",
        help="where the new vectors are written",
    )
    parser.add_argument("--to", type=str, dest="format", metavar="NAME", help="format of OUT (default: by its name)")
    parser.add_argument(
        "--weights", type=float, nargs="+", metavar="X", help="of concatenated files, one each (default: 1 for all)"
    )
    parser.add_argument(
        "--no-normalize",
        dest="normalize",
        action="store_false",
        help="concatenate vectors as they are, not scaled to length 1",
    )
    parser.set_defaults(steps=None)
    parser.add_argument(
        "--whiten",
        action=_Step,
        type=float,
        dest="power",
        nargs="?",
        const=0.5,
        metavar="POWER",
        help="make the dimensions vary more alike, from 0, not at all, to 1, all alike (default: 0.5)",
    )
    parser.add_argument(
        "--reduce",
        action=_Step,
        type=int,
        dest="dim",
        metavar="N",
        help="keep the N directions in which words vary most (PCA)",
    )
    parser.add_argument(
        "--align-to",
        type=PathOption(Role.INPUT),
        action=_Step,
        metavar="OTHER",
        help="turn the space so that words lie as in this file's",
    )
    parser.add_argument(
        "--anchors",
        type=PathOption(Role.INPUT),
        metavar="PATH",
        help="for --align-to: lines of a word, or of a word and its word in OTHER (default: all words of both)",
    )


def run(args: argparse.Namespace) -> Transformed:
    steps: list[tuple[str, Any]] = args.steps or []
    if len(args.files) < 2 and (args.weights or not args.normalize):
        raise ParameterError("--weights and --no-normalize must come with two files or more, which are concatenated")
    if len(args.files) < 2 and not steps:
        raise ParameterError("something must be done: give --whiten, --reduce or --align-to, or files to concatenate")
    if args.anchors and not any(name == "--align-to" for name, _ in steps):
        raise ParameterError("--anchors must come with --align-to OTHER")
    name = get_format(args.format or format_of_name(args.output)).name
    check_ending(args.output, name)
    if name != "projector":
        check_writable(args.output)
    with reported_warnings(args.parser) as notes:
        vectors, done = _read(args), []
        if len(args.files) > 1:
            done.append(f"concatenated {len(args.files)} files")
        for step, value in steps:
            vectors = _taken(vectors, step, value, args.anchors)
            done.append(vectors.parameters["transformed"][-1])
        vectors.to_file(args.output, name)
    return Transformed(args.files, done, args.output, type(vectors).__name__, len(vectors), vectors.vector_size, notes)


def _read(args: argparse.Namespace) -> KeyedVectors:
    vectors = [File(path).vectors() for path in args.files]
    if len(vectors) == 1:
        return vectors[0]
    joined: KeyedVectors = KeyedVectors.concatenate(vectors, args.weights, normalize=args.normalize)
    return joined


def _taken(vectors: KeyedVectors, step: str, value: Any, anchors: str | None) -> KeyedVectors:
    if step == "--whiten":
        return vectors.whitened(value)
    if step == "--reduce":
        return vectors.reduced(value)
    return vectors.aligned_to(File(value).vectors(), None if anchors is None else read_anchors(anchors))


def read_anchors(path: str) -> Sequence[tuple[str, str]]:
    """Pairs of words, from lines of one word, which stands for itself, or of two; blank lines are passed over."""
    pairs = []
    for number, text in read_lines(path):
        words = tokens_of(text)
        if len(words) not in (1, 2):
            raise FormatError(f"{path!r}, line {number}: expected one word or two, found {text[:60]!r}")
        pairs.append((words[0], words[-1]))
    return pairs
