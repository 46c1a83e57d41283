"""Rows that several processes change: what exchange.h asks for."""

from libc.stdint cimport int32_t, int64_t

cdef extern from "exchange.h" nogil:
    ctypedef struct dv_shared_rows:
        float *rows
        float *common
        float *seen
        int64_t num_rows
        int64_t width
        int64_t first_rows
        int64_t adaptive_rows
        int64_t longest
        int32_t *changed
        int64_t num_changed
    ctypedef struct dv_message:
        int64_t number
        const int32_t *ids
    int64_t dv_message_bytes(int64_t number, int64_t width)
    void dv_open_message(dv_message *message, const char *bytes)
    void dv_find_changed(dv_shared_rows *table, int64_t exchange)
    void dv_write_message(dv_shared_rows *table, char *bytes, int variant)
    void dv_take_messages(dv_shared_rows *table, dv_message *messages, int64_t num_messages, int64_t own,
                          float *changes, int variant)


cdef class SharedRows:
    cdef dv_shared_rows table
    cdef int variant
    cdef object arrays  # what the pointers point into
