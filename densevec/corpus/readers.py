"""Files of text as pieces of bytes that are cut where no word is cut."""

from __future__ import annotations

import glob
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from densevec._cy.text import count_line_ends
from densevec._streams import first_line, is_remote, open_unpacked, packing
from densevec._text_rules import BLANKS, BYTE_ORDER_MARK, MixedLineEndsError, line_pieces
from densevec.corpus.beginnings import no_text
from densevec.errors import CorpusError, CorpusFileError, CorpusTypeError

PIECE_SIZE = 1 << 20  # bytes read at a time: large beside Python's cost for each piece, small beside the caches
_STRETCHES = 100  # of a text, at least, in each of its parts, unless it is short: they are of about the same length
_SHOWN = 80  # characters of a path that leads nowhere
LONGEST_RUN = 1 << 20  # bytes without white space after which a file is refused: it is no text

_BLANKS = tuple(blank.encode() for blank in BLANKS)


@dataclass(frozen=True)
class Piece:
    """Some lines of a file, each with a ``\\n``, or a part of one very long line cut at a blank."""

    data: bytes
    name: str  # of the file, for errors
    line: int  # number of the first line, from 1
    offset: int  # of the first byte, in the unpacked file
    ends_line: bool  # False when the last line goes on in the next piece


@dataclass(frozen=True)
class FileState:
    """What a local file must still be when it is read again."""

    size: int
    modified: int
    inode: int


class OfFiles(ABC):
    """Sentences, lists of words, that something makes of the text of files each time it is iterated."""

    @property
    @abstractmethod
    def paths(self) -> list[str] | None:
        """What names the files; None where there are none."""

    @property
    @abstractmethod
    def language(self) -> str | None:
        """The language by whose rules sentences are found in them; None where a line is one."""

    @property
    @abstractmethod
    def reading(self) -> dict[str, Any]:
        """How the text is read, as ``TextCorpus.reading`` gives it."""

    @abstractmethod
    def __iter__(self) -> Iterator[list[str]]: ...


def as_paths(source: Any) -> list[str] | None:
    """The paths a source names, None when it is something to iterate."""
    if isinstance(source, str | os.PathLike):
        source = [source]
    is_list = isinstance(source, list | tuple) and len(source) > 0
    if not is_list or not all(isinstance(item, str | os.PathLike) for item in source):
        return None
    paths = [os.fspath(item) for item in source]
    for path in paths:
        if not isinstance(path, str):
            raise CorpusTypeError(f"a path must be str, got {path!r:.80}")
        if not path or "\0" in path:
            raise CorpusTypeError(f"{path!r:.{_SHOWN}} is not a path of a corpus{_hint(max(paths, key=len))}")
    return paths


def is_pattern(path: str) -> bool:
    """Whether a path stands for the files that it matches; what is there stands for itself."""
    return glob.has_magic(path) and not is_remote(path) and not os.path.lexists(path)


def find_files(paths: Sequence[str]) -> list[str]:
    """The files that paths, URLs, folders and glob patterns stand for, in reading order.

    A folder stands for all files in it and below, sorted by path; names that begin with a dot are left out, and a
    folder that links name too is read once.
    A glob pattern (``**`` too) stands for its files, sorted.  CorpusFileError when one of them stands for none.
    """
    files: list[str] = []
    for path in paths:
        if is_remote(path):
            found = [path]
        elif os.path.isdir(path):
            found = _files_below(path)
            if not found:
                raise CorpusFileError(f"{path}: the folder has no files to read as a corpus")
        elif is_pattern(path):
            found = sorted(name for name in glob.glob(path, recursive=True) if os.path.isfile(name))
            if not found:
                raise CorpusFileError(f"{_brief(path)}: no file matches this pattern{_hint(path)}")
        else:
            found = [path]
        files.extend(found)
    return files


def _files_below(folder: str) -> list[str]:
    def refuse(error: OSError) -> None:
        raise CorpusFileError(f"{error.filename}: cannot list the folder ({error.strerror})") from error

    files: list[str] = []
    seen: set[str] = set()  # folders, without links
    waiting = [folder]
    while waiting:  # links after what is not one, so that a folder that is here itself goes by its own name
        first = waiting.pop(0)
        if os.path.realpath(first) in seen:
            continue
        for parent, folders, names in os.walk(first, onerror=refuse):
            seen.add(os.path.realpath(parent))
            below = sorted(os.path.join(parent, name) for name in folders if not name.startswith("."))
            waiting += filter(os.path.islink, below)
            folders[:] = [os.path.basename(path) for path in below if os.path.realpath(path) not in seen]
            files.extend(os.path.join(parent, name) for name in names if not name.startswith("."))
    return sorted(files)


