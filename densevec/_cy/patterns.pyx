# cython: language_level=3
"""Lexico-syntactic patterns over encoded sentences: where they match, and which words stand as nouns do.

A word's class says what it can be in a noun phrase, bits beside the class what is written onto it: a comma or a bracket
that closes ("animals,"), the end of a sentence ("bird."), a bracket or quotation mark that opens ("(kakapo").
"""

import numpy as np

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint64_t

CONTENT, FUNCTION, DETERMINER, CONJUNCTION, SEPARATOR, STOP = range(6)
COMMA_AFTER, END_AFTER, OPENS = 8, 16, 32
LITERAL, OPTIONAL, PHRASE, PHRASES = range(4)  # what an element of a pattern is

cdef enum:
    _CONTENT = 0
    _DETERMINER = 2
    _CONJUNCTION = 3
    _SEPARATOR = 4
    _CLASS = 7
    _COMMA_AFTER = 8
    _END_AFTER = 16
    _OPENS = 32
    _LITERAL = 0
    _OPTIONAL = 1
    _PHRASES = 3
    _LONGEST_PHRASE = 6
    _LONGEST_LIST = 18

cdef struct Text:
    const int32_t *ids
    const uint8_t *kinds  # by id
    const uint64_t *sets  # by id: in which sets of literals a word is
    int64_t begin  # of the sentence
    int64_t end

cdef struct Pattern:
    const int8_t *elements
    const int8_t *bits
    int64_t first  # element
    int64_t anchor  # first literal; a phrase may stand before it
    int64_t last  # one past the last element


cdef inline uint8_t kind_at(const Text *text, int64_t i) noexcept nogil:
    return text.kinds[text.ids[i]]


cdef inline bint is_content(const Text *text, int64_t i) noexcept nogil:
    return kind_at(text, i) & _CLASS == _CONTENT


cdef int64_t phrase_after(const Text *text, int64_t i) noexcept nogil:
    """One past the last content word of the phrase that begins at i; i where there is none."""
    cdef int64_t start = i
    while i < text.end and i - start < _LONGEST_PHRASE and is_content(text, i):
        if i > start and kind_at(text, i) & _OPENS:
            break
        i += 1
        if kind_at(text, i - 1) & (_COMMA_AFTER | _END_AFTER):
            break
    return i


cdef int64_t past_determiner(const Text *text, int64_t i) noexcept nogil:
    if i < text.end and kind_at(text, i) == _DETERMINER:
        return i + 1
    return i


cdef int64_t list_after(const Text *text, int64_t i) noexcept nogil:
    """One past the last word of the phrases, with commas and conjunctions between, that begin at i."""
    cdef int64_t start = i, end = phrase_after(text, i), following
    cdef bint is_joined
    while start < end < text.end and end - start < _LONGEST_LIST and not kind_at(text, end - 1) & _END_AFTER:
        following = end
        is_joined = kind_at(text, end - 1) & _COMMA_AFTER
        if kind_at(text, following) & _CLASS == _SEPARATOR:
            is_joined = True
            following += 1
        if following < text.end and kind_at(text, following) == _CONJUNCTION:
            is_joined = True
            following += 1
        following = past_determiner(text, following)
        if not is_joined or phrase_after(text, following) == following:
            break
        end = phrase_after(text, following)
    return end


cdef int64_t phrase_before(const Text *text, int64_t i) noexcept nogil:
    """Where the phrase begins that ends before i; i where there is none."""
    cdef int64_t end = i
    while i > text.begin and end - i < _LONGEST_PHRASE and is_content(text, i - 1):
        if i < end and kind_at(text, i - 1) & (_COMMA_AFTER | _END_AFTER):
            break
        i -= 1
        if kind_at(text, i) & _OPENS:
            break
    return i


cdef int64_t list_before(const Text *text, int64_t i) noexcept nogil:
    cdef int64_t end = i, start = phrase_before(text, i), earlier
    cdef bint is_joined
    while text.begin < start < end and end - start < _LONGEST_LIST:
        earlier = start
        if kind_at(text, earlier - 1) == _DETERMINER:
            earlier -= 1
        is_joined = False
        if earlier > text.begin and kind_at(text, earlier - 1) == _CONJUNCTION:
            is_joined = True
            earlier -= 1
        if earlier > text.begin and kind_at(text, earlier - 1) & _CLASS == _SEPARATOR:
            is_joined = True
            earlier -= 1
        elif earlier > text.begin and kind_at(text, earlier - 1) & _COMMA_AFTER:
            is_joined = True
        if not is_joined or earlier <= text.begin or kind_at(text, earlier - 1) & _END_AFTER:
            break
        if phrase_before(text, earlier) == earlier:
            break
        start = phrase_before(text, earlier)
    return start


cdef bint matches(const Text *text, const Pattern *pattern, int64_t i, int64_t *spans) noexcept nogil:
    """Whether a pattern matches with its first literal at i; its one or two phrases as (start, end) in ``spans``."""
    cdef int64_t at = i, end, before, filled = 0, e
    if pattern.anchor > pattern.first:
        before = i
        if before > text.begin and kind_at(text, before - 1) & _CLASS == _SEPARATOR:
            before -= 1
        if before > text.begin and kind_at(text, before - 1) & _END_AFTER:
            return False
        end = before
        if pattern.elements[pattern.first] == _PHRASES:
            before = list_before(text, end)
        else:
            before = phrase_before(text, end)
        if before == end:
            return False
        spans[0], spans[1] = before, end
        filled = 2
    for e in range(pattern.anchor, pattern.last):
        if pattern.elements[e] <= _OPTIONAL:
            if at < text.end and text.sets[text.ids[at]] >> pattern.bits[e] & 1:
                if kind_at(text, at) & _END_AFTER and e + 1 < pattern.last:
                    return False
                at += 1
            elif pattern.elements[e] == _LITERAL:
                return False
            continue
        if at < text.end and kind_at(text, at) & _CLASS == _SEPARATOR:
            at += 1
        at = past_determiner(text, at)
        end = list_after(text, at) if pattern.elements[e] == _PHRASES else phrase_after(text, at)
        if end == at:
            return False
        spans[filled], spans[filled + 1] = at, end
        filled += 2
        at = end
    return True


