/* The scans themselves; included once per instruction set, no guard.
 *
 * Before including it, define
 *     DV_NAME(x)   x with the suffix of the instruction set
 *     DV_TARGET    the attribute that makes a function use it, or nothing
 *     DV_LANES     floats in a vector
 *     DV_ROWS      rows of a tile of products: DV_ROWS * 2 accumulators must fit into the registers
 *     DV_GROUP_DOT the dot products of a group of 16 rows of codes with some queries (search.h has one per set)
 */

#if DV_LANES > 1
typedef float DV_NAME(dv_vector) __attribute__((vector_size(4 * DV_LANES), aligned(4)));
typedef int32_t DV_NAME(dv_bits) __attribute__((vector_size(4 * DV_LANES)));
#else
typedef float DV_NAME(dv_vector);
typedef int32_t DV_NAME(dv_bits);
#endif
#define VECTOR DV_NAME(dv_vector)
#define BITS DV_NAME(dv_bits)

/* Bounds of the scores of rows begin..begin+count, from their values, and what may be among the best. */
static DV_TARGET void DV_NAME(dv_select)(dv_selection *s, const dv_coefficients *q, const dv_row_terms *rows,
                                         const float *values, int64_t begin, int64_t count) {
    double inner[DV_CHUNK], slope[DV_CHUNK], score[DV_CHUNK], error[DV_CHUNK];
    const double g = q->g, size = fabs(q->g);
    int64_t i, fresh = 0;
    if (rows->S)
        for (i = 0; i < count; i++) inner[i] = values[i] * (q->k * rows->S[begin + i]) + q->b;
    else
        for (i = 0; i < count; i++) inner[i] = values[i] * q->k + q->b;
    for (i = 0; i < count; i++) error[i] = q->absolute;
    if (rows->Y)
        for (i = 0; i < count; i++) {
            inner[i] += q->c * rows->Y[begin + i];
            error[i] += q->c2 * fabs(rows->Y[begin + i]);
        }
    if (rows->E)
        for (i = 0; i < count; i++) error[i] += q->eta * rows->E[begin + i];
    for (i = 0; i < count; i++) {
        score[i] = g * inner[i];
        error[i] = size * (error[i] + q->relative * fabs(inner[i]));
    }
    if (rows->X)
        for (i = 0; i < count; i++) {
            slope[i] = rows->X[begin + i];
            score[i] *= slope[i];
            error[i] *= slope[i];
        }
    if (rows->Z)
        for (i = 0; i < count; i++) {
            score[i] += q->e * rows->Z[begin + i];
            error[i] += q->e2 * fabs(rows->Z[begin + i]);
        }
    for (i = 0; i < count; i++) {
        score[i] += q->f;
        error[i] += q->f2;
        inner[i] = score[i] + error[i]; /* from here on the upper bound */
    }
    const double threshold = s->threshold;
    for (i = 0; i < count; i++) fresh += !(inner[i] < threshold);
    if (!fresh) return;
    for (i = 0; i < count; i++)
        if (!(inner[i] < s->threshold) && (!rows->allowed || rows->allowed[begin + i])) {
            if (q->ties > 0 && inner[i] < -DV_SATURATED && s->num_saturated++ >= s->num_best) continue;
            const double lower = score[i] - error[i], left = exp(lower) - q->ties;
            dv_keep(s, begin + i, q->ties > 0 ? log(left < 0 ? 0 : left) : lower, inner[i]);
        }
}

/* ---- one query at a time: along the dimensions ---- */

/* The sum of all lanes of a vector. */
static inline DV_TARGET float DV_NAME(dv_lane_sum)(const VECTOR *v) {
#if DV_LANES > 1
    dv_quad quads[DV_LANES / 4];
    memcpy(quads, v, sizeof quads);
    for (int half = DV_LANES / 8; half > 0; half /= 2)
        for (int i = 0; i < half; i++) quads[i] += quads[i + half];
    return (quads[0][0] + quads[0][2]) + (quads[0][1] + quads[0][3]);
#else
    return *v;
#endif
}

