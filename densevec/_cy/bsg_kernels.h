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
#include "gemm.h"

static inline float DV(squared)(const float *x, int64_t stride) { return DV(dot)(x, x, stride); }

static inline void DV(copy)(float *to, const float *from, int64_t stride) {
    for (int64_t j = 0; j < stride; j += DV_LANES) DV(store)(to + j, DV(load)(from + j));
}

static inline void DV(clear)(float *x, int64_t size) { memset(x, 0, (size_t)size * sizeof(float)); }

/* Slots of the block's words, then of the noise words; noise drawn twice counts twice. */
static void DV(find_slots)(dv_bsg_work *w, const int32_t *noise, const float *noise_log_weight, int64_t num_noise) {
    memset(w->hash, 0, (size_t)w->hash_size * sizeof(int32_t));
    w->num_slots = w->num_support = 0;
    for (int64_t i = 0; i < w->block.filled; i++) w->token_slot[i] = dv_slot(w, w->block.ids[i]);
    w->num_types = w->num_slots;
    for (int64_t j = 0; j < num_noise; j++) {
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
        const float *mean = m->context_mean.values + word * D;
        const float log_variance = m->context_log_variance.values[word], precision = expf(-log_variance);
        float *feature = w->features + slot * F;
        for (int64_t j = 0; j < D; j += DV_LANES) DV(store)(feature + j, precision * DV(load)(mean + j));
        feature[m->dim] = -0.5f * precision;
        feature[m->dim + 1] = m->log_frequency[word] - 0.5f * (precision * DV(squared)(mean, D) + (float)m->dim * log_variance);
    }
    DV(clear)(w->feature_gradient, w->num_slots * F);
}

