"""The header of the native file: a parser of hostile input that yields where every tensor lies.

The layout is that of the safetensors format: eight bytes with the little-endian length N of the header, N bytes
of JSON, then the tensors without holes.  Everything here works on the header alone; no tensor is touched.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from reprlib import repr as brief
from typing import Any, NoReturn, TypeGuard

import numpy as np

from densevec.errors import CorruptError, FormatError, ParameterError, ParameterTypeError, VersionError
from densevec.formats.bfloat16 import BFLOAT16

FORMAT_VERSION = 1
ALIGNMENT = 64
MAX_HEADER_BYTES = 2 * 2**20  # JSON made of nothing but brackets takes 30 times its size when parsed
LENGTH_BYTES = 8
METADATA, OURS, HEADER_DIGEST = "__metadata__", "densevec", "densevec.header_digest"
PADDING = "padding."
NO_DIGEST = "0" * 64
DTYPES = {
    "BOOL": np.dtype(np.bool_),
    **{f"{kind}{8 * size}": np.dtype(f"<{kind.lower()}{size}") for kind in "IU" for size in (1, 2, 4, 8)},
    **{f"F{8 * size}": np.dtype(f"<f{size}") for size in (2, 4, 8)},
    "BF16": BFLOAT16,
}
_DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}
_MAX_AXES = 32  # what every NumPy can hold


@dataclass(frozen=True)
class TensorEntry:
    """Where one tensor lies: ``begin`` counts bytes from the end of the header."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    num_bytes: int


@dataclass(frozen=True)
class Header:
    """The parsed header: ``entries`` in the order of the file, ``metadata`` densevec's own."""

    entries: tuple[TensorEntry, ...]
    metadata: dict[str, Any]
    data_start: int
    digest: str


def digest_of_header(raw: bytes, digest: str) -> str:
    """SHA-256 of the length field and the header, the header's own digest in it replaced by zeros."""
    import hashlib

    return hashlib.sha256(raw.replace(digest.encode(), NO_DIGEST.encode(), 1)).hexdigest()


def dtype_name(dtype: np.dtype[Any]) -> str | None:
    """The format's name of a NumPy dtype, None if it has none."""
    return _DTYPE_NAMES.get(dtype.newbyteorder("<"))


def build_header(tensors: Mapping[str, np.ndarray[Any, Any]], metadata: Mapping[str, Any]) -> bytes:
    """Length field and header, padded with spaces so that the data begins at a multiple of 64 bytes.

    The mapping's order is the order of the file.
    """
    begin = 0
    table: dict[str, Any] = {METADATA: {OURS: _dump(metadata), HEADER_DIGEST: NO_DIGEST}}
    for name, tensor in tensors.items():
        table[name] = {
            "dtype": dtype_name(tensor.dtype),
            "shape": list(tensor.shape),
            "data_offsets": [begin, begin + tensor.nbytes],
        }
        begin += tensor.nbytes
    text = json.dumps(table, separators=(",", ":"), ensure_ascii=True).encode()
    text += b" " * (-(LENGTH_BYTES + len(text)) % ALIGNMENT)
    if len(text) > MAX_HEADER_BYTES:
        raise ParameterError(f"the file's metadata must fit {MAX_HEADER_BYTES:,} bytes, got {len(text):,}")
    raw = len(text).to_bytes(LENGTH_BYTES, "little") + text
    # The field's own bytes, not any other run of 64 zeros a parameter might hold.
    field = f'"{HEADER_DIGEST}":"'.encode()
    return raw.replace(field + NO_DIGEST.encode(), field + digest_of_header(raw, NO_DIGEST).encode(), 1)


def _dump(metadata: Mapping[str, Any]) -> str:
    def convert(value: Any) -> Any:
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, np.ndarray):
            return value.tolist()
        raise ParameterTypeError(f"metadata must be plain JSON values, got a {type(value).__name__}: {value!r}")

    try:
        return json.dumps(metadata, default=convert, allow_nan=False, separators=(",", ":"))
    except ParameterTypeError:
        raise
    except (TypeError, ValueError, RecursionError) as error:
        raise ParameterError(f"metadata must be plain finite JSON values: {error}") from None


def parse_header(raw: bytes, file_size: int, origin: str) -> Header:
    """Check length field and header ``raw`` of a file of ``file_size`` bytes; every rule of the layout is enforced.

    Raises
    ------
    FormatError
        It is not a file of ours: not JSON, or a safetensors file of somebody else.
    VersionError
        It was written by a newer format version.
    CorruptError
        It is ours, and offsets, shapes, types or digests' places contradict each other.
    """
    table = parse_json(raw[LENGTH_BYTES:], origin, "header")
    if not isinstance(table, dict):
        raise FormatError(f"{origin}: the header must be a JSON object, found {type(table).__name__}")
    strings = table.pop(METADATA, None)
    if not isinstance(strings, dict) or not isinstance(strings.get(OURS), str):
        raise FormatError(
            f"{origin}: this looks like a safetensors file not written by densevec (no {OURS!r} metadata)"
        )
    metadata = parse_json(strings[OURS].encode("utf-8", "surrogatepass"), origin, f"metadata {OURS!r}")
    if not isinstance(metadata, dict):
        raise FormatError(f"{origin}: metadata {OURS!r} must be a JSON object, found {type(metadata).__name__}")
    _check_version(metadata, origin)
    digest = strings.get(HEADER_DIGEST)
    if not _is_digest(digest):
        raise CorruptError(f"{origin}: {HEADER_DIGEST!r} must be 64 hexadecimal digits, found {brief(digest)}")
    entries = [_parse_entry(name, entry, origin) for name, entry in table.items()]
    entries.sort(key=lambda entry: (entry.begin, entry.num_bytes))
    _check_layout(entries, len(raw), file_size, origin)
    _check_metadata(metadata, entries, origin)
    return Header(tuple(entries), metadata, len(raw), digest)


