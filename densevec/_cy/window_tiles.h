/* SkipGram with noise by tiles of tokens: included once for every instruction set, from window_kernels.h.
 *
 * The tokens of a tile see the same noise words, so what they learn from them is three matrix products.  All scores are
 * those of the tables as they were when the tile began; its steps are summed. */
#define DV_ADDS_TO_ROWS
#include "gemm.h"
#undef DV_ADDS_TO_ROWS
#include "transpose.h"

/* to[k * columns + i] = from[i * stride + k], for `columns` rows of `stride` numbers, both multiples of 16. */
static void DV(turn)(const float *from, int64_t columns, int64_t stride, float *to) {
    for (int64_t i = 0; i < columns; i += DV_LANES)
        for (int64_t k = 0; k < stride; k += DV_LANES) {
            vec v[DV_LANES];
            for (int r = 0; r < DV_LANES; r++) v[r] = DV(load)(from + (i + r) * stride + k);
            DV(transpose)(v);
            for (int r = 0; r < DV_LANES; r++) DV(store)(to + (k + r) * columns + i, v[r]);
        }
}

/* log(x) for x >= 1. */
static inline vec DV(log)(vec x) {
    ivec bits = (ivec)x, whole = (bits >> 23) - 127;
    vec fraction = (vec)((bits & 0x7FFFFF) | 0x3F800000);
    return DV(log_one_plus)(fraction - 1.0f) + __builtin_convertvector(whole, vec) * 0.693147181f;
}

/* x[0:width vectors] += sum_k factors[k] rows[k], for n rows. */
static inline void DV(add_rows)(float *x, float *const *rows, const float *factors, int n, int64_t stride) {
    int64_t j = 0;
    for (; j + 4 * DV_LANES <= stride; j += 4 * DV_LANES) {
        vec sums[4];
        for (int v = 0; v < 4; v++) sums[v] = DV(load)(x + j + v * DV_LANES);
        for (int k = 0; k < n; k++) {
            const float *row = rows[k] + j;
            vec factor = DV(splat)(factors[k]);
            for (int v = 0; v < 4; v++) sums[v] += factor * DV(load)(row + v * DV_LANES);
        }
        for (int v = 0; v < 4; v++) DV(store)(x + j + v * DV_LANES, sums[v]);
    }
    for (; j < stride; j += DV_LANES) {
        vec sum = DV(load)(x + j);
        for (int k = 0; k < n; k++) sum += DV(splat)(factors[k]) * DV(load)(rows[k] + j);
        DV(store)(x + j, sum);
    }
}

/* The positive pairs of a tile's tokens [first, last): for each token the rows of its window, filled up to a multiple of
 * 4 with no row, and for each place of the tile's reach the tokens that predict it.  Returns the number of pairs. */
static inline int64_t DV(pair)(dv_window_job *job, int64_t first, int64_t last) {
    const dv_block *block = &job->reader.block;
    dv_tile *tile = &job->tile;
    int64_t begin = first, end = last, n = 0;
    for (int64_t i = first; i < last; i++) {
        begin = i - block->left[i] < begin ? i - block->left[i] : begin;
        end = i + 1 + block->right[i] > end ? i + 1 + block->right[i] : end;
    }
    tile->begin = begin, tile->end = end;
    for (int64_t i = 0; i < tile->columns; i++) {
        const int64_t at = first + i, self = at - begin;
        const int is_there = at < last;
        tile->self[i] = (int32_t)self;
        tile->left[i] = is_there ? (int32_t)self - block->left[at] : 1;
        tile->right[i] = is_there ? (int32_t)self + block->right[at] : 0;
    }
    memset(tile->num_seen, 0, (size_t)(end - begin) * sizeof *tile->num_seen);
    const int64_t most = 2 * job->reader.share->text.window;
    for (int64_t i = first; i < last; i++) {
        tile->pairs[i - first] = n;
        for (int64_t p = i - block->left[i]; p <= i + block->right[i]; p++) {
            if (p == i) continue;
            tile->rows[n] = DV(row)(job->tables + DV_OUTPUT, block->ids[p], job);
            const int64_t seen = (p - begin) * most + tile->num_seen[p - begin]++;
            tile->seen_pair[seen] = (int32_t)n, tile->seen_token[seen] = tile->x + (i - first) * job->stride;
            job->labels[n] = 1, job->weights[n] = 1;
            n++;
        }
        for (; n & 3; n++) tile->rows[n] = job->spare, job->labels[n] = 0, job->weights[n] = 0;
    }
    tile->pairs[last - first] = n;
    return n;
}

