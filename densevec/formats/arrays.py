"""NumPy's files: .npz with vectors and words, or .npy with the words in a text file beside it; never a pickle."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.errors import CorruptError, FormatError, ParameterError
from densevec.formats import recognise
from densevec.formats.opening import opened
from densevec.formats.output import write_file
from densevec.formats.table import WordVectors, check_expressible, warn_of_lost_variances
from densevec.formats.text import check_finite

Path = str | os.PathLike[str]
WORDS_ENDING = ".words"  # of the text file beside a .npy
_MAX_RATIO = 1032  # deflate cannot pack better
_MAX_HEADER_BYTES = 2**16
_NAMES = ("vectors", "words", "counts", "variances")


def read_npz(path: Path) -> WordVectors:
    """Read vectors and words from a .npz: arrays ``vectors`` (n, d), ``words`` (n,) of strings, and, if there,
    ``counts`` (n,) of integers and ``variances`` (n,) or (n, d); others are passed over.

    Raises
    ------
    FormatError
        An array is missing, of another shape or type (pickled objects are never opened), or not finite.
    CorruptError, FileError
        The archive is damaged; it cannot be opened.
    """
    origin = os.fspath(path)
    with opened(origin) as descriptor, os.fdopen(os.dup(descriptor), "rb") as stream:
        size = os.fstat(descriptor).st_size
        try:
            with zipfile.ZipFile(stream) as archive:
                present = set(archive.namelist())
                found = {
                    name: _read_member(archive, archive.getinfo(f"{name}.npy"), size, origin)
                    for name in _NAMES
                    if f"{name}.npy" in present
                }
        except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError, ValueError) as error:
            if isinstance(error, FormatError | CorruptError):
                raise
            stream.seek(0)
            kind = recognise.describe(stream.read(512))
            if kind and "zip archive" not in kind:
                raise FormatError(f"{origin}: this looks like {kind}, a .npz archive was expected") from None
            raise CorruptError(f"{origin}: the archive is damaged ({str(error)[:200]})") from None
        except Exception as error:  # zlib.error and lzma's
            raise CorruptError(f"{origin}: the archive is damaged ({str(error)[:200]})") from None
    missing = [name for name in ("vectors", "words") if name not in found]
    if missing:
        raise FormatError(
            f"{origin}: the archive must hold the arrays 'vectors' and 'words', {missing[0]!r} is missing (it holds "
            f"{', '.join(sorted(present))[:200] or 'nothing'})"
        )
    return _as_table(found, origin)


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, size: int, origin: str) -> npt.NDArray[Any]:
    """One array; its size must agree with the archive's directory, and that with the size of the file."""
    if info.compress_size > size or info.file_size > _MAX_RATIO * info.compress_size + _MAX_HEADER_BYTES:
        raise CorruptError(
            f"{origin}: {info.filename} would take {info.file_size:,} bytes, more than the file can hold"
        )
    with archive.open(info) as stream:
        return read_array(stream, info.file_size, f"{origin}: {info.filename}")  # type: ignore[arg-type]


def read_array(stream: io.BufferedIOBase, size: int, origin: str) -> npt.NDArray[Any]:
    """The array of an .npy of ``size`` bytes: a plain type, and as many bytes as its shape takes."""
    try:
        version = np.lib.format.read_magic(stream)
        reader = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
        if reader is None:
            raise FormatError(f"{origin}: .npy version {version} is not one of 1.0 and 2.0")
        shape, is_fortran, dtype = reader(stream, max_header_size=_MAX_HEADER_BYTES)
    except FormatError:
        raise
    except Exception as error:  # whatever NumPy's parser of the header meets
        raise CorruptError(f"{origin}: the array's header is damaged ({str(error).splitlines()[0][:200]})") from None
    if dtype.hasobject or dtype.kind not in "fiuU" or dtype.itemsize == 0:
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
    raw = stream.read(num_bytes)
    if len(raw) != num_bytes or stream.read(1):
        raise CorruptError(f"{origin}: the array is cut short")
    array = np.frombuffer(raw, dtype=dtype)
    return array.reshape(shape[::-1]).T if is_fortran else array.reshape(shape)


