"""Draws from a discrete distribution in constant time."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

import numpy as np

from densevec._cy.structures cimport dv_alias

cdef extern from "random.h" nogil:
    uint64_t dv_hash(uint64_t seed, uint64_t position)
    int32_t dv_draw(const dv_alias *table, uint64_t num_words, uint64_t random)


def alias_table(weights):
    """Walker's table (1977), made by Vose's method (1991), for draws in proportion to ``weights``.

    weights : (V,) finite, none negative, some positive

    Returns (V, 2) uint32: a draw takes a column uniformly, keeps it with probability table[column, 0] / 2^32, and
    otherwise becomes table[column, 1].
    Errors: ValueError for weights that are not as said.
    """
    weights = np.ascontiguousarray(weights, np.float64)
    if weights.ndim != 1 or not 0 < len(weights) < 2**31:
        raise ValueError(f"weights must be a vector with an entry for every word, got shape {weights.shape}")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
        raise ValueError("weights must be finite, none of them negative and some positive")
    cdef double[::1] share = weights / weights.sum() * len(weights)
    cdef int64_t size = share.shape[0], num_small = 0, num_large = 0, word
    result = np.empty((size, 2), np.uint32)
    cdef uint32_t[:, ::1] table = result
    cdef int32_t[::1] small = np.empty(size, np.int32), large = np.empty(size, np.int32)
    cdef int32_t poor, rich
    with nogil:
        for word in range(size):
            if share[word] < 1:
                small[num_small] = <int32_t>word
                num_small += 1
            else:
                large[num_large] = <int32_t>word
                num_large += 1
        while num_small and num_large:
            num_small -= 1
            poor, rich = small[num_small], large[num_large - 1]
            table[poor, 0] = <uint32_t>min(share[poor] * 4294967296.0, 4294967295.0)
            table[poor, 1] = <uint32_t>rich
            share[rich] -= 1 - share[poor]
            if share[rich] < 1:
                num_large -= 1
                small[num_small] = rich
                num_small += 1
        # what is left has share 1, but for rounding
        while num_small:
            num_small -= 1
            table[small[num_small], 0], table[small[num_small], 1] = 4294967295, <uint32_t>small[num_small]
        while num_large:
            num_large -= 1
            table[large[num_large], 0], table[large[num_large], 1] = 4294967295, <uint32_t>large[num_large]
    return result


def draw(const uint32_t[:, ::1] table, int64_t size, uint64_t seed):
    """``size`` words drawn with a table of ``alias_table``, a function of the seed: what the kernels draw (for tests)."""
    result = np.empty(size, np.int32)
    cdef int32_t[::1] words = result
    cdef int64_t i
    if table.shape[1] != 2:
        raise ValueError("not an alias table")
    with nogil:
        for i in range(size):
            words[i] = dv_draw(<const dv_alias *>&table[0, 0], table.shape[0], dv_hash(seed, i))
    return result
