"""Counting the words of UTF-8 text and turning them into ids, without Python's lock.

``Tokens`` cuts one piece of text into words; ``WordTable`` counts them, or replaces them by ids.  A Tokens
belongs to one thread at a time, so does a WordTable that counts; a table that only encodes may be shared.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, qsort
from libc.string cimport memcpy, memset

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL
    str PyUnicode_DecodeUTF8(const char *data, Py_ssize_t size, const char *errors)

# Offsets within one text are 32-bit; texts are pieces of a few MiB.
MAX_TEXT_SIZE = 1 << 30


def check_text(const uint8_t[::1] text not None):
    """(offset of the first NUL or malformed UTF-8 byte or -1, whether there are bytes above 127 before it)."""
    cdef int64_t size = text.shape[0], offset
    cdef int non_ascii = 0
    if size == 0:
        return -1, False
    with nogil:
        offset = dv_check(&text[0], size, &non_ascii)
    return offset, non_ascii != 0


def count_line_ends(const uint8_t[::1] text not None):
    """How many lines end in the text: at each \\n."""
    cdef int64_t size = text.shape[0], number
    if size == 0:
        return 0
    with nogil:
        number = dv_count_line_ends(&text[0], size)
    return number


def map_non_ascii(bytes text not None, function not None):
    """Well-formed UTF-8 in which ``function`` (of str, giving str) has been applied to all that is not ASCII.

    It gets stretches of whole tokens, bounded by ASCII separators, so that a rule that looks at neighbours within a
    token (that of the final sigma, or of marks that compose) sees all that it must; tokens of ASCII only may be
    among them or not, so that it must give those back as they are or as ``Tokens.load`` makes them.
    """
    cdef const uint8_t *data = text
    cdef int64_t size = len(text), start = 0, end = 0, done = 0
    cdef int found
    parts = []
    while True:
        with nogil:
            found = dv_next_non_ascii(data, size, &start, &end)
        if not found:
            break
        parts.append(text[done:start])
        parts.append(function(text[start:end].decode("utf-8")).encode("utf-8"))
        start = done = end
    if not parts:
        return text
    parts.append(text[done:])
    return b"".join(parts)


cdef class Tokens:
    """The tokens of one text, in buffers that are used again for the next text."""

    def __cinit__(self):
        self.text = NULL
        self.capacity = -1
        memset(&self.tokens, 0, sizeof(dv_tokens))

    def __dealloc__(self):
        free(self.text)
        free(self.tokens.items)

    @property
    def num_tokens(self):
        """Tokens of the text."""
        return self.tokens.num_tokens

    @property
    def num_line_ends(self):
        """Line ends seen: every \\n."""
        return self.tokens.num_items - self.tokens.num_tokens

    def load(self, const uint8_t[::1] text not None, bint lower_ascii=False, const uint8_t[::1] classes=None):
        """Cut well-formed UTF-8 at separators (space, \\t, \\v, \\f, \\r) and line ends (\\n).

        ``lower_ascii`` lowers A-Z first; ``classes`` (one byte for each code point) makes a separator of every
        character that belongs to no word.  Returns the number of tokens.
        """
        cdef int64_t size = text.shape[0]
        cdef const uint8_t *characters = NULL
        if classes is not None:
            if classes.shape[0] != 0x110000:
                raise ValueError("classes must have one byte for each code point")
            characters = &classes[0]
        if size > MAX_TEXT_SIZE:
            raise ValueError("text is too long for one piece")
        cdef int failed
        self._reserve(size)
        with nogil:
            if size:
                memcpy(self.text, &text[0], size)
            memset(self.text + size, 32, DV_PADDING + 64)
            if lower_ascii:
                dv_lower_ascii(self.text, size)
            if characters != NULL:
                dv_blank_non_words(self.text, size, characters)
            failed = dv_cut(self.text, size, &self.tokens)
        if failed:
            raise MemoryError("no memory for the tokens of a piece of text")
        return self.tokens.num_tokens

    cdef int _reserve(self, int64_t size) except -1:
        if size <= self.capacity:
            return 0
        free(self.text)
        self.capacity = -1
        self.tokens.num_items = self.tokens.num_tokens = 0
        # dv_cut reads whole blocks of 64 bytes, the last one beginning at or before size
        self.text = <uint8_t *>malloc(size + DV_PADDING + 64)
        if self.text == NULL:
            raise MemoryError("no memory for a piece of text")
        self.capacity = size
        return 0

    def count_sentences(self, int64_t open_tokens, int64_t max_length):
        """How many sentences with a token end here, and how many tokens the one left open has (see ``encode``)."""
        cdef int64_t number
        with nogil:
            number = dv_count_sentences(self.tokens.items, self.tokens.num_items, max_length, &open_tokens)
        return number, open_tokens

    def words(self):
        """The tokens as a list of lists of bytes, one list for each line (tests and debugging)."""
        cdef int64_t i
        cdef dv_token item
        line = []
        lines = [line]
        for i in range(self.tokens.num_items):
            item = self.tokens.items[i]
            if item.length == 0:
                line = []
                lines.append(line)
            else:
                line.append((<char *>self.text + item.start)[:item.length])
        return lines


cdef class WordTable:
    """A hash table from words to 64-bit values: counts when counting, ids when encoding."""

    def __cinit__(self, int64_t num_words=0):
        if dv_init(&self.table, num_words):
            raise MemoryError("no memory for the table of words")

    def __dealloc__(self):
        dv_free(&self.table)

    def __len__(self):
        return self.table.size

    cdef dv_entry *_lookup(self, object word, bint insert) except? NULL:  # a str or of a subclass, such as numpy.str_
        cdef Py_ssize_t size = 0
        cdef const char *data = PyUnicode_AsUTF8AndSize(word, &size)
        cdef dv_key key
        cdef dv_entry *entry
        dv_make_key(&key, <const uint8_t *>data, size, 0)
        if not insert:
            return dv_find(&self.table, &key)
        entry = dv_intern(&self.table, &key)
        if entry == NULL:
            raise MemoryError("no memory for the words of the text")
        return entry

    def add(self, str word not None, int64_t count=1):
        """Add ``count`` to the value of a word."""
        self._lookup(word, True).value += count

    def get(self, str word not None, int64_t default=-1):
        """The value of a word, or ``default``."""
        cdef dv_entry *entry = self._lookup(word, False)
        return entry.value if entry.tag else default

    def set_ids(self, list words not None):
        """Give every word its position as value; returns the position of the first repeated word, or -1."""
        cdef int64_t i
        cdef uint64_t before
        cdef dv_entry *entry
        for i in range(len(words)):
            before = self.table.size
            entry = self._lookup(words[i], True)
            if self.table.size == before:
                return i
            entry.value = i
        return -1

    # -- from the tokens of a text, without the lock --

    def count(self, Tokens tokens not None):
        """Count every token."""
        cdef int failed
        with nogil:
            failed = dv_count(&self.table, tokens.text, tokens.tokens.items, tokens.tokens.num_items)
        if failed:
            raise MemoryError("no memory for the words of the text")

    def add_values(self, Tokens tokens not None, const int64_t[::1] values not None):
        """Add to the value of each token that of its place: what another table has counted."""
        cdef int failed
        if values.shape[0] != tokens.tokens.num_tokens:
            raise ValueError("there must be a value for each token")
        if values.shape[0] == 0:
            return
        with nogil:
            failed = dv_add_values(&self.table, tokens.text, tokens.tokens.items, tokens.tokens.num_items, &values[0])
        if failed:
            raise MemoryError("no memory for the words of the text")

    def encode(self, Tokens tokens not None, int64_t open_tokens, int64_t max_length,
               int32_t[::1] ids not None, int64_t[::1] lengths not None, int32_t unknown_id=-1, int32_t end_id=-1,
               uint8_t[::1] before=None, uint8_t[::1] after=None):
        """Write the ids of the tokens, and the length in ids of every sentence that ends here.

        ``open_tokens`` tokens of the first sentence came before this text.  Unknown tokens become ``unknown_id``, or
        are left out when that is negative; every sentence with a token is followed by ``end_id`` unless that is
        negative.  ``lengths`` must hold ``num_line_ends + (open_tokens + num_tokens) // max_length`` values, ``ids``
        ``tokens.num_tokens``, and as many as ``lengths`` besides when there is an ``end_id``.  ``before`` and
        ``after``, as long as the two, are filled with whether words were left out right before a word of the same
        sentence, and at the end of a sentence.  Returns (ids written, lengths written, ids of the sentence left open,
        tokens of that sentence, whether words were left out at its end so far).
        """
        cdef dv_encoded result
        cdef int32_t no_id = 0
        cdef int64_t no_length = 0
        cdef uint8_t no_mark = 0
        if max_length < 1 or not 0 <= open_tokens <= max_length:
            raise ValueError("open_tokens and max_length do not fit")
        cdef int64_t number = tokens.tokens.num_tokens
        cdef int64_t num_lengths = tokens.tokens.num_items - number + (open_tokens + number) // max_length
        if ids.shape[0] < number + (num_lengths if end_id >= 0 else 0):
            raise ValueError("ids is too short")
        if lengths.shape[0] < num_lengths:
            raise ValueError("lengths is too short")
        if (before is None) != (after is None):
            raise ValueError("before and after go together")
        if before is not None and (before.shape[0] < ids.shape[0] or after.shape[0] < lengths.shape[0]):
            raise ValueError("before and after must be as long as ids and lengths")
        cdef uint8_t *first_before = NULL
        cdef uint8_t *first_after = NULL
        if before is not None:
            first_before = &before[0] if before.shape[0] else &no_mark
            first_after = &after[0] if after.shape[0] else &no_mark
        cdef int32_t *first_id = &ids[0] if ids.shape[0] else &no_id
        cdef int64_t *first_length = &lengths[0] if lengths.shape[0] else &no_length
        with nogil:
            dv_encode(&self.table, tokens.text, tokens.tokens.items, tokens.tokens.num_items, open_tokens, max_length,
                      unknown_id, end_id, first_id, first_length, first_before, first_after, &result)
        return (result.num_ids, result.num_lengths, result.open_ids, result.open_tokens, result.open_omission != 0)

    # -- from lists of strings --

    def count_words(self, list words not None):
        """Count every string of a list (UnicodeEncodeError for a lone surrogate)."""
        cdef object word
        for word in words:
            self._lookup(word, True).value += 1

    def encode_words(self, list words not None, int32_t[::1] ids not None, int64_t start=0, int32_t unknown_id=-1,
                     uint8_t[::1] before=None):
        """Write the ids of the words from ``ids[start]`` on, where ``len(words)`` must fit.

        Unknown words become ``unknown_id``, or are left out when that is negative.  ``before``, longer by one, is told
        for every id whether words were left out right before it, and after the last one whether some were at the end.
        Returns the position after the last one written.
        """
        cdef object word
        cdef bint is_kept, has_omission = False
        cdef dv_entry *entry
        cdef int64_t filled = start
        if start < 0 or ids.shape[0] - start < len(words):
            raise ValueError("ids is too short")
        if before is not None and before.shape[0] <= start + len(words):
            raise ValueError("before is too short")
        for word in words:
            entry = self._lookup(word, False)
            is_kept = entry.tag or unknown_id >= 0
            if is_kept:
                ids[filled] = <int32_t>entry.value if entry.tag else unknown_id
                if before is not None:
                    before[filled] = has_omission
                filled += 1
            has_omission = not is_kept
        if before is not None:
            before[filled] = has_omission
        return filled

    # -- results --

    def merge(self, WordTable other not None):
        """Add the values of another table to this one."""
        cdef uint64_t i
        cdef dv_entry *entry
        cdef dv_entry *mine
        cdef dv_key key
        cdef bint failed = False
        if other is self:
            raise ValueError("a table cannot be merged with itself")
        with nogil:
            for i in range(other.table.capacity):
                entry = &other.table.entries[i]
                if entry.tag == 0:
                    continue
                dv_make_key(&key, dv_entry_bytes(&other.table, entry), entry.tag - 1, 0)
                mine = dv_intern(&self.table, &key)
                if mine == NULL:
                    failed = True
                    break
                mine.value += entry.value
        if failed:
            raise MemoryError("no memory for the words of the text")

    def total(self):
        """The sum of all values."""
        cdef uint64_t i
        cdef int64_t total = 0
        for i in range(self.table.capacity):
            if self.table.entries[i].tag:
                total += self.table.entries[i].value
        return total

    def num_at_least(self, int64_t smallest):
        """How many words have a value of ``smallest`` or more."""
        cdef uint64_t i
        cdef int64_t number = 0
        for i in range(self.table.capacity):
            number += self.table.entries[i].tag != 0 and self.table.entries[i].value >= smallest
        return number

    def sorted_words(self, int64_t smallest, int64_t[::1] values not None):
        """The words whose value is ``smallest`` or more, by falling value, equal ones by their UTF-8 bytes.

        ``values`` must hold ``num_at_least(smallest)`` and gets the values in the same order.
        """
        cdef int64_t number = self.num_at_least(smallest), filled = 0, j
        cdef uint64_t i
        cdef dv_entry *entry
        cdef dv_item *items
        if values.shape[0] < number:
            raise ValueError("values is too short")
        items = <dv_item *>malloc(max(number, 1) * sizeof(dv_item))
        if items == NULL:
            raise MemoryError("no memory to sort the words of the text")
        try:
            with nogil:
                for i in range(self.table.capacity):
                    entry = &self.table.entries[i]
                    if entry.tag != 0 and entry.value >= smallest:
                        dv_make_item(&items[filled], &self.table, entry)
                        filled += 1
                qsort(items, number, sizeof(dv_item), dv_compare)
            words = []
            for j in range(number):
                words.append(PyUnicode_DecodeUTF8(<const char *>items[j].bytes, items[j].length, "strict"))
                values[j] = items[j].value
            return words
        finally:
            free(items)
