"""Packed bytes unpacked to the last one: every stream of a file, or an error.

A packed file may be several streams one after the other: ``cat``, parallel packers (pbzip2, pixz, pigz, ``zstd -T``)
and block formats (bgzip) make such files.  Readers that take what is no stream for rubbish at the end of a file hide
damage there, and training goes on with a part of the text.  So the decompressors are asked one by one here, and what
follows the end of one must be

=====  ==================================================================================================
.gz    another member, or zero bytes (blocks of tapes are filled with them), which gzip passes over
.bz2   another stream
.xz    another stream, after stream padding, zero bytes in fours
.zst   another frame, or a skippable one (which holds no text)
=====  ==================================================================================================

A file that ends within a stream is cut short, and so is an empty one.
"""

from __future__ import annotations

import importlib
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, Protocol

_READ_BYTES = 1 << 16  # packed bytes read at a time
_BUFFER_BYTES = 1 << 17  # unpacked bytes kept for those who read less


class Decompressor(Protocol):
    """One stream: what the standard library's decompressors share."""

    @property
    def eof(self) -> bool:
        """Whether its end was reached."""

    @property
    def needs_input(self) -> bool:
        """Whether it has given all that can be had from what it was given."""

    @property
    def unused_data(self) -> bytes:
        """What was given to it beyond its end."""

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        """At most ``max_length`` bytes of what ``data`` and what it was given before unpack to."""


@dataclass(frozen=True)
class _Kind:
    name: str  # of a stream, for errors
    magics: tuple[bytes, ...]  # one of which each stream after the first begins with
    padding: int  # zero bytes may follow a stream in multiples of so many; none where 0
    make: Callable[[], Decompressor]


def unpacked(packed: IO[bytes], ending: str) -> IO[bytes]:
    """The unpacked bytes of a file, whose name has this ending; closing it closes the file.

    Reading raises EOFError where the file is cut short, OSError where it is damaged.  ImportError when a package for
    this kind of file is missing.
    """
    return io.BufferedReader(_Unpacked(packed, _kind(ending)), _BUFFER_BYTES)


class _Unpacked(io.RawIOBase):
    """Reads the streams of a packed file one after the other."""

    def __init__(self, packed: IO[bytes], kind: _Kind) -> None:
        self._packed = packed
        self._kind = kind
        self._stream = kind.make()
        self._number = 1  # of the stream
        self._num_bytes = 0  # unpacked so far
        self._given = b""  # packed bytes that no stream was given yet

    def readable(self) -> bool:
        return True

    def readinto(self, view: Any) -> int:
        """Fill a part of ``view``; 0 only at the end of the file."""
        size = len(view)
        while size:
            if self._stream.eof:
                if not self._next_stream():
                    return 0
            elif self._stream.needs_input and not self._given:
                self._given = self._packed.read(_READ_BYTES)
                if not self._given:
                    raise EOFError(f"it ends within {self._place()}")
            found = self._decompress(size)
            if found:
                view[: len(found)] = found
                self._num_bytes += len(found)
                return len(found)
        return 0

    def _place(self) -> str:
        return f"{self._kind.name} {self._number} after {self._num_bytes} unpacked bytes"

    def _decompress(self, size: int) -> bytes:
        given, self._given = self._given, b""
        try:
            return self._stream.decompress(given, size)
        except MemoryError:
            raise
        except Exception as error:  # zlib.error, LZMAError, OSError, ZstdError
            raise OSError(f"in {self._place()}: {error}") from error

    def _next_stream(self) -> bool:
        """Begin with what follows the stream that has ended; False at the end of the file."""
        self._given, padding = self._stream.unused_data, 0
        longest = max(map(len, self._kind.magics))
        while True:
            if self._kind.padding:
                rest = self._given.lstrip(b"\0")
                padding += len(self._given) - len(rest)
                self._given = rest
            if len(self._given) >= longest:
                break
            more = self._packed.read(_READ_BYTES)
            if not more:
                break
            self._given += more
        if self._kind.padding and padding % self._kind.padding:
            raise OSError(f"{padding} zero bytes follow {self._place()}, no multiple of {self._kind.padding}")
        if not self._given:
            return False
        if any(magic.startswith(self._given) and magic != self._given for magic in self._kind.magics):
            raise EOFError(f"it ends just after {self._place()}, within the beginning of another one")
        if not self._given.startswith(self._kind.magics):
            found = self._given[:longest].hex(" ")
            raise OSError(f"what follows {self._place()} begins with {found}, which is no other one")
        self._stream = self._kind.make()
        self._number += 1
        return True

    def close(self) -> None:
        if not self.closed:
            self._packed.close()
        super().close()


class _GzipMember:
    """A member of a gzip file, header and check sum included, in the manner of the other decompressors."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not self._inflate.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        tail = self._inflate.unconsumed_tail
        return self._inflate.decompress(tail + data if tail else data, max_length)


class _ZstandardFrame:
    """A frame through the package ``zstandard``, which older versions of smart_open use."""

    _STEP = 512  # packed bytes at a time, which a hostile file can make 16 MiB of

    def __init__(self) -> None:
        self._inflate = importlib.import_module("zstandard").ZstdDecompressor().decompressobj()
        self._given = self._found = b""

    @property
    def eof(self) -> bool:
        return bool(self._inflate.eof) and not self._found

    @property
    def needs_input(self) -> bool:
        return not self._given and not self._found

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inflate.unused_data) + self._given

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        self._given += data
        while self._given and not self._found and not self._inflate.eof:
            step, self._given = self._given[: self._STEP], self._given[self._STEP :]
            self._found = self._inflate.decompress(step)
        found, self._found = self._found[:max_length], self._found[max_length:]
        return found


def _kind(ending: str) -> _Kind:
    if ending == ".gz":
        return _Kind("gzip member", (b"\x1f\x8b",), 1, _GzipMember)
    if ending == ".bz2":
        import bz2

        return _Kind("bzip2 stream", (b"BZh",), 0, bz2.BZ2Decompressor)
    if ending == ".xz":
        import lzma

        return _Kind("xz stream", (b"\xfd7zXZ\0",), 4, lzma.LZMADecompressor)
    skippable = tuple(bytes((first, 0x2A, 0x4D, 0x18)) for first in range(0x50, 0x60))
    return _Kind("zstandard frame", (b"\x28\xb5\x2f\xfd", *skippable), 0, _zstd_frame())


def _zstd_frame() -> Callable[[], Decompressor]:
    missing: ImportError | None = None
    for name in ("compression.zstd", "backports.zstd"):  # the standard library's, from Python 3.14 on, and its twin
        try:
            made: Callable[[], Decompressor] = importlib.import_module(name).ZstdDecompressor
            return made
        except ImportError as error:
            missing = error
    try:
        importlib.import_module("zstandard")
    except ImportError:
        raise missing or ImportError("no package for zstandard") from None
    return _ZstandardFrame