/* The sum of all lanes of two vectors. */
static inline DV_TARGET float DV_NAME(dv_sum)(const VECTOR *a, const VECTOR *b) {
    const VECTOR both = *a + *b;
    return DV_NAME(dv_lane_sum)(&both);
}

#define LOAD(p) (*(const VECTOR *)(p))

/* Sum over the dimensions of an expression in m (the mean), s (the variance) and the four vectors of the query:
 * lane by lane, then for what is left.  TERM is a macro of (type, accumulator, position). */
#define DV_REDUCE(TERM)                                                                                      \
    for (int64_t row = 0; row < count; row++) {                                                              \
        const float *m = mean + row * dim, *s = variance ? variance + row * dim : mean;                      \
        VECTOR first = {0}, second = {0};                                                                    \
        float rest = 0;                                                                                      \
        int64_t i = 0;                                                                                       \
        (void)s;                                                                                             \
        for (int64_t j = 0; j < dim; j += 16) DV_FETCH(m + j + DV_FLOATS_AHEAD);                             \
        for (; i + 2 * DV_LANES <= dim; i += 2 * DV_LANES) {                                                 \
            TERM(VECTOR, first, i)                                                                           \
            TERM(VECTOR, second, i + DV_LANES)                                                               \
        }                                                                                                    \
        for (; i + DV_LANES <= dim; i += DV_LANES) TERM(VECTOR, first, i)                                    \
        DV_REST(TERM)                                                                                        \
        for (; i < dim; i++) TERM(float, rest, i)                                                            \
        values[row] = DV_NAME(dv_sum)(&first, &second) + rest;                                               \
    }

#if DV_LANES > 4
#define DV_REST(TERM)                                                                                        \
    if (i + 4 <= dim) {                                                                                      \
        dv_quad third = {0};                                                                                 \
        for (; i + 4 <= dim; i += 4) TERM(dv_quad, third, i)                                                 \
        rest = (third[0] + third[1]) + (third[2] + third[3]);                                                \
    }
#define DV_REST_OF_FOUR                                                                                      \
    if (i + 4 <= dim) {                                                                                      \
        dv_quad quads[4] = {{0}};                                                                            \
        for (; i + 4 <= dim; i += 4)                                                                         \
            for (int r = 0; r < 4; r++) quads[r] += AT(dv_quad, m + r * dim, i) * AT(dv_quad, high, i);      \
        for (int r = 0; r < 4; r++) rest[r] = (quads[r][0] + quads[r][2]) + (quads[r][1] + quads[r][3]);     \
    }
#else
#define DV_REST(TERM)
#define DV_REST_OF_FOUR
#endif

#define AT(type, p, i) (*(const type *)((p) + (i)))
#define DIFFERENCE(type, i) type difference = (AT(type, m, i) - AT(type, high, i)) - AT(type, low, i);
#define DV_DOT(type, sum, i) sum += AT(type, m, i) * AT(type, high, i);
#define DV_DISTANCE(type, sum, i) { DIFFERENCE(type, i) sum += difference * difference; }
#define DV_FROM(type, sum, i)                                                                                \
    { DIFFERENCE(type, i) sum += (difference * difference + AT(type, factor, i)) / AT(type, s, i); }
#define DV_TO(type, sum, i)                                                                                  \
    { DIFFERENCE(type, i) sum += (difference * difference + AT(type, s, i)) * AT(type, factor, i); }

#define DV_ROOTS(type, sum, i)                                                                               \
    {                                                                                                        \
        DIFFERENCE(type, i)                                                                                  \
        const type root = AT(type, s, i) - AT(type, factor, i);                                              \
        sum += difference * difference + root * root;                                                        \
    }

/* The product of many numbers above 0 as one in 1..2 and a power of two: it can neither over- nor underflow, and takes
 * one logarithm instead of many. */
