/* Products of float32 matrices that need not be exact; included once for every instruction set, after vectors.h.
 *
 * Processors that have instructions for it multiply pairs of bfloat16 numbers, twice as many at a time or more, and sum in
 * float32; the others multiply what is there.  DV(pack) makes the right side of products ready, where `to` has room for
 * dv_num_pairs(depth) rows of `columns` floats; DV(product) is DV(multiply) with such a side.  Behind the last number of each
 * row of a left side there are others, up to a multiple of 16. */
#ifndef DV_HAS_PAIRS
#include "gemm.h"

static inline const float *DV(pack)(const dv_products *by, const float *b, int64_t depth, int columns, int64_t b_row, float *to) {
    (void)by, (void)depth, (void)columns, (void)b_row, (void)to;
    return b;
}

static inline void DV(product)(const dv_products *by, int rows, int columns, int64_t depth, const float *a, int64_t a_row,
                               int64_t a_column, const float *packed, int64_t b_row, float *c, int64_t c_row, int accumulate) {
    (void)by;
    DV(multiply)(rows, columns, depth, a, a_row, a_column, packed, b_row, c, c_row, accumulate);
}

/* exp(x) for x <= 0, as exactly as what is multiplied. */
static inline vec DV(exp_roughly)(vec x) { return DV(exp_negative)(x); }
#else
#include "pairs.h"
#include "transpose.h"

/* 16 pairs of numbers k and k + 1 of rows that are `step` apart, of `depth` numbers; none behind the last. */
static inline vec DV(pairs_across)(const float *from, int64_t k, int64_t depth, int64_t step) {
    const __m256i none = _mm256_setzero_si256();
    return DV(pair_up)(k < depth ? DV(narrow)(from + k * step) : none, k + 1 < depth ? DV(narrow)(from + (k + 1) * step) : none);
}

static const float *DV(pack)(const dv_products *by, const float *b, int64_t depth, int columns, int64_t b_row, float *to) {
    const int64_t pairs = by->by_unit ? dv_num_pairs(depth) : (depth + 1) / 2;
    for (int64_t k = 0; k < pairs; k++)
        for (int j = 0; j < columns; j += 16) DV(store)(to + k * columns + j, DV(pairs_across)(b + j, 2 * k, depth, b_row));
    return to;
}

static void DV(product)(const dv_products *by, int rows, int columns, int64_t depth, const float *a, int64_t a_row,
                        int64_t a_column, const float *packed, int64_t b_row, float *c, int64_t c_row, int accumulate) {
    (void)b_row;
    float *narrowed = by->narrowed;
    int64_t row = dv_num_pairs(depth), column = 1;
    if (a_column == 1)
        for (int64_t r = 0; r < rows; r++) {
            DV(store)(narrowed + (r + 1) * row - 16, (vec){0});
            DV(narrow_row)(a + r * a_row, depth, (uint16_t *)(narrowed + r * row));
        }
    else if (by->by_unit)
        for (int64_t i = 0; i < rows; i += 16)
            for (int64_t k = 0; k < row; k += 16) {
                vec v[16];
                for (int64_t n = 0; n < 16; n++) v[n] = DV(pairs_across)(a + i, 2 * (k + n), depth, a_column);
                DV(transpose)(v);
                for (int64_t n = 0; n < 16; n++) DV(store)(narrowed + (i + n) * row + k, v[n]);
            }
    else {
        row = 1, column = dv_round(rows);
        for (int64_t k = 0; k < depth; k += 2)
            for (int64_t i = 0; i < rows; i += 16) DV(store)(narrowed + k / 2 * column + i, DV(pairs_across)(a + i, k, depth, a_column));
    }
#ifdef DV_HAS_MATRIX_UNIT
    if (by->by_unit) {
        DV(multiply_by_unit)(rows, columns, dv_num_pairs(depth), narrowed, row, packed, columns, c, c_row, accumulate);
        return;
    }
#endif
    DV(multiply_pairs)(rows, columns, (depth + 1) / 2, narrowed, row, column, packed, columns, c, c_row, accumulate);
}
#endif
