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
    words, counts = list(self.words[:_SHOWN]), self.counts
    columns: dict[str, list[Any]] = {"word": words}
    if counts is not None:
        columns["count"] = counts[:_SHOWN].tolist()
    if self._state.table.variance is not None:
        columns["generality"] = [bar(generality(self, word)) for word in words]
    for number, values in enumerate(self.get_vectors(words).T[:_NUMBERS]):
        columns[str(number)] = values.tolist()
    if self.vector_size > _NUMBERS:
        columns["…"] = ["…"] * len(words)
    rest = f"… and {len(self) - len(words):,} more" if len(self) > len(words) else ""
    storage = "" if self.storage == "float32" else f", {self.storage}"
    about = f"{len(self):,} words, dim {self.vector_size}{storage}"
    return block(type(self).__name__, about, table(list(columns), list(zip(*columns.values(), strict=True))), rest)
