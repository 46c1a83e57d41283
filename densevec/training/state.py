"""Where a training run stands: everything but the arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from densevec._amounts import amount

Position = Sequence[int]  # where in an epoch a batch begins: numbers that mean something to the task alone


@dataclass(frozen=True)
class EpochReport:
    """Loss of one epoch, summed in float64, each figure a mean: per trained token, in nats, or per ``unit`` of
    other work.

    terms : what the loss is made of, by name (weighted as in the loss, so that they add up to it)
    validation : the same figures on held-out text, or None; its total is under "loss"
    words_per_second : words of the text, before subsampling; of a task that does not read words, its units of work;
        nan where it is not known, as of a model that was loaded; reports of another speed are equal
    unit : what work is counted in, "words" or for instance "entries" of a matrix
    """

    epoch: int
    loss: float
    terms: dict[str, float]
    validation: dict[str, float] | None
    num_tokens: int
    words_per_second: float = field(compare=False)
    unit: str = "words"

    @property
    def monitored(self) -> float:
        """The loss early stopping looks at: on held-out text where there is some."""
        return self.loss if self.validation is None else self.validation["loss"]

    def __str__(self) -> str:
        """The figures in a line for people."""
        terms = ", ".join(f"{name} {value:.3f}" for name, value in self.terms.items())
        held_out = f"; held-out {self.validation['loss']:.3f}" if self.validation else ""
        per = "nats a token" if self.unit == "words" else f"a mean over {self.unit}"
        speed = "" if math.isnan(self.words_per_second) else f"; {amount(self.words_per_second)} {self.unit}/s"
        return f"loss {self.loss:.3f} {per} ({terms}){held_out}{speed}"


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
    is_ended : whether a callback has ended training before the last epoch

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
    is_ended: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values of all but the history, which may be long (see ``densevec.training.history``)."""
        return {
            "epoch": self.epoch,
            "position": None if self.position is None else list(self.position),
            "step": self.step,
            "num_read": self.num_read,
            "sums": asdict(self.sums),
            "seconds": self.seconds,
            "is_ended": self.is_ended,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], history: Sequence[EpochReport] = ()) -> TrainingState:
        """The reverse of ``as_dict``, with the history beside it or, as it once was written, in it.

        Raises
        ------
        KeyError, TypeError, ValueError : where a value is missing or of another kind
        """
        position, terms = values["position"], values["sums"]["terms"]
        is_ended = values.get("is_ended", False)
        if not isinstance(is_ended, bool):
            raise TypeError(f"is_ended must be true or false, found {is_ended!r:.80}")
        return cls(
            epoch=_count(values["epoch"]),
            position=None if position is None else [_count(number) for number in position],
            step=_count(values["step"]),
            num_read=_count(values["num_read"]),
            sums=TermSums({name: float(value) for name, value in terms.items()}, _count(values["sums"]["num_tokens"])),
            seconds=float(values["seconds"]),
            history=[*history, *(EpochReport(**report) for report in values.get("history", ()))],
            is_ended=is_ended,
        )


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError(f"counters of training must be integers at least 0, found {value!r:.80}")
    return value
