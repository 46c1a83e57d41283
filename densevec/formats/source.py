"""A file or URL as unpacked bytes that are read once from front to back, in pieces."""

from __future__ import annotations

import contextlib
import io
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any, TypeVar

import numpy as np
import numpy.typing as npt

from densevec._cy.vector_text import count_newlines, last_line_end
from densevec._streams import first_line, is_remote, open_unpacked, packing
from densevec._validation import as_path
from densevec.errors import CorruptError, FileError, FormatError
from densevec.formats.opening import opened

PIECE_BYTES = 4 * 2**20  # large beside what starting a task costs, small beside memory
MAX_LINE_BYTES = 64 * 2**20  # a longer line or record is refused: it is no vector
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
Bytes = npt.NDArray[np.uint8]
Result = TypeVar("Result")


@dataclass
class Source:
    """An opened file: ``size`` in bytes if it is known before it is read, else None."""

    origin: str
    stream: IO[bytes]
    size: int | None
    offset: int = 0  # of the next byte, unpacked
    line: int = 1  # number of the line it is in

    def read(self, view: Bytes) -> int:
        """Fill ``view``; the number of bytes read is smaller only at the end of the file."""
        count = 0
        while count < len(view):
            try:
                if isinstance(self.stream, io.RawIOBase):
                    got = self.stream.readinto(view[count:].data) or 0
                else:
                    raw = self.stream.read(min(len(view) - count, PIECE_BYTES))
                    got = len(raw)
                    view[count : count + got] = np.frombuffer(raw, np.uint8)
            except (KeyboardInterrupt, SystemExit, MemoryError):
                raise
            except EOFError as error:
                raise CorruptError(
                    f"{self.origin}: the packed file is cut short (after {self.offset + count:,} unpacked bytes)"
                ) from error
            except Exception as error:  # zlib.error, LZMAError, OSError and those of the transports
                raise CorruptError(
                    f"{self.origin}: cannot be read after {self.offset + count:,} unpacked bytes, "
                    f"the file may be damaged ({first_line(error)})"
                ) from error
            if not got:
                break
            count += got
        self.offset += count
        return count

    def pieces(self, rest: Bytes, take: Callable[[Bytes, bool], int]) -> Iterator[None]:
        """Feed the file to ``take(piece, is_last)`` in pieces, the bytes ``rest`` first.

        ``take`` returns how many bytes it has used up; the others come again at the beginning of the next piece.  A
        generator, so that the caller may stop.
        """
        while True:
            if len(rest) > MAX_LINE_BYTES:
                raise FormatError(
                    f"{self.origin}: the line or record at byte {self.offset - len(rest):,} is longer than the limit "
                    f"of {MAX_LINE_BYTES // 2**20} MiB: this is no file of word vectors"
                )
            piece = np.empty(len(rest) + max(PIECE_BYTES, len(rest)), dtype=np.uint8)
            piece[: len(rest)] = rest
            count = self.read(piece[len(rest) :])
            is_last = count < len(piece) - len(rest)
            piece = piece[: len(rest) + count]
            rest = piece[take(piece, is_last) :]
            yield
            if is_last:
                return


@contextlib.contextmanager
def open_source(path: str | os.PathLike[str]) -> Iterator[Source]:
    """Open a path or URL, unpacked by the ending of its name; only regular files are opened."""
    origin = as_path(path)
    if not isinstance(origin, str):
        origin = os.fsdecode(origin)
    if not is_remote(origin):
        with opened(origin) as descriptor:
            size = os.fstat(descriptor).st_size
            if not packing(origin):
                with io.FileIO(descriptor, closefd=False) as raw:
                    yield Source(origin, raw, size)
                return
    with open_unpacked(origin, FileError) as stream:
        yield Source(origin, stream, None)


@dataclass(frozen=True)
class Lines:
    """Some whole lines of a text; the last one has a newline."""

    data: Bytes
    first_line: int  # its number, from 1
    offset: int  # of the first byte in the file
    num_lines: int


def read_lines(source: Source) -> Iterator[Lines]:
    """The text in pieces of whole lines; a byte order mark at its start is left out, a missing last newline added."""
    found: deque[Lines] = deque()
    position = {"line": source.line}

    def take(piece: Bytes, is_last: bool) -> int:
        offset = source.offset - len(piece)
        begin = 3 if offset == 0 and piece[:3].tobytes() == _BYTE_ORDER_MARK else 0
        end = last_line_end(piece)
        data = piece[begin:end]
        if is_last and end < len(piece):
            data = np.append(piece[begin:], np.uint8(ord("\n")))
            end = len(piece)
        if end > begin:
            num_lines = count_newlines(data)
            found.append(Lines(data, position["line"], offset + begin, num_lines))
            position["line"] += num_lines
        return end

    for _ in source.pieces(np.empty(0, dtype=np.uint8), take):
        while found:
            yield found.popleft()


def in_parallel(function: Callable[..., Result], arguments: Iterable[tuple[Any, ...]]) -> Iterator[Result]:
    """``function(*each)`` for each of ``arguments`` on all cores, results in order; a few are under way at once."""
    workers = min(num_cores(), 8)
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for each in arguments:
                pending.append(pool.submit(function, *each))
                if len(pending) > workers + 1:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def num_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
