/* Noise words of negative sampling: drawn once for a block, so many in a row for each token. */
#ifndef DV_NOISE_H
#define DV_NOISE_H
#include "blocks.h"
#include "check.h"
#include "scratch.h"

typedef struct {
    const dv_alias *table; /* (num_words,) NULL for a layer without noise */
    int64_t num_words;
    float likeliest;       /* the largest probability of a word */
    float negative;        /* noise words per word predicted, in expectation */
    int64_t pool, share;   /* noise words that a token sees; tokens that see a noise word */
    int32_t *drawn;        /* of a block: token i sees drawn[i * pool / share], ..., pool of them */
    int64_t most_drawn;
} dv_noise;

static inline void dv_lay_out_noise(dv_noise *noise, int64_t capacity, dv_scratch *scratch) {
    noise->most_drawn = noise->table ? (capacity / noise->share + 2) * noise->pool : 0;
    DV_TAKE(scratch, noise->drawn, noise->most_drawn);
}

/* Which is the first of a token's noise words. */
static inline int64_t dv_first_noise(const dv_noise *noise, int64_t token) { return token * noise->pool / noise->share; }

static inline const int32_t *dv_noise_of(const dv_noise *noise, int64_t token) {
    return noise->drawn + dv_first_noise(noise, token);
}

/* Noise of a block whose tokens see the words from dv_noise_of on or, where they are taken by groups of `share`, those
 * of their group. */
static inline void dv_draw_noise(dv_noise *noise, const dv_block *block, uint64_t seed) {
    const int64_t number = (block->filled / noise->share + 2) * noise->pool;
    DV_CHECK(number <= noise->most_drawn);
    dv_draw_many(noise->table, noise->num_words, seed, number, noise->drawn);
}

#endif
