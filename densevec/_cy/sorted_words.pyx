"""Words that lie in one block of UTF-8: binary search by their sorted order, and strings of them."""

from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memcmp


def locate(const uint8_t[::1] block not None, const int64_t[::1] offsets not None, const int32_t[::1] order not None,
           bytes word not None):
    """(place in ``order`` where ``word`` stands or would stand, its row there or −1).

    A place whose row or offsets lead out of the arrays ends the search: (−1 − place, −1).

    block : all words' bytes; word r goes from ``offsets[r]`` to ``offsets[r + 1]``
    order : the rows, sorted by their words' bytes
    """
    cdef const char *wanted = word
    cdef int64_t length = len(word), low = 0, high = order.shape[0], middle, begin, end
    cdef int32_t row, found = -1
    cdef int compared
    while low < high:
        middle = (low + high) // 2
        row = order[middle]
        if not 0 <= row < offsets.shape[0] - 1:
            return -1 - middle, -1
        begin, end = offsets[row], offsets[row + 1]
        if not 0 <= begin <= end <= block.shape[0]:
            return -1 - middle, -1
        compared = memcmp(&block[begin], wanted, <size_t>min(end - begin, length)) if begin < end and length else 0
        if compared < 0 or (compared == 0 and end - begin < length):
            low = middle + 1
        else:
            high = middle
            if compared == 0 and end - begin == length:
                found = row
    return low, found


def decode(const uint8_t[::1] block not None, const int64_t[::1] offsets not None, const int64_t[::1] rows not None):
    """The words of some rows, in their order, as strings.

    Errors: IndexError for a row or offsets that lead out of the arrays; UnicodeDecodeError.
    """
    cdef int64_t place, row, begin, end
    cdef const char *text = NULL
    cdef list words = []
    if block.shape[0]:
        text = <const char *>&block[0]
    for place in range(rows.shape[0]):
        row = rows[place]
        if not 0 <= row < offsets.shape[0] - 1:
            raise IndexError("no such row")
        begin, end = offsets[row], offsets[row + 1]
        if not 0 <= begin <= end <= block.shape[0]:
            raise IndexError("offsets lead out of the block")
        words.append(PyUnicode_DecodeUTF8(text + begin, end - begin, "strict") if begin < end else "")
    return words
