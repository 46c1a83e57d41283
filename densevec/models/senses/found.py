"""What is found: the senses of a word in a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, overload

import numpy as np

from densevec.corpus.text import TextCorpus
from densevec.densities import Gaussian
from densevec.errors import ParameterError
from densevec.models.substitutes import FloatArray


class SenseExample(NamedTuple):
    """A word in a sentence, of a long one up to 40 tokens on either side of it.

    tokens, position : what is kept of the sentence, and the word's place in it, from 0
    sentence : the sentence's number in the text, from 1
    start : how many tokens of the sentence are before those that are kept: start + position is the word's place there
    """

    tokens: tuple[str, ...]
    position: int
    sentence: int
    start: int = 0


@dataclass(frozen=True, eq=False)
class Sense:
    """One sense of a word in a text.

    density : of the mixture of its posteriors, its mean and variance
    share : of the word's occurrences
    neighbours : (word, score), the words nearest to it in this sense
    examples : the most typical first
    """

    word: str
    density: Gaussian = field(repr=False)
    share: float
    neighbours: tuple[tuple[str, float], ...]
    examples: tuple[SenseExample, ...] = field(repr=False)

    @property
    def name(self) -> str:
        """The word with its three nearest words.

        >>> Sense("bank", Gaussian([0.0], 1.0), 1.0, (("shore", 0.8), ("river", 0.7)), ()).name
        'bank (shore, river)'
        """
        return f"{self.word} ({', '.join(word for word, _ in self.neighbours[:3])})"


@dataclass(frozen=True, eq=False)
class WordSenses(Sequence[Sense]):
    """The senses of a word, the most frequent first: a sequence of ``Sense``.

    total : how often the word is in the text;  num_read : how many of these places were read
    bound : two groups of contexts that agree by so much are one sense, as was learnt from other words of the text
    centres : what the sentences of each sense say together, (k, d), of length 1
    text : what reads as the model does
    directions : what the sentences say of places in them, (tokens, position) as the model reads them, (n, d)
    """

    word: str
    senses: tuple[Sense, ...]
    total: int
    num_read: int
    bound: float
    centres: FloatArray = field(repr=False)
    text: TextCorpus = field(repr=False)
    directions: Callable[[list[tuple[list[str], int]]], FloatArray] = field(repr=False)

    @overload
    def __getitem__(self, number: int) -> Sense: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Sense, ...]: ...
    def __getitem__(self, number: Any) -> Any:
        return self.senses[number]

    def __len__(self) -> int:
        return len(self.senses)

    def __iter__(self) -> Iterator[Sense]:
        return iter(self.senses)

    def assign(self, tokens: Sequence[str], position: int) -> int:
        """The number, from 0, of the word's sense at ``position``: the one whose centre the sentence is nearest to.

        The most frequent one where the sentence says nothing.  The sentence is read as the model reads it.
        Errors: ParameterError for a position outside the sentence or with another word.
        """
        return self.assign_batch([(tokens, position)])[0]

    def assign_batch(self, items: Sequence[tuple[Sequence[str], int]]) -> list[int]:
        """``assign`` of many (tokens, position) at once."""
        places = self.text.prepare_places(items)
        for tokens, position in places:
            if tokens[position] != self.word:
                raise ParameterError(
                    f"position must be that of {self.word!r}, whose senses these are, got that of {tokens[position]!r}"
                )
        if not places:
            return []
        numbers: list[int] = np.argmax(self.directions(places) @ self.centres.T, axis=1).tolist()
        return numbers

    def contexts_of(self, items: Sequence[tuple[Sequence[str], int]]) -> FloatArray:
        """What sentences say at places in them, (tokens, position), without the words there: directions (n, d), which
        ``centres`` are compared with; zeros where they say nothing."""
        return self.directions(self.text.prepare_places(items))
