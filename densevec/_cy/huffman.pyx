"""The tree of a hierarchical softmax: Huffman's code over the words of a vocabulary."""

from libc.math cimport INFINITY
from libc.stdint cimport int32_t, int64_t, uint8_t

import numpy as np


def huffman_tree(counts):
    """A prefix-free code of least expected length Σ_v counts[v]·length(v) (Huffman 1952), as paths from the root.

    counts : (V,) finite numbers, none negative

    Returns (offsets, nodes, turns): the path of word v passes the inner nodes ``nodes[offsets[v]:offsets[v + 1]]``,
    root first, and takes the turns (0 or 1) at the same places of ``turns``.  offsets (V + 1,) int64, nodes int32 and
    turns uint8 as long as all paths together.  The V − 1 inner nodes are numbered from 0, the root, in
    order of falling count, so that the rows that all words share lie together.  With one word its path is empty.

    Two queues of nodes by rising count, leaves and inner ones, give the two smallest each time (van Leeuwen 1976): linear
    after the sort.  Of equal counts leaves go first, those of lower id before others: the result is
    determined, and of all optimal codes its longest path is the shortest.
    Errors: ValueError for counts that are not as said.
    """
    counts = np.ascontiguousarray(counts, np.float64)
    if counts.ndim != 1 or len(counts) == 0:
        raise ValueError(f"counts must be a vector with an entry for every word, got shape {counts.shape}")
    if len(counts) > np.iinfo(np.int32).max:
        raise ValueError(f"a tree has at most 2^31 - 1 words, got {len(counts)}")
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise ValueError("counts must be finite and none of them negative")
    order = np.argsort(counts, kind="stable")
    num_nodes = 2 * len(counts) - 1
    parent, turn = np.zeros(num_nodes, np.int32), np.zeros(num_nodes, np.uint8)
    _merge(counts[order], parent, turn)
    lengths = np.empty(len(counts), np.int64)
    _measure(parent, lengths)
    offsets = np.zeros(len(counts) + 1, np.int64)
    offsets[1:][order] = lengths
    np.cumsum(offsets, out=offsets)
    length = lengths.sum()
    nodes, turns = np.empty(length, np.int32), np.empty(length, np.uint8)
    _write_paths(order, parent, turn, offsets, nodes, turns)
    return offsets, nodes, turns


cdef void _merge(const double[::1] sorted_counts, int32_t[::1] parent, uint8_t[::1] turn):
    """Parent and turn of every node: leaves 0..V-1 by rising count, then the inner ones as they are made."""
    cdef int64_t num_words = sorted_counts.shape[0], num_nodes = parent.shape[0]
    cdef int64_t leaf = 0, inner = num_words, made, child
    cdef int which
    cdef double[::1] sums = np.empty(max(num_words - 1, 1), np.float64)
    cdef double from_leaves, from_inner
    with nogil:
        for made in range(num_words, num_nodes):
            sums[made - num_words] = 0
            for which in range(2):
                from_leaves = sorted_counts[leaf] if leaf < num_words else INFINITY
                from_inner = sums[inner - num_words] if inner < made else INFINITY
                if leaf < num_words and from_leaves <= from_inner:
                    child = leaf
                    sums[made - num_words] += from_leaves
                    leaf += 1
                else:
                    child = inner
                    sums[made - num_words] += from_inner
                    inner += 1
                parent[child] = <int32_t>made
                turn[child] = <uint8_t>which


cdef void _measure(const int32_t[::1] parent, int64_t[::1] lengths):
    """Length of the path of every leaf."""
    cdef int64_t num_nodes = parent.shape[0], num_words = lengths.shape[0], node
    cdef int32_t[::1] depth = np.zeros(num_nodes, np.int32)
    with nogil:
        for node in range(num_nodes - 2, -1, -1):  # parents have higher numbers than their children
            depth[node] = depth[parent[node]] + 1
        for node in range(num_words):
            lengths[node] = depth[node]


cdef void _write_paths(
    const int64_t[::1] order,
    const int32_t[::1] parent,
    const uint8_t[::1] turn,
    const int64_t[::1] offsets,
    int32_t[::1] nodes,
    uint8_t[::1] turns,
):
    """From each leaf up to the root, filling the leaf's part of nodes and turns from its end."""
    cdef int64_t root = parent.shape[0] - 1, leaf, node, place
    with nogil:
        for leaf in range(order.shape[0]):
            node = leaf
            place = offsets[order[leaf] + 1]
            while node != root:
                place -= 1
                turns[place] = turn[node]
                node = parent[node]
                nodes[place] = <int32_t>(root - node)


cdef class Paths:
    """The paths of a hierarchical softmax, checked once: offsets (V + 1,), nodes and turns as of ``huffman_tree``.

    Errors: ValueError for paths that do not lie within nodes and turns, and nodes that are not inner ones of V words.
    """

    def __init__(
        self, const int64_t[::1] offsets not None, const int32_t[::1] nodes not None, const uint8_t[::1] turns not None
    ):
        cdef int64_t num_words = offsets.shape[0] - 1, size = nodes.shape[0], longest = 0, v
        cdef bint is_right = num_words >= 1 and offsets[0] == 0 and offsets[num_words] == size == turns.shape[0]
        if is_right:
            with nogil:
                for v in range(num_words):
                    is_right &= offsets[v] <= offsets[v + 1]
                    longest = max(longest, offsets[v + 1] - offsets[v])
                for v in range(size):
                    is_right &= 0 <= nodes[v] < num_words - 1
        if not is_right:
            raise ValueError("a word needs a path of inner nodes, and a turn at each")
        self.arrays = (offsets, nodes, turns)
        self.num_words, self.longest, self.offsets = num_words, longest, &offsets[0]
        self.nodes = &nodes[0] if size else NULL
        self.turns = &turns[0] if size else NULL
