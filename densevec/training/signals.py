"""Ctrl-C and TERM as a polite request to stop at the next step."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from types import FrameType, TracebackType
from typing import Any, NoReturn, TypeVar

Item = TypeVar("Item")


class Terminated(SystemExit):
    """SIGTERM arrived and training stopped cleanly; as an exit it has status 143."""

    def __init__(self) -> None:
        super().__init__(128 + signal.SIGTERM)


class Hurried(Exception):
    """Work that somebody waits for, who asked training to stop, was given up."""


def never() -> bool:
    """Nobody has asked to stop."""
    return False


def until_hurried(items: Iterable[Item], is_hurried: Callable[[], bool]) -> Iterator[Item]:
    """The items, between which one looks whether there is a hurry, and Hurried when there is.

    >>> list(until_hurried([1, 2], never))
    [1, 2]
    """
    for item in items:
        if is_hurried():
            raise Hurried
        yield item


class Hurry:
    """Some seconds that are left once there is a hurry; without one there is all the time.

    Parameters
    ----------
    is_hurried : whether somebody waits for training to stop
    seconds : from the first look that finds it so
    """

    def __init__(self, is_hurried: Callable[[], bool], seconds: float) -> None:
        self._is_hurried = is_hurried
        self._seconds = seconds
        self._until: float | None = None
        self.is_over()

    def is_over(self) -> bool:
        """Whether the seconds have passed."""
        if self._until is None and self._is_hurried():
            self._until = time.monotonic() + self._seconds
        return self._until is not None and time.monotonic() >= self._until


class StopRequest:
    """While active, the first SIGINT or SIGTERM only sets ``received``; a second one interrupts at once.

    After ``answer_at_once`` the first one does, too.

    Outside the main thread, where Python delivers no signals, it does nothing; and a signal that a library in C has
    taken for itself, whose handler Python could not put back, is left to that.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._is_patient = True
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) is not None:
                    self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        is_first = self.received is None
        if is_first:
            self.received = number
        if not (is_first and self._is_patient):
            self.raise_received()

    def answer_at_once(self) -> None:
        """Interrupt with the next signal, or with the one that has come."""
        self._is_patient = False
        if self.received is not None:
            self.raise_received()

    def is_received(self) -> bool:
        """Whether a signal has come."""
        return self.received is not None

    def raise_received(self) -> NoReturn:
        """Raise what the caller of ``train()`` expects of the signal that was received."""
        raise Terminated() if self.received == signal.SIGTERM else KeyboardInterrupt
