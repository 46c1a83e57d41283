"""Writing a file of unknown size, packed by its name's ending, all or nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from densevec._packages import import_package
from densevec._streams import is_remote, packing
from densevec._validation import as_path
from densevec.formats.atomic import Path, is_stream, write_together
from densevec.formats.opening import opened

_COPY_BYTES = 2**22
File = tuple[Path, Iterable[bytes], int | None]  # where to, what, and some number of bytes


def write_file(path: Path, chunks: Iterable[bytes], num_bytes: int | None, *, append: bool = False) -> None:
    """Write ``chunks``, some ``num_bytes`` in all (None: not known), to a path or URL; nobody ever sees a part of them.

    By the ending of the name they are packed; how large they are then shows only when they are written.  With
    ``append`` what the path holds comes first (a packed file gets another member, which every reader of such files
    joins).
    """
    write_files([(path, chunks, num_bytes)], append=append)


def write_files(files: Iterable[File], *, append: bool = False) -> None:
    """Write several files, each as ``write_file`` does; none before all are whole."""
    write_together(_prepared(*each, append) for each in files)


def _prepared(path: Path, chunks: Iterable[bytes], num_bytes: int | None, append: bool) -> File:
    name = as_path(path)
    packed = _pack(name, chunks)
    size = None if packing(name) else num_bytes
    if not append or is_stream(name):
        return path, packed, size
    if is_remote(name):
        return path, _after_old(name, packed), None
    if not os.path.exists(name):
        return path, packed, size
    return path, _after_old(name, packed), None if size is None else size + os.path.getsize(name)


def _after_old(name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What a file holds, and then the chunks."""
    with opened(name) as descriptor, os.fdopen(os.dup(descriptor), "rb") as stream:
        yield from iter(lambda: stream.read(_COPY_BYTES), b"")
    yield from chunks


def _pack(name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    ending = packing(name)
    if not ending:
        yield from chunks
        return
    stream = packer(ending)
    for chunk in chunks:
        yield stream.compress(chunk)
    yield stream.flush()


def packer(ending: str) -> Any:
    """What packs as a name's ending says; MissingPackageError where that needs a package that is not there."""
    if ending == ".gz":
        import zlib

        return zlib.compressobj(6, zlib.DEFLATED, 31)  # 31: with gzip's header and check sum
    if ending == ".bz2":
        import bz2

        return bz2.BZ2Compressor()
    if ending == ".xz":
        import lzma

        return lzma.LZMACompressor()
    return import_package("zstandard", ".zst", "zst").ZstdCompressor().compressobj()
