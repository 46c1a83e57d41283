"""The graph that vectors ask by themselves: one that was assigned, or the one that lies beside their file."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Self

from densevec._calls import warn
from densevec.errors import DensevecError, FormatWarning
from densevec.formats import Container
from densevec.vectors.search.graph import ENDING, GraphIndex, measure_in
from densevec.vectors.search.table import Table


class SavedGraph:
    """An approximate index, opened when a query comes that it can answer: until then its file's header alone is read.

    One that cannot be used, because it is damaged, of other vectors, or usearch is not there, is a FormatWarning, once.
    """

    def __init__(self, index: GraphIndex | None, path: str = "", digests: Mapping[str, str] | None = None) -> None:
        self._index, self._path, self._digests = index, path, digests
        self._measure = None if index is None else index.measure
        self._is_known = self._is_opened = index is not None
        self._lock = threading.Lock()

    @classmethod
    def beside(cls, container: Container) -> Self | None:
        """The index beside an opened file, None where there is none."""
        if container.path is None or not os.path.isfile(f"{container.path}{ENDING}"):
            return None
        return cls(None, container.path, container.metadata["digests"])

    def index(self, table: Table) -> GraphIndex | None:
        """The index, opened; None if it cannot be used."""
        with self._lock:
            if not self._is_opened:
                self._is_opened = self._is_known = True
                try:
                    self._index = GraphIndex.load(self._path, table, self._digests)
                except DensevecError as error:
                    warn(f"{error}; until then searches read all words", FormatWarning)
        return self._index

    def index_for(self, table: Table, measure: str, topn: int) -> GraphIndex | None:
        """The index if it ranks by a measure and reaches so far, None if all words are to be read."""
        if not self._is_known:
            self._measure, self._is_known = measure_in(self._path), True
        if self._measure not in (None, measure):
            return None
        index = self.index(table)
        return index if index is not None and index.measure == measure and topn <= index.reach else None
