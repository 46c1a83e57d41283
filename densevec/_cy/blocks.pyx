"""Blocks of running text: subsampled, with the window of every token, from encoded sentences.

Every random decision is a hash of (seed, position), not the state of a generator: a block is a
function of the position where it starts.  Training resumes anywhere without replaying what came
before, and shuffling the sentences of a text of any length takes no memory.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t


cdef inline uint64_t _mix(uint64_t x) noexcept nogil:
    """Finaliser of SplitMix64 (Steele, Lea & Flood 2014): a bijection that scrambles all bits."""
    x = (x ^ (x >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    x = (x ^ (x >> 27)) * <uint64_t>0x94D049BB133111EB
    return x ^ (x >> 31)


cdef inline uint64_t _hash(uint64_t seed, uint64_t position) noexcept nogil:
    return _mix(_mix(seed) + <uint64_t>0x9E3779B97F4A7C15 * (position + 1))


cdef inline uint64_t _permute(uint64_t index, uint64_t size, uint64_t seed) noexcept nogil:
    """Image of index under a pseudo-random permutation of 0..size-1, in constant memory.

    A balanced Feistel network permutes the next power of four; walking its cycle
    until the image is below size restricts it to the range (Black & Rogaway 2002).
    """
    cdef int half = 1
    cdef uint64_t mask, left, right, swap
    cdef int turn
    while half < 32 and (<uint64_t>1 << (2 * half)) < size:
        half += 1
    mask = (<uint64_t>1 << half) - 1
    while True:
        left = index >> half
        right = index & mask
        for turn in range(6):
            swap = right
            right = left ^ (_hash(seed + <uint64_t>turn, right) & mask)
            left = swap
        index = (left << half) | right
        if index < size:
            return index


def permutation(int64_t size, uint64_t seed):
    """The whole permutation as a list: what ``fill_block`` follows when it shuffles (for tests)."""
    cdef int64_t i
    return [_permute(i, size, seed) for i in range(size)]


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
    cdef int64_t filled = 0, num_read = 0
    cdef int64_t sentence, first, begin, end, i, j, reach
    if block_left.shape[0] != capacity or block_right.shape[0] != capacity:
        raise ValueError("block arrays differ in length")
    if capacity < 1 or window < 1:
        raise ValueError("capacity and window must be positive")
    if turn < 0 or turn > num_sentences or skip < 0:
        raise ValueError("position outside the corpus")
    with nogil:
        while turn < num_sentences:
            sentence = <int64_t>_permute(turn, num_sentences, seed) if shuffle else turn
            begin = offsets[sentence] + skip
            end = offsets[sentence + 1]
            first = filled
            i = begin
            while i < end and filled < capacity:
                if <uint32_t>(_hash(seed, i) >> 32) <= keep_threshold[ids[i]]:
                    block_ids[filled] = ids[i]
                    filled += 1
                i += 1
            if i < end and first > 0:  # does not fit behind others: it opens the next block
                filled = first
                break
            for j in range(first, filled):
                reach = window
                if shrink:  # ~seed: a stream of its own
                    reach = 1 + <int64_t>(((_hash(~seed, begin + j - first) >> 32) * <uint64_t>window) >> 32)
                block_left[j] = <int32_t>min(reach, j - first)
                block_right[j] = <int32_t>min(reach, filled - 1 - j)
            num_read += i - begin
            if i < end:
                skip += i - begin
                break
            turn += 1
            skip = 0
            if filled == capacity:
                break
    return filled, num_read, turn, skip
