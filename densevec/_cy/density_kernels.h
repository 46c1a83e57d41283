/* DensityWord2Vec by Adagrad on max margin, one token after the other (Vilnis & McCallum 2015).
 *
 * For a token w its rows r are the context words of its window and the noise words it sees.  Everything is measured before
 * anything changes: E_r, and of its gradients with respect to the row the lengths that Adagrad and the bound on the norm
 * need.  Then hinge says how much each energy matters, plan_steps how far each row goes, and one pass over the rows
 * takes them there and gathers the gradient of w: of Adagrad with one sum of squares a row the step's length is known
 * before the step.  The two energies depend on means by m_w - m_r alone, so
 * dE/dm_w = -dE/dm_r. */
#include "vectors.h"
#include "word_rows_kernels.h"
#include "density_energies.h"

static inline float *DV(density_row)(float *table, int64_t index, int64_t stride, const dv_density_job *job) {
    DV_CHECK(index >= 0 && index < job->num_words);
    return table + index * stride;
}

/* Row n is that of a word. */
static inline void DV(take)(dv_density_job *job, int32_t word, int n) {
    const dv_densities *context = &job->context;
    DV_CHECK(n < job->most_rows);
    job->words[n] = word;
    job->rows[n] = DV(density_row)(context->mean, word, job->stride, job);
    job->mean_sum[n] = context->squares[2 * (int64_t)word];
    job->variance_sum[n] = context->squares[2 * (int64_t)word + 1];
}

/* The loss sum_kj weight max(0, margin - E_k + E_j) over the noise words j < pool and the context words k behind them, where
 * they differ; leaves in coefficient how much of each energy the loss wants: above zero more, below zero less. */
static inline float DV(hinge)(dv_density_job *job, int n) {
    const int pool = (int)job->noise.pool;
    const float weight = job->noise.negative / (float)pool;
    float *push = job->coefficient, *rival = job->mean_step; /* free until steps are planned */
    for (int r = 0; r < n; r += DV_LANES) {
        DV(store)(push + r, (vec){0});
        DV(store)(rival + r, DV(load)(job->energy + r));
    }
    for (int r = pool; r < ((pool + 15) & ~15); r++) rival[r] = -1e30f; /* no noise word */
    vec loss = {0};
    for (int k = pool; k < n; k++) {
        const float bar = job->margin - job->energy[k];
        vec pull = {0};
        for (int r = 0; r < pool; r += DV_LANES) {
            vec over = bar + DV(load)(rival + r);
            ivec violated = (over > 0.0f) & (*(const ivec *)(job->words + r) != job->words[k]);
            vec one = DV(choose)(violated, DV(splat)(weight), DV(splat)(0));
            loss += one * over;
            pull += one;
            DV(store)(push + r, DV(load)(push + r) - one);
        }
        push[k] = DV(sum)(pull);
    }
    return DV(sum)(loss);
}

static inline void DV(inverse_roots)(float *values, int n) {
    for (int r = 0; r < n; r++) values[r] = 1.0f / __builtin_sqrtf(values[r]);
}

/* From the gradients' lengths how far each row goes: Adagrad with one sum of squares a row, then the bound on the norm. */
static inline void DV(plan_steps)(dv_density_job *job, int n) {
    const float bound = job->norm_bound;
    float *mean_step = job->mean_step, *variance_step = job->variance_step, *scale = job->scale;
    n = (n + 15) & ~15;
    for (int r = 0; r < n; r += DV_LANES) {
        vec c = DV(load)(job->coefficient + r), square = c * c;
        DV(store)(mean_step + r, DV(load)(job->mean_sum + r) + square * DV(load)(job->mean_square + r));
        DV(store)(variance_step + r, DV(load)(job->variance_sum + r) + square * DV(load)(job->variance_square + r));
    }
    DV(inverse_roots)(mean_step, n);
    DV(inverse_roots)(variance_step, n);
    for (int r = 0; r < n; r += DV_LANES) {
        vec c = DV(load)(job->coefficient + r), step = job->rate * c * DV(load)(mean_step + r);
        vec norm = DV(load)(job->norm + r) + 2.0f * step * DV(load)(job->product + r) +
                   step * step * DV(load)(job->mean_square + r);
        DV(store)(mean_step + r, step);
        DV(store)(variance_step + r, job->variance_rate * c * DV(load)(variance_step + r));
        DV(store)(scale + r, DV(choose)(norm > bound * bound, norm, DV(splat)(bound * bound)));
    }
    DV(inverse_roots)(scale, n);
    for (int r = 0; r < n; r += DV_LANES) DV(store)(scale + r, bound * DV(load)(scale + r));
}

