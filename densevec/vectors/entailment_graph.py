"""A graph of words in which edges go from narrow to broad, and none that follows from others is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Edge = tuple[str, str, float]


@dataclass(frozen=True)
class EntailmentGraph:
    """Words, and which entail which.

    Attributes
    ----------
    words : all words asked for, those without an edge too
    edges : (narrow, broad, log odds) without those that a path of other edges implies
    entailments : every pair found, with its score, the implied ones too

    ``networkx.DiGraph().add_weighted_edges_from(graph.edges)`` takes the edges as they are.

    Examples
    --------
    >>> graph = EntailmentGraph.of(["kakapo", "bird", "animal"], [[0, 1], [1, 2], [0, 2]], [3.0, 2.0, 1.0])
    >>> graph.edges
    (('kakapo', 'bird', 3.0), ('bird', 'animal', 2.0))
    >>> graph.broader("kakapo"), graph.narrower("animal")
    (['bird'], ['bird'])
    """

    words: tuple[str, ...]
    edges: tuple[Edge, ...]
    entailments: tuple[Edge, ...]

    @classmethod
    def of(cls, words: Sequence[str], pairs: npt.ArrayLike, scores: npt.ArrayLike) -> EntailmentGraph:
        """From pairs (k, 2) of places in ``words``, which have no cycle, and their scores (k,)."""
        pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
        named = [
            (words[narrow], words[broad], score)
            for (narrow, broad), score in zip(pairs.tolist(), np.asarray(scores).tolist(), strict=True)
        ]
        needed = _reduction(len(words), pairs)
        edges = tuple(edge for edge, is_needed in zip(named, needed, strict=True) if is_needed)
        return cls(tuple(words), edges, tuple(named))

    def broader(self, word: str) -> list[str]:
        """The words one edge above, best first."""
        return [broad for narrow, broad, _ in sorted(self.edges, key=lambda edge: -edge[2]) if narrow == word]

    def narrower(self, word: str) -> list[str]:
        """The words one edge below, best first."""
        return [narrow for narrow, broad, _ in sorted(self.edges, key=lambda edge: -edge[2]) if broad == word]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        edges = [{"narrow": narrow, "broad": broad, "score": score} for narrow, broad, score in self.edges]
        return {"words": list(self.words), "edges": edges}


def acyclic(num_words: int, pairs: npt.NDArray[np.int64], scores: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """The pairs that make no circle with others of higher score, in ascending order of their places."""
    above = np.eye(num_words, dtype=bool)  # what lies above a word, itself included
    kept = []
    for place in np.argsort(-scores, kind="stable").tolist():
        narrow, broad = pairs[place]
        if above[broad, narrow]:
            continue
        kept.append(place)
        if not above[narrow, broad]:
            above[above[:, narrow]] |= above[broad]
    return np.array(sorted(kept), dtype=np.int64)


def _reduction(num_words: int, pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """For each edge of an acyclic graph whether it is in the transitive reduction (Aho, Garey & Ullman 1972).

    An edge is not if another word above its lower end lies below its upper end.
    """
    above = np.zeros((num_words, num_words), dtype=bool)
    above[pairs[:, 0], pairs[:, 1]] = True
    reach = above.copy()  # what lies above a word, by any path
    for word in _from_the_top(above):
        reach[word] |= reach[above[word]].any(axis=0)
    implied = np.zeros_like(above)
    for word in range(num_words):
        implied[word] = reach[above[word]].any(axis=0)
    return ~implied[pairs[:, 0], pairs[:, 1]]


def _from_the_top(above: npt.NDArray[np.bool_]) -> list[int]:
    """Words in an order in which all above a word come before it."""
    waiting = above.sum(axis=1)  # words above that have not come yet
    ready = np.flatnonzero(waiting == 0).tolist()
    order = []
    while ready:
        word = ready.pop()
        order.append(word)
        below = np.flatnonzero(above[:, word])
        waiting[below] -= 1
        ready.extend(below[waiting[below] == 0].tolist())
    return order
