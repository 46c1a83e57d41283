/* Sums of squares of float32 numbers in float64, in the order in which NumPy adds numbers that lie side by side: eight
 * sums at once, and beyond 128 numbers halves of them.  A square is exact, so that it does not matter whether a
 * processor rounds it before it is added. */
#ifndef DENSEVEC_SQUARE_SUMS_H
#define DENSEVEC_SQUARE_SUMS_H

#include <stdint.h>

#define DV_SUMS 8
#define DV_SUMMED_AT_ONCE 128

static double dv_square_sum(const float *row, int64_t size) {
    if (size > DV_SUMMED_AT_ONCE) {
        const int64_t half = size / 2 - size / 2 % DV_SUMS;
        return dv_square_sum(row, half) + dv_square_sum(row + half, size - half);
    }
    double total = 0;
    int64_t j = 0;
    if (size >= DV_SUMS) {
        double sums[DV_SUMS];
        for (int lane = 0; lane < DV_SUMS; lane++) sums[lane] = (double)row[lane] * (double)row[lane];
        for (j = DV_SUMS; j + DV_SUMS <= size; j += DV_SUMS)
            for (int lane = 0; lane < DV_SUMS; lane++) sums[lane] += (double)row[j + lane] * (double)row[j + lane];
        total = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    }
    for (; j < size; j++) total += (double)row[j] * (double)row[j];
    return total;
}

#endif
