"""Noise words, as kernels draw them."""

from libc.stdint cimport int64_t

from densevec._cy.random cimport dv_alias

cdef extern from "noise.h" nogil:
    ctypedef struct dv_noise:
        const dv_alias *table
        int64_t num_words
        float likeliest
        float negative
        int64_t pool
        int64_t share


cdef class Noise:
    cdef dv_noise noise
    cdef float *bias
    cdef const float *log_noise
    cdef object arrays  # what the pointers point into
