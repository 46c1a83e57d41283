/* SkipGram, CBOW (Mikolov et al. 2013) and the vector log-bilinear model (Mnih & Kavukcuoglu 2013) by stochastic
 * gradient descent, one token after the other. */
#include "vectors.h"
#include "word_rows_kernels.h"

static inline float *DV(row)(const dv_rows *table, int64_t index, const dv_window_job *job) {
    DV_CHECK(index >= 0 && index < job->num_words);
    return (index < job->num_own ? table->own : table->rows) + index * job->stride;
}

/* The same of a table with one number a word. */
static inline float *DV(number)(const dv_window_job *job, int table, int64_t index) {
    DV_CHECK(index >= 0 && index < job->num_words);
    return (index < job->num_own ? job->tables[table].own : job->tables[table].rows) + index;
}

/* 1 / sqrt of a row's sum of squared gradients, to which this step's is added first (row-wise Adagrad). */
static inline float DV(adapt)(float *squares, float square) { return 1.0f / __builtin_sqrtf(*squares += square); }

/* One vector x against the n rows in job->rows, as logistic regressions with job->labels and job->weights: steps the
 * rows, leaves rate * -gradient of x in job->gradient, and returns the loss in nats.  Where there are squares, a row and
 * its bias are stepped by Adagrad, and job->gradient is without the rate.  A row that is there twice is read again after its first step. */
static inline float DV(regress)(dv_window_job *job, const float *x, int n) {
    int filled = (n + 3) & ~3;
    const int is_adaptive = job->tables[DV_OUTPUT_SQUARES].rows != NULL, has_bias = job->tables[DV_BIAS].rows != NULL;
    DV_CHECK(n > 0 && n + 15 < job->most_rows);
    for (int r = n; r < filled; r++) job->rows[r] = job->spare; /* no row: its weight is zero */
    for (int r = n; r < ((n + 15) & ~15); r++) job->weights[r] = 0, job->labels[r] = 0, job->scores[r] = 0;
    DV(dots)(x, job->rows, filled, job->stride, job->scores);
    if (has_bias)
        for (int r = 0; r < n; r++) job->scores[r] += *DV(number)(job, DV_BIAS, job->words[r]) - job->log_noise[job->words[r]];
    float loss = DV(logistic)(job->scores, job->weights, job->labels, n, is_adaptive ? 1 : job->rate, job->factors);
    float *steps = job->factors;
    if (is_adaptive) {
        const float square = (DV(dot)(x, x, job->stride) + 1) / (float)(job->dim + 1); /* of a row and its bias */
        steps = job->steps;
        for (int r = n; r < filled; r++) steps[r] = 0;
        for (int r = 0; r < n; r++) {
            float *squares = DV(number)(job, DV_OUTPUT_SQUARES, job->words[r]), factor = job->factors[r];
            steps[r] = job->rate * factor * DV(adapt)(squares, factor * factor * square);
        }
    }
    if (has_bias)
        for (int r = 0; r < n; r++) *DV(number)(job, DV_BIAS, job->words[r]) += steps[r];
    DV(exchange)(x, job->rows, job->factors, steps, filled, job->stride, job->gradient);
    return loss;
}

/* Rows of the words [begin, end) behind those already there; returns how many there are now, and the words in *seen:
 * a set of residues that may hold more than the words, never less. */
static inline int DV(gather)(dv_window_job *job, const dv_rows *table, const int32_t *begin, const int32_t *end, int n,
                             uint64_t *seen) {
    for (const int32_t *word = begin; word < end; word++) {
        job->words[n] = *word;
        job->rows[n++] = DV(row)(table, *word, job);
        *seen |= UINT64_C(1) << (*word & 63);
    }
    return n;
}

/* A token's noise words as rows behind its n positive ones.  Each stands for negative/pool words for every positive
 * that it differs from (word2vec draws no noise equal to the word predicted; noise-contrastive estimation does). */
