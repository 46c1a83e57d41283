"""Words that are made of several rows."""

from libc.stdint cimport int32_t, int64_t

cdef extern from "word_rows.h" nogil:
    ctypedef struct dv_word_rows:
        const int64_t *offsets
        const int32_t *rows
        int64_t num_rows
        int64_t width


cdef class WordRows:
    cdef dv_word_rows word_rows
    cdef readonly int64_t num_words
    cdef object arrays  # what the pointers point into
    cdef dv_word_rows of_table(self, float[:, ::1] table, int64_t stride) except *
