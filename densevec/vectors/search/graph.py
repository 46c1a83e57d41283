"""Approximate search for millions of words: a graph of near neighbours proposes, the measure itself decides.

The graph is usearch's (Hierarchical Navigable Small World, Malkov & Yashunin 2018; ``pip install 'densevec[ann]'``)
over the points of ``coordinates``.  What it proposes is scored in float64, so the scores are exact; what it misses is
missing, and ``recall`` says how much that is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._packages import import_package
from densevec._validation import Choice, Interval, Rule, as_path, check_parameters
from densevec.densities import get_measure
from densevec.errors import DensevecError, FormatError, ParameterError, ParameterTypeError
from densevec.formats import read_container, write_container
from densevec.vectors.search.coordinates import GRAPH_MEASURES, Coordinates
from densevec.vectors.search.exact import exact_scores, nearest
from densevec.vectors.search.table import EXACT_ELEMENTS, FloatArray, Queries, RowArray, Table

ENDING = ".usearch"
_RULES: dict[str, Rule] = {
    "measure": Choice(GRAPH_MEASURES),
    "connectivity": Interval(int, 2, 512),
    "expansion_add": Interval(int, 1),
    "expansion": Interval(int, 1),
    "topn": Interval(int, 1),
    "num_queries": Interval(int, 1),
    "workers": Interval(int, 1, optional=True),
}
_METRIC_HINT = (
    "a graph over inner products finds about 1 % of the nearest words; "
    "densevec turns them into distances (metric 'l2sq') by one added coordinate"
)


class GraphIndex:
    """An approximate index of a table, for one measure; made by ``build`` or ``load``.

    Attributes
    ----------
    measure : what it ranks by
    recall : share of the exact ``recall_topn`` nearest that it found for ``recall_queries`` words, measured when built

    Examples
    --------
    >>> import numpy as np
    >>> from densevec.vectors.search import Table
    >>> table = Table(np.random.default_rng(0).normal(size=(500, 8)).astype(np.float32), None)
    >>> index = GraphIndex.build(table)  # doctest: +SKIP
    >>> index.recall > 0.9  # doctest: +SKIP
    True
    """

    def __init__(self, table: Table, coordinates: Coordinates, graph: Any, expansion: int) -> None:
        self._table = table
        self._coordinates = coordinates
        self._graph = graph
        self._expansion = expansion
        self._viewed: npt.NDArray[np.uint8] | None = None  # what a graph that stays in its file is a view of
        self.recall = float("nan")
        self.recall_topn = self.recall_queries = 0

    @property
    def measure(self) -> str:
        return self._coordinates.measure

    @property
    def table(self) -> Table:
        """The rows that it is of."""
        return self._table

    @property
    def reach(self) -> int:
        """Up to how many neighbours ``most_similar`` asks it for: a query looks at twice as many words, or more."""
        return max(self._expansion // 2, self.recall_topn)

    def __repr__(self) -> str:
        found = f"recall {self.recall:.3f} of the nearest {self.recall_topn} over {self.recall_queries} words"
        return f"{type(self).__name__}({self._table.num_rows} words, {self.measure!r}, {found})"

    @classmethod
    def build(
        cls,
        table: Table,
        measure: str = "cosine",
        *,
        connectivity: int = 16,
        expansion_add: int = 128,
        expansion: int = 128,
        metric: str = "l2sq",
        workers: int | None = None,
    ) -> GraphIndex:
        """Build the graph and measure its recall.

        Parameters
        ----------
        measure : "cosine", "kl_from_query", "kl_to_query" or "jeffreys"
        connectivity, expansion_add : neighbours of a point, and how many are looked at to choose them: the higher, the
            better the recall and the slower the building
        expansion : how many points a query looks at, and how many are scored exactly
        metric : only "l2sq"
        workers : threads; None for one a processor

        Raises
        ------
        ParameterError
            For a parameter out of its range, a measure of densities asked of points, or another metric.
        MissingPackageError
            If usearch is not installed.
        """
        values = {"connectivity": connectivity, "expansion_add": expansion_add, "expansion": expansion}
        check_parameters({"measure": measure, "workers": workers, **values}, _RULES)
        if metric != "l2sq":
            raise ParameterError(f"metric must be 'l2sq', got {metric!r:.80}: {_METRIC_HINT}")
        if measure != "cosine" and table.variance is None:
            raise ParameterError(f"measure {measure!r} needs word densities; points have 'cosine' only")
        if table.num_rows == 0:
            raise ParameterError("a graph needs at least one word, got none")
        coordinates = Coordinates.fit(table, measure)
        graph = _usearch().Index(
            ndim=len(coordinates.centre) + 1,
            metric="l2sq",
            dtype="f16",  # half the memory; what it blurs, the exact scores of the candidates sharpen
            connectivity=connectivity,
            expansion_add=expansion_add,
            expansion_search=expansion,
        )
        for rows in table.blocks(0, table.num_rows, EXACT_ELEMENTS * 8):
            keys = np.arange(rows.start, rows.stop, dtype=np.uint64)
            graph.add(keys, coordinates.of_words(table, rows), threads=workers or 0)
        index = cls(table, coordinates, graph, expansion)
        index.measure_recall()
        return index

    def nearest(
        self, queries: Queries, topn: int, *, exclude: Sequence[Sequence[int]] | None = None
    ) -> list[tuple[RowArray, FloatArray]]:
        """As ``densevec.vectors.search.nearest``, of the candidates the graph proposes.

        Errors: ParameterTypeError for what is no ``Queries``; ParameterError for queries of another dimension, or
        points where the measure is one of densities.
        """
        if not isinstance(queries, Queries):
            raise ParameterTypeError(
                f"queries must be a densevec.vectors.search.Queries, which holds matrices of means and log variances, "
                f"got {type(queries).__name__}; words, vectors and Gaussians are asked of most_similar() by "
                f"measure={self.measure!r}"
            )
        if queries.mean.ndim != 2 or queries.mean.shape[1] != self._table.dim:
            raise ParameterError(f"queries must be of shape (Q, {self._table.dim}), got {queries.mean.shape}")
        if self.measure != "cosine" and queries.log_variance is None:
            raise ParameterError(f"queries must have log variances for measure {self.measure!r}, got None")
        excluded: list[Any] = [[]] * len(queries) if exclude is None else list(exclude)
        most = max((len(unwanted) for unwanted in excluded), default=0)
        count = min(self._table.num_rows, max(self._expansion, 2 * topn) + most)
        if topn == 0 or not len(queries):
            return [(np.empty(0, dtype=np.int64), np.empty(0))] * len(queries)
        queries = queries.by_direction() if self.measure == "cosine" else queries
        matches = self._graph.search(self._coordinates.of_queries(queries), count)
        keys, sizes = np.atleast_2d(matches.keys), np.atleast_1d(getattr(matches, "counts", count))
        measure, results = get_measure(self.measure), []
        for number in range(len(queries)):
            rows = keys[number, : sizes[number]].astype(np.int64)
            rows = np.unique(rows[(rows >= 0) & (rows < self._table.num_rows) & ~np.isin(rows, excluded[number])])
            scores = exact_scores(self._table, measure, queries.only([number]), rows)
            order = np.lexsort((rows, -scores))[:topn]
            results.append((rows[order], scores[order]))
        return results

    def measure_recall(self, topn: int = 10, num_queries: int = 100, seed: int = 1) -> float:
        """Share of the exact ``topn`` nearest of random words (themselves left out) that the graph finds; also kept."""
        check_parameters({"topn": topn, "num_queries": num_queries}, _RULES)
        table = self._table
        num_queries = min(num_queries, table.num_rows)
        chosen = np.random.default_rng(seed).choice(table.num_rows, num_queries, replace=False)
        log_variance = None if self.measure == "cosine" else table.log_variance_rows(chosen)
        queries, themselves = Queries(table.mean_rows(chosen), log_variance), [[int(row)] for row in chosen]
        right = nearest(table, get_measure(self.measure), queries, topn, exclude=themselves)
        found = self.nearest(queries, topn, exclude=themselves)
        hits = sum(np.isin(a[0], b[0]).sum() for a, b in zip(right, found, strict=True))
        total = sum(len(rows) for rows, _ in right)
        self.recall = float(hits / total) if total else 1.0
        self.recall_topn, self.recall_queries = topn, num_queries
        return self.recall

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the index beside vectors saved at ``path``: to ``path`` with ".usearch" added, all or nothing."""
        graph = np.frombuffer(self._graph.save(), dtype=np.uint8)
        made = self._coordinates
        tensors: dict[str, npt.NDArray[Any]] = {"graph": graph, "centre": made.centre, "scale": made.scale}
        parameters = {
            "measure": self.measure,
            "radius": made.radius,
            "expansion": self._expansion,
            "recall": self.recall,
            "recall_topn": self.recall_topn,
            "recall_queries": self.recall_queries,
            "vectors": _digest_of(self._table),
            "digests": _digests_of(self._table),
        }
        write_container(f"{as_path(path)}{ENDING}", tensors, None, {"class": "GraphIndex", "parameters": parameters})

    @classmethod
    def load(cls, path: str | os.PathLike[str], table: Table, digests: Mapping[str, str] | None = None) -> GraphIndex:
        """Open the index saved beside vectors at ``path``; its digests are checked before the graph is used.

        The graph stays in the file, which processes share.  ``digests`` are those that the file of the table states of
        its tensors, by which vectors are told from others at once; without them all numbers are read for that.

        Raises
        ------
        FormatError
            If it is not an index of ours, was built of other vectors, or its graph is of another size or metric.
        FileError, CorruptError, VersionError
            As ``densevec.formats.read_container`` with ``check=True``.
        """
        name = f"{as_path(path)}{ENDING}"
        container = read_container(name, check=True)
        if container.metadata["class"] != "GraphIndex":
            raise FormatError(f"{name}: the file holds a {container.metadata['class'] or 'thing'}, not a GraphIndex")
        parameters = container.metadata["parameters"]
        coordinates = _coordinates_from(parameters, container.tensors, table, name)
        stated = parameters.get("digests")
        if (
            digests is None or not isinstance(stated, dict) or not stated
        ):  # an older index, of which one digest of all is known
            is_of_table = parameters.get("vectors") == _digest_of(table)
        else:
            is_of_table = all(digests.get(name) == digest for name, digest in stated.items())
            is_of_table &= ("variance" in stated) == (table.variance is not None)
        if not is_of_table:
            raise FormatError(f"{name}: the index was built of other vectors than these; build it again")
        graph = _graph_from(container.tensors, len(coordinates.centre) + 1, table.num_rows, name)
        index = cls(table, coordinates, graph, _number(parameters, "expansion", int, name))
        index._viewed = container.tensors["graph"]
        index._graph.expansion_search = index._expansion
        index.recall = _number(parameters, "recall", float, name)
        index.recall_topn = _number(parameters, "recall_topn", int, name)
        index.recall_queries = _number(parameters, "recall_queries", int, name)
        return index


