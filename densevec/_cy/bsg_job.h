/* The Bayesian skip-gram: what its kernel works on. */
#ifndef DV_BSG_JOB_H
#define DV_BSG_JOB_H
#include <math.h>
#include "product_room.h"
#include "share.h"

/* A table and its Adagrad state, alike in shape: rows of stride floats for vectors, one float a word for log variances. */
typedef struct {
    float *values, *squares;
    float rate;
} dv_table;

/* The encoder's parameters, of which there are three more of the same shape: gradient and Adam's two moments.
 * from_word, from_context (dim, hidden), bias (hidden,), to_mean (dim, hidden), mean_bias (dim,), to_log_variance (hidden,),
 * log_variance_bias (1,), position_log_weight (num_places,), none where all places count alike; rows are padded with zeros to
 * strides of a multiple of 16. */
typedef struct {
    int64_t from_word, from_context, bias, to_mean, mean_bias, to_log_variance, log_variance_bias; /* offsets */
    int64_t position_log_weight, num_places, size;
} dv_encoder;

typedef struct {
    int64_t num_words, dim, stride, hidden, hidden_stride;
    int64_t num_features, features; /* of a query or word, see bsg_features.h, and their stride */
    int32_t window;
    dv_table embedding, prior_mean, prior_log_variance, context_mean, context_log_variance;
    int is_residual, leaves_out; /* q's mean is the prior's plus what the encoder says; q predicts what it has not seen */
    const float *log_frequency; /* (num_words,) of the unigram distribution */
    float entropy;              /* of it */
    dv_encoder encoder;
    float *dense, *first_moment, *second_moment; /* (encoder.size,) */
    int64_t *dense_steps;
    int64_t *lock; /* of the dense parameters */
    dv_pool *pool; /* of scratch memory */
    float dense_rate, kl_weight, context_dropout, information_scale, information_exponent;
    /* noise */
    const dv_alias *noise;
    const float *log_weight; /* (num_words,) -log(size P_noise(word)) */
    int64_t num_noise;
} dv_bsg_model;

enum { DV_RECONSTRUCTION, DV_DIVERGENCE, DV_INFORMATION }; /* the terms of a tally */

/* Scratch memory of one thread.  A slot is a distinct word of the block or of its noise; a query is a distribution that
 * predicts context words: a prior (of a slot, for all its tokens that use it) or the posterior of one token. */
typedef struct {
    const dv_bsg_model *model;
    dv_reader reader;
    dv_scratch scratch;
    int32_t *noise;     /* (num_noise,) drawn for the block, and their log weights */
    float *noise_log_weight;
    uint8_t *is_prior;  /* (T,) tokens whose posterior is the prior */
    uint8_t *is_hidden; /* (T, 2 window + 1) places of a token's window that its posterior does not see but predicts */
    float *divergence_weight; /* (T,) of KL(q||p): the share of the window that is predicted */
    int32_t *support;   /* (S,) noise words, distinct, as slots */
    float *support_log_weight;
    int64_t num_support, support_stride;
    /* slots */
    int32_t *hash;      /* (hash_size,) slot + 1, 0 for none */
    int64_t hash_size, num_slots, num_types, most_slots;
    int32_t *word;      /* (slots,) */
    int32_t *token_slot;                /* (T,) */
    int32_t *support_of;                /* (slots,) place in the support, -1 for none */
    float *features, *feature_gradient; /* (slots, F) */
    /* encoder */
    int32_t *encoded, *encoded_of;      /* slots that take part; place of a slot among them, -1 */
    int64_t num_encoded, num_own;       /* of them; of the posteriors' own words, which come first */
    float *embedding, *as_word, *as_context, *word_gradient, *context_gradient, *embedding_gradient;
    float *dense, *dense_gradient;
    float *place_weight, *place_gradient; /* (2 window + 1,) how much each place counts; the gradient of its logarithm */
    float *to_mean_transposed;          /* (hidden, dim) */
    /* queries */
    int64_t num_queries, num_priors, most_queries;
    int32_t *query_of_slot;             /* (slots,) */
    int32_t *token_query;               /* (T,), -1 for a token without context */
    int32_t *query_start, *query_tokens;
    float *query, *query_gradient;      /* (R, F) */
    float *hidden, *hidden_gradient;    /* (posteriors, hidden) */
    float *log_variance;                /* (R,) */
    int64_t most_predicted;             /* words of a window, rounded up */
    float *context_score;               /* (T, most_predicted) of the words that a token predicts, then their sigmoids */
    int32_t *context_slot, *num_predicted; /* (T, most_predicted), (T,) */
    float **rows;                       /* (2, most_predicted) of the words that are being looked at */
    /* support */
    float *support_features, *support_transposed, *support_gradient, *scores;
    dv_products by;
    float *packed[3]; /* right sides of products */
    float *prior_mean_gradient, *prior_log_variance_gradient; /* (types, stride), (types,) */
} dv_bsg_work;