/* 1 for the tokens of DV_LANES from column i on whose windows have place p. */
static inline vec DV(sees)(const dv_tile *tile, int64_t i, int64_t p) {
    const ivec place = (int32_t)p - (ivec){0}, left = *(const ivec *)(tile->left + i), right = *(const ivec *)(tile->right + i);
    const ivec self = *(const ivec *)(tile->self + i);
    return DV(choose)((left <= place) & (right >= place) & (self != place), DV(splat)(1.0f), (vec){0});
}

/* The noise's scores as logistic regressions of label 0 that weigh tile->weights, less where a token's window has the
 * word; in place, factors of the steps.  Returns the loss in nats. */
static inline float DV(logistic_noise)(dv_window_job *job, const int32_t *noise, float weight) {
    const int32_t *ids = job->reader.block.ids;
    const int has_bias = job->tables[DV_BIAS].rows != NULL;
    dv_tile *tile = &job->tile;
    uint64_t filter[16] = {0};
    vec losses = {0};
    for (int64_t p = tile->begin; p < tile->end; p++) filter[ids[p] >> 6 & 15] |= UINT64_C(1) << (ids[p] & 63);
    for (int64_t i = 0; i < tile->columns; i += DV_LANES) {
        const vec weights = DV(load)(tile->weights + i), factor = -job->rate * weights, zero = {0};
        vec product = DV(splat)(1.0f), total = {0};
        for (int64_t j = 0; j < job->noise.pool; j++) {
            float *place = tile->scores + j * tile->columns + i;
            const vec score = DV(load)(place), small = DV(exp_negative)(DV(choose)(score < 0.0f, score, -score));
            const vec more = 1.0f + small, smaller = small / more, positive = DV(choose)(score < 0.0f, zero, score);
            const vec sigmoid = DV(choose)(score < 0.0f, smaller, 1.0f - smaller);
            vec step = factor * sigmoid;
            product *= more, total += positive;
            if (!has_bias && filter[noise[j] >> 6 & 15] >> (noise[j] & 63) & 1)
                for (int64_t p = tile->begin; p < tile->end; p++)
                    if (ids[p] == noise[j]) {
                        const vec less = weight * DV(sees)(tile, i, p - tile->begin);
                        step += job->rate * less * sigmoid;
                        losses -= less * (positive + DV(log_one_plus)(small));
                    }
            DV(store)(place, step);
            if ((j & 63) == 63) total += DV(log)(product), product = DV(splat)(1.0f); /* it stays below 2^64 */
        }
        losses += weights * (total + DV(log)(product));
    }
    return DV(sum)(losses);
}

/* Ask for the rows of the tile after this one, those of one token at a time. */
static inline void DV(next_tile)(dv_window_job *job, int64_t i, int64_t num_tokens, int64_t reach) {
    const dv_block *block = &job->reader.block;
    const dv_noise *noise = &job->noise;
    const int64_t next = i + num_tokens;
    if (next >= block->filled) return;
    if (!job->word_rows.offsets) DV(prefetch)(DV(row)(job->tables + DV_INPUT, block->ids[next], job), job->stride);
    if (next + reach < block->filled)
        DV(prefetch)(DV(row)(job->tables + DV_OUTPUT, block->ids[next + reach], job), job->stride);
    const int32_t *words = noise->drawn + next / noise->share * noise->pool;
    const int64_t k = next % noise->share;
    for (int64_t j = k * noise->pool / noise->share; j < (k + 1) * noise->pool / noise->share; j++)
        DV(prefetch)(DV(row)(job->tables + DV_OUTPUT, words[j], job), job->stride);
}

/* Share out the steps of a tile's tokens to the rows that their words are made of. */
static void DV(share_out_steps)(dv_window_job *job, int64_t first, int64_t num_tokens) {
    for (int64_t i = 0; i < num_tokens; i++)
        DV(share_out)(&job->word_rows, job->reader.block.ids[first + i], job->tables[DV_INPUT].rows, job->tile.steps + i * job->stride);
}

