"""Results as a file of a table: comma- or tab-separated values, Parquet, Markdown."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from typing import Any

from densevec._packages import import_package
from densevec.cli.files import check_writable
from densevec.cli.paths import PathOption, Role
from densevec.errors import ParameterError
from densevec.formats.atomic import write_atomically

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_ENDINGS = (".md", *_SEPARATORS, ".parquet")
Columns = Mapping[str, Sequence[Any]]


def add_table_option(parser: Any, what: str) -> None:
    """``--table FILE``, for ``what``."""
    parser.add_argument(
        "--table",
        type=PathOption(Role.OUTPUT),
        metavar="FILE",
        help=f"write {what} here too: .csv, .tsv, .parquet, or .md for Markdown",
    )


def check_table(path: str | None, option: str = "--table") -> None:
    """ParameterError or FileError, before the work, for a table that could not be written."""
    if path is None:
        return
    ending = _ending(path)
    if ending not in _ENDINGS:
        raise ParameterError(f"{option} must end in .md (Markdown), .csv, .tsv or .parquet, got {path!r}")
    if ending == ".parquet":
        import_package("pyarrow.parquet", "a table in Parquet", "parquet")
    check_writable(path)


def write_table(path: str, columns: Columns, markdown: str | None = None) -> None:
    """Write columns of equal length, all or nothing, in the format that the name ends in.

    Numbers have six digits in text and all of them in Parquet; None is an empty cell.  ``markdown`` is what an .md file
    gets in place of the columns.
    """
    data = _bytes(path, columns, markdown)
    write_atomically(path, [data], len(data))


def write_neighbours(
    path: str, measure: str, words: Sequence[str], found: Sequence[Sequence[tuple[str, float]]]
) -> None:
    """The neighbours of words: a row for each, or side by side in Markdown."""
    rows = [
        (word, rank, other, score)
        for word, near in zip(words, found, strict=True)
        for rank, (other, score) in enumerate(near, 1)
    ]
    markdown = None
    if _ending(path) == ".md":
        from densevec.plotting.tables import neighbours_in_columns  # which the others do without

        markdown = neighbours_in_columns(words, found)
    write_table(path, as_columns(["word", "rank", "neighbour", measure], rows), markdown)


def as_columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    """Columns of rows.

    >>> as_columns(["word", "rank"], [("kiwi", 1), ("kea", 2)])
    {'word': ['kiwi', 'kea'], 'rank': [1, 2]}
    """
    return {name: [row[column] for row in rows] for column, name in enumerate(names)}


def _bytes(path: str, columns: Columns, markdown: str | None) -> bytes:
    ending = _ending(path)
    if ending == ".parquet":
        return _parquet(columns)
    rows = [[_cell(value) for value in row] for row in zip(*columns.values(), strict=True)]
    if ending == ".md":
        from densevec.plotting.tables import markdown_rows

        return f"{markdown_rows(list(columns), rows) if markdown is None else markdown}\n".encode()
    import csv

    text = io.StringIO()
    writer = csv.writer(text, delimiter=_SEPARATORS[ending], lineterminator="\n")
    writer.writerows([list(columns), *rows])
    return text.getvalue().encode()


def _parquet(columns: Columns) -> bytes:
    arrow = import_package("pyarrow", "a table in Parquet", "parquet")
    parquet = import_package("pyarrow.parquet", "a table in Parquet", "parquet")
    buffer = io.BytesIO()
    parquet.write_table(arrow.table({name: list(values) for name, values in columns.items()}), buffer)
    return buffer.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()