enum { DV_PANEL = 96 }; /* queries whose scores are held at a time */
enum { DV_AHEAD = 6 };  /* rows that are asked for before they are needed */

static dv_encoder dv_lay_out_encoder(int64_t dim, int64_t hidden_stride, int64_t stride, int64_t num_places) {
    dv_encoder e;
    e.from_word = 0;
    e.from_context = e.from_word + dim * hidden_stride;
    e.bias = e.from_context + dim * hidden_stride;
    e.to_mean = e.bias + hidden_stride;
    e.mean_bias = e.to_mean + dim * hidden_stride;
    e.to_log_variance = e.mean_bias + stride;
    e.log_variance_bias = e.to_log_variance + hidden_stride;
    e.position_log_weight = e.log_variance_bias + 16;
    e.num_places = num_places;
    e.size = e.position_log_weight + dv_round(num_places);
    return e;
}

static void dv_lay_out_bsg(void *work, dv_scratch *scratch) {
    dv_bsg_work *w = work;
    const dv_bsg_model *m = w->model;
    const int64_t T = w->reader.capacity, F = m->features, H = m->hidden_stride, D = m->stride;
    const int64_t N = m->num_noise, S = dv_round(N), slots = T + N;
    const int64_t queries = 2 * T;
    w->most_slots = slots, w->most_queries = queries, w->support_stride = S + 16;
    dv_lay_out_reader(&w->reader, scratch);
    DV_TAKE(scratch, w->noise, N);
    DV_TAKE(scratch, w->noise_log_weight, N);
    DV_TAKE(scratch, w->is_prior, T);
    DV_TAKE(scratch, w->is_hidden, T * (2 * m->window + 1));
    DV_TAKE(scratch, w->divergence_weight, T);
    DV_TAKE(scratch, w->support, N);
    DV_TAKE(scratch, w->support_log_weight, S);
    w->hash_size = 16;
    while (w->hash_size < 4 * slots) w->hash_size *= 2;
    DV_TAKE(scratch, w->hash, w->hash_size);
    DV_TAKE(scratch, w->word, slots);
    DV_TAKE(scratch, w->token_slot, T);
    DV_TAKE(scratch, w->support_of, slots);
    DV_TAKE(scratch, w->features, slots * F);
    DV_TAKE(scratch, w->feature_gradient, slots * F);
    DV_TAKE(scratch, w->encoded, T);
    DV_TAKE(scratch, w->encoded_of, T);
    DV_TAKE(scratch, w->embedding, T * D);
    DV_TAKE(scratch, w->as_word, T * H);
    DV_TAKE(scratch, w->as_context, T * H);
    DV_TAKE(scratch, w->word_gradient, T * H);
    DV_TAKE(scratch, w->context_gradient, T * H);
    DV_TAKE(scratch, w->embedding_gradient, T * D);
    DV_TAKE(scratch, w->dense, m->encoder.size);
    DV_TAKE(scratch, w->dense_gradient, m->encoder.size);
    DV_TAKE(scratch, w->place_weight, 2 * m->window + 1);
    DV_TAKE(scratch, w->place_gradient, 2 * m->window + 1);
    DV_TAKE(scratch, w->to_mean_transposed, m->hidden * (D > H ? D : H));
    DV_TAKE(scratch, w->query_of_slot, slots);
    DV_TAKE(scratch, w->token_query, T);
    DV_TAKE(scratch, w->query_start, queries + 1);
    DV_TAKE(scratch, w->query_tokens, T);
    DV_TAKE(scratch, w->query, queries * F);
    DV_TAKE(scratch, w->query_gradient, queries * F);
    DV_TAKE(scratch, w->hidden, T * H);
    DV_TAKE(scratch, w->hidden_gradient, T * H);
    DV_TAKE(scratch, w->log_variance, queries);
    w->most_predicted = dv_round(2 * m->window);
    DV_TAKE(scratch, w->context_score, T * w->most_predicted);
    DV_TAKE(scratch, w->context_slot, T * w->most_predicted);
    DV_TAKE(scratch, w->num_predicted, T);
    DV_TAKE(scratch, w->rows, 2 * w->most_predicted);
    DV_TAKE(scratch, w->support_features, S * F);
    DV_TAKE(scratch, w->support_transposed, F * w->support_stride);
    DV_TAKE(scratch, w->support_gradient, S * F);
    DV_TAKE(scratch, w->scores, DV_PANEL * w->support_stride);
    const int64_t widest = dv_round(D > H ? D : H), pairs = dv_num_pairs(T > widest ? T : widest);
    DV_TAKE(scratch, w->by.narrowed, DV_PANEL * (dv_num_pairs(N) + dv_num_pairs(F)) + pairs * dv_round(T > widest ? T : widest));
    DV_TAKE(scratch, w->packed[0], dv_num_pairs(F) * S + pairs * widest);
    DV_TAKE(scratch, w->packed[1], dv_num_pairs(N) * F);
    DV_TAKE(scratch, w->packed[2], dv_num_pairs(DV_PANEL) * F);
    DV_TAKE(scratch, w->prior_mean_gradient, T * D);
    DV_TAKE(scratch, w->prior_log_variance_gradient, T);
}

