/* One step of the Bayesian skip-gram over a block: loss, gradients, Adagrad on the rows and Adam on the encoder.
 *
 * The mathematics is that of densevec.models._bayesian_skipgram_network for spherical densities with context
 * densities of their own and the objective expected_softmax.  A word x scores for a query q = N(m, s)
 *
 *     e(x) = E_q log N(z; m_x, s_x) + log P(x) + const = [m, d s + |m|^2, 1] . [m_x/s_x, -1/(2 s_x), b_x],
 *     b_x = log P(x) - (|m_x|^2/s_x + d log s_x) / 2,
 *
 * which makes everything here a product of feature rows.  Tokens whose posterior is the prior share one query a word. */
#include "vectors.h"
#include "products.h"

static inline float DV(squared)(const float *x, int64_t stride) { return DV(dot)(x, x, stride); }

static inline void DV(copy)(float *to, const float *from, int64_t stride) {
    for (int64_t j = 0; j < stride; j += DV_LANES) DV(store)(to + j, DV(load)(from + j));
}

static inline void DV(clear)(float *x, int64_t size) { memset(x, 0, (size_t)size * sizeof(float)); }

#include "bsg_features.h"

/* Slots of the block's words, then of the noise words; noise drawn twice counts twice. */
static void DV(find_slots)(dv_bsg_work *w, const dv_bsg_model *m) {
    const int32_t *noise = w->noise;
    const float *noise_log_weight = w->noise_log_weight;
    memset(w->hash, 0, (size_t)w->hash_size * sizeof(int32_t));
    w->num_slots = w->num_support = 0;
    for (int64_t i = 0; i < w->reader.block.filled; i++) w->token_slot[i] = dv_slot(w, w->reader.block.ids[i]);
    w->num_types = w->num_slots;
    for (int64_t j = 0; j < m->num_noise; j++) {
        int32_t slot = dv_slot(w, noise[j]);
        if (w->support_of[slot] < 0) {
            w->support_of[slot] = (int32_t)w->num_support;
            w->support[w->num_support] = slot;
            w->support_log_weight[w->num_support++] = noise_log_weight[j];
        } else { /* log(exp a + exp b) of equal weights, one by one */
            float *sum = w->support_log_weight + w->support_of[slot];
            *sum += log1pf(expf(noise_log_weight[j] - *sum));
        }
    }
    DV_CHECK(w->num_slots <= w->most_slots);
}

static void DV(make_features)(dv_bsg_work *w, const dv_bsg_model *m) {
    const int64_t F = m->features, D = m->stride;
    for (int64_t slot = 0; slot < w->num_slots; slot++) {
        const int32_t word = w->word[slot];
        DV_CHECK(word >= 0 && word < m->num_words);
        if (slot + DV_AHEAD < w->num_slots) DV(prefetch)(m->context_mean.values + w->word[slot + DV_AHEAD] * D, D);
        const float *mean = m->context_mean.values + word * D;
        const float log_variance = m->context_log_variance.values[word], precision = expf(-log_variance);
        float *feature = w->features + slot * F;
        for (int64_t j = 0; j < D; j += DV_LANES) DV(store)(feature + j, precision * DV(load)(mean + j));
        DV(put_precision)(feature + m->dim, -0.5f * precision);
        DV(put_term)(feature + m->dim, m->log_frequency[word] - 0.5f * (precision * DV(squared)(mean, D) + (float)m->dim * log_variance));
    }
    DV(clear)(w->feature_gradient, w->num_slots * F);
}

