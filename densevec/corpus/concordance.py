"""A word in all its places (a concordance, key words in context)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from densevec.errors import ParameterError


class Occurrence(NamedTuple):
    """A word, or several in a row, with the rest of its sentence, whose number counts from 1."""

    sentence: int
    before: list[str]
    words: list[str]
    after: list[str]


def concordance(sentences: Iterable[Sequence[str]], words: Sequence[str]) -> Iterator[Occurrence]:
    """Every place where the words stand in a row, in the order of the text.

    Errors: ParameterError when there is no word to look for.

    >>> [(found.before, found.after) for found in concordance([["a", "kiwi", "fell"], ["no", "plum"]], ["kiwi"])]
    [(['a'], ['fell'])]
    """
    wanted = list(words)
    if not wanted:
        raise ParameterError("words must have at least one word to look for, got none")
    return _places(sentences, wanted)


def _places(sentences: Iterable[Sequence[str]], wanted: list[str]) -> Iterator[Occurrence]:
    length = len(wanted)
    for number, given in enumerate(sentences, 1):
        tokens = list(given)
        if wanted[0] not in tokens:
            continue
        for place in range(len(tokens) - length + 1):
            if tokens[place : place + length] == wanted:
                yield Occurrence(number, tokens[:place], wanted, tokens[place + length :])
