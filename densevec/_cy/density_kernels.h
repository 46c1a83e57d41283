/* DensityWord2Vec by Adagrad on max margin, one token after the other (Vilnis & McCallum 2015).
 *
 * For a token w its rows r are the context words of its window and the noise words it sees.  Everything is measured before
 * anything changes: E_r, and of its gradients with respect to the row the lengths that Adagrad and the bound on the norm
 * need.  Then hinge says how much each energy matters, plan_steps how far each row goes, and one pass over the rows
 * takes them there and gathers the gradient of w: of Adagrad with one sum of squares a row the step's length is known
 * before the step.  The two energies depend on means by m_w - m_r alone, so
 * dE/dm_w = -dE/dm_r. */
#include "vectors.h"

/* log(x) for normal x > 0, error below 2e-7 or one unit in the last place of the sum: 2 artanh((f - 1)/(f + 1)), f in
 * [sqrt(1/2), sqrt(2)). */
static inline vec DV(log)(vec x) {
    ivec bits = (ivec)x, exponent = (bits - 0x3f3504f3) >> 23;
    vec rest = (vec)(bits - exponent * (1 << 23)) - 1.0f;
    vec z = rest / (2.0f + rest), w = z * z;
    vec value = DV(splat)(1.0f / 9);
    value = value * w + 1.0f / 7;
    value = value * w + 0.2f;
    value = value * w + 1.0f / 3;
    value = value * w + 1.0f;
    return __builtin_convertvector(exponent, vec) * 0.693147180559945309f + 2.0f * z * value;
}

static inline float DV(lane_sum)(vec v) {
    dv_four sums = DV(sum_four)(v, v, v, v);
    return sums[0];
}

static inline float *DV(density_row)(float *table, int64_t index, int64_t stride, const dv_density_job *job) {
    DV_CHECK(index >= 0 && index < job->num_words);
    return table + index * stride;
}

