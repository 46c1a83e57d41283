/* SkipGram, CBOW and the log-bilinear model: what their kernels work on. */
#ifndef DV_WINDOW_JOB_H
#define DV_WINDOW_JOB_H
#include <stdint.h>
#include <stdlib.h>
#include "blocks.h"

/* A table that threads share.  Of its first rows, which all threads would write to at once, each has copies of its own:
 * `start` is what they were when they were last brought together. */
typedef struct {
    float *rows, *own, *start;
} dv_rows;

enum { DV_SKIPGRAM, DV_CBOW, DV_BILINEAR };

typedef struct {
    int model;
    int mean;               /* CBOW: the mean of the context vectors, else their sum */
    dv_rows position;       /* log-bilinear: (before + after, stride), a vector for each place of a history */
    int64_t before, after;  /* places */
    int32_t boundary;       /* the word at places outside the sentence */
    dv_rows input, output;  /* (num_words, stride), padded with zeros */
    int64_t num_words, stride;
    int64_t num_own;        /* rows of which each thread has copies; 0 for a thread alone */
    float rate;
    /* negative sampling */
    const dv_alias *noise;  /* NULL for the hierarchical softmax */
    float negative;         /* noise words per word predicted, in expectation */
    int64_t pool, share;    /* noise words that a token sees; tokens that see a noise word */
    /* noise-contrastive estimation: negative sampling with noise equal to the target, scores x.y_w + bias_w - log_noise_w */
    float *bias;            /* (num_words,) and NULL elsewhere */
    const float *log_noise; /* (num_words,) log(negative P_noise) */
    /* hierarchical softmax: the path of word v is nodes and turns [paths[v], paths[v + 1]) */
    const int64_t *paths;
    const int32_t *nodes;
    const uint8_t *turns;
    /* scratch memory of one thread */
    int64_t most_rows, most_drawn;
    float *x, *gradient, *spare;                /* (stride,) */
    float *scores, *weights, *labels, *factors; /* (most_rows,) */
    float **rows;                               /* (most_rows,) */
    float **history;                            /* (before + after,) rows of the words of a history */
    int32_t *words;                             /* (most_rows,) whose rows they are, where there are biases */
    int32_t *drawn;                             /* noise words of a block */
    dv_block block;
    void *memory;
} dv_window_job;

typedef struct {
    double loss;
    int64_t num_tokens, num_read;
} dv_tally;

/* Memory for rows of `most` tokens at once and blocks of `capacity`; 0 if there is none. */
static int dv_allocate(dv_window_job *job, int64_t most, int64_t capacity) {
    job->most_rows = (most + 47) / 16 * 16;
    const size_t own = (size_t)(job->num_own * job->stride) * sizeof(float);
    const int64_t places = job->before + job->after;
    const size_t position = (size_t)(places * job->stride) * sizeof(float);
    const size_t history = ((size_t)places * sizeof(float *) + 63) / 64 * 64;
    job->most_drawn = job->noise ? capacity * job->pool / job->share + job->pool : 0;
    size_t row = (size_t)job->stride * sizeof(float), list = (size_t)job->most_rows * sizeof(float);
    size_t text = ((size_t)capacity * sizeof(int32_t) + 63) / 64 * 64;
    size_t drawn = ((size_t)job->most_drawn * sizeof(int32_t) + 63) / 64 * 64;
    char *place = job->memory = aligned_alloc(64, 4 * own + 2 * position + history + 3 * row + 7 * list + 3 * text + drawn);
    if (!place) return 0;
    job->input.own = (float *)place, place += own;
    job->input.start = (float *)place, place += own;
    job->output.own = (float *)place, place += own;
    job->output.start = (float *)place, place += own;
    job->position.own = (float *)place, place += position;
    job->position.start = (float *)place, place += position;
    job->history = (float **)place, place += history;
    memset(place, 0, 3 * row + 7 * list);
    job->x = (float *)place, place += row;
    job->gradient = (float *)place, place += row;
    job->spare = (float *)place, place += row;
    job->scores = (float *)place, place += list;
    job->weights = (float *)place, place += list;
    job->labels = (float *)place, place += list;
    job->factors = (float *)place, place += list;
    job->rows = (float **)place, place += 2 * list;
    job->words = (int32_t *)place, place += list;
    job->block.ids = (int32_t *)place, place += text;
    job->block.left = (int32_t *)place, place += text;
    job->block.right = (int32_t *)place, place += text;
    job->block.capacity = capacity;
    job->drawn = (int32_t *)place;
    return 1;
}

/* Take copies of the first rows. */
static void dv_take_own(dv_rows *table, int64_t size) {
    memcpy(table->own, table->rows, (size_t)size * sizeof(float));
    memcpy(table->start, table->rows, (size_t)size * sizeof(float));
}

/* Add to the first rows what this thread has learned since it took its copies. */
static void dv_give_own(dv_rows *table, int64_t size) {
    for (int64_t j = 0; j < size; j++) table->rows[j] += table->own[j] - table->start[j];
}

#endif
