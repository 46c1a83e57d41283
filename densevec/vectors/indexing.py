"""Faster searches of vectors, on request: an 8-bit copy that changes no answer, and an approximate index."""

from __future__ import annotations

import os
from dataclasses import replace

from densevec.densities import get_measure
from densevec.errors import ParameterError, ParameterTypeError
from densevec.vectors._arguments import check_topn
from densevec.vectors.rows import TableRows
from densevec.vectors.search import GraphIndex, SavedGraph
from densevec.vectors.state import State
from densevec.vectors.word_store import WordStore


def build_scan_index(self: WordStore) -> None:
    """Make a copy of the vectors in 8 bits (V·d bytes) that later searches read instead, and ``save`` keeps.

    Answers stay exactly what they were.  One query reads a quarter of the memory; it is used by the cosine
    and by both directions of KL between spherical densities.

    Examples
    --------
    >>> from densevec.vectors import KeyedVectors
    >>> vectors = KeyedVectors(["kiwi", "kakapo", "plum"], [[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
    >>> vectors.build_scan_index()
    >>> vectors.most_similar("kiwi", topn=1)[0][0]
    'kakapo'
    """
    self._state.table.build_scan_index()


def build_graph_index(
    self: WordStore,
    measure: str = "cosine",
    *,
    connectivity: int = 16,
    expansion_add: int = 128,
    expansion: int = 128,
    metric: str = "l2sq",
    workers: int | None = None,
) -> GraphIndex:
    """An approximate index for one measure, its recall measured; see ``GraphIndex.build`` for the parameters.

    Save it beside the vectors with ``index.save(path)``, the vectors' own path: vectors that are loaded from there ask
    it (see ``graph_index``).
    """
    return GraphIndex.build(
        self._state.table,
        measure,
        connectivity=connectivity,
        expansion_add=expansion_add,
        expansion=expansion,
        metric=metric,
        workers=workers,
    )


def load_graph_index(self: WordStore, path: str | os.PathLike[str]) -> GraphIndex:
    """The index saved beside these vectors at ``path``; one that was built of others is refused.

    Raises
    ------
    FormatError, FileError, CorruptError, VersionError
        As ``GraphIndex.load`` says.
    """
    return GraphIndex.load(path, self._state.table)


def graph_index_of(self: WordStore) -> GraphIndex | None:
    """The index that ``most_similar`` asks, opened; None for none, or for one that cannot be used."""
    state = self._state
    return None if state.graph is None else state.graph.index(state.table)


def set_graph_index(self: WordStore, index: GraphIndex | None) -> None:
    """Have ``most_similar`` ask this index, or none."""
    if index is not None and not isinstance(index, GraphIndex):
        raise ParameterTypeError(f"graph_index must be a GraphIndex or None, got {type(index).__name__}: {index!r:.80}")
    with self._lock:
        state = self._state
        if index is not None and (index.table is not state.table or not isinstance(state.rows, TableRows)):
            raise ParameterError("graph_index must be of these very vectors: build_graph_index() of theirs makes one")
        self._state = replace(state, graph=None if index is None else SavedGraph(index))


def graph_for(state: State, measure: str, topn: int) -> GraphIndex | None:
    """The index that answers a query over all words, None where they are all read."""
    return None if state.graph is None else state.graph.index_for(state.table, measure, topn)


def expected_recall(self: WordStore, measure: str = "cosine", topn: int = 10) -> float:
    """The share of the ``topn`` nearest words that ``most_similar`` is expected to name.

    It is 1, for all are named, unless a graph index is asked; then what it found of the exact nearest when it was built
    (``GraphIndex.recall``).

    >>> from densevec.vectors import KeyedVectors
    >>> KeyedVectors(["kiwi", "plum"], [[1.0, 0.1], [0.0, 1.0]]).expected_recall()
    1.0
    """
    wanted = check_topn(topn)
    if wanted is None:
        raise ParameterError("topn must be an integer at least 0, got None")
    index = graph_for(self._state, get_measure(measure).name, wanted)
    return 1.0 if index is None else index.recall
