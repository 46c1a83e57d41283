"""The sets of instructions that kernels are compiled for."""

cdef extern from "variants.h" nogil:
    int dv_best_variant()


def best_variant():
    """The best set of instructions of this processor: 0 any, 1 AVX2, 2 AVX-512."""
    return dv_best_variant()


cdef int chosen(int variant) except -1:
    """The variant asked for, which this processor must have; the best for -1."""
    cdef int best = dv_best_variant()
    if not -1 <= variant <= best:
        raise ValueError(f"variant must be one of 0 to {best} on this processor, or -1 for the best, got {variant}")
    return best if variant < 0 else variant
