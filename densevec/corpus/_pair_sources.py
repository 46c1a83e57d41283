"""The three sources of pairs: two texts line by line, a text with columns, objects with pairs of token lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

from densevec.corpus.text import ONCE, TextCorpus, as_paths
from densevec.errors import CorpusError, CorpusTypeError, DensevecError

_TAB, _BARS = re.compile("\t"), re.compile(r"(?:^|(?<=[ \t]))\|\|\|(?=[ \t]|$)")
_FAULTS = ("has no tab, expected SOURCE<TAB>TARGET", "has no |||, expected SOURCE ||| TARGET")


class Side(NamedTuple):
    """One sentence of a pair; of one that is too long, only the first tokens are kept."""

    tokens: list[str]
    num_tokens: int


def as_two_texts(source: Any) -> tuple[Any, Any] | None:
    """The two texts of a source, None when it is one text or pairs."""
    is_pair = isinstance(source, list | tuple) and len(source) == 2
    return (source[0], source[1]) if is_pair and all(as_paths(side) is not None for side in source) else None


def pairs_of_texts(first: TextCorpus, second: TextCorpus) -> Iterator[tuple[Side, Side]]:
    """Line i of one text with line i of the other; CorpusError when one has more lines."""
    numbers = [0, 0]
    for one, other in zip_longest(_rows(first, 1), _rows(second, 1)):
        numbers = [numbers[0] + (one is not None), numbers[1] + (other is not None)]
        if numbers[0] == numbers[1]:
            yield one[0], other[0]
    if numbers[0] != numbers[1]:
        names = [", ".join(as_paths(text.source) or ()) for text in (first, second)]
        shorter = numbers.index(min(numbers))
        raise CorpusError(
            f"{names[0]} has {numbers[0]} lines and {names[1]} has {numbers[1]}, so that line {min(numbers) + 1} of "
            f"{names[1 - shorter]} has no translation; line i of one must translate line i of the other"
        )


def pairs_of_columns(text: TextCorpus) -> Iterator[tuple[Side, Side]]:
    """The first two columns of every line; CorpusError when there is but one.

    Columns are separated by tabs, or by ``|||`` between blanks, as word aligners read them, if the first line with
    text has that and no tab.
    """
    return ((first, second) for first, second in _rows(text, 2))


def _rows(text: TextCorpus, num_columns: int) -> Iterator[tuple[Side, ...]]:
    """The first columns of every line, empty ones too; a single column is the whole line, tabs and all."""
    limit = text.max_sentence_length
    tokens: list[list[str]] = [[] for _ in range(num_columns)]
    numbers, column = [0] * num_columns, 0
    separator = None
    for place, part, ends_line in text.line_parts():
        if num_columns > 1 and separator is None:  # what comes first in the text separates all columns
            separator = _TAB if "\t" in part else _BARS if _BARS.search(part) else None
        for number, cell in enumerate([part] if separator is None else separator.split(part)):
            column += number > 0
            if column < num_columns and cell:
                found = text.cut(cell, place)
                numbers[column] += len(found)
                if len(tokens[column]) <= limit:
                    tokens[column] += found
        if ends_line:
            if column < num_columns - 1 and numbers[0]:
                raise CorpusError(f"{place} {_FAULTS[separator is _BARS]}; mend the line or give two files")
            yield tuple(Side(*side) for side in zip(tokens, numbers, strict=True))
            tokens = [[] for _ in range(num_columns)]
            numbers, column = [0] * num_columns, 0


def given_pairs(text: TextCorpus) -> Iterator[tuple[Side, Side]]:
    """The pairs that the text's source gives when it is iterated."""
    number = 0
    try:
        pairs = iter(text.source)
        if pairs is text.source:
            raise CorpusTypeError(ONCE.format(type(text.source).__name__))
        for number, pair in enumerate(pairs, 1):
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                raise CorpusTypeError(
                    f"pair {number} must be two lists of words, a sentence and its translation, got {pair!r:.80}; "
                    f"two lists of sentences become pairs by list(zip(source, target))"
                )
            first = text.prepare(pair[0], f"the first side of pair {number}")
            second = text.prepare(pair[1], f"the second side of pair {number}")
            yield Side(first, len(first)), Side(second, len(second))
    except DensevecError:
        raise
    except Exception as error:
        error.add_note(f"while reading pair {number + 1} of the parallel corpus")
        raise