static inline int DV(add_noise)(dv_window_job *job, const int32_t *noise, const int32_t *begin, const int32_t *end,
                                const int32_t *except, int n, uint64_t seen) {
    const float weight = job->noise.negative / (float)job->noise.pool, all = weight * (float)n;
    for (int j = 0; j < n; j++) job->labels[j] = 1, job->weights[j] = 1;
    for (int j = 0; j < job->noise.pool; j++, n++) {
        job->words[n] = noise[j];
        job->rows[n] = DV(row)(job->tables + DV_OUTPUT, noise[j], job);
        job->labels[n] = 0, job->weights[n] = all;
        if (!job->tables[DV_BIAS].rows && seen >> (noise[j] & 63) & 1)
            for (const int32_t *word = begin; word < end; word++)
                if (*word == noise[j] && word != except) job->weights[n] -= weight;
    }
    return n;
}

/* The path of a word as rows behind the n already there. */
static inline int DV(add_path)(dv_window_job *job, int32_t word, int n) {
    for (int64_t k = job->paths[word]; k < job->paths[word + 1]; k++, n++) {
        job->rows[n] = DV(row)(job->tables + DV_OUTPUT, job->nodes[k], job);
        job->labels[n] = 1 - (float)job->turns[k], job->weights[n] = 1;
    }
    return n;
}

#undef DV_AHEAD
#define DV_AHEAD 4 /* tokens ahead whose rows are fetched */

/* Ask for what the tokens soon to come will touch first; `reach` tokens further on are in their windows.  A table that is
 * NULL is one whose rows words are made of: see parts_ahead. */
static inline void DV(look_ahead)(dv_window_job *job, const dv_rows *single, const dv_rows *window, int64_t i, int64_t reach) {
    const dv_block *block = &job->reader.block;
    const dv_noise *noise = &job->noise;
    if (i + DV_AHEAD >= block->filled) return;
    if (single) DV(prefetch)(DV(row)(single, block->ids[i + DV_AHEAD], job), job->stride);
    if (window && i + DV_AHEAD + reach < block->filled)
        DV(prefetch)(DV(row)(window, block->ids[i + DV_AHEAD + reach], job), job->stride);
    if (noise->table)
        for (int64_t k = dv_first_noise(noise, i + DV_AHEAD - 1); k < dv_first_noise(noise, i + DV_AHEAD); k++)
            DV(prefetch)(DV(row)(job->tables + DV_OUTPUT, noise->drawn[k + noise->pool], job), job->stride);
}

/* The vector of a word: its row, or the mean of its rows in job->x. */
static inline float *DV(vector)(dv_window_job *job, int32_t word) {
    const dv_rows *input = job->tables + DV_INPUT;
    if (!job->word_rows.offsets) return DV(row)(input, word, job);
    DV(compose)(&job->word_rows, word, input->rows, job->x);
    return job->x;
}

/* Step what DV(vector) gave as x by job->gradient. */
static inline void DV(learn)(dv_window_job *job, int32_t word, float *x) {
    const dv_rows *input = job->tables + DV_INPUT;
    if (!job->word_rows.offsets)
        DV(add)(x, job->gradient, 1, job->stride);
    else
        DV(share_out)(&job->word_rows, word, input->rows, job->gradient);
}

#include "window_tiles.h"

/* Predict the words of the window from the word in its middle. */
static void DV(skipgram)(dv_window_job *job, int64_t reach) {
    const dv_block *block = &job->reader.block;
    const dv_rows *input = job->tables + DV_INPUT;
    for (int64_t i = 0; i < block->filled; i++) {
        const int32_t *middle = block->ids + i, *begin = middle - block->left[i], *end = middle + 1 + block->right[i];
        if (end - begin < 2) continue;
        uint64_t seen = 0;
        int n = 0;
        if (job->word_rows.offsets)
            DV(parts_ahead)(&job->word_rows, middle, block->filled - i, input->rows);
        if (job->noise.table) {
            DV(look_ahead)(job, job->word_rows.offsets ? NULL : input, job->tables + DV_OUTPUT, i, reach);
            n = DV(gather)(job, job->tables + DV_OUTPUT, begin, middle, 0, &seen);
            n = DV(gather)(job, job->tables + DV_OUTPUT, middle + 1, end, n, &seen);
            n = DV(add_noise)(job, dv_noise_of(&job->noise, i), begin, end, middle, n, seen);
        } else {
            for (const int32_t *word = begin; word < end; word++)
                if (word != middle) n = DV(add_path)(job, *word, n);
            if (n == 0) continue; /* the only word of a vocabulary has no path */
        }
        float *x = DV(vector)(job, *middle);
        job->reader.tally.loss[0] += DV(regress)(job, x, n);
        DV(learn)(job, *middle, x);
    }
}

