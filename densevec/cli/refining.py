"""``--refine``, of the commands that read words in their sentences."""

from __future__ import annotations

import argparse
from typing import Any

from densevec.errors import ParameterError


def add_refine_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--refine",
        type=int,
        metavar="N",
        help="steps of gradient ascent on the bound that a posterior takes from what the encoder gives, for models "
        "that have them (default: the model's own)",
    )


def set_refinement(model: Any, num_steps: int | None) -> None:
    """What ``--refine`` says, if it was given; a model without refinement takes 0 steps as it is."""
    if num_steps is None:
        return
    if is_refined(model):
        model.set_params(refine=num_steps)
    elif num_steps:
        raise ParameterError(
            f"--refine must be given for a model whose posteriors have a bound, a BayesianSkipGram, got a "
            f"{type(model).__name__}"
        )


def is_refined(model: Any) -> bool:
    """Whether a model's posteriors can be refined."""
    return "refine" in getattr(model, "get_params", dict)()
