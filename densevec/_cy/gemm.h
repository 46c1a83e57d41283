/* Matrix products; included once for every instruction set, after vectors.h. */
#include "gemm_tiles.h"

/* C (rows, columns) = A B, or C += A B: A[i, k] is a[i a_row + k a_column]; rows of B and C are b_row and c_row floats
 * apart, 64-byte aligned, and columns is a multiple of 16. */
#undef DV_SPLAT_NUMBER
#undef DV_FUSE_NUMBERS
#define DV_SPLAT_NUMBER(p) DV(splat)(*(p))
#define DV_FUSE_NUMBERS(sum, x, y) ((sum) + (x) * (y))
DV_PRODUCT_FUNCTION(multiply, DV_SPLAT_NUMBER, DV_FUSE_NUMBERS, float *, MATRIX)
#ifdef DV_ADDS_TO_ROWS
/* The same added to rows of which there are pointers. */
DV_PRODUCT_FUNCTION(add_product, DV_SPLAT_NUMBER, DV_FUSE_NUMBERS, float *const *, ROWS)
#endif
