/* Scans of a table of vectors for what is nearest, compiled for several instruction sets, one chosen at run time.
 *
 * Wheels must run on any machine of an architecture, so nothing here is compiled for the machine that builds:
 * search_kernels.h is included once per instruction set, as functions that carry the set in an attribute.
 * Compilers that know no such attributes get the portable functions only.
 */
#ifndef DENSEVEC_SEARCH_H
#define DENSEVEC_SEARCH_H

#include <stdint.h>
#include <string.h>

#include "search_select.h"

#define DV_CODE_QUERIES 8 /* queries whose codes are multiplied with a group of rows at a time */

enum dv_value {
    DV_VALUE_DOT,        /* m·q */
    DV_VALUE_DISTANCE,   /* Σ (m − q)² */
    DV_VALUE_FROM,       /* Σ ((m − q)² + factor) / s */
    DV_VALUE_TO,         /* Σ ((m − q)² + s) factor */
    DV_VALUE_ROOTS,      /* Σ (m − q)² + (√s − factor)² */
    DV_VALUE_LIKELIHOOD, /* Σ (m − q)² factor / t + log t, t = 1 + s factor */
    DV_VALUE_AFFINITY    /* Σ ½ (m − q)² factor / t + log t */
};

typedef struct {
    int kind;
    int64_t dim, num_queries;
    int64_t width;  /* floats in a row of features, or quads of codes in a row */
    int64_t variance_width; /* floats in a row of variances: dim, or 1 that stands for all of them */
    int64_t origin; /* the row that mean and variance begin with */
    const float *mean, *variance;
    const float *queries; /* three times dim floats each (values), or panels of 2 DV_LANES queries (products) */
    const uint8_t *codes;
    const int8_t *digits;  /* of every query 4 quads high digits, then 4 quads low ones */
    const int32_t *shifts; /* of every query 128 times the sum of its high digits, then of its low ones */
    const dv_coefficients *coefficients;
    dv_row_terms rows;
    dv_selection *selections;
    float *scratch, *last, *values;
    double *squares, *lengths, *inverse; /* to be filled for the rows of a scan of values, or NULL */
} dv_scan;

#define DV_FLOATS_AHEAD 1024 /* that a scan of rows asks memory for before it comes to them */
#define DV_SUMS 8
#define DV_MULTIPLIED 64 /* numbers below 2 that are multiplied before the product is brought below 2 */
#define DV_SUMMED_AT_ONCE 128

#if defined(__GNUC__) || defined(__clang__)
#define DV_VECTORS 1
#define DV_FETCH(p) __builtin_prefetch(p)
typedef float dv_quad __attribute__((vector_size(16), aligned(4)));
typedef int32_t dv_quad_bits __attribute__((vector_size(16)));
#else
#define DV_FETCH(p) ((void)(p))
#endif

/* Σ over the dimensions of code times digit, for the 16 rows of a group. */
static void dv_group_dot_portable(const uint8_t *codes, int64_t quads, const int8_t *digits, int num_queries,
                                  int32_t *high, int32_t *low) {
    for (int q = 0; q < num_queries; q++, digits += 8 * quads) {
        int32_t *first = high + 16 * q, *second = low + 16 * q;
        memset(first, 0, 16 * sizeof(int32_t));
        memset(second, 0, 16 * sizeof(int32_t));
        for (int64_t k = 0; k < quads; k++) {
            const int8_t *h = digits + 4 * k, *l = digits + 4 * (quads + k);
            const uint8_t *c = codes + 64 * k;
            for (int row = 0; row < 16; row++, c += 4) {
                first[row] += (c[0] * h[0] + c[1] * h[1]) + (c[2] * h[2] + c[3] * h[3]);
                second[row] += (c[0] * l[0] + c[1] * l[1]) + (c[2] * l[2] + c[3] * l[3]);
            }
        }
    }
}

#define DV_NAME(x) x##_portable
#define DV_TARGET
#ifdef DV_VECTORS
#define DV_LANES 4
#else
#define DV_LANES 1
#endif
#define DV_ROWS 4
#define DV_GROUP_DOT dv_group_dot_portable
#include "search_kernels.h"

#if defined(DV_VECTORS) && defined(__x86_64__) && (defined(__clang__) || !defined(_WIN32)) /* see variants.h */
#define DV_X86 1
#include <immintrin.h>

#define DV_AHEAD 8192 /* bytes that codes are fetched ahead of their use */
#define DV_AVX2 __attribute__((target("avx2,fma")))
#define DV_AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

/* Products of 16-bit numbers, added in pairs: the 8-bit instruction of AVX2 would saturate. */
static DV_AVX2 void dv_group_dot_avx2(const uint8_t *codes, int64_t quads, const int8_t *digits, int num_queries,
                                      int32_t *high, int32_t *low) {
    for (int q = 0; q < 2 * num_queries; q++, digits += 4 * quads) {
        __m256i sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                           _mm256_setzero_si256()};
        int32_t pairs[32], *result = (q % 2 ? low : high) + 16 * (q / 2);
        for (int64_t k = 0; k < quads; k++) {
            int32_t quad;
            memcpy(&quad, digits + 4 * k, 4);
            const __m256i digit = _mm256_cvtepi8_epi16(_mm_set1_epi32(quad));
            for (int part = 0; part < 4; part++) {
                const __m128i code = _mm_loadu_si128((const __m128i *)(codes + 64 * k + 16 * part));
                sums[part] = _mm256_add_epi32(sums[part], _mm256_madd_epi16(_mm256_cvtepu8_epi16(code), digit));
            }
        }
        memcpy(pairs, sums, sizeof pairs);
        for (int row = 0; row < 16; row++) result[row] = pairs[2 * row] + pairs[2 * row + 1];
    }
}