/* Which query predicts the window of each token, and the priors among them. */
static void DV(make_queries)(dv_bsg_work *w, const dv_bsg_model *m) {
    const int64_t T = w->reader.block.filled, F = m->features, D = m->stride;
    int64_t number = 0;
    for (int64_t slot = 0; slot < w->num_types; slot++) w->query_of_slot[slot] = -1;
    for (int64_t i = 0; i < T; i++) {
        if (i + DV_AHEAD < T) DV(prefetch)(m->prior_mean.values + w->reader.block.ids[i + DV_AHEAD] * D, D);
        w->token_query[i] = -1;
        if (w->reader.block.left[i] + w->reader.block.right[i] == 0) w->is_prior[i] = 1; /* nothing is known of its context */
        else if (w->is_prior[i]) {
            int32_t *query = w->query_of_slot + w->token_slot[i];
            if (*query < 0) {
                const int32_t word = w->word[w->token_slot[i]];
                float *row = w->query + number * F;
                DV(copy)(row, m->prior_mean.values + word * D, D);
                w->log_variance[number] = m->prior_log_variance.values[word];
                *query = (int32_t)number++;
            }
            w->token_query[i] = *query;
        }
    }
    w->num_priors = number;
    for (int64_t i = 0; i < T; i++)
        if (!w->is_prior[i]) w->token_query[i] = (int32_t)number++;
    w->num_queries = number;
    DV_CHECK(number <= w->most_queries);
    /* the tokens of each query, in order */
    memset(w->query_start, 0, (size_t)(number + 1) * sizeof(int32_t));
    for (int64_t i = 0; i < T; i++)
        if (w->token_query[i] >= 0) w->query_start[w->token_query[i] + 1]++;
    for (int64_t q = 0; q < number; q++) w->query_start[q + 1] += w->query_start[q];
    for (int64_t i = 0; i < T; i++)
        if (w->token_query[i] >= 0) w->query_tokens[w->query_start[w->token_query[i]]++] = (int32_t)i;
    for (int64_t q = number; q > 0; q--) w->query_start[q] = w->query_start[q - 1];
    w->query_start[0] = 0;
}

/* How much of its window each posterior predicts. */
static void DV(weigh_divergences)(dv_bsg_work *w, const dv_bsg_model *m) {
    for (int64_t i = 0; i < w->reader.block.filled; i++) {
        const int64_t left = w->reader.block.left[i], right = w->reader.block.right[i];
        int64_t predicted = 0;
        w->divergence_weight[i] = 1;
        if (!m->leaves_out || w->is_prior[i]) continue;
        for (int64_t k = i - left; k <= i + right; k++) predicted += dv_is_predicted(w, i, k);
        w->divergence_weight[i] = (float)predicted / (float)(left + right);
    }
}

#include "bsg_encoder.h"
#include "bsg_prediction.h"

/* Row-sparse Adagrad (Duchi, Hazan & Singer 2011). */
static inline void DV(adagrad)(const dv_table *table, int64_t row, const float *gradient, int64_t stride) {
    float *values = table->values + row * stride, *squares = table->squares + row * stride;
    for (int64_t j = 0; j < stride; j += DV_LANES) {
        const vec g = DV(load)(gradient + j), sum = DV(load)(squares + j) + g * g;
        DV(store)(squares + j, sum);
        DV(store)(values + j, DV(load)(values + j) - table->rate * g * DV(inverse_root)(sum));
    }
}

/* Ask for a row that adagrad will soon change. */
static inline void DV(expect)(const dv_table *table, int64_t row, int64_t stride) {
    DV(prefetch)(table->values + row * stride, stride);
    DV(prefetch)(table->squares + row * stride, stride);
}

static inline void DV(adagrad_number)(const dv_table *table, int64_t row, float gradient) {
    float square = table->squares[row] += gradient * gradient;
    table->values[row] -= table->rate * gradient / sqrtf(square);
}

