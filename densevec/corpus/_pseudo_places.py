"""Which words are written as one, which of their sentences are kept out of the text, and the files of those."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from densevec._text_rules import tokens_of
from densevec.corpus.lines import PathLike, Source, name_of, read_lines
from densevec.corpus.usual_words import usual_words
from densevec.errors import FormatError, ParameterError
from densevec.formats.output import write_file, write_files
from densevec.formats.table import ascii_fault

SHORTEST = 6  # tokens of a sentence that is kept out
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def words_to_join(sentences: Iterable[Sequence[str]], least: int, least_long: int) -> list[str]:
    """Words of letters that are frequent enough but not the most frequent, the most frequent first: that occur
    ``least`` times, and in ``least_long`` sentences that can be kept out."""
    counts: Counter[str] = Counter()
    num_long: Counter[str] = Counter()
    for tokens in sentences:
        counts.update(tokens)
        if len(tokens) >= SHORTEST:
            num_long.update(set(tokens))
    ordered = [word for word, _ in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))]
    return [word for word in usual_words(ordered) if counts[word] >= least and num_long[word] >= least_long]


def kept_out(
    sentences: Iterable[Sequence[str]], words: Collection[str], each: int, random: np.random.Generator
) -> dict[int, int]:
    """Number of a sentence → the place in it of one of the words, ``each`` of every word, drawn from the whole text.

    Errors: ParameterError where sentences are too few for all of the words.
    """
    places: dict[str, list[tuple[int, int]]] = {word: [] for word in words}
    for number, tokens in enumerate(sentences):
        if len(tokens) >= SHORTEST:
            for position, token in enumerate(tokens):
                if token in places:
                    places[token].append((number, position))
    asked: dict[int, int] = {}
    for word, found in places.items():
        chosen = 0
        for row in random.permutation(len(found)):
            number, position = found[row]
            if chosen < each and number not in asked:
                asked[number] = position
                chosen += 1
        if chosen < each:
            raise ParameterError(
                f"the text must have {each:,} sentences of {SHORTEST} or more tokens for each word, none for two, "
                f"got {chosen:,} for {word!r:.80}; give a longer text, or ask for fewer words or sentences"
            )
    return asked


def write_places(path: PathLike, records: Iterable[Sequence[Any]]) -> None:
    """One record a line: its labels, a position from 0, and the tokens of a sentence; separated by tabs.

    The first label is the token at the position.  Errors: ParameterError for what would be read otherwise.
    """
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
            yield (_joined(tokens) + "\n").encode()
            number += 1

    data = _place_lines(records)
    write_files([(text, lines(), None), (path, [data], len(data))])
    return number


def _place_lines(records: Iterable[Sequence[Any]]) -> bytes:
    return "".join(_as_line(*record) + "\n" for record in records).encode()


def _as_line(*record: Any) -> str:
    *labels, position, tokens = record
    line = "\t".join((*labels, str(position), _joined(tokens)))
    if "\n" in line or _NO_TEXT.search(line) or _as_record(line, len(labels)) != (*labels, position, tuple(tokens)):
        raise ParameterError(
            f"what is written must be the word at a position of its sentence, from 0, and further labels without tabs "
            f"and line ends, got {labels!r:.120} at {position} of {' '.join(tokens)!r:.120}"
        )
    return line


def _joined(tokens: Sequence[str]) -> str:
    """A sentence as a line."""
    line = " ".join(tokens)
    if tokens_of(line) != list(tokens) or _NO_TEXT.search(line):
        token, fault = next((token, fault) for token in tokens if (fault := ascii_fault(token)))
        raise ParameterError(
            f"tokens of a sentence that is written must be without blanks, got {token!r:.80}, which {fault}; mend it, "
            "or leave its sentence out"
        )
    return line


def read_records(path: Source, num_labels: int, expected: str) -> Iterator[tuple[Any, ...]]:
    """The records that ``write_places`` wrote: labels, position, tokens.  Errors: FormatError with file and line."""
    for number, text in read_lines(path):
        record = _as_record(text, num_labels)
        if record is None:
            raise FormatError(f"{name_of(path)!r}, line {number}: expected {expected}, separated by tabs")
        yield record


def _as_record(line: str, num_labels: int) -> tuple[Any, ...] | None:
    fields = line.split("\t")
    if len(fields) != num_labels + 2:
        return None
    *labels, place, sentence = fields
    tokens = tuple(tokens_of(sentence))
    is_place = place.isascii() and place.isdecimal() and len(place) < 10 and int(place) < len(tokens)
    return (*labels, int(place), tokens) if is_place and tokens[int(place)] == labels[0] else None
