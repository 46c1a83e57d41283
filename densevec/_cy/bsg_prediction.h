/* How well the queries of a block predict the windows: losses and gradients by queries and features; part of
 * bsg_kernels.h. */

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
                                dv_tally *tally) {
    const int64_t F = m->features;
    float *scores = w->context_score + i * 2 * m->window, buffer[DV_LANES], weights = 0, told = 0;
    double loss_sum = 0;
    int n = 0;
    for (int64_t k = i - w->reader.block.left[i]; k <= i + w->reader.block.right[i]; k++)
        if (dv_is_predicted(w, i, k)) scores[n++] = normaliser - DV(dot)(query, w->features + w->token_slot[k] * F, F);
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
    tally->loss[DV_RECONSTRUCTION] += loss_sum;
    if (w->is_prior[i] && m->information_scale > 0) {
        const float surplus = m->information_exponent - 1;
        for (int64_t k = i - w->reader.block.left[i]; k <= i + w->reader.block.right[i]; k++)
            if (k != i) {
                float log_frequency = m->log_frequency[w->reader.block.ids[k]];
                told -= log_frequency + surplus * (log_frequency + m->entropy);
            }
        const int32_t slot = w->token_slot[i];
        float information = (told - (float)loss_sum) / (float)n;
        float excess = -m->information_scale * information - m->prior_log_variance.values[w->word[slot]];
        float growth = expm1f(excess);
        tally->loss[DV_INFORMATION] += 0.5 * (double)m->dim * (growth - excess);
        w->prior_log_variance_gradient[slot] -= 0.5f * (float)m->dim * growth;
    }
    return weights;
}

/* Losses and the gradients of all feature rows, a panel of queries at a time. */
static void DV(predict)(dv_bsg_work *w, const dv_bsg_model *m, dv_tally *tally) {
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
                for (int64_t k = i - w->reader.block.left[i]; k <= i + w->reader.block.right[i]; k++) {
                    if (!dv_is_predicted(w, i, k)) continue;
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
static void DV(differentiate_queries)(dv_bsg_work *w, const dv_bsg_model *m, dv_tally *tally) {
    const int64_t F = m->features, D = m->stride, d = m->dim;
    for (int64_t q = 0; q < w->num_queries; q++) {
        float *gradient = w->query_gradient + q * F;
        const float *query = w->query + q * F;
        const float of_square = gradient[d];
        const int64_t slot = dv_slot_of_query(w, q);
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
        const float kl_weight = m->kl_weight * w->divergence_weight[w->query_tokens[w->query_start[q]]];
        const float log_ratio = w->log_variance[q] - prior_log_variance, growth = expm1f(log_ratio);
        float distance = 0;
        for (int64_t j = 0; j < d; j++) {
            float shift = query[j] - prior[j];
            distance += shift * shift;
            if (m->is_residual) prior_gradient[j] += gradient[j]; /* of the divergence it is none */
            else prior_gradient[j] -= kl_weight * precision * shift;
            gradient[j] += kl_weight * precision * shift;
        }
        tally->loss[DV_DIVERGENCE] += 0.5 * ((double)d * (growth - log_ratio) + precision * distance) * kl_weight;
        w->prior_log_variance_gradient[slot] -= 0.5f * kl_weight * ((float)d * growth + precision * distance);
        gradient[d] = of_square * (float)d * expf(w->log_variance[q]) + 0.5f * kl_weight * (float)d * growth;
    }
}
