"""SkipGram, CBOW and the log-bilinear model: what window.h asks for."""

from libc.stdint cimport int32_t, int64_t, uint8_t

from densevec._cy.blocks cimport dv_pool, dv_reader
from densevec._cy.sampling cimport dv_noise
from densevec._cy.word_rows cimport dv_word_rows

cdef extern from "window.h" nogil:
    enum:
        DV_SKIPGRAM
        DV_CBOW
        DV_BILINEAR
    enum:
        DV_INPUT
        DV_OUTPUT
        DV_BIAS
        DV_POSITION
        DV_INPUT_SQUARES
        DV_OUTPUT_SQUARES
        DV_POSITION_SQUARES
    ctypedef struct dv_rows:
        float *rows
    ctypedef struct dv_window_job:
        int model
        int mean
        dv_rows *tables
        int64_t num_words
        int64_t dim
        int64_t stride
        int64_t num_own
        int64_t *lock
        dv_word_rows word_rows
        float rate
        int64_t before
        int64_t after
        int32_t boundary
        dv_noise noise
        const float *log_noise
        const int64_t *paths
        const int32_t *nodes
        const uint8_t *turns
        int64_t longest
        dv_reader reader
        dv_pool *pool
    int dv_train_window(dv_window_job *job, int variant)


cdef class History:
    cdef int32_t boundary
    cdef float[:, ::1] position
    cdef float[::1] input_squares, output_squares, position_squares


cdef class WindowKernel:
    cdef dv_window_job job
    cdef object arrays  # what the pointers point into
    cdef int use_noise(self, layer) except -1
    cdef int use_paths(self, layer) except -1
    cdef int use_history(self, History history) except -1
