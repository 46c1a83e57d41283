"""What the kernels that read running text have in common."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

cdef extern from "share.h" nogil:
    ctypedef struct dv_text:
        const int32_t *ids
        const int64_t *offsets
        int64_t num_sentences
        const uint32_t *keep
        int32_t same
        uint64_t seed
        int shuffle
        int32_t window
        int windows
    ctypedef struct dv_block:
        int32_t *ids
        int32_t *left
        int32_t *right
        int64_t capacity
        int64_t filled
        int64_t num_read
    ctypedef struct dv_share:
        dv_text text
        int64_t turn
        int64_t skip
        int64_t last
        int64_t part
        double *begun
    ctypedef struct dv_parts:
        int64_t parts
        int64_t centre
        int64_t context
    int DV_WHOLE, DV_SHRUNK, DV_LISTS
    void dv_stop(dv_share *share)
    ctypedef struct dv_tally:
        double *loss
        int64_t num_tokens
        int64_t num_read
    ctypedef struct dv_reader:
        dv_share *share
        int64_t capacity
        dv_tally tally
    ctypedef struct dv_pool:
        int64_t lock
    void dv_empty(dv_pool *pool)


cdef class Pool:
    cdef dv_pool pool


cdef class Text:
    cdef dv_text text
    cdef readonly int64_t num_words
    cdef object arrays  # what the pointers point into


cdef class Share:
    cdef dv_share share
    cdef int64_t capacity
    cdef readonly Text text
    cdef int check(self, int64_t num_words) except -1
    cdef dv_reader reader(self) noexcept


cdef dv_reader reading(dv_share *share) noexcept
cdef int put_begun(dv_share *share, begun) except -1
cdef tuple result(int done, const dv_tally *tally, int num_terms)
