"""Schedules: functions of the share of training done, 0 at the start and 1 at the end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

Schedule = Callable[[float], float]


def _line(done: float, first: float, last: float) -> float:
    return last if done >= 1 else first + (last - first) * done


def linear(first: float, last: float) -> Schedule:
    """From ``first`` to ``last`` on a straight line.

    >>> linear(1.0, 0.0)(0.25)
    0.75
    """
    return partial(_line, first=first, last=last)


def _ramp(done: float, value: float, share: float) -> float:
    return value if share <= 0 else value * min(done / share, 1.0)


def warm_up(value: float, share: float) -> Schedule:
    """From 0 to ``value`` over the first ``share`` of training, then constant (KL annealing, Bowman et al. 2016).

    >>> warm_up(1.0, 0.5)(0.25)
    0.5
    """
    return partial(_ramp, value=value, share=share)
