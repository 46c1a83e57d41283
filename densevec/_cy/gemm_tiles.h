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

/* R x (V vectors) of C (+)= A B, the numbers of A spread by SPLAT and taken into the sums by FUSE. */
#define DV_TILE(SPLAT, FUSE, R, V)                                                                               \
    {                                                                                                            \
        vec sums[R][V];                                                                                          \
        for (int r = 0; r < R; r++)                                                                              \
            for (int v = 0; v < V; v++)                                                                          \
                sums[r][v] = accumulate ? DV(load)(c + r * c_row + v * DV_LANES) : (vec){0};                     \
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
            for (int v = 0; v < V; v++) DV(store)(c + r * c_row + v * DV_LANES, sums[r][v]);                     \
    }

/* All rows, and those that are left by ever fewer. */
#define DV_TILE_FUNCTION(name, SPLAT, FUSE, V)                                                                   \
    static void DV(name)(int rows, int64_t depth, const float *a, int64_t a_row, int64_t a_column,               \
                         const float *b, int64_t b_row, float *c, int64_t c_row, int accumulate) {               \
        enum { most = DV_TILE_SUMS / V };                                                                        \
        for (; rows >= most; rows -= most, a += most * a_row, c += most * c_row) DV_TILE(SPLAT, FUSE, most, V)   \
        for (; most > 8 && rows >= 8; rows -= 8, a += 8 * a_row, c += 8 * c_row) DV_TILE(SPLAT, FUSE, 8, V)      \
        for (; rows >= 4; rows -= 4, a += 4 * a_row, c += 4 * c_row) DV_TILE(SPLAT, FUSE, 4, V)                  \
        for (; rows >= 2; rows -= 2, a += 2 * a_row, c += 2 * c_row) DV_TILE(SPLAT, FUSE, 2, V)                  \
        if (rows) DV_TILE(SPLAT, FUSE, 1, V)                                                                     \
    }

/* Strips of columns whose part of B stays in the nearest cache. */
#if DV_TILE_VECTORS == 4
#define DV_WIDEST_STRIP(name, SPLAT, FUSE) DV_TILE_FUNCTION(name##_strip_4, SPLAT, FUSE, 4)
#define DV_IN_WIDEST_STRIP(name) \
    if (width == 4) DV(name##_strip_4)(rows, depth, a, a_row, a_column, b, b_row, c, c_row, accumulate);
#else
#define DV_WIDEST_STRIP(name, SPLAT, FUSE)
#define DV_IN_WIDEST_STRIP(name)
#endif
#define DV_PRODUCT_FUNCTION(name, SPLAT, FUSE)                                                                   \
    DV_TILE_FUNCTION(name##_strip_1, SPLAT, FUSE, 1)                                                             \
    DV_TILE_FUNCTION(name##_strip_2, SPLAT, FUSE, 2)                                                             \
    DV_TILE_FUNCTION(name##_strip_3, SPLAT, FUSE, 3)                                                             \
    DV_WIDEST_STRIP(name, SPLAT, FUSE)                                                                           \
    static void DV(name)(int rows, int columns, int64_t depth, const float *a, int64_t a_row, int64_t a_column,  \
                         const float *b, int64_t b_row, float *c, int64_t c_row, int accumulate) {               \
        int vectors = columns / DV_LANES;                                                                        \
        while (vectors > 0) {                                                                                    \
            int width = vectors < DV_TILE_VECTORS ? vectors : DV_TILE_VECTORS;                                   \
            DV_IN_WIDEST_STRIP(name)                                                                             \
            if (width == 3) DV(name##_strip_3)(rows, depth, a, a_row, a_column, b, b_row, c, c_row, accumulate); \
            if (width == 2) DV(name##_strip_2)(rows, depth, a, a_row, a_column, b, b_row, c, c_row, accumulate); \
            if (width == 1) DV(name##_strip_1)(rows, depth, a, a_row, a_column, b, b_row, c, c_row, accumulate); \
            b += width * DV_LANES, c += width * DV_LANES, vectors -= width;                                      \
        }                                                                                                        \
    }