static inline void DV(add_squares)(const dv_density_job *job, float *sums, int r) {
    const float square = job->coefficient[r] * job->coefficient[r];
    sums[0] += square * job->mean_square[r];
    sums[1] += square * job->variance_square[r];
}

static inline float DV(clip)(const dv_density_job *job, float log_variance) {
    log_variance = log_variance < job->min_log_variance ? job->min_log_variance : log_variance;
    return log_variance > job->max_log_variance ? job->max_log_variance : log_variance;
}

/* gradient += sum_r pull[r] rows[r], then rows[r] = keep[r] rows[r] + move[r] x, for four rows. */
static inline void DV(attract)(const float *x, float *const *rows, const float *pull, const float *keep,
                               const float *move, int64_t stride, float *gradient) {
    float *const y[4] = {rows[0], rows[1], rows[2], rows[3]};
    vec p[4], k[4], m[4];
    for (int r = 0; r < 4; r++) p[r] = DV(splat)(pull[r]), k[r] = DV(splat)(keep[r]), m[r] = DV(splat)(move[r]);
    for (int64_t j = 0; j < stride; j += DV_LANES) {
        vec v = DV(load)(x + j), total = DV(load)(gradient + j);
        for (int r = 0; r < 4; r++) {
            vec old = DV(load)(y[r] + j);
            total += p[r] * old;
            DV(store)(y[r] + j, k[r] * old + m[r] * v);
        }
        DV(store)(gradient + j, total);
    }
}

/* Move the rows; leaves the gradient of m_w in job->gradient and returns that of log s_w.  Rows that do not count are
 * left alone. */
static inline float DV(move_spherical)(dv_density_job *job, const float *x, int n) {
    float pull_sum = 0, slope = 0;
    float *pull = job->energy, *keep = job->norm, *move = job->product; /* whose work is done */
    int moved = 0;
    memset(job->gradient, 0, (size_t)job->stride * sizeof(float));
    for (int r = 0; r < n; r++) {
        if (job->coefficient[r] == 0) continue;
        const int64_t word = job->words[r];
        const float factor = job->mean_step[r] * job->precision[r], scale = job->scale[r];
        float *log_variance = job->context.log_variance + word;
        *log_variance = DV(clip)(job, *log_variance + job->variance_step[r] * job->variance_slope[r]);
        DV(add_squares)(job, job->context.squares + 2 * word, r);
        slope += job->coefficient[r] * job->word_slope[r];
        pull_sum += job->coefficient[r] * job->precision[r];
        pull[moved] = job->coefficient[r] * job->precision[r];
        keep[moved] = scale * (1.0f - factor);
        move[moved] = scale * factor;
        job->rows[moved++] = job->rows[r];
    }
    for (; moved & 3; moved++) job->rows[moved] = job->spare, pull[moved] = 0, keep[moved] = 1, move[moved] = 0;
    for (int r = 0; r < moved; r += 4)
        DV(attract)(x, job->rows + r, pull + r, keep + r, move + r, job->stride, job->gradient);
    DV(add)(job->gradient, x, -pull_sum, job->stride);
    return slope;
}

