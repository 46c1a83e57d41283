"""DensityWord2Vec: what density.h asks for."""

from libc.stdint cimport int64_t, uint8_t

from densevec._cy.blocks cimport dv_pool, dv_reader
from densevec._cy.sampling cimport dv_noise
from densevec._cy.word_rows cimport dv_word_rows

cdef extern from "density.h" nogil:
    ctypedef struct dv_densities:
        float *mean
        float *log_variance
        float *squares
    ctypedef struct dv_density_job:
        dv_densities word
        dv_densities context
        dv_word_rows word_rows
        const uint8_t *apart
        int64_t num_words
        int64_t stride
        int64_t dim
        int is_diagonal
        int is_kl
        float rate
        float variance_rate
        float margin
        float norm_bound
        float min_log_variance
        float max_log_variance
        dv_noise noise
        dv_reader reader
        dv_pool *pool
    int dv_train_density(dv_density_job *job, int variant)


cdef class Densities:
    cdef dv_densities densities
    cdef dv_word_rows word_rows
    cdef int64_t num_words, stride, columns
    cdef object arrays  # what the pointers point into


cdef class DensityKernel:
    cdef dv_density_job job
    cdef object arrays  # what the pointers point into
