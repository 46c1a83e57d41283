"""NumPy's .npy: the vectors, with the words in a text file beside it; never a pickle."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._validation import as_path
from densevec.errors import CorruptError, FormatError, ParameterError
from densevec.formats import packed, recognise
from densevec.formats.endings import check_ending
from densevec.formats.opening import opened
from densevec.formats.output import write_files
from densevec.formats.table import WordVectors, check_expressible, warn_of_lost_variances
from densevec.formats.text import check_finite

Path = str | os.PathLike[str]
WORDS_ENDING = ".words"  # of the text file beside a .npy
MAX_HEADER_BYTES = 2**16
PIECE_BYTES = 2**22


def read_header(stream: io.BufferedIOBase, size: int, origin: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type of an .npy of ``size`` bytes: a plain type, and as many bytes as its shape takes."""
    try:
        version = np.lib.format.read_magic(stream)
        reader = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
        if reader is None:
            raise FormatError(f"{origin}: .npy version {version} is not one of 1.0 and 2.0")
        shape, is_fortran, dtype = reader(stream, max_header_size=MAX_HEADER_BYTES)
    except FormatError:
        raise
    except Exception as error:  # whatever NumPy's parser of the header meets
        raise CorruptError(f"{origin}: the array's header is damaged ({str(error).splitlines()[0][:200]})") from None
    if dtype.hasobject or dtype.kind not in "bfiuU" or dtype.itemsize == 0:
        raise FormatError(
            f"{origin}: the array must be of numbers or strings, found {dtype} (pickles are never opened)"
        )
    num_bytes = dtype.itemsize
    for length in shape:
        num_bytes *= int(length)
    left = size - stream.tell()
    if any(length < 0 for length in shape) or len(shape) > 2 or num_bytes != left:
        raise CorruptError(
            f"{origin}: an array of shape {shape} and type {dtype} takes {num_bytes:,} bytes, {left:,} follow"
        )
    return tuple(shape), is_fortran, dtype


def read_array(stream: io.BufferedIOBase, size: int, origin: str) -> npt.NDArray[Any]:
    """The array of an .npy of ``size`` bytes, in the memory that it takes."""
    shape, is_fortran, dtype = read_header(stream, size, origin)
    raw = np.empty(size - stream.tell(), dtype=np.uint8)
    begin = 0
    while begin < len(raw) and (part := stream.read(min(len(raw) - begin, PIECE_BYTES))):
        raw[begin : begin + len(part)] = np.frombuffer(part, np.uint8)
        begin += len(part)
    if begin < len(raw) or stream.read(1):
        raise CorruptError(f"{origin}: the array is cut short")
    array = raw.view(dtype)
    return array.reshape(shape[::-1]).T if is_fortran else array.reshape(shape)


def read_npy(path: Path, words: Path | None = None) -> WordVectors:
    """Read an .npy of shape (n, d) and its words, one a line, from ``words``: by default the same name with .words.

    A byte order mark before the first word, and carriage returns at the ends of lines, are left out.

    Raises
    ------
    FormatError, CorruptError, FileError
        As ``read_npz``.
    """
    origin = as_path(path)
    with opened(origin) as descriptor, os.fdopen(os.dup(descriptor), "rb") as stream:
        size = os.fstat(descriptor).st_size
        beginning = stream.peek(512)[:512]
        kind = recognise.describe(beginning)
        if (kind and "NumPy" not in kind) or not size:
            raise packed.of_another_kind(origin, kind or "an empty file", "a NumPy .npy array was")
        vectors = read_array(stream, size, origin)
    name = as_path(words) if words is not None else words_path(origin)
    with opened(name) as descriptor, os.fdopen(os.dup(descriptor), "rb") as stream:
        raw = stream.read()
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise FormatError(f"{name}: byte {error.start:,} is not UTF-8 ({error.reason})") from None
    listed = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []
    if vectors.ndim != 2 or len(vectors) != len(listed):
        raise FormatError(f"{name}: {len(listed)} words for an array of shape {vectors.shape} in {origin}")
    with np.errstate(over="ignore", under="ignore"):
        numbers = vectors.astype(np.float32) if vectors.dtype.kind == "f" else None
    if numbers is None or not numbers.shape[1] or not np.isfinite(numbers).all():
        raise FormatError(f"{origin}: the array must be of floats that are finite in float32, found {vectors.dtype}")
    try:
        return WordVectors(listed, numbers)
    except ParameterError as error:
        raise FormatError(f"{name}: {error}") from None


def write_npy(path: Path, table: WordVectors) -> None:
    """Write the vectors as an .npy and the words, one a line, beside it; both or neither.

    Raises
    ------
    ParameterError
        For words with line ends in them, or with a byte order mark before them, which a list of lines does not keep;
        the message lists them.  Also for a path that ends in .gz or the like.
    FileError
        If a file cannot be written.
    """
    check_ending(path, "npy")
    check_expressible(table.words, "one word a line", _line_fault)
    check_finite(table)
    warn_of_lost_variances(table, ".npy")
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(table.vectors))
    listed = "".join(f"{word}\n" for word in table.words).encode()
    array = path, _array_chunks(head.getvalue(), table), len(head.getvalue()) + table.vectors.nbytes
    write_files([(words_path(as_path(path)), [listed], len(listed)), array])


def _array_chunks(head: bytes, table: WordVectors) -> Iterator[bytes]:
    yield head
    for begin in range(0, len(table), 4096):
        yield table.vectors[begin : begin + 4096].tobytes()


def _line_fault(word: str) -> str | None:
    if word.startswith("\ufeff"):
        return "begins with a byte order mark"
    if word.endswith("\r"):
        return "ends in a carriage return"
    if "\n" in word:
        return "has a line end in it"
    return "has a lone surrogate" if any("\ud800" <= character <= "\udfff" for character in word) else None


def words_path(path: str) -> str:
    """Where the words of an .npy lie."""
    return path.removesuffix(".npy") + WORDS_ENDING
