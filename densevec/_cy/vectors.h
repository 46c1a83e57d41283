/* Arithmetic on rows of floats; included once for every instruction set (see dispatch.h).
 *
 * Rows are padded with zeros to a multiple of 16 floats and lie on 64-byte boundaries. */

#define DV_LANES (DV_VECTOR_BYTES / 4)
typedef float DV(floats) __attribute__((vector_size(DV_VECTOR_BYTES), may_alias));
typedef int32_t DV(integers) __attribute__((vector_size(DV_VECTOR_BYTES), may_alias));
#ifndef vec
#define vec DV(floats)
#define ivec DV(integers)
#endif

static inline vec DV(load)(const float *p) { return *(const vec *)p; }
static inline void DV(store)(float *p, vec v) { *(vec *)p = v; }
static inline vec DV(splat)(float x) { return x - (vec){0}; }

/* The four sums over the lanes of four vectors. */
static inline dv_four DV(sum_four)(vec a, vec b, vec c, vec d) {
#if DV_LANES == 16
    typedef float half __attribute__((vector_size(32), may_alias));
#define DV_HALVES(v) (__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + \
                      __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15))
    half a8 = DV_HALVES(a), b8 = DV_HALVES(b), c8 = DV_HALVES(c), d8 = DV_HALVES(d);
#undef DV_HALVES
#else
#define a8 a
#define b8 b
#define c8 c
#define d8 d
#endif
#if DV_LANES >= 8
#define DV_QUARTERS(v) (__builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7))
    dv_four a4 = DV_QUARTERS(a8), b4 = DV_QUARTERS(b8), c4 = DV_QUARTERS(c8), d4 = DV_QUARTERS(d8);
#undef DV_QUARTERS
#else
    dv_four a4 = a8, b4 = b8, c4 = c8, d4 = d8;
#endif
#undef a8
#undef b8
#undef c8
#undef d8
    dv_four ab = __builtin_shufflevector(a4, b4, 0, 4, 1, 5) + __builtin_shufflevector(a4, b4, 2, 6, 3, 7);
    dv_four cd = __builtin_shufflevector(c4, d4, 0, 4, 1, 5) + __builtin_shufflevector(c4, d4, 2, 6, 3, 7);
    return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

/* products[r] = x . rows[r], for n rows, n a multiple of 4. */
static inline void DV(dots)(const float *x, float *const *rows, int n, int64_t stride, float *products) {
    int r = 0;
    for (; r + 8 <= n; r += 8) {
        const float *const y[8] = {rows[r],     rows[r + 1], rows[r + 2], rows[r + 3],
                                   rows[r + 4], rows[r + 5], rows[r + 6], rows[r + 7]};
        vec sums[8] = {{0}};
        for (int64_t j = 0; j < stride; j += DV_LANES) {
            vec v = DV(load)(x + j);
            for (int k = 0; k < 8; k++) sums[k] += v * DV(load)(y[k] + j);
        }
        *(dv_four *)(products + r) = DV(sum_four)(sums[0], sums[1], sums[2], sums[3]);
        *(dv_four *)(products + r + 4) = DV(sum_four)(sums[4], sums[5], sums[6], sums[7]);
    }
    if (r < n) {
        const float *const y[4] = {rows[r], rows[r + 1], rows[r + 2], rows[r + 3]};
        vec sums[4] = {{0}};
        for (int64_t j = 0; j < stride; j += DV_LANES) {
            vec v = DV(load)(x + j);
            for (int k = 0; k < 4; k++) sums[k] += v * DV(load)(y[k] + j);
        }
        *(dv_four *)(products + r) = DV(sum_four)(sums[0], sums[1], sums[2], sums[3]);
    }
}

/* The same for B rows; see exchange. */
#define DV_EXCHANGE(B)                                                                                    \
    {                                                                                                     \
        vec f[B], s[B];                                                                                   \
        float *y[B];                                                                                      \
        for (int k = 0; k < B; k++) y[k] = rows[r + k];                                                   \
        for (int k = 0; k < B; k++) f[k] = DV(splat)(factors[r + k]), s[k] = DV(splat)(steps[r + k]);     \
        for (int64_t j = 0; j < stride; j += DV_LANES) {                                                  \
            vec v = DV(load)(x + j), total = r ? DV(load)(gradient + j) : (vec){0};                       \
            for (int k = 0; k < B; k++) {                                                                 \
                vec old = DV(load)(y[k] + j);                                                             \
                total += f[k] * old;                                                                      \
                DV(store)(y[k] + j, old + s[k] * v);                                                      \
            }                                                                                             \
            DV(store)(gradient + j, total);                                                               \
        }                                                                                                 \
    }

/* gradient = sum_r factors[r] rows[r], then rows[r] += steps[r] x, for n rows, n a multiple of 4. */
static inline void DV(exchange)(const float *x, float *const *rows, const float *factors, const float *steps, int n,
                                int64_t stride, float *gradient) {
    int r = 0;
    for (; r + 8 <= n; r += 8) DV_EXCHANGE(8)
    if (r < n) DV_EXCHANGE(4)
}

