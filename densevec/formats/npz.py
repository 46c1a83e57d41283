"""NumPy's .npz: an archive of vectors and words, never of a pickle."""

from __future__ import annotations

import io
import os
import zipfile
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._validation import as_path
from densevec.errors import CorruptError, FormatError, ParameterError
from densevec.formats import packed, recognise
from densevec.formats.arrays import MAX_HEADER_BYTES, PIECE_BYTES, read_array, read_header
from densevec.formats.endings import check_ending
from densevec.formats.opening import opened
from densevec.formats.output import write_file
from densevec.formats.source import MAX_LINE_BYTES
from densevec.formats.table import CLOSENESS, EXTRAS, WordVectors, check_expressible
from densevec.formats.text import check_finite

Path = str | os.PathLike[str]
_MAX_RATIO = 1032  # deflate cannot pack better
_MAX_PADDING, _ALWAYS_BYTES = 64, 2**26  # of strings as long as the longest, as write_npz keeps to
_NAMES = ("vectors", "words", "counts", "variances")


def read_npz(path: Path) -> WordVectors:
    """Read vectors and words from a .npz: arrays ``vectors`` (n, d), ``words`` (n,) of strings, and, if there,
    ``counts`` (n,) of integers, ``variances`` (n,) or (n, d), ``entailment_bound`` or ``entailment_contrast``, a
    number, and the tensors of a native file that hold attributes of words and what a text says of entailment; others
    are passed over.

    Raises
    ------
    FormatError
        An array is missing, of another shape or type (pickled objects are never opened), or not finite.
    CorruptError, FileError
        The archive is damaged; it cannot be opened.
    """
    origin = as_path(path)
    with opened(origin) as descriptor, os.fdopen(os.dup(descriptor), "rb") as stream:
        size = os.fstat(descriptor).st_size
        try:
            with zipfile.ZipFile(stream) as archive:
                present = set(archive.namelist())
                missing = [name for name in ("vectors", "words") if f"{name}.npy" not in present]
                if missing:
                    raise FormatError(
                        f"{origin}: the archive must hold the arrays 'vectors' and 'words', {missing[0]!r} is missing "
                        f"(it holds {', '.join(sorted(present))[:200] or 'nothing'})"
                    )
                extras = [name[:-4] for name in present if name.startswith(EXTRAS) and name.endswith(".npy")]
                names = [name for name in (*_NAMES, *CLOSENESS) if f"{name}.npy" in present]
                members = [_Member(archive, name, size, origin) for name in (*names, *sorted(extras))]
                return _read_members({member.name: member for member in members}, origin)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError, ValueError) as error:
            if isinstance(error, FormatError | CorruptError):
                raise
            stream.seek(0)
            kind = recognise.describe(stream.read(512))
            if kind and "zip archive" not in kind:
                raise packed.of_another_kind(origin, kind, "a .npz archive was") from None
            raise CorruptError(f"{origin}: the archive is damaged ({str(error)[:200]})") from None
        except Exception as error:  # zlib.error and lzma's
            raise CorruptError(f"{origin}: the archive is damaged ({str(error)[:200]})") from None


