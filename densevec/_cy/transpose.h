/* Included once for every instruction set, after vectors.h. */

/* The transpose of DV_LANES vectors, in place: blocks off the diagonal change places, ever smaller ones. */
#define DV_SWAP(h, low, high)                                                                       \
    for (int r = 0; r < DV_LANES; r++)                                                              \
        if (!(r & h)) {                                                                             \
            vec a = v[r], b = v[r + h];                                                             \
            v[r] = __builtin_shufflevector(a, b, DV_UNPACK low);                                    \
            v[r + h] = __builtin_shufflevector(a, b, DV_UNPACK high);                               \
        }
#define DV_UNPACK(...) __VA_ARGS__
static inline __attribute__((always_inline)) void DV(transpose)(vec *v) {
#if DV_LANES == 16
    DV_SWAP(8, (0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
            (8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
    DV_SWAP(4, (0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
            (4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))
    DV_SWAP(2, (0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
            (2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
    DV_SWAP(1, (0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),
            (1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))
#elif DV_LANES == 8
    DV_SWAP(4, (0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15))
    DV_SWAP(2, (0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15))
    DV_SWAP(1, (0, 8, 2, 10, 4, 12, 6, 14), (1, 9, 3, 11, 5, 13, 7, 15))
#else
    DV_SWAP(2, (0, 1, 4, 5), (2, 3, 6, 7))
    DV_SWAP(1, (0, 4, 2, 6), (1, 5, 3, 7))
#endif
}
#undef DV_SWAP
#undef DV_UNPACK