def part_size(sizes: Sequence[int | None], parts: int) -> int:
    """Bytes of a stretch of text when files of some sizes, None where one is unknown, are dealt out to parts."""
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return PIECE_SIZE
    return min(max(sum(known) // (parts * _STRETCHES), 1 << 12), PIECE_SIZE)


def file_state(path: str) -> FileState | None:
    """The state of a local file (None for a URL); CorpusFileError unless it is a regular file."""
    if is_remote(path):
        return None
    try:
        found = os.stat(path)
    except FileNotFoundError:
        raise CorpusFileError(f"{_brief(path)}: no such file{_hint(path)}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CorpusFileError(f"{_brief(path)}: cannot be read ({reason}){_hint(path)}") from error
    if not stat.S_ISREG(found.st_mode):
        raise CorpusFileError(
            f"{path}: not a regular file, and a corpus is read more than once; save its text in a file first"
        )
    return FileState(found.st_size, found.st_mtime_ns, found.st_ino)


def _brief(path: str) -> str:
    """A path that leads nowhere: as it is, but the beginning alone of a long text, which it is more likely."""
    is_text = len(path) > _SHOWN and _has_blanks(path)
    return f"{path!r:.{_SHOWN}}" if is_text or not path.isprintable() else path


def _has_blanks(path: str) -> bool:
    return len(path.split(maxsplit=1)) > 1


def _hint(path: str) -> str:
    """What to do where a sentence stands in a path's place."""
    if not _has_blanks(path) or "*" in path:
        return ""
    return "; if it is a sentence, split it first: a corpus is a list of lists of words, [sentence.split(), ...]"


def open_file(path: str) -> IO[bytes]:
    """Open a path or URL for reading unpacked bytes, by the ending of its name (.gz .bz2 .xz .zst)."""
    return open_unpacked(path, CorpusFileError)


def read_pieces(path: str, piece_size: int | None = None) -> Generator[Piece]:
    """Read one file as pieces that end at a line end or, within a very long line, at a blank.

    A UTF-8 byte order mark at the start is left out; what ends a line is stated in ``_text_rules``, and in a piece it
    is always ``\\n`` (in a text of old Macintosh lines, which is read twice, each ``\\r`` has become one; the ``\\r``
    of a ``\\r\\n`` is still there).  The last piece is given a line end when it has none.  Errors: CorpusFileError
    when the file cannot be opened, CorpusError when it is damaged, is no text, or changed while it was read.
    """
    before, size = file_state(path), piece_size or PIECE_SIZE
    try:
        with open_file(path) as stream:
            yield from _cut(line_pieces(_blocks(stream, path, size), lambda: _has_newline(path, size)), path)
    except MixedLineEndsError as error:  # the second reading saw another text
        raise CorpusError(f"{path}: {error}; the file was changed while it was being read, start again") from None
    if before is not None and file_state(path) != before:
        raise CorpusError(f"{path}: the file was changed while it was being read; start again")


def read_blocks(path: str) -> Iterator[bytes]:
    """The bytes of a file as they come, unpacked by the ending of its name; errors as of ``read_pieces``."""
    before = file_state(path)
    with open_file(path) as stream:
        yield from _blocks(stream, path, PIECE_SIZE)
    if before is not None and file_state(path) != before:
        raise CorpusError(f"{path}: the file was changed while it was being read; start again")


def _has_newline(path: str, size: int) -> bool:
    with open_file(path) as stream:
        return any(b"\n" in block for block in _blocks(stream, path, max(size, PIECE_SIZE)))


def _blocks(stream: IO[bytes], path: str, size: int) -> Iterator[bytes]:
    offset = 0
    while True:
        try:
            block = stream.read(size)
        except (KeyboardInterrupt, SystemExit, MemoryError):
            raise
        except EOFError as error:
            raise CorpusError(f"{path}: the packed file is cut short ({first_line(error)})") from error
        except Exception as error:  # zlib.error, LZMAError, OSError, and those of the transports
            raise CorpusError(
                f"{path}: cannot be read after {offset} unpacked bytes, the file may be damaged ({first_line(error)})"
            ) from error
        if not block:
            return
        if offset == 0 and (fault := no_text(block)):
            raise CorpusError(f"{path}: the file {fault}")
        offset += len(block)
        yield block


def _cut(blocks: Iterator[bytes], path: str) -> Generator[Piece]:
    rest, line, offset, at_start, ends_line = b"", 1, 0, True, True
    for block in blocks:
        data = rest + block if rest else block
        if at_start:
            if len(data) < 3 and BYTE_ORDER_MARK.startswith(data):
                rest = data
                continue
            at_start = False
            if data.startswith(BYTE_ORDER_MARK):
                data, offset = data[3:], 3
        end = data.rfind(b"\n") + 1
        ends_line = end > 0
        if not ends_line:
            if len(data) >= LONGEST_RUN:
                end = max(data.rfind(blank) for blank in _BLANKS) + 1
                if end == 0:
                    _refuse_long_run(path, line, len(data), offset)
            if end == 0:
                rest = data
                continue
        head, rest = data[:end], data[end:]
        yield Piece(head, path, line, offset, ends_line)
        offset += end
        line += count_line_ends(head)
    if rest or not ends_line:
        yield Piece(rest + b"\n", path, line, offset, True)


def _refuse_long_run(path: str, line: int, size: int, offset: int) -> None:
    raise CorpusError(
        f"{path}: line {line} has {size} bytes without white space at byte {offset}, "
        f"which is no text (a word may have {LONGEST_RUN})"
    )


def describe_bad_byte(piece: Piece, position: int) -> str:
    """The sentence about a NUL or malformed UTF-8 at ``position`` of a piece."""
    before = piece.data[:position]
    line = piece.line + count_line_ends(before)
    byte = piece.data[position]
    what = "a NUL byte" if byte == 0 else f"byte 0x{byte:02x}, which is not UTF-8"
    # the check sum of a packed block is seen only after its bytes
    advice = "the packed file may be damaged, or else " if packing(piece.name) else ""
    return (
        f"{piece.name}: line {line}, byte {piece.offset + position}: found {what}; "
        f"{advice}mend the text or choose errors='replace' or errors='ignore'"
    )
