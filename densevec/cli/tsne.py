"""``--perplexity`` and ``--seed``, of the commands that lay words out by ``--method``."""

from __future__ import annotations

import argparse
from typing import Any

from densevec.errors import ParameterError


def add_tsne_options(parser: Any) -> None:
    parser.add_argument("--perplexity", type=float, metavar="X", help="of t-SNE: how many neighbours a word attends to")
    parser.add_argument("--seed", type=int, default=1, help="of t-SNE (default: 1)")


def check_tsne(args: argparse.Namespace) -> None:
    """ParameterError for a perplexity that the method has not; a seed, of which others draw nothing, may be given."""
    if args.method != "tsne" and args.perplexity is not None:
        raise ParameterError(f"--perplexity needs --method tsne, got --method {args.method}")