#define DV_MULTIPLY(type, bits, number, product, exponents)                                                  \
    {                                                                                                        \
        bits pattern;                                                                                        \
        type mantissa;                                                                                       \
        memcpy(&pattern, &number, sizeof pattern);                                                           \
        exponents += (pattern >> 23) - 127;                                                                  \
        pattern = (pattern & 0x7fffff) | 0x3f800000;                                                         \
        memcpy(&mantissa, &pattern, sizeof pattern);                                                         \
        product *= mantissa;                                                                                 \
    }
#define DV_SHARE(type, bits, sum, product, exponents, i)                                                     \
    {                                                                                                        \
        DIFFERENCE(type, i)                                                                                  \
        const type precision = AT(type, factor, i), total = AT(type, s, i) * precision + 1.0f;               \
        sum += difference * difference * precision / total + total * 0.0f; /* NaN where it overflowed */     \
        DV_MULTIPLY(type, bits, total, product, exponents)                                                   \
    }

/* Σ weight (m − q)² factor / t + log t, t = 1 + s factor, of one row. */
static DV_TARGET float DV_NAME(dv_shared)(float weight, const float *m, const float *s, int64_t dim, const float *high,
                                          const float *low, const float *factor) {
    VECTOR sums = {0}, products = sums + 1.0f;
    BITS exponents = {0};
    float sum = 0, product = 1, lanes[DV_LANES];
    int32_t exponent = 0, powers[DV_LANES];
    int64_t i = 0;
    for (int64_t j = 0; j < dim; j += 16) DV_FETCH(m + j + DV_FLOATS_AHEAD);
    while (i + DV_LANES <= dim) {
        const int64_t end = i + DV_MULTIPLIED * DV_LANES < dim ? i + DV_MULTIPLIED * DV_LANES : dim;
        for (; i + DV_LANES <= end; i += DV_LANES) DV_SHARE(VECTOR, BITS, sums, products, exponents, i)
        const VECTOR several = products;
        products = (VECTOR){0} + 1.0f;
        DV_MULTIPLY(VECTOR, BITS, several, products, exponents)
    }
#if DV_LANES > 4
    if (i + 4 <= dim) {
        dv_quad four_sums = {0}, four = four_sums + 1.0f;
        dv_quad_bits powers_of_four = {0};
        for (; i + 4 <= dim; i += 4) DV_SHARE(dv_quad, dv_quad_bits, four_sums, four, powers_of_four, i)
        sum = (four_sums[0] + four_sums[1]) + (four_sums[2] + four_sums[3]);
        product = (four[0] * four[1]) * (four[2] * four[3]);
        exponent = (powers_of_four[0] + powers_of_four[1]) + (powers_of_four[2] + powers_of_four[3]);
    }
#endif
    for (; i < dim; i++) DV_SHARE(float, int32_t, sum, product, exponent, i)
    memcpy(lanes, &products, sizeof lanes);
    memcpy(powers, &exponents, sizeof powers);
    for (int lane = 0; lane < DV_LANES; lane++) {
        product *= lanes[lane];
        exponent += powers[lane];
    }
    return (float)(weight * (DV_NAME(dv_lane_sum)(&sums) + sum) + exponent * 0.6931471805599453 + log(product));
}

/* Dot products of count rows with one query: four rows at a time, whose sums do not wait for each other. */
static DV_TARGET void DV_NAME(dv_dots)(const float *mean, int64_t count, int64_t dim, const float *high,
                                       float *values) {
    const float *const variance = NULL;
    int64_t done = count - count % 4;
    for (int64_t row = 0; row < done; row += 4) {
        const float *m = mean + row * dim;
        VECTOR sums[4] = {{0}};
        float rest[4] = {0};
        int64_t i = 0;
        for (int64_t j = 0; j < 4 * dim; j += 16) DV_FETCH(m + j + DV_FLOATS_AHEAD);
        for (; i + DV_LANES <= dim; i += DV_LANES)
            for (int r = 0; r < 4; r++) sums[r] += LOAD(m + r * dim + i) * LOAD(high + i);
        DV_REST_OF_FOUR
        for (; i < dim; i++)
            for (int r = 0; r < 4; r++) rest[r] += m[r * dim + i] * high[i];
        for (int r = 0; r < 4; r++) values[row + r] = DV_NAME(dv_lane_sum)(&sums[r]) + rest[r];
    }
    mean += done * dim, values += done, count -= done;
    DV_REDUCE(DV_DOT)
}

