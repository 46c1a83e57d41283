"""What training says of itself: a bar where somebody watches, lines of a log where nobody does.

The bar is tqdm's, on a terminal or in a notebook.  The log is ``logging``'s, at the level INFO, as often as a person
reads a log; it says nothing unless the program asks for that level: ``logging.basicConfig(level=logging.INFO)``.
"""

from __future__ import annotations

import logging
import sys
import time
import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from densevec._amounts import duration
from densevec._processes import is_first

_logger = logging.getLogger(__name__)
LOG_SECONDS = 10.0  # between two lines about the same work


class Progress:
    """A tqdm bar over the work of all epochs, and lines of the log: share done, words/s (or what else ``unit``
    counts), every loss term, time left.

    Parameters
    ----------
    total : units of work of an epoch times epochs; None where nobody knows
    done : units already done by an earlier part of the same run
    enabled : True or False; None shows the bar on a terminal and in a notebook only.  It says nothing of the log
    unit : what is counted
    task : what is done, where it is not training
    """

    def __init__(
        self,
        total: int | None,
        done: int = 0,
        enabled: bool | None = None,
        unit: str = "words",
        task: str | None = None,
    ) -> None:
        self._task, self._unit = task, unit
        self._bar: Any = None
        if is_watched() if enabled is None else enabled:
            self._bar = _bar_class()(
                desc=task,
                total=total,
                initial=done,
                unit=f" {unit}",
                unit_scale=True,
                dynamic_ncols=True,
                mininterval=0.5,
            )
        self._total, self._before, self._num_read = total, done, 0
        self._started = self._logged = time.monotonic()

    def update(self, epoch: int, epochs: int, num_read: int, terms: Mapping[str, float]) -> None:
        """One step further: work done in it and the running mean of each loss term of this epoch."""
        if self._bar is not None:
            self._bar.set_description(f"epoch {epoch + 1}/{epochs}", refresh=False)
            self._bar.set_postfix({name: f"{value:.3f}" for name, value in terms.items()}, refresh=False)
        self._advance(num_read)
        if self._is_time_to_log():
            losses = ", ".join(f"{name} {value:.3f}" for name, value in terms.items())
            _logger.info(
                "epoch %d/%d: %.1f %% of the training done, %s, %s; %s left",
                epoch + 1, epochs, 100 * self._share(), losses or "no loss yet", self._speed(), self._left(),
            )  # fmt: skip

    def add(self, num_read: int) -> None:
        """So many units further, of a task without epochs."""
        self._advance(num_read)
        if self._is_time_to_log():
            _logger.info("%s: %s %s, %s", self._task, f"{self._num_read:,}", self._unit, self._speed())

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        seconds = time.monotonic() - self._started
        if self._task is not None and seconds >= LOG_SECONDS / 10 and is_first():  # else nobody has waited for it
            _logger.info("%s: %s %s in %.1f s", self._task, f"{self._num_read:,}", self._unit, seconds)

    def _advance(self, num_read: int) -> None:
        self._num_read += num_read
        if self._bar is not None:
            self._bar.update(num_read)

    def _is_time_to_log(self) -> bool:
        if time.monotonic() - self._logged < LOG_SECONDS or not (_logger.isEnabledFor(logging.INFO) and is_first()):
            return False
        self._logged = time.monotonic()
        return True

    def _share(self) -> float:
        return min((self._before + self._num_read) / max(self._total or 0, 1), 1.0)

    def _speed(self) -> str:
        return f"{self._num_read / max(time.monotonic() - self._started, 1e-9):,.0f} {self._unit}/s"

    def _left(self) -> str:
        """The time that the rest takes if it goes on as fast."""
        rest = max((self._total or 0) - self._before - self._num_read, 0)
        return duration((time.monotonic() - self._started) * rest / max(self._num_read, 1))

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def is_watched() -> bool:
    """Whether somebody sees a bar: on a terminal, or in a notebook."""
    return is_in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def is_in_notebook() -> bool:
    """Whether the code runs in a cell of Jupyter, where a bar is seen although stderr is no terminal."""
    get_shell = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = None if get_shell is None else get_shell()
    return shell is not None and "IPKernelApp" in shell.config


def _bar_class() -> Any:
    """tqdm's bar for where we are: in a notebook the one made of widgets, where the package ipywidgets is there.

    It is imported here, for it takes a tenth of a second: for those who see it.
    """
    if not is_in_notebook() or not _has_widgets():
        from tqdm import tqdm

        return tqdm  # without the widgets it draws a bar of characters, which is one too
    from tqdm import TqdmWarning

    with warnings.catch_warnings():  # of an ipywidgets that it cannot use
        warnings.simplefilter("ignore", TqdmWarning)
        from tqdm.auto import tqdm as widget

    return widget


def _has_widgets() -> bool:
    """Whether ipywidgets is there: older versions of tqdm make an error of its absence when the bar is drawn."""
    try:
        import_module("ipywidgets")
    except ImportError:
        return False
    return True