/* The same of diagonal densities; leaves the gradient of log s_w in job->variance_gradient. */
static inline void DV(move_diagonal)(dv_density_job *job, const float *x, int n) {
    memset(job->gradient, 0, (size_t)job->stride * sizeof(float));
    memset(job->variance_gradient, 0, (size_t)job->stride * sizeof(float));
    const vec lowest = DV(splat)(job->min_log_variance), highest = DV(splat)(job->max_log_variance);
    for (int r = 0; r < n; r++) {
        const float coefficient = job->coefficient[r];
        if (coefficient == 0) continue;
        float *y = job->rows[r], *theirs = job->context.log_variance + job->words[r] * job->stride;
        DV(add_squares)(job, job->context.squares + 2 * (int64_t)job->words[r], r);
        for (int64_t j = 0; j < job->stride; j += DV_LANES) {
            vec row = DV(load)(y + j), difference = DV(load)(x + j) - row, mask = DV(load)(job->mask + j);
            vec log_variance = DV(load)(theirs + j), mean_slope, row_slope, word_slope;
            DV(slopes)(job->is_kl, difference, DV(load)(job->variance + j), DV(row_variances)(job, theirs + j),
                       &mean_slope, &row_slope, &word_slope);
            DV(store)(y + j, job->scale[r] * (row + job->mean_step[r] * mean_slope));
            log_variance += job->variance_step[r] * row_slope;
            log_variance = DV(choose)(log_variance < lowest, lowest, log_variance);
            log_variance = DV(choose)(log_variance > highest, highest, log_variance);
            DV(store)(theirs + j, mask * log_variance);
            DV(store)(job->gradient + j, DV(load)(job->gradient + j) - coefficient * mean_slope);
            DV(store)(job->variance_gradient + j,
                      DV(load)(job->variance_gradient + j) + coefficient * mask * word_slope);
        }
    }
}

static inline float DV(squared_gradient)(const dv_density_job *job) {
    vec square = {0};
    for (int64_t j = 0; j < job->stride; j += DV_LANES) {
        vec slope = DV(load)(job->gradient + j);
        square += slope * slope;
    }
    return DV(sum)(square);
}

/* x += step * job->gradient; the squared length of what it is then. */
static inline float DV(move_mean)(const dv_density_job *job, float *x, float step) {
    vec norm = {0};
    for (int64_t j = 0; j < job->stride; j += DV_LANES) {
        vec moved = DV(load)(x + j) + step * DV(load)(job->gradient + j);
        norm += moved * moved;
        DV(store)(x + j, moved);
    }
    return DV(sum)(norm);
}

/* Adagrad along job->gradient, then the bound on the norm. */
static inline void DV(step_mean)(dv_density_job *job, float *x, float *sum) {
    *sum += DV(squared_gradient)(job);
    const float length = DV(move_mean)(job, x, job->rate / __builtin_sqrtf(*sum)), bound = job->norm_bound;
    if (length > bound * bound) {
        const float scale = bound / __builtin_sqrtf(length);
        for (int64_t j = 0; j < job->stride; j += DV_LANES) DV(store)(x + j, scale * DV(load)(x + j));
    }
}

/* Adagrad of the rows of a word, each of which takes the whole gradient of their mean and steps by a sum of squares of its
 * own, n-grams of many words by less than those of few; the sum of their steps. */
static inline float DV(step_parts)(dv_density_job *job, int32_t word) {
    const dv_word_rows *made_of = &job->word_rows;
    const float square = DV(squared_gradient)(job);
    float total = 0;
    for (int64_t p = made_of->offsets[word]; p < made_of->offsets[word + 1]; p++) {
        const float step = job->rate / __builtin_sqrtf(job->word.squares[2 * (int64_t)made_of->rows[p]] += square);
        total += step;
        DV(step_part)(made_of, p, job->word.mean, job->gradient, step);
    }
    return total;
}

