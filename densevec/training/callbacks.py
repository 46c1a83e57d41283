"""Hooks into training."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, Protocol

from densevec._containers import is_list_like
from densevec._validation import Interval, Rule, check_parameters
from densevec.errors import ParameterTypeError
from densevec.training.state import EpochReport

_RULES: dict[str, Rule] = {"patience": Interval(int, 1), "min_improvement": Interval(float, 0)}


class Callback(Protocol):
    """Anything with ``on_epoch_end``; return True to end training there.

    Called between steps, when nothing is being written to the tables: ``model`` may be queried and saved.
    What a callback raises ends training and reaches the caller; the work done so far stays usable.  One that remembers
    epochs may have ``on_resume(model, history)`` too, called before the first step of a training that goes on from a
    checkpoint, with the reports of the epochs that the earlier part has ended.
    """

    def on_epoch_end(self, model: Any, report: EpochReport) -> bool | None: ...


def check_callbacks(callbacks: Any) -> None:
    """ParameterTypeError for what is no list of callbacks, or of such that cannot be called as these are."""
    if not is_list_like(callbacks) or hasattr(callbacks, "__next__"):
        raise ParameterTypeError(f"callbacks must be a list of callbacks, got {callbacks!r:.80}")
    for callback in callbacks:
        _check_method(callback, "on_epoch_end", "model", "report")
        if getattr(callback, "on_resume", None) is not None:
            _check_method(callback, "on_resume", "model", "history")


def _check_method(callback: Any, name: str, *arguments: str) -> None:
    method = getattr(callback, name, None)
    wanted = f"callbacks must have a method {name}({', '.join(arguments)}), got {callback!r:.80}"
    if isinstance(callback, type) or not callable(method):
        raise ParameterTypeError(wanted)
    try:
        signature = inspect.signature(method)
    except (TypeError, ValueError):  # compiled code need not say what it takes
        return
    try:
        signature.bind(*arguments)
    except TypeError:
        taken = ", ".join(signature.parameters)
        raise ParameterTypeError(f"{wanted}, whose {name} takes ({taken}); have it take these two") from None


class EarlyStopping:
    """End training when the loss has not improved by ``min_improvement`` nats a token for ``patience`` epochs.

    The loss is that of the held-out text when ``train(validation=...)`` is given, else that of training.

    >>> from densevec.training.state import EpochReport
    >>> stopping = EarlyStopping(patience=1)
    >>> reports = [EpochReport(epoch, loss, {}, None, 1, 1.0) for epoch, loss in enumerate([3.0, 2.0, 2.5])]
    >>> [stopping.on_epoch_end(None, report) for report in reports]
    [False, False, True]
    """

    def __init__(self, patience: int = 2, min_improvement: float = 0.0) -> None:
        check_parameters({"patience": patience, "min_improvement": min_improvement}, _RULES)
        self.patience = patience
        self.min_improvement = min_improvement
        self.best = float("inf")
        self.epochs_without = 0

    def on_resume(self, model: Any, history: Sequence[EpochReport]) -> None:
        """Remember what those epochs were like."""
        for report in history:
            self.on_epoch_end(model, report)

    def on_epoch_end(self, model: Any, report: EpochReport) -> bool:
        """Whether training is to end with this epoch."""
        if report.epoch == 0:  # another training
            self.best, self.epochs_without = float("inf"), 0
        if report.monitored < self.best - self.min_improvement:
            self.best = report.monitored
            self.epochs_without = 0
        else:
            self.epochs_without += 1
        return self.epochs_without >= self.patience
