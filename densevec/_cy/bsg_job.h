/* The Bayesian skip-gram: what its kernel works on. */
#ifndef DV_BSG_JOB_H
#define DV_BSG_JOB_H
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include "blocks.h"

/* A table and its Adagrad state, alike in shape: rows of stride floats for vectors, one float a word for log variances. */
typedef struct {
    float *values, *squares;
    float rate;
} dv_table;

/* The encoder's parameters, of which there are three more of the same shape: gradient and Adam's two moments.
 * from_word, from_context (dim, hidden), bias (hidden,), to_mean (dim, hidden), mean_bias (dim,), to_log_variance (hidden,),
 * log_variance_bias (1,); rows are padded with zeros to strides of a multiple of 16. */
typedef struct {
    int64_t from_word, from_context, bias, to_mean, mean_bias, to_log_variance, log_variance_bias, size; /* offsets */
} dv_encoder;

typedef struct {
    int64_t num_words, dim, stride, hidden, hidden_stride;
    int64_t features; /* the stride of [vector, square, one]: d + 2 padded */
    int32_t window;
    dv_table embedding, prior_mean, prior_log_variance, context_mean, context_log_variance;
    const float *log_frequency; /* (num_words,) of the unigram distribution */
    float entropy;              /* of it */
    dv_encoder encoder;
    float *dense, *first_moment, *second_moment; /* (encoder.size,) */
    int64_t *dense_steps;
    int64_t *lock; /* of the dense parameters and of the cursor */
    float dense_rate, kl_weight, context_dropout, information_scale, information_exponent;
    /* noise */
    const dv_alias *noise;
    const float *log_weight; /* (num_words,) -log(size P_noise(word)) */
    int64_t num_noise;
} dv_bsg_model;

/* Sums over a block, in nats. */
typedef struct {
    double reconstruction, divergence, information;
    int64_t num_tokens, num_read;
} dv_bsg_tally;

/* Scratch memory of one thread.  A slot is a distinct word of the block or of its noise; a query is a distribution that
 * predicts context words: a prior (of a slot, for all its tokens that use it) or the posterior of one token. */
typedef struct {
    dv_block block;
    uint8_t *is_prior;  /* (T,) tokens whose posterior is the prior */
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
    int64_t num_encoded;
    float *embedding, *as_word, *as_context, *word_gradient, *context_gradient, *embedding_gradient;
    float *dense, *dense_gradient;
    float *to_mean_transposed;          /* (hidden, dim) */
    /* queries */
    int64_t num_queries, num_priors, most_queries;
    int32_t *query_of_slot;             /* (slots,) */
    int32_t *token_query;               /* (T,), -1 for a token without context */
    int32_t *query_start, *query_tokens;
    float *query, *query_gradient;      /* (R, F) */
    float *hidden, *hidden_gradient;    /* (posteriors, hidden) */
    float *log_variance;                /* (R,) */
    float *context_score;               /* (T, 2 window), then its sigmoid */
    /* support */
    float *support_features, *support_transposed, *support_gradient, *scores;
    float *prior_mean_gradient, *prior_log_variance_gradient; /* (types, stride), (types,) */
    void *memory;
} dv_bsg_work;

enum { DV_PANEL = 48 }; /* queries whose scores are held at a time */

static inline int64_t dv_round(int64_t n) { return (n + 15) / 16 * 16; }

static dv_encoder dv_lay_out_encoder(int64_t dim, int64_t hidden_stride, int64_t stride) {
    dv_encoder e;
    e.from_word = 0;
    e.from_context = e.from_word + dim * hidden_stride;
    e.bias = e.from_context + dim * hidden_stride;
    e.to_mean = e.bias + hidden_stride;
    e.mean_bias = e.to_mean + dim * hidden_stride;
    e.to_log_variance = e.mean_bias + stride;
    e.log_variance_bias = e.to_log_variance + hidden_stride;
    e.size = e.log_variance_bias + 16;
    return e;
}

/* Hand out the pieces of one allocation; with a NULL base, add up their sizes. */
static void *dv_take(char **place, char *base, int64_t number, size_t size) {
    char *piece = base ? *place : NULL;
    *place += (number * (int64_t)size + 63) / 64 * 64;
    return piece;
}

static int64_t dv_lay_out_work(dv_bsg_work *w, const dv_bsg_model *m, int64_t capacity, int64_t num_support, char *base) {
    char *place = base;
    const int64_t T = capacity, F = m->features, H = m->hidden_stride, D = m->stride, S = dv_round(num_support);
    const int64_t slots = T + num_support, queries = (2 * T + DV_PANEL - 1) / DV_PANEL * DV_PANEL;
#define DV_TAKE(field, number) w->field = dv_take(&place, base, number, sizeof(*w->field))
    w->most_slots = slots, w->most_queries = queries, w->support_stride = S + 16;
    w->hash_size = 16;
    while (w->hash_size < 4 * slots) w->hash_size *= 2;
    w->block.capacity = T;
    w->block.ids = dv_take(&place, base, T, 4);
    w->block.left = dv_take(&place, base, T, 4);
    w->block.right = dv_take(&place, base, T, 4);
    DV_TAKE(is_prior, T);
    DV_TAKE(support, num_support);
    DV_TAKE(support_log_weight, S);
    DV_TAKE(hash, w->hash_size);
    DV_TAKE(word, slots);
    DV_TAKE(token_slot, T);
    DV_TAKE(support_of, slots);
    DV_TAKE(features, slots *F);
    DV_TAKE(feature_gradient, slots *F);
    DV_TAKE(encoded, T);
    DV_TAKE(encoded_of, T);
    DV_TAKE(embedding, T *D);
    DV_TAKE(as_word, T *H);
    DV_TAKE(as_context, T *H);
    DV_TAKE(word_gradient, T *H);
    DV_TAKE(context_gradient, T *H);
    DV_TAKE(embedding_gradient, T *D);
    DV_TAKE(dense, m->encoder.size);
    DV_TAKE(dense_gradient, m->encoder.size);
    DV_TAKE(to_mean_transposed, m->hidden *(D > H ? D : H));
    DV_TAKE(query_of_slot, slots);
    DV_TAKE(token_query, T);
    DV_TAKE(query_start, queries + 1);
    DV_TAKE(query_tokens, T);
    DV_TAKE(query, queries *F);
    DV_TAKE(query_gradient, queries *F);
    DV_TAKE(hidden, T *H);
    DV_TAKE(hidden_gradient, T *H);
    DV_TAKE(log_variance, queries);
    DV_TAKE(context_score, T * 2 * m->window + 16);
    DV_TAKE(support_features, S *F);
    DV_TAKE(support_transposed, F * w->support_stride);
    DV_TAKE(support_gradient, S *F);
    DV_TAKE(scores, DV_PANEL * w->support_stride);
    DV_TAKE(prior_mean_gradient, T *D);
    DV_TAKE(prior_log_variance_gradient, T);
#undef DV_TAKE
    return place - base;
}

static int dv_allocate_work(dv_bsg_work *w, const dv_bsg_model *m, int64_t capacity, int64_t num_support) {
    int64_t size = dv_lay_out_work(w, m, capacity, num_support, NULL);
    w->memory = aligned_alloc(64, (size_t)size);
    if (!w->memory) return 0;
    memset(w->memory, 0, (size_t)size); /* what is never written is zero: padding, above all */
    dv_lay_out_work(w, m, capacity, num_support, w->memory);
    return 1;
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

#endif
