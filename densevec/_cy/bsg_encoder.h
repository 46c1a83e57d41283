/* The encoder of the Bayesian skip-gram: posteriors of a block's tokens, and the way back; part of bsg_kernels.h. */

/* C (+)= A B, as DV(product), of a B that is needed once. */
static void DV(multiply_once)(dv_bsg_work *w, int rows, int columns, int64_t depth, const float *a, int64_t a_row, int64_t a_column,
                              const float *b, int64_t b_row, float *c, int64_t c_row, int accumulate) {
    const float *packed = DV(pack)(&w->by, b, depth, columns, b_row, w->packed[0]);
    DV(product)(&w->by, rows, columns, depth, a, a_row, a_column, packed, b_row, c, c_row, accumulate);
}

/* Posteriors: a_k = ReLU([e_w ; e_ck] C + b), h = sum_k weight_k a_k by places, mean = h W + b_m, of a residual encoder + m_w,
 * log variance = h w_s + b_s. */
static void DV(encode)(dv_bsg_work *w, const dv_bsg_model *m) {
    const dv_encoder *e = &m->encoder;
    const int64_t F = m->features, D = m->stride, H = m->hidden_stride, E = w->num_encoded, own = w->num_own;
    for (int64_t n = 0; n < E; n++) {
        if (n + DV_AHEAD < E) DV(prefetch)(m->embedding.values + w->word[w->encoded[n + DV_AHEAD]] * D, D);
        DV(copy)(w->embedding + n * D, m->embedding.values + w->word[w->encoded[n]] * D, D);
    }
    for (int64_t n = 0; n < own; n++) DV(copy)(w->as_word + n * H, w->dense + e->bias, H);
    DV(multiply_once)(w, (int)own, (int)H, m->dim, w->embedding, D, 1, w->dense + e->from_word, H, w->as_word, H, 1);
    DV(multiply_once)(w, (int)E, (int)H, m->dim, w->embedding, D, 1, w->dense + e->from_context, H, w->as_context, H, 0);
    for (int64_t place = 0; place <= 2 * m->window; place++)
        w->place_weight[place] = e->num_places ? expf(w->dense[e->position_log_weight + place]) : 1.0f;
    for (int64_t i = 0; i < w->reader.block.filled; i++) {
        if (w->is_prior[i]) continue;
        const float *word = w->as_word + w->encoded_of[w->token_slot[i]] * H;
        float *hidden = w->hidden + (w->token_query[i] - w->num_priors) * H;
        DV(clear)(hidden, H);
        for (int64_t k = i - w->reader.block.left[i]; k <= i + w->reader.block.right[i]; k++) {
            if (k == i || dv_is_hidden(w, i, k)) continue;
            const float *context = w->as_context + w->encoded_of[w->token_slot[k]] * H;
            const vec weight = DV(splat)(w->place_weight[k - i + m->window]);
            for (int64_t j = 0; j < H; j += DV_LANES) {
                vec a = DV(load)(word + j) + DV(load)(context + j), zero = {0};
                DV(store)(hidden + j, DV(load)(hidden + j) + weight * DV(choose)(a > 0.0f, a, zero));
            }
        }
    }
    const int64_t first = w->num_priors, number = w->num_queries - first;
    for (int64_t j = 0; j < m->hidden; j++)
        for (int64_t i = 0; i < m->dim; i++) w->to_mean_transposed[j * D + i] = w->dense[e->to_mean + i * H + j];
    for (int64_t n = 0; n < number; n++) {
        float *mean = w->query + (first + n) * F;
        DV(copy)(mean, w->dense + e->mean_bias, D);
        if (m->is_residual) DV(add)(mean, m->prior_mean.values + w->word[dv_slot_of_query(w, first + n)] * D, 1, D);
        w->log_variance[first + n] =
            DV(dot)(w->hidden + n * H, w->dense + e->to_log_variance, H) + w->dense[e->log_variance_bias];
    }
    DV(multiply_once)(w, (int)number, (int)D, m->hidden, w->hidden, H, 1, w->to_mean_transposed, D, w->query + first * F, F, 1);
}

