"""Words that a text must not have, refused with their place or left out as if they were blanks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from densevec._text_rules import BLANKS
from densevec.corpus.readers import Piece
from densevec.errors import CorpusError


@dataclass(frozen=True)
class Symbols:
    """Some words of ASCII, and whether they are left out (``skip``) or an error that says ``advice``."""

    words: tuple[str, ...]
    skip: bool
    lowercase: bool
    advice: str

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        blank = BLANKS.encode() + b"\n"
        words = b"|".join(re.escape(word.encode()) for word in self.words)
        return re.compile(rb"(?<![^%b])(?:%b)(?![^%b])" % (blank, words, blank), re.IGNORECASE * self.lowercase)

    @cached_property
    def _ends(self) -> tuple[bytes, ...]:
        """What text has that has one of the words, found faster than by the pattern."""
        ends = {word[-2:].encode() for word in self.words}
        return tuple(ends | {end.upper() for end in ends} if self.lowercase else ends)

    def in_text(self, data: bytes, piece: Piece) -> bytes:
        """The text of a piece, the words between blanks made blanks; CorpusError unless they are to be left out."""
        if not any(end in data for end in self._ends):
            return data
        if self.skip:
            return self._pattern.sub(lambda found: b" " * len(found[0]), data)
        if found := self._pattern.search(data):
            line = piece.line + data.count(b"\n", 0, found.start())
            raise self._refusal(f"{piece.name}: line {line}", found[0].decode())
        return data

    def in_tokens(self, tokens: list[str], place: str) -> list[str]:
        """The tokens without the words; CorpusError unless they are to be left out."""
        found = next((word for word in self.words if word in tokens), None)
        if found is None:
            return tokens
        if not self.skip:
            raise self._refusal(place, found)
        return [token for token in tokens if token not in self.words]

    def _refusal(self, place: str, word: str) -> CorpusError:
        return CorpusError(f"{place} has the word {word!r}, {self.advice}")
