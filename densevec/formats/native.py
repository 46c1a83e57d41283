"""The native file of densevec: tensors, words and metadata in one safetensors-layout file.

Opened lazily and mapped; nothing in it is ever executed.  docs/file-format.md
describes every byte.
"""

from __future__ import annotations

import mmap as memory_map
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._validation import as_path
from densevec.errors import CorruptError, FileError, FormatError, ParameterError, ParameterTypeError
from densevec.formats import packed, recognise, words
from densevec.formats.atomic import check_folder, write_atomically
from densevec.formats.bfloat16 import BFLOAT16, decode_bfloat16
from densevec.formats.endings import check_ending, warn_of_ending
from densevec.formats.header import (
    ALIGNMENT,
    FORMAT_VERSION,
    LENGTH_BYTES,
    MAX_HEADER_BYTES,
    METADATA,
    PADDING,
    Header,
    build_header,
    digest_of_header,
    dtype_name,
    parse_header,
)
from densevec.formats.opening import opened
from densevec.formats.words import WordIndex

Path = str | os.PathLike[str]
Tensor = npt.NDArray[Any]
_CHECK_ELEMENTS = 2**22  # elements looked at together, so that checks need little memory
_WORD_TENSORS = (words.BLOCK, words.OFFSETS, words.ORDER)


@dataclass(frozen=True)
class Container:
    """What a file holds: tensors by name (read-only, mapped), its words if it has any, and its metadata.

    ``path`` is where the file is, None for bytes.
    """

    tensors: dict[str, Tensor]
    words: WordIndex | None
    metadata: dict[str, Any]
    path: str | None = None