/* The same of a word that is apart: its own row, the first, goes all the way that the rows would have gone, each by its
 * sum of squares with those of this word, and the other rows stay as they are. */
static inline float DV(step_apart)(dv_density_job *job, int32_t word) {
    const dv_word_rows *made_of = &job->word_rows;
    const int64_t begin = made_of->offsets[word];
    float *squares = job->word.squares, *own = squares + 2 * (int64_t)made_of->rows[begin];
    const float mine = *own += DV(squared_gradient)(job);
    float total = job->rate / __builtin_sqrtf(mine);
    for (int64_t p = begin + 1; p < made_of->offsets[word + 1]; p++)
        total += job->rate / __builtin_sqrtf(squares[2 * (int64_t)made_of->rows[p]] + mine);
    DV(step_part)(made_of, begin, job->word.mean, job->gradient, total);
    return total;
}

/* A step of a mean x that is composed of rows.  Where it is beyond the bound on the norm, the rows take the way back. */
static inline void DV(step_rows)(dv_density_job *job, int32_t word, float *x) {
    const dv_word_rows *made_of = &job->word_rows;
    const int64_t begin = made_of->offsets[word], number = made_of->offsets[word + 1] - begin;
    const int is_apart = job->apart != NULL && job->apart[word];
    const float total = is_apart ? DV(step_apart)(job, word) : DV(step_parts)(job, word), bound = job->norm_bound;
    const float length = DV(move_mean)(job, x, total / (float)number);
    if (length <= bound * bound) return;
    const float back = bound / __builtin_sqrtf(length) - 1.0f;
    if (is_apart) {
        DV(step_part)(made_of, begin, job->word.mean, x, back * (float)number);
    } else {
        for (int64_t j = 0; j < job->stride; j += DV_LANES) DV(store)(x + j, back * DV(load)(x + j));
        DV(share_out)(made_of, word, job->word.mean, x);
    }
}

static inline void DV(step_log_variances)(dv_density_job *job, float *log_variance, float *sum) {
    vec square = {0};
    for (int64_t j = 0; j < job->stride; j += DV_LANES) {
        vec slope = DV(load)(job->variance_gradient + j);
        square += slope * slope;
    }
    *sum += DV(sum)(square);
    const float step = job->variance_rate / __builtin_sqrtf(*sum);
    const vec lowest = DV(splat)(job->min_log_variance), highest = DV(splat)(job->max_log_variance);
    for (int64_t j = 0; j < job->stride; j += DV_LANES) {
        vec moved = DV(load)(log_variance + j) + step * DV(load)(job->variance_gradient + j);
        moved = DV(choose)(moved < lowest, lowest, moved);
        moved = DV(choose)(moved > highest, highest, moved);
        DV(store)(log_variance + j, DV(load)(job->mask + j) * moved);
    }
}

/* One step of w on the n rows in job->rows; a rate of zero measures the loss and changes nothing. */
static inline float DV(learn)(dv_density_job *job, int32_t word, int n) {
    const int is_composed = job->word_rows.offsets != NULL;
    float *x = is_composed ? job->composed : DV(density_row)(job->word.mean, word, job->stride, job);
    float *squares = job->word.squares + 2 * (int64_t)word;
    const int filled = (n + 3) & ~3;
    DV_CHECK(n > job->noise.pool && n + 15 < job->most_rows);
    for (int r = n; r < filled; r++) job->rows[r] = job->spare, job->words[r] = 0;
    if (is_composed) DV(compose)(&job->word_rows, word, job->word.mean, x);
    if (job->is_diagonal)
        DV(measure_diagonal)(job, word, x, n);
    else
        DV(measure_spherical)(job, word, x, filled);
    const float loss = DV(hinge)(job, n);
    if (loss == 0 || job->rate == 0) return loss;
    for (int r = n; r < ((n + 15) & ~15); r++) job->coefficient[r] = 0, job->mean_sum[r] = 1, job->variance_sum[r] = 1;
    DV(plan_steps)(job, n);
    if (job->is_diagonal) {
        DV(move_diagonal)(job, x, n);
        DV(step_log_variances)(job, job->word.log_variance + word * job->stride, squares + 1);
    } else {
        const float slope = DV(move_spherical)(job, x, n);
        float *log_variance = job->word.log_variance + word;
        squares[1] += slope * slope;
        *log_variance = DV(clip)(job, *log_variance + job->variance_rate * slope / __builtin_sqrtf(squares[1]));
    }
    if (is_composed)
        DV(step_rows)(job, word, x);
    else
        DV(step_mean)(job, x, squares);
    return loss;
}

