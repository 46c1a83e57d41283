/* SkipGram, CBOW and the log-bilinear model: what their kernels work on. */
#ifndef DV_WINDOW_JOB_H
#define DV_WINDOW_JOB_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "blocks.h"

/* A table that threads share.  Of its first rows, which all threads would write to at once, each has copies of its own:
 * `start` is what they were when they were last brought together. */
typedef struct {
    float *rows, *own, *start;
    int64_t own_floats; /* that have copies; 0 for a thread alone */
} dv_rows;

enum { DV_SKIPGRAM, DV_CBOW, DV_BILINEAR };
enum { DV_INPUT, DV_OUTPUT, DV_BIAS, DV_POSITION, DV_INPUT_SQUARES, DV_OUTPUT_SQUARES, DV_POSITION_SQUARES, DV_TABLES };

typedef struct {
    int model;
    int mean;                  /* CBOW: the mean of the context vectors, else their sum */
    dv_rows tables[DV_TABLES]; /* input and output (num_words, stride), padded with zeros */
    int64_t num_words, dim, stride;
    int64_t num_own;           /* rows of which each thread has copies */
    float rate;
    /* log-bilinear: position (before + after, stride) has a vector for each place of a history; squares have a number
     * for each row of a table: where it started, plus for each step the mean of the row's squared gradients */
    int64_t before, after;
    int32_t boundary;          /* the word at places outside the sentence */
    /* negative sampling */
    const dv_alias *noise;     /* NULL for the hierarchical softmax */
    float negative;            /* noise words per word predicted, in expectation */
    int64_t pool, share;       /* noise words that a token sees; tokens that see a noise word */
    /* noise-contrastive estimation, where there are biases (num_words,): negative sampling with noise equal to the
     * target, scores x.y_w + bias_w - log_noise_w, log_noise_w = log(negative P_noise) */
    const float *log_noise;
    /* hierarchical softmax: the path of word v is nodes and turns [paths[v], paths[v + 1]) */
    const int64_t *paths;
    const int32_t *nodes;
    const uint8_t *turns;
    /* scratch memory of one thread */
    int64_t most_rows, most_drawn;
    float *x, *gradient, *spare;                        /* (stride,) */
    float *scores, *weights, *labels, *factors, *steps; /* (most_rows,) */
    float **rows;                                       /* (most_rows,) */
    int32_t *words;                                     /* (most_rows,) whose rows they are, where there are biases */
    float **history;                                    /* (before + after,) rows of the words of a history */
    int32_t *history_words;                             /* (before + after,) */
    int32_t *drawn;                                     /* noise words of a block */
    dv_block block;
    void *memory;
} dv_window_job;

typedef struct {
    double loss;
    int64_t num_tokens, num_read;
} dv_tally;

/* The next `size` bytes of *place, rounded up to 64; with *place NULL only their number is added to *total. */
static void *dv_take(char **place, size_t *total, size_t size) {
    void *taken = *place;
    size = (size + 63) / 64 * 64;
    *total += size;
    if (*place) *place += size;
    return taken;
}

/* Lay out a thread's memory, from `place` on; returns its size, which is all that is done where `place` is NULL. */
static size_t dv_lay_out(dv_window_job *job, char *place, int64_t capacity) {
    size_t total = 0;
    const size_t row = (size_t)job->stride * sizeof(float), list = (size_t)job->most_rows * sizeof(float);
    const size_t text = (size_t)capacity * sizeof(int32_t), places = (size_t)(job->before + job->after);
    job->x = dv_take(&place, &total, row);
    job->gradient = dv_take(&place, &total, row);
    job->spare = dv_take(&place, &total, row);
    job->scores = dv_take(&place, &total, list);
    job->weights = dv_take(&place, &total, list);
    job->labels = dv_take(&place, &total, list);
    job->factors = dv_take(&place, &total, list);
    job->steps = dv_take(&place, &total, list);
    job->rows = dv_take(&place, &total, (size_t)job->most_rows * sizeof(float *));
    job->words = dv_take(&place, &total, (size_t)job->most_rows * sizeof(int32_t));
    job->history = dv_take(&place, &total, places * sizeof(float *));
    job->history_words = dv_take(&place, &total, places * sizeof(int32_t));
    job->block.ids = dv_take(&place, &total, text);
    job->block.left = dv_take(&place, &total, text);
    job->block.right = dv_take(&place, &total, text);
    job->drawn = dv_take(&place, &total, (size_t)job->most_drawn * sizeof(int32_t));
    for (int t = 0; t < DV_TABLES; t++) {
        job->tables[t].own = dv_take(&place, &total, (size_t)job->tables[t].own_floats * sizeof(float));
        job->tables[t].start = dv_take(&place, &total, (size_t)job->tables[t].own_floats * sizeof(float));
    }
    return total;
}

/* Memory for rows of `most` tokens at once and blocks of `capacity`; 0 if there is none. */
static int dv_allocate(dv_window_job *job, int64_t most, int64_t capacity) {
    const int64_t rows = job->num_own * job->stride, places = job->num_own ? job->before + job->after : 0;
    const int64_t sizes[DV_TABLES] = {rows, rows, job->num_own, places * job->stride, job->num_own, job->num_own, places};
    for (int t = 0; t < DV_TABLES; t++) job->tables[t].own_floats = job->tables[t].rows ? sizes[t] : 0;
    job->most_rows = (most + 47) / 16 * 16;
    job->most_drawn = job->noise ? capacity * job->pool / job->share + job->pool : 0;
    job->block.capacity = capacity;
    const size_t size = dv_lay_out(job, NULL, capacity);
    if (!(job->memory = aligned_alloc(64, size))) return 0;
    memset(job->memory, 0, size);
    dv_lay_out(job, job->memory, capacity);
    return 1;
}

/* Take copies of the first rows of all tables. */
static void dv_take_own(dv_window_job *job) {
    for (dv_rows *table = job->tables; table < job->tables + DV_TABLES; table++)
        for (int64_t j = 0; j < table->own_floats; j++) table->own[j] = table->start[j] = table->rows[j];
}

/* Add to the first rows what this thread has learned since it took its copies. */
static void dv_give_own(dv_window_job *job) {
    for (dv_rows *table = job->tables; table < job->tables + DV_TABLES; table++)
        for (int64_t j = 0; j < table->own_floats; j++) table->rows[j] += table->own[j] - table->start[j];
}

#endif