/* Values of count rows for one query = (high, low, factor), dim floats each; what they are: enum dv_value. */
static DV_TARGET void DV_NAME(dv_values)(int kind, const float *mean, const float *variance, int64_t count,
                                         int64_t dim, const float *query, float *values) {
    const float *high = query, *low = query + dim, *factor = query + 2 * dim;
    switch (kind) {
    case DV_VALUE_DOT: DV_NAME(dv_dots)(mean, count, dim, high, values); break;
    case DV_VALUE_DISTANCE: DV_REDUCE(DV_DISTANCE) break;
    case DV_VALUE_FROM: DV_REDUCE(DV_FROM) break;
    case DV_VALUE_TO: DV_REDUCE(DV_TO) break;
    case DV_VALUE_ROOTS: DV_REDUCE(DV_ROOTS) break;
    default:
        for (int64_t row = 0; row < count; row++)
            values[row] = DV_NAME(dv_shared)(kind == DV_VALUE_AFFINITY ? 0.5f : 1.0f, mean + row * dim,
                                             variance + row * dim, dim, high, low, factor);
    }
    (void)low, (void)factor;
}

/* Likewise where the variances of a row are to be made: their roots, or one that stands for all. */
static DV_TARGET void DV_NAME(dv_made_values)(const dv_scan *scan, const float *mean, const float *variance,
                                              int64_t count, const float *query, float *values) {
    const int64_t dim = scan->dim;
    for (int64_t row = 0; row < count; row++, variance += scan->variance_width) {
        if (scan->variance_width == dim)
            for (int64_t i = 0; i < dim; i++) scan->scratch[i] = sqrtf(variance[i]);
        else {
            const float only = scan->kind == DV_VALUE_ROOTS ? sqrtf(*variance) : *variance;
            for (int64_t i = 0; i < dim; i++) scan->scratch[i] = only;
        }
        DV_NAME(dv_values)(scan->kind, mean + row * dim, scan->scratch, 1, dim, query, values + row);
    }
}

/* Sums of products of float32 numbers in float64, in the order in which NumPy adds numbers that lie side by side: eight
 * sums at once, and beyond 128 numbers halves of them.  A product is exact, so that it does not matter whether a
 * processor rounds it before it is added. */
static DV_TARGET double DV_NAME(dv_product_sum)(const float *row, const float *other, int64_t size) {
    if (size > DV_SUMMED_AT_ONCE) {
        const int64_t half = size / 2 - size / 2 % DV_SUMS;
        return DV_NAME(dv_product_sum)(row, other, half) +
               DV_NAME(dv_product_sum)(row + half, other + half, size - half);
    }
    double total = 0;
    int64_t j = 0;
    if (size >= DV_SUMS) {
        double sums[DV_SUMS];
        for (int lane = 0; lane < DV_SUMS; lane++) sums[lane] = (double)row[lane] * (double)other[lane];
        for (j = DV_SUMS; j + DV_SUMS <= size; j += DV_SUMS)
            for (int lane = 0; lane < DV_SUMS; lane++) sums[lane] += (double)row[j + lane] * (double)other[j + lane];
        total = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    }
    for (; j < size; j++) total += (double)row[j] * (double)other[j];
    return total;
}

