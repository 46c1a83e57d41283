"""Phrases of a text without Python's lock: ``PhraseCounter`` counts neighbours, ``PhraseTable`` joins those it knows.

T. Mikolov, I. Sutskever, K. Chen, G. Corrado and J. Dean: Distributed representations of words and phrases and their
compositionality, 2013.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memset

import numpy as np

from densevec._cy.text cimport Tokens, dv_entry, dv_entry_bytes, dv_find, dv_free, dv_init, dv_intern, dv_key, \
    dv_make_key, dv_table, dv_token

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL
    str PyUnicode_DecodeUTF8(const char *data, Py_ssize_t size, const char *errors)

cdef extern from "phrases.h" nogil:
    const uint32_t DV_CHAIN
    const uint32_t DV_NO_LEFT
    ctypedef struct dv_pair:
        uint64_t key
        int64_t value
    ctypedef struct dv_pairs:
        dv_pair *entries
        uint64_t capacity
        uint64_t size
    ctypedef struct dv_phrases:
        dv_table words
        int64_t *counts
        uint64_t num_words
        uint64_t num_connectors
        uint64_t *chain_keys
        uint64_t num_chains
        dv_pairs chains
        dv_pairs pairs
        int64_t num_tokens
        uint64_t most
        uint32_t left
        int64_t open_tokens
        int64_t max_length
    ctypedef struct dv_joiner:
        dv_table words
        uint64_t num_connectors
        dv_pairs chains
        dv_pairs pairs
    uint64_t dv_pair_key(uint32_t left, uint32_t word)
    int dv_pairs_init(dv_pairs *pairs, uint64_t size)
    dv_pair *dv_pairs_intern(dv_pairs *pairs, uint64_t key)
    void dv_phrases_free(dv_phrases *phrases)
    uint32_t dv_word_id(dv_phrases *phrases, const dv_key *key)
    int dv_phrases_step(dv_phrases *phrases, uint32_t word, uint64_t *key)
    int dv_phrases_add(dv_phrases *phrases, const uint64_t *found, int number)
    int dv_phrases_end(dv_phrases *phrases)
    int dv_phrases_count(dv_phrases *phrases, const uint8_t *text, const dv_token *tokens, int64_t num_items)
    int64_t dv_join(const dv_joiner *joiner, uint8_t *text, dv_token *tokens, int64_t num_items, uint8_t delimiter)


cdef int _make_key(dv_key *key, object word) except -1:
    cdef Py_ssize_t size = 0
    cdef const char *data = PyUnicode_AsUTF8AndSize(word, &size)
    dv_make_key(key, <const uint8_t *>data, size, 0)
    return 0


cdef class PhraseCounter:
    """How often words come, and candidates: a word, any connector words, and a word that is none.

    connectors : distinct words;  most : words and candidates beyond which at the end of a sentence the rare ones are
    dropped: the first time none, the second those that came once, the third those that came twice, and so on;
    max_length : of a sentence, in tokens
    """

    cdef dv_phrases phrases

    def __cinit__(self, list connectors not None, int64_t most, int64_t max_length):
        cdef dv_key key
        cdef bint failed
        memset(&self.phrases, 0, sizeof(dv_phrases))
        if most < 1 or max_length < 1:
            raise ValueError("most and max_length must be above 0")
        self.phrases.most = most
        self.phrases.left = DV_NO_LEFT
        self.phrases.max_length = max_length
        failed = dv_init(&self.phrases.words, 0) or dv_pairs_init(&self.phrases.chains, 0)
        if failed or dv_pairs_init(&self.phrases.pairs, 0):
            raise MemoryError("no memory for the words of the text")
        for word in connectors:
            _make_key(&key, word)
            if dv_word_id(&self.phrases, &key) != self.phrases.num_connectors:
                raise ValueError("connectors must be distinct")
            self.phrases.num_connectors += 1

    def __dealloc__(self):
        dv_phrases_free(&self.phrases)

    @property
    def num_tokens(self):
        """Tokens of all text, connector words among them."""
        return self.phrases.num_tokens

    @property
    def num_entries(self):
        """Distinct words that are no connectors, and distinct candidates."""
        return self.phrases.words.size - self.phrases.num_connectors + self.phrases.pairs.size

    def count(self, Tokens tokens not None):
        """Count the tokens of a text that goes on where the last one ended."""
        cdef int failed
        with nogil:
            failed = dv_phrases_count(&self.phrases, tokens.text, tokens.tokens.items, tokens.tokens.num_items)
        if failed:
            raise MemoryError("no memory for the phrases of the text")

    def count_sentence(self, list words not None):
        """Count a list of strings."""
        cdef dv_key key
        cdef uint64_t found = 0
        cdef uint32_t word
        cdef int step
        for each in words:
            _make_key(&key, each)
            word = dv_word_id(&self.phrases, &key)
            step = -1 if word == DV_NO_LEFT else dv_phrases_step(&self.phrases, word, &found)
            if step < 0 or (step and dv_phrases_add(&self.phrases, &found, 1)):
                raise MemoryError("no memory for the phrases of the text")
        if dv_phrases_end(&self.phrases):
            raise MemoryError("no memory for the phrases of the text")

    def candidates(self, int64_t smallest):
        """Those that came ``smallest`` times or more, in no order.

        Returns (left sides (k,), last words (k,), counts (k,)), of each the word it begins with (k,), and the counts of
        all words by id; a left side is the id of a word, or beyond 2^31 that of a chain (see ``left_words``).
        """
        cdef uint64_t i
        cdef int64_t filled = 0, number = 0
        cdef dv_pair *entry
        for i in range(self.phrases.pairs.capacity):
            entry = &self.phrases.pairs.entries[i]
            number += entry.value != 0 and entry.value >= smallest
        keys, values = np.empty(number, np.uint64), np.empty(number, np.int64)
        cdef uint64_t[::1] key_view = keys
        cdef int64_t[::1] value_view = values
        for i in range(self.phrases.pairs.capacity):
            entry = &self.phrases.pairs.entries[i]
            if entry.value != 0 and entry.value >= smallest:
                key_view[filled] = entry.key
                value_view[filled] = entry.value
                filled += 1
        lefts, lasts = (keys >> np.uint64(32)).astype(np.int64), (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
        firsts = lefts.copy()
        cdef int64_t[::1] first_view = firsts
        for i in range(<uint64_t>number):
            while first_view[i] >= DV_CHAIN:
                first_view[i] = self.phrases.chain_keys[first_view[i] - DV_CHAIN] >> 32
        counts = np.empty(self.phrases.num_words, np.int64)
        cdef int64_t[::1] count_view = counts
        for i in range(self.phrases.num_words):
            count_view[i] = self.phrases.counts[i]
        return lefts, lasts, values, firsts, counts

    def left_words(self, int64_t left):
        """The ids of the words of a left side, first to last."""
        cdef list words = []
        cdef uint64_t key
        while left >= DV_CHAIN:
            if left - DV_CHAIN >= <int64_t>self.phrases.num_chains:
                raise ValueError("there is no such left side")
            key = self.phrases.chain_keys[left - DV_CHAIN]
            words.append(<int64_t>(key & 0xFFFFFFFF))
            left = key >> 32
        words.append(left)
        return words[::-1]

    def words(self, const uint8_t[::1] is_wanted not None):
        """The wanted words by id, of which there is a flag each, as a dictionary."""
        cdef uint64_t i
        cdef dv_entry *entry
        found = {}
        if <uint64_t>is_wanted.shape[0] != self.phrases.num_words:
            raise ValueError("is_wanted must have a flag for each word")
        for i in range(self.phrases.words.capacity):
            entry = &self.phrases.words.entries[i]
            if entry.tag and is_wanted[entry.value]:
                found[entry.value] = PyUnicode_DecodeUTF8(
                    <const char *>dv_entry_bytes(&self.phrases.words, entry), entry.tag - 1, "strict")
        return found


cdef class PhraseTable:
    """Phrases, each a list of words of which the inner ones are connectors, and what joins them in a text."""

    cdef dv_joiner joiner
    cdef uint8_t delimiter

    def __cinit__(self, list connectors not None, list phrases not None, str delimiter not None):
        cdef dv_pair *entry
        cdef uint32_t left
        memset(&self.joiner, 0, sizeof(dv_joiner))
        if len(delimiter) != 1 or not delimiter.isascii():
            raise ValueError("delimiter must be one ASCII character")
        self.delimiter = ord(delimiter)
        if dv_init(&self.joiner.words, 0) or dv_pairs_init(&self.joiner.chains, 0) or \
                dv_pairs_init(&self.joiner.pairs, len(phrases)):
            raise MemoryError("no memory for the phrases")
        for word in connectors:
            if self._id(word) != <int64_t>self.joiner.num_connectors:
                raise ValueError("connectors must be distinct")
            self.joiner.num_connectors += 1
        for phrase in phrases:
            if len(phrase) < 2:
                raise ValueError("a phrase must be two words or more")
            first, *inner, last = phrase
            left = self._id(first)
            for word in inner:
                entry = self._intern(&self.joiner.chains, left, self._id(word))
                if entry.value == 0:
                    entry.value = self.joiner.chains.size
                left = DV_CHAIN | <uint32_t>(entry.value - 1)
            self._intern(&self.joiner.pairs, left, self._id(last)).value = 1

    def __dealloc__(self):
        dv_free(&self.joiner.words)
        free(self.joiner.chains.entries)
        free(self.joiner.pairs.entries)

    cdef dv_pair *_intern(self, dv_pairs *pairs, uint32_t left, uint32_t word) except NULL:
        cdef dv_pair *entry = dv_pairs_intern(pairs, dv_pair_key(left, word))
        if entry == NULL:
            raise MemoryError("no memory for the phrases")
        return entry

    cdef int64_t _id(self, object word) except -1:
        cdef dv_key key
        cdef uint64_t before = self.joiner.words.size
        cdef dv_entry *entry
        _make_key(&key, word)
        entry = dv_intern(&self.joiner.words, &key)
        if entry == NULL:
            raise MemoryError("no memory for the phrases")
        if self.joiner.words.size != before:
            entry.value = before
        return entry.value

    def join(self, Tokens tokens not None):
        """Join the phrases of a text in place, from left to right; returns the number of tokens left."""
        cdef int64_t before = tokens.tokens.num_items
        with nogil:
            tokens.tokens.num_items = dv_join(
                &self.joiner, tokens.text, tokens.tokens.items, tokens.tokens.num_items, self.delimiter)
            tokens.tokens.num_tokens -= before - tokens.tokens.num_items
        return tokens.tokens.num_tokens
