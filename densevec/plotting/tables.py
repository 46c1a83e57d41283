"""Nearest neighbours side by side, as papers show them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from densevec._html import writable
from densevec._roles import as_words
from densevec._unicode import columns_of, padded
from densevec._validation import Instance, Interval, check_parameter
from densevec.errors import ParameterError
from densevec.vectors import KeyedVectors

_COLUMNS = 8  # of one table; more words than that go into tables below one another


def nearest_neighbours_table(
    vectors: KeyedVectors, words: Iterable[str], topn: int = 10, measure: str = "cosine"
) -> str:
    """The neighbours of words in Markdown: a column a word, the nearest first.

    Every eight words begin a new table.  What Markdown or HTML would take for markup is escaped.

    Parameters
    ----------
    words : whose neighbours
    topn : how many, at least 1
    measure : one of ``densevec.densities.MEASURES``; all but "cosine" need densities

    Raises
    ------
    MissingWordError
        For an unknown word.

    Examples
    --------
    >>> vectors = KeyedVectors(["kiwi", "kakapo", "plum"], [[1.0, 0.1], [1.0, 0.0], [0.1, 1.0]])
    >>> print(nearest_neighbours_table(vectors, ["kiwi", "plum"], topn=2))
    | kiwi   | plum   |
    |--------|--------|
    | kakapo | kiwi   |
    | plum   | kakapo |
    """
    check_parameter("vectors", vectors, Instance((KeyedVectors,), "KeyedVectors, DensityVectors or the like"))
    check_parameter("topn", topn, Interval(int, 1))
    listed = as_words(words)
    if not listed:
        raise ParameterError("words must hold at least one word, got none")
    return neighbours_in_columns(listed, vectors.most_similar_batch(listed, topn, measure=measure))


def neighbours_in_columns(words: Sequence[str], found: Sequence[Sequence[tuple[str, float]]]) -> str:
    """``nearest_neighbours_table`` of neighbours that were found already."""
    columns = [
        [escape_markdown(text) for text in (word, *(other for other, _ in near))]
        for word, near in zip(words, found, strict=True)
    ]
    return "\n\n".join(_table(columns[begin : begin + _COLUMNS]) for begin in range(0, len(columns), _COLUMNS))


def _table(columns: Sequence[Sequence[str]]) -> str:
    widths = [max(3, *map(columns_of, column)) for column in columns]
    height = max(map(len, columns))
    rows = [[column[row] if row < len(column) else "" for column in columns] for row in range(height)]
    lines = ["| " + " | ".join(map(padded, row, widths)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def markdown_rows(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown with a heading; what would be markup is escaped.

    >>> print(markdown_rows(["word", "n"], [["a|b", "1"]]))
    | word     | n   |
    |----------|-----|
    | a&#124;b | 1   |
    """
    escaped = [[escape_markdown(cell) for cell in row] for row in (names, *rows)]
    return _table([[row[column] for row in escaped] for column in range(len(names))])


def escape_markdown(text: str) -> str:
    """The text as it is, whatever Markdown would make of it.

    >>> escape_markdown("a|b"), escape_markdown("*R&D* <b>"), escape_markdown("New York")
    ('a&#124;b', '\\\\*R&amp;D\\\\* &lt;b&gt;', 'New York')
    """
    escaped = re.sub(r"([\\`*_\[\]~#$])", r"\\\1", html.escape(writable(" ".join(text.split())), quote=False))
    return escaped.replace("|", "&#124;")  # a backslash would not do everywhere
