"""Files and URLs as streams of unpacked bytes: smart_open brings those of URLs, ``_unpacking`` unpacks them."""

from __future__ import annotations

import os
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from densevec._unpacking import unpacked

PACKED = (".gz", ".bz2", ".xz", ".zst")  # endings of names that are unpacked when read and packed when written
_LZ4 = ".lz4"  # what smart_open alone unpacks


def packing(path: str) -> str:
    """The ending by which a name says that its file is packed, in small letters as in ``PACKED``; "" for none.

    >>> packing("birds.vec.GZ"), packing("birds.vec")
    ('.gz', '')
    """
    ending = os.path.splitext(path)[1].lower()
    return ending if ending in PACKED else ""


def without_packing(path: str) -> str:
    """A name without that ending."""
    return path[: len(path) - len(packing(path))]


def is_remote(path: str) -> bool:
    """Whether a path is a URL for smart_open rather than a local file."""
    scheme, mark, _ = path.partition("://")
    return bool(mark) and scheme.isalnum()


def as_local(path: str) -> str:
    """The path that a URL of a file of this machine (file://, RFC 8089) stands for; any other as it is.

    >>> as_local("file:///texts/the%20kiwi.txt"), as_local("/texts/the%20kiwi.txt")
    ('/texts/the kiwi.txt', '/texts/the%20kiwi.txt')
    >>> as_local("file://localhost/texts/kiwi.txt")
    '/texts/kiwi.txt'
    """
    local = path.removeprefix("file://localhost" if path.startswith("file://localhost/") else "file://")
    return path if local == path else os.path.expanduser(os.fsdecode(unquote_to_bytes(os.fsencode(local))))


def open_unpacked(path: str, error_class: type[Exception], mode: str = "rb", **options: Any) -> IO[bytes]:
    """Open a path or URL; its bytes are unpacked (or packed) by the ending of its name.

    Whatever goes wrong is an ``error_class`` with one sentence.  Reading raises EOFError where a packed file is cut
    short, and OSError where it is damaged, in whichever of its streams.  ``compression="disable"`` leaves the bytes as
    they are, and an ending unpacks them as if the name had it.
    """
    place = as_local(path)
    ending = packing(place)
    try:
        if mode == "rb" and not is_remote(place) and not place.lower().endswith(_LZ4):
            return _open_local(place, ending, **options)
        import smart_open  # which takes a third of a second with all the transports that it may know

        _register_xz(smart_open)
        if mode != "rb" or not ending or "compression" in options:
            return smart_open.open(place, mode, **options)
        packed = smart_open.open(place, mode, compression="disable", **options)
        try:
            return unpacked(packed, ending)
        except ImportError:
            packed.close()
            raise
    except (ImportError, NotImplementedError) as error:
        scheme = path.partition("://")[0] if is_remote(path) else os.path.splitext(path)[1].lstrip(".")
        extra = {"https": "http", "s3a": "s3", "s3n": "s3", "gs": "gcs"}.get(scheme, scheme)
        raise error_class(
            f"{path}: smart_open cannot open this kind of file or lacks a package for it ({first_line(error)}); "
            f"if it has one, pip install 'smart_open[{extra}]' brings it"
        ) from error
    except Exception as error:  # every transport of smart_open has its own exceptions
        raise error_class(f"{path}: cannot be opened ({first_line(error)})") from error


def _open_local(path: str, ending: str, compression: str = "") -> IO[bytes]:
    packed = open(os.path.expanduser(path), "rb")  # noqa: SIM115  (who asks for the stream closes it)
    ending = compression or ending
    if ending not in PACKED:
        return packed
    try:
        return unpacked(packed, ending)
    except ImportError:
        packed.close()
        raise


def _register_xz(smart_open: Any) -> None:
    """Teach .xz to the older versions of smart_open that do not know it."""
    from smart_open import compression

    if ".xz" not in compression.get_supported_compression_types():

        def unpack(file_object: IO[bytes], mode: str, **options: Any) -> IO[bytes]:
            import lzma

            return lzma.open(file_object, mode, **options)  # type: ignore[return-value]

        smart_open.register_compressor(".xz", unpack)


def first_line(error: BaseException) -> str:
    """What an exception says, in one line without a full stop."""
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__
