"""Paths from the root of a tree to its leaves, as a kernel walks them."""

from libc.stdint cimport int32_t, int64_t, uint8_t


cdef class Paths:
    cdef const int64_t *offsets
    cdef const int32_t *nodes
    cdef const uint8_t *turns
    cdef readonly int64_t num_words, longest
    cdef object arrays  # what the pointers point into
