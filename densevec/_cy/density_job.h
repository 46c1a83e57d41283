/* DensityWord2Vec: what its kernel works on. */
#ifndef DV_DENSITY_JOB_H
#define DV_DENSITY_JOB_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "blocks.h"

/* One density a word: the words' own, or those they have as contexts. */
typedef struct {
    float *mean;         /* (num_words, stride), padded with zeros */
    float *log_variance; /* (num_words, 1), or (num_words, stride) padded with zeros */
    float *squares;      /* (num_words, 2): sums of squared gradients of mean and log variance */
} dv_densities;

typedef struct {
    dv_densities word, context;
    int64_t num_words, stride, dim;
    int is_diagonal, is_kl;
    float rate, variance_rate;
    float margin, norm_bound, min_log_variance, max_log_variance;
    const dv_alias *noise;
    float negative;      /* noise words per pair, in expectation */
    int64_t pool, share; /* noise words that a token sees; tokens that see a noise word */
    /* scratch memory of one thread; _r: of the r-th row, a context word or a noise word */
    int64_t most_rows, most_drawn;
    float *spare, *gradient;                               /* (stride,) */
    float *variance, *variance_gradient, *mask;            /* (stride,), of diagonal densities; mask is 1 below dim */
    float *energy, *coefficient;                           /* E_r, and dLoss/dE_r with its sign turned */
    float *norm, *product;                                 /* |m_r|^2, and m_r . dE/dm_r */
    float *mean_square, *variance_square;                  /* |dE/dm_r|^2, |dE/dlog s_r|^2 */
    float *precision;                                      /* of spherical densities: dE/dm_r = precision (m_w - m_r) */
    float *variance_slope, *word_slope;                    /* of spherical densities: dE/dlog s_r, dE/dlog s_w */
    float *mean_sum, *variance_sum;                        /* the row's sums of squares, before the step */
    float *mean_step, *variance_step, *scale;              /* along dE/dm_r, dE/dlog s_r; then the mean times scale */
    float **rows;
    int32_t *words;
    int32_t *drawn; /* noise words of a block */
    dv_block block;
    void *memory;
} dv_density_job;

typedef struct {
    double loss;
    int64_t num_tokens, num_read;
} dv_density_tally;

/* Memory for rows of `most` words at once and blocks of `capacity`; 0 if there is none. */
static int dv_density_allocate(dv_density_job *job, int64_t most, int64_t capacity) {
    job->most_rows = (most + 47) / 16 * 16;
    job->most_drawn = capacity * job->pool / job->share + job->pool;
    size_t row = (size_t)job->stride * sizeof(float), list = (size_t)job->most_rows * sizeof(float);
    size_t text = ((size_t)capacity * sizeof(int32_t) + 63) / 64 * 64;
    size_t drawn = ((size_t)job->most_drawn * sizeof(int32_t) + 63) / 64 * 64;
    float **places[] = {&job->energy, &job->coefficient, &job->norm, &job->product, &job->mean_square,
                        &job->variance_square, &job->precision, &job->variance_slope, &job->word_slope, &job->mean_sum,
                        &job->variance_sum, &job->mean_step, &job->variance_step, &job->scale};
    float **wide[] = {&job->spare, &job->gradient, &job->variance, &job->variance_gradient, &job->mask};
    const size_t num_places = sizeof places / sizeof *places, num_wide = sizeof wide / sizeof *wide;
    const size_t zeroed = num_wide * row + (num_places + 3) * list; /* pointers take two lists, words one */
    char *place = job->memory = aligned_alloc(64, zeroed + 3 * text + drawn);
    if (!place) return 0;
    memset(place, 0, zeroed);
    for (size_t k = 0; k < num_wide; k++) *wide[k] = (float *)place, place += row;
    for (size_t k = 0; k < num_places; k++) *places[k] = (float *)place, place += list;
    job->rows = (float **)place, place += 2 * list;
    job->words = (int32_t *)place, place += list;
    job->block.ids = (int32_t *)place, place += text;
    job->block.left = (int32_t *)place, place += text;
    job->block.right = (int32_t *)place, place += text;
    job->block.capacity = capacity;
    job->drawn = (int32_t *)place;
    for (int64_t j = 0; j < job->dim; j++) job->mask[j] = 1;
    return 1;
}

#endif
