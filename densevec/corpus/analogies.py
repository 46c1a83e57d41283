"""Files of analogy questions: a is to b as c is to d."""

from __future__ import annotations

from densevec._text_rules import strip_blanks, tokens_of
from densevec.corpus.lines import REMARK_MARKS, Source, is_remark, name_of, read_lines
from densevec.errors import FormatError

Question = tuple[str, str, str, str]


def read_questions(path: Source) -> dict[str, list[Question]]:
    """Questions ``a b c d`` by section, as they are written.

    A section begins with a line ``: name``; every other line is four words between blanks, or blank.  Lines that begin
    with ``//`` or ``#`` before the first of them are remarks (the file's licence), unless a word begins so: where no
    blank follows, and the line has four words.

    Errors: FormatError with file and line for any other line; FileError when the file cannot be read.
    """
    sections: dict[str, list[Question]] = {}
    section: list[Question] = []
    for number, text in read_lines(path):
        if not sections and (is_remark(text) or (text.startswith(REMARK_MARKS) and len(tokens_of(text)) != 4)):
            continue
        if text.startswith(":"):
            section = sections.setdefault(strip_blanks(text[1:]), [])
            continue
        if not sections:
            section = sections.setdefault("", [])
        words = tokens_of(text)
        if len(words) != 4:
            raise FormatError(f"{name_of(path)!r}, line {number}: expected four words, found {text[:60]!r}")
        section.append((words[0], words[1], words[2], words[3]))
    if not any(sections.values()):
        raise FormatError(f"{name_of(path)!r} holds no analogy question")
    return sections
