"""Tables of vectors as text and in word2vec's binary form, parsed and written without Python's lock.

Text comes as pieces of whole lines, each ending in a newline: ``[word SEPARATOR] number SEPARATOR ... number``, the
separator one space or one tab; spaces and tabs at the end of a line and a carriage return before its newline are passed over.
Numbers are read as Python's ``float`` reads decimal numbers, then rounded to float32.
"""

from libc.math cimport isfinite
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memchr, memcpy

cdef extern from "Python.h":
    str PyUnicode_DecodeUTF8(const char *data, Py_ssize_t size, const char *errors)
    bytes PyBytes_FromStringAndSize(const char *data, Py_ssize_t size)

cdef extern from "decimal.h" nogil:
    const int DV_MIN_POWER
    const int DV_NUM_POWERS
    const int DV_NUMBER
    const int DV_NO_NUMBER
    uint64_t dv_power_bits[]
    int32_t dv_power_exponent[]
    int dv_read_number(const uint8_t *text, const uint8_t **end, double *value)
    int dv_write_float(float value, char *text)

cdef enum:
    MAX_NUMBER_SIZE = 26  # of format_rows: what dv_write_float or "%.9g" needs, and a separator


def _fill_powers():
    """10^q = (M + d) * 2^e for every q of the table, with Python's integers."""
    for place in range(DV_NUM_POWERS):
        power = DV_MIN_POWER + place
        if power >= 0:
            exponent = (10**power).bit_length() - 64
            bits = 10**power >> exponent if exponent > 0 else 10**power << -exponent
        else:
            size = (10**-power).bit_length()
            bits, exponent = (1 << (size + 63)) // 10**-power, -(size + 63)
            if bits >> 64:
                bits, exponent = bits >> 1, exponent + 1
        dv_power_bits[place], dv_power_exponent[place] = bits, exponent


_fill_powers()


cdef double _python_float(const uint8_t *text, Py_ssize_t size) noexcept with gil:
    return float(PyBytes_FromStringAndSize(<const char *> text, size))


cdef inline bint _is_separator(uint8_t byte) noexcept nogil:
    return byte == c" " or byte == c"\t"


cdef const uint8_t *_word_end(const uint8_t *line, const uint8_t *line_end, int64_t dim, bint with_spaces) noexcept nogil:
    """Where the word at the beginning of a line ends: at the first separator, or at the last but ``dim - 1``."""
    cdef const uint8_t *end = line
    cdef int64_t separators = 0
    if not with_spaces:
        while not _is_separator(end[0]) and end[0] != c"\n":
            end += 1
        return end
    end = line_end
    if end > line and (end - 1)[0] == c"\r":
        end -= 1
    while end > line and _is_separator((end - 1)[0]):
        end -= 1
    while end > line:
        end -= 1
        if _is_separator(end[0]):
            separators += 1
            if separators == dim:
                return end
    return line


cdef const uint8_t *_read_row(const uint8_t *text, int64_t dim, float *row, bint has_gap, bint allow_nonfinite,
                              int64_t *num_nonfinite) noexcept nogil:
    """Read ``dim`` numbers and the end of their line; the beginning of the next line, or NULL if they are not there."""
    cdef const uint8_t *end
    cdef double value = 0
    cdef int64_t column
    cdef int kind
    for column in range(dim):
        if column or has_gap:
            if not _is_separator(text[0]):
                return NULL
            text += 1
        kind = dv_read_number(text, &end, &value)
        if kind != DV_NUMBER:
            if kind == DV_NO_NUMBER:
                return NULL
            value = _python_float(text, end - text)
        text = end
        row[column] = <float> value
        if not isfinite(row[column]):
            if not allow_nonfinite:
                return NULL
            num_nonfinite[0] += 1
    while _is_separator(text[0]):
        text += 1
    if text[0] == c"\r":
        text += 1
    return text + 1 if text[0] == c"\n" else NULL


def parse_rows(const uint8_t[::1] data not None, float[:, ::1] rows not None, int64_t[:, ::1] bounds,
               bint words_with_spaces, bint allow_nonfinite):
    """Parse the lines of a piece into ``rows`` (n, d) and the bounds of their words in it, (n, 2); None: no words.

    Returns the number of lines that hold what they should before the first that does not, the offset of that line, and
    the number of values that are not finite.  The piece must end in a newline and have n lines.
    """
    cdef int64_t num_rows = rows.shape[0], dim = rows.shape[1], row = 0, num_nonfinite = 0
    cdef bint has_words = bounds is not None
    cdef const uint8_t *start
    cdef const uint8_t *line
    cdef const uint8_t *line_end = NULL
    cdef const uint8_t *text
    if not num_rows:
        return 0, 0, 0
    if dim < 1 or not data.shape[0] or data[data.shape[0] - 1] != c"\n" or count_newlines(data) != num_rows:
        raise ValueError("the piece must have as many lines as there are rows, each with a newline, and rows a column")
    if has_words and (bounds.shape[0] != num_rows or bounds.shape[1] != 2):
        raise ValueError("bounds must be of shape (rows, 2)")
    with nogil:
        start = line = &data[0]
        for row in range(num_rows):
            text = line
            if has_words:
                if words_with_spaces:
                    line_end = <const uint8_t *> memchr(line, c"\n", &data[0] + data.shape[0] - line)
                text = _word_end(line, line_end, dim, words_with_spaces)
                if text == line:
                    break
                bounds[row, 0] = line - start
                bounds[row, 1] = text - start
            text = _read_row(text, dim, &rows[row, 0], has_words, allow_nonfinite, &num_nonfinite)
            if text == NULL:
                break
            line = text
        else:
            row = num_rows
    return row, line - start, num_nonfinite


