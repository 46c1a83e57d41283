/* bfloat16 numbers and their products with sums of float32, by vectors or by a unit that multiplies matrices, of processors
 * with AVX-512 that have instructions for it; included after vectors.h. */
#include "gemm_tiles.h"

typedef int32_t DV(two) __attribute__((may_alias));

/* DV(multiply) for matrices of pairs of numbers, 4 bytes each: A[i, 2k] and A[i, 2k + 1], B[2k, j] and B[2k + 1, j];
 * depth counts pairs, C is float32. */
#define DV_SPLAT_PAIR(p) ((vec)_mm512_set1_epi32(*(const DV(two) *)(p)))
#define DV_FUSE_PAIRS(sum, x, y) ((vec)_mm512_dpbf16_ps((__m512)(sum), (__m512bh)(x), (__m512bh)(y)))
DV_PRODUCT_FUNCTION(multiply_pairs, DV_SPLAT_PAIR, DV_FUSE_PAIRS, float *, MATRIX)
#ifdef DV_ADDS_TO_ROWS
/* The same added to rows of which there are pointers. */
DV_PRODUCT_FUNCTION(add_pairs, DV_SPLAT_PAIR, DV_FUSE_PAIRS, float *const *, ROWS)
#endif
#undef DV_SPLAT_PAIR
#undef DV_FUSE_PAIRS

/* 16 numbers, each the nearest. */
static inline __m256i DV(narrow)(const float *from) { return (__m256i)_mm512_cvtneps_pbh((__m512)DV(load)(from)); }

static inline void DV(narrow_row)(const float *from, int64_t size, uint16_t *to) {
    for (int64_t j = 0; j < size; j += 16) _mm256_store_si256((__m256i *)(to + j), DV(narrow)(from + j));
}

/* Two rows of 16 numbers as a row of 16 pairs. */
static inline vec DV(pair_up)(__m256i even, __m256i odd) {
    const __m512i order = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8,
                                           39, 7, 38, 6, 37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
    return (vec)_mm512_permutex2var_epi16(_mm512_castsi256_si512(even), order, _mm512_castsi256_si512(odd));
}

/* exp(x) for x <= 0, relative error below 1e-5 to x = -87, which is more than bfloat16 numbers tell: 2^n times a
 * polynomial on [-1/2, 1/2] whose greatest relative error, 3e-6, is the least. */
static inline vec DV(exp_roughly)(vec x) {
    const vec scaled = (vec)_mm512_max_ps(_mm512_set1_ps(-126.0f), (__m512)(x * 1.44269504088896341f));
    const vec rest = (vec)_mm512_reduce_ps((__m512)scaled, 0), whole = scaled - rest;
    vec value = DV(splat)(9.570102207e-3f);
    value = value * rest + 5.591786280e-2f;
    value = value * rest + 2.402474433e-1f;
    value = value * rest + 6.931217909e-1f;
    value = value * rest + 9.999992847e-1f;
    return (vec)_mm512_scalef_ps((__m512)value, (__m512)whole);
}

#ifdef DV_HAS_MATRIX_UNIT
/* All tiles of 16 rows of 64 bytes. */
static void dv_begin_matrix(void) {
    struct {
        uint8_t palette, start, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } shape;
    memset(&shape, 0, sizeof shape);
    shape.palette = 1;
    for (int tile = 0; tile < 8; tile++) shape.bytes[tile] = 64, shape.rows[tile] = 16;
    __asm__ volatile("" ::"r"(&shape) : "memory"); /* all of it is read */
    _tile_loadconfig(&shape);
}

static void dv_end_matrix(void) { _tile_release(); }

/* A tile of C as it is, or of zeros; and back.  Of 16 rows those behind the last are not there. */
#define DV_BEGIN_TILE(tile, r, j)                                                                                     \
    {                                                                                                                 \
        if (!accumulate) {                                                                                            \
            _tile_zero(tile);                                                                                         \
        } else if ((r) + 16 <= rows) {                                                                                \
            _tile_loadd(tile, c + (r) * c_row + (j), (size_t)c_row * 4);                                              \
        } else {                                                                                                      \
            for (int i = 0; i < rows - (r); i++) DV(store)(spare + i * 16, DV(load)(c + ((r) + i) * c_row + (j)));    \
            DV_WRITTEN;                                                                                               \
            _tile_loadd(tile, spare, 64);                                                                             \
        }                                                                                                             \
    }
#define DV_END_TILE(tile, r, j)                                                                                       \
    {                                                                                                                 \
        if ((r) + 16 <= rows) {                                                                                       \
            _tile_stored(tile, c + (r) * c_row + (j), (size_t)c_row * 4);                                             \
        } else {                                                                                                      \
            _tile_stored(tile, spare, 64);                                                                            \
            for (int i = 0; i < rows - (r); i++) DV(store)(c + ((r) + i) * c_row + (j), DV(load)(spare + i * 16));    \
        }                                                                                                             \
    }

/* What the unit is about to load is in memory: the compiler does not know that it reads it. */
#define DV_WRITTEN __asm__ volatile("" ::: "memory")

/* DV(multiply_pairs) by the unit, between dv_begin_matrix and dv_end_matrix, of an A whose pairs lie side by side; columns
 * and depth are multiples of 16, and A has rows up to one too. */
static void DV(multiply_by_unit)(int rows, int columns, int64_t depth, const float *a, int64_t a_row, const float *b,
                                 int64_t b_row, float *c, int64_t c_row, int accumulate) {
    float spare[16 * 16] __attribute__((aligned(64)));
    DV_WRITTEN;
    for (int r = 0; r < rows; r += 32)
        for (int j = 0; j < columns; j += 32) {
            const int is_tall = r + 16 < rows, is_wide = j + 16 < columns;
            DV_BEGIN_TILE(0, r, j)
            if (is_wide) DV_BEGIN_TILE(1, r, j + 16)
            if (is_tall) DV_BEGIN_TILE(2, r + 16, j)
            if (is_tall && is_wide) DV_BEGIN_TILE(3, r + 16, j + 16)
            for (int64_t k = 0; k < depth; k += 16) {
                _tile_loadd(4, a + r * a_row + k, (size_t)a_row * 4);
                _tile_loadd(6, b + k * b_row + j, (size_t)b_row * 4);
                _tile_dpbf16ps(0, 4, 6);
                if (is_tall) {
                    _tile_loadd(5, a + (r + 16) * a_row + k, (size_t)a_row * 4);
                    _tile_dpbf16ps(2, 5, 6);
                }
                if (!is_wide) continue;
                _tile_loadd(7, b + k * b_row + j + 16, (size_t)b_row * 4);
                _tile_dpbf16ps(1, 4, 7);
                if (is_tall) _tile_dpbf16ps(3, 5, 7);
            }
            DV_END_TILE(0, r, j)
            if (is_wide) DV_END_TILE(1, r, j + 16)
            if (is_tall) DV_END_TILE(2, r + 16, j)
            if (is_tall && is_wide) DV_END_TILE(3, r + 16, j + 16)
        }
}
#undef DV_BEGIN_TILE
#undef DV_END_TILE
#undef DV_WRITTEN
#endif
