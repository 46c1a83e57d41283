"""Draws from a discrete distribution in constant time."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memset

import numpy as np

from densevec._cy.random cimport dv_alias, dv_draw, dv_hash


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


def _likeliest(const uint32_t[:, ::1] table not None):
    """The largest probability of a word that an alias table draws."""
    columns = np.asarray(table)
    kept = columns[:, 0] / 2.0**32
    return (kept + np.bincount(columns[:, 1], 1 - kept, len(columns))).max() / len(columns)


cdef class Noise:
    """Negative sampling or, with biases, noise-contrastive estimation; checked once.

    table : (V, 2) uint32, see ``alias_table``
    negative : noise words per word predicted, in expectation
    pool, share : noise words that a token sees, and tokens in a row that see each; at least 1
    bias, log_noise : (V,) of the words, and log(negative P_noise); both or neither
    Errors: ValueError for arrays and sizes that are not as said.
    """

    def __init__(
        self,
        const uint32_t[:, ::1] table not None,
        float negative,
        int64_t pool,
        int64_t share,
        float[::1] bias=None,
        const float[::1] log_noise=None,
    ):
        cdef int64_t num_words = table.shape[0]
        if num_words < 1 or table.shape[1] != 2 or pool < 1 or share < 1:
            raise ValueError("the alias table must have a row a word, and pool and share must be positive")
        if (bias is None) != (log_noise is None):
            raise ValueError("biases need log_noise, and log_noise biases")
        if bias is not None and not bias.shape[0] == log_noise.shape[0] == num_words:
            raise ValueError("biases and log_noise must have a number a word")
        memset(&self.noise, 0, sizeof(dv_noise))
        self.arrays = (table, bias, log_noise)
        self.noise.table, self.noise.num_words = <const dv_alias *>&table[0, 0], num_words
        self.noise.negative, self.noise.pool, self.noise.share = negative, pool, share
        self.noise.likeliest = _likeliest(table)
        self.bias = &bias[0] if bias is not None else NULL
        self.log_noise = &log_noise[0] if bias is not None else NULL