def measure_in(path: str | os.PathLike[str]) -> str | None:
    """What the index beside vectors at ``path`` ranks by, from its header; None if that cannot be read."""
    try:
        measure = read_container(f"{as_path(path)}{ENDING}").metadata["parameters"].get("measure")
    except DensevecError:
        return None
    return measure if isinstance(measure, str) else None


def _usearch() -> Any:
    return import_package("usearch.index", "a graph index", "ann")


def _digest_of(table: Table) -> str:
    """SHA-256 of a table's shapes, types and numbers, in hexadecimal."""
    import hashlib

    digest = hashlib.sha256()
    for part in (table.mean, table.variance):
        digest.update(b"none" if part is None else f"{part.dtype.str} {part.shape}".encode())
        if part is not None:
            digest.update(np.ascontiguousarray(part).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _digests_of(table: Table) -> dict[str, str]:
    """SHA-256 of the bytes of a table's arrays, as a file of them states it."""
    import hashlib

    parts = {"mean": table.mean, "variance": table.variance}
    return {
        name: hashlib.sha256(np.ascontiguousarray(part).reshape(-1).view(np.uint8).data).hexdigest()
        for name, part in parts.items()
        if part is not None
    }


def _number(parameters: dict[str, Any], name: str, kind: type, origin: str) -> Any:
    value = parameters.get(name)
    most = 2**31 - 1 if kind is int else sys.float_info.max
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:  # nan neither
        raise FormatError(f"{origin}: parameter {name!r} must be a number from 0 to {most:g}, found {value!r:.80}")
    return kind(value)


def _coordinates_from(
    parameters: dict[str, Any], tensors: dict[str, npt.NDArray[Any]], table: Table, origin: str
) -> Coordinates:
    measure = parameters.get("measure")
    if measure not in GRAPH_MEASURES or (measure != "cosine" and table.variance is None):
        raise FormatError(f"{origin}: the index ranks by {measure!r:.80}, which these vectors cannot")
    centre, scale = tensors.get("centre"), tensors.get("scale")
    width = table.dim if measure == "cosine" else _num_features(measure, table)
    for name, part in (("centre", centre), ("scale", scale)):
        if part is None or part.dtype != np.float64 or part.shape != (width,):
            found = "nothing" if part is None else f"{part.dtype} of shape {part.shape}"
            raise FormatError(f"{origin}: tensor {name!r} must be float64 of shape ({width},), found {found}")
    assert centre is not None  # as was just checked
    assert scale is not None
    if not (scale > 0).all():
        raise FormatError(f"{origin}: tensor 'scale' must be above 0")
    return Coordinates(measure, centre, scale, _number(parameters, "radius", float, origin))


def _num_features(measure: str, table: Table) -> int:
    """Numbers of a word in a divergence's product form: see ``densevec.densities.products``."""
    wide = 1 if table.is_spherical else table.dim
    return 2 * (table.dim + wide) + 1 if measure == "jeffreys" else table.dim + wide + 1


def _graph_from(tensors: dict[str, npt.NDArray[Any]], width: int, num_rows: int, origin: str) -> Any:
    """usearch's graph from its bytes, if it is what ``build`` makes."""
    part = tensors.get("graph")
    if part is None or part.dtype != np.uint8 or part.ndim != 1:
        raise FormatError(f"{origin}: the file holds no graph (no tensor 'graph' of bytes)")
    raw, usearch = part.data, _usearch()
    try:
        described = usearch.Index.metadata(raw)
    except Exception as error:
        raise FormatError(f"{origin}: usearch cannot read the graph: {error}; build the index again") from None
    if not described or described.get("kind_metric") != usearch.MetricKind.L2sq:
        metric = (described or {}).get("kind_metric")
        raise FormatError(f"{origin}: the graph's metric must be 'l2sq', found {metric}: {_METRIC_HINT}")
    if (described.get("dimensions"), described.get("count_present")) != (width, num_rows):
        found = f"{described.get('count_present')} of {described.get('dimensions')}"
        raise FormatError(f"{origin}: the graph must hold {num_rows} points of {width} coordinates, found {found}")
    try:
        return usearch.Index.restore(raw, view=True, enable_key_lookups=False)
    except Exception as error:  # the head is whole, what follows is cut
        raise FormatError(f"{origin}: usearch cannot read the graph: {error}; build the index again") from None
