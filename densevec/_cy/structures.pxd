"""Structures of the C headers that several modules use."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

cdef extern from "random.h" nogil:
    ctypedef struct dv_alias:
        uint32_t threshold
        int32_t alias

cdef extern from "blocks.h" nogil:
    ctypedef struct dv_text:
        const int32_t *ids
        const int64_t *offsets
        int64_t num_sentences
        const uint32_t *keep
        uint64_t seed
        int shuffle
        int32_t window
        int shrink
    ctypedef struct dv_block:
        int32_t *ids
        int32_t *left
        int32_t *right
        int64_t capacity
        int64_t filled
        int64_t num_read