/* The sum of each of count rows with one that is given, or with itself. */
static DV_TARGET void DV_NAME(dv_product_sums)(const float *rows, const float *given, int64_t dim, int64_t count,
                                               double *products) {
    for (int64_t i = 0; i < count; i++, rows += dim)
        products[i] = DV_NAME(dv_product_sum)(rows, given ? given : rows, dim);
}

static DV_TARGET void DV_NAME(dv_scan_values)(const dv_scan *scan, int64_t begin, int64_t end) {
    float values[DV_CHUNK];
    for (; begin < end; begin += DV_CHUNK) {
        const int64_t count = end - begin < DV_CHUNK ? end - begin : DV_CHUNK, offset = (begin - scan->origin) * scan->dim;
        if (scan->squares) { /* while they are in the cache; the terms of the rows may be these */
            DV_NAME(dv_product_sums)(scan->mean + offset, NULL, scan->dim, count, scan->squares + begin);
            for (int64_t row = begin; row < begin + count; row++) {
                const double length = sqrt(scan->squares[row]);
                scan->lengths[row] = length;
                scan->inverse[row] = length > 0 ? 1 / length : 0;
            }
        }
        const float *mean = scan->mean + offset;
        const float *variance = scan->variance ? scan->variance + (begin - scan->origin) * scan->variance_width : NULL;
        for (int64_t q = 0; q < scan->num_queries; q++) {
            const float *query = scan->queries + 3 * q * scan->dim;
            if (scan->scratch)
                DV_NAME(dv_made_values)(scan, mean, variance, count, query, values);
            else
                DV_NAME(dv_values)(scan->kind, mean, variance, count, scan->dim, query, values);
            DV_NAME(dv_select)(scan->selections + q, scan->coefficients + q, &scan->rows, values, begin, count);
        }
    }
}

/* ---- many queries: products of a tile of rows with a panel of 2 DV_LANES queries ---- */

/* values[query][row] = Σ_k features[row][k] panel[k][query]; stride: floats from one row to the next. */
static DV_TARGET void DV_NAME(dv_tile)(const float *features, int64_t stride, int64_t width, const float *panel,
                                       float *values) {
    VECTOR sums[DV_ROWS][2];
    float lanes[DV_ROWS][2 * DV_LANES];
    memset(sums, 0, sizeof sums);
    for (int64_t k = 0; k < width; k++) {
        const VECTOR first = LOAD(panel + k * 2 * DV_LANES), second = LOAD(panel + k * 2 * DV_LANES + DV_LANES);
        for (int row = 0; row < DV_ROWS; row++) {
            sums[row][0] += features[row * stride + k] * first;
            sums[row][1] += features[row * stride + k] * second;
        }
    }
    memcpy(lanes, sums, sizeof sums);
    for (int q = 0; q < 2 * DV_LANES; q++)
        for (int row = 0; row < DV_ROWS; row++) values[q * DV_CHUNK + row] = lanes[row][q];
}

/* The features of some rows of diagonal densities: (1/s, m/s) or (m² + s, m). */
static DV_TARGET void DV_NAME(dv_features)(int kind, const float *mean, const float *variance, int64_t count,
                                           int64_t dim, float *features) {
    for (int64_t row = 0; row < count; row++) {
        const float *m = mean + row * dim, *s = variance + row * dim;
        float *first = features + 2 * row * dim, *second = first + dim;
        if (kind == DV_VALUE_FROM)
            for (int64_t i = 0; i < dim; i++) {
                const float precision = 1.0f / s[i];
                first[i] = precision;
                second[i] = m[i] * precision;
            }
        else
            for (int64_t i = 0; i < dim; i++) {
                first[i] = m[i] * m[i] + s[i];
                second[i] = m[i];
            }
    }
}