#undef DV_AHEAD
#define DV_AHEAD 4 /* tokens ahead whose rows are fetched */

static inline void DV(fetch_density)(const dv_densities *densities, int32_t word, const dv_density_job *job) {
    const int64_t columns = job->is_diagonal ? job->stride : 1;
    DV(prefetch)(densities->mean + word * job->stride, job->stride);
    DV(prefetch)(densities->log_variance + word * columns, columns);
    DV(prefetch)(densities->squares + 2 * (int64_t)word, 1);
}

/* The same of a word whose mean is that of several rows. */
static inline void DV(fetch_composed)(const dv_density_job *job, int64_t i) {
    const dv_block *block = &job->reader.block;
    const dv_word_rows *made_of = &job->word_rows;
    const int64_t columns = job->is_diagonal ? job->stride : 1;
    DV(parts_ahead)(made_of, block->ids + i, block->filled - i, job->word.mean);
    if (i + DV_PARTS_AHEAD >= block->filled) return;
    const int32_t word = block->ids[i + DV_PARTS_AHEAD];
    DV(prefetch)(job->word.log_variance + word * columns, columns);
    for (int64_t p = made_of->offsets[word]; p < made_of->offsets[word + 1]; p++)
        DV(prefetch)(job->word.squares + 2 * (int64_t)made_of->rows[p], 1);
}

/* Ask for what the tokens soon to come will touch first. */
static inline void DV(fetch_ahead)(const dv_density_job *job, int64_t i, int64_t reach) {
    const dv_block *block = &job->reader.block;
    const dv_noise *noise = &job->noise;
    if (job->word_rows.offsets) DV(fetch_composed)(job, i);
    if (i + DV_AHEAD >= block->filled) return;
    if (!job->word_rows.offsets) DV(fetch_density)(&job->word, block->ids[i + DV_AHEAD], job);
    if (i + DV_AHEAD + reach < block->filled)
        DV(fetch_density)(&job->context, block->ids[i + DV_AHEAD + reach], job);
    for (int64_t k = dv_first_noise(noise, i + DV_AHEAD - 1); k < dv_first_noise(noise, i + DV_AHEAD); k++)
        DV(fetch_density)(&job->context, noise->drawn[k + noise->pool], job);
}

static void DV(train_density)(dv_density_job *job) {
    const dv_block *block = &job->reader.block;
    const int64_t window = job->reader.share->text.window;
    while (dv_next_block(&job->reader)) {
        dv_draw_noise(&job->noise, block, job->reader.seed);
        for (int64_t i = 0; i < block->filled; i++) {
            const int32_t *middle = block->ids + i, *begin = middle - block->left[i];
            const int32_t *end = middle + 1 + block->right[i], *noise = dv_noise_of(&job->noise, i);
            if (end - begin < 2) continue;
            int n = 0;
            DV(fetch_ahead)(job, i, window);
            for (; n < job->noise.pool; n++) DV(take)(job, noise[n], n);
            for (const int32_t *word = begin; word < end; word++)
                if (word != middle) DV(take)(job, *word, n++);
            job->reader.tally.loss[0] += DV(learn)(job, *middle, n);
        }
    }
}
