/* DensityWord2Vec: what its kernel works on. */
#ifndef DV_DENSITY_JOB_H
#define DV_DENSITY_JOB_H
#include "noise.h"
#include "share.h"
#include "word_rows.h"

/* One density a word: the words' own, or those they have as contexts. */
typedef struct {
    float *mean;         /* (num_words, stride), padded with zeros; (num_rows, stride) where means are composed of rows */
    float *log_variance; /* (num_words, 1), or (num_words, stride) padded with zeros */
    float *squares;      /* (num_words, 2), or (num_rows, 2): sums of squared gradients of mean and log variance */
} dv_densities;

typedef struct {
    dv_densities word, context;
    dv_word_rows word_rows; /* of word.mean, where a word's mean is that of several rows, the first of them its own */
    const uint8_t *apart;   /* (num_words,) words from which the other rows do not learn; NULL for none */
    int64_t num_words, stride, dim;
    int is_diagonal, is_kl;
    float rate, variance_rate;
    float margin, norm_bound, min_log_variance, max_log_variance;
    dv_noise noise;
    /* of one thread; _r: of the r-th row, a context word or a noise word */
    dv_reader reader;
    dv_pool *pool;
    dv_scratch scratch;
    int64_t most_rows;
    float *spare, *gradient, *composed;                    /* (stride,); a word's mean, where it is composed of rows */
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
} dv_density_job;

static void dv_lay_out_density(void *density_job, dv_scratch *scratch) {
    dv_density_job *job = density_job;
    float **rows[] = {&job->spare,    &job->gradient,          &job->composed,
                      &job->variance, &job->variance_gradient, &job->mask};
    float **lists[] = {&job->energy, &job->coefficient, &job->norm, &job->product, &job->mean_square,
                       &job->variance_square, &job->precision, &job->variance_slope, &job->word_slope, &job->mean_sum,
                       &job->variance_sum, &job->mean_step, &job->variance_step, &job->scale};
    job->most_rows = dv_round(2 * job->reader.share->text.window + job->noise.pool + 32);
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) DV_TAKE(scratch, *rows[k], job->stride);
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) DV_TAKE(scratch, *lists[k], job->most_rows);
    DV_TAKE(scratch, job->rows, job->most_rows);
    DV_TAKE(scratch, job->words, job->most_rows);
    dv_lay_out_reader(&job->reader, scratch);
    dv_lay_out_noise(&job->noise, job->reader.capacity, scratch);
}

#endif