def _check_layout(entries: Sequence[TensorEntry], data_start: int, file_size: int, origin: str) -> None:
    """The tensors follow each other without holes and end where the file ends."""
    end = 0
    for entry in entries:
        if entry.begin != end:
            kind = "overlaps the tensor before it" if entry.begin < end else "leaves a hole before it"
            raise CorruptError(
                f"{origin}: tensor {entry.name[:80]!r} begins at byte {entry.begin} of the data, "
                f"{end} was expected: it {kind}"
            )
        end += entry.num_bytes
    if data_start + end != file_size:
        raise CorruptError(
            f"{origin}: the header accounts for {data_start + end:,} bytes, the file has {file_size:,}: "
            f"it is {'cut short' if file_size < data_start + end else 'longer than it should be'}"
        )


def parse_json(raw: bytes, origin: str, what: str) -> Any:
    """Strict JSON: UTF-8, no duplicate keys, no NaN or infinity, no nesting or number that overwhelms the parser."""

    def refuse(literal: str) -> NoReturn:
        raise ValueError(f"{literal} is not a JSON number")

    def number(literal: str) -> float:
        value = float(literal)
        return value if math.isfinite(value) else refuse(literal[:40])

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            raise ValueError(f"the key {twice[:80]!r} is there twice")
        return result

    try:
        text = raw.decode("utf-8")
        return json.loads(text, object_pairs_hook=unique, parse_constant=refuse, parse_float=number)
    except UnicodeDecodeError as error:
        raise FormatError(f"{origin}: the {what} is not UTF-8 at its byte {error.start}") from None
    except RecursionError:
        raise FormatError(f"{origin}: the {what} is nested too deeply") from None
    except ValueError as error:
        raise FormatError(f"{origin}: the {what} is not JSON as expected: {str(error)[:200]}") from None


def _check_version(metadata: dict[str, Any], origin: str) -> None:
    version = metadata.get("format_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise FormatError(f"{origin}: format_version must be a positive integer, found {brief(version)}")
    if version > FORMAT_VERSION:
        writer = str(metadata.get("densevec_version", "unknown"))[:40]
        raise VersionError(
            f"{origin}: format version {version} is newer than {FORMAT_VERSION}, the newest this densevec reads; "
            f"it was written by densevec {writer}: install that version or a later one"
        )


def _parse_entry(name: str, entry: Any, origin: str) -> TensorEntry:
    """One tensor's entry; sizes are Python integers, so that nothing overflows."""

    def fail(problem: str) -> NoReturn:
        raise CorruptError(f"{origin}: tensor {name[:80]!r}: {problem}")

    if not isinstance(entry, dict):
        fail(f"its entry must be an object, found {type(entry).__name__}")
    kind, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    dtype = DTYPES.get(kind) if isinstance(kind, str) else None
    if dtype is None:
        fail(f"dtype must be one of {', '.join(DTYPES)}, found {brief(kind)}")
    if not _are_sizes(shape) or len(shape) > _MAX_AXES:
        fail(f"shape must be at most {_MAX_AXES} sizes below 2^63, found {brief(shape)}")
    if not _are_sizes(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        fail(f"data_offsets must be [begin, end], found {brief(offsets)}")
    num_bytes = math.prod(shape) * dtype.itemsize
    if num_bytes != offsets[1] - offsets[0]:
        fail(f"{kind} of shape {brief(shape)} takes {num_bytes} bytes, data_offsets give {offsets[1] - offsets[0]}")
    if num_bytes == 0 and math.prod(max(size, 1) for size in shape) >= 2**60:
        fail(f"shape {brief(shape)} is larger than an array can be")
    return TensorEntry(name, dtype, tuple(shape), offsets[0], num_bytes)


def _are_sizes(values: Any) -> TypeGuard[list[int]]:
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 2**63 for value in values)


def _is_digest(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")


def _check_metadata(metadata: dict[str, Any], entries: Sequence[TensorEntry], origin: str) -> None:
    """The keys every file has; unknown ones are ignored."""
    kinds: dict[str, type] = {"class": str, "densevec_version": str, "parameters": dict, "digests": dict}
    for key, kind in kinds.items():
        if not isinstance(metadata.get(key), kind):
            found = type(metadata[key]).__name__ if key in metadata else "nothing"
            raise CorruptError(f"{origin}: metadata {key!r} must be a {kind.__name__}, found {found}")
    digests = metadata["digests"]
    names = {entry.name for entry in entries if not entry.name.startswith(PADDING)}
    if set(digests) != names:
        odd = sorted(set(digests) ^ names)[0][:80]
        raise CorruptError(f"{origin}: tensor {odd!r} and the digests in the header do not go together")
    for name, digest in digests.items():
        if not _is_digest(digest):
            raise CorruptError(f"{origin}: the digest of tensor {name[:80]!r} must be 64 hexadecimal digits")