static inline void DV(fetch)(const float *row, int64_t stride) {
    for (int64_t j = 0; j < stride; j += 16) __builtin_prefetch(row + j, 1, 3);
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

/* Spherical densities: products and squared norms of four rows at a time, then all rows side by side. */
static inline void DV(measure_spherical)(dv_density_job *job, int32_t word, int n) {
    const float *x = job->word.mean + word * job->stride;
    const float dim = (float)job->dim, log_variance = job->word.log_variance[word];
    const vec variance = DV(splat)(__builtin_expf(log_variance));
    float own = 0;
    for (int r = 0; r < n; r += 4) {
        const float *const y[4] = {job->rows[r], job->rows[r + 1], job->rows[r + 2], job->rows[r + 3]};
        vec dots[4] = {{0}}, norms[4] = {{0}}, square = {0};
        for (int64_t j = 0; j < job->stride; j += DV_LANES) {
            vec v = DV(load)(x + j);
            square += v * v;
            for (int k = 0; k < 4; k++) {
                vec row = DV(load)(y[k] + j);
                dots[k] += v * row;
                norms[k] += row * row;
            }
        }
        *(dv_four *)(job->product + r) = DV(sum_four)(dots[0], dots[1], dots[2], dots[3]);
        *(dv_four *)(job->norm + r) = DV(sum_four)(norms[0], norms[1], norms[2], norms[3]);
        if (r == 0) own = DV(lane_sum)(square);
        for (int k = 0; k < 4; k++) job->variance_slope[r + k] = job->context.log_variance[job->words[r + k]];
    }
    const float highest = __builtin_expf(job->max_log_variance);
    for (int r = 0; r < n; r += DV_LANES) {
        vec dot = DV(load)(job->product + r), norm = DV(load)(job->norm + r);
        vec row_log_variance = DV(load)(job->variance_slope + r);
        vec row_variance = highest * DV(exp_negative)(row_log_variance - job->max_log_variance);
        vec distance = own + norm - 2.0f * dot;
        distance = DV(choose)(distance < 0.0f, DV(splat)(0.0f), distance);
        vec precision, energy, row_slope, word_slope;
        if (job->is_kl) {
            vec ratio = row_variance / variance;
            precision = 1.0f / variance;
            energy = -0.5f * (distance * precision + dim * (ratio - 1.0f - row_log_variance + log_variance));
            row_slope = 0.5f * dim * (1.0f - ratio);
            word_slope = 0.5f * (distance * precision + dim * (ratio - 1.0f));
        } else {
            precision = 1.0f / (variance + row_variance);
            energy = -0.5f * (distance * precision + dim * DV(log)(variance + row_variance));
            vec slope = 0.5f * precision * (distance * precision - dim);
            row_slope = row_variance * slope;
            word_slope = variance * slope;
        }
        DV(store)(job->energy + r, energy);
        DV(store)(job->precision + r, precision);
        DV(store)(job->mean_square + r, distance * precision * precision);
        DV(store)(job->product + r, (dot - norm) * precision);
        DV(store)(job->variance_slope + r, row_slope);
        DV(store)(job->variance_square + r, row_slope * row_slope);
        DV(store)(job->word_slope + r, word_slope);
    }
}

/* Of one dimension (a vector of them): what dE/dm_r, dE/dlog s_r and dE/dlog s_w are. */
static inline void DV(slopes)(int is_kl, vec difference, vec variance, vec row_variance, vec *mean, vec *row, vec *word) {
    if (is_kl) {
        vec precision = 1.0f / variance, ratio = row_variance * precision;
        *mean = difference * precision;
        *row = 0.5f * (1.0f - ratio);
        *word = 0.5f * (difference * *mean + ratio - 1.0f);
    } else {
        vec precision = 1.0f / (variance + row_variance);
        *mean = difference * precision;
        vec slope = 0.5f * (*mean * *mean - precision);
        *row = row_variance * slope;
        *word = variance * slope;
    }
}

static inline vec DV(row_variances)(const dv_density_job *job, const float *log_variance) {
    const vec highest = DV(splat)(__builtin_expf(job->max_log_variance));
    return highest * DV(exp_negative)(DV(load)(log_variance) - job->max_log_variance);
}

/* Diagonal densities, row by row.  Logarithms are taken of products of up to four: see the bounds on variances. */
static inline void DV(measure_diagonal)(dv_density_job *job, int32_t word, int n) {
    const float *x = job->word.mean + word * job->stride, *own = job->word.log_variance + word * job->stride;
    for (int64_t j = 0; j < job->stride; j += DV_LANES) DV(store)(job->variance + j, DV(row_variances)(job, own + j));
    for (int r = 0; r < n; r++) {
        const float *y = job->rows[r], *theirs = job->context.log_variance + job->words[r] * job->stride;
        vec energy = {0}, norm = {0}, product = {0}, mean_square = {0}, variance_square = {0};
        vec logs = DV(splat)(1);
        int inside = 0;
        for (int64_t j = 0; j < job->stride; j += DV_LANES) {
            vec row = DV(load)(y + j), difference = DV(load)(x + j) - row, mask = DV(load)(job->mask + j);
            vec variance = DV(load)(job->variance + j), row_variance = DV(row_variances)(job, theirs + j);
            vec mean_slope, row_slope, word_slope;
            DV(slopes)(job->is_kl, difference, variance, row_variance, &mean_slope, &row_slope, &word_slope);
            row_slope *= mask;
            norm += row * row;
            product += row * mean_slope;
            mean_square += mean_slope * mean_slope;
            variance_square += row_slope * row_slope;
            energy += difference * mean_slope;
            if (job->is_kl) {
                energy += mask * (row_variance / variance - 1.0f - DV(load)(theirs + j) + DV(load)(own + j));
            } else {
                logs *= DV(choose)(mask > 0.0f, variance + row_variance, DV(splat)(1));
                if (++inside == 4) energy += DV(log)(logs), logs = DV(splat)(1), inside = 0;
            }
        }
        if (!job->is_kl) energy += DV(log)(logs);
        job->energy[r] = -0.5f * DV(lane_sum)(energy);
        job->norm[r] = DV(lane_sum)(norm);
        job->product[r] = DV(lane_sum)(product);
        job->mean_square[r] = DV(lane_sum)(mean_square);
        job->variance_square[r] = DV(lane_sum)(variance_square);
    }
}

/* The loss sum_kj weight max(0, margin - E_k + E_j) over the noise words j < pool and the context words k behind them, where
 * they differ; leaves in coefficient how much of each energy the loss wants: above zero more, below zero less. */
static inline float DV(hinge)(dv_density_job *job, int n) {
    const int pool = (int)job->pool;
    const float weight = job->negative / (float)pool;
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
        push[k] = DV(lane_sum)(pull);
    }
    return DV(lane_sum)(loss);
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

/* Adagrad along job->gradient, then the bound on the norm. */
static inline void DV(step_mean)(dv_density_job *job, float *x, float *sum) {
    vec square = {0}, norm = {0};
    for (int64_t j = 0; j < job->stride; j += DV_LANES) {
        vec slope = DV(load)(job->gradient + j);
        square += slope * slope;
    }
    *sum += DV(lane_sum)(square);
    const float step = job->rate / __builtin_sqrtf(*sum);
    for (int64_t j = 0; j < job->stride; j += DV_LANES) {
        vec moved = DV(load)(x + j) + step * DV(load)(job->gradient + j);
        norm += moved * moved;
        DV(store)(x + j, moved);
    }
    const float length = DV(lane_sum)(norm), bound = job->norm_bound;
    if (length > bound * bound) {
        const float scale = bound / __builtin_sqrtf(length);
        for (int64_t j = 0; j < job->stride; j += DV_LANES) DV(store)(x + j, scale * DV(load)(x + j));
    }
}

static inline void DV(step_log_variances)(dv_density_job *job, float *log_variance, float *sum) {
    vec square = {0};
    for (int64_t j = 0; j < job->stride; j += DV_LANES) {
        vec slope = DV(load)(job->variance_gradient + j);
        square += slope * slope;
    }
    *sum += DV(lane_sum)(square);
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
    float *x = DV(density_row)(job->word.mean, word, job->stride, job);
    float *squares = job->word.squares + 2 * (int64_t)word;
    const int filled = (n + 3) & ~3;
    DV_CHECK(n > job->pool && n + 15 < job->most_rows);
    for (int r = n; r < filled; r++) job->rows[r] = job->spare, job->words[r] = 0;
    if (job->is_diagonal)
        DV(measure_diagonal)(job, word, n);
    else
        DV(measure_spherical)(job, word, filled);
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
    DV(step_mean)(job, x, squares);
    return loss;
}

#undef DV_AHEAD
#define DV_AHEAD 4 /* tokens ahead whose rows are fetched */

static inline void DV(fetch_density)(const dv_densities *densities, int32_t word, const dv_density_job *job) {
    const int64_t columns = job->is_diagonal ? job->stride : 1;
    DV(fetch)(densities->mean + word * job->stride, job->stride);
    DV(fetch)(densities->log_variance + word * columns, columns);
    DV(fetch)(densities->squares + 2 * (int64_t)word, 1);
}

/* Ask for what the tokens soon to come will touch first. */
static inline void DV(fetch_ahead)(const dv_density_job *job, int64_t i, int64_t reach) {
    const dv_block *block = &job->block;
    if (i + DV_AHEAD >= block->filled) return;
    DV(fetch_density)(&job->word, block->ids[i + DV_AHEAD], job);
    if (i + DV_AHEAD + reach < block->filled)
        DV(fetch_density)(&job->context, block->ids[i + DV_AHEAD + reach], job);
    for (int64_t k = (i + DV_AHEAD - 1) * job->pool / job->share; k < (i + DV_AHEAD) * job->pool / job->share; k++)
        DV(fetch_density)(&job->context, job->drawn[k + job->pool], job);
}

/* Learn from the sentences whose turn is in [turn, last), block by block. */
static void DV(train_density)(const dv_text *text, dv_density_job *job, int64_t turn, int64_t last,
                              dv_density_tally *tally) {
    const dv_block *block = &job->block;
    int64_t skip = 0;
    while (turn < last) {
        const uint64_t seed = dv_hash(text->seed, ~(uint64_t)(turn + (skip << 32)));
        dv_fill(text, &turn, &skip, last, &job->block);
        const int64_t number = block->filled * job->pool / job->share + job->pool;
        DV_CHECK(number <= job->most_drawn);
        dv_draw_many(job->noise, job->num_words, seed, number, job->drawn);
        for (int64_t i = 0; i < block->filled; i++) {
            const int32_t *middle = block->ids + i, *begin = middle - block->left[i];
            const int32_t *end = middle + 1 + block->right[i], *noise = job->drawn + i * job->pool / job->share;
            if (end - begin < 2) continue;
            int n = 0;
            DV(fetch_ahead)(job, i, text->window);
            for (; n < job->pool; n++) DV(take)(job, noise[n], n);
            for (const int32_t *word = begin; word < end; word++)
                if (word != middle) DV(take)(job, *word, n++);
            tally->loss += DV(learn)(job, *middle, n);
        }
        tally->num_tokens += block->filled;
        tally->num_read += block->num_read;
    }
}
