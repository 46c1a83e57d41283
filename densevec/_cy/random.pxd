"""Random numbers as hashes of (seed, position), and draws from an alias table."""

from libc.stdint cimport int32_t, uint32_t, uint64_t

cdef extern from "random.h" nogil:
    ctypedef struct dv_alias:
        uint32_t threshold
        int32_t alias
    uint64_t dv_hash(uint64_t seed, uint64_t position)
    uint64_t dv_permute(uint64_t index, uint64_t size, uint64_t seed)
    int32_t dv_draw(const dv_alias *table, uint64_t num_words, uint64_t random)
