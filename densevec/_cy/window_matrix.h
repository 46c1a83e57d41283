/* The tiles of window_tiles.h by the matrix units that some x86-64 processors have (AMX): products of bfloat16 numbers,
 * summed in float32.  Tables, scores and steps are float32, and so is the logistic function.
 *
 * The words that a tile's tokens are to predict and the noise words are rows of one matrix R, the tokens' vectors those
 * of X: scores R X', steps of X F' R and of R F X, where F has the factor of each row and token, 0 where the token does
 * not see the row.  A unit multiplies 16 rows of 32 numbers by 16 rows of pairs of numbers, of 16 columns. */
#if defined(DV_HAS_VARIANTS) && defined(__linux__) && __GNUC__ >= 12
#define DV_HAS_MATRIX_UNIT 1
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whether the processor has the unit, AVX-512 with bfloat16 too, and the system lets this process use it. */
static inline int dv_has_matrix_unit(void) {
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
    static int known = -1; /* threads that find it at once find the same */
    unsigned a, b, c, d, a1, b1, c1, d1;
    if (known >= 0) return known;
    int has = dv_best_variant() == 2 && __get_cpuid_count(7, 0, &a, &b, &c, &d) && __get_cpuid_count(7, 1, &a1, &b1, &c1, &d1);
    has = has && (d >> 24 & 1) && (d >> 22 & 1) && (a1 >> 5 & 1); /* AMX-TILE, AMX-BF16, AVX512-BF16 */
    has = has && syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
    return known = has;
}

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4,avx512bf16,amx-tile,amx-bf16")
#define DV_VARIANT v4
#undef DV_LANES
#define DV_LANES 16

enum { DV_UNIT_TOKENS = 32 };

/* All tiles of 16 rows of 64 bytes. */
static void dv_begin_matrix(void) {
    struct {
        uint8_t palette, start, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } shape;
    memset(&shape, 0, sizeof shape);
    shape.palette = 1;
    for (int tile = 0; tile < 8; tile++) shape.bytes[tile] = 64, shape.rows[tile] = 16;
    __asm__ volatile("" ::"r"(&shape) : "memory"); /* all of it is read */
    _tile_loadconfig(&shape);
}

static void dv_end_matrix(void) { _tile_release(); }

static inline void dv_narrow(const float *from, int64_t size, uint16_t *to) {
    for (int64_t j = 0; j < size; j += 16)
        _mm256_store_si256((__m256i *)(to + j), (__m256i)_mm512_cvtneps_pbh((__m512)DV(load)(from + j)));
}

/* What the unit is about to load is in memory: the compiler does not know that it reads it. */
#define DV_WRITTEN __asm__ volatile("" ::: "memory")

/* Two rows of 16 numbers as a row of 16 pairs. */
static inline __m512i dv_pairs(const uint16_t *even, const uint16_t *odd) {
    const __m512i order = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8,
                                           39, 7, 38, 6, 37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
    __m512i a = _mm512_castsi256_si512(_mm256_load_si256((const __m256i *)even));
    __m512i b = _mm512_castsi256_si512(_mm256_load_si256((const __m256i *)odd));
    return _mm512_permutex2var_epi16(a, order, b);
}

/* (rows, stride) numbers, rows `step` apart, as (rows/2, stride) pairs. */
static inline void dv_pair_rows(const uint16_t *from, int64_t rows, int64_t step, int64_t stride, int32_t *to) {
    for (int64_t r = 0; r < rows; r += 2)
        for (int64_t j = 0; j < stride; j += 16)
            _mm512_store_si512(to + r / 2 * stride + j, dv_pairs(from + r * step + j, from + (r + 1) * step + j));
}

/* scores (rows, DV_UNIT_TOKENS) = R X', for rows of `depth` numbers, both multiples of 32. */
static inline void dv_score(const uint16_t *rows, int64_t num_rows, int64_t depth, const int32_t *turned, float *scores) {
    const int64_t T = DV_UNIT_TOKENS;
    DV_WRITTEN;
    for (int64_t r = 0; r < num_rows; r += 32) {
        const uint16_t *upper = rows + r * depth, *lower = upper + 16 * depth;
        float *to = scores + r * T;
        _tile_zero(0); _tile_zero(1); _tile_zero(2); _tile_zero(3);
        for (int64_t k = 0; k < depth; k += 32) {
            _tile_loadd(4, upper + k, (size_t)depth * 2);
            _tile_loadd(5, lower + k, (size_t)depth * 2);
            _tile_loadd(6, turned + k / 2 * T, T * 4);
            _tile_loadd(7, turned + k / 2 * T + 16, T * 4);
            _tile_dpbf16ps(0, 4, 6); _tile_dpbf16ps(1, 4, 7); _tile_dpbf16ps(2, 5, 6); _tile_dpbf16ps(3, 5, 7);
        }
        _tile_stored(0, to, T * 4); _tile_stored(1, to + 16, T * 4);
        _tile_stored(2, to + 16 * T, T * 4); _tile_stored(3, to + 16 * T + 16, T * 4);
    }
}