def write_container(
    path: Path,
    tensors: Mapping[str, Tensor],
    words: Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write tensors, words and metadata to ``path``, all or nothing.

    ``metadata`` holds plain JSON values; ``class`` and ``parameters`` are filled in if absent, and
    ``format_version``, ``densevec_version``, ``library_versions`` and ``digests`` (SHA-256 of every tensor) are
    always this writer's.  Equal arguments give equal bytes.  A name with the ending of another format gets a
    FormatWarning: the file is read by its contents here, and by its name elsewhere.

    Raises
    ------
    ParameterError, ParameterTypeError
        If a value cannot be kept: nan or inf in any tensor, a ``variance`` that is not above zero, negative
        ``counts``, duplicate words or lone surrogates in them, a dtype without a name in the format; or the path ends
        in .gz, .arpa or the like, by which the file would be read as what it is not.
    FileError
        If the file cannot be written; the old one, if any, is untouched.
    """
    check_ending(path)
    chunks, num_bytes = _encode(tensors, words, metadata)
    write_atomically(path, chunks, num_bytes)
    warn_of_ending(path, has_vectors="mean" in tensors)


def check_target(path: Path) -> None:
    """Fail before the work, not after it, where ``write_container`` could not write.

    Raises
    ------
    ParameterError, FileError
        For a name that it refuses, or whose folder is not there or takes no file.
    """
    check_ending(path)
    check_folder(path)


def container_bytes(
    tensors: Mapping[str, Tensor], words: Sequence[str] | None = None, metadata: Mapping[str, Any] | None = None
) -> bytes:
    """The bytes that ``write_container`` would write; the same values are refused."""
    return b"".join(_encode(tensors, words, metadata)[0])


def _encode(
    tensors: Mapping[str, Tensor], words: Sequence[str] | None, metadata: Mapping[str, Any] | None
) -> tuple[list[bytes | memoryview], int]:
    """The file in pieces, and how many bytes they are."""
    contents = {name: _as_storable(name, tensor) for name, tensor in tensors.items()}
    for name, tensor in contents.items():
        fault = value_fault(name, tensor)
        if fault:
            raise ParameterError(f"tensor {name!r} cannot be saved: {fault}")
    if words is not None:
        index = words if isinstance(words, WordIndex) else WordIndex(words)
        contents |= index.to_tensors()
    ordered = _align(contents)
    digests = {name: _digest(tensor) for name, tensor in ordered.items() if not name.startswith(PADDING)}
    full: dict[str, Any] = {"class": "", "parameters": {}, **(metadata or {})}
    full |= {
        "format_version": FORMAT_VERSION,
        "densevec_version": _own_version(),
        "library_versions": _library_versions(),
        "digests": digests,
    }
    header = build_header(ordered, full)
    num_bytes = len(header) + sum(tensor.nbytes for tensor in ordered.values())
    return [header, *(_bytes_of(tensor) for tensor in ordered.values())], num_bytes


def read_container(path: Path, check: bool = False, mmap: bool = True) -> Container:
    """Open a file of ours: its structure is checked always, digests and values if ``check``.

    With ``mmap`` (the default) nothing but the header is read; the tensors stay valid when the path is saved
    over later.  Without it the file is read into memory.

    Raises
    ------
    FileError
        If the path cannot be opened.
    FormatError
        If it is not a file of ours; the message says what it looks like.
    VersionError
        If a newer densevec wrote it.
    CorruptError
        If it is damaged.
    """
    origin = as_path(path)
    with opened(origin) as descriptor:
        size = os.fstat(descriptor).st_size
        raw = _read_header_bytes(descriptor, size, origin)
        header = parse_header(raw, size, origin)
        data = _contents(descriptor, size, mmap, origin)
    return replace(_open_contents(raw, header, data, check, origin), path=origin)


def parse_container(data: bytes, check: bool = False, origin: str = "bytes") -> Container:
    """The container in ``data``, as ``container_bytes`` makes it; checks and errors as in ``read_container``."""
    length = _check_beginning(data[:512], len(data), origin)
    raw = data[: LENGTH_BYTES + length]
    return _open_contents(raw, parse_header(raw, len(data), origin), data, check, origin)


def _open_contents(raw: bytes, header: Header, data: memory_map.mmap | bytes, check: bool, origin: str) -> Container:
    """Tensors and words over the bytes of a file whose header was found in order."""
    tensors = {
        entry.name: np.frombuffer(
            data, entry.dtype, entry.num_bytes // entry.dtype.itemsize, header.data_start + entry.begin
        ).reshape(entry.shape)
        for entry in header.entries
    }
    if check:
        _check_contents(raw, header, tensors, origin)
    named = {name: tensor for name, tensor in tensors.items() if not name.startswith(PADDING)}
    index = None
    present = [name for name in _WORD_TENSORS if name in named]
    if present:
        if len(present) != len(_WORD_TENSORS):
            raise CorruptError(f"{origin}: words need the tensors {', '.join(_WORD_TENSORS)}; only {present} are there")
        index = WordIndex.from_tensors(named, origin)
        for name in _WORD_TENSORS:
            del named[name]
    return Container(named, index, header.metadata)


def verify_container(path: Path) -> Container:
    """Check every digest and every value of a file; CorruptError names the tensors that are damaged."""
    return read_container(path, check=True)


def _read_header_bytes(descriptor: int, size: int, origin: str) -> bytes:
    """Length field and header as they stand in the file, after the checks that make reading them safe."""
    length = _check_beginning(_read(descriptor, 0, min(size, 512), origin), size, origin)
    return _read(descriptor, 0, LENGTH_BYTES + length, origin)


def _check_beginning(beginning: bytes, size: int, origin: str) -> int:
    """The length of the header, from the first bytes of a file of ``size`` bytes."""
    length = int.from_bytes(beginning[:LENGTH_BYTES], "little")
    if size == 0:
        raise FormatError(f"{origin}: the file is empty")
    guess = recognise.describe(beginning) if length > size - LENGTH_BYTES else ""
    if guess or beginning[LENGTH_BYTES : LENGTH_BYTES + 1] != b"{":
        hint = f"this looks like {guess}" if guess else f"it begins with the bytes {beginning[:12].hex(' ')}"
        if recognise.format_of(beginning) not in (None, "native"):
            hint += f"; {packed.CONVERT.format(path=origin)}"
        hint += packed.what_to_do(guess, origin)
        raise FormatError(f"{origin}: not a densevec file: {hint}")
    if length > size - LENGTH_BYTES:
        raise CorruptError(
            f"{origin}: the first {LENGTH_BYTES} bytes announce a header of {length:,} bytes, "
            f"the file has {size - LENGTH_BYTES:,} after them: it is cut short or damaged"
        )
    if length > MAX_HEADER_BYTES:
        raise FormatError(f"{origin}: the header has {length:,} bytes, at most {MAX_HEADER_BYTES:,} are expected")
    return length


def _read(descriptor: int, start: int, count: int, origin: str) -> bytes:
    os.lseek(descriptor, start, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        raw = stream.read(count)
    if len(raw) != count:
        raise CorruptError(f"{origin}: the file became shorter while it was read")
    return raw


def _contents(descriptor: int, size: int, mmap: bool, origin: str) -> memory_map.mmap | bytes:
    if not mmap:
        return _read(descriptor, 0, size, origin)
    try:
        return memory_map.mmap(descriptor, size, access=memory_map.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise FileError(f"{origin} cannot be mapped into memory: {error}") from error


def _check_contents(raw: bytes, header: Header, tensors: Mapping[str, Tensor], origin: str) -> None:
    """Digests of everything, then the rules for values."""
    if digest_of_header(raw, header.digest) != header.digest:
        raise CorruptError(f"{origin}: the header does not have the digest it states: it was changed after writing")
    damaged = [name for name, digest in header.metadata["digests"].items() if _digest(tensors[name]) != digest]
    damaged += [name for name, tensor in tensors.items() if name.startswith(PADDING) and tensor.any()]
    if damaged:
        raise CorruptError(f"{origin}: damaged tensors (their digests do not match): {', '.join(sorted(damaged))}")
    check_values(tensors, origin)
    if all(name in tensors for name in _WORD_TENSORS):
        words.check_tensors(tensors, origin)


def check_values(tensors: Mapping[str, Tensor], origin: str) -> None:
    """CorruptError for a tensor with a value that no save would have written."""
    for name, tensor in tensors.items():
        fault = value_fault(name, tensor)
        if fault:
            raise CorruptError(f"{origin}: tensor {name!r}: {fault}")


def _as_storable(name: str, tensor: Tensor) -> Tensor:
    if not isinstance(name, str) or name == METADATA or name.startswith(PADDING) or name in _WORD_TENSORS:
        raise ParameterError(f"a tensor's name must be a string that the format does not use itself, got {name!r}")
    if not isinstance(tensor, np.ndarray):
        raise ParameterTypeError(f"tensor {name!r} must be a NumPy array, got {type(tensor).__name__}")
    if dtype_name(tensor.dtype) is None:
        raise ParameterTypeError(f"tensor {name!r} must be of a plain numeric type, got {tensor.dtype}")
    return np.ascontiguousarray(tensor, dtype=tensor.dtype.newbyteorder("<")).reshape(tensor.shape)


def value_fault(name: str, tensor: Tensor) -> str | None:
    """What is wrong with a tensor's values, None if nothing: the rules a save keeps and ``check`` finds."""
    rule: Callable[[Tensor], Any]
    if name == "variance":
        rule, expected = (lambda part: np.isfinite(part) & (part > 0)), "finite and above 0"
    elif name in ("counts", "counts.trained"):
        rule, expected = (lambda part: part >= 0), "at least 0"
    elif tensor.dtype.kind == "f" or tensor.dtype == BFLOAT16:
        rule, expected = np.isfinite, "finite"
    else:
        return None
    flat = tensor.reshape(-1)
    for start in range(0, flat.size, _CHECK_ELEMENTS):
        part = flat[start : start + _CHECK_ELEMENTS]
        values = decode_bfloat16(part) if part.dtype == BFLOAT16 else part
        holds = rule(values)
        if not holds.all():
            place = int(np.argmin(holds))
            row = np.unravel_index(start + place, tensor.shape)[0] if tensor.ndim else 0
            return f"every value must be {expected}, found {values[place]} in row {row}"
    return None


def _align(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Put every tensor at a multiple of 64 bytes; a layout without holes needs a tensor of zeros in each gap."""
    ordered: dict[str, Tensor] = {}
    for name, tensor in sorted(tensors.items(), key=lambda item: item[1].nbytes % ALIGNMENT != 0):
        gap = -sum(part.nbytes for part in ordered.values()) % ALIGNMENT
        if gap:
            ordered[f"{PADDING}{len(ordered)}"] = np.zeros(gap, dtype=np.uint8)
        ordered[name] = tensor
    return ordered


def _bytes_of(tensor: Tensor) -> memoryview:
    return tensor.reshape(-1).view(np.uint8).data


def _digest(tensor: Tensor) -> str:
    import hashlib  # which opening a file does without

    return hashlib.sha256(_bytes_of(tensor)).hexdigest()


def _own_version() -> str:
    return str(getattr(sys.modules.get("densevec"), "__version__", "0"))


def _library_versions() -> dict[str, str]:
    """Of the libraries that made the numbers; torch only if it took part."""
    import platform  # which opening a file does without

    versions = {"python": platform.python_version(), "numpy": np.__version__}
    torch = sys.modules.get("torch")
    if torch is not None:
        versions["torch"] = str(torch.__version__)
    return versions
