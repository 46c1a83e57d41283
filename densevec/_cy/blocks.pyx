"""Blocks of running text: subsampled, with the window of every token, from encoded sentences.

Every random decision is a hash of (seed, position), not the state of a generator: a block is a
function of the position where it starts.  Training resumes anywhere without replaying what came
before, and shuffling the sentences of a text of any length takes no memory.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from densevec._cy.structures cimport dv_block, dv_text

cdef extern from "blocks.h" nogil:
    uint64_t dv_permute(uint64_t index, uint64_t size, uint64_t seed)
    void dv_fill(const dv_text *text, int64_t *turn, int64_t *skip, int64_t last, dv_block *block)


def permutation(int64_t size, uint64_t seed):
    """The whole permutation as a list: what ``fill_block`` follows when it shuffles (for tests)."""
    cdef int64_t i
    return [dv_permute(i, size, seed) for i in range(size)]


def fill_block(
    const int32_t[::1] ids,
    const int64_t[::1] offsets,
    int64_t turn,
    int64_t skip,
    const uint32_t[::1] keep_threshold,
    uint64_t seed,
    bint shuffle,
    int32_t window,
    bint shrink,
    int32_t[::1] block_ids,
    int32_t[::1] block_left,
    int32_t[::1] block_right,
):
    """Fill the arrays of one block, starting ``skip`` tokens into the sentence whose turn it is.

    Sentence s is ids[offsets[s]:offsets[s + 1]].  Sentences come in file order, or in the order of a
    permutation drawn from ``seed`` when ``shuffle``.  A token of word v is kept when a hash of its
    position is at most ``keep_threshold[v]`` (of 2^32 - 1).  ``block_left`` and ``block_right`` get the
    number of context tokens each kept token has on either side: at most ``window`` (drawn uniformly
    from 1..window when ``shrink``), never beyond its sentence.  A block holds whole sentences; only
    a sentence longer than a whole block is cut.

    Returns (tokens kept, tokens read, next turn, next skip); the text ends when next turn is the
    number of sentences.
    """
    cdef int64_t num_sentences = offsets.shape[0] - 1
    cdef int64_t capacity = block_ids.shape[0]
    cdef dv_text text
    cdef dv_block block
    if block_left.shape[0] != capacity or block_right.shape[0] != capacity:
        raise ValueError("block arrays differ in length")
    if capacity < 1 or window < 1:
        raise ValueError("capacity and window must be positive")
    if turn < 0 or turn > num_sentences or skip < 0:
        raise ValueError("position outside the corpus")
    text.ids, text.offsets, text.num_sentences = &ids[0], &offsets[0], num_sentences
    text.keep, text.seed, text.shuffle, text.window, text.shrink = &keep_threshold[0], seed, shuffle, window, shrink
    block.ids, block.left, block.right, block.capacity = &block_ids[0], &block_left[0], &block_right[0], capacity
    with nogil:
        dv_fill(&text, &turn, &skip, num_sentences, &block)
    return block.filled, block.num_read, turn, skip
