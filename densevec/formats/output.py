"""Writing a file of unknown size, packed by its name's ending, all or nothing."""

from __future__ import annotations

import importlib
import itertools
import os
from collections.abc import Iterable, Iterator
from typing import Any

from densevec._streams import PACKED, is_remote
from densevec._validation import as_path
from densevec.errors import FormatError
from densevec.formats.atomic import Path, is_stream, write_atomically, write_together
from densevec.formats.opening import opened

_COPY_BYTES = 2**22


def write_file(path: Path, chunks: Iterable[bytes], num_bytes: int | None, *, append: bool = False) -> None:
    """Write ``chunks``, some ``num_bytes`` in all (None: not known), to a path or URL; nobody ever sees a part of them.

    By the ending of the name they are packed; how large they are then shows only when they are written.  With
    ``append`` what the path holds comes first (a packed file gets another member, which every reader of such files
    joins).
    """
    name = as_path(path)
    if not append or is_stream(name) or (not is_remote(name) and not os.path.exists(name)):
        write_files([(path, chunks, num_bytes)])
        return
    _, packed, size = _packed(path, chunks, num_bytes)
    with opened(name) as descriptor, os.fdopen(os.dup(descriptor), "rb") as stream:
        old = iter(lambda: stream.read(_COPY_BYTES), b"")
        size = None if size is None else size + os.fstat(descriptor).st_size
        write_atomically(path, itertools.chain(old, packed), size)


def write_files(files: Iterable[tuple[Path, Iterable[bytes], int | None]]) -> None:
    """Write several files, each as (path, chunks, num_bytes) and as ``write_file`` does; none before all are whole."""
    write_together(_packed(*each) for each in files)


def _packed(path: Path, chunks: Iterable[bytes], num_bytes: int | None) -> tuple[Path, Iterator[bytes], int | None]:
    name = as_path(path)
    return path, _pack(name, chunks), None if name.endswith(PACKED) else num_bytes


def _pack(name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    ending = next((ending for ending in PACKED if name.endswith(ending)), "")
    if not ending:
        yield from chunks
        return
    packer = _packer(ending)
    for chunk in chunks:
        yield packer.compress(chunk)
    yield packer.flush()


def _packer(ending: str) -> Any:
    if ending == ".gz":
        import zlib

        return zlib.compressobj(6, zlib.DEFLATED, 31)  # 31: with gzip's header and check sum
    if ending == ".bz2":
        import bz2

        return bz2.BZ2Compressor()
    if ending == ".xz":
        import lzma

        return lzma.LZMACompressor()
    try:
        zstandard = importlib.import_module("zstandard")
    except ImportError:
        raise FormatError(".zst needs the package zstandard: pip install 'densevec[zst]'") from None
    return zstandard.ZstdCompressor().compressobj()
