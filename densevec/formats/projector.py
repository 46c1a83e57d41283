"""TensorBoard's embedding projector: a folder with tensors.tsv (numbers) and metadata.tsv (words)."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._cy.vector_text import format_rows
from densevec._streams import is_remote
from densevec._validation import as_path
from densevec.errors import FormatError, ParameterError
from densevec.formats.counts import is_count
from densevec.formats.folders import make_folder
from densevec.formats.output import write_files
from densevec.formats.recognise import METADATA, TENSORS
from densevec.formats.source import MAX_LINE_BYTES, in_parallel, open_source, read_lines
from densevec.formats.table import Rules, WordVectors, as_rules, check_expressible, make_table, warn_of_lost_variances
from densevec.formats.text import REPLACE, blocks_of, check_finite, read_rows

Path = str | os.PathLike[str]


def read_projector(folder: Path, **rules: Any) -> WordVectors:
    """Read the projector's two files of a folder or URL (or beside a path that ends in tensors.tsv).

    metadata.tsv has one word a line, or, with tabs in its first line, a heading and columns: the words are the column
    "word", "label" or "name", else the first; counts the column "count", if there is one.  Keywords are ``errors``,
    ``on_duplicate``, ``allow_nonfinite``, ``drop_nonfinite`` and ``limit`` of ``densevec.formats.Rules``.

    Raises
    ------
    FormatError, FileError
        As ``read_text``, and if the files do not have the same number of rows.
    """
    given, folder = as_rules(rules), as_path(folder)
    if os.path.basename(folder) == TENSORS:
        folder = os.path.dirname(folder) or "."
    vectors, num_nonfinite = read_rows(os.path.join(folder, TENSORS), given)
    origin = os.path.join(folder, METADATA)
    words, counts = _read_metadata(origin, given)
    if len(words) != len(vectors):
        raise FormatError(f"{origin}: {len(words)} words for the {len(vectors)} rows of {TENSORS}")
    return make_table(words, vectors, given, origin, num_nonfinite, counts)


def _read_metadata(origin: str, rules: Rules) -> tuple[list[str], npt.NDArray[np.int64] | None]:
    """The first words, as many as the rules allow, and their counts if there are any."""
    lines: list[str] = []
    enough = math.inf if rules.limit is None else rules.limit + 1  # with a heading
    with open_source(origin) as source:
        for piece in read_lines(source):
            try:
                text = piece.data.tobytes().decode("utf-8", rules.errors)
            except UnicodeDecodeError as error:
                raise FormatError(
                    f"{origin}: byte {piece.offset + error.start:,} is not UTF-8 ({error.reason}); {REPLACE}"
                ) from None
            lines += [line.removesuffix("\r") for line in text.split("\n")[:-1]]
            if len(lines) >= enough:
                break
    if not lines or "\t" not in lines[0]:
        return lines[: rules.limit], None
    names = [name.strip().lower() for name in lines[0].split("\t")]
    rows = [line.split("\t") for line in lines[1:]][: rules.limit]
    odd = next((number for number, row in enumerate(rows) if len(row) != len(names)), None)
    if odd is not None:
        raise FormatError(f"{origin}: line {odd + 2} has {len(rows[odd])} columns, the heading has {len(names)}")
    column = next((names.index(name) for name in ("word", "label", "name") if name in names), 0)
    if "count" not in names:
        return [row[column] for row in rows], None
    counts = [row[names.index("count")] for row in rows]
    bad = next((number for number, count in enumerate(counts) if not is_count(count)), None)
    if bad is not None:
        raise FormatError(f"{origin}: line {bad + 2}: a count must be a whole number, found {counts[bad][:40]!r}")
    return [row[column] for row in rows], np.array(counts, dtype=np.int64)


def write_projector(folder: Path, table: WordVectors) -> None:
    """Write tensors.tsv and metadata.tsv into a folder, made if need be, both or neither; or to a URL.

    With counts, metadata.tsv has the columns "word" and "count" under a heading, else the words only, as the
    projector wants it.  Variances are left out, with a FormatWarning.

    Raises
    ------
    ParameterError
        For words with tabs or line ends in them, and empty ones; the message lists them.
    FileError
        If a file cannot be written, or the folder holds another format.
    """
    if not len(table):
        raise ParameterError("there are no words to write, and the projector's files need one at least")
    check_expressible(table.words, "the projector's files", _fault)
    check_finite(table)
    warn_of_lost_variances(table, "the projector")
    folder = as_path(folder)
    if not is_remote(folder):
        make_folder(folder, "projector")
    numbers = in_parallel(format_rows, blocks_of(table, "\t", words=False))
    files = [
        (os.path.join(folder, TENSORS), numbers, 12 * table.vectors.size),
        (os.path.join(folder, METADATA), _metadata_lines(table), 16 * len(table)),
    ]
    write_files(files)


def _fault(word: str) -> str | None:
    if not word:
        return "is empty"
    if word[0] == "\ufeff":
        return "begins with a byte order mark"
    if any(character in word for character in "\t\n\r"):
        return "has a tab or line end in it"
    if len(word) > MAX_LINE_BYTES // 8:
        return "is too long"
    return "has a lone surrogate" if any("\ud800" <= character <= "\udfff" for character in word) else None


def _metadata_lines(table: WordVectors) -> Iterator[bytes]:
    if table.counts is None:
        yield "".join(f"{word}\n" for word in table.words).encode()
        return
    yield b"word\tcount\n"
    yield "".join(f"{word}\t{count}\n" for word, count in zip(table.words, table.counts.tolist(), strict=True)).encode()
