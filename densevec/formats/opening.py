"""Opening what is to be read: regular files and URLs, nothing else."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from typing import IO

from densevec._streams import first_line, is_remote, open_unpacked
from densevec.errors import FileError, FormatError

# Should the path become a FIFO between stat and open, opening still does not wait.
_OPEN_FLAGS = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))


@contextlib.contextmanager
def opened(path: str) -> Iterator[int]:
    """A descriptor of a regular file, or of an unnamed copy of what a URL holds, at its beginning.

    Anything else (directory, FIFO, device) is refused without waiting for it.
    """
    if is_remote(path):
        with _downloaded(path) as copy:
            yield copy.fileno()
        return
    try:
        mode = os.stat(path).st_mode  # before opening: opening a device may act on it
        if stat.S_ISREG(mode):
            descriptor = os.open(path, os.O_RDONLY | _OPEN_FLAGS)
    except OSError as error:
        wrapped = FileError(f"{path} cannot be opened: {error.strerror or error}")
        wrapped.errno = error.errno
        raise wrapped from error
    except ValueError as error:  # a NUL in the path
        raise FileError(f"{path!r} cannot be opened: {error}") from None
    if not stat.S_ISREG(mode):
        raise FormatError(f"{path}: this looks like {_kind_of(mode)}, a file was expected")
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _kind_of(mode: int) -> str:
    kinds = ((stat.S_ISDIR, "a directory"), (stat.S_ISFIFO, "a FIFO"), (stat.S_ISSOCK, "a socket"))
    return next((name for test, name in kinds if test(mode)), "a device")


@contextlib.contextmanager
def _downloaded(url: str) -> Iterator[IO[bytes]]:
    import shutil  # which opening a file does without
    import tempfile

    with tempfile.TemporaryFile() as copy:
        with open_unpacked(url, FileError, compression="disable") as stream:
            try:
                shutil.copyfileobj(stream, copy)
            except Exception as error:  # those of the transports
                raise FileError(f"{url}: cannot be read ({first_line(error)})") from error
        copy.seek(0)
        yield copy