/* Where words are made of several rows, the vectors of a block's tokens while windows reach them: composed when the
 * first one does, stepped in between, and their steps shared out to their rows once the last one has passed. */
static inline void DV(come_near)(dv_window_job *job, int64_t begin, int64_t end) {
    const dv_rows *input = job->tables + DV_INPUT;
    for (int64_t i = begin; i < end; i++) {
        float *composed = job->composed + i % job->num_near * job->stride;
        DV(parts_ahead)(&job->word_rows, job->reader.block.ids + i, job->reader.block.filled - i, input->rows);
        DV(compose)(&job->word_rows, job->reader.block.ids[i], input->rows, composed);
        memcpy(job->stepped + i % job->num_near * job->stride, composed, (size_t)job->stride * sizeof(float));
    }
}

static inline void DV(pass_by)(dv_window_job *job, int64_t begin, int64_t end) {
    const dv_rows *input = job->tables + DV_INPUT;
    for (int64_t i = begin; i < end; i++) {
        float *step = job->stepped + i % job->num_near * job->stride;
        DV(add)(step, job->composed + i % job->num_near * job->stride, -1, job->stride);
        DV(share_out)(&job->word_rows, job->reader.block.ids[i], input->rows, step);
    }
}

/* The vector of a word of a window, which steps change in place. */
static inline float *DV(near)(dv_window_job *job, const int32_t *word) {
    if (!job->word_rows.offsets) return DV(row)(job->tables + DV_INPUT, *word, job);
    return job->stepped + (word - job->reader.block.ids) % job->num_near * job->stride;
}

/* Predict the word in the middle from the mean or the sum of the vectors of its window, each of which takes the whole
 * step of the mean or sum, as in word2vec. */
static void DV(cbow)(dv_window_job *job, int64_t reach) {
    const dv_block *block = &job->reader.block;
    const int has_parts = job->word_rows.offsets != NULL;
    int64_t nearest = 0, farthest = 0; /* tokens that have vectors: [nearest, farthest) */
    for (int64_t i = 0; i < block->filled; i++) {
        const int32_t *middle = block->ids + i, *begin = middle - block->left[i], *end = middle + 1 + block->right[i];
        if (has_parts) {
            const int64_t passed = i > reach ? i - reach : 0, reached = end - block->ids;
            DV(pass_by)(job, nearest, passed);
            nearest = passed;
            DV(come_near)(job, farthest, reached);
            farthest = reached > farthest ? reached : farthest;
        }
        if (end - begin < 2) continue;
        const float scale = job->mean ? 1.0f / (float)(end - begin - 1) : 1.0f;
        uint64_t seen = 0;
        int n = 0;
        memset(job->x, 0, (size_t)job->stride * sizeof(float));
        for (const int32_t *word = begin; word < end; word++)
            if (word != middle) DV(add)(job->x, DV(near)(job, word), scale, job->stride);
        if (job->noise.table) {
            DV(look_ahead)(job, job->tables + DV_OUTPUT, has_parts ? NULL : job->tables + DV_INPUT, i, reach);
            n = DV(gather)(job, job->tables + DV_OUTPUT, middle, middle + 1, 0, &seen);
            n = DV(add_noise)(job, dv_noise_of(&job->noise, i), middle, middle + 1, NULL, n, seen);
        } else {
            n = DV(add_path)(job, *middle, 0);
        }
        if (n == 0) continue;
        job->reader.tally.loss[0] += DV(regress)(job, job->x, n);
        for (const int32_t *word = begin; word < end; word++)
            if (word != middle) DV(add)(DV(near)(job, word), job->gradient, 1, job->stride);
    }
    if (has_parts) DV(pass_by)(job, nearest, farthest);
}

