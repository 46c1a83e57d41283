"""Writing to a URL so that no reader ever sees a part."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from densevec._streams import first_line, open_unpacked
from densevec.errors import FileError

_COPY_BYTES = 2**22


def upload(url: str, chunks: Iterable[bytes | memoryview]) -> None:
    """Write to a URL; the object appears only when it is whole.

    Everything is made first, in an unnamed local file, and a transfer that fails is given up, not closed.
    """
    import tempfile

    with tempfile.TemporaryFile() as copy:
        for chunk in chunks:
            copy.write(chunk)
        copy.seek(0)
        stream = open_unpacked(url, FileError, "wb", compression="disable")
        try:
            for block in iter(lambda: copy.read(_COPY_BYTES), b""):
                stream.write(block)
            stream.close()
        except BaseException as error:
            _give_up(stream)
            if isinstance(error, Exception):
                raise FileError(f"{url} cannot be written: {first_line(error)}") from error
            raise


def _give_up(stream: IO[bytes]) -> None:
    """End a transfer so that no object appears."""
    terminate = getattr(stream, "terminate", None)
    if terminate is not None:
        terminate()
