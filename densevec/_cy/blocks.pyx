"""Blocks of running text: subsampled, with the window of every token, from encoded sentences.

Every random decision is a hash of (seed, position), not the state of a generator: a block is a
function of the position where it starts.  Training resumes anywhere without replaying what came
before, and shuffling the sentences of a text of any length takes no memory.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memset

import numpy as np

from densevec._cy.random cimport dv_permute

cdef extern from "share.h" nogil:
    enum: DV_TERMS
    int64_t dv_sentence(const dv_text *text, int64_t turn)
    void dv_fill(const dv_text *text, int64_t *turn, int64_t *skip, int64_t last, dv_block *block)
    int64_t dv_list_pairs(const dv_block *block, const dv_parts *parts, int32_t *rows, int64_t *ends, int64_t *num_centres)

_LISTED = 2**13  # tokens of a block whose pairs are listed


cdef class Pool:
    """Scratch memory of the threads of a kernel, which goes from step to step, as long as the kernel is there."""

    def __init__(self):
        """Empty: threads fill it as they end their steps."""

    def __dealloc__(self):
        dv_empty(&self.pool)


cdef class Text:
    """Encoded sentences and how they are read, checked once; threads may share it.

    ids, offsets : sentence s is ids[offsets[s]:offsets[s + 1]]; both may be memory-mapped
    keep_threshold : (V,) a token of word v is kept when a hash of its position is at most keep_threshold[v], of
        2^32 − 1; None to keep all
    window : most context tokens on one side
    shrink : draw each token's window uniformly from 1..window
    shuffle : sentences in the order of a permutation, else in that of the text

    Ids are taken as they are: each must be that of a word.
    Errors: ValueError for offsets that do not lie within the ids, in order, and for a window that is not positive.
    """

    def __init__(
        self,
        const int32_t[::1] ids not None,
        const int64_t[::1] offsets not None,
        const uint32_t[::1] keep_threshold,
        int32_t window,
        bint shrink,
        bint shuffle,
    ):
        cdef int64_t s, num_sentences = offsets.shape[0] - 1
        cdef bint is_rising = num_sentences >= 0 and 0 <= offsets[0] and offsets[num_sentences] <= ids.shape[0]
        if is_rising:
            with nogil:
                for s in range(num_sentences):
                    is_rising &= offsets[s] <= offsets[s + 1]
        if not is_rising:
            raise ValueError("offsets must rise within the ids")
        if window < 1:
            raise ValueError("window must be positive")
        memset(&self.text, 0, sizeof(dv_text))
        self.arrays = (ids, offsets, keep_threshold)
        self.num_words = 0 if keep_threshold is None else keep_threshold.shape[0]
        self.text.ids = &ids[0] if ids.shape[0] else NULL
        self.text.offsets, self.text.num_sentences = &offsets[0], num_sentences
        self.text.keep = &keep_threshold[0] if self.num_words else NULL
        self.text.same = max(self.num_words - 1, 0)
        while self.text.same > 0 and keep_threshold[self.text.same - 1] == keep_threshold[self.text.same]:
            self.text.same -= 1
        self.text.window, self.text.shuffle = window, shuffle
        self.text.windows = DV_SHRUNK if shrink else DV_WHOLE


def pair_lists(Text text not None, uint64_t seed, int64_t begin, int64_t end, int64_t parts, int64_t centre, int64_t context):
    """What skip-gram predicts in turns [begin, end), of words whose rows lie in parts: word v is row v // parts of v % parts.

    Each kept token of part ``centre``, by its row, with the tokens of part ``context`` in its window, by theirs.  Order,
    subsampling and windows are those of ``text`` for the seed of a pass, the same for all parts.

    Returns (a Text whose sentences are such lists, how many, tokens of part ``centre`` kept, tokens read).
    Errors: ValueError for turns that are not of the text, and parts that are not there.
    """
    cdef dv_text passed = text.text
    cdef dv_block block
    cdef dv_parts chosen
    cdef int64_t skip = 0, number, num_centres = 0, num_read = 0, capacity = _LISTED
    if not 0 <= begin <= end <= text.text.num_sentences or not (0 <= centre < parts and 0 <= context < parts):
        raise ValueError("turns outside the text, or parts that are not there")
    cdef int32_t[::1] ids = np.empty(capacity, np.int32), left = np.empty(capacity, np.int32)
    cdef int32_t[::1] right = np.empty(capacity, np.int32), rows = np.empty(capacity * (2 * text.text.window + 1), np.int32)
    cdef int64_t[::1] ends = np.empty(capacity, np.int64)
    cdef Text result
    passed.seed = seed
    block.ids, block.left, block.right, block.capacity = &ids[0], &left[0], &right[0], capacity
    chosen.parts, chosen.centre, chosen.context = parts, centre, context
    all_rows, all_ends, filled = [np.empty(0, np.int32)], [np.zeros(1, np.int64)], 0
    while begin < end:
        with nogil:
            dv_fill(&passed, &begin, &skip, end, &block)
            number = dv_list_pairs(&block, &chosen, &rows[0], &ends[0], &num_centres)
        num_read += block.num_read
        if number:
            all_rows.append(np.array(rows[: ends[number - 1]]))
            all_ends.append(np.array(ends[:number]) + filled)
            filled += ends[number - 1]
    result = Text(np.concatenate(all_rows), np.concatenate(all_ends), None, text.text.window, False, False)
    result.text.windows = DV_LISTS
    return result, result.text.num_sentences, num_centres, num_read


cdef class Share:
    """Turns of a pass through a text, for threads that share them: each takes what no other has taken.

    seed : of the pass: its order, subsampling, windows and noise
    begin, end : the sentences whose turns are begin, ..., end − 1
    capacity : tokens of a block
    part : most turns that a thread takes at a time; 0 for as many as fill a block
    skip : tokens of the first sentence that were read before
    begun : sums of the loss, up to three, that threads add to: of what an earlier share of this one's work has read
    Errors: ValueError for turns and tokens that are not of the text, and for sizes that are not positive.
    """

    def __init__(
        self,
        Text text not None,
        uint64_t seed,
        int64_t begin,
        int64_t end,
        int64_t capacity,
        int64_t part=0,
        *,
        int64_t skip=0,
        begun=(),
    ):
        cdef int64_t sentence
        if not 0 <= begin <= end <= text.text.num_sentences or part < 0 or capacity < 1:
            raise ValueError("turns outside the text, or a size that is not positive")
        memset(&self.share, 0, sizeof(dv_share))
        self.text, self.capacity = text, capacity
        self.share.text, self.share.text.seed = text.text, seed
        self.share.turn, self.share.last, self.share.part = begin, end, part
        if skip:
            sentence = dv_sentence(&self.share.text, begin) if begin < end else -1
            if sentence < 0 or not 0 < skip < text.text.offsets[sentence + 1] - text.text.offsets[sentence]:
                raise ValueError("tokens outside the sentence")
        self.share.skip = skip
        put_begun(&self.share, begun)

    @property
    def position(self):
        """(turn, tokens into its sentence) where what nobody has taken begins."""
        return self.share.turn, self.share.skip

    def stop(self):
        """Let threads finish what they have taken and take no more; the ``position`` where they end."""
        dv_stop(&self.share)
        return self.position

    cdef int check(self, int64_t num_words) except -1:
        """The text must be one of so many words."""
        if self.text.num_words not in (0, num_words):
            raise ValueError(f"tables of {num_words} words, and thresholds of {self.text.num_words}")
        return 0

    cdef dv_reader reader(self) noexcept:
        """A thread's reading of the share."""
        cdef dv_reader reader = reading(&self.share)
        reader.capacity = self.capacity
        return reader


