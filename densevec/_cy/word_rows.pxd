"""Words that are made of several rows."""

from libc.stdint cimport int32_t, int64_t

cdef extern from "word_rows.h" nogil:
    ctypedef struct dv_word_rows:
        const int64_t *offsets
        const int32_t *rows
        int64_t num_rows


cdef class WordRows:
    cdef dv_word_rows word_rows
    cdef readonly int64_t num_words
    cdef object arrays  # what the pointers point into
