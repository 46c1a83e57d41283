"""Files that are read a line at a time: test sets, gold links, n-best lists."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Iterator
from typing import IO

from densevec._streams import first_line, is_remote, open_unpacked, packing
from densevec._text_rules import BLANKS, is_blank, lines_of
from densevec.corpus.beginnings import no_text
from densevec.errors import FileError, FormatError, ParameterTypeError

PathLike = str | os.PathLike[str]
Source = PathLike | IO[bytes]
Line = tuple[int, str]

REMARK_MARKS = "#", "//"
_REMARK = re.compile(f"(?:#+|//+)(?:[{BLANKS}]|$)")
_NUMBER_CHARACTERS = frozenset("0123456789.+-eE")


def name_of(source: Source) -> str:
    """How errors name a file: its path, or the name that an open stream has."""
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    return str(getattr(source, "name", "the stream"))


def read_lines(source: Source, encoding: str = "utf-8", keep_blank: bool = False) -> Iterator[Line]:
    """Yield (line number from 1, text) of every line that is not blank, or of every line.

    ``source`` is a path or URL, unpacked by the ending of its name, or an open stream of bytes.  What ends a line, and
    which characters are blanks, ``densevec._text_rules`` says.  A line that is not of the encoding is read as Latin-1:
    several standard sets mix the two.  Text of an encoding that is not made of ASCII, such as UTF-16, is decoded whole.

    Errors: FileError when the file cannot be opened or read, FormatError for one that begins as no text does, naming
    the line for a NUL, which no text has, and for a whole text that is not of its encoding.
    """
    name = name_of(source)
    with _opened(source) as stream:
        try:
            is_of_ascii = "\n".encode(encoding) == b"\n"
            read = stream if is_of_ascii else io.BytesIO(_recoded(stream.read(), encoding, name))
            encoding = encoding if is_of_ascii else "utf-8"
            is_plain = encoding.lower().replace("-", "") in ("utf8", "ascii", "latin1")
            for number, line in enumerate(lines_of(read), start=1):
                if number == 1 and is_plain and (fault := no_text(line)):
                    raise FormatError(f"{name!r} {fault}")
                if b"\0" in line and is_plain:
                    raise FormatError(f"{name!r}, line {number}: found a NUL byte, which no text has")
                text = _decode(line, encoding)
                if keep_blank or not is_blank(text):
                    yield number, text
        except (OSError, EOFError) as error:
            raise FileError(f"cannot read {name!r}: {first_line(error)}") from error


@contextlib.contextmanager
def _opened(source: Source) -> Iterator[IO[bytes]]:
    if not isinstance(source, str | os.PathLike):
        if not callable(getattr(source, "read", None)) or isinstance(source, io.TextIOBase):
            raise ParameterTypeError(
                f"a file to read must be a path, a URL or an open stream of bytes, such as open(path, 'rb'), got "
                f"{type(source).__name__}"
            )
        yield source
        return
    name = os.fspath(source)
    try:
        is_packed = is_remote(name) or packing(name)
        stream = open_unpacked(name, FileError) if is_packed else open(name, "rb")  # noqa: SIM115
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"cannot read {name!r}: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the path
        raise FileError(f"cannot read {name!r}: {error}") from None
    with stream:
        yield stream


def _recoded(text: bytes, encoding: str, name: str) -> bytes:
    """The same text in UTF-8."""
    try:
        return text.decode(encoding).encode("utf-8")
    except UnicodeError as error:
        raise FormatError(f"{name!r}: the text must be {encoding}, and is not: {error}") from None


def _decode(line: bytes, encoding: str) -> str:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return line.decode("latin-1")


def is_remark(text: str) -> bool:
    """Whether a line at the head of a test set is a remark for sure: # or // with a blank behind it, or nothing.

    What begins with # or // and no blank, ``#birds``, may be a word too.

    >>> is_remark("# SimLex 999"), is_remark("//"), is_remark("#birds #aves 3")
    (True, True, False)
    """
    return _REMARK.match(text) is not None


def as_number(field: str) -> float | None:
    """The number a field writes in decimal digits, ".", "e" and signs; None for anything else ("nan", "1_000", "٣").

    >>> as_number("1e-3"), as_number("7,5"), as_number("inf")
    (0.001, None, None)
    """
    if not field or not _NUMBER_CHARACTERS.issuperset(field):
        return None
    try:
        value = float(field)
    except ValueError:
        return None
    return value if abs(value) != float("inf") else None