/* For few queries the sums of every other quad are kept apart: one chain of additions would wait for itself. */
static inline __attribute__((always_inline)) DV_AVX512 void dv_some_queries_avx512(
    const uint8_t *codes, int64_t quads, const int8_t *digits, const int num_queries, int32_t *high, int32_t *low) {
    enum { SUMS = 2 * DV_CODE_QUERIES };
    const int chains = num_queries >= 4 ? 1 : SUMS / 4 / num_queries;
    __m512i sums[SUMS];
    int64_t k = 0;
    for (int i = 0; i < SUMS; i++) sums[i] = _mm512_setzero_si512();
#define DV_STEP(chain)                                                                                       \
    do {                                                                                                     \
        const __m512i code = _mm512_loadu_si512((const void *)(codes + 64 * (k + (chain))));                 \
        _mm_prefetch((const char *)(codes + 64 * (k + (chain)) + DV_AHEAD), _MM_HINT_T0);                    \
        for (int q = 0; q < 2 * num_queries; q++) {                                                          \
            int32_t quad;                                                                                    \
            memcpy(&quad, digits + 4 * (q * quads + k + (chain)), 4);                                        \
            const int place = q + 2 * num_queries * (chain);                                                 \
            sums[place] = _mm512_dpbusd_epi32(sums[place], code, _mm512_set1_epi32(quad));                   \
        }                                                                                                    \
    } while (0)
    for (; k + chains <= quads; k += chains)
        for (int chain = 0; chain < chains; chain++) DV_STEP(chain);
    for (; k < quads; k++) DV_STEP(0);
#undef DV_STEP
    for (int q = 0; q < num_queries; q++) {
        __m512i first = sums[2 * q], second = sums[2 * q + 1];
        for (int chain = 1; chain < chains; chain++) {
            first = _mm512_add_epi32(first, sums[2 * q + 2 * num_queries * chain]);
            second = _mm512_add_epi32(second, sums[2 * q + 1 + 2 * num_queries * chain]);
        }
        _mm512_storeu_si512((void *)(high + 16 * q), first);
        _mm512_storeu_si512((void *)(low + 16 * q), second);
    }
}

static DV_AVX512 void dv_group_dot_avx512(const uint8_t *codes, int64_t quads, const int8_t *digits, int num_queries,
                                          int32_t *high, int32_t *low) {
    while (num_queries > 0) {
        const int some = num_queries >= 8 ? 8 : num_queries >= 4 ? 4 : num_queries >= 2 ? 2 : 1;
        switch (some) { /* a constant in each call, so that the sums stay in registers */
        case 8: dv_some_queries_avx512(codes, quads, digits, 8, high, low); break;
        case 4: dv_some_queries_avx512(codes, quads, digits, 4, high, low); break;
        case 2: dv_some_queries_avx512(codes, quads, digits, 2, high, low); break;
        default: dv_some_queries_avx512(codes, quads, digits, 1, high, low); break;
        }
        num_queries -= some;
        digits += 8 * some * quads;
        high += 16 * some;
        low += 16 * some;
    }
}

#define DV_NAME(x) x##_avx2
#define DV_TARGET DV_AVX2
#define DV_LANES 8
#define DV_ROWS 6
#define DV_GROUP_DOT dv_group_dot_avx2
#include "search_kernels.h"

#define DV_NAME(x) x##_avx512
#define DV_TARGET DV_AVX512
#define DV_LANES 16
#define DV_ROWS 12
#define DV_GROUP_DOT dv_group_dot_avx512
#include "search_kernels.h"
#endif

/* ---- the instruction sets there are, best last ---- */

typedef struct {
    const char *name;
    int lanes, tile_rows;
    void (*values)(const dv_scan *, int64_t, int64_t);
    void (*products)(const dv_scan *, int64_t, int64_t);
    void (*codes)(const dv_scan *, int64_t, int64_t);
    void (*product_sums)(const float *, const float *, int64_t, int64_t, double *);
} dv_instruction_set;

static const dv_instruction_set dv_instruction_sets[] = {
#ifdef DV_VECTORS
    {"portable", 4, 4, dv_scan_values_portable, dv_scan_products_portable, dv_scan_codes_portable,
     dv_product_sums_portable},
#else
    {"portable", 1, 4, dv_scan_values_portable, dv_scan_products_portable, dv_scan_codes_portable,
     dv_product_sums_portable},
#endif
#ifdef DV_X86
    {"avx2", 8, 6, dv_scan_values_avx2, dv_scan_products_avx2, dv_scan_codes_avx2,
     dv_product_sums_avx2},
    {"avx512", 16, 12, dv_scan_values_avx512, dv_scan_products_avx512, dv_scan_codes_avx512,
     dv_product_sums_avx512},
#endif
};

/* How many of them this machine can run. */
static int dv_num_instruction_sets(void) {
#ifdef DV_X86
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 1;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl") ||
        !__builtin_cpu_supports("avx512vnni"))
        return 2;
    return 3;
#else
    return 1;
#endif
}

#endif
