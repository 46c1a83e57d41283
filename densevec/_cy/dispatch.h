/* One kernel, several instruction sets: DV_KERNEL names a header that is compiled once for each, and the best that this
 * processor has is chosen when the module is imported.
 *
 * In that header DV(name) is the name of a function or type of the variant, DV_VECTOR_BYTES the width of a vector. */
#ifndef DV_KERNEL
#error "define DV_KERNEL, the header to compile"
#endif
#include <stdint.h>
#include <string.h>

/* Checks of a debugging build (DENSEVEC_DEBUG=1); elsewhere nothing. */
#ifdef DV_DEBUG
#include <stdio.h>
#include <stdlib.h>
#define DV_CHECK(condition)                                                                      \
    do {                                                                                         \
        if (!(condition)) {                                                                      \
            fprintf(stderr, "%s:%d: out of bounds: %s\n", __FILE__, __LINE__, #condition);       \
            abort();                                                                             \
        }                                                                                        \
    } while (0)
#else
#define DV_CHECK(condition) ((void)0)
#endif

typedef float dv_four __attribute__((vector_size(16), may_alias));

#define DV_JOIN_(name, variant) dv_##name##_##variant
#define DV_JOIN(name, variant) DV_JOIN_(name, variant)
#define DV(name) DV_JOIN(name, DV_VARIANT)

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define DV_HAS_VARIANTS 1
#pragma GCC diagnostic ignored "-Wpsabi" /* vectors wider than the baseline's are passed between inlined functions only */

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
#define DV_VARIANT v4
#define DV_VECTOR_BYTES 64
#include DV_KERNEL
#undef DV_VARIANT
#undef DV_VECTOR_BYTES
#undef DV_LANES
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define DV_VARIANT v3
#define DV_VECTOR_BYTES 32
#include DV_KERNEL
#undef DV_VARIANT
#undef DV_VECTOR_BYTES
#undef DV_LANES
#pragma GCC pop_options
#endif

#define DV_VARIANT base
#define DV_VECTOR_BYTES 16
#include DV_KERNEL
#undef DV_VARIANT

/* The variants by number, the best last: 0 for any processor, 1 for AVX2, 2 for AVX-512. */
static inline int dv_best_variant(void) {
#ifdef DV_HAS_VARIANTS
    __builtin_cpu_init();
    return __builtin_cpu_supports("x86-64-v4") ? 2 : __builtin_cpu_supports("x86-64-v3") ? 1 : 0;
#else
    return 0;
#endif
}

#ifdef DV_HAS_VARIANTS
#define DV_CHOOSE(name, variant) \
    ((variant) == 2 ? DV_JOIN(name, v4) : (variant) == 1 ? DV_JOIN(name, v3) : DV_JOIN(name, base))
#else
#define DV_CHOOSE(name, variant) DV_JOIN(name, base)
#endif
