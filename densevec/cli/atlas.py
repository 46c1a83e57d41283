"""``densevec atlas FILE -o WORDS.parquet``"""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from typing import Any

from densevec.cli.files import File, check_writable
from densevec.cli.output import Style
from densevec.cli.paths import PathOption, Role
from densevec.cli.tsne import add_tsne_options, check_tsne
from densevec.errors import ParameterError


@dataclass(frozen=True)
class Atlas:
    """What was written, and how it is opened."""

    output: str
    words: int

    @property
    def command(self) -> str:
        """How embedding-atlas opens it."""
        return f"embedding-atlas {shlex.quote(self.output)} --text word --x x --y y --neighbors neighbors"

    def as_dict(self) -> dict[str, Any]:
        return {"output": self.output, "words": self.words, "command": self.command}

    def as_text(self, style: Style) -> str:
        return f"{style.bold(self.output)}  {self.words:,} words\n{style.faint('open it by')}  {self.command}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=PathOption(Role.INPUT), metavar="FILE", help="word vectors, in any format that is read"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=PathOption(Role.OUTPUT),
        metavar="PARQUET",
        required=True,
        help="where to write them: a .parquet file",
    )
    parser.add_argument("--words", type=int, dest="num_words", metavar="N", help="the first N words (default: all)")
    parser.add_argument("--topn", type=int, default=10, metavar="N", help="neighbours of each word (default: 10)")
    parser.add_argument(
        "--method",
        choices=["pca", "tsne"],
        default="pca",
        help="the plane in which the words differ most, or neighbours kept together, which takes longer (default: pca)",
    )
    add_tsne_options(parser)


def run(args: argparse.Namespace) -> Atlas:
    if not args.output.endswith(".parquet"):
        raise ParameterError(f"--output must end in .parquet, got {args.output!r}")
    check_tsne(args)
    check_writable(args.output)
    from densevec.plotting.atlas import write_atlas

    vectors = File(args.file).vectors()
    options = {name: getattr(args, name) for name in ("num_words", "topn", "method", "perplexity", "seed")}
    return Atlas(args.output, write_atlas(args.output, vectors, **options))
