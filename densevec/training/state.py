"""Where a training run stands: everything but the arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Position = Sequence[int]  # where in an epoch a batch begins: numbers that mean something to the task alone


@dataclass(frozen=True)
class EpochReport:
    """Loss of one epoch, summed in float64, each figure a mean: per trained token, in nats, or per ``unit`` of
    other work.

    terms : what the loss is made of, by name (weighted as in the loss, so that they add up to it)
    validation : the same figures on held-out text, or None; its total is under "loss"
    words_per_second : words of the text, before subsampling; of a task that does not read words, its units of work
    unit : what work is counted in, "words" or for instance "entries" of a matrix
    """

    epoch: int
    loss: float
    terms: dict[str, float]
    validation: dict[str, float] | None
    num_tokens: int
    words_per_second: float
    unit: str = "words"

    @property
    def monitored(self) -> float:
        """The loss early stopping looks at: on held-out text where there is some."""
        return self.loss if self.validation is None else self.validation["loss"]


@dataclass
class TermSums:
    """Running sums of the terms of the loss, in float64."""

    terms: dict[str, float] = field(default_factory=dict)
    num_tokens: int = 0

    def add(self, terms: Mapping[str, float], num_tokens: int) -> None:
        for name, value in terms.items():
            self.terms[name] = self.terms.get(name, 0.0) + value
        self.num_tokens += num_tokens

    def means(self) -> dict[str, float]:
        return {name: value / max(self.num_tokens, 1) for name, value in self.terms.items()}


@dataclass
class TrainingState:
    """Counters, position and history; with the tables and the optimiser's state a whole checkpoint.

    position : where the next batch begins, as the task said; None for the beginning of the epoch
    num_read : units of work that are done (the task's ``unit``)

    Every random draw of training is a function of the seed and of these counters (``densevec._random``),
    so no generator's state needs to be kept.
    """

    epoch: int = 0
    position: Position | None = None
    step: int = 0
    num_read: int = 0
    sums: TermSums = field(default_factory=TermSums)
    seconds: float = 0.0
    history: list[EpochReport] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**asdict(self), "position": None if self.position is None else list(self.position)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainingState:
        return cls(
            epoch=values["epoch"],
            position=values["position"],
            step=values["step"],
            num_read=values["num_read"],
            sums=TermSums(**values["sums"]),
            seconds=values["seconds"],
            history=[EpochReport(**report) for report in values["history"]],
        )