/* Which query predicts the window of each token, and the priors among them. */
static void DV(make_queries)(dv_bsg_work *w, const dv_bsg_model *m) {
    const int64_t T = w->block.filled, F = m->features, D = m->stride;
    int64_t number = 0;
    for (int64_t slot = 0; slot < w->num_types; slot++) w->query_of_slot[slot] = -1;
    for (int64_t i = 0; i < T; i++) {
        w->token_query[i] = -1;
        if (w->block.left[i] + w->block.right[i] == 0) w->is_prior[i] = 1; /* nothing is known of its context */
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

/* Slots that a posterior looks at: its word and its window's. */
static void DV(find_encoded)(dv_bsg_work *w) {
    w->num_encoded = 0;
    for (int64_t slot = 0; slot < w->num_types; slot++) w->encoded_of[slot] = -1;
    for (int64_t i = 0; i < w->block.filled; i++)
        if (!w->is_prior[i])
            for (int64_t k = i - w->block.left[i]; k <= i + w->block.right[i]; k++)
                if (w->encoded_of[w->token_slot[k]] < 0) {
                    w->encoded_of[w->token_slot[k]] = (int32_t)w->num_encoded;
                    w->encoded[w->num_encoded++] = w->token_slot[k];
                }
}

/* Posteriors: a_k = ReLU([e_w ; e_ck] C + b), h = sum_k a_k, mean = h W + b_m, log variance = h w_s + b_s. */
static void DV(encode)(dv_bsg_work *w, const dv_bsg_model *m) {
    const dv_encoder *e = &m->encoder;
    const int64_t F = m->features, D = m->stride, H = m->hidden_stride, E = w->num_encoded;
    for (int64_t n = 0; n < E; n++)
        DV(copy)(w->embedding + n * D, m->embedding.values + w->word[w->encoded[n]] * D, D);
    for (int64_t n = 0; n < E; n++) DV(copy)(w->as_word + n * H, w->dense + e->bias, H);
    DV(multiply)((int)E, (int)H, m->dim, w->embedding, D, 1, w->dense + e->from_word, H, w->as_word, H, 1);
    DV(multiply)((int)E, (int)H, m->dim, w->embedding, D, 1, w->dense + e->from_context, H, w->as_context, H, 0);
    for (int64_t i = 0; i < w->block.filled; i++) {
        if (w->is_prior[i]) continue;
        const float *word = w->as_word + w->encoded_of[w->token_slot[i]] * H;
        float *hidden = w->hidden + (w->token_query[i] - w->num_priors) * H;
        DV(clear)(hidden, H);
        for (int64_t k = i - w->block.left[i]; k <= i + w->block.right[i]; k++) {
            if (k == i) continue;
            const float *context = w->as_context + w->encoded_of[w->token_slot[k]] * H;
            for (int64_t j = 0; j < H; j += DV_LANES) {
                vec a = DV(load)(word + j) + DV(load)(context + j), zero = {0};
                DV(store)(hidden + j, DV(load)(hidden + j) + DV(choose)(a > 0.0f, a, zero));
            }
        }
    }
    const int64_t first = w->num_priors, number = w->num_queries - first;
    for (int64_t j = 0; j < m->hidden; j++)
        for (int64_t i = 0; i < m->dim; i++) w->to_mean_transposed[j * D + i] = w->dense[e->to_mean + i * H + j];
    for (int64_t n = 0; n < number; n++) {
        DV(copy)(w->query + (first + n) * F, w->dense + e->mean_bias, D);
        w->log_variance[first + n] =
            DV(dot)(w->hidden + n * H, w->dense + e->to_log_variance, H) + w->dense[e->log_variance_bias];
    }
    DV(multiply)((int)number, (int)D, m->hidden, w->hidden, H, 1, w->to_mean_transposed, D, w->query + first * F, F, 1);
}

/* The features of all queries from their means and log variances. */
static void DV(finish_queries)(dv_bsg_work *w, const dv_bsg_model *m) {
    const int64_t F = m->features, d = m->dim;
    for (int64_t q = 0; q < w->num_queries; q++) {
        float *row = w->query + q * F;
        row[d] = row[d + 1] = 0;
        row[d] = (float)d * expf(w->log_variance[q]) + DV(squared)(row, F);
        row[d + 1] = 1;
    }
    /* rows that fill the last panel */
    DV(clear)(w->query + w->num_queries * F, (w->most_queries - w->num_queries < DV_PANEL ? w->most_queries - w->num_queries : DV_PANEL) * F);
}

static void DV(make_support)(dv_bsg_work *w, const dv_bsg_model *m) {
    const int64_t F = m->features, S = w->support_stride;
    for (int64_t j = 0; j < w->num_support; j++) {
        const float *feature = w->features + w->support[j] * F;
        DV(copy)(w->support_features + j * F, feature, F);
        for (int64_t f = 0; f < m->dim + 2; f++) w->support_transposed[f * S + j] = feature[f];
    }
    for (int64_t j = w->num_support; j < dv_round(w->num_support); j++) w->support_log_weight[j] = -1e30f;
    DV(clear)(w->support_gradient, w->num_support * F);
}

/* log sum_j exp(score_j + log weight_j) over the support of one query; the scores become the terms' shares. */
static float DV(normalise)(float *scores, const float *log_weight, int64_t size) {
    vec highest = DV(splat)(-1e30f), total = {0};
    for (int64_t j = 0; j < size; j += DV_LANES) {
        vec score = DV(load)(scores + j) + DV(load)(log_weight + j);
        DV(store)(scores + j, score);
        highest = DV(choose)(score > highest, score, highest);
    }
    float top = highest[0];
    for (int lane = 1; lane < DV_LANES; lane++) top = highest[lane] > top ? highest[lane] : top;
    for (int64_t j = 0; j < size; j += DV_LANES) {
        vec share = DV(exp_negative)(DV(load)(scores + j) - top);
        DV(store)(scores + j, share);
        total += share;
    }
    float sum = DV(sum)(total);
    for (int64_t j = 0; j < size; j += DV_LANES) DV(store)(scores + j, DV(load)(scores + j) / sum);
    return top + logf(sum);
}

/* Scores of the context words of one token, losses, their sigmoids in place of the scores.  Adds to the block's sums and to
 * the prior's log variance; returns the sum of the sigmoids, by which the normaliser's gradient is weighed. */
static float DV(explain_window)(dv_bsg_work *w, const dv_bsg_model *m, int64_t i, const float *query, float normaliser,
                                dv_bsg_tally *tally) {
    const int64_t F = m->features;
    float *scores = w->context_score + i * 2 * m->window, buffer[DV_LANES], weights = 0, told = 0;
    double loss_sum = 0;
    int n = 0;
    for (int64_t k = i - w->block.left[i]; k <= i + w->block.right[i]; k++)
        if (k != i) scores[n++] = normaliser - DV(dot)(query, w->features + w->token_slot[k] * F, F);
    for (int begin = 0; begin < n; begin += DV_LANES) {
        int number = n - begin < DV_LANES ? n - begin : DV_LANES;
        vec score = DV(splat)(-80.0f), softplus;
        for (int k = 0; k < number; k++) score[k] = scores[begin + k];
        vec sigmoid = DV(sigmoid)(score, &softplus);
        DV(store)(buffer, softplus);
        for (int k = 0; k < number; k++) {
            scores[begin + k] = sigmoid[k];
            weights += sigmoid[k];
            loss_sum += buffer[k];
        }
    }
    tally->reconstruction += loss_sum;
    if (w->is_prior[i] && m->information_scale > 0) {
        const float surplus = m->information_exponent - 1;
        for (int64_t k = i - w->block.left[i]; k <= i + w->block.right[i]; k++)
            if (k != i) {
                float log_frequency = m->log_frequency[w->block.ids[k]];
                told -= log_frequency + surplus * (log_frequency + m->entropy);
            }
        const int32_t slot = w->token_slot[i];
        float information = (told - (float)loss_sum) / (float)n;
        float excess = -m->information_scale * information - m->prior_log_variance.values[w->word[slot]];
        float growth = expm1f(excess);
        tally->information += 0.5 * (double)m->dim * (growth - excess);
        w->prior_log_variance_gradient[slot] -= 0.5f * (float)m->dim * growth;
    }
    return weights;
}

/* Losses and the gradients of all feature rows, a panel of queries at a time. */
static void DV(predict)(dv_bsg_work *w, const dv_bsg_model *m, dv_bsg_tally *tally) {
    const int64_t F = m->features, S = w->support_stride, size = dv_round(w->num_support);
    for (int64_t first = 0; first < w->num_queries; first += DV_PANEL) {
        const float *queries = w->query + first * F;
        const int number = (int)(w->num_queries - first < DV_PANEL ? w->num_queries - first : DV_PANEL);
        DV(multiply)(number, (int)size, m->dim + 2, queries, F, 1, w->support_transposed, S, w->scores, S, 0);
        for (int r = 0; r < number; r++) {
            const float *query = queries + r * F;
            float *scores = w->scores + r * S, weight = 0;
            float normaliser = DV(normalise)(scores, w->support_log_weight, size);
            for (int32_t t = w->query_start[first + r]; t < w->query_start[first + r + 1]; t++)
                weight += DV(explain_window)(w, m, w->query_tokens[t], query, normaliser, tally);
            for (int64_t j = 0; j < size; j += DV_LANES) DV(store)(scores + j, weight * DV(load)(scores + j));
        }
        DV(multiply)(number, (int)F, w->num_support, w->scores, S, 1, w->support_features, F, w->query_gradient + first * F, F, 0);
        DV(multiply)((int)w->num_support, (int)F, number, w->scores, 1, S, queries, F, w->support_gradient, F, 1);
        for (int r = 0; r < number; r++) {
            const float *query = queries + r * F;
            float *gradient = w->query_gradient + (first + r) * F;
            for (int32_t t = w->query_start[first + r]; t < w->query_start[first + r + 1]; t++) {
                const int64_t i = w->query_tokens[t];
                const float *sigmoid = w->context_score + i * 2 * m->window;
                for (int64_t k = i - w->block.left[i]; k <= i + w->block.right[i]; k++) {
                    if (k == i) continue;
                    const int64_t slot = w->token_slot[k];
                    DV(add)(gradient, w->features + slot * F, -*sigmoid, F);
                    DV(add)(w->feature_gradient + slot * F, query, -*sigmoid, F);
                    sigmoid++;
                }
            }
        }
    }
    for (int64_t j = 0; j < w->num_support; j++)
        DV(add)(w->feature_gradient + w->support[j] * F, w->support_gradient + j * F, 1, F);
}

/* From the gradients of query features to those of means and log variances, with KL(q||p) for the posteriors.  A
 * posterior's gradients replace its features: d for the mean, that of the log variance behind. */
static void DV(differentiate_queries)(dv_bsg_work *w, const dv_bsg_model *m, dv_bsg_tally *tally) {
    const int64_t F = m->features, D = m->stride, d = m->dim;
    for (int64_t q = 0; q < w->num_queries; q++) {
        float *gradient = w->query_gradient + q * F;
        const float *query = w->query + q * F;
        const float of_square = gradient[d];
        const int64_t slot = w->token_slot[w->query_tokens[w->query_start[q]]];
        for (int64_t j = 0; j < D; j += DV_LANES)
            DV(store)(gradient + j, DV(load)(gradient + j) + 2.0f * of_square * DV(load)(query + j));
        gradient[d] = gradient[d + 1] = 0; /* features, not dimensions */
        float *prior_gradient = w->prior_mean_gradient + slot * D;
        if (q < w->num_priors) {
            for (int64_t j = 0; j < D; j += DV_LANES)
                DV(store)(prior_gradient + j, DV(load)(prior_gradient + j) + DV(load)(gradient + j));
            continue;
        }
        const int32_t word = w->word[slot];
        const float *prior = m->prior_mean.values + word * D;
        const float prior_log_variance = m->prior_log_variance.values[word], precision = expf(-prior_log_variance);
        const float log_ratio = w->log_variance[q] - prior_log_variance, growth = expm1f(log_ratio);
        float distance = 0;
        for (int64_t j = 0; j < d; j++) {
            float shift = query[j] - prior[j];
            distance += shift * shift;
            gradient[j] += m->kl_weight * precision * shift;
            prior_gradient[j] -= m->kl_weight * precision * shift;
        }
        tally->divergence += 0.5 * ((double)d * (growth - log_ratio) + precision * distance) * m->kl_weight;
        w->prior_log_variance_gradient[slot] -= 0.5f * m->kl_weight * ((float)d * growth + precision * distance);
        gradient[d] = of_square * (float)d * expf(w->log_variance[q]) + 0.5f * m->kl_weight * (float)d * growth;
    }
}

/* Back through the encoder: gradients of its parameters and of the embeddings. */
static void DV(differentiate_encoder)(dv_bsg_work *w, const dv_bsg_model *m) {
    const dv_encoder *e = &m->encoder;
    const int64_t F = m->features, D = m->stride, H = m->hidden_stride, E = w->num_encoded, d = m->dim;
    const int64_t first = w->num_priors, number = w->num_queries - first;
    float *gradients = w->query_gradient + first * F;
    DV(clear)(w->dense_gradient, e->size);
    DV(clear)(w->word_gradient, E * H);
    DV(clear)(w->context_gradient, E * H);
    DV(multiply)((int)number, (int)H, d, gradients, F, 1, w->dense + e->to_mean, H, w->hidden_gradient, H, 0);
    DV(multiply)((int)d, (int)H, number, gradients, 1, F, w->hidden, H, w->dense_gradient + e->to_mean, H, 0);
    for (int64_t n = 0; n < number; n++) {
        const float of_log_variance = gradients[n * F + d];
        DV(add)(w->hidden_gradient + n * H, w->dense + e->to_log_variance, of_log_variance, H);
        DV(add)(w->dense_gradient + e->to_log_variance, w->hidden + n * H, of_log_variance, H);
        w->dense_gradient[e->log_variance_bias] += of_log_variance;
        for (int64_t j = 0; j < d; j++) w->dense_gradient[e->mean_bias + j] += gradients[n * F + j];
    }
    for (int64_t i = 0; i < w->block.filled; i++) {
        if (w->is_prior[i]) continue;
        const int64_t place = w->encoded_of[w->token_slot[i]];
        const float *word = w->as_word + place * H, *gradient = w->hidden_gradient + (w->token_query[i] - first) * H;
        float *word_gradient = w->word_gradient + place * H;
        for (int64_t k = i - w->block.left[i]; k <= i + w->block.right[i]; k++) {
            if (k == i) continue;
            const int64_t other = w->encoded_of[w->token_slot[k]];
            const float *context = w->as_context + other * H;
            float *context_gradient = w->context_gradient + other * H;
            for (int64_t j = 0; j < H; j += DV_LANES) {
                vec a = DV(load)(word + j) + DV(load)(context + j), zero = {0};
                vec passed = DV(choose)(a > 0.0f, DV(load)(gradient + j), zero);
                DV(store)(word_gradient + j, DV(load)(word_gradient + j) + passed);
                DV(store)(context_gradient + j, DV(load)(context_gradient + j) + passed);
            }
        }
    }
    for (int64_t n = 0; n < E; n++) DV(add)(w->dense_gradient + e->bias, w->word_gradient + n * H, 1, H);
    DV(multiply)((int)d, (int)H, E, w->embedding, 1, D, w->word_gradient, H, w->dense_gradient + e->from_word, H, 0);
    DV(multiply)((int)d, (int)H, E, w->embedding, 1, D, w->context_gradient, H, w->dense_gradient + e->from_context, H, 0);
    float *transposed = w->to_mean_transposed;
    for (int which = 0; which < 2; which++) {
        const float *from = w->dense + (which ? e->from_context : e->from_word);
        for (int64_t j = 0; j < m->hidden; j++)
            for (int64_t i = 0; i < d; i++) transposed[j * D + i] = from[i * H + j];
        DV(multiply)((int)E, (int)D, m->hidden, which ? w->context_gradient : w->word_gradient, H, 1, transposed, D,
                     w->embedding_gradient, D, which);
    }
}

/* Row-sparse Adagrad (Duchi, Hazan & Singer 2011). */
static inline void DV(adagrad)(const dv_table *table, int64_t row, const float *restrict gradient, int64_t stride) {
    float *restrict values = table->values + row * stride, *restrict squares = table->squares + row * stride;
    const float rate = table->rate;
    for (int64_t j = 0; j < stride; j++) {
        squares[j] += gradient[j] * gradient[j];
        values[j] -= rate * gradient[j] / sqrtf(squares[j]);
    }
}

static inline void DV(adagrad_number)(const dv_table *table, int64_t row, float gradient) {
    float square = table->squares[row] += gradient * gradient;
    table->values[row] -= table->rate * gradient / sqrtf(square);
}

static void DV(step_tables)(dv_bsg_work *w, const dv_bsg_model *m) {
    const int64_t F = m->features, D = m->stride, d = m->dim;
    for (int64_t slot = 0; slot < w->num_slots; slot++) {
        const int32_t word = w->word[slot];
        float *gradient = w->feature_gradient + slot * F; /* [of m_x/s_x, of -1/(2 s_x), of b_x] */
        const float *mean = m->context_mean.values + word * D;
        const float precision = expf(-m->context_log_variance.values[word]), of_half = gradient[d], of_term = gradient[d + 1];
        gradient[d] = gradient[d + 1] = 0;
        float of_log_variance = 0.5f * precision * of_half - precision * DV(dot)(mean, gradient, D) +
                                0.5f * of_term * (precision * DV(squared)(mean, D) - (float)d);
        for (int64_t j = 0; j < D; j += DV_LANES)
            DV(store)(gradient + j, precision * (DV(load)(gradient + j) - of_term * DV(load)(mean + j)));
        DV(adagrad)(&m->context_mean, word, gradient, D);
        DV(adagrad_number)(&m->context_log_variance, word, of_log_variance);
    }
    for (int64_t slot = 0; slot < w->num_types; slot++) {
        DV(adagrad)(&m->prior_mean, w->word[slot], w->prior_mean_gradient + slot * D, D);
        DV(adagrad_number)(&m->prior_log_variance, w->word[slot], w->prior_log_variance_gradient[slot]);
    }
    for (int64_t n = 0; n < w->num_encoded; n++)
        DV(adagrad)(&m->embedding, w->word[w->encoded[n]], w->embedding_gradient + n * D, D);
}

/* Adam (Kingma & Ba 2015) on gradients per token. */
static void DV(step_dense)(dv_bsg_work *w, const dv_bsg_model *m) {
    const float scale = 1.0f / (float)w->block.filled;
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

/* One step on the block in w->block; w->is_prior says which posteriors are the prior, w->dense is the encoder to use. */
static void DV(bsg_step)(dv_bsg_work *w, const dv_bsg_model *m, const int32_t *noise, const float *noise_log_weight,
                         int64_t num_noise, dv_bsg_tally *tally) {
    DV(find_slots)(w, noise, noise_log_weight, num_noise);
    DV(make_features)(w, m);
    DV(make_queries)(w, m);
    DV(find_encoded)(w);
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
    tally->num_tokens += w->block.filled;
    tally->num_read += w->block.num_read;
}