/* Hide one half of each window, by chance, from the posterior that is to predict it. */
static void dv_hide(dv_bsg_work *w) {
    const uint64_t seed = dv_hash(w->reader.seed, UINT64_C(0x68696465));
    const int64_t width = 2 * w->model->window + 1;
    for (int64_t i = 0; i < w->reader.block.filled; i++) {
        if (w->is_prior[i]) continue;
        for (int64_t place = 0; place < width; place++)
            w->is_hidden[i * width + place] = dv_hash(seed, (uint64_t)(i * width + place)) >> 63;
    }
}

/* What a step needs besides its block: which posteriors are the prior, what they do not see, noise, and the encoder as
 * it is now. */
static void dv_draw_bsg(dv_bsg_work *w) {
    const dv_bsg_model *m = w->model;
    const uint64_t seed = w->reader.seed, is_dropped = (uint64_t)((double)m->context_dropout * 4294967296.0);
    for (int64_t i = 0; i < w->reader.block.filled; i++) w->is_prior[i] = dv_hash(seed, (uint64_t)i) >> 32 < is_dropped;
    if (m->leaves_out) dv_hide(w);
    for (int64_t j = 0; j < m->num_noise; j++) {
        w->noise[j] = dv_draw(m->noise, (uint64_t)m->num_words, dv_hash(~seed, (uint64_t)j));
        w->noise_log_weight[j] = m->log_weight[w->noise[j]];
    }
    dv_acquire(m->lock);
    memcpy(w->dense, m->dense, (size_t)m->encoder.size * sizeof(float));
    dv_release(m->lock);
}

/* Is the word at k kept from the posterior of token i; and does token i predict it? */
static inline int dv_is_hidden(const dv_bsg_work *w, int64_t i, int64_t k) {
    return k != i && w->model->leaves_out && w->is_hidden[i * (2 * w->model->window + 1) + k - i + w->model->window];
}

static inline int dv_is_predicted(const dv_bsg_work *w, int64_t i, int64_t k) {
    return k != i && (!w->model->leaves_out || w->is_prior[i] || dv_is_hidden(w, i, k));
}

/* The slot of the word that a query is of. */
static inline int64_t dv_slot_of_query(const dv_bsg_work *w, int64_t query) {
    return w->token_slot[w->query_tokens[w->query_start[query]]];
}

/* The slot of a word; a new one if it has none. */
static inline int32_t dv_slot(dv_bsg_work *w, int32_t word) {
    uint64_t place = (uint64_t)word * UINT64_C(0x9E3779B97F4A7C15) >> 20;
    for (;; place++) {
        int32_t *entry = w->hash + (place & (uint64_t)(w->hash_size - 1));
        if (*entry == 0) {
            w->word[w->num_slots] = word;
            w->support_of[w->num_slots] = -1;
            *entry = (int32_t)++w->num_slots;
        }
        if (w->word[*entry - 1] == word) return *entry - 1;
    }
}

/* Have a slot encoded. */
static inline void dv_encode_slot(dv_bsg_work *w, int32_t slot) {
    if (w->encoded_of[slot] >= 0) return;
    w->encoded_of[slot] = (int32_t)w->num_encoded;
    w->encoded[w->num_encoded++] = slot;
}

/* Slots that a posterior looks at: its word and its window's. */
static void dv_find_encoded(dv_bsg_work *w) {
    const dv_block *block = &w->reader.block;
    w->num_encoded = 0;
    for (int64_t slot = 0; slot < w->num_types; slot++) w->encoded_of[slot] = -1;
    for (int64_t i = 0; i < block->filled; i++)
        if (!w->is_prior[i]) dv_encode_slot(w, w->token_slot[i]);
    w->num_own = w->num_encoded;
    for (int64_t i = 0; i < block->filled; i++)
        if (!w->is_prior[i])
            for (int64_t k = i - block->left[i]; k <= i + block->right[i]; k++)
                if (!dv_is_hidden(w, i, k)) dv_encode_slot(w, w->token_slot[k]);
}

#endif
