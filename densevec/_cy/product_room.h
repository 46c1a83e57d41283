/* What products.h works with. */
#ifndef DV_PRODUCT_ROOM_H
#define DV_PRODUCT_ROOM_H
#include <stdint.h>

typedef struct {
    float *narrowed; /* room for a left side: rows, up to a multiple of 16, of dv_num_pairs(depth) floats */
    int by_unit;     /* that multiplies matrices */
} dv_products;

/* Pairs of so many numbers, and of nothing, up to a multiple of 16. */
static inline int64_t dv_num_pairs(int64_t depth) { return (depth + 31) / 32 * 16; }

#endif
