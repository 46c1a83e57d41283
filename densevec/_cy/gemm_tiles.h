/* Tiles of matrix products of the sizes that fit a cache; included by what has the products, gemm.h and pairs.h.
 *
 * A micro-kernel keeps the sums of DV_TILE_SUMS vectors in registers, of the fewer rows the wider they are, streams rows of
 * B and broadcasts numbers of A. */
#undef DV_TILE_SUMS
#undef DV_TILE_VECTORS
#undef DV_TILE
#undef DV_TILE_FUNCTION
#undef DV_WIDEST_STRIP
#undef DV_IN_WIDEST_STRIP
#undef DV_PRODUCT_FUNCTION
#if DV_LANES == 16
#define DV_TILE_SUMS 24 /* of 32 registers */
#define DV_TILE_VECTORS 4
#else
#define DV_TILE_SUMS 12 /* of 16 */
#define DV_TILE_VECTORS 3
#endif

/* C is a matrix, whose numbers the sums begin from or replace, or has a pointer to each row, to which they are added when
 * they are complete: a row may be there twice.  c_row is then the first column. */
#undef DV_BEGIN_MATRIX
#undef DV_END_MATRIX
#undef DV_DOWN_MATRIX
#undef DV_RIGHT_MATRIX
#undef DV_BEGIN_ROWS
#undef DV_END_ROWS
#undef DV_DOWN_ROWS
#undef DV_RIGHT_ROWS
#define DV_BEGIN_MATRIX(r, v) (accumulate ? DV(load)(c + (r) * c_row + (v) * DV_LANES) : (vec){0})
#define DV_END_MATRIX(r, v, sum) DV(store)(c + (r) * c_row + (v) * DV_LANES, sum)
#define DV_DOWN_MATRIX(rows) c += (rows) * c_row
#define DV_RIGHT_MATRIX(columns) c += (columns)
#define DV_BEGIN_ROWS(r, v) ((void)accumulate, (vec){0})
#define DV_END_ROWS(r, v, sum) \
    DV(store)(c[r] + c_row + (v) * DV_LANES, DV(load)(c[r] + c_row + (v) * DV_LANES) + (sum))
#define DV_DOWN_ROWS(rows) c += (rows)
#define DV_RIGHT_ROWS(columns) c_row += (columns)

/* R x (V vectors) of C (+)= A B, the numbers of A spread by SPLAT and taken into the sums by FUSE. */
#define DV_TILE(SPLAT, FUSE, C, R, V)                                                                            \
    {                                                                                                            \
        vec sums[R][V];                                                                                          \
        for (int r = 0; r < R; r++)                                                                              \
            for (int v = 0; v < V; v++) sums[r][v] = DV_BEGIN_##C(r, v);                                         \
        const float *a_k = a, *b_k = b;                                                                          \
        for (int64_t k = 0; k < depth; k++, a_k += a_column, b_k += b_row) {                                     \
            vec columns[V];                                                                                      \
            for (int v = 0; v < V; v++) columns[v] = DV(load)(b_k + v * DV_LANES);                               \
            for (int r = 0; r < R; r++) {                                                                        \
                vec x = SPLAT(a_k + r * a_row);                                                                  \
                for (int v = 0; v < V; v++) sums[r][v] = FUSE(sums[r][v], x, columns[v]);                        \
            }                                                                                                    \
        }                                                                                                        \
        for (int r = 0; r < R; r++)                                                                              \
            for (int v = 0; v < V; v++) DV_END_##C(r, v, sums[r][v]);                                            \
        a += R * a_row;                                                                                          \
        DV_DOWN_##C(R);                                                                                          \
        rows -= R;                                                                                               \
    }

/* All rows, and those that are left by ever fewer. */
#define DV_TILE_FUNCTION(name, SPLAT, FUSE, TYPE, C, V)                                                          \
    static void DV(name)(int rows, int64_t depth, const float *a, int64_t a_row, int64_t a_column,               \
                         const float *b, int64_t b_row, TYPE c, int64_t c_row, int accumulate) {                 \
        enum { most = V == 1 ? 2 * DV_TILE_SUMS / 3 : DV_TILE_SUMS / V };                                        \
        while (rows >= most) DV_TILE(SPLAT, FUSE, C, most, V)                                                    \
        while (most > 8 && rows >= 8) DV_TILE(SPLAT, FUSE, C, 8, V)                                              \
        while (rows >= 4) DV_TILE(SPLAT, FUSE, C, 4, V)                                                          \
        while (rows >= 2) DV_TILE(SPLAT, FUSE, C, 2, V)                                                          \
        if (rows) DV_TILE(SPLAT, FUSE, C, 1, V)                                                                  \
    }

/* Strips of columns whose part of B stays in the nearest cache. */
#if DV_TILE_VECTORS == 4
#define DV_WIDEST_STRIP(name, SPLAT, FUSE, TYPE, C) DV_TILE_FUNCTION(name##_strip_4, SPLAT, FUSE, TYPE, C, 4)
#define DV_IN_WIDEST_STRIP(name) \
    if (width == 4) DV(name##_strip_4)(rows, depth, a, a_row, a_column, b, b_row, c, c_row, accumulate);
#else
#define DV_WIDEST_STRIP(name, SPLAT, FUSE, TYPE, C)
#define DV_IN_WIDEST_STRIP(name)
#endif
#define DV_PRODUCT_FUNCTION(name, SPLAT, FUSE, TYPE, C)                                                          \
    DV_TILE_FUNCTION(name##_strip_1, SPLAT, FUSE, TYPE, C, 1)                                                    \
    DV_TILE_FUNCTION(name##_strip_2, SPLAT, FUSE, TYPE, C, 2)                                                    \
    DV_TILE_FUNCTION(name##_strip_3, SPLAT, FUSE, TYPE, C, 3)                                                    \
    DV_WIDEST_STRIP(name, SPLAT, FUSE, TYPE, C)                                                                  \
    static void DV(name)(int rows, int columns, int64_t depth, const float *a, int64_t a_row, int64_t a_column,  \
                         const float *b, int64_t b_row, TYPE c, int64_t c_row, int accumulate) {                 \
        int vectors = columns / DV_LANES;                                                                        \
        while (vectors > 0) {                                                                                    \
            int width = vectors < DV_TILE_VECTORS ? vectors : DV_TILE_VECTORS;                                   \
            DV_IN_WIDEST_STRIP(name)                                                                             \
            if (width == 3) DV(name##_strip_3)(rows, depth, a, a_row, a_column, b, b_row, c, c_row, accumulate); \
            if (width == 2) DV(name##_strip_2)(rows, depth, a, a_row, a_column, b, b_row, c, c_row, accumulate); \
            if (width == 1) DV(name##_strip_1)(rows, depth, a, a_row, a_column, b, b_row, c, c_row, accumulate); \
            b += width * DV_LANES, vectors -= width;                                                             \
            DV_RIGHT_##C(width * DV_LANES);                                                                      \
        }                                                                                                        \
    }
