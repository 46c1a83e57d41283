/* The n-grams of a text, by sorting its positions.
 *
 * They form a trie that is read backwards: a node at depth k is an n-gram w_1 … w_k, the path to it from the root is
 * w_k, w_{k−1}, …, w_1.  Its parent is w_2 … w_k, the n-gram that smoothing backs off to; its children are the words
 * found before it.  Its context is w_1 … w_{k−1}, a node of depth k − 1.
 *
 * The positions of the last words of one n-gram are one run of an array; the next depth sorts each run by the word
 * that stands k places before. */
#ifndef DV_NGRAM_SORT_H
#define DV_NGRAM_SORT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#define DV_FETCH(address) __builtin_prefetch(address)
#else
#define DV_FETCH(address) ((void)0)
#endif

#define DV_AHEAD 24        /* positions between a request to memory and its use */
#define DV_FEW 40          /* keys that insertion sorts faster than anything else */
#define DV_RADIX_BITS 11
#define DV_NOTHING (-1)    /* in place of a word: before the beginning of the text */

/* One level of the trie, and the text. */
typedef struct {
    const int32_t *ids;     /* of the text */
    int64_t num_ids;
    int32_t *positions;     /* in runs, one for each node; a permutation of the text's */
    int32_t *keys;          /* for each place of positions the word before, DV_NOTHING where there is none */
    const int32_t *begin;   /* where the run of each node begins */
    const int32_t *counts;  /* how long it is */
    const int32_t *words;   /* the first word of each node's n-gram; NULL at depth 1 */
    int64_t depth;
    int32_t end_id;         /* "</s>", which also stands before the text */
    int crosses;            /* whether n-grams go on beyond an "</s>" in them */
} dv_level;

static int dv_is_leaf(const dv_level *level, int64_t node) {
    return level->words && !level->crosses && level->words[node] == level->end_id;
}

static int32_t dv_word_before(const dv_level *level, int64_t place) {
    int64_t before = (int64_t)level->positions[place] - level->depth;
    return before >= 0 ? level->ids[before] : before == -1 ? level->end_id : DV_NOTHING;
}

static void dv_fetch_word(const dv_level *level, int64_t place) {
    int64_t before;
    if (place >= level->num_ids) return;
    before = (int64_t)level->positions[place] - level->depth;
    DV_FETCH(level->ids + (before > 0 ? before : 0));
}

static void dv_insertion_sort(uint64_t *keys, int64_t size) {
    int64_t i, j;
    for (i = 1; i < size; i++) {
        uint64_t key = keys[i];
        for (j = i; j > 0 && keys[j - 1] > key; j--) keys[j] = keys[j - 1];
        keys[j] = key;
    }
}

/* Stable by bits 32 and up, of which word_bits are used; the result is in *keys, which may have changed places with
 * *other. */
static void dv_radix_sort(uint64_t **keys, uint64_t **other, int64_t size, int word_bits) {
    int64_t counts[1 << DV_RADIX_BITS];
    int bits = size < 4096 ? 8 : DV_RADIX_BITS, shift;
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    for (shift = 32; shift < 32 + word_bits; shift += bits) {
        uint64_t *from = *keys, *to = *other;
        int64_t i, sum = 0;
        memset(counts, 0, sizeof(int64_t) << bits);
        for (i = 0; i < size; i++) counts[from[i] >> shift & mask]++;
        for (i = 0; i <= (int64_t)mask; i++) {
            int64_t count = counts[i];
            counts[i] = sum;
            sum += count;
        }
        for (i = 0; i < size; i++) to[counts[from[i] >> shift & mask]++] = from[i];
        *keys = to;
        *other = from;
    }
}

/* Sort the run of one node by the words before it; how many distinct ones there are, and how often there is none. */
static void dv_split_node(const dv_level *level, int64_t node, uint64_t *space, uint64_t *other, int word_bits,
                          int32_t *num_children, int32_t *num_loose) {
    int64_t begin = level->begin[node], size = level->counts[node], i;
    int32_t last = DV_NOTHING, children = 0, loose = 0;
    for (i = 0; i < size; i++) { /* words are one too large, so that nothing is 0 and sorts first */
        dv_fetch_word(level, begin + i + DV_AHEAD);
        space[i] = (uint64_t)(dv_word_before(level, begin + i) + 1) << 32 | (uint32_t)level->positions[begin + i];
    }
    if (size <= DV_FEW) dv_insertion_sort(space, size);
    else dv_radix_sort(&space, &other, size, word_bits);
    for (i = 0; i < size; i++) {
        int32_t word = (int32_t)(space[i] >> 32) - 1;
        level->positions[begin + i] = (int32_t)(uint32_t)space[i];
        level->keys[begin + i] = word;
        loose += word == DV_NOTHING;
        children += word != last;
        last = word;
    }
    *num_children = children;
    *num_loose = loose;
}

/* The same for nodes first to last − 1; -1 when memory is short. */
static int dv_split_nodes(const dv_level *level, int64_t first, int64_t last, int word_bits, int32_t *num_children,
                          int32_t *num_loose) {
    int64_t largest = 1, node;
    uint64_t *space;
    for (node = first; node < last; node++)
        if (level->counts[node] > largest) largest = level->counts[node];
    space = (uint64_t *)malloc(2 * (size_t)largest * sizeof(uint64_t));
    if (!space) return -1;
    for (node = first; node < last; node++) {
        if (dv_is_leaf(level, node)) {
            num_children[node] = 0;
            num_loose[node] = level->counts[node];
        } else {
            dv_split_node(level, node, space, space + largest, word_bits, num_children + node, num_loose + node);
        }
    }
    free(space);
    return 0;
}

/* The children of nodes first to last − 1, from sorted runs.  num_children are numbered from first_child[node] on;
 * nodes and next_nodes have the node that ends at each position of the text, at this depth and at the next. */
static void dv_fill_children(const dv_level *level, int64_t first, int64_t last, const int32_t *first_child,
                             const int32_t *nodes, int32_t *next_nodes, int32_t *words, int32_t *begin,
                             int32_t *counts, int32_t *contexts) {
    int64_t node;
    for (node = first; node < last; node++) {
        int64_t place = level->begin[node], end = place + level->counts[node];
        int32_t child = first_child[node] - 1, word = DV_NOTHING;
        if (first_child[node] == first_child[node + 1]) continue;
        for (; place < end; place++) {
            int32_t position = level->positions[place];
            if (place + DV_AHEAD < level->num_ids) {
                int32_t later = level->positions[place + DV_AHEAD];
                DV_FETCH(nodes + (later > 0 ? later - 1 : 0));
            }
            if (level->keys[place] == DV_NOTHING) continue;
            if (level->keys[place] != word) {
                word = level->keys[place];
                child++;
                words[child] = word;
                begin[child] = (int32_t)place;
                counts[child] = 0;
                contexts[child] = position ? nodes[position - 1] : level->end_id;
            }
            counts[child]++;
            next_nodes[position] = child;
        }
    }
}

#endif
