/* Blocks of running text from encoded sentences: subsampled, with the window of every token. */
#ifndef DV_BLOCKS_H
#define DV_BLOCKS_H
#include "random.h"

typedef struct {
    const int32_t *ids;      /* sentence s is ids[offsets[s]:offsets[s + 1]] */
    const int64_t *offsets;
    int64_t num_sentences;
    const uint32_t *keep;    /* a token of word v is kept when a hash of its position is at most keep[v]; NULL: always */
    int32_t same;            /* keep[same] is that of all words from this one on: of rare ones it is not looked up */
    uint64_t seed;
    int shuffle;             /* sentences in the order of a permutation, else in that of the text */
    int32_t window;          /* most context tokens on one side */
    int windows;
} dv_text;

/* The window of a token: all of it, uniform in 1..window, or that of a list: the first token of a sentence has all that
 * follow it, and they have none. */
enum { DV_WHOLE, DV_SHRUNK, DV_LISTS };

/* How far from a token the words of its window are, at most: a list holds what follows and what comes before. */
static inline int64_t dv_reach(const dv_text *text) { return text->windows == DV_LISTS ? 2 * text->window : text->window; }

typedef struct {
    int32_t *ids, *left, *right; /* (capacity,) */
    int64_t capacity, filled, num_read;
} dv_block;

enum { DV_COMING = 8 };

/* The sentence whose turn it is. */
static inline int64_t dv_sentence(const dv_text *text, int64_t turn) {
    if (!text->shuffle) return turn;
    return (int64_t)dv_permute((uint64_t)turn, (uint64_t)text->num_sentences, text->seed);
}

/* Fill a block with whole sentences from turn *turn, *skip tokens in, up to turn last; only a sentence longer than the
 * block is cut.  Moves *turn and *skip to where the next block starts. */
static inline void dv_fill(const dv_text *text, int64_t *turn, int64_t *skip, int64_t last, dv_block *block) {
    int64_t filled = 0, num_read = 0;
    int64_t coming[DV_COMING]; /* sentences of the turns ahead: in random order they are far apart, so fetched early */
    for (int64_t t = *turn; t < *turn + DV_COMING - 1 && t < last; t++) coming[t % DV_COMING] = dv_sentence(text, t);
    while (*turn < last) {
        int64_t sentence = coming[*turn % DV_COMING], far = *turn + DV_COMING - 1, near = *turn + DV_COMING / 2;
        if (far < last) {
            coming[far % DV_COMING] = dv_sentence(text, far);
            __builtin_prefetch(text->offsets + coming[far % DV_COMING]);
        }
        if (near < last) {
            const int32_t *first_id = text->ids + text->offsets[coming[near % DV_COMING]];
            __builtin_prefetch(first_id);
            __builtin_prefetch(first_id + 16);
        }
        int64_t begin = text->offsets[sentence] + *skip, end = text->offsets[sentence + 1];
        int64_t first = filled, i = begin;
        for (; i < end && filled < block->capacity; i++) {
            const int32_t word = block->ids[filled] = text->ids[i], looked_up = word < text->same ? word : text->same;
            filled += !text->keep || (uint32_t)(dv_hash(text->seed, (uint64_t)i) >> 32) <= text->keep[looked_up];
        }
        if (i < end && first > 0) { /* does not fit behind others: it opens the next block */
            filled = first;
            break;
        }
        for (int64_t j = first; j < filled; j++) {
            int64_t reach = text->window;
            if (text->windows == DV_SHRUNK) { /* ~seed: a stream of its own */
                uint64_t random = dv_hash(~text->seed, (uint64_t)(begin + j - first)) >> 32;
                reach = 1 + (int64_t)((random * (uint64_t)text->window) >> 32);
            }
            block->left[j] = (int32_t)(reach < j - first ? reach : j - first);
            block->right[j] = (int32_t)(reach < filled - 1 - j ? reach : filled - 1 - j);
        }
        if (text->windows == DV_LISTS && filled > first) {
            for (int64_t j = first; j < filled; j++) block->left[j] = block->right[j] = 0;
            block->right[first] = (int32_t)(filled - 1 - first);
        }
        num_read += i - begin;
        if (i < end) {
            *skip += i - begin;
            break;
        }
        ++*turn;
        *skip = 0;
        if (filled == block->capacity) break;
    }
    block->filled = filled;
    block->num_read = num_read;
}

/* What skip-gram predicts, where a part of the words has its input rows here and another its output rows: word v is row
 * v / parts of part v % parts. */
typedef struct {
    int64_t parts, centre, context; /* numbers of the two */
} dv_parts;

/* Lists of a block's pairs: each token of part `centre`, and the tokens of part `context` in its window, as rows; lists
 * without any are left out.  `ends` gets where each list ends in `rows`.  Adds to *num_centres those with and without;
 * returns the number of lists.  `rows` must have room for 2 window + 1 rows a token. */
static inline int64_t dv_list_pairs(const dv_block *block, const dv_parts *parts, int32_t *rows, int64_t *ends, int64_t *num_centres) {
    int64_t number = 0, filled = 0;
    for (int64_t i = 0; i < block->filled; i++) {
        if (block->ids[i] % parts->parts != parts->centre) continue;
        const int64_t first = filled++;
        ++*num_centres;
        rows[first] = (int32_t)(block->ids[i] / parts->parts);
        for (int64_t p = i - block->left[i]; p <= i + block->right[i]; p++)
            if (p != i && block->ids[p] % parts->parts == parts->context) rows[filled++] = (int32_t)(block->ids[p] / parts->parts);
        if (filled == first + 1)
            filled = first;
        else
            ends[number++] = filled;
    }
    return number;
}

#endif
