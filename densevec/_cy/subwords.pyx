"""fastText's sub-words: the rows of a word's character n-grams, and vectors composed of them.

P. Bojanowski, E. Grave, A. Joulin and T. Mikolov: Enriching word vectors with subword information, TACL 2017.
"""

from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t

import numpy as np


cdef inline bint _continues(uint8_t byte) noexcept nogil:
    """Whether a byte is a later one of a UTF-8 character."""
    return (byte & 0xC0) == 0x80


cdef int64_t _add_rows(const uint8_t *text, int64_t size, int min_length, int max_length, int64_t num_buckets,
                       int64_t *rows) noexcept nogil:
    """The buckets of all n-grams of ``text``, which stands between its marks < and >; their number (rows may be NULL)."""
    cdef int64_t begin, place, number = 0
    cdef int length
    cdef uint32_t code
    for begin in range(size):
        if _continues(text[begin]):
            continue
        code, place, length = 2166136261, begin, 1
        while place < size and length <= max_length:
            # FNV-1a of the n-gram; fastText takes each byte as a signed char
            code = (code ^ <uint32_t> <int8_t> text[place]) * <uint32_t> 16777619
            place += 1
            while place < size and _continues(text[place]):
                code = (code ^ <uint32_t> <int8_t> text[place]) * <uint32_t> 16777619
                place += 1
            if length >= min_length and not (length == 1 and (begin == 0 or place == size)):
                if rows != NULL:
                    rows[number] = code % num_buckets
                number += 1
            length += 1
    return number


def subword_rows(bytes word, int min_length, int max_length, int64_t num_buckets):
    """The buckets, (k,) int64, of the n-grams of min_length to max_length characters of ``<word>`` in UTF-8."""
    cdef bytes marked = b"<" + word + b">"
    cdef const uint8_t *text = <const uint8_t *> <const char *> marked
    cdef int64_t size = len(marked)
    if num_buckets < 1 or max_length < 1:
        return np.empty(0, dtype=np.int64)
    rows = np.empty(_add_rows(text, size, min_length, max_length, num_buckets, NULL), dtype=np.int64)
    cdef int64_t[::1] view = rows
    if view.shape[0]:
        _add_rows(text, size, min_length, max_length, num_buckets, &view[0])
    return rows


def compose(const float[:, ::1] table not None, const int64_t[::1] rows not None, float[::1] vector not None):
    """The mean of rows of a table into ``vector``; no row: zeros."""
    cdef int64_t place, column
    cdef double[::1] total = np.zeros(table.shape[1])
    if vector.shape[0] != table.shape[1]:
        raise ValueError("the vector must have the table's dimension")
    for place in range(rows.shape[0]):
        if not 0 <= rows[place] < table.shape[0]:
            raise ValueError("rows must lie within the table")
    with nogil:
        for place in range(rows.shape[0]):
            for column in range(table.shape[1]):
                total[column] += table[rows[place], column]
        for column in range(table.shape[1]):
            vector[column] = <float> (total[column] / rows.shape[0]) if rows.shape[0] else 0
