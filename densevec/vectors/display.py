"""What vectors show of themselves in a notebook."""

from __future__ import annotations

from typing import Any

from densevec._html import bar, block, table
from densevec.vectors.uncertainty import generality
from densevec.vectors.word_store import WordStore

_SHOWN = 8  # words of the table
_NUMBERS = 4  # of each vector


def html_of(self: WordStore) -> str:
    """The first words, how often they were seen, of densities how general they are (a bar), the first numbers of each.

    >>> from densevec import DensityVectors
    >>> DensityVectors(["<kiwi>"], [[1.0, 0.5]], [1.0])._repr_html_().count("&lt;kiwi&gt;")
    1
    """
    words = list(self.words[:_SHOWN])
    counts, is_dense = self.counts, self._state.table.variance is not None
    shown = min(_NUMBERS, self.vector_size)
    heading = ["word", *(["count"] if counts is not None else []), *(["generality"] if is_dense else [])]
    heading += [*map(str, range(shown)), *(["…"] if shown < self.vector_size else [])]
    rows: list[list[Any]] = []
    for row, word in enumerate(words):
        cells: list[Any] = [word]
        if counts is not None:
            cells.append(int(counts[row]))
        if is_dense:
            cells.append(bar(generality(self, word)))
        cells += map(float, self.get_vector(word)[:shown])
        rows.append([*cells, *(["…"] if shown < self.vector_size else [])])
    rest = f"… and {len(self) - len(words):,} more" if len(self) > len(words) else ""
    storage = "" if self.storage == "float32" else f", {self.storage}"
    about = f"{len(self):,} words, dim {self.vector_size}{storage}"
    return block(type(self).__name__, about, table(heading, rows), rest)