static inline void DV(add)(float *x, const float *y, float factor, int64_t stride) {
    for (int64_t j = 0; j < stride; j += DV_LANES) DV(store)(x + j, DV(load)(x + j) + factor * DV(load)(y + j));
}

static inline vec DV(choose)(ivec condition, vec yes, vec no) {
    return (vec)((condition & (ivec)yes) | (~condition & (ivec)no));
}

/* exp(x) for x <= 0, relative error below 2e-7: 2^n times a polynomial on [-ln2/2, ln2/2] (Cephes' coefficients). */
static inline vec DV(exp_negative)(vec x) {
    x = DV(choose)(x < -87.0f, DV(splat)(-87.0f), x);
    vec scaled = x * 1.44269504088896341f - 0.5f; /* truncation then rounds to nearest, for x <= 0 */
    ivec n = __builtin_convertvector(scaled, ivec);
    vec whole = __builtin_convertvector(n, vec);
    vec rest = x - whole * 0.693359375f + whole * 2.12194440e-4f;
    vec value = DV(splat)(1.9875691500e-4f);
    value = value * rest + 1.3981999507e-3f;
    value = value * rest + 8.3334519073e-3f;
    value = value * rest + 4.1665795894e-2f;
    value = value * rest + 1.6666665459e-1f;
    value = value * rest + 5.0000001201e-1f;
    value = value * rest * rest + rest + 1.0f;
    return value * (vec)((n + 127) << 23);
}

/* 1 / sqrt(x) for x > 0, relative error below 3e-7: an estimate from the bits of x, and Newton's steps. */
static inline vec DV(inverse_root)(vec x) {
    vec half = 0.5f * x, root = (vec)(0x5F3759DF - ((ivec)x >> 1));
    for (int step = 0; step < 3; step++) root = root * (1.5f - half * root * root);
    return root;
}

/* log(1 + u) for u in [0, 1], absolute error below 1e-7: 2 artanh(u / (2 + u)) as a series. */
static inline vec DV(log_one_plus)(vec u) {
    vec z = u / (2.0f + u), w = z * z;
    vec value = DV(splat)(1.0f / 13);
    value = value * w + 1.0f / 11;
    value = value * w + 1.0f / 9;
    value = value * w + 1.0f / 7;
    value = value * w + 0.2f;
    value = value * w + 1.0f / 3;
    value = value * w + 1.0f;
    return 2.0f * z * value;
}

/* The sum of all lanes. */
static inline float DV(sum)(vec v) {
    const dv_four sums = DV(sum_four)(v, v, v, v);
    return sums[0];
}

/* The highest of all lanes. */
static inline float DV(highest)(vec v) {
    float lanes[DV_LANES] __attribute__((aligned(DV_VECTOR_BYTES)));
    DV(store)(lanes, v);
    for (int half = DV_LANES / 2; half; half /= 2)
        for (int i = 0; i < half; i++) lanes[i] = lanes[i] > lanes[i + half] ? lanes[i] : lanes[i + half];
    return lanes[0];
}

/* x . y over a row. */
static inline float DV(dot)(const float *x, const float *y, int64_t stride) {
    vec sum = {0};
    for (int64_t j = 0; j < stride; j += DV_LANES) sum += DV(load)(x + j) * DV(load)(y + j);
    return DV(sum)(sum);
}

/* sigmoid(x), and softplus(x) = log(1 + exp(x)) in *softplus. */
static inline vec DV(sigmoid)(vec x, vec *softplus) {
    vec zero = {0}, small = DV(exp_negative)(DV(choose)(x < 0.0f, x, -x)); /* exp(-|x|) */
    vec smaller = small / (1.0f + small);
    *softplus = DV(choose)(x < 0.0f, zero, x) + DV(log_one_plus)(small);
    return DV(choose)(x < 0.0f, smaller, 1.0f - smaller);
}

/* For n scores (room for a multiple of 16) of logistic regressions with weights w and labels y in [0, 1]:
 * factors = rate * w * (y - sigmoid(score)); returns the sum of w * -log P(y). */
static inline float DV(logistic)(const float *scores, const float *weights, const float *labels, int n, float rate,
                                 float *factors) {
    vec total = {0};
    for (int r = 0; r < n; r += DV_LANES) {
        vec score = DV(load)(scores + r), weight = DV(load)(weights + r), label = DV(load)(labels + r), softplus;
        vec sigmoid = DV(sigmoid)(score, &softplus);
        DV(store)(factors + r, rate * weight * (label - sigmoid));
        total += weight * (softplus - label * score);
    }
    return DV(sum)(total);
}

/* Ask for a row that will soon be written to. */
static inline void DV(prefetch)(const float *row, int64_t stride) {
    for (int64_t j = 0; j < stride; j += 16) __builtin_prefetch(row + j, 1, 3);
}