def _as_table(found: dict[str, npt.NDArray[Any]], origin: str) -> WordVectors:
    vectors, words = found["vectors"], found["words"]
    if words.dtype.kind != "U" or words.ndim != 1:
        raise FormatError(
            f"{origin}: 'words' must be one-dimensional strings, found {words.dtype} of shape {words.shape}"
        )
    if vectors.dtype.kind != "f" or vectors.ndim != 2 or len(vectors) != len(words) or not vectors.shape[1]:
        raise FormatError(
            f"{origin}: 'vectors' must be floats with a row for each of {len(words)} words, found {vectors.dtype} of "
            f"shape {vectors.shape}"
        )
    counts, variances = found.get("counts"), found.get("variances")
    if counts is not None and (counts.shape != words.shape or counts.dtype.kind not in "iu" or (counts < 0).any()):
        raise FormatError(
            f"{origin}: 'counts' must be a whole number of at least 0 for each word, found {counts.dtype}"
        )
    if variances is not None and (variances.dtype.kind != "f" or variances.shape not in (words.shape, vectors.shape)):
        raise FormatError(
            f"{origin}: 'variances' must be floats, one or d for each word, found shape {variances.shape}"
        )
    with np.errstate(over="ignore", under="ignore"):
        vectors = vectors.astype(np.float32)
        variances = None if variances is None else variances.astype(np.float32)
    if not np.isfinite(vectors).all():
        raise FormatError(f"{origin}: 'vectors' must be finite in float32")
    if variances is not None and not (np.isfinite(variances) & (variances > 0)).all():
        raise FormatError(f"{origin}: 'variances' must be finite and above 0 in float32")
    try:
        listed = [str(word) for word in words]
        return WordVectors(listed, vectors, None if counts is None else counts.astype(np.int64), variances)
    except (ParameterError, ValueError) as error:  # a word twice; code points beyond Unicode
        raise FormatError(f"{origin}: {error}") from None


def write_npz(path: Path, table: WordVectors) -> None:
    """Write a .npz that ``numpy.load`` opens: ``vectors``, ``words`` and, where known, ``counts`` and ``variances``.

    Raises
    ------
    ParameterError
        For words that NumPy's strings cannot hold (NUL at the end, lone surrogates) or a word so much longer than the
        others that the array of equally long strings would take 16 times their bytes.
    FileError
        If the file cannot be written.
    """
    check_expressible(table.words, ".npz", _fault)
    check_finite(table)
    longest = max(map(len, table.words), default=0)
    if 4 * longest * len(table) > 64 * sum(map(len, table.words)) + 2**26:
        word = max(table.words, key=len)
        raise ParameterError(
            f"a .npz makes every word as long as the longest, {word[:40]!r}..., of {longest:,} characters; leave it "
            "out, "
            "or save in the native format"
        )
    arrays: dict[str, npt.NDArray[Any]] = {
        "vectors": table.vectors,
        "words": np.array(table.words[:], dtype=f"<U{longest or 1}"),
    }
    arrays |= {
        name: value for name, value in (("counts", table.counts), ("variances", table.variances)) if value is not None
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")  # its date is fixed: the same vectors give the same bytes
            with archive.open(info, "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
    view = buffer.getbuffer()
    write_file(path, (bytes(view[begin : begin + 2**24]) for begin in range(0, len(view), 2**24)), len(view))


def _fault(word: str) -> str | None:
    if word.endswith("\0"):
        return "ends in NUL"
    return "has a lone surrogate" if any("\ud800" <= character <= "\udfff" for character in word) else None


def read_npy(path: Path, words: Path | None = None) -> WordVectors:
    """Read an .npy of shape (n, d) and its words, one a line, from ``words``: by default the same name with .words.

    Raises
    ------
    FormatError, CorruptError, FileError
        As ``read_npz``.
    """
    origin = os.fspath(path)
    with opened(origin) as descriptor, os.fdopen(os.dup(descriptor), "rb") as stream:
        size = os.fstat(descriptor).st_size
        beginning = stream.peek(512)[:512]
        kind = recognise.describe(beginning)
        if (kind and "NumPy" not in kind) or not size:
            raise FormatError(f"{origin}: this looks like {kind or 'an empty file'}, a NumPy .npy array was expected")
        vectors = read_array(stream, size, origin)
    name = os.fspath(words) if words is not None else words_path(origin)
    with opened(name) as descriptor, os.fdopen(os.dup(descriptor), "rb") as stream:
        raw = stream.read()
    try:
        listed = raw.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise FormatError(f"{name}: byte {error.start:,} is not UTF-8 ({error.reason})") from None
    if listed[-1] == "":
        listed.pop()
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
    """Write the vectors as an .npy and the words, one a line, beside it; each all or nothing.

    Raises
    ------
    ParameterError
        For words with line ends in them; the message lists them.
    FileError
        If a file cannot be written.
    """
    check_expressible(table.words, "one word a line", _line_fault)
    check_finite(table)
    warn_of_lost_variances(table, ".npy")
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(table.vectors))
    write_file(words_path(os.fspath(path)), ("".join(f"{word}\n" for word in table.words).encode(),), 16 * len(table))
    write_file(path, _array_chunks(head.getvalue(), table), len(head.getvalue()) + table.vectors.nbytes)


def _array_chunks(head: bytes, table: WordVectors) -> Iterator[bytes]:
    yield head
    for begin in range(0, len(table), 4096):
        yield table.vectors[begin : begin + 4096].tobytes()


def _line_fault(word: str) -> str | None:
    if "\n" in word:
        return "has a line end in it"
    return "has a lone surrogate" if any("\ud800" <= character <= "\udfff" for character in word) else None


def words_path(path: str) -> str:
    """Where the words of an .npy lie."""
    return path.removesuffix(".npy") + WORDS_ENDING
