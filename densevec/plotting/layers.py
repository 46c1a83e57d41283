"""A layout of a graph without circles in layers (Sugiyama, Tagawa & Toda 1981)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

_SWEEPS = 24
_SETTLING = 60

Pairs = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Layers:
    """Where n nodes lie: layers from the top, 0, down; places across the layer, of which neighbours differ by ≥ 1.

    Parameters
    ----------
    layer : (n,), every edge leads to a lower number
    place : (n,), at least 0
    routes : for each edge the (layer, place) it goes through, both ends among them
    """

    layer: list[int]
    place: list[float]
    routes: list[list[tuple[int, float]]]


def lay_out(num_nodes: int, edges: Pairs) -> Layers:
    """Lay out nodes 0 … n−1 with edges (below, above) that make no circle.

    A node's layer is the length of the longest path from it to the top; one with nothing above it comes down to the
    node below that is highest.  Edges over several layers are cut by a point in each; the order in a layer is that of
    the barycentres of what a node is joined to, whichever sweep leaves the fewest crossings.

    >>> lay_out(3, [(0, 1), (1, 2), (0, 2)]).layer
    [2, 1, 0]
    """
    layer = _longest_paths(num_nodes, edges)
    chains, joined, layer_of = [], [], list(layer)
    for below, above in edges:
        chain = [below]
        for between in range(layer[below] - 1, layer[above], -1):
            layer_of.append(between)
            chain.append(len(layer_of) - 1)
        chain.append(above)
        chains.append(chain)
        joined += list(pairwise(chain))
    rows = _ordered(layer_of, joined)
    place = _places(rows, joined, len(layer_of))
    routes = [[(layer_of[node], place[node]) for node in chain] for chain in chains]
    return Layers(layer, place[:num_nodes], routes)


def _longest_paths(num_nodes: int, edges: Pairs) -> list[int]:
    above: list[list[int]] = [[] for _ in range(num_nodes)]
    below: list[list[int]] = [[] for _ in range(num_nodes)]
    for low, high in edges:
        above[low].append(high)
        below[high].append(low)
    layer, waiting = [0] * num_nodes, [len(each) for each in above]
    ready = [node for node in range(num_nodes) if not waiting[node]]
    for node in ready:  # which grows
        for low in below[node]:
            layer[low] = max(layer[low], layer[node] + 1)
            waiting[low] -= 1
            if not waiting[low]:
                ready.append(low)
    for node in range(num_nodes):
        if not above[node] and below[node]:
            layer[node] = min(layer[low] for low in below[node]) - 1
    return layer


def _neighbours(joined: Pairs, number: int) -> tuple[list[list[int]], list[list[int]]]:
    """What each node is joined to one layer above, and one below."""
    up: list[list[int]] = [[] for _ in range(number)]
    down: list[list[int]] = [[] for _ in range(number)]
    for low, high in joined:
        up[low].append(high)
        down[high].append(low)
    return up, down


def _ordered(layer_of: list[int], joined: Pairs) -> list[list[int]]:
    """The nodes of each layer in order."""
    rows: list[list[int]] = [[] for _ in range(max(layer_of, default=-1) + 1)]
    for node, layer in enumerate(layer_of):
        rows[layer].append(node)
    up, down = _neighbours(joined, len(layer_of))
    best, fewest = [list(row) for row in rows], _crossings(rows, up)
    for sweep in range(_SWEEPS):
        is_down = sweep % 2 == 0
        for number in range(1, len(rows)) if is_down else range(len(rows) - 2, -1, -1):
            beside = up if is_down else down
            fixed = {node: place for place, node in enumerate(rows[number - 1 if is_down else number + 1])}
            own = {node: place for place, node in enumerate(rows[number])}
            scale = len(fixed) / max(len(own), 1)  # a node joined to none stays about where it is
            centre = {
                node: float(np.mean([fixed[other] for other in beside[node]])) if beside[node] else own[node] * scale
                for node in rows[number]
            }
            rows[number].sort(key=lambda node: (centre[node], own[node]))
        crossings = _crossings(rows, up)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _crossings(rows: list[list[int]], up: list[list[int]]) -> int:
    """How many pairs of edges cross."""
    total = 0
    for upper, lower in pairwise(rows):
        place = {node: number for number, node in enumerate(upper)}
        ends = np.array([p for node in lower for p in sorted(place[other] for other in up[node])], dtype=np.int64)
        total += sum(int((ends[:i] > end).sum()) for i, end in enumerate(ends.tolist()))
    return total


def _places(rows: list[list[int]], joined: Pairs, number: int) -> list[float]:
    """Places near the barycentres of what nodes are joined to, in the order of the rows and a unit apart."""
    place = np.zeros(number)
    for row in rows:
        place[row] = np.arange(len(row)) - (len(row) - 1) / 2
    beside = [one + other for one, other in zip(*_neighbours(joined, number), strict=True)]
    for step in range(_SETTLING):
        for row in rows if step % 2 == 0 else reversed(rows):
            wanted = [float(place[beside[node]].mean()) if beside[node] else float(place[node]) for node in row]
            place[row] = _apart(np.array(wanted))
    return (place - place.min(initial=0.0)).tolist() if number else []


def _apart(wanted: np.ndarray) -> np.ndarray:
    """The places nearest to the wanted ones, by least squares, that rise by at least 1 (pool adjacent violators)."""
    steps = np.arange(len(wanted))
    blocks: list[tuple[float, int]] = []
    for value in (wanted - steps).tolist():
        blocks.append((value, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (one, many), (other, more) = blocks[-2:]
            blocks[-2:] = [((one * many + other * more) / (many + more), many + more)]
    return np.concatenate([np.full(size, value) for value, size in blocks]) + steps if blocks else wanted
