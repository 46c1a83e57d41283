/* How well the queries of a block predict the windows: losses and gradients by queries and features; part of
 * bsg_kernels.h. */

/* The features of all queries from their means and log variances. */
static void DV(finish_queries)(dv_bsg_work *w, const dv_bsg_model *m) {
    const int64_t F = m->features, d = m->dim;
    for (int64_t q = 0; q < w->num_queries; q++) {
        float *row = w->query + q * F;
        DV(clear)(row + d, F - d);
        DV(put_square)(row + d, (float)d * expf(w->log_variance[q]) + DV(squared)(row, F));
    }
}

/* The noise words' features, whose terms have the words' log weights too, as rows and as columns, to a multiple of 16. */
static void DV(make_support)(dv_bsg_work *w, const dv_bsg_model *m) {
    const int64_t F = m->features, d = m->dim, S = w->support_stride, size = dv_round(w->num_support);
    for (int64_t j = 0; j < w->num_support; j++) {
        float *to = w->support_features + j * F;
        DV(copy)(to, w->features + w->support[j] * F, F);
        DV(put_term)(to + d, DV(term)(to + d) + w->support_log_weight[j]);
    }
    for (int64_t j = w->num_support; j < size; j++) { /* nothing */
        DV(clear)(w->support_features + j * F, F);
        DV(put_term)(w->support_features + j * F + d, -1e30f);
    }
    for (int64_t j = 0; j < size; j += 16) /* a line of the cache is written at a time */
        for (int64_t f = 0; f < m->num_features; f++)
            for (int64_t k = j; k < j + 16; k++) w->support_transposed[f * S + k] = w->support_features[k * F + f];
    DV(clear)(w->support_gradient, w->num_support * F);
}

/* log sum_j exp(score_j) over the support of one query, `size` numbers; the scores become exp(score_j - the highest), of
 * which *sum is the sum. */
static float DV(normalise)(float *scores, int64_t size, float *sum) {
    vec highest = DV(load)(scores), total = {0};
    for (int64_t j = DV_LANES; j < size; j += DV_LANES) {
        const vec score = DV(load)(scores + j);
        highest = DV(choose)(score > highest, score, highest);
    }
    const float top = DV(highest)(highest);
    for (int64_t j = 0; j < size; j += DV_LANES) {
        const vec share = DV(exp_roughly)(DV(load)(scores + j) - top);
        DV(store)(scores + j, share);
        total += share;
    }
    *sum = DV(sum)(total);
    return top + logf(*sum);
}

/* Scores of the context words of one token, losses, their sigmoids in place of the scores.  Adds to the block's sums and to
 * the prior's log variance; returns the sum of the sigmoids, by which the normaliser's gradient is weighed. */