class _Member:
    """An array of an archive: first its header alone, its values when they are asked for."""

    def __init__(self, archive: zipfile.ZipFile, name: str, size: int, origin: str) -> None:
        self.archive, self.name, self.info = archive, name, archive.getinfo(f"{name}.npy")
        self.origin = f"{origin}: {self.info.filename}"
        if (
            self.info.compress_size > size
            or self.info.file_size > _MAX_RATIO * self.info.compress_size + MAX_HEADER_BYTES
        ):
            raise CorruptError(f"{self.origin} would take {self.info.file_size:,} bytes, more than the file can hold")
        with archive.open(self.info) as stream:
            self.header = read_header(stream, self.info.file_size, self.origin)  # type: ignore[arg-type]
        self.shape, _, self.dtype = self.header
        if name.startswith(EXTRAS) and self.info.file_size > _MAX_PADDING * self.info.compress_size + _ALWAYS_BYTES:
            raise FormatError(f"{self.origin} is packed so well that there can be little in its {self.shape} numbers")

    def read(self) -> npt.NDArray[Any]:
        """All values; the sizes have been found right."""
        with self.archive.open(self.info) as stream:
            return read_array(stream, self.info.file_size, self.origin)  # type: ignore[arg-type]

    def read_words(self) -> list[str]:
        """The strings, some at a time: what is no list of words is refused before it has filled the memory."""
        rows, width, words = int(self.shape[0]), self.dtype.itemsize, set[str]()
        listed: list[str] = []
        num_characters = 0
        with self.archive.open(self.info) as stream:
            read_header(stream, self.info.file_size, self.origin)  # type: ignore[arg-type]
            step = max(PIECE_BYTES // width, 1)
            for begin in range(0, rows, step):
                end = min(begin + step, rows)
                if end * width > _MAX_PADDING * num_characters + max(_ALWAYS_BYTES, step * width):
                    raise FormatError(
                        f"{self.origin}: strings of {width // 4:,} characters for {num_characters:,} characters in the "
                        f"first {begin:,} words: this is no list of words"
                    )
                raw = stream.read((end - begin) * width)
                if len(raw) != (end - begin) * width:
                    raise CorruptError(f"{self.origin}: the array is cut short")
                found = [str(word) for word in np.frombuffer(raw, self.dtype)]
                listed += found
                words.update(found)
                num_characters += sum(map(len, found))
                if len(words) != len(listed):
                    seen: set[str] = set()
                    twice = next(word for word in listed if word in seen or seen.add(word))  # type: ignore[func-returns-value]
                    raise FormatError(f"{self.origin}: word {twice[:80]!r} is there twice, and words must be distinct")
            if stream.read(1):
                raise CorruptError(f"{self.origin}: the array is longer than it says")
        return listed


def _read_members(members: dict[str, _Member], origin: str) -> WordVectors:
    """The headers are checked against each other, then the words are read, then what has a row for each."""
    vectors, words = members["vectors"], members["words"]
    counts, variances = members.get("counts"), members.get("variances")
    if words.dtype.kind != "U" or len(words.shape) != 1:
        raise FormatError(
            f"{origin}: 'words' must be one-dimensional strings, found {words.dtype} of shape {words.shape}"
        )
    num_words = words.shape[0]
    if vectors.dtype.kind != "f" or len(vectors.shape) != 2 or vectors.shape[0] != num_words or not vectors.shape[1]:
        raise FormatError(
            f"{origin}: 'vectors' must be floats with a row for each of {num_words} words, found {vectors.dtype} of "
            f"shape {vectors.shape}"
        )
    if 4 * vectors.shape[1] > MAX_LINE_BYTES:
        raise FormatError(f"{origin}: vectors of {vectors.shape[1]:,} numbers; one may take {MAX_LINE_BYTES:,} bytes")
    if counts is not None and (counts.shape != words.shape or counts.dtype.kind not in "iu"):
        raise FormatError(
            f"{origin}: 'counts' must be a whole number of at least 0 for each word, found {counts.dtype} of shape "
            f"{counts.shape}"
        )
    if variances is not None and (variances.dtype.kind != "f" or variances.shape not in (words.shape, vectors.shape)):
        raise FormatError(
            f"{origin}: 'variances' must be floats, one or d for each word, found shape {variances.shape}"
        )
    extras = {name: member for name, member in members.items() if name.startswith(EXTRAS)}
    closeness = {name: members[name] for name in CLOSENESS if name in members}
    for name, member in {**extras, **closeness}.items():
        if member.dtype.kind not in "biuf" or (name in closeness and (member.shape, member.dtype.kind) != ((), "f")):
            wanted = "one float" if name in closeness else "numbers"
            raise FormatError(f"{origin}: {name!r} must be {wanted}, found {member.dtype} of shape {member.shape}")
    listed = words.read_words()
    return _as_table(
        listed,
        vectors.read(),
        None if counts is None else counts.read(),
        None if variances is None else variances.read(),
        {name: member.read() for name, member in extras.items()},
        {name: float(member.read()) for name, member in closeness.items()},
        origin,
    )


def _as_table(
    words: list[str],
    vectors: npt.NDArray[Any],
    counts: npt.NDArray[Any] | None,
    variances: npt.NDArray[Any] | None,
    extras: dict[str, npt.NDArray[Any]],
    closeness: dict[str, float],
    origin: str,
) -> WordVectors:
    with np.errstate(over="ignore", under="ignore"):
        vectors = vectors.astype(np.float32, copy=False)
        variances = None if variances is None else variances.astype(np.float32, copy=False)
    if not np.isfinite(vectors).all():
        raise FormatError(f"{origin}: 'vectors' must be finite in float32")
    if variances is not None and not (np.isfinite(variances) & (variances > 0)).all():
        raise FormatError(f"{origin}: 'variances' must be finite and above 0 in float32")
    odd = [name for name, values in extras.items() if not np.isfinite(values).all()]
    odd += [name for name, value in closeness.items() if not np.isfinite(value)]
    if odd:
        raise FormatError(f"{origin}: {odd[0]!r} must be finite")
    try:
        return WordVectors(words, vectors, counts, variances, closeness, None, extras)
    except (ParameterError, ValueError) as error:  # code points beyond Unicode
        raise FormatError(f"{origin}: {error}") from None


def write_npz(path: Path, table: WordVectors) -> None:
    """Write a .npz that ``numpy.load`` opens: ``vectors``, ``words`` and, where known, the others of ``read_npz``.

    Raises
    ------
    ParameterError
        For words that NumPy's strings cannot hold (NUL at the end, lone surrogates) or a word so much longer than the
        others that the array of equally long strings would take 16 times their bytes; for a name that ends in .gz or
        the like.
    FileError
        If the file cannot be written.
    """
    check_ending(path, "npz")
    odd = next((name for name in table.extras if _fault(name) or "\0" in name), None)
    if odd is not None:
        raise ParameterError(f"the names of a .npz must be expressible in UTF-8 without NUL, got {odd!r:.80}")
    check_expressible(table.words, ".npz", _fault)
    check_finite(table)
    longest = max(map(len, table.words), default=0)
    if 4 * longest * len(table) > _MAX_PADDING * sum(map(len, table.words)) + _ALWAYS_BYTES:
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
    arrays |= {name: np.array(table.metadata[name]) for name in CLOSENESS if table.metadata.get(name) is not None}
    arrays |= table.extras
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")  # its date is fixed: the same vectors give the same bytes
            with archive.open(info, "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.asarray(array, order="C"), allow_pickle=False)
    view = buffer.getbuffer()
    write_file(path, (bytes(view[begin : begin + 2**24]) for begin in range(0, len(view), 2**24)), len(view))


def _fault(word: str) -> str | None:
    if word.endswith("\0"):
        return "ends in NUL"
    return "has a lone surrogate" if any("\ud800" <= character <= "\udfff" for character in word) else None
