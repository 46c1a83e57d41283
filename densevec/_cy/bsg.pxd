"""The Bayesian skip-gram: what bsg.h asks for."""

from libc.stdint cimport int32_t, int64_t, uint8_t

from densevec._cy.blocks cimport dv_block, dv_pool, dv_reader, dv_tally
from densevec._cy.random cimport dv_alias

cdef extern from "bsg.h" nogil:
    ctypedef struct dv_table:
        float *values
        float *squares
        float rate
    ctypedef struct dv_encoder:
        int64_t from_word
        int64_t from_context
        int64_t bias
        int64_t to_mean
        int64_t mean_bias
        int64_t to_log_variance
        int64_t log_variance_bias
        int64_t position_log_weight
        int64_t num_places
        int64_t size
    ctypedef struct dv_bsg_model:
        int64_t num_words
        int64_t dim
        int64_t stride
        int64_t hidden
        int64_t hidden_stride
        int32_t window
        dv_table embedding
        dv_table prior_mean
        dv_table prior_log_variance
        dv_table context_mean
        dv_table context_log_variance
        int is_residual
        int leaves_out
        const float *log_frequency
        float entropy
        dv_encoder encoder
        float *dense
        float *first_moment
        float *second_moment
        int64_t *dense_steps
        int64_t *lock
        dv_pool *pool
        float dense_rate
        float kl_weight
        float context_dropout
        float information_scale
        float information_exponent
        const dv_alias *noise
        const float *log_weight
        int64_t num_noise
    dv_encoder dv_lay_out_encoder(int64_t dim, int64_t hidden_stride, int64_t stride, int64_t num_places)
    int64_t dv_round(int64_t n)
    void dv_size_features(dv_bsg_model *model, int variant)
    int dv_train_bsg(const dv_bsg_model *model, dv_reader *reader, int variant)
    int dv_step_bsg(const dv_bsg_model *model, const dv_block *block, const uint8_t *is_prior, const uint8_t *is_hidden,
                    const int32_t *noise, const float *log_weight, int variant, dv_tally *tally)


cdef class Encoder:
    cdef dv_encoder layout
    cdef int64_t dim, hidden
    cdef float *dense
    cdef float *first_moment
    cdef float *second_moment
    cdef int64_t *steps
    cdef int64_t *lock  # of all these
    cdef object arrays  # what the pointers point into


cdef class BayesianSkipGramKernel:
    cdef dv_bsg_model model
    cdef object arrays  # what the pointers point into
    cdef dv_bsg_model at(self, float rate, float variance_rate, float dense_rate, float kl_weight, int variant) noexcept
