"""How much memory a training may take: bounds that the system sets, told before they are met."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from densevec._memory import one_of
from densevec.errors import OutOfMemoryError

_NO_LIMIT = 2**60  # what a control group of version 1 says that has none


class Limit(NamedTuple):
    """A bound on the memory of this process: how many bytes more it may take, and what says so."""

    left: int
    name: str


def used_memory() -> int:
    """Bytes of memory that this process holds; the most that it ever held where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return peak_memory()


def peak_memory() -> int:
    """The most memory that this process has held, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # kilobytes everywhere else


def memory_limits(root: str = "/") -> list[Limit]:
    """All bounds that hold here, the tightest first: of control groups (version 1 and 2), ulimit, and the machine.

    What other processes hold now counts as free: nobody knows what they will hold.

    Parameters
    ----------
    root : folder that has proc/ and sys/
    """
    used = used_memory()
    found = [Limit(limit - used, "the memory limit of the control group") for limit in _group_limits(root)]
    address_space = resource.getrlimit(resource.RLIMIT_AS)[0]
    if address_space != resource.RLIM_INFINITY:
        reserved = int((_read(root, "proc/self/statm").split() or ["0"])[0]) * resource.getpagesize()
        found.append(Limit(address_space - reserved, "the limit on address space (ulimit -v)"))
    with contextlib.suppress(OSError, IndexError, KeyError, ValueError):
        sizes = {line.split()[0]: int(line.split()[1]) for line in _read(root, "proc/meminfo").splitlines()}
        found.append(Limit(1024 * (sizes["MemTotal:"] + sizes["SwapTotal:"]) - used, "the memory of the machine"))
    return sorted(found)


def _group_limits(root: str) -> Iterator[int]:
    """Bytes that the control groups of this process allow, each and those that it is in."""
    for line in _read(root, "proc/self/cgroup").splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers not in ("", "memory"):
            continue
        folder = "sys/fs/cgroup" + ("/memory" if controllers else "")
        name = "memory.limit_in_bytes" if controllers else "memory.max"
        parts = [part for part in path.split("/") if part]
        for depth in range(len(parts) + 1):  # within a container its own group is at the root
            text = _read(root, "/".join([folder, *parts[:depth], name])).strip()
            if text.isdecimal() and int(text) < _NO_LIMIT:
                yield int(text)


def _read(root: str, path: str) -> str:
    """A file of the system; empty where it has none."""
    try:
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def check_memory(needed: int, what: str, remedies: Sequence[str], limits: Sequence[Limit]) -> None:
    """OutOfMemoryError where so many bytes more than this process holds are beyond a limit.

    >>> check_memory(300, "a table", ["a smaller dim"], [Limit(200, "a limit")])
    Traceback (most recent call last):
    densevec.errors.OutOfMemoryError: 300 bytes of memory for a table, where a limit leaves 200, are not to be had; \
what helps: a smaller dim
    """
    for left, name in limits:
        if needed > left:
            raise OutOfMemoryError(
                f"{needed:,} bytes of memory for {what}, where {name} leaves {max(left, 0):,}, are not to be had; what "
                f"helps: {one_of(remedies)}"
            )
