"""Trees for a hierarchical softmax that put words together by what they mean."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._random import generator

_TURNS = 8  # of the power iteration that finds the direction of a cut
_SMALLEST_SHARE = 1 / 8  # of a node's words that either side gets, which bounds the depth


class Tree(NamedTuple):
    """The path of word v: inner nodes nodes[offsets[v]:offsets[v + 1]], root first, and the turn (0, 1) at each.

    offsets (V + 1,) int64, nodes int32 and turns uint8 as long as all paths together; the V − 1 nodes are numbered
    from the root.
    """

    offsets: npt.NDArray[np.int64]
    nodes: npt.NDArray[np.int32]
    turns: npt.NDArray[np.uint8]


def cluster_tree(vectors: npt.NDArray[np.float32], counts: npt.NDArray[np.int64]) -> Tree:
    """A binary tree whose every node cuts its words in two along the direction in which their vectors differ most.

    The cut is where both sides have half the tokens, or the eighth of the words that each side has at least, so that
    frequent words have short paths as in a Shannon-Fano code and similar words long common ones (after Mnih & Hinton
    2009, who cut by a mixture of two Gaussians).  Deterministic.

    vectors : (V, d), V ≥ 1
    counts : (V,)

    >>> offsets, nodes, turns = cluster_tree(np.array([[1.0], [1.1], [9.0]], np.float32), np.array([1, 1, 1]))
    >>> [nodes[a:b].tolist() for a, b in zip(offsets[:-1], offsets[1:])]
    [[0], [0, 1], [0, 1]]
    """
    num_words = len(vectors)
    order = np.arange(num_words)  # words, those of a node together
    begin = np.zeros(1, np.int64)  # where the nodes of this level that hold several words begin in ``order``
    if num_words == 1:
        begin = begin[:0]
    size = np.full(len(begin), num_words)
    numbered = 0
    levels: list[tuple[npt.NDArray[Any], ...]] = []
    mass = np.maximum(np.asarray(counts, np.float64), 0.5)
    while len(begin):
        order_of_level = np.concatenate([order[b : b + s] for b, s in zip(begin, size, strict=True)])
        bounds = np.concatenate([[0], np.cumsum(size)])
        group = np.repeat(np.arange(len(size)), size)
        projection = _along_widest(vectors[order_of_level], group, bounds[:-1])
        order_of_level = order_of_level[np.lexsort((order_of_level, projection, group))]
        left = _cuts(mass[order_of_level], bounds)
        turns = (np.arange(len(group)) - bounds[:-1][group] >= left[group]).astype(np.uint8)
        levels.append((order_of_level, (numbered + group).astype(np.int32), turns))
        numbered += len(size)
        order = order_of_level
        both_begin = np.stack([bounds[:-1], bounds[:-1] + left], 1).ravel()
        both_size = np.stack([left, size - left], 1).ravel()
        begin, size = both_begin[both_size > 1], both_size[both_size > 1]
    return _paths(levels, num_words)


def _along_widest(
    vectors: npt.NDArray[np.float32], group: npt.NDArray[np.int64], begin: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """Each vector's coordinate along the first principal direction of its group, (W,)."""
    number = np.diff(begin, append=len(group))[:, None]
    centred = vectors - (np.add.reduceat(vectors, begin) / number)[group]
    direction = generator(0, "directions").standard_normal((len(begin), vectors.shape[1]), np.float32)
    for _ in range(_TURNS):
        along = np.einsum("ij,ij->i", centred, direction[group])
        direction = np.add.reduceat(along[:, None] * centred, begin)
        direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-30)
    projection: npt.NDArray[np.float32] = np.einsum("ij,ij->i", centred, direction[group])
    return projection


def _cuts(mass: npt.NDArray[np.float64], bounds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many words of each group go to the left, at least one to either side."""
    total = np.concatenate([[0.0], np.cumsum(mass)])
    halves = (total[bounds[:-1]] + total[bounds[1:]]) / 2
    left = np.searchsorted(total, halves) - bounds[:-1]
    size = np.diff(bounds)
    smallest = np.maximum((size * _SMALLEST_SHARE).astype(np.int64), 1)
    return np.clip(left, smallest, size - smallest)


def _paths(levels: list[tuple[npt.NDArray[Any], ...]], num_words: int) -> Tree:
    """Levels as (words, node of each, turn of each) to paths of words."""
    if not levels:
        return Tree(np.zeros(num_words + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.uint8))
    words, nodes, turns = (np.concatenate(part) for part in zip(*levels, strict=True))
    by_word = np.argsort(words, kind="stable")  # levels stay in order
    offsets = np.concatenate([[0], np.cumsum(np.bincount(words, minlength=num_words))])
    return Tree(offsets.astype(np.int64), nodes[by_word], turns[by_word])
