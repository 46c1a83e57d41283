"""The progress bar of training, and nothing when nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any


class Progress:
    """A tqdm bar over the work of all epochs: share done, words/s (or what else ``unit`` counts), every loss term,
    time left.

    Parameters
    ----------
    total : units of work of an epoch times epochs; None where nobody knows
    done : units already done by an earlier part of the same run
    enabled : True or False; None shows the bar on a terminal only
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
        self._bar: Any = None
        if enabled is False or (enabled is None and not (sys.stderr is not None and sys.stderr.isatty())):
            return
        from tqdm.auto import tqdm  # a tenth of a second, for those who see it

        self._bar = tqdm(
            desc=task,
            total=total,
            initial=done,
            unit=f" {unit}",
            unit_scale=True,
            dynamic_ncols=True,
            mininterval=0.5,
        )

    def update(self, epoch: int, epochs: int, num_read: int, terms: Mapping[str, float]) -> None:
        """One step further: work done in it and the running mean of each loss term of this epoch."""
        if self._bar is not None:
            self._bar.set_description(f"epoch {epoch + 1}/{epochs}", refresh=False)
            self._bar.set_postfix({name: f"{value:.3f}" for name, value in terms.items()}, refresh=False)
            self._bar.update(num_read)

    def add(self, num_read: int) -> None:
        """So many units further, of a task without epochs."""
        if self._bar is not None:
            self._bar.update(num_read)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