def count_newlines(const uint8_t[::1] data not None):
    """How many newlines a piece has."""
    cdef int64_t number = 0
    cdef const uint8_t *place
    cdef const uint8_t *end
    if not data.shape[0]:
        return 0
    with nogil:
        place, end = &data[0], &data[0] + data.shape[0]
        while place < end:
            place = <const uint8_t *> memchr(place, c"\n", end - place)
            if place == NULL:
                break
            place += 1
            number += 1
    return number


def last_line_end(const uint8_t[::1] data not None):
    """The place after the last newline, 0 if there is none."""
    cdef Py_ssize_t place = data.shape[0]
    with nogil:
        while place > 0 and data[place - 1] != c"\n":
            place -= 1
    return place


def decode_words(const uint8_t[::1] data not None, const int64_t[:, ::1] bounds not None, str errors):
    """The words within bounds (n, 2) of a piece as a list; ``errors`` as of ``bytes.decode``.

    Raises UnicodeDecodeError, whose ``start`` is counted from the beginning of the piece.
    """
    cdef bytes name = errors.encode()
    cdef int64_t row, begin, end
    cdef list words = []
    for row in range(bounds.shape[0]):
        begin, end = bounds[row, 0], bounds[row, 1]
        if not 0 <= begin <= end <= data.shape[0]:
            raise ValueError("bounds must lie within the piece")
        if begin == end:
            words.append("")
            continue
        try:
            words.append(PyUnicode_DecodeUTF8(<const char *> &data[begin], end - begin, name))
        except UnicodeDecodeError as error:
            raise UnicodeDecodeError("utf-8", error.object, begin + error.start, begin + error.end, error.reason) from None
    return words


def find_records(const uint8_t[::1] data not None, int64_t[:, ::1] bounds not None, int64_t dim, int ending,
                 bint is_first):
    """Find ``word SPACE d*4 bytes`` records at the beginning of a piece; the bounds of their words into (n, 2).

    ``ending``: whether a newline follows each record: 1 yes, 0 no, -1 as the second record will show.  A record's newline is
    taken with the record after it.  Returns (number of whole records, offset after them, ending, whether the
    next record's newline is missing or too many).
    """
    cdef int64_t number = 0, size = data.shape[0], place = 0, start
    cdef int64_t num_bytes = 4 * dim
    cdef const uint8_t *space
    cdef bint is_bad = False
    if not size or not bounds.shape[0]:
        return 0, 0, ending, False
    with nogil:
        while number < bounds.shape[0] and place < size:
            start = place
            if number or not is_first:
                if ending < 0:
                    ending = data[start] == c"\n"
                if (data[start] == c"\n") != ending:
                    is_bad = True
                    break
                start += ending
            if start >= size:
                break
            space = <const uint8_t *> memchr(&data[start], c" ", size - start)
            if space == NULL or size - (space - &data[0]) - 1 < num_bytes:
                break
            bounds[number, 0] = start
            bounds[number, 1] = space - &data[0]
            place = bounds[number, 1] + 1 + num_bytes
            number += 1
    return number, place, ending, is_bad


def copy_records(const uint8_t[::1] data not None, const int64_t[:, ::1] bounds not None, float[:, ::1] rows not None,
                 bint allow_nonfinite):
    """Copy the vectors of records that ``find_records`` found; (first row that is not finite or -1, how many values are not)."""
    cdef int64_t row, column, dim = rows.shape[1], num_bytes = 4 * rows.shape[1], first = -1, number = 0
    cdef float total
    if rows.shape[0] != bounds.shape[0]:
        raise ValueError("there must be as many rows as records")
    for row in range(bounds.shape[0]):
        if not 0 <= bounds[row, 1] < data.shape[0] - num_bytes:
            raise ValueError("records must lie within the piece")
    with nogil:
        for row in range(bounds.shape[0]):
            memcpy(&rows[row, 0], &data[bounds[row, 1] + 1], num_bytes)
            total = 0
            for column in range(dim):  # x * 0 is 0, or nan for what is not finite
                total = total + rows[row, column] * <float> 0
            if total != 0:
                if first < 0:
                    first = row
                if not allow_nonfinite:
                    break
                for column in range(dim):
                    number += not isfinite(rows[row, column])
    return first, number


cdef Py_ssize_t _python_text(float value, char *text) except -1 with gil:
    cdef bytes written = b"%.9g" % value
    memcpy(text, <const char *> written, len(written))
    return len(written)


def format_rows(const float[:, ::1] rows not None, list words, char separator):
    """Lines of text: the word (bytes) and a separator if there are words, then the numbers, each the shortest text that
    reads back as the same float32."""
    cdef int64_t num_rows = rows.shape[0], dim = rows.shape[1], row, column
    cdef Py_ssize_t size = 0, written
    cdef bytes word = b""
    if words is not None and len(words) != num_rows:
        raise ValueError("there must be as many words as rows")
    if not num_rows:
        return b""
    cdef char *start = <char *> malloc(num_rows * (dim * MAX_NUMBER_SIZE + 2) + (sum(map(len, words)) if words else 0))
    cdef char *text = start
    if start == NULL:
        raise MemoryError
    try:
        for row in range(num_rows):
            if words is not None:
                word = words[row]
                memcpy(text, <const char *> word, len(word))
                text += len(word)
                text[0] = separator
                text += 1
            with nogil:
                for column in range(dim):
                    if column:
                        text[0] = separator
                        text += 1
                    written = dv_write_float(rows[row, column], text)
                    text += written if written else _python_text(rows[row, column], text)
                text[0] = c"\n"
                text += 1
        return PyBytes_FromStringAndSize(start, text - start)
    finally:
        free(start)