/* x = sum_p position_p * row_p, number by number, over the places of a history. */
static inline void DV(predict)(const dv_window_job *job, const float *position, int64_t places, float *x) {
    for (int64_t j = 0; j < job->stride; j += DV_LANES) {
        vec sum = {0};
        for (int64_t p = 0; p < places; p++)
            sum += DV(load)(position + p * job->stride + j) * DV(load)(job->history[p] + j);
        DV(store)(x + j, sum);
    }
}

/* The Adagrad step of the vectors of a place and of the word there, each times the other in x, from -gradient of x. */
static inline void DV(learn_place)(dv_window_job *job, float *row, float *row_squares, float *place, float *place_squares) {
    vec of_row = {0}, of_place = {0};
    for (int64_t j = 0; j < job->stride; j += DV_LANES) {
        vec step = DV(load)(job->gradient + j), x = DV(load)(row + j) * step, weight = DV(load)(place + j) * step;
        of_row += weight * weight, of_place += x * x;
    }
    const float row_rate = job->rate * DV(adapt)(row_squares, DV(sum)(of_row) / (float)job->dim);
    const float place_rate = job->rate * DV(adapt)(place_squares, DV(sum)(of_place) / (float)job->dim);
    for (int64_t j = 0; j < job->stride; j += DV_LANES) {
        vec step = DV(load)(job->gradient + j), x = DV(load)(row + j), weight = DV(load)(place + j);
        DV(store)(row + j, x + row_rate * (weight * step));
        DV(store)(place + j, weight + place_rate * (x * step));
    }
}

/* Predict a word from the vectors of the words before it, and after it, each weighted by the vector of its place. */
static void DV(bilinear)(dv_window_job *job) {
    const dv_block *block = &job->reader.block;
    const int64_t places = job->before + job->after;
    const dv_rows *shared = job->tables + DV_POSITION, *squares = job->tables + DV_POSITION_SQUARES;
    float *position = job->num_own ? shared->own : shared->rows;
    float *position_squares = job->num_own ? squares->own : squares->rows;
    for (int64_t i = 0; i < block->filled; i++) {
        const int32_t *middle = block->ids + i;
        uint64_t seen = 0;
        for (int64_t p = 0; p < places; p++) {
            const int64_t before = p + 1, after = before - job->before; /* places from the token */
            int32_t word = job->boundary;
            if (after < 1 && before <= block->left[i]) word = middle[-before];
            if (after >= 1 && after <= block->right[i]) word = middle[after];
            job->history_words[p] = word;
            job->history[p] = DV(row)(job->tables + DV_INPUT, word, job);
        }
        DV(predict)(job, position, places, job->x);
        DV(look_ahead)(job, job->tables + DV_OUTPUT, job->tables + DV_INPUT, i, job->after);
        int n = DV(gather)(job, job->tables + DV_OUTPUT, middle, middle + 1, 0, &seen);
        n = DV(add_noise)(job, dv_noise_of(&job->noise, i), middle, middle + 1, NULL, n, seen);
        job->reader.tally.loss[0] += DV(regress)(job, job->x, n);
        for (int64_t p = 0; p < places; p++)
            DV(learn_place)(job, job->history[p], DV(number)(job, DV_INPUT_SQUARES, job->history_words[p]),
                            position + p * job->stride, position_squares + p);
    }
}

static void DV(train_window)(dv_window_job *job) {
    const int64_t window = job->reader.share->text.window;
    while (dv_next_block(&job->reader)) {
        if (job->noise.table) dv_draw_noise(&job->noise, &job->reader.block, job->reader.seed);
        if (dv_has_tiles(job))
            DV(skipgram_tiles)(job);
        else if (job->model == DV_SKIPGRAM)
            DV(skipgram)(job, window);
        else if (job->model == DV_CBOW)
            DV(cbow)(job, window);
        else
            DV(bilinear)(job);
    }
}
