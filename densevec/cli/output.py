"""How results are printed: for people on a terminal, or as one JSON object."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TextIO

from densevec._amounts import amount, duration
from densevec._unicode import columns_of, padded

__all__ = [
    "Result",
    "Style",
    "amount",
    "bytes_after",
    "duration",
    "fraction",
    "log",
    "pairs_as_json",
    "scored_words",
    "show",
    "side_by_side",
    "table",
]

GAP = "  "


def bytes_after(num_bytes: int | None) -> str:
    """The size of a file, to stand behind what is said of it; nothing where none is known."""
    return "" if num_bytes is None else f", {amount(num_bytes)}B"


class Style:
    """Colour for those who can see it; plain text for files, pipes and ``NO_COLOR``."""

    def __init__(self, is_coloured: bool) -> None:
        self.is_coloured = is_coloured

    @classmethod
    def of(cls, stream: TextIO) -> Style:
        return cls(stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb")

    def bold(self, text: str) -> str:
        return self._wrap(text, "1")

    def faint(self, text: str) -> str:
        return self._wrap(text, "2")

    def good(self, text: str) -> str:
        return self._wrap(text, "32")

    def bad(self, text: str) -> str:
        return self._wrap(text, "33")

    def _wrap(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.is_coloured and text else text


class Result(Protocol):
    """What every command returns."""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""

    def as_text(self, style: Style) -> str | Iterable[str]:
        """The same for people, or lines that are printed as they come."""


def show(result: Result, *, as_json: bool) -> None:
    """Print a result to stdout."""
    if as_json:
        is_unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
        print(json.dumps(result.as_dict(), ensure_ascii=not is_unicode, allow_nan=False))
    else:
        text = result.as_text(Style.of(sys.stdout))
        for line in [text] if isinstance(text, str) else text:
            print(line)


def log(text: str) -> None:
    """A line about what is going on, for stderr."""
    print(text, file=sys.stderr, flush=True)


def table(rows: Sequence[Sequence[str]], *, align: str = "", indent: str = "") -> str:
    """Rows as aligned columns; ``align`` has "l" or "r" for each column, "l" where it ends."""
    num_columns = max(map(len, rows), default=0)
    widths = [
        max((columns_of(row[column]) for row in rows if column < len(row)), default=0) for column in range(num_columns)
    ]
    lines = []
    for row in rows:
        cells = [
            padded(cell, width, is_right=align[column : column + 1] == "r")
            for column, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        lines.append(f"{indent}{GAP.join(cells)}".rstrip())
    return "\n".join(lines)


def side_by_side(blocks: Sequence[str]) -> str:
    """Blocks of lines next to each other (plain text: what colours a terminal would be counted)."""
    split = [block.splitlines() for block in blocks]
    widths = [max(map(columns_of, lines), default=0) for lines in split]
    rows = []
    for number in range(max(map(len, split), default=0)):
        cells = [
            padded(lines[number] if number < len(lines) else "", w) for lines, w in zip(split, widths, strict=True)
        ]
        rows.append((2 * GAP).join(cells).rstrip())
    return "\n".join(rows)


def scored_words(pairs: Sequence[tuple[str, float]]) -> str:
    """Words and their scores, aligned."""
    return table([[word, f"{score:.3f}"] for word, score in pairs], align="lr", indent="  ")


def pairs_as_json(pairs: Sequence[tuple[str, float]]) -> list[dict[str, Any]]:
    """(word, score) pairs for JSON."""
    return [{"word": word, "score": float(score)} for word, score in pairs]


def fraction(value: float | None) -> str:
    """A share or correlation with three digits; a dash where there is none."""
    return "-" if value is None else f"{value:.3f}"
