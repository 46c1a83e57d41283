"""What a file that is no text in an encoding made of ASCII is, by its first bytes."""

from __future__ import annotations

import codecs

from densevec.formats import recognise

NUM_BYTES = 1 << 12  # that are looked at: as many as every reader has at once
_LEAST_BYTES = 100  # by which wide characters and control bytes tell something
_MOST_CONTROLS = 8  # kinds of control bytes: texts separate fields by one or two, arrays of numbers have all
_DOCUMENTS = (b"%PDF-", b"{\\rtf")  # which may be of ASCII alone
_CONTROLS = {*range(32)} - {*b"\0\t\n\v\f\r\x1b"}
_WIDE = ("UTF-32LE", "UTF-32BE", "UTF-16LE", "UTF-16BE")
_ENDS = frozenset(" \n。")  # of words and sentences; in no other of these encodings are the bytes any
_MOSTLY = 0.95  # of the characters of a text; of bytes that are none some are unassigned or private
_MARKS = {  # in an order that matters: the first begins with the third
    **dict.fromkeys((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE), "UTF-32"),
    **dict.fromkeys((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), "UTF-16"),
}


def no_text(data: bytes) -> str | None:
    """What a file that begins so is and what to do, to be said after its name; None of text, if with wrong bytes.

    >>> no_text(b"\\x89PNG\\r\\n"), no_text("die Größe".encode("latin-1"))
    ('is no text but a PNG picture; save its text as UTF-8 if it has any, or leave it out', None)
    """
    data = data[:NUM_BYTES]
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            return f"is {name}; {iconv_advice(name)}"
    if is_utf8(data) and b"\0" not in data and not data.startswith(_DOCUMENTS):
        return None
    kind = recognise.describe_binary(data) or ("a safetensors file" if recognise.is_safetensors(data) else "")
    if kind:
        ending = recognise.PACKINGS.get(kind)
        advice = "save its text as UTF-8 if it has any, or leave it out"
        return f"is no text but {kind}; {advice if ending is None else f'unpack it, or let its name end in {ending}'}"
    if len(data) < _LEAST_BYTES:
        return None
    may_be_wide = not _CONTROLS.isdisjoint(data) or data.count(0) > 0.3 * len(data)  # and no text with bytes of 0
    for name in _WIDE if may_be_wide else ():
        text = _decoded(data, name)
        if text and _ENDS.intersection(text) and _MOSTLY * len(text) < sum(map(_is_of_text, text)):
            return f"looks like {name[:6]}; {iconv_advice(name)}"
    is_text = len(_CONTROLS.intersection(data)) <= _MOST_CONTROLS
    return None if is_text else "is no text but binary data; leave it out"


def is_utf8(data: bytes) -> bool:
    """Whether bytes are the beginning of UTF-8, whose last character may be cut."""
    return _decoded(data, "utf-8") is not None


def _decoded(data: bytes, encoding: str) -> str | None:
    """The text of bytes, whose last character may be cut; None where they are not of the encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return None


def _is_of_text(character: str) -> bool:
    return character.isprintable() or character.isspace()


def iconv_advice(encoding: str) -> str:
    """How a text in another encoding becomes one that is read."""
    return f"iconv -f {encoding} -t UTF-8 makes UTF-8 of it"