cdef dv_reader reading(dv_share *share) noexcept:
    """A thread's reading; the first one's sums of the loss start from what was begun."""
    cdef dv_reader reader
    cdef int term
    memset(&reader, 0, sizeof(dv_reader))
    reader.share = share
    for term in range(DV_TERMS):
        reader.tally.loss[term], share.begun[term] = share.begun[term], 0
    return reader


cdef int put_begun(dv_share *share, begun) except -1:
    """Sums of the loss to start from."""
    cdef int term
    begun = tuple(begun)
    if len(begun) > DV_TERMS:
        raise ValueError("more sums than terms")
    for term in range(len(begun)):
        share.begun[term] = begun[term]
    return 0


cdef tuple result(int done, const dv_tally *tally, int num_terms):
    """What every kernel returns: (sums of the loss's terms, tokens kept, tokens read)."""
    cdef int term
    if not done:
        raise MemoryError("no memory for the blocks of a training thread")
    return tuple([tally.loss[term] for term in range(num_terms)]), tally.num_tokens, tally.num_read


def permutation(int64_t size, uint64_t seed):
    """The whole permutation as a list: what ``fill_block`` follows when it shuffles (for tests)."""
    cdef int64_t i
    return [dv_permute(i, size, seed) for i in range(size)]


def fill_block(
    Text text not None,
    uint64_t seed,
    int64_t turn,
    int64_t skip,
    int32_t[::1] block_ids not None,
    int32_t[::1] block_left not None,
    int32_t[::1] block_right not None,
):
    """Fill the arrays of one block, starting ``skip`` tokens into the sentence whose turn it is.

    Sentences come in file order, or in the order of a permutation drawn from ``seed`` where the text is shuffled.
    ``block_left`` and ``block_right`` get the number of context tokens each kept token has on either side: at most its
    window, never beyond its sentence.  A block holds whole sentences; only a sentence longer than a whole block is cut.

    Returns (tokens kept, tokens read, next turn, next skip); the text ends when next turn is the
    number of sentences.
    """
    cdef int64_t num_sentences = text.text.num_sentences, capacity = block_ids.shape[0]
    cdef dv_text passed = text.text
    cdef dv_block block
    if block_left.shape[0] != capacity or block_right.shape[0] != capacity:
        raise ValueError("block arrays differ in length")
    if capacity < 1:
        raise ValueError("capacity must be positive")
    if turn < 0 or turn > num_sentences or skip < 0:
        raise ValueError("position outside the corpus")
    passed.seed = seed
    block.ids, block.left, block.right, block.capacity = &block_ids[0], &block_left[0], &block_right[0], capacity
    with nogil:
        dv_fill(&passed, &turn, &skip, num_sentences, &block)
    return block.filled, block.num_read, turn, skip
