/* The sets of instructions for which kernels are compiled (see dispatch.h), the best last: 0 for any processor, 1 for
 * AVX2, 2 for AVX-512; and, for kernels of matrix products, 3 for AVX-512 with products of bfloat16 numbers, 4 for a unit
 * that multiplies matrices of them (AMX). */
#ifndef DV_VARIANTS_H
#define DV_VARIANTS_H

/* Not on Windows, whose stack gcc leaves aligned to 16 bytes and spills wider vectors to as if it were not (GCC bug 54412). */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(_WIN32)
#define DV_HAS_VARIANTS 1
#endif
#if defined(DV_HAS_VARIANTS) && defined(__linux__) && __GNUC__ >= 12
#define DV_HAS_MATRIX_UNIT 1
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#define DV_TARGET_PAIRS _Pragma("GCC target(\"arch=x86-64-v4,avx512bf16,amx-tile,amx-bf16\")")
#else
#define DV_TARGET_PAIRS _Pragma("GCC target(\"arch=x86-64-v4,avx512bf16\")")
#endif

enum { DV_AVX512 = 2, DV_PAIRS = 3, DV_MATRIX_UNIT = 4 };

static inline int dv_best_variant(void) {
#ifdef DV_HAS_VARIANTS
    __builtin_cpu_init();
    return __builtin_cpu_supports("x86-64-v4") ? DV_AVX512 : __builtin_cpu_supports("x86-64-v3") ? 1 : 0;
#else
    return 0;
#endif
}

/* Whether the processor has AMX, and the system lets this process use it. */
static inline int dv_has_matrix_unit(void) {
#ifdef DV_HAS_MATRIX_UNIT
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d >> 24 & 1) || !(d >> 22 & 1)) return 0; /* AMX-TILE, AMX-BF16 */
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
#else
    return 0;
#endif
}

static inline int dv_best_product_variant(void) {
    static int known = -1; /* threads that find it at once find the same */
    if (known >= 0) return known;
    int best = dv_best_variant();
#ifdef DV_HAS_VARIANTS
    if (best == DV_AVX512 && __builtin_cpu_supports("avx512bf16")) {
        if (dv_has_matrix_unit()) best = DV_MATRIX_UNIT;
        else if (__builtin_cpu_is("amd")) best = DV_PAIRS; /* Intel's vectors multiply no more of them than of float32 */
    }
#endif
    return known = best;
}

#endif