/* Back through the encoder: gradients of its parameters and of the embeddings. */
static void DV(differentiate_encoder)(dv_bsg_work *w, const dv_bsg_model *m) {
    const dv_encoder *e = &m->encoder;
    const int64_t F = m->features, D = m->stride, H = m->hidden_stride, E = w->num_encoded, own = w->num_own, d = m->dim;
    const int64_t first = w->num_priors, number = w->num_queries - first;
    float *gradients = w->query_gradient + first * F;
    DV(clear)(w->dense_gradient, e->size);
    DV(clear)(w->word_gradient, own * H);
    DV(clear)(w->context_gradient, E * H);
    DV(clear)(w->place_gradient, 2 * m->window + 1);
    DV(multiply_once)(w, (int)number, (int)H, d, gradients, F, 1, w->dense + e->to_mean, H, w->hidden_gradient, H, 0);
    DV(multiply_once)(w, (int)d, (int)H, number, gradients, 1, F, w->hidden, H, w->dense_gradient + e->to_mean, H, 0);
    for (int64_t n = 0; n < number; n++) {
        const float of_log_variance = gradients[n * F + d];
        DV(add)(w->hidden_gradient + n * H, w->dense + e->to_log_variance, of_log_variance, H);
        DV(add)(w->dense_gradient + e->to_log_variance, w->hidden + n * H, of_log_variance, H);
        w->dense_gradient[e->log_variance_bias] += of_log_variance;
        for (int64_t j = 0; j < d; j++) w->dense_gradient[e->mean_bias + j] += gradients[n * F + j];
    }
    for (int64_t i = 0; i < w->reader.block.filled; i++) {
        if (w->is_prior[i]) continue;
        const int64_t place = w->encoded_of[w->token_slot[i]];
        const float *word = w->as_word + place * H, *gradient = w->hidden_gradient + (w->token_query[i] - first) * H;
        float *word_gradient = w->word_gradient + place * H;
        for (int64_t k = i - w->reader.block.left[i]; k <= i + w->reader.block.right[i]; k++) {
            if (k == i || dv_is_hidden(w, i, k)) continue;
            const int64_t other = w->encoded_of[w->token_slot[k]];
            const float *context = w->as_context + other * H;
            float *context_gradient = w->context_gradient + other * H;
            const vec weight = DV(splat)(w->place_weight[k - i + m->window]);
            vec along = {0}; /* the gradient times what this place adds to the sum */
            for (int64_t j = 0; j < H; j += DV_LANES) {
                vec a = DV(load)(word + j) + DV(load)(context + j), zero = {0};
                vec passed = weight * DV(choose)(a > 0.0f, DV(load)(gradient + j), zero);
                along += a * passed;
                DV(store)(word_gradient + j, DV(load)(word_gradient + j) + passed);
                DV(store)(context_gradient + j, DV(load)(context_gradient + j) + passed);
            }
            if (e->num_places) w->place_gradient[k - i + m->window] += DV(sum)(along);
        }
    }
    memcpy(w->dense_gradient + e->position_log_weight, w->place_gradient, (size_t)e->num_places * sizeof(float));
    for (int64_t n = 0; n < own; n++) DV(add)(w->dense_gradient + e->bias, w->word_gradient + n * H, 1, H);
    DV(multiply_once)(w, (int)d, (int)H, own, w->embedding, 1, D, w->word_gradient, H, w->dense_gradient + e->from_word, H, 0);
    DV(multiply_once)(w, (int)d, (int)H, E, w->embedding, 1, D, w->context_gradient, H, w->dense_gradient + e->from_context, H, 0);
    float *transposed = w->to_mean_transposed;
    for (int is_own = 0; is_own < 2; is_own++) {
        const float *from = w->dense + (is_own ? e->from_word : e->from_context);
        for (int64_t j = 0; j < m->hidden; j++)
            for (int64_t i = 0; i < d; i++) transposed[j * D + i] = from[i * H + j];
        DV(multiply_once)(w, (int)(is_own ? own : E), (int)D, m->hidden, is_own ? w->word_gradient : w->context_gradient, H, 1,
                     transposed, D, w->embedding_gradient, D, is_own);
    }
}
