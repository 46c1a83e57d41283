"""The words that a token has of which a language sees several in it: *such_as* of a text whose phrases were joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.evidence.languages import Language
from densevec.evidence.tokens import folded


@dataclass(frozen=True)
class Pieces:
    """What the V words of a vocabulary are read as.

    Attributes
    ----------
    more : pieces that the patterns ask for and that are not in the vocabulary, with ids from V on
    ids, sizes : of each word the ids of its pieces, one after the other, and how many (V,) these are; a piece that is
        unknown has id V + len(more)
    nouns : (V,) of a word that is a noun after function words (*the_kiwi*) that noun, of others the word itself
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
        nouns = np.arange(len(words), dtype=np.int32)
        sizes = np.ones(len(words), np.int64)
        sizes[list(several)] = list(map(len, several.values()))
        ids, ends = np.repeat(nouns, sizes), np.cumsum(sizes)
        for row, pieces in several.items():
            plain = list(map(folded, pieces))
            for piece, word in zip(pieces, plain, strict=True):
                if word in asked_for and piece not in index:
                    more.setdefault(piece, len(words) + len(more))
            if language.closed_class.issuperset(plain[:-1]) and plain[-1] not in language.closed_class:
                nouns[row] = next((index[form] for form in (pieces[-1], plain[-1]) if form in index), row)
            known = [index.get(piece, more.get(piece, -1)) for piece in pieces]
            if known[-1] < 0:  # the token stands for the piece of it that is not known
                known[-1] = row
            ids[ends[row] - len(pieces) : ends[row]] = known
        ids[ids < 0] = len(words) + len(more)
        return cls(list(more), ids, sizes, nouns)

    def counts(self, of_words: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """How often each piece comes, (V + len(more),), where the words come so often."""
        size = len(self.sizes) + len(self.more)
        return np.bincount(self.ids, np.repeat(of_words, self.sizes), size + 1)[:size].astype(np.int64)

    def read(self, encoded: Any) -> Any:
        """A text as sentences of pieces: what ``gather`` asks of an ``EncodedCorpus``."""
        return encoded if len(self.ids) == len(self.sizes) else _TextOfPieces(encoded, self)


class _TextOfPieces:
    def __init__(self, encoded: Any, pieces: Pieces) -> None:
        self._encoded, self._pieces = encoded, pieces
        self._sizes = np.append(pieces.sizes, 1)
        self._starts = np.cumsum(self._sizes) - self._sizes

    @property
    def offsets(self) -> Any:
        return self._encoded.offsets

    def with_marks(self, first: int, last: int, mark: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        tokens, bounds = self._encoded.with_marks(first, last, len(self._pieces.sizes))
        ends = np.append(0, np.cumsum(self._sizes[tokens]))
        places = np.arange(ends[-1]) + np.repeat(self._starts[tokens] - ends[:-1], self._sizes[tokens])
        return np.append(self._pieces.ids, np.int32(mark))[places], ends[bounds]


def _several(words: Sequence[str], language: Language, delimiter: str | None) -> dict[int, list[str]]:
    """The pieces of the words that have several, by their ids."""
    if delimiter is None:
        return {}
    function, literals = language.closed_class, language.literals
    at_start = function - (language.adjectives - literals)
    within = function - language.prepositions - language.determiners

    def is_noun(first: str, *inner: str, last: str) -> bool:
        """Of the words of *new york* and *bird of prey*, not of *such as*, *the kiwi* or *kind of bird*."""
        if inner and first in literals | language.kinds:
            return False
        return first not in at_start and last not in function and within.isdisjoint(inner)

    several = {}
    for row, word in enumerate(words):
        if delimiter in word and folded(word) not in function | literals:
            pieces = word.split(delimiter)
            *first, last = map(folded, pieces)
            if all(pieces) and not is_noun(*first, last=last):
                several[row] = pieces
    return several
