/* One kernel, several instruction sets: DV_KERNEL names a header that is compiled once for each, and the best that this
 * processor has (see variants.h) is chosen at each call.
 *
 * In that header DV(name) is the name of a function or type of the variant, DV_VECTOR_BYTES the width of a vector.  One
 * that multiplies matrices defines DV_MULTIPLIES; it is compiled once more, with DV_HAS_PAIRS, for processors that
 * multiply pairs of bfloat16 numbers. */
#ifndef DV_KERNEL
#error "define DV_KERNEL, the header to compile"
#endif
#include <stdint.h>
#include <string.h>
#include "check.h"
#include "variants.h"

typedef float dv_four __attribute__((vector_size(16), may_alias));

#define DV_JOIN_(name, variant) dv_##name##_##variant
#define DV_JOIN(name, variant) DV_JOIN_(name, variant)
#define DV(name) DV_JOIN(name, DV_VARIANT)

#ifdef DV_HAS_VARIANTS
#pragma GCC diagnostic ignored "-Wpsabi" /* vectors wider than the baseline's are passed between inlined functions only */

#ifdef DV_MULTIPLIES
#include <immintrin.h>
#pragma GCC push_options
DV_TARGET_PAIRS
#define DV_VARIANT v4_pairs
#define DV_VECTOR_BYTES 64
#define DV_HAS_PAIRS
#include DV_KERNEL
#undef DV_HAS_PAIRS
#undef DV_VARIANT
#undef DV_VECTOR_BYTES
#undef DV_LANES
#pragma GCC pop_options
#define DV_CHOOSE_AVX512(name, variant) ((variant) == DV_AVX512 ? DV_JOIN(name, v4) : DV_JOIN(name, v4_pairs))
#else
#define DV_CHOOSE_AVX512(name, variant) DV_JOIN(name, v4)
#endif

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

#ifdef DV_HAS_VARIANTS
#define DV_CHOOSE(name, variant) \
    ((variant) >= DV_AVX512 ? DV_CHOOSE_AVX512(name, variant) : (variant) == 1 ? DV_JOIN(name, v3) : DV_JOIN(name, base))
#else
#define DV_CHOOSE(name, variant) ((void)(variant), DV_JOIN(name, base))
#endif