cdef bint are_within(
    const int64_t *offsets, const int32_t[::1] ids, int64_t first, int64_t last, int64_t num_words
) noexcept nogil:
    """Whether all ids of some sentences are those of words."""
    cdef int64_t i
    for i in range(offsets[first], offsets[last]):
        if not 0 <= ids[i] < num_words:
            return False
    return True


def match(
    const int32_t[::1] ids,
    const int64_t[::1] offsets,
    int64_t first,
    int64_t last,
    const uint8_t[::1] kinds,
    const uint64_t[::1] sets,
    const int8_t[::1] elements,
    const int8_t[::1] bits,
    const int64_t[::1] starts,
    int64_t[:, ::1] found,
):
    """Match patterns in sentences first to last − 1 until ``found`` is full.

    Parameters
    ----------
    kinds, sets : (V,) class and marks of a word, and the sets of literals that it belongs to, one bit each
    elements, bits, starts : what the elements of all patterns are, in which set a literal must be, and where a pattern
        begins; patterns are tried in this order, and the first that matches at a place is taken
    found : (n, 6) filled with pattern, sentence, and the start and end in ``ids`` of its two phrases

    Returns (k, s): k rows are filled, and sentences up to s − 1 were read.
    """
    cdef int64_t num_patterns = starts.shape[0] - 1, sentence = first, filled = 0, before, i, p, e, k
    cdef uint64_t anchors = 0, here
    cdef Text text
    cdef Pattern pattern
    cdef int64_t spans[4]
    if not 0 <= first <= last < offsets.shape[0] or found.shape[1] != 6 or kinds.shape[0] != sets.shape[0]:
        raise ValueError("not a part of the text")
    if offsets[last] > ids.shape[0] or not are_within(&offsets[0], ids, first, last, kinds.shape[0]):
        raise ValueError("a word beyond the vocabulary")
    cdef int64_t[::1] anchor = np.empty(max(num_patterns, 1), np.int64)
    for p in range(num_patterns):
        e = starts[p]
        if elements[e] >= 2:
            e += 1
        anchor[p] = e
        anchors |= <uint64_t>1 << bits[e]
    if ids.shape[0] == 0 or num_patterns == 0:
        return 0, last
    text.ids, text.kinds, text.sets = &ids[0], &kinds[0], &sets[0]
    pattern.elements, pattern.bits = &elements[0], &bits[0]
    with nogil:
        while sentence < last:
            text.begin, text.end = offsets[sentence], offsets[sentence + 1]
            before = filled
            i = text.begin
            while i < text.end:
                here = text.sets[text.ids[i]] & anchors
                if here:
                    for p in range(num_patterns):
                        if here >> bits[anchor[p]] & 1:
                            pattern.first, pattern.anchor, pattern.last = starts[p], anchor[p], starts[p + 1]
                            if matches(&text, &pattern, i, spans):
                                if filled == found.shape[0]:
                                    break
                                found[filled, 0], found[filled, 1] = p, sentence
                                for k in range(4):
                                    found[filled, 2 + k] = spans[k]
                                filled += 1
                                break
                    else:
                        i += 1
                        continue
                    if filled == found.shape[0]:
                        break
                i += 1
            if filled == found.shape[0]:
                if before > 0:
                    filled = before  # the sentence is read again
                else:
                    sentence += 1  # one sentence with more than fits: what fits is kept
                break
            sentence += 1
    return filled, sentence


def count_nouns(
    const int32_t[::1] ids,
    const int64_t[::1] offsets,
    int64_t first,
    int64_t last,
    const uint8_t[::1] kinds,
    const uint8_t[::1] articles,
    int64_t[:, ::1] counts,
):
    """Add to the rows of ``counts`` (3, V) how often each word is all that stands between a determiner and a function
    word or a stop ("the kiwi is"), in the second row by those of ``articles`` alone, and in the third how often another
    content word follows it there ("the brown kiwi")."""
    cdef int64_t sentence, i, end, j, determiner
    cdef Text text
    if not 0 <= first <= last < offsets.shape[0] or counts.shape[0] != 3:
        raise ValueError("not a part of the text")
    if not kinds.shape[0] == articles.shape[0] == counts.shape[1]:
        raise ValueError("tables of other words")
    if offsets[last] > ids.shape[0] or not are_within(&offsets[0], ids, first, last, kinds.shape[0]):
        raise ValueError("a word beyond the vocabulary")
    if ids.shape[0] == 0:
        return
    text.ids, text.kinds, text.sets = &ids[0], &kinds[0], NULL
    with nogil:
        for sentence in range(first, last):
            text.begin, text.end = offsets[sentence], offsets[sentence + 1]
            i = text.begin
            while i < text.end:
                if kind_at(&text, i) != _DETERMINER:
                    i += 1
                    continue
                determiner = text.ids[i]
                i += 1
                end = phrase_after(&text, i)
                if end == i + 1:
                    counts[0, text.ids[i]] += 1
                    counts[1, text.ids[i]] += articles[determiner]
                for j in range(i, end - 1):
                    counts[2, text.ids[j]] += 1
                i = max(i, end)
