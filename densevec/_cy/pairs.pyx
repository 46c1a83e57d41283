"""Padded batches of encoded sentences, with their translations or without: which go together, and their padding.

As for blocks of running text, the order is a function of the seed and of the place in the epoch, so that an epoch
goes on from any batch without a look at those before it.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc, qsort

from densevec._cy.random cimport dv_hash, dv_permute

ctypedef struct Entry:
    uint64_t lengths  # of the source, then of the target
    uint64_t tie
    int64_t sentence


cdef int compare(const void *left, const void *right) noexcept nogil:
    cdef const Entry *a = <const Entry *>left
    cdef const Entry *b = <const Entry *>right
    if a.lengths != b.lengths:
        return -1 if a.lengths < b.lengths else 1
    if a.tie != b.tie:
        return -1 if a.tie < b.tie else 1
    return (a.sentence > b.sentence) - (a.sentence < b.sentence)


def sort_window(
    const int64_t[::1] source_offsets not None,
    const int64_t[::1] target_offsets,
    int64_t turn,
    uint64_t seed,
    bint shuffle,
    int64_t[::1] sentences not None,
):
    """Fill ``sentences`` with those whose turns begin at ``turn``, sorted by source, then by target length.

    Sentence s has ``source_offsets[s + 1] - source_offsets[s]`` words, and its translation likewise
    (``target_offsets`` may be None).  Turns go through the text in order or, with ``shuffle``, through a permutation drawn from
    ``seed``; then sentences of equal lengths come in random order, else in that of the text.
    """
    cdef int64_t num_sentences = source_offsets.shape[0] - 1, number = sentences.shape[0], i, s
    cdef bint has_target = target_offsets is not None
    cdef Entry *entries
    if has_target and target_offsets.shape[0] != source_offsets.shape[0]:
        raise ValueError("the sides differ in their number of sentences")
    if turn < 0 or turn + number > num_sentences:
        raise ValueError("window outside the corpus")
    entries = <Entry *>malloc(max(number, 1) * sizeof(Entry))
    if entries == NULL:
        raise MemoryError("no memory to sort sentences by length")
    with nogil:
        for i in range(number):
            s = <int64_t>dv_permute(turn + i, num_sentences, seed) if shuffle else turn + i
            entries[i].lengths = <uint64_t>(source_offsets[s + 1] - source_offsets[s]) << 32
            if has_target:
                entries[i].lengths |= <uint64_t>(target_offsets[s + 1] - target_offsets[s])
            entries[i].tie = dv_hash(~seed, s) if shuffle else 0  # ~seed: a stream of its own
            entries[i].sentence = s
        qsort(entries, number, sizeof(Entry), compare)
        for i in range(number):
            sentences[i] = entries[i].sentence
    free(entries)


def pad(
    const int32_t[::1] ids not None,
    const int64_t[::1] offsets not None,
    const int64_t[::1] sentences not None,
    int32_t[:, ::1] padded not None,
):
    """Copy each of the sentences to the front of a row of ``padded``, and fill the rest of the row with 0."""
    cdef int64_t num_sentences = offsets.shape[0] - 1, width = padded.shape[1], row, i, start, length
    if padded.shape[0] != sentences.shape[0]:
        raise ValueError("padded must have a row for each sentence")
    for row in range(sentences.shape[0]):
        if not 0 <= sentences[row] < num_sentences:
            raise ValueError("sentence outside the corpus")
        start, length = offsets[sentences[row]], offsets[sentences[row] + 1] - offsets[sentences[row]]
        if not 0 <= length <= width or start < 0 or start + length > ids.shape[0]:
            raise ValueError("a sentence does not fit")
    with nogil:
        for row in range(sentences.shape[0]):
            start = offsets[sentences[row]]
            length = offsets[sentences[row] + 1] - start
            for i in range(length):
                padded[row, i] = ids[start + i]
            for i in range(length, width):
                padded[row, i] = 0
