/* Sums of (column, value) pairs of one row of a sparse matrix, and the windows of a word that give them. */
#ifndef DV_COOCCURRENCE_H
#define DV_COOCCURRENCE_H
#include <stdint.h>

enum { DV_AHEAD = 12 }; /* occurrences of a word are far apart: their windows are fetched so many turns early */

/* The columns of a row that are not zero are told by a bit each, and those words of 64 bits that have one by a bit
 * of their own: what a row holds is read off in order without sorting, at a cost that hardly depends on num_words. */
typedef struct {
    uint64_t *totals; /* (num_words,) all zero between rows */
    uint64_t *marks;  /* (num_words / 64 + 1,) idem */
    uint64_t *groups; /* (num_words / 4096 + 1,) idem */
    int64_t num_words;
} dv_row;

static inline void dv_add(dv_row *row, int32_t column, uint64_t value) {
    row->totals[column] += value;
    row->marks[column >> 6] |= UINT64_C(1) << (column & 63);
    row->groups[column >> 12] |= UINT64_C(1) << ((column >> 6) & 63);
}

/* Write the row's columns, ascending, and their totals, and clear it; returns how many. */
static inline int64_t dv_write_row(dv_row *row, int32_t *columns, uint64_t *values) {
    int64_t taken = 0;
    for (int64_t group = 0; group <= row->num_words >> 12; group++) {
        for (uint64_t marked = row->groups[group]; marked; marked &= marked - 1) {
            int64_t mark = group << 6 | __builtin_ctzll(marked);
            for (uint64_t bits = row->marks[mark]; bits; bits &= bits - 1) {
                int64_t column = mark << 6 | __builtin_ctzll(bits);
                columns[taken] = (int32_t)column;
                values[taken++] = row->totals[column];
                row->totals[column] = 0;
            }
            row->marks[mark] = 0;
        }
        row->groups[group] = 0;
    }
    return taken;
}

typedef struct {
    const int32_t *tokens;   /* words, with a negative number before, between and after sentences */
    const uint64_t *weights; /* (window,) of a neighbour 1, 2, ... places away */
    int64_t window;
    int left, right;         /* which sides count */
} dv_windows;

/* Add the neighbours of the tokens at the given places. */
static inline void dv_count(const dv_windows *text, const uint32_t *places, int64_t number, dv_row *row) {
    for (int64_t i = 0; i < number; i++) {
        if (i + DV_AHEAD < number) __builtin_prefetch(text->tokens + places[i + DV_AHEAD]);
        const int32_t *token = text->tokens + places[i];
        if (text->left)
            for (int64_t d = 1; d <= text->window && token[-d] >= 0; d++) dv_add(row, token[-d], text->weights[d - 1]);
        if (text->right)
            for (int64_t d = 1; d <= text->window && token[d] >= 0; d++) dv_add(row, token[d], text->weights[d - 1]);
    }
}

#endif
