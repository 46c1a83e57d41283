"""Co-occurrence counts, row by row: the places of a word are looked up, its windows summed, the row written in order.

Weights and totals are whole numbers, so that no order of summation, no cut of the text and no number of threads
changes a result.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

cdef extern from "cooccurrence.h" nogil:
    ctypedef struct dv_row:
        uint64_t *totals
        uint64_t *marks
        uint64_t *groups
        int64_t num_words
    ctypedef struct dv_windows:
        const int32_t *tokens
        const uint64_t *weights
        int64_t window
        int left
        int right
    void dv_add(dv_row *row, int32_t column, uint64_t value)
    int64_t dv_write_row(dv_row *row, int32_t *columns, uint64_t *values)
    void dv_count(const dv_windows *text, const uint32_t *places, int64_t number, dv_row *row)


def separate(
    const int32_t[::1] ids, const int64_t[::1] offsets, int64_t begin, int64_t end, int64_t window, int32_t[::1] tokens
):
    """Copy the tokens ids[begin:end] with −1 before, between and after sentences.

    Where a sentence is cut at ``begin`` or ``end`` up to ``window`` more of its tokens are copied, for the windows of
    those within.  ``tokens`` must have room for end − begin + 2·window and the separators.

    Returns (a, b): the tokens asked for are those of tokens[a:b] that are not −1.
    """
    cdef int64_t size = ids.shape[0], num_sentences = offsets.shape[0] - 1
    cdef int64_t first = np.searchsorted(np.asarray(offsets), begin, side="right") - 1
    cdef int64_t sentence, filled = 1, start, stop, i, own_begin = 0, own_end = 0
    if not 0 <= begin < end <= size or window < 1 or offsets[num_sentences] != size or first < 0:
        raise ValueError("not a part of the text")
    tokens[0] = -1
    sentence = first
    with nogil:
        while sentence < num_sentences and offsets[sentence] < end:
            start, stop = max(offsets[sentence], begin - window), min(offsets[sentence + 1], end + window)
            if filled + stop - start + 1 > tokens.shape[0]:
                with gil:
                    raise ValueError("no room for the tokens")
            if sentence == first:
                own_begin = filled + begin - start
            own_end = filled + min(stop, end) - start
            for i in range(start, stop):
                tokens[filled] = ids[i]
                filled += 1
            tokens[filled] = -1
            filled += 1
            sentence += 1
    return own_begin, own_end


def sort_places(const int32_t[::1] tokens, int64_t begin, int64_t end, int64_t num_words):
    """Where each word stands in tokens[begin:end], −1 left out.

    Returns (places, starts): word w stands at places[starts[w]:starts[w + 1]], ascending; uint32 and int64.
    """
    cdef int64_t i, word, total = 0, number
    if not 0 <= begin <= end <= tokens.shape[0] < 2**32:
        raise ValueError("not a part of the tokens")
    starts_array = np.zeros(num_words + 1, np.int64)
    cdef int64_t[::1] starts = starts_array
    with nogil:
        for i in range(begin, end):
            if tokens[i] >= num_words:
                with gil:
                    raise ValueError("a word beyond the vocabulary")
            if tokens[i] >= 0:
                starts[tokens[i]] += 1
        for word in range(num_words):
            number = starts[word]
            starts[word] = total
            total += number
        starts[num_words] = total
    places_array = np.empty(total, np.uint32)
    cdef uint32_t[::1] places = places_array
    cdef int64_t[::1] following = starts_array[:-1].copy()
    with nogil:
        for i in range(begin, end):
            if tokens[i] >= 0:
                places[following[tokens[i]]] = <uint32_t>i
                following[tokens[i]] += 1
    return places_array, starts_array


cdef class RowSums:
    """A row of the matrix while it is summed, and room for some finished ones; for one thread at a time.

    Parameters
    ----------
    num_words : V
    capacity : entries of the rows that one call gives
    """

    cdef uint64_t[::1] _totals, _marks, _groups, _values
    cdef int32_t[::1] _columns
    cdef dv_row _row

    def __cinit__(self, int64_t num_words, int64_t capacity):
        self._totals = np.zeros(num_words, np.uint64)
        self._marks = np.zeros((num_words >> 6) + 1, np.uint64)
        self._groups = np.zeros((num_words >> 12) + 1, np.uint64)
        self._columns = np.empty(max(capacity, num_words), np.int32)
        self._values = np.empty(max(capacity, num_words), np.uint64)
        self._row.totals, self._row.marks = &self._totals[0], &self._marks[0]
        self._row.groups, self._row.num_words = &self._groups[0], num_words

    def count(
        self,
        const int32_t[::1] tokens,
        const uint32_t[::1] places,
        const int64_t[::1] starts,
        int64_t first,
        int64_t last,
        const uint64_t[::1] weights,
        bint left,
        bint right,
    ):
        """Rows first, ..., last − 1: for every place of the word, ``weights`` (window,) of its neighbours.

        Errors: ValueError when they have more entries than there is room for.
        Returns (entries of each row, columns, totals): int64, int32 and uint64.
        """
        cdef dv_windows text
        cdef int64_t row, filled = 0, number, room = self._columns.shape[0]
        lengths_array = np.empty(last - first, np.int64)
        cdef int64_t[::1] lengths = lengths_array
        if not 0 <= first <= last <= self._row.num_words or starts.shape[0] != self._row.num_words + 1:
            raise ValueError("rows outside the matrix")
        if weights.shape[0] < 1 or tokens.shape[0] < 1 or starts[self._row.num_words] != places.shape[0]:
            raise ValueError("places and starts do not belong together")
        text.tokens, text.weights, text.window = &tokens[0], &weights[0], weights.shape[0]
        text.left, text.right = left, right
        with nogil:
            for row in range(first, last):
                number = starts[row + 1] - starts[row]
                if filled + min(self._row.num_words, number * text.window * (left + right)) > room:
                    with gil:
                        raise ValueError("no room for the entries")
                if number:
                    dv_count(&text, &places[starts[row]], number, &self._row)
                lengths[row - first] = 0
                if number:
                    lengths[row - first] = dv_write_row(&self._row, &self._columns[filled], &self._values[filled])
                filled += lengths[row - first]
        return lengths_array, np.array(self._columns[:filled]), np.array(self._values[:filled])

    def merge(self, const int64_t[:, ::1] starts, const int32_t[::1] columns, const uint64_t[::1] values):
        """The sums of R matrices' rows: row i of matrix r has the entries starts[r, i] to starts[r, i + 1].

        Errors and result are those of ``count``.
        """
        cdef int64_t num_runs = starts.shape[0], num_rows = starts.shape[1] - 1, size = columns.shape[0]
        cdef int64_t run, row, i, filled = 0, number, room = self._columns.shape[0]
        lengths_array = np.empty(num_rows, np.int64)
        cdef int64_t[::1] lengths = lengths_array
        if values.shape[0] != size or (size and not 0 <= np.min(columns) <= np.max(columns) < self._row.num_words):
            raise ValueError("columns outside the matrix")
        with nogil:
            for row in range(num_rows):
                number = 0
                for run in range(num_runs):
                    if not 0 <= starts[run, row] <= starts[run, row + 1] <= size:
                        with gil:
                            raise ValueError("entries outside the arrays")
                    number += starts[run, row + 1] - starts[run, row]
                    for i in range(starts[run, row], starts[run, row + 1]):
                        dv_add(&self._row, columns[i], values[i])
                if number and filled + min(self._row.num_words, number) > room:
                    with gil:
                        raise ValueError("no room for the entries")
                lengths[row] = dv_write_row(&self._row, &self._columns[filled], &self._values[filled]) if number else 0
                filled += lengths[row]
        return lengths_array, np.array(self._columns[:filled]), np.array(self._values[:filled])
