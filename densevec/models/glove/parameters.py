"""What GloVe is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from densevec._parameters import param
from densevec.models.cooccurrence import CountsNeighbours
from densevec.models.parameters import (
    CountsWords,
    HasDimension,
    HasEngine,
    HasSeed,
    HasThreads,
    JoinsPhrases,
    LearnsBySteps,
    StepsByBatches,
)


class GloVeParameters(
    HasDimension,
    CountsNeighbours,
    CountsWords,
    LearnsBySteps,
    StepsByBatches,
    HasEngine,
    HasThreads,
    HasSeed,
    JoinsPhrases,
):
    """Counting, the loss, and the steps."""

    fused_takes: ClassVar[Mapping[str, tuple[Any, ...]]] = {}  # everything

    distance_weighting: Literal["none", "harmonic", "linear"] = param(default="harmonic")
    x_max: float = param(
        default=3.0, above=0, high=1e30, text="entries of so much and more have the weight 1; raise it with the text"
    )
    alpha: float = param(default=0.75, low=0, high=10, text="an entry x below x_max has the weight (x / x_max)^alpha")
    combine: Literal["sum", "word"] = param(
        default="sum", text='what ``vectors`` are: the "sum" of a word\'s two vectors, or the one it has as a "word"'
    )
    epochs: int = param(default=6, text="passes over the entries of the matrix")
    learning_rate: float = param(
        default=0.1, text="of Adagrad, in the authors' form: the step of a gradient g is g / √(learning_rate⁻² + Σ g²)"
    )
    batch_size: int = param(default=1024, engine="torch", text="entries of a step")
