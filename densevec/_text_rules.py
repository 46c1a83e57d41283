r"""What is a line, a blank and a token of text: the rules of every reader of text that people or other tools wrote.

**Lines.**  ``\n`` ends a line, and so does ``\r\n``, of which the ``\r`` is then no part of the line.  A lone ``\r``
ends none: it is a blank.  One rule has to hold for whoever counts lines, or line i of a text no longer belongs to
line i of its translation, of its scores or of its links; ``wc -l``, ``paste`` and the tools that write such files
count ``\n``.  Only a text with no ``\n`` at all is read the way of the old Macintosh, where ``\r`` ended lines.  What
follows the last line end is a line unless it is empty.  Nothing else ends a line: not vertical tab or form feed, not
the separators U+001C to U+001E, U+0085, U+2028 and U+2029, at all of which ``str.splitlines`` cuts.

**Blanks** separate tokens: space, tab, vertical tab, form feed and the lone carriage return (``BLANKS``), all of
ASCII. No other space does: a no-break space is written to keep together what stands on its sides ("10 000"), an
ideographic space is a character of its text, and the compiled passes look at bytes.  ``str.split()`` and
``str.strip()`` cut at all of them, so that whoever reads text that a corpus reads too must not use them, but
``tokens_of`` and ``strip_blanks``.

**Tokens** are the runs of other characters ("whitespace", the default way to cut a line; see ``corpus.tokenizers``).
A function that somebody else wrote to cut lines may not know that a ``\r`` can stand within one: it gets the line with
a space for each (``returns_as_spaces``), so that no token holds a ``\r`` and none that takes ``\r`` for a line end
finds one.  The other blanks are left to it: it may want the tabs.

**In one pass and little memory.**  The first ``\n`` shows that ``\r`` ends no lines; a stream without any ``\r``
needs no decision.  Only where a ``\r`` comes before the first ``\n`` must be looked ahead: ``line_pieces`` asks its
caller's ``has_newline``, which reads the source a second time up to its first ``\n`` (files can be), or else keeps up
to ``LOOK_AHEAD`` bytes; should it find none there, the text is an old Macintosh's, and a ``\n`` that comes
nevertheless is an error, never a line end of another kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import IO

BLANKS = " \t\v\f\r"  # they separate the tokens of a line
LOOK_AHEAD = 1 << 20  # bytes in which a stream that cannot be read again shows which kind of line end it has
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_TOKEN = re.compile(f"[^{BLANKS}\n]+")
_BLOCK = 1 << 20


class MixedLineEndsError(ValueError):
    """A ``\\n`` after so many bytes of lines that end in ``\\r``; ``offset`` is its place in the unpacked text."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"lines end in a carriage return up to byte {offset} and in a line feed there")
        self.offset = offset


def tokens_of(text: str) -> list[str]:
    """The tokens of a line: what stands between blanks; other Unicode spaces belong to tokens.

    >>> tokens_of("a no-break\\u00a0space\\t!\\r")
    ['a', 'no-break\\xa0space', '!']
    """
    return _TOKEN.findall(text)


def strip_blanks(text: str) -> str:
    """Text without the blanks and line ends at its two ends; a no-break space stays.

    >>> strip_blanks("\\t10\\u00a0\\r\\n")
    '10\\xa0'
    """
    return text.strip(BLANKS + "\n")


def is_blank(text: str) -> bool:
    """Whether a line has no token.

    >>> is_blank(" \\t\\r"), is_blank("\\u00a0")
    (True, False)
    """
    return _TOKEN.search(text) is None


def returns_as_spaces(line: str) -> str:
    """A line in which each ``\\r``, which is a blank there, has become the blank that every tokenizer knows.

    >>> returns_as_spaces("the\\rkiwi\\tsleeps\\r")
    'the kiwi\\tsleeps '
    """
    return line.replace("\r", " ")


def lines_of(stream: IO[bytes], has_newline: Callable[[], bool] | None = None) -> Iterator[bytes]:
    """The lines of a stream of bytes, in order, without their ends and the byte order mark at the stream's start.

    Memory is that of the longest line.  ``has_newline`` is for streams that begin with a long stretch of lines of an
    old Macintosh (see ``line_pieces``); MixedLineEndsError where it is not given and such a stretch ends in ``\\n``.

    >>> import io
    >>> list(lines_of(io.BytesIO(b"one\\r\\ntw\\ro\\n\\nfour"))), list(lines_of(io.BytesIO(b"old\\rMac")))
    ([b'one', b'tw\\ro', b'', b'four'], [b'old', b'Mac'])
    """
    rest: list[bytes] = []
    is_first = True
    for block in line_pieces(iter(lambda: stream.read(_BLOCK), b""), has_newline):
        first, *others = block.split(b"\n")
        rest.append(first)
        for line in others:
            yield _finished(b"".join(rest), is_first, True)
            rest, is_first = [line], False
    if last := _finished(b"".join(rest), is_first, False):
        yield last


def _finished(line: bytes, is_first: bool, has_end: bool) -> bytes:
    if is_first:
        line = line.removeprefix(BYTE_ORDER_MARK)
    return line.removesuffix(b"\r") if has_end else line


def line_pieces(blocks: Iterable[bytes], has_newline: Callable[[], bool] | None = None) -> Iterator[bytes]:
    """The bytes of a text, of whatever sizes, in which ``\\n`` ends lines and nothing else; as many as came in.

    In the text of an old Macintosh every ``\\r`` becomes ``\\n``; all other text comes through as it is.
    ``has_newline()`` must tell whether the whole text has a ``\\n``; it is called at most once.  Without it up to
    ``LOOK_AHEAD`` bytes are held back.  MixedLineEndsError for a ``\\n`` that comes later.

    >>> list(line_pieces([b"a\\rb", b"c\\n"])), list(line_pieces([b"a\\rb", b"c\\r"]))
    ([b'a\\rb', b'c\\n'], [b'a\\nb', b'c\\n'])
    """
    rest = iter(blocks)
    held: list[bytes] = []
    offset = 0  # of the first byte that is held back
    has_return = has_end = False
    for block in rest:
        held.append(block)
        has_return = has_return or b"\r" in block
        if b"\n" in block:
            has_end = True
        elif not has_return:
            offset += len(block)
            yield held.pop()
            continue
        elif has_newline is not None:
            has_end = has_newline()
        elif sum(map(len, held)) < LOOK_AHEAD:
            continue
        break
    if has_end or not has_return:
        yield from _chain(held, rest)
        return
    for block in _chain(held, rest):
        if (place := block.find(b"\n")) >= 0:
            raise MixedLineEndsError(offset + place)
        offset += len(block)
        yield block.replace(b"\r", b"\n")


def _chain(held: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    held.reverse()
    while held:
        yield held.pop()
    yield from rest
