"""The sets of instructions that kernels are compiled for."""

cdef extern from "variants.h" nogil:
    int dv_best_variant()
    int dv_best_product_variant()


def best_variant():
    """The best set of instructions of this processor: 0 any, 1 AVX2, 2 AVX-512."""
    return dv_best_variant()


def best_product_variant():
    """The best of this processor for kernels of matrix products: as ``best_variant``, or with products of numbers rounded to
    bfloat16 and sums of float32: 3 AVX-512, 4 a unit that multiplies matrices (AMX, on Linux)."""
    return dv_best_product_variant()


cdef int chosen(int variant, bint multiplies=False) except -1:
    """The variant asked for, which this processor must have; the best for -1.

    multiplies : whether the kernel is one of matrix products
    """
    cdef int best = dv_best_product_variant() if multiplies else dv_best_variant()
    if not -1 <= variant <= best:
        raise ValueError(f"variant must be one of 0 to {best} on this processor, or -1 for the best, got {variant}")
    return best if variant < 0 else variant
