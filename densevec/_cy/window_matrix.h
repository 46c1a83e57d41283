/* The tiles of window_tiles.h by products of bfloat16 numbers, summed in float32: by the matrix units that some x86-64
 * processors have (AMX), by vectors of others.  Tables, scores and steps are float32, and so is the logistic function.
 *
 * The words that a tile's tokens are to predict and the noise words are rows of one matrix R, the tokens' vectors those
 * of X: scores R X', steps of X F' R and of R F X, where F has the factor of each row and token, 0 where the token does
 * not see the row.  Between words in reach and tokens F is a band, of which vectors multiply little more than is there. */
#ifdef DV_HAS_VARIANTS
#include <immintrin.h>

#pragma GCC push_options
DV_TARGET_PAIRS
#define DV_VARIANT v4
#undef DV_LANES
#define DV_LANES 16
#define DV_ADDS_TO_ROWS
#include "pairs.h"
#undef DV_ADDS_TO_ROWS

enum { DV_UNIT_TOKENS = 32 };

static inline vec dv_pair_of(const uint16_t *even, const uint16_t *odd) {
    return DV(pair_up)(_mm256_load_si256((const __m256i *)even), _mm256_load_si256((const __m256i *)odd));
}

/* (rows, stride) numbers, rows `step` apart, as (rows/2, stride) pairs. */
static inline void dv_pair_rows(const uint16_t *from, int64_t rows, int64_t step, int64_t stride, int32_t *to) {
    for (int64_t r = 0; r < rows; r += 2)
        for (int64_t j = 0; j < stride; j += 16)
            DV(store)((float *)to + r / 2 * stride + j, dv_pair_of(from + r * step + j, from + (r + 1) * step + j));
}

static inline int dv_by_unit(const dv_window_job *job) {
#ifdef DV_HAS_MATRIX_UNIT
    return job->unit == DV_MATRIX_UNIT;
#else
    return (void)job, 0;
#endif
}

static inline int64_t dv_within(int64_t low, int64_t x, int64_t high) { return x < low ? low : x > high ? high : x; }

/* The scores R X' of `used` rows; of the words in reach those of the half of the tokens, or both, whose windows they may be in. */
static void dv_score_rows(const dv_window_job *job, int64_t first, int64_t used) {
    const dv_tile *tile = &job->tile;
    const int64_t T = DV_UNIT_TOKENS, depth = tile->unit_depth / 2, reach = dv_reach(&job->reader.share->text);
    const int64_t middle = first - tile->begin + T / 2, num_reach = tile->end - tile->begin, pool = job->noise.pool;
    const int64_t both = pool + dv_within(0, middle - reach, num_reach), late = pool + dv_within(0, middle + reach, num_reach);
    const int64_t rows[] = {0, pool, both, late, used}, left[] = {0, 0, 0, T / 2}, right[] = {T, T / 2, T, T};
    const float *a = (const float *)tile->unit_rows, *b = (const float *)tile->unit_turned;
#ifdef DV_HAS_MATRIX_UNIT
    if (dv_by_unit(job)) {
        DV(multiply_by_unit)((int)dv_round(used), (int)T, depth, a, depth, b, T, tile->scores, T, 0);
        return;
    }
#endif
    for (int part = 0; part < 4; part++) {
        const int64_t r = rows[part], j = left[part];
        DV(multiply_pairs)((int)(rows[part + 1] - r), (int)(right[part] - j), (job->dim + 1) / 2, a + r * depth, depth, 1, b + j, T,
                           tile->scores + r * T + j, T, 0);
    }
}

enum { DV_BAND_ROWS = 4 };

/* Add A B to up to T rows of tables, of factors A whose pairs lie side by side; the unit takes whole tiles of them. */
static inline void dv_add_steps(const dv_window_job *job, int64_t rows, int64_t depth, const void *a, int64_t a_row, const int32_t *b,
                                float *const *to) {
    const int64_t stride = job->stride;
#ifdef DV_HAS_MATRIX_UNIT
    if (dv_by_unit(job)) {
        float *steps = job->tile.unit_steps;
        DV(multiply_by_unit)(DV_UNIT_TOKENS, (int)stride, depth, a, a_row, (const float *)b, stride, steps, stride, 0);
        for (int64_t r = 0; r < rows; r++) DV(add)(to[r], steps + r * stride, 1, stride);
        return;
    }
#endif
    DV(add_pairs)((int)rows, (int)stride, depth, a, a_row, 1, (const float *)b, stride, to, 0, 1);
}

