"""The n-grams of a text of ids, level by level of a trie (see ngram_sort.h)."""

from libc.stdint cimport int32_t, int64_t

import numpy as np

cdef extern from "ngram_sort.h" nogil:
    ctypedef struct dv_level:
        const int32_t *ids
        int64_t num_ids
        int32_t *positions
        int32_t *keys
        const int32_t *begin
        const int32_t *counts
        const int32_t *words
        int64_t depth
        int32_t end_id
        int crosses
    int dv_split_nodes(const dv_level *level, int64_t first, int64_t last, int word_bits, int32_t *num_children,
                       int32_t *num_loose)
    void dv_fill_children(const dv_level *level, int64_t first, int64_t last, const int32_t *first_child,
                          const int32_t *nodes, int32_t *next_nodes, int32_t *words, int32_t *begin, int32_t *counts,
                          int32_t *contexts)


def sort_by_word(const int32_t[::1] ids not None, int64_t num_words):
    """(positions sorted by their word, where the run of each word begins, how long it is), all int32.

    Errors: ValueError for an id that is none of ``num_words``.
    """
    cdef int64_t size = ids.shape[0], i
    cdef int32_t word, start = 0
    if num_words < 1 or size > 2**31 - 1:
        raise ValueError("there must be a word and fewer than 2^31 ids")
    counts_array, positions_array = np.zeros(num_words, np.int32), np.empty(size, np.int32)
    cdef int32_t[::1] counts = counts_array, positions = positions_array
    cdef bint is_wrong = False
    with nogil:
        for i in range(size):
            if ids[i] < 0 or ids[i] >= num_words:
                is_wrong = True
                break
            counts[ids[i]] += 1
    if is_wrong:
        raise ValueError("an id is not that of a word")
    begin_array = np.cumsum(counts_array, dtype=np.int32) - counts_array
    cdef int32_t[::1] place = begin_array.copy()
    with nogil:
        for i in range(size):
            word = ids[i]
            positions[place[word]] = <int32_t>i
            place[word] += 1
    return positions_array, begin_array, counts_array


cdef class Level:
    """The nodes of one depth with the runs of their positions; holds the arrays that it points to.

    Ranges of nodes may be worked on by several threads at once.
    """

    cdef dv_level level
    cdef int64_t num_nodes
    cdef int word_bits
    cdef object arrays

    def __init__(self, const int32_t[::1] ids not None, int32_t[::1] positions not None, int32_t[::1] keys not None,
                 const int32_t[::1] begin not None, const int32_t[::1] counts not None, const int32_t[::1] words,
                 int64_t depth, int64_t num_words, int32_t end_id, bint crosses):
        cdef int64_t num_nodes = begin.shape[0]
        if positions.shape[0] != ids.shape[0] or keys.shape[0] != ids.shape[0] or ids.shape[0] == 0:
            raise ValueError("positions and keys must be as many as ids")
        if counts.shape[0] != num_nodes or num_nodes == 0 or (words is not None and words.shape[0] != num_nodes):
            raise ValueError("begin, counts and words must be equally many")
        self.arrays = (ids, positions, keys, begin, counts, words)
        self.num_nodes = num_nodes
        self.word_bits = max(int(num_words).bit_length(), 1)
        self.level.ids, self.level.num_ids = &ids[0], ids.shape[0]
        self.level.positions, self.level.keys = &positions[0], &keys[0]
        self.level.begin, self.level.counts = &begin[0], &counts[0]
        self.level.words = &words[0] if words is not None else NULL
        self.level.depth, self.level.end_id, self.level.crosses = depth, end_id, crosses

    def split(self, int64_t first, int64_t last, int32_t[::1] num_children not None, int32_t[::1] num_loose not None):
        """Sort the runs of nodes first to last − 1 by the words before them, and count.

        ``num_children`` gets how many distinct words stand before each n-gram, ``num_loose`` how often it has none
        before it.
        """
        cdef int failed
        if not 0 <= first < last <= self.num_nodes or num_children.shape[0] != self.num_nodes:
            raise ValueError("no such range of nodes")
        if num_loose.shape[0] != self.num_nodes:
            raise ValueError("num_loose must have a place for each node")
        with nogil:
            failed = dv_split_nodes(&self.level, first, last, self.word_bits, &num_children[0], &num_loose[0])
        if failed:
            raise MemoryError("no memory to sort the n-grams of the text")

    def fill(self, int64_t first, int64_t last, const int32_t[::1] first_child not None,
             const int32_t[::1] nodes not None, int32_t[::1] next_nodes not None, int32_t[::1] words not None,
             int32_t[::1] begin not None, int32_t[::1] counts not None, int32_t[::1] contexts not None):
        """Write the nodes of the next depth below nodes first to last − 1; their runs must have been sorted.

        ``first_child`` (N + 1,) numbers the children; ``nodes`` has for each position of the text the node of this
        depth that ends there, ``next_nodes`` gets those of the next.
        """
        cdef int64_t num_children = words.shape[0], num_ids = self.level.num_ids
        if not 0 <= first < last <= self.num_nodes or first_child.shape[0] != self.num_nodes + 1:
            raise ValueError("no such range of nodes")
        if nodes.shape[0] != num_ids or next_nodes.shape[0] != num_ids or num_children == 0:
            raise ValueError("nodes must be as many as ids")
        if num_children != first_child[self.num_nodes] or begin.shape[0] != num_children:
            raise ValueError("words, begin, counts and contexts must have a place for each child")
        if counts.shape[0] != num_children or contexts.shape[0] != num_children:
            raise ValueError("words, begin, counts and contexts must have a place for each child")
        with nogil:
            dv_fill_children(&self.level, first, last, &first_child[0], &nodes[0], &next_nodes[0], &words[0],
                             &begin[0], &counts[0], &contexts[0])


def add_at(const int32_t[::1] places not None, const double[::1] values not None, double[::1] sums not None):
    """sums[places[i]] += values[i], one after the other."""
    cdef int64_t i, size = places.shape[0]
    if values.shape[0] != size:
        raise ValueError("places and values must be equally many")
    with nogil:
        for i in range(size):
            sums[places[i]] += values[i]
