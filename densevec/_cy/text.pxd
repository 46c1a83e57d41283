"""What other kernels use of the tokens of a text and of tables of words."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

cdef extern from "tokens.h" nogil:
    const int DV_PADDING
    ctypedef struct dv_token:
        uint32_t start
        uint32_t length
    ctypedef struct dv_tokens:
        dv_token *items
        int64_t capacity
        int64_t num_items
        int64_t num_tokens
    int64_t dv_check(const uint8_t *text, int64_t size, int *non_ascii)
    int64_t dv_count_line_ends(const uint8_t *text, int64_t size)
    void dv_lower_ascii(uint8_t *text, int64_t size)
    int dv_next_non_ascii(const uint8_t *text, int64_t size, int64_t *start, int64_t *end)
    void dv_blank_non_words(uint8_t *text, int64_t size, const uint8_t *classes)
    int dv_cut(const uint8_t *text, int64_t size, dv_tokens *result)

cdef extern from "word_table.h" nogil:
    ctypedef struct dv_entry:
        int64_t value
        uint64_t tag
    ctypedef struct dv_table:
        dv_entry *entries
        uint64_t capacity
        uint64_t size
    ctypedef struct dv_key:
        uint64_t length
    ctypedef struct dv_encoded:
        int64_t num_ids
        int64_t num_lengths
        int64_t open_ids
        int64_t open_tokens
        int open_omission
    ctypedef struct dv_item:
        const uint8_t *bytes
        uint64_t length
        int64_t value
    void dv_make_key(dv_key *key, const uint8_t *start, uint64_t length, int padded)
    const uint8_t *dv_entry_bytes(const dv_table *table, const dv_entry *entry)
    dv_entry *dv_find(const dv_table *table, const dv_key *key)
    dv_entry *dv_intern(dv_table *table, const dv_key *key)
    int dv_init(dv_table *table, uint64_t num_words)
    void dv_free(dv_table *table)
    int dv_count(dv_table *table, const uint8_t *text, const dv_token *tokens, int64_t num_items)
    int dv_add_values(dv_table *table, const uint8_t *text, const dv_token *tokens, int64_t num_items,
                      const int64_t *values)
    void dv_encode(const dv_table *table, const uint8_t *text, const dv_token *tokens, int64_t num_items,
                   int64_t open_tokens, int64_t max_length, int32_t unknown_id, int32_t end_id, int32_t *ids,
                   int64_t *lengths, uint8_t *before, uint8_t *after, dv_encoded *result)
    int64_t dv_count_sentences(const dv_token *tokens, int64_t num_items, int64_t max_length, int64_t *open_tokens)
    void dv_make_item(dv_item *item, const dv_table *table, const dv_entry *entry)
    int dv_compare(const void *left, const void *right)


cdef class Tokens:
    cdef uint8_t *text
    cdef int64_t capacity
    cdef dv_tokens tokens

    cdef int _reserve(self, int64_t size) except -1


cdef class WordTable:
    cdef dv_table table

    cdef dv_entry *_lookup(self, object word, bint insert) except? NULL