/* C (32, stride) = A B: A (32, depth) numbers, B (depth/2, stride) pairs; depth is a multiple of 32. */
static inline void dv_spread(const void *a, int64_t depth, const int32_t *b, int64_t stride, float *c) {
    const char *upper = a, *lower = upper + 16 * depth * 2;
    const size_t row = (size_t)stride * 4;
    int64_t j = 0;
    DV_WRITTEN;
    for (; j + 32 <= stride; j += 32) {
        _tile_zero(0); _tile_zero(1); _tile_zero(2); _tile_zero(3);
        for (int64_t k = 0; k < depth; k += 32) {
            _tile_loadd(4, upper + k * 2, (size_t)depth * 2);
            _tile_loadd(5, lower + k * 2, (size_t)depth * 2);
            _tile_loadd(6, b + k / 2 * stride + j, row);
            _tile_loadd(7, b + k / 2 * stride + j + 16, row);
            _tile_dpbf16ps(0, 4, 6); _tile_dpbf16ps(1, 4, 7); _tile_dpbf16ps(2, 5, 6); _tile_dpbf16ps(3, 5, 7);
        }
        _tile_stored(0, c + j, row); _tile_stored(1, c + j + 16, row);
        _tile_stored(2, c + 16 * stride + j, row); _tile_stored(3, c + 16 * stride + j + 16, row);
    }
    if (j == stride) return;
    _tile_zero(0); _tile_zero(2);
    for (int64_t k = 0; k < depth; k += 32) {
        _tile_loadd(4, upper + k * 2, (size_t)depth * 2);
        _tile_loadd(5, lower + k * 2, (size_t)depth * 2);
        _tile_loadd(6, b + k / 2 * stride + j, row);
        _tile_dpbf16ps(0, 4, 6); _tile_dpbf16ps(2, 5, 6);
    }
    _tile_stored(0, c + j, row); _tile_stored(2, c + 16 * stride + j, row);
}

/* Ask for half of a row that the next tile will write to: a whole one at a time would wait for others to come. */
static inline void dv_fetch_half(const float *row, int64_t stride, int half) {
    const int64_t middle = (stride / 16 + 1) / 2 * 16;
    for (int64_t j = half ? middle : 0; j < (half ? stride : middle); j += 16) __builtin_prefetch(row + j, 1, 3);
}

/* The factors of a tile's rows: noise of label 0 and weights tile->weights, then the words in reach of label 1, for the
 * tokens whose windows they are in.  Returns the loss in nats. */
