"""What to do about a packed file that was found where none is read."""

from __future__ import annotations

from densevec._streams import PACKED, is_remote, open_unpacked, packing
from densevec.errors import FileError, FormatError
from densevec.formats import recognise
from densevec.formats.endings import MAPPED

# Advice about a file that is none of ours
CONVERT = "'densevec convert {path} NAME.safetensors' makes one of it, KeyedVectors.from_file reads it"
_BEGINNING_BYTES = 2**16


def of_another_kind(path: str, kind: str, expected: str) -> FormatError:
    """The error about a file that looks like another ``kind`` than was ``expected``."""
    return FormatError(f"{path}: this looks like {kind}, {expected} expected{what_to_do(kind, path)}")


def what_to_do(kind: str, path: str) -> str:
    """What to say beside ``kind``, the description of a file that is packed; empty for one that is not, or of which
    nothing is known to help."""
    ending = recognise.PACKINGS.get(kind)
    if ending is None:
        return ""
    inside = _format_inside(path, ending)
    if inside in MAPPED:
        return "; unpack it first"
    if not packing(path):
        return f"; files are unpacked where their names say so, by {', '.join(PACKED)}"
    if inside is None:
        return ""
    return f"; {CONVERT.format(path=path)}"


def _format_inside(path: str, ending: str) -> str | None:
    """The format of word vectors that a file holds when it is unpacked, None where that is not to be found out."""
    if is_remote(path):
        return None
    try:
        with open_unpacked(path, FileError, compression=ending) as stream:
            return recognise.format_of(stream.read(_BEGINNING_BYTES))
    except Exception:  # whatever a damaged file makes of its unpacker
        return None
