"""Words that are made of several rows, as kernels read them."""

from libc.stdint cimport int32_t, int64_t, uint8_t

import numpy as np


cdef class WordRows:
    """The rows of a table of ``num_rows`` that the vector of each word is the mean of.

    offsets : (V + 1,) word v has the rows ``rows[offsets[v]:offsets[v + 1]]``, one at least; a row may come twice
    rows : the rows of all words

    Errors: ValueError for arrays that do not fit together.
    """

    def __init__(self, const int64_t[::1] offsets not None, const int32_t[::1] rows not None, int64_t num_rows):
        cdef int64_t word, place, num_words = offsets.shape[0] - 1
        if num_words < 1 or offsets[0] != 0 or offsets[num_words] != rows.shape[0]:
            raise ValueError("offsets must go from 0 to the number of rows")
        for word in range(num_words):
            if offsets[word + 1] <= offsets[word]:
                raise ValueError("every word must have a row")
        for place in range(rows.shape[0]):
            if not 0 <= rows[place] < num_rows:
                raise ValueError("rows must lie within the table")
        self.num_words = num_words
        self.arrays = (offsets, rows)
        self.word_rows.offsets, self.word_rows.rows, self.word_rows.num_rows = &offsets[0], &rows[0], num_rows

    cdef dv_word_rows of_table(self, float[:, ::1] table, int64_t stride) except *:
        """The rows as those of a table, whose words have ``stride`` floats, a multiple of 16, once they are composed.

        Errors: ValueError unless the table has the rows, in a multiple of 4 floats that ``stride`` is no more than 16 above.
        """
        cdef int64_t width = table.shape[1]
        cdef dv_word_rows found = self.word_rows
        if table.shape[0] != self.word_rows.num_rows:
            raise ValueError("word_rows must be those of the table")
        if width < 1 or width % 4 or not width <= stride < width + 16 or <size_t>&table[0, 0] % 64:
            raise ValueError("rows that words are made of must have a multiple of 4 floats, and the first lie on 64 bytes")
        found.width = width
        return found


def reorder_rows(float[:, :] table not None, const int32_t[::1] source not None):
    """Put row ``source[r]`` of a table in the place of row r, for all rows, with memory for one of them.

    Errors: ValueError unless ``source`` is a permutation of the rows.
    """
    cdef int64_t row, place, column, num_rows = table.shape[0], dim = table.shape[1]
    if source.shape[0] != num_rows:
        raise ValueError("source must have a row for each")
    seen = np.zeros(num_rows, dtype=np.uint8)
    cdef uint8_t[::1] done = seen
    for row in range(num_rows):
        if not 0 <= source[row] < num_rows or done[source[row]]:
            raise ValueError("source must be a permutation of the rows")
        done[source[row]] = 1
    seen[:] = 0
    cdef float[::1] kept = np.empty(dim, dtype=np.float32)
    with nogil:
        for row in range(num_rows):
            if done[row]:
                continue
            done[row] = 1
            if source[row] == row:
                continue
            kept[:] = table[row]
            place = row
            while source[place] != row:
                for column in range(dim):
                    table[place, column] = table[source[place], column]
                place = source[place]
                done[place] = 1
            table[place, :] = kept