static float DV(explain_window)(dv_bsg_work *w, const dv_bsg_model *m, int64_t i, const float *query, float normaliser,
                                dv_tally *tally) {
    const int64_t F = m->features;
    float *scores = w->context_score + i * w->most_predicted, weights = 0, told = 0;
    int32_t *slots = w->context_slot + i * w->most_predicted;
    double loss_sum = 0;
    int n = 0;
    for (int64_t k = i - w->reader.block.left[i]; k <= i + w->reader.block.right[i]; k++)
        if (dv_is_predicted(w, i, k)) {
            w->rows[n] = w->features + w->token_slot[k] * F;
            slots[n++] = w->token_slot[k];
        }
    w->num_predicted[i] = n;
    const int padded = (n + 3) / 4 * 4;
    for (int k = n; k < padded; k++) w->rows[k] = w->rows[0];
    DV(dots)(query, w->rows, padded, F, scores);
    for (int begin = 0; begin < n; begin += DV_LANES) {
        const int number = n - begin < DV_LANES ? n - begin : DV_LANES;
        vec score = normaliser - DV(load)(scores + begin), softplus, sigmoid = DV(sigmoid)(score, &softplus);
        DV(store)(scores + begin, sigmoid);
        for (int k = 0; k < number; k++) {
            weights += sigmoid[k];
            loss_sum += softplus[k];
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

/* The gradients by what one token predicts: -sigmoid(score) of each word's features for its query, of the query for the
 * word's. */
static void DV(pull_window)(dv_bsg_work *w, int64_t i, const float *query, float *gradient, int64_t F) {
    const float *sigmoids = w->context_score + i * w->most_predicted;
    const int32_t *slots = w->context_slot + i * w->most_predicted;
    const int n = w->num_predicted[i];
    float **features = w->rows, **gradients = w->rows + w->most_predicted;
    for (int k = 0; k < n; k++) features[k] = w->features + slots[k] * F, gradients[k] = w->feature_gradient + slots[k] * F;
    for (int64_t j = 0; j < F; j += DV_LANES) {
        const vec x = DV(load)(query + j);
        vec total = DV(load)(gradient + j);
        for (int k = 0; k < n; k++) {
            const vec pull = DV(splat)(sigmoids[k]);
            total -= pull * DV(load)(features[k] + j);
            DV(store)(gradients[k] + j, DV(load)(gradients[k] + j) - pull * x);
        }
        DV(store)(gradient + j, total);
    }
}

/* Losses and the gradients of all feature rows, a panel of queries at a time. */
static void DV(predict)(dv_bsg_work *w, const dv_bsg_model *m, dv_tally *tally) {
    const int64_t F = m->features, S = w->support_stride, size = dv_round(w->num_support);
    const float *columns = DV(pack)(&w->by, w->support_transposed, m->num_features, (int)size, S, w->packed[0]);
    const float *rows = DV(pack)(&w->by, w->support_features, w->num_support, (int)F, F, w->packed[1]);
    for (int64_t first = 0; first < w->num_queries; first += DV_PANEL) {
        const float *queries = w->query + first * F;
        float *gradients = w->query_gradient + first * F;
        const int number = (int)(w->num_queries - first < DV_PANEL ? w->num_queries - first : DV_PANEL);
        DV(product)(&w->by, number, (int)size, m->num_features, queries, F, 1, columns, S, w->scores, S, 0);
        for (int r = 0; r < number; r++) {
            float *scores = w->scores + r * S, weight = 0, sum;
            const float normaliser = DV(normalise)(scores, size, &sum);
            for (int32_t t = w->query_start[first + r]; t < w->query_start[first + r + 1]; t++)
                weight += DV(explain_window)(w, m, w->query_tokens[t], queries + r * F, normaliser, tally);
            const vec factor = DV(splat)(weight / sum);
            for (int64_t j = 0; j < size; j += DV_LANES) DV(store)(scores + j, factor * DV(load)(scores + j));
        }
        DV(product)(&w->by, number, (int)F, w->num_support, w->scores, S, 1, rows, F, gradients, F, 0);
        const float *packed = DV(pack)(&w->by, queries, number, (int)F, F, w->packed[2]);
        DV(product)(&w->by, (int)w->num_support, (int)F, number, w->scores, 1, S, packed, F, w->support_gradient, F, 1);
        for (int r = 0; r < number; r++)
            for (int32_t t = w->query_start[first + r]; t < w->query_start[first + r + 1]; t++)
                DV(pull_window)(w, w->query_tokens[t], queries + r * F, gradients + r * F, F);
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
        float *query = w->query + q * F;
        const float of_square = DV(of_square)(gradient + d);
        const int64_t slot = dv_slot_of_query(w, q);
        for (int64_t j = 0; j < D; j += DV_LANES)
            DV(store)(gradient + j, DV(load)(gradient + j) + 2.0f * of_square * DV(load)(query + j));
        DV(clear)(gradient + d, F - d), DV(clear)(query + d, F - d); /* features, not dimensions */
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
        vec squares = {0};
        for (int64_t j = 0; j < D; j += DV_LANES) {
            const vec shift = DV(load)(query + j) - DV(load)(prior + j), pull = DV(load)(gradient + j);
            const vec back = kl_weight * precision * shift, own = DV(load)(prior_gradient + j);
            squares += shift * shift;
            /* of the divergence a residual mean's prior has no gradient */
            DV(store)(prior_gradient + j, m->is_residual ? own + pull : own - back);
            DV(store)(gradient + j, pull + back);
        }
        const float distance = DV(sum)(squares);
        tally->loss[DV_DIVERGENCE] += 0.5 * ((double)d * (growth - log_ratio) + precision * distance) * kl_weight;
        w->prior_log_variance_gradient[slot] -= 0.5f * kl_weight * ((float)d * growth + precision * distance);
        gradient[d] = of_square * (float)d * expf(w->log_variance[q]) + 0.5f * kl_weight * (float)d * growth;
    }
}
