/* Features of queries and words behind their means: [d s + |m|^2, 1] of a query, [-1/(2 s_x), b_x] of a word; part of
 * bsg_kernels.h.
 *
 * Where products are of bfloat16 numbers, numbers that are large beside a score are sums of two of them, v1 the nearest
 * to v and v2 = v - v1: a query has [s1, s1, s2, 1, 1], a word [p1, p2, p1, b1, b2].  That errs by some 2^-16 of them. */
#ifndef DV_HAS_PAIRS
static inline void DV(put_square)(float *query, float square) { query[0] = square, query[1] = 1; }
static inline void DV(put_precision)(float *word, float half) { word[0] = half; }
static inline void DV(put_term)(float *word, float term) { word[1] = term; }
static inline float DV(term)(const float *word) { return word[1]; }
static inline float DV(of_square)(const float *gradient) { return gradient[0]; }
static inline float DV(of_precision)(const float *gradient) { return gradient[0]; }
static inline float DV(of_term)(const float *gradient) { return gradient[1]; }
#else
/* The bfloat16 number that is nearest. */
static inline float DV(rounded)(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000;
    memcpy(&value, &bits, sizeof bits);
    return value;
}

static inline void DV(put_square)(float *query, float square) {
    query[0] = query[1] = DV(rounded)(square);
    query[2] = square - query[0];
    query[3] = query[4] = 1;
}

static inline void DV(put_precision)(float *word, float half) {
    word[0] = word[2] = DV(rounded)(half);
    word[1] = half - word[0];
}

static inline void DV(put_term)(float *word, float term) {
    word[3] = DV(rounded)(term);
    word[4] = term - word[3];
}

static inline float DV(term)(const float *word) { return word[3] + word[4]; }
static inline float DV(of_square)(const float *gradient) { return gradient[0] + gradient[1]; }
static inline float DV(of_precision)(const float *gradient) { return gradient[0] + gradient[2]; }
static inline float DV(of_term)(const float *gradient) { return gradient[3]; }
#endif
