"""fastText's sub-words: the rows of a word's character n-grams, and vectors composed of them.

P. Bojanowski, E. Grave, A. Joulin and T. Mikolov: Enriching word vectors with subword information, TACL 2017.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memchr, memcmp, memcpy, memset

import numpy as np

cdef extern from "hashes.h" nogil:
    uint32_t dv_fasttext_byte(uint32_t code, uint8_t byte)
    uint64_t dv_finalfusion_hash(const uint8_t *text, int64_t size, int64_t num_characters)
    void dv_murmur(const uint8_t *text, int64_t size, uint32_t seed, uint32_t *hashes)

cdef enum:
    FASTTEXT, FINALFUSION, FLORET

ctypedef struct dv_scheme:
    int kind
    int min_length
    int max_length
    int64_t num_buckets
    int num_hashes
    uint32_t seed
    bint drops_marks


cdef inline bint _continues(uint8_t byte) noexcept nogil:
    """Whether a byte is a later one of a UTF-8 character."""
    return (byte & 0xC0) == 0x80


cdef int64_t _put(const uint8_t *text, int64_t size, int64_t num_characters, uint32_t code, dv_scheme scheme,
                  int64_t *rows) noexcept nogil:
    """The rows of one n-gram; their number (rows may be NULL)."""
    cdef uint32_t hashes[4]
    cdef int i
    if rows == NULL:
        return scheme.num_hashes
    if scheme.kind == FASTTEXT:
        rows[0] = code % scheme.num_buckets
    elif scheme.kind == FINALFUSION:
        rows[0] = dv_finalfusion_hash(text, size, num_characters) % <uint64_t>scheme.num_buckets
    else:
        dv_murmur(text, size, scheme.seed, hashes)
        for i in range(scheme.num_hashes):
            rows[i] = hashes[i] % scheme.num_buckets
    return scheme.num_hashes


cdef int64_t _add_rows(const uint8_t *text, int64_t size, dv_scheme scheme, int64_t *rows) noexcept nogil:
    """The buckets of ``text``, which stands between its marks < and >: those of all n-grams, and floret's of the whole
    word, which is hashed as they are; their number (rows may be NULL)."""
    cdef int64_t begin, place, number = 0
    cdef int length
    cdef uint32_t code
    if scheme.kind == FLORET:
        number = _put(text, size, 0, 0, scheme, rows)
    for begin in range(size):
        if _continues(text[begin]):
            continue
        code, place, length = 2166136261, begin, 1
        while place < size and length <= scheme.max_length:
            code = dv_fasttext_byte(code, text[place])
            place += 1
            while place < size and _continues(text[place]):
                code = dv_fasttext_byte(code, text[place])
                place += 1
            # fastText takes the marks for no n-gram, nor does floret
            if length >= scheme.min_length and not (
                    scheme.drops_marks and length == 1 and (begin == 0 or place == size)):
                number += _put(text + begin, place - begin, length, code, scheme, NULL if rows == NULL else rows + number)
            length += 1
    return number


cdef dv_scheme _scheme(int kind, int min_length, int max_length, int64_t num_buckets, int num_hashes, uint32_t seed,
                       bint drops_marks) except *:
    cdef dv_scheme scheme
    if kind not in (FASTTEXT, FINALFUSION, FLORET) or not 1 <= num_hashes <= (4 if kind == FLORET else 1):
        raise ValueError("kind and num_hashes do not fit")
    if max_length > 2**20 or min_length < 0:
        raise ValueError("lengths of n-grams must be from 0 to 2^20")
    scheme.kind, scheme.min_length, scheme.max_length = kind, min_length, max_length
    scheme.num_buckets, scheme.num_hashes, scheme.seed, scheme.drops_marks = num_buckets, num_hashes, seed, drops_marks
    return scheme


def subword_rows(bytes word, int min_length, int max_length, int64_t num_buckets, int kind=0, int num_hashes=1,
                 uint32_t seed=0, bint drops_marks=True):
    """The buckets, (k,) int64, of the n-grams of min_length to max_length characters of ``<word>`` in UTF-8."""
    cdef bytes marked = b"<" + word + b">"
    cdef const uint8_t *text = <const uint8_t *> <const char *> marked
    cdef int64_t size = len(marked)
    cdef dv_scheme scheme = _scheme(kind, min_length, max_length, num_buckets, num_hashes, seed, drops_marks)
    if num_buckets < 1 or (max_length < 1 and kind != FLORET):
        return np.empty(0, dtype=np.int64)
    rows = np.empty(_add_rows(text, size, scheme, NULL), dtype=np.int64)
    cdef int64_t[::1] view = rows
    if view.shape[0]:
        _add_rows(text, size, scheme, &view[0])
    return rows


def word_rows(const uint8_t[::1] data not None, const int64_t[:, ::1] bounds not None, int min_length, int max_length,
              int64_t num_buckets):
    """The rows of fastText's table that each of n words is the mean of: its own, then those of its n-grams behind the n
    own ones; the mark </s> has its own alone.

    data, bounds : the words in UTF-8 and where each begins and ends, (n, 2)

    Returns offsets (n + 1,) int64 and rows int32, word v having ``rows[offsets[v]:offsets[v + 1]]``.
    """
    cdef int64_t row, place, size, number, num_words = bounds.shape[0], longest = 0, begin = 0
    cdef dv_scheme scheme = _scheme(FASTTEXT, min_length, max_length, num_buckets, 1, 0, True)
    if num_buckets < 1 or num_words + num_buckets > 2**31 - 1:
        raise ValueError("there must be a bucket, and fewer than 2^31 rows in all")
    for row in range(num_words):
        if not 0 <= bounds[row, 0] <= bounds[row, 1] <= data.shape[0]:
            raise ValueError("bounds must lie within the data")
        longest = max(longest, bounds[row, 1] - bounds[row, 0])
    offsets = np.zeros(num_words + 1, dtype=np.int64)
    cdef int64_t[::1] ends = offsets
    cdef int32_t[::1] found
    cdef uint8_t *marked = <uint8_t *> malloc(longest + 2)
    cdef int64_t *buckets = <int64_t *> malloc((longest + 2) * <int64_t> min(max(max_length, 1), longest + 2) * sizeof(int64_t))
    rows = np.empty(0, dtype=np.int32)
    try:
        if marked == NULL or buckets == NULL:
            raise MemoryError
        marked[0] = c"<"
        for is_counted in (False, True):
            found = rows
            begin = 0
            with nogil:
                for row in range(num_words):
                    size = bounds[row, 1] - bounds[row, 0]
                    if size:
                        memcpy(marked + 1, &data[bounds[row, 0]], size)
                    marked[size + 1] = c">"
                    number = 0
                    if not (size == 4 and memcmp(marked + 1, b"</s>", 4) == 0):
                        number = _add_rows(marked, size + 2, scheme, buckets if found.shape[0] else NULL)
                    if found.shape[0]:
                        found[begin] = <int32_t> row
                        for place in range(number):
                            found[begin + 1 + place] = <int32_t> (num_words + buckets[place])
                    begin += 1 + number
                    ends[row + 1] = begin
            if not is_counted:
                rows = np.empty(begin, dtype=np.int32)
    finally:
        free(marked)
        free(buckets)
    return offsets, rows


def find_entries(const uint8_t[::1] data not None, int64_t begin, int64_t[:, ::1] bounds not None,
                 int64_t[::1] counts not None, uint8_t[::1] kinds not None):
    """fastText's dictionary from ``begin`` on: ``word NUL count (int64) kind (int8)`` for each row of ``bounds``.

    Returns how many whole entries there are, and the offset after them.
    """
    cdef int64_t row = 0, place = begin, size = data.shape[0]
    cdef const uint8_t *end
    if counts.shape[0] != bounds.shape[0] or kinds.shape[0] != bounds.shape[0]:
        raise ValueError("bounds, counts and kinds must be equally long")
    with nogil:
        while row < bounds.shape[0] and place < size:
            end = <const uint8_t *> memchr(&data[place], 0, size - place)
            if end == NULL or size - (end - &data[0]) < 10:
                break
            bounds[row, 0] = place
            bounds[row, 1] = end - &data[0]
            memcpy(&counts[row], end + 1, 8)
            kinds[row] = end[9]
            place = bounds[row, 1] + 10
            row += 1
    return row, place


def compose_words(const uint8_t[::1] data not None, const int64_t[:, ::1] bounds not None, const uint8_t[::1] own,
                  const uint8_t[::1] buckets not None, int min_length, int max_length, float[:, ::1] vectors not None,
                  bint end_is_whole, int kind=0, int num_hashes=1, uint32_t seed=0, bint drops_marks=True):
    """The vectors of words as the means of their n-grams' rows, and of their own row where there is one.

    data, bounds : the words in UTF-8 and where each begins and ends, (n, 2)
    own : n rows of d float32 as bytes, at any address, or None for words without a row
    buckets : the rows of the n-grams, likewise

    end_is_whole : whether the mark </s> has its own row only
    kind, num_hashes, seed : 0 for fastText's hash, 1 for finalfusion's, 2 for floret's, which gives up to four rows
    drops_marks : whether the marks < and > alone are no n-grams

    Returns the first word without any row, or -1; its vector is zeros.
    """
    cdef int64_t row, column, place, number, num_rows = vectors.shape[0], dim = vectors.shape[1], longest = 0
    cdef int64_t num_buckets = buckets.shape[0] // (4 * dim), size, missing = -1
    cdef bint has_own = own is not None
    cdef float value
    cdef uint8_t *marked = NULL
    cdef int64_t *rows = NULL
    cdef double *total = NULL
    if bounds.shape[0] != num_rows or (has_own and own.shape[0] != 4 * num_rows * dim):
        raise ValueError("words, their rows and their vectors must be equally many")
    for row in range(num_rows):
        if not 0 <= bounds[row, 0] <= bounds[row, 1] <= data.shape[0]:
            raise ValueError("bounds must lie within the data")
        longest = max(longest, bounds[row, 1] - bounds[row, 0])
    cdef dv_scheme scheme = _scheme(kind, min_length, max_length, num_buckets, num_hashes, seed, drops_marks)
    marked = <uint8_t *> malloc(longest + 2)
    rows = <int64_t *> malloc(((longest + 2) * <int64_t> min(max(max_length, 1), longest + 2) + 1) * num_hashes * sizeof(int64_t))
    total = <double *> malloc(dim * sizeof(double) + 1)
    try:
        if marked == NULL or rows == NULL or total == NULL:
            raise MemoryError
        with nogil:
            for row in range(num_rows):
                size = bounds[row, 1] - bounds[row, 0]
                marked[0] = c"<"
                if size:
                    memcpy(marked + 1, &data[bounds[row, 0]], size)
                marked[size + 1] = c">"
                number = 0
                if num_buckets and not (end_is_whole and has_own and size == 4 and memcmp(marked + 1, b"</s>", 4) == 0):
                    number = _add_rows(marked, size + 2, scheme, rows)
                memset(total, 0, dim * sizeof(double))
                if has_own:
                    for column in range(dim):
                        memcpy(&value, &own[4 * (row * dim + column)], 4)
                        total[column] = value
                for place in range(number):
                    for column in range(dim):
                        memcpy(&value, &buckets[4 * (rows[place] * dim + column)], 4)
                        total[column] += value
                if number + has_own == 0 and missing < 0:
                    missing = row
                for column in range(dim):
                    vectors[row, column] = <float> (total[column] / max(number + has_own, 1))
    finally:
        free(marked)
        free(rows)
        free(total)
    return missing