static void DV(step_tables)(dv_bsg_work *w, const dv_bsg_model *m) {
    const int64_t F = m->features, D = m->stride, d = m->dim;
    for (int64_t slot = 0; slot < w->num_slots; slot++) {
        const int32_t word = w->word[slot];
        if (slot + DV_AHEAD < w->num_slots) DV(expect)(&m->context_mean, w->word[slot + DV_AHEAD], D);
        float *gradient = w->feature_gradient + slot * F; /* [of m_x/s_x, of -1/(2 s_x), of b_x] */
        const float *mean = m->context_mean.values + word * D;
        const float precision = expf(-m->context_log_variance.values[word]);
        const float of_half = DV(of_precision)(gradient + d), of_term = DV(of_term)(gradient + d);
        DV(clear)(gradient + d, F - d);
        float of_log_variance = 0.5f * precision * of_half - precision * DV(dot)(mean, gradient, D) +
                                0.5f * of_term * (precision * DV(squared)(mean, D) - (float)d);
        for (int64_t j = 0; j < D; j += DV_LANES)
            DV(store)(gradient + j, precision * (DV(load)(gradient + j) - of_term * DV(load)(mean + j)));
        DV(adagrad)(&m->context_mean, word, gradient, D);
        DV(adagrad_number)(&m->context_log_variance, word, of_log_variance);
    }
    for (int64_t slot = 0; slot < w->num_types; slot++) {
        if (slot + DV_AHEAD < w->num_types) DV(expect)(&m->prior_mean, w->word[slot + DV_AHEAD], D);
        DV(adagrad)(&m->prior_mean, w->word[slot], w->prior_mean_gradient + slot * D, D);
        DV(adagrad_number)(&m->prior_log_variance, w->word[slot], w->prior_log_variance_gradient[slot]);
    }
    for (int64_t n = 0; n < w->num_encoded; n++) {
        if (n + DV_AHEAD < w->num_encoded) DV(expect)(&m->embedding, w->word[w->encoded[n + DV_AHEAD]], D);
        DV(adagrad)(&m->embedding, w->word[w->encoded[n]], w->embedding_gradient + n * D, D);
    }
}

/* Adam (Kingma & Ba 2015) on gradients per token. */
static void DV(step_dense)(dv_bsg_work *w, const dv_bsg_model *m) {
    const float scale = 1.0f / (float)w->reader.block.filled;
    dv_acquire(m->lock);
    const double time = (double)++*m->dense_steps;
    const float rate = m->dense_rate / (float)(1 - pow(0.9, time)), correction = 1 / sqrtf((float)(1 - pow(0.999, time)));
    float *restrict values = m->dense, *restrict first = m->first_moment, *restrict second = m->second_moment;
    const float *restrict gradients = w->dense_gradient;
    for (int64_t j = 0; j < m->encoder.size; j++) {
        float gradient = scale * gradients[j];
        first[j] += 0.1f * (gradient - first[j]);
        second[j] = 0.999f * second[j] + 0.001f * gradient * gradient;
        values[j] -= rate * first[j] / (sqrtf(second[j]) * correction + 1e-8f);
    }
    dv_release(m->lock);
}

/* One step on the reader's block and what was drawn for it. */
static void DV(bsg_step)(dv_bsg_work *w) {
    const dv_bsg_model *m = w->model;
    dv_tally *tally = &w->reader.tally;
    DV(find_slots)(w, m);
    DV(make_features)(w, m);
    DV(make_queries)(w, m);
    DV(weigh_divergences)(w, m);
    dv_find_encoded(w);
    DV(encode)(w, m);
    DV(finish_queries)(w, m);
    DV(make_support)(w, m);
    DV(clear)(w->prior_mean_gradient, w->num_types * m->stride);
    DV(clear)(w->prior_log_variance_gradient, w->num_types);
    DV(predict)(w, m, tally);
    DV(differentiate_queries)(w, m, tally);
    DV(differentiate_encoder)(w, m);
    DV(step_tables)(w, m);
    DV(step_dense)(w, m);
}

static void DV(train_bsg)(dv_bsg_work *w) {
    while (dv_next_block(&w->reader)) {
        if (w->reader.block.filled == 0) continue;
        dv_draw_bsg(w);
        DV(bsg_step)(w);
    }
}
