"""The three sources of pairs: two texts line by line, a text with columns, objects with pairs of token lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np

from densevec._containers import is_list_like, listed, plain
from densevec._text_rules import BLANKS
from densevec.corpus.readers import as_paths
from densevec.corpus.roles import ONCE
from densevec.corpus.text import TextCorpus
from densevec.errors import CorpusError, CorpusTypeError, DensevecError


class Side(NamedTuple):
    """One sentence of a pair; of one that is too long, only the first tokens are kept."""

    tokens: list[str]
    num_tokens: int


def as_two_texts(source: Any) -> tuple[Any, Any] | None:
    """The two texts of a source, None when it is one text or pairs."""
    is_pair = isinstance(source, list | tuple) and len(source) == 2
    return (source[0], source[1]) if is_pair and all(map(_is_text, source)) else None


def refuse_unzipped(source: Any) -> None:
    """CorpusTypeError for two lists or columns of sentences, which may be taken for two pairs, and for two pairs of
    strings, which may be taken for paths."""
    if not isinstance(source, list | tuple) or len(source) != 2 or any(isinstance(side, TextCorpus) for side in source):
        return
    if isinstance(source, list) and all(isinstance(side, tuple) and _are_strings(side) for side in source):
        raise CorpusTypeError(
            f"a pair must be two lists of words, a sentence and its translation, got {source[0]!r:.80}; split its "
            "strings, or give two texts of several files as ([SOURCE, ...], [TARGET, ...])"
        )
    are_lists = isinstance(source, tuple) and all(isinstance(side, list) for side in source)
    are_columns = all(is_list_like(side) and not isinstance(side, list | tuple | np.ndarray) for side in source)
    if (are_lists or are_columns) and not any(as_paths(side) for side in source):
        raise CorpusTypeError(
            "a parallel corpus must be pairs of a sentence and its translation, got two lists of sentences; "
            "list(zip(source, target)) makes pairs of them"
        )


def _are_strings(side: tuple[Any, ...]) -> bool:
    return len(side) == 2 and all(isinstance(each, str) for each in side)


def _is_text(side: Any) -> bool:
    return side.is_text if isinstance(side, TextCorpus) else as_paths(side) is not None


def pairs_of_texts(first: TextCorpus, second: TextCorpus, limit: int) -> Iterator[tuple[Side, Side]]:
    """Line i of one text with line i of the other; CorpusError when one has more lines.

    Of a side of more than ``limit`` tokens only the first ones are kept, here and below.
    """
    numbers = [0, 0]
    for one, other in zip_longest(_rows(first, 1, limit), _rows(second, 1, limit)):
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


def pairs_of_columns(text: TextCorpus, limit: int) -> Iterator[tuple[Side, Side]]:
    """The two sides of every line, SOURCE<TAB>TARGET or SOURCE ||| TARGET, whichever the first that is not blank is.

    After a tab further columns are ignored; ``|||`` is a token of its own, of which a line has one.  CorpusError for a
    line that is not blank and has one side or too many.
    """
    return ((first, second) for first, second in _rows(text, 2, limit))


class _Columns:
    """Cuts (parts of) lines into columns, at what the first line that has a separator is cut at."""

    def __init__(self, num_columns: int) -> None:
        self.is_one = num_columns == 1
        self.separator: str | None = None

    def cut(self, part: str) -> list[str]:
        if self.is_one:
            return [part]
        if self.separator is None and "\t" in part:
            self.separator = "\t"
        elif self.separator is None and _BARS.search(part):
            self.separator = BARS
        if self.separator == "\t":
            return part.split("\t")
        return _BARS.split(part)

    def check(self, place: str, column: int, num_tokens: int) -> None:
        """CorpusError for a line whose last column, from 0, is not the second."""
        if self.is_one or (column == 0 and num_tokens == 0):
            return
        if column == 0:
            found = "neither a tab nor '|||'" if self.separator is None else f"no {_NAMES[self.separator]}"
            expected = "SOURCE ||| TARGET" if self.separator == BARS else "SOURCE<TAB>TARGET"
            raise CorpusError(f"{place} has {found}, expected {expected}; mend the line or give two files")
        if column > 1 and self.separator == BARS:
            raise CorpusError(f"{place} has '|||' {column} times, expected SOURCE ||| TARGET; mend the line")


BARS = "|||"
_NAMES = {"\t": "tab", BARS: "'|||'"}
_BARS = re.compile(rf"(?<![^{BLANKS}])\|\|\|(?![^{BLANKS}])")


def _rows(text: TextCorpus, num_columns: int, limit: int) -> Iterator[tuple[Side, ...]]:
    """The first columns of every line, empty ones too; a single column is the whole line, tabs and all."""
    columns = _Columns(num_columns)
    tokens: list[list[str]] = [[] for _ in range(num_columns)]
    numbers, column = [0] * num_columns, 0
    for place, part, ends_line in text.line_parts():
        for number, cell in enumerate(columns.cut(part)):
            column += number > 0
            if column < num_columns and cell:
                found = text.cut(cell, place)
                numbers[column] += len(found)
                if len(tokens[column]) <= limit:
                    tokens[column] += found
        if ends_line:
            columns.check(place, column, numbers[0])
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
            sides = listed(pair) if is_list_like(pair := plain(pair)) else []
            if len(sides) != 2:
                raise CorpusTypeError(
                    f"pair {number} must be two lists of words, a sentence and its translation, got {pair!r:.80}; "
                    f"two lists of sentences become pairs by list(zip(source, target))"
                )
            first = text.prepare(sides[0], f"the first side of pair {number}")
            second = text.prepare(sides[1], f"the second side of pair {number}")
            yield Side(first, len(first)), Side(second, len(second))
    except DensevecError:
        raise
    except Exception as error:
        error.add_note(f"while reading pair {number + 1} of the parallel corpus")
        raise