static inline float dv_unit_logistic(dv_window_job *job, const int32_t *noise, int64_t first, int64_t num_tokens) {
    const dv_block *block = &job->reader.block;
    const dv_tile *tile = &job->tile;
    const int64_t T = DV_UNIT_TOKENS, pool = job->noise.pool, num_reach = tile->end - tile->begin;
    const float rate = job->rate, weight = job->noise.negative / (float)pool;
    const int has_bias = job->tables[DV_BIAS].rows != NULL;
    const int64_t next = first + num_tokens, next_reach = next + job->reader.share->text.window;
    const int32_t *next_noise = next < block->filled ? job->noise.drawn + next / job->noise.share * pool : noise;
    uint64_t filter[16] = {0};
    for (int64_t p = tile->begin; p < tile->end; p++) filter[block->ids[p] >> 6 & 15] |= UINT64_C(1) << (block->ids[p] & 63);
    vec losses = {0};
    for (int half = 0; half < 2; half++) {
        int32_t left[16], right[16];
        for (int lane = 0; lane < 16; lane++) {
            const int64_t i = half * 16 + lane;
            const int is_there = i < num_tokens;
            left[lane] = is_there ? (int32_t)(first + i - tile->begin) - block->left[first + i] : 1;
            right[lane] = is_there ? (int32_t)(first + i - tile->begin) + block->right[first + i] : 0;
        }
        const __m512i from = _mm512_loadu_si512(left), to = _mm512_loadu_si512(right);
        const __m512i self = _mm512_add_epi32(_mm512_set1_epi32((int32_t)(first - tile->begin) + half * 16),
                                              _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
        const vec weights = DV(load)(tile->weights + half * 16), factor = -rate * weights;
        vec product = DV(splat)(1.0f), total = {0};
#define DV_SEES(p)                                                                                           \
    (_mm512_cmple_epi32_mask(from, _mm512_set1_epi32((int32_t)(p))) &                                        \
     _mm512_cmpge_epi32_mask(to, _mm512_set1_epi32((int32_t)(p))) &                                          \
     _mm512_cmpneq_epi32_mask(self, _mm512_set1_epi32((int32_t)(p))))
#define DV_SIGMOID                                                                                           \
    vec zero = {0}, small = DV(exp_negative)((vec)_mm512_or_ps((__m512)score, _mm512_set1_ps(-0.0f)));       \
    vec more = 1.0f + small, inverse = (vec)_mm512_rcp14_ps((__m512)more);                                   \
    inverse *= 2.0f - more * inverse;                                                                        \
    const __mmask16 is_negative = _mm512_cmplt_ps_mask((__m512)score, (__m512)zero);                         \
    const vec sigmoid = (vec)_mm512_mask_blend_ps(is_negative, (__m512)inverse, (__m512)(small * inverse));  \
    const vec positive = (vec)_mm512_max_ps((__m512)score, (__m512)zero);
#define DV_KEEP(r, value) \
    _mm256_store_si256((__m256i *)(tile->unit_factors + (r) * T + half * 16), (__m256i)_mm512_cvtneps_pbh((__m512)(value)))
        for (int64_t j = 0; j < pool; j++) {
            if (next_noise != noise) dv_fetch_half(DV(row)(job->tables + DV_OUTPUT, next_noise[j], job), job->stride, half);
            vec score = DV(load)(tile->scores + j * T + half * 16);
            if (has_bias) score += *DV(number)(job, DV_BIAS, noise[j]) - job->log_noise[noise[j]];
            DV_SIGMOID
            product *= more, total += positive;
            vec step = factor * sigmoid;
            if (!has_bias && filter[noise[j] >> 6 & 15] >> (noise[j] & 63) & 1)
                for (int64_t p = 0; p < num_reach; p++)
                    if (block->ids[tile->begin + p] == noise[j]) { /* a token that predicts the word has less of it as noise */
                        const vec less = (vec)_mm512_maskz_mov_ps(DV_SEES(p), _mm512_set1_ps(weight));
                        step += rate * less * sigmoid;
                        losses -= less * (positive + DV(log_one_plus)(small));
                    }
            DV_KEEP(j, step);
            if (has_bias) tile->unit_bias[j] = (half ? tile->unit_bias[j] : 0) + DV(sum)(step);
            if ((j & 63) == 63) total += DV(log)(product), product = DV(splat)(1.0f);
        }
        losses += weights * (total + DV(log)(product));
        product = DV(splat)(1.0f), total = (vec){0};
        for (int64_t p = 0; p < num_reach; p++) {
            const __mmask16 sees = DV_SEES(p);
            if (p < T && next_reach + p < block->filled)
                dv_fetch_half(DV(row)(job->tables + DV_OUTPUT, block->ids[next_reach + p], job), job->stride, half);
            vec step = {0};
            if (sees) {
                vec score = DV(load)(tile->scores + (pool + p) * T + half * 16);
                const int32_t word = block->ids[tile->begin + p];
                if (has_bias) score += *DV(number)(job, DV_BIAS, word) - job->log_noise[word];
                DV_SIGMOID
                product = (vec)_mm512_mask_mul_ps((__m512)product, sees, (__m512)product, (__m512)more);
                total += (vec)_mm512_maskz_mov_ps(sees, (__m512)(positive - score));
                step = (vec)_mm512_maskz_mov_ps(sees, (__m512)(rate * (1.0f - sigmoid)));
            }
            DV_KEEP(pool + p, step);
            if (has_bias) tile->unit_bias[pool + p] = (half ? tile->unit_bias[pool + p] : 0) + DV(sum)(step);
            if ((p & 63) == 63) total += DV(log)(product), product = DV(splat)(1.0f);
        }
        losses += total + DV(log)(product);
    }
#undef DV_SEES
#undef DV_SIGMOID
#undef DV_KEEP
    return DV(sum)(losses);
}

static void dv_learn_unit(dv_window_job *job, const int32_t *noise, int64_t first, int64_t last) {
    const dv_block *block = &job->reader.block;
    const dv_rows *input = job->tables + DV_INPUT, *output = job->tables + DV_OUTPUT;
    dv_tile *tile = &job->tile;
    const int64_t T = DV_UNIT_TOKENS, stride = job->stride, depth = tile->unit_depth, num_tokens = last - first;
    const int64_t pool = job->noise.pool;
    const float weight = job->noise.negative / (float)pool;
    int64_t begin = first, end = last;
    for (int64_t i = 0; i < T; i++) {
        uint16_t *to = tile->unit_x + i * depth;
        tile->weights[i] = 0;
        if (i >= num_tokens) {
            memset(to, 0, (size_t)depth * 2);
            continue;
        }
        const int64_t at = first + i;
        begin = at - block->left[at] < begin ? at - block->left[at] : begin;
        end = at + 1 + block->right[at] > end ? at + 1 + block->right[at] : end;
        tile->weights[i] = weight * (float)(block->left[at] + block->right[at]);
        float *x = job->x;
        if (job->word_rows.offsets) {
            DV(parts_ahead)(&job->word_rows, block->ids + at, block->filled - at, input->rows);
            DV(compose)(&job->word_rows, block->ids[at], input->rows, x);
        } else {
            x = DV(row)(input, block->ids[at], job);
        }
        dv_narrow(x, stride, to);
    }
    tile->begin = begin, tile->end = end;
    const int64_t used = pool + end - begin, rows = (used + 31) & ~INT64_C(31);
    for (int64_t r = 0; r < used; r++) {
        tile->rows[r] = DV(row)(output, r < pool ? noise[r] : block->ids[begin + r - pool], job);
        dv_narrow(tile->rows[r], stride, tile->unit_rows + r * depth);
    }
    memset(tile->unit_rows + used * depth, 0, (size_t)((rows - used) * depth) * 2);
    memset(tile->unit_factors + used * T, 0, (size_t)((rows - used) * T) * 2);
    for (int64_t i = 0; i < T; i += 16)
        for (int64_t k = 0; k < depth / 2; k += 16) {
            vec v[16];
            for (int r = 0; r < 16; r++) v[r] = DV(load)((const float *)(tile->unit_x + (i + r) * depth) + k);
            DV(transpose)(v);
            for (int r = 0; r < 16; r++) DV(store)((float *)tile->unit_turned + (k + r) * T + i, v[r]);
        }
    dv_score(tile->unit_rows, rows, depth, tile->unit_turned, tile->scores);
    job->reader.tally.loss[0] += dv_unit_logistic(job, noise, first, num_tokens);
    dv_pair_rows(tile->unit_rows, rows, depth, stride, tile->unit_pairs);
    dv_pair_rows(tile->unit_x, T, depth, stride, tile->unit_x_pairs);
    for (int64_t r = 0; r < rows; r += 32)
        for (int64_t i = 0; i < T; i += 16) {
            vec v[16];
            for (int k = 0; k < 16; k++) {
                const uint16_t *even = tile->unit_factors + (r + 2 * k) * T + i;
                v[k] = (vec)dv_pairs(even, even + T);
            }
            DV(transpose)(v);
            for (int k = 0; k < 16; k++) DV(store)((float *)tile->unit_turned_factors + (i + k) * rows / 2 + r / 2, v[k]);
        }
    dv_spread(tile->unit_turned_factors, rows, tile->unit_pairs, stride, tile->steps);
    for (int64_t r = 0; r < rows; r += 32) {
        dv_spread(tile->unit_factors + r * T, T, tile->unit_x_pairs, stride, tile->unit_steps);
        for (int64_t k = r; k < r + 32 && k < used; k++) {
            if (k < T && last + k < block->filled && !job->word_rows.offsets)
                DV(prefetch)(DV(row)(input, block->ids[last + k], job), stride);
            DV(add)(tile->rows[k], tile->unit_steps + (k - r) * stride, 1, stride);
        }
    }
    DV(step_words)(job, first, num_tokens);
    if (job->tables[DV_BIAS].rows)
        for (int64_t r = 0; r < used; r++)
            *DV(number)(job, DV_BIAS, r < pool ? noise[r] : block->ids[begin + r - pool]) += tile->unit_bias[r];
}
#undef DV_VARIANT
#undef DV_LANES
#pragma GCC pop_options
#else
static inline int dv_has_matrix_unit(void) { return 0; }
#endif
