"""Places of words drawn evenly from a text of any length, in one pass and bounded memory."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappush, heapreplace
from typing import NamedTuple

import numpy as np

from densevec._random import generator

_KEPT = 40  # tokens to either side of a word that are kept of a long sentence
_REPORTED = 100_000  # tokens between two reports of progress


class Place(NamedTuple):
    """A word in its sentence, whose number counts from 1; of a long sentence the tokens about the word.

    tokens, position : up to 40 tokens on either side of the word, and its place among them
    start : how many tokens of the sentence are before these
    """

    tokens: list[str]
    position: int
    sentence: int
    start: int


class Sample(NamedTuple):
    """Places of a word, and how many there are in all of the text.

    They are in random order: the first n of them are what a sample of n would be.
    """

    places: list[Place]
    total: int


class _Reservoir:
    """The ``most`` places with the smallest of random numbers, one each: so all have the same probability."""

    def __init__(self, most: int, random: np.random.Generator) -> None:
        self.most, self.random = most, random
        self.total = 0
        self._kept: list[tuple[float, int, Place]] = []  # a heap, the largest number first

    def show(self, tokens: Sequence[str], position: int, sentence: int) -> None:
        drawn = self.random.random()
        self.total += 1
        if len(self._kept) == self.most and drawn >= -self._kept[0][0]:
            return
        start = max(0, position - _KEPT)
        place = Place(list(tokens[start : position + _KEPT + 1]), position - start, sentence, start)
        put = heappush if len(self._kept) < self.most else heapreplace
        put(self._kept, (-drawn, self.total, place))

    def sample(self) -> Sample:
        return Sample([place for *_, place in sorted(self._kept, key=lambda entry: -entry[0])], self.total)


def sample_occurrences(
    sentences: Iterable[Sequence[str]],
    most: Mapping[str, int],
    seed: int,
    progress: Callable[[int], object] | None = None,
) -> dict[str, Sample]:
    """For each word so many of its places at most, drawn evenly from all of them, by one pass through the text.

    What is drawn of a word depends on the seed, the word and the text alone, not on what else is asked for.

    most : word → how many places
    progress : called with numbers of tokens that were read

    >>> text = [["a", "kiwi"], ["a", "plum"], ["no", "kiwi"]]
    >>> sample = sample_occurrences(text, {"kiwi": 5}, seed=1)["kiwi"]
    >>> sample.total, sorted(place.sentence for place in sample.places)
    (2, [1, 3])
    """
    found = {
        word: _Reservoir(number, generator(seed, "occurrences", zlib.crc32(word.encode())))
        for word, number in most.items()
    }
    wanted = frozenset(found)
    num_read = 0
    for number, tokens in enumerate(sentences, 1):
        num_read += len(tokens)
        if progress is not None and num_read >= _REPORTED:
            progress(num_read)
            num_read = 0
        if wanted.isdisjoint(tokens):
            continue
        for position, token in enumerate(tokens):
            if token in wanted:
                found[token].show(tokens, position, number)
    if progress is not None and num_read:
        progress(num_read)
    return {word: reservoir.sample() for word, reservoir in found.items()}
