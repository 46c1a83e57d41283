/* The sets of instructions for which kernels are compiled (see dispatch.h), the best last: 0 for any processor, 1 for
 * AVX2, 2 for AVX-512. */
#ifndef DV_VARIANTS_H
#define DV_VARIANTS_H

/* Not on Windows, whose stack gcc leaves aligned to 16 bytes and spills wider vectors to as if it were not (GCC bug 54412). */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(_WIN32)
#define DV_HAS_VARIANTS 1
#endif

static inline int dv_best_variant(void) {
#ifdef DV_HAS_VARIANTS
    __builtin_cpu_init();
    return __builtin_cpu_supports("x86-64-v4") ? 2 : __builtin_cpu_supports("x86-64-v3") ? 1 : 0;
#else
    return 0;
#endif
}

#endif