/* Predict the words of the windows of tokens [first, last) from the tokens' vectors, among noise words. */
static void DV(learn_tile)(dv_window_job *job, const int32_t *noise, int64_t first, int64_t last) {
    const dv_block *block = &job->reader.block;
    const dv_rows *input = job->tables + DV_INPUT, *output = job->tables + DV_OUTPUT;
    const int64_t stride = job->stride, num_tokens = last - first, pool = job->noise.pool, reach = job->reader.share->text.window;
    const int has_bias = job->tables[DV_BIAS].rows != NULL, has_parts = job->word_rows.offsets != NULL;
    const float weight = job->noise.negative / (float)pool;
    dv_tile *tile = &job->tile;
    const int64_t columns = tile->columns = dv_round(num_tokens);
    for (int64_t i = 0; i < columns; i++) {
        float *x = tile->x + i * stride;
        tile->weights[i] = 0;
        if (i >= num_tokens) {
            memset(x, 0, (size_t)stride * sizeof(float));
            continue;
        }
        const int32_t word = block->ids[first + i];
        tile->weights[i] = weight * (float)(block->left[first + i] + block->right[first + i]);
        tile->token_rows[i] = has_parts ? tile->steps + i * stride : DV(row)(input, word, job);
        if (has_parts) {
            DV(parts_ahead)(&job->word_rows, block->ids + first + i, block->filled - first - i, input->rows);
            DV(compose)(&job->word_rows, word, input->rows, x);
        } else {
            memcpy(x, tile->token_rows[i], (size_t)stride * sizeof(float));
        }
    }
    if (has_parts) memset(tile->steps, 0, (size_t)(num_tokens * stride) * sizeof(float));
    for (int64_t j = 0; j < pool; j++) {
        tile->noise_rows[j] = DV(row)(output, noise[j], job);
        memcpy(tile->noise + j * stride, tile->noise_rows[j], (size_t)stride * sizeof(float));
    }
    DV(turn)(tile->x, columns, stride, tile->turned);
    if (has_bias)
        for (int64_t j = 0; j < pool; j++) {
            const float bias = *DV(number)(job, DV_BIAS, noise[j]) - job->log_noise[noise[j]];
            for (int64_t i = 0; i < columns; i++) tile->scores[j * columns + i] = bias;
        }
    DV(multiply)((int)pool, (int)columns, job->dim, tile->noise, stride, 1, tile->turned, columns, tile->scores, columns, has_bias);
    const int64_t num_pairs = DV(pair)(job, first, last);
    job->reader.tally.loss[0] += DV(logistic_noise)(job, noise, weight);
    DV(add_product)((int)num_tokens, (int)stride, pool, tile->scores, 1, columns, tile->noise, stride, tile->token_rows, 0, 1);
    for (int64_t i = 0; i < num_tokens; i++) {
        const int64_t begin = tile->pairs[i], n = tile->pairs[i + 1] - begin;
        DV(next_tile)(job, first + i, tile->most_tokens, reach);
        DV(dots)(tile->x + i * stride, tile->rows + begin, (int)n, stride, tile->pair_scores + begin);
    }
    for (int64_t r = num_pairs; r < dv_round(num_pairs); r++) tile->pair_scores[r] = 0, job->labels[r] = 0, job->weights[r] = 0;
    if (has_bias)
        for (int64_t i = first; i < last; i++) {
            int64_t n = tile->pairs[i - first];
            for (int64_t p = i - block->left[i]; p <= i + block->right[i]; p++)
                if (p != i) tile->pair_scores[n++] += *DV(number)(job, DV_BIAS, block->ids[p]) - job->log_noise[block->ids[p]];
        }
    job->reader.tally.loss[0] += DV(logistic)(tile->pair_scores, job->weights, job->labels, (int)num_pairs, job->rate, tile->factors);
    for (int64_t i = 0; i < num_tokens; i++) {
        const int64_t begin = tile->pairs[i], n = tile->pairs[i + 1] - begin;
        DV(add_rows)(tile->token_rows[i], tile->rows + begin, tile->factors + begin, (int)n, stride);
    }
    /* the rows of the tile's tokens have been read for the last time */
    for (int64_t p = tile->begin; p < tile->end; p++) {
        const int64_t seen = (p - tile->begin) * 2 * reach, n = tile->num_seen[p - tile->begin];
        float total = 0;
        for (int64_t k = 0; k < n; k++) total += tile->seen_factor[k] = tile->factors[tile->seen_pair[seen + k]];
        DV(add_rows)(DV(row)(output, block->ids[p], job), tile->seen_token + seen, tile->seen_factor, (int)n, stride);
        if (has_bias) *DV(number)(job, DV_BIAS, block->ids[p]) += total;
    }
    DV(add_product)((int)pool, (int)stride, num_tokens, tile->scores, columns, 1, tile->x, stride, tile->noise_rows, 0, 1);
    for (int64_t j = 0; has_bias && j < pool; j++) {
        float total = 0;
        for (int64_t i = 0; i < num_tokens; i++) total += tile->scores[j * columns + i];
        *DV(number)(job, DV_BIAS, noise[j]) += total;
    }
    if (has_parts) DV(share_out_steps)(job, first, num_tokens);
}

/* A block by tiles of job->tile.most_tokens, all tokens that see the same noise words in as many as it takes. */
static void DV(skipgram_tiles)(dv_window_job *job) {
    const int64_t filled = job->reader.block.filled, share = job->noise.share, most = job->tile.most_tokens;
    for (int64_t group = 0; group * share < filled; group++) {
        const int64_t end = (group + 1) * share < filled ? (group + 1) * share : filled;
        for (int64_t first = group * share; first < end; first += most)
            (job->learn_tile ? job->learn_tile : DV(learn_tile))(job, job->noise.drawn + group * job->noise.pool, first, first + most < end ? first + most : end);
    }
}