static DV_TARGET void DV_NAME(dv_scan_products)(const dv_scan *scan, int64_t begin, int64_t end) {
    const int64_t dim = scan->dim, width = scan->width;
    for (; begin < end; begin += DV_CHUNK) {
        const int64_t count = end - begin < DV_CHUNK ? end - begin : DV_CHUNK, offset = (begin - scan->origin) * dim;
        const float *features = scan->mean + offset;
        const int64_t whole = count / DV_ROWS * DV_ROWS;
        if (width == 2 * dim) {
            DV_NAME(dv_features)(scan->kind, scan->mean + offset, scan->variance + offset, count, dim, scan->scratch);
            features = scan->scratch;
        }
        if (whole < count) { /* the last tile must find DV_ROWS rows */
            memset(scan->last, 0, (size_t)(DV_ROWS * width) * sizeof(float));
            memcpy(scan->last, features + whole * width, (size_t)((count - whole) * width) * sizeof(float));
        }
        for (int64_t first = 0; first < scan->num_queries; first += 2 * DV_LANES) {
            const float *panel = scan->queries + first * width;
            const int64_t last = scan->num_queries < first + 2 * DV_LANES ? scan->num_queries : first + 2 * DV_LANES;
            for (int64_t row = 0; row < whole; row += DV_ROWS)
                DV_NAME(dv_tile)(features + row * width, width, width, panel, scan->values + row);
            if (whole < count) DV_NAME(dv_tile)(scan->last, width, width, panel, scan->values + whole);
            for (int64_t q = first; q < last; q++)
                DV_NAME(dv_select)(scan->selections + q, scan->coefficients + q, &scan->rows,
                                   scan->values + (q - first) * DV_CHUNK, begin, count);
        }
    }
}

/* ---- codes of 8 bits: groups of 16 rows, four dimensions of each row side by side ---- */

static DV_TARGET void DV_NAME(dv_scan_codes)(const dv_scan *scan, int64_t begin, int64_t end) {
    const int64_t quads = scan->width, group_bytes = quads * 64;
    int32_t high[DV_CODE_QUERIES * 16], low[DV_CODE_QUERIES * 16];
    for (int64_t chunk = begin / 16 * 16; chunk < end; chunk += DV_CHUNK) {
        const int64_t stop = chunk + DV_CHUNK < end ? chunk + DV_CHUNK : end, from = chunk < begin ? begin : chunk;
        for (int64_t first = 0; first < scan->num_queries; first += DV_CODE_QUERIES) {
            const int64_t left = scan->num_queries - first, some = left < DV_CODE_QUERIES ? left : DV_CODE_QUERIES;
            const int8_t *digits = scan->digits + 2 * first * quads * 4;
            for (int64_t row = chunk; row < stop; row += 16) {
                const uint8_t *codes = scan->codes + row / 16 * group_bytes;
                DV_GROUP_DOT(codes, quads, digits, (int)some, high, low);
                for (int64_t q = 0; q < some; q++) {
                    const int32_t shift_high = scan->shifts[2 * (first + q)], shift_low = scan->shifts[2 * (first + q) + 1];
                    float *values = scan->values + q * DV_CHUNK + (row - chunk);
                    for (int i = 0; i < 16; i++)
                        values[i] = 128.0f * (float)(high[q * 16 + i] - shift_high) + (float)(low[q * 16 + i] - shift_low);
                }
            }
            for (int64_t q = 0; q < some; q++)
                DV_NAME(dv_select)(scan->selections + first + q, scan->coefficients + first + q, &scan->rows,
                                   scan->values + q * DV_CHUNK + (from - chunk), from, stop - from);
        }
    }
}

#undef VECTOR
#undef BITS
#undef LOAD
#undef AT
#undef DIFFERENCE
#undef DV_DOT
#undef DV_DISTANCE
#undef DV_FROM
#undef DV_TO
#undef DV_ROOTS
#undef DV_MULTIPLY
#undef DV_SHARE
#undef DV_REDUCE
#undef DV_REST
#undef DV_REST_OF_FOUR
#undef DV_NAME
#undef DV_TARGET
#undef DV_LANES
#undef DV_ROWS
#undef DV_GROUP_DOT
