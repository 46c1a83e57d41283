/* SkipGram, CBOW and the log-bilinear model: what their kernels work on. */
#ifndef DV_WINDOW_JOB_H
#define DV_WINDOW_JOB_H
#include "noise.h"
#include "share.h"
#include "word_rows.h"

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
    dv_word_rows word_rows;    /* of the input table, (word_rows.num_rows, stride), where words are made of several rows */
    float rate;
    /* log-bilinear: position (before + after, stride) has a vector for each place of a history; squares have a number
     * for each row of a table: where it started, plus for each step the mean of the row's squared gradients */
    int64_t before, after;
    int32_t boundary;          /* the word at places outside the sentence */
    dv_noise noise;            /* negative sampling, or noise-contrastive estimation */
    /* noise-contrastive estimation, where there are biases (num_words,): negative sampling with noise equal to the
     * target, scores x.y_w + bias_w - log_noise_w, log_noise_w = log(negative P_noise) */
    const float *log_noise;
    /* hierarchical softmax: the path of word v is nodes and turns [paths[v], paths[v + 1]) */
    const int64_t *paths;
    const int32_t *nodes;
    const uint8_t *turns;
    int64_t longest;           /* path */
    /* of one thread */
    dv_reader reader;
    dv_pool *pool;
    dv_scratch scratch;
    int64_t most_rows;
    float *x, *gradient, *spare;                        /* (stride,) */
    float *scores, *weights, *labels, *factors, *steps; /* (most_rows,) */
    float **rows;                                       /* (most_rows,) */
    int32_t *words;                                     /* (most_rows,) whose rows they are, where there are biases */
    float **history;                                    /* (before + after,) rows of the words of a history */
    int32_t *history_words;                             /* (before + after,) */
    /* CBOW, where words are made of several rows: the vectors of the tokens in reach as they were composed, and as they
     * have been stepped since; token i is at i % num_near */
    float *composed, *stepped;                          /* (num_near, stride) */
    int64_t num_near;
} dv_window_job;

static void dv_lay_out_window(void *window_job, dv_scratch *scratch) {
    dv_window_job *job = window_job;
    const int64_t window = job->reader.share->text.window, places = job->before + job->after, own = job->num_own;
    const int64_t own_input = job->word_rows.offsets ? 0 : own; /* n-grams spread over many rows: few threads meet there */
    const int64_t sizes[DV_TABLES] = {own_input * job->stride, own * job->stride, own, own ? places * job->stride : 0,
                                      own, own, own ? places : 0};
    job->most_rows = dv_round((job->noise.table ? 2 * window + job->noise.pool : 2 * window * job->longest) + 32);
    DV_TAKE(scratch, job->x, job->stride);
    DV_TAKE(scratch, job->gradient, job->stride);
    DV_TAKE(scratch, job->spare, job->stride);
    DV_TAKE(scratch, job->scores, job->most_rows);
    DV_TAKE(scratch, job->weights, job->most_rows);
    DV_TAKE(scratch, job->labels, job->most_rows);
    DV_TAKE(scratch, job->factors, job->most_rows);
    DV_TAKE(scratch, job->steps, job->most_rows);
    DV_TAKE(scratch, job->rows, job->most_rows);
    DV_TAKE(scratch, job->words, job->most_rows);
    DV_TAKE(scratch, job->history, places);
    DV_TAKE(scratch, job->history_words, places);
    job->num_near = job->word_rows.offsets && job->model == DV_CBOW ? 2 * window + 1 : 0;
    DV_TAKE(scratch, job->composed, job->num_near * job->stride);
    DV_TAKE(scratch, job->stepped, job->num_near * job->stride);
    dv_lay_out_reader(&job->reader, scratch);
    dv_lay_out_noise(&job->noise, job->reader.capacity, scratch);
    for (int t = 0; t < DV_TABLES; t++) {
        dv_rows *table = job->tables + t;
        table->own_floats = table->rows ? sizes[t] : 0;
        DV_TAKE(scratch, table->own, table->own_floats);
        DV_TAKE(scratch, table->start, table->own_floats);
    }
}

/* Add to the first rows of all tables what this thread has learned since it copied them, and copy them anew. */
static void dv_meet_window(void *window_job) {
    dv_window_job *job = window_job;
    for (dv_rows *table = job->tables; table < job->tables + DV_TABLES; table++)
        for (int64_t j = 0; j < table->own_floats; j++) {
            table->rows[j] += table->own[j] - table->start[j];
            table->own[j] = table->start[j] = table->rows[j];
        }
}

#endif
