"""The words that a token has of which a language sees several in it: *such_as* of a text with phrases, *l'oiseau*."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.evidence.languages import Language
from densevec.evidence.tokens import APOSTROPHES, folded

_ELIDED = re.compile(r"[^'’]+['’](?=\w)")  # "l'" of "l'oiseau", where it is one


@dataclass(frozen=True)
class Pieces:
    """What the V words of a vocabulary are read as, and after them id V: a word of the text that is not in it.

    Attributes
    ----------
    more : pieces that are not in the vocabulary, with ids from V on
    ids, sizes : of each token the ids of its pieces, one after the other, and how many (V + 1,) these are; a piece that
        is not known, and what id V is read as, is V + len(more)
    nouns : (V + len(more),) of a token that is a noun after function words (*l'oiseau*) that noun, of a noun that is
        not in the vocabulary the first such token, of others the word itself
    """

    more: list[str]
    ids: npt.NDArray[np.int32]
    sizes: npt.NDArray[np.int64]
    nouns: npt.NDArray[np.int32]

    @classmethod
    def of(cls, words: Sequence[str], language: Language, delimiter: str | None) -> Pieces:
        """The pieces of words, of which phrases are joined by ``delimiter`` if any are."""
        several = _several(words, language, delimiter)
        index = {word: row for row, word in enumerate(words)} if several else {}
        asked_for = language.closed_class | language.literals
        more: dict[str, int] = {}
        nouns = list(range(len(words)))
        sizes = np.ones(len(words) + 1, np.int64)
        sizes[list(several)] = list(map(len, several.values()))
        ids, ends = np.repeat(np.arange(len(words) + 1, dtype=np.int32), sizes), np.cumsum(sizes)
        for row, pieces in several.items():
            plain = list(map(folded, pieces))
            for place, piece in enumerate(pieces):
                if piece not in index and piece not in more and (plain[place] in asked_for or place == len(pieces) - 1):
                    more[piece] = len(words) + len(more)
                    nouns.append(more[piece] if plain[place] in asked_for else row)
            known = [index.get(piece, more.get(piece, -1)) for piece in pieces]
            if language.closed_class.issuperset(plain[:-1]) and plain[-1] not in language.closed_class:
                nouns[row] = index.get(pieces[-1], index.get(plain[-1], nouns[known[-1]]))
            ids[ends[row] - len(pieces) : ends[row]] = known
        ids[ids < 0] = ids[-1] = len(words) + len(more)
        return cls(list(more), ids, sizes, np.array(nouns, np.int32))

    @property
    def are_words(self) -> bool:
        """Whether no word has several."""
        return len(self.ids) == len(self.sizes)

    def counts(self, of_words: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """How often each piece comes, (V + len(more),), where the words come so often."""
        times = np.repeat(np.append(of_words, 0), self.sizes)
        return np.bincount(self.ids, times)[:-1].astype(np.int64)

    def read(self, encoded: Any) -> Any:
        """A text as sentences of pieces: what ``gather`` asks of an ``EncodedCorpus``."""
        return encoded if self.are_words else _TextOfPieces(encoded, self)

    def tokens(self, ids: npt.NDArray[np.int32], begin: int, end: int) -> tuple[int, int]:
        """Where the tokens of a sentence begin and end whose pieces do so in it."""
        if self.are_words:
            return begin, end
        first, last = np.searchsorted(np.cumsum(self.sizes[ids]), [begin, end - 1], side="right").tolist()
        return first, last + 1


class _TextOfPieces:
    def __init__(self, encoded: Any, pieces: Pieces) -> None:
        self._encoded, self._pieces = encoded, pieces
        self._starts = np.cumsum(pieces.sizes) - pieces.sizes

    @property
    def offsets(self) -> Any:
        return self._encoded.offsets

    def with_marks(self, first: int, last: int, mark: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """As an ``EncodedCorpus`` has it; ``mark`` is that of the pieces, V + len(more)."""
        tokens, bounds = self._encoded.with_marks(first, last, len(self._starts) - 1)
        sizes = self._pieces.sizes[tokens]
        ends = np.append(0, np.cumsum(sizes))
        places = np.arange(ends[-1]) + np.repeat(self._starts[tokens] - ends[:-1], sizes)
        return self._pieces.ids[places], ends[bounds]


def _several(words: Sequence[str], language: Language, delimiter: str | None) -> dict[int, list[str]]:
    """The pieces of the words that have several, by their ids."""
    marks = ([] if delimiter is None else [delimiter]) + [*APOSTROPHES] * bool(language.elided)
    function, literals = language.closed_class, language.literals
    at_start = function - (language.adjectives - literals)
    within = function - language.prepositions - language.determiners

    def is_noun(first: str, *inner: str, last: str) -> bool:
        """Of the words of *new york* and *bird of prey*, not of *such as*, *the kiwi* or *kind of bird*."""
        if inner and first in literals | language.kinds:
            return False
        return first not in at_start and last not in function and within.isdisjoint(inner)

    def split(word: str) -> list[str]:
        if folded(word) in function | literals:
            return [word]
        begin = _ELIDED.match(word)
        if begin is not None and folded(begin[0]) in language.elided:
            return [begin[0], *split(word[begin.end() :])]
        parts = [] if delimiter is None else word.split(delimiter)
        if len(parts) < 2 or not all(parts) or is_noun(*map(folded, parts[:-1]), last=folded(parts[-1])):
            return [word]
        return [piece for part in parts for piece in split(part)]

    several = (
        {row: split(word) for row, word in enumerate(words) if any(mark in word for mark in marks)} if marks else {}
    )
    return {row: pieces for row, pieces in several.items() if len(pieces) > 1}
