"""Arrays in files without names, for what has no room in memory."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from densevec.errors import CorpusError, CorpusFileError

Folder = str | os.PathLike[str] | None


class TemporaryArray:
    """One array in a file without a name: written part by part, or reserved as zeros, and mapped.

    Nobody can change or truncate the file (where the system can have files without names), and it vanishes with the
    process, however that ends.

    Parameters
    ----------
    dtype : of its numbers
    folder : where the file lies; the system's for such if None
    what : it holds, and advice : what helps when it has no room, in the words of an error

    Raises
    ------
    CorpusFileError : when the file cannot be made or written
    """

    def __init__(self, dtype: npt.DTypeLike, folder: Folder, what: str, advice: str) -> None:
        self.dtype = np.dtype(dtype)
        self.folder = tempfile.gettempdir() if folder is None else os.fspath(folder)
        self.what = what
        self.advice = advice
        self.size = 0  # bytes
        with self._told(f"make a temporary file for {what}"):
            self.file = tempfile.TemporaryFile(dir=self.folder)  # noqa: SIM115

    def close(self) -> None:
        """Let go of the file; a mapping keeps its own hold on it."""
        self.file.close()

    @contextmanager
    def _told(self, doing: str) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise CorpusFileError(f"{self.folder}: cannot {doing} ({error.strerror}); {self.advice}") from error

    def write(self, data: Any) -> None:
        """Add bytes, or the numbers of a contiguous array."""
        self.size += memoryview(data).nbytes
        with self._told(f"write {self.size:,} bytes of {self.what}"):
            self.file.write(data)

    def reserve(self, number: int) -> None:
        """Make room for so many numbers, zeros until they are written to."""
        self.size = number * self.dtype.itemsize
        with self._told(f"write {self.size:,} bytes of {self.what}"):
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self.file.fileno(), 0, self.size)
            else:
                self.file.truncate(self.size)

    def mapped(self, mode: Literal["r", "r+"]) -> npt.NDArray[Any]:
        """All of it, to read ("r") or to write to as well ("r+"); CorpusError when the file has another size."""
        with self._told(f"write {self.size:,} bytes of {self.what}"):
            self.file.flush()
        found = os.fstat(self.file.fileno()).st_size
        if found != self.size:  # reading beyond the end of a mapped file would end the process
            raise CorpusError(f"{self.folder}: a file of {self.what} has {found} bytes instead of {self.size}")
        if self.size == 0:
            return np.empty(0, self.dtype)
        return np.memmap(self.file, self.dtype, mode=mode, shape=(self.size // self.dtype.itemsize,))


def let_go(mapped: npt.NDArray[Any]) -> None:
    """Have the system write a mapped array to its file and take back the memory."""
    memory: Any = mapped
    while not isinstance(memory, mmap.mmap):
        memory = memory.base
    memory.flush()
    if hasattr(mmap, "MADV_DONTNEED"):
        memory.madvise(mmap.MADV_DONTNEED)


class GrowingArrays:
    """Arrays that grow in memory, and move to files without names when together they pass a limit.

    Parameters
    ----------
    dtypes : one for each array
    folder : of the files; the system's for such if None
    memory_limit : in bytes
    what : they hold, in the words of an error
    """

    def __init__(self, dtypes: Sequence[npt.DTypeLike], folder: Folder, memory_limit: int, what: str) -> None:
        self.dtypes = [np.dtype(dtype) for dtype in dtypes]
        self.folder = folder
        self.memory_limit = memory_limit
        self.what = what
        self.buffers = [bytearray() for _ in dtypes]
        self.lengths = [0] * len(dtypes)  # of the arrays, in numbers
        self.files: list[TemporaryArray] = []

    def __enter__(self) -> GrowingArrays:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files; arrays that were mapped from them stay."""
        for file in self.files:
            file.close()

    def append(self, which: int, array: npt.NDArray[Any]) -> None:
        """Add numbers to one of the arrays."""
        if len(array) == 0:  # its bytes cannot be viewed
            return
        self.lengths[which] += len(array)
        data = np.ascontiguousarray(array, self.dtypes[which]).data.cast("B")
        if self.files:
            self.files[which].write(data)
            return
        self.buffers[which].extend(data)
        if sum(map(len, self.buffers)) > self.memory_limit:
            self._move()

    def _move(self) -> None:
        advice = "give cache_dir a folder with more room or raise memory_limit"
        self.files = [TemporaryArray(dtype, self.folder, self.what, advice) for dtype in self.dtypes]
        for file, buffer in zip(self.files, self.buffers, strict=True):
            file.write(buffer)
            buffer.clear()

    def finish(self, mode: Literal["r", "r+"]) -> list[npt.NDArray[Any]]:
        """The arrays; those that are mapped to read ("r") or to write to as well ("r+")."""
        if self.files:
            return [file.mapped(mode) for file in self.files]
        return [np.frombuffer(buffer, dtype) for buffer, dtype in zip(self.buffers, self.dtypes, strict=True)]
