/* Random numbers as hashes of (seed, position): no state to keep, any position at any time. */
#ifndef DV_RANDOM_H
#define DV_RANDOM_H
#include <stdint.h>

/* Finaliser of SplitMix64 (Steele, Lea & Flood 2014): a bijection that scrambles all bits. */
static inline uint64_t dv_mix(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static inline uint64_t dv_hash(uint64_t seed, uint64_t position) {
    return dv_mix(dv_mix(seed) + UINT64_C(0x9E3779B97F4A7C15) * (position + 1));
}

/* Image of index under a pseudo-random permutation of 0..size-1, in constant memory.
 *
 * A balanced Feistel network permutes the next power of four; walking its cycle until the image is below size
 * restricts it to the range (Black & Rogaway 2002). */
static inline uint64_t dv_permute(uint64_t index, uint64_t size, uint64_t seed) {
    int half = 1;
    while (half < 32 && (UINT64_C(1) << (2 * half)) < size) half++;
    uint64_t mask = (UINT64_C(1) << half) - 1;
    do {
        uint64_t left = index >> half, right = index & mask;
        for (int turn = 0; turn < 6; turn++) {
            uint64_t swap = right;
            right = left ^ (dv_hash(seed + (uint64_t)turn, right) & mask);
            left = swap;
        }
        index = (left << half) | right;
    } while (index >= size);
    return index;
}

/* One word of a discrete distribution in constant time (Walker 1977, Vose 1991): keep the column with probability
 * threshold/2^32, else take its alias. */
typedef struct {
    uint32_t threshold;
    int32_t alias;
} dv_alias;

static inline uint64_t dv_column(uint64_t random, uint64_t num_words) { return ((random >> 32) * num_words) >> 32; }

static inline int32_t dv_draw(const dv_alias *table, uint64_t num_words, uint64_t random) {
    const uint64_t column = dv_column(random, num_words);
    const int32_t is_alias = -(int32_t)((uint32_t)random >= table[column].threshold); /* no branch: it could not be foreseen */
    return ((int32_t)column & ~is_alias) | (table[column].alias & is_alias);
}

/* `number` words, a function of the seed.  Columns are fetched some draws ahead: those of a large table lie in no cache. */
enum { DV_DRAWS_AHEAD = 64 };
static inline void dv_draw_many(const dv_alias *table, int64_t num_words, uint64_t seed, int64_t number, int32_t *words) {
    const uint64_t start = dv_mix(seed);
    uint64_t coming[DV_DRAWS_AHEAD];
    for (int64_t i = 0; i < number + DV_DRAWS_AHEAD; i++) {
        uint64_t *draw = coming + i % DV_DRAWS_AHEAD;
        if (i >= DV_DRAWS_AHEAD) words[i - DV_DRAWS_AHEAD] = dv_draw(table, (uint64_t)num_words, *draw);
        *draw = dv_mix(start + UINT64_C(0x9E3779B97F4A7C15) * (uint64_t)i);
        __builtin_prefetch(table + dv_column(*draw, (uint64_t)num_words));
    }
}

#endif
