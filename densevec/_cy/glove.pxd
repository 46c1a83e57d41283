"""GloVe: what glove.h asks for."""

from libc.stdint cimport int32_t, int64_t, uint64_t

from densevec._cy.blocks cimport dv_reader, dv_share

cdef extern from "glove.h" nogil:
    ctypedef struct dv_entries:
        const int32_t *rows
        const int32_t *columns
        const float *values
        int64_t number
    ctypedef struct dv_glove_job:
        float **tables
        float **squares
        float **biases
        float **bias_squares
        int64_t num_words
        int64_t stride
        float log_x_max
        float alpha
        float rate
        dv_entries entries
        dv_reader reader
    int64_t dv_entry(int64_t turn, int64_t num_entries, uint64_t seed)
    void dv_shuffle(int32_t *rows, int32_t *columns, float *values, int64_t size, uint64_t seed)
    void dv_train_glove(dv_glove_job *job, int variant)


cdef class Counts:
    cdef dv_entries entries
    cdef readonly int64_t num_words
    cdef object arrays  # what the pointers point into


cdef class CountShare:
    cdef dv_share share
    cdef readonly Counts counts
    cdef dv_reader reader(self) noexcept


cdef class GloVeKernel:
    cdef dv_glove_job job
    cdef object arrays  # what the pointers point into
