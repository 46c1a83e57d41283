"""Ctrl-C and TERM as a polite request to stop at the next step."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Terminated(SystemExit):
    """SIGTERM arrived and training stopped cleanly; as an exit it has status 143."""

    def __init__(self) -> None:
        super().__init__(128 + signal.SIGTERM)


class StopRequest:
    """While active, the first SIGINT or SIGTERM only sets ``received``; a second one interrupts at once.

    Outside the main thread, where Python delivers no signals, it does nothing.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            self.raise_received()
        self.received = number

    def raise_received(self) -> None:
        """Raise what the caller of ``train()`` expects of the signal that was received."""
        raise Terminated() if self.received == signal.SIGTERM else KeyboardInterrupt