/* The steps F' R of the tokens. */
static void dv_step_tokens(const dv_window_job *job, int64_t first, int64_t num_tokens, int64_t rows) {
    const dv_tile *tile = &job->tile;
    const int64_t pool = job->noise.pool, reach = dv_reach(&job->reader.share->text), num_reach = tile->end - tile->begin;
    const int64_t most = dv_by_unit(job) ? DV_UNIT_TOKENS : DV_BAND_ROWS, noise = dv_by_unit(job) ? rows : pool / 2 * 2;
    for (int64_t i = 0; i < num_tokens; i += most) {
        const int64_t place = first - tile->begin + i, number = dv_within(0, num_tokens - i, most);
        const int32_t *factors = tile->unit_turned_factors + i * rows / 2;
        dv_add_steps(job, number, noise / 2, factors, rows / 2, tile->unit_pairs, tile->token_rows + i);
        if (noise == rows) continue;
        int64_t low = pool + dv_within(0, place - reach, num_reach);
        const int64_t high = pool + dv_within(0, place + most + reach, num_reach);
        low = noise < pool ? noise : low / 2 * 2;
        dv_add_steps(job, number, (high - low + 1) / 2, factors + low / 2, rows / 2, tile->unit_pairs + low / 2 * job->stride,
                     tile->token_rows + i);
    }
}

/* The steps F X of `used` rows; asks for those of the next tile's tokens. */
static void dv_step_rows(const dv_window_job *job, int64_t first, int64_t next, int64_t used) {
    const dv_tile *tile = &job->tile;
    const dv_block *block = &job->reader.block;
    const int64_t T = DV_UNIT_TOKENS, pool = job->noise.pool, reach = dv_reach(&job->reader.share->text);
    for (int64_t r = 0, end; r < used; r = end) {
        int64_t low = 0, high = T;
        if (dv_by_unit(job)) {
            end = dv_within(0, r + T, used);
        } else if (r < pool) {
            end = dv_within(0, r + DV_BAND_ROWS, pool);
        } else {
            const int64_t token = r - pool + tile->begin - first; /* whose place the first of these rows is */
            end = dv_within(0, r + DV_BAND_ROWS, used);
            low = dv_within(0, token - reach, T) / 2 * 2, high = dv_within(0, token + DV_BAND_ROWS + reach, T);
        }
        dv_add_steps(job, end - r, (high - low + 1) / 2, tile->unit_factors + r * T + low, T / 2,
                     tile->unit_x_pairs + low / 2 * job->stride, tile->rows + r);
        for (int64_t k = r; k < end && k < T && next + k < block->filled && !job->word_rows.offsets; k++)
            DV(prefetch)(DV(row)(job->tables + DV_INPUT, block->ids[next + k], job), job->stride);
    }
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
    vec zero = {0}, small = DV(exp_roughly)((vec)_mm512_or_ps((__m512)score, _mm512_set1_ps(-0.0f)));       \
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
    const int has_parts = job->word_rows.offsets != NULL;
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
        float *x = tile->token_rows[i] = has_parts ? tile->steps + i * stride : DV(row)(input, block->ids[at], job);
        if (has_parts) {
            DV(parts_ahead)(&job->word_rows, block->ids + at, block->filled - at, input->rows);
            DV(compose)(&job->word_rows, block->ids[at], input->rows, x);
        }
        DV(narrow_row)(x, stride, to);
    }
    tile->begin = begin, tile->end = end;
    const int64_t used = pool + end - begin, rows = (used + 31) & ~INT64_C(31);
    for (int64_t r = 0; r < used; r++) {
        tile->rows[r] = DV(row)(output, r < pool ? noise[r] : block->ids[begin + r - pool], job);
        DV(narrow_row)(tile->rows[r], stride, tile->unit_rows + r * depth);
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
    dv_score_rows(job, first, used);
    job->reader.tally.loss[0] += dv_unit_logistic(job, noise, first, num_tokens);
    dv_pair_rows(tile->unit_rows, rows, depth, stride, tile->unit_pairs);
    dv_pair_rows(tile->unit_x, T, depth, stride, tile->unit_x_pairs);
    for (int64_t r = 0; r < rows; r += 32)
        for (int64_t i = 0; i < T; i += 16) {
            vec v[16];
            for (int k = 0; k < 16; k++) {
                const uint16_t *even = tile->unit_factors + (r + 2 * k) * T + i;
                v[k] = dv_pair_of(even, even + T);
            }
            DV(transpose)(v);
            for (int k = 0; k < 16; k++) DV(store)((float *)tile->unit_turned_factors + (i + k) * rows / 2 + r / 2, v[k]);
        }
    if (has_parts) memset(tile->steps, 0, (size_t)(num_tokens * stride) * sizeof(float));
    dv_step_tokens(job, first, num_tokens, rows);
    dv_step_rows(job, first, last, used);
    if (has_parts) DV(share_out_steps)(job, first, num_tokens);
    if (job->tables[DV_BIAS].rows)
        for (int64_t r = 0; r < used; r++)
            *DV(number)(job, DV_BIAS, r < pool ? noise[r] : block->ids[begin + r - pool]) += tile->unit_bias[r];
}
#undef DV_VARIANT
#undef DV_LANES
#pragma GCC pop_options
#endif
