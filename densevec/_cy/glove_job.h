/* GloVe: the entries of a matrix of counts, the order in which they are learned, and what the kernel works on. */
#ifndef DV_GLOVE_JOB_H
#define DV_GLOVE_JOB_H
#include <math.h>
#include <stdint.h>
#include "random.h"
#include "share.h"

/* Entries that stay together when the order changes: a stretch of memory that is read from beginning to end. */
enum { DV_ENTRIES = 256 };

typedef struct {
    const int32_t *rows, *columns; /* (number,) words, in [0, num_words) */
    const float *values;           /* (number,) positive */
    int64_t number;
} dv_entries;

typedef struct {
    float *tables[2], *squares[2];      /* (num_words, stride) of words and of contexts, padded with zeros */
    float *biases[2], *bias_squares[2]; /* (num_words,) */
    int64_t num_words, stride;
    float log_x_max, alpha, rate;
    dv_entries entries;
    dv_reader reader;
} dv_glove_job;

/* Where the entry lies whose turn it is: whole stretches change places, what is left over at the end stays there. */
static inline int64_t dv_entry(int64_t turn, int64_t num_entries, uint64_t seed) {
    const int64_t num_stretches = num_entries / DV_ENTRIES, stretch = turn / DV_ENTRIES;
    if (stretch == num_stretches) return turn;
    return (int64_t)dv_permute((uint64_t)stretch, (uint64_t)num_stretches, seed) * DV_ENTRIES + turn % DV_ENTRIES;
}

enum { DV_COMING_SWAPS = 16 };

/* The place that changes with place i: uniform in 0..i. */
static inline int64_t dv_swap_with(uint64_t seed, int64_t i) {
    return (int64_t)(((unsigned __int128)dv_hash(seed, (uint64_t)i) * (uint64_t)(i + 1)) >> 64);
}

/* Shuffle entries where they are (Fisher & Yates); the swaps to come are known, so their places are fetched early. */
static inline void dv_shuffle(int32_t *rows, int32_t *columns, float *values, int64_t size, uint64_t seed) {
    int64_t coming[DV_COMING_SWAPS];
    for (int64_t i = size - 1; i >= 0 && i > size - 1 - DV_COMING_SWAPS; i--)
        coming[i % DV_COMING_SWAPS] = dv_swap_with(seed, i);
    for (int64_t i = size - 1; i > 0; i--) {
        const int64_t j = coming[i % DV_COMING_SWAPS], far = i - DV_COMING_SWAPS;
        if (far >= 0) {
            const int64_t other = coming[far % DV_COMING_SWAPS] = dv_swap_with(seed, far);
            __builtin_prefetch(rows + other, 1), __builtin_prefetch(columns + other, 1), __builtin_prefetch(values + other, 1);
        }
        const int32_t row = rows[i], column = columns[i];
        const float value = values[i];
        rows[i] = rows[j], columns[i] = columns[j], values[i] = values[j];
        rows[j] = row, columns[j] = column, values[j] = value;
    }
}

#endif
