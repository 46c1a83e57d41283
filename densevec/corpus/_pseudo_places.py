"""Which words are written as one, which of their sentences are kept out of the text, and the files of those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from densevec.corpus.lines import PathLike
from densevec.corpus.usual_words import usual_words
from densevec.formats.output import write_file, write_files

_SHORTEST = 6  # tokens of a sentence that is kept out


def words_to_join(sentences: Iterable[Sequence[str]], least: int) -> list[str]:
    """Words of letters that are frequent enough but not the most frequent, the most frequent first."""
    counts = Counter(token for tokens in sentences for token in tokens)
    ordered = [word for word, _ in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))]
    return [word for word in usual_words(ordered) if counts[word] >= least]


def kept_out(
    sentences: Iterable[Sequence[str]], words: Collection[str], each: int, random: np.random.Generator
) -> dict[int, int]:
    """Number of a sentence → the place in it of one of the words, ``each`` of every word, drawn from the whole text."""
    places: dict[str, list[tuple[int, int]]] = {word: [] for word in words}
    for number, tokens in enumerate(sentences):
        if len(tokens) >= _SHORTEST:
            for position, token in enumerate(tokens):
                if token in places:
                    places[token].append((number, position))
    asked: dict[int, int] = {}
    for found in places.values():
        chosen = 0
        for row in random.permutation(len(found)):
            number, position = found[row]
            if chosen < each and number not in asked:
                asked[number] = position
                chosen += 1
    return asked


def write_places(path: PathLike, records: Iterable[Sequence[Any]]) -> None:
    """One record a line: its labels, a position from 0, and the tokens of a sentence; separated by tabs."""
    data = _place_lines(records)
    write_file(path, [data], len(data))


def write_text_and_places(
    text: PathLike, sentences: Iterable[Sequence[str]], path: PathLike, records: Iterable[Sequence[Any]]
) -> int:
    """A sentence a line in one file and the records in another, both or neither; the number of sentences."""
    number = 0

    def lines() -> Iterator[bytes]:
        nonlocal number
        for tokens in sentences:
            yield (" ".join(tokens) + "\n").encode()
            number += 1

    data = _place_lines(records)
    write_files([(text, lines(), None), (path, [data], len(data))])
    return number


def _place_lines(records: Iterable[Sequence[Any]]) -> bytes:
    fields = ((*labels, str(position), " ".join(tokens)) for *labels, position, tokens in records)
    return "".join("\t".join(line) + "\n" for line in fields).encode()


def place_in(tokens: Sequence[str], field: str) -> int | None:
    """The position that a field of such a line says; None for what is no place among the tokens."""
    is_place = field.isascii() and field.isdecimal() and int(field) < len(tokens)
    return int(field) if is_place else None
