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

/* Tokens in a row that see the same noise words, and what is known of them: see window_tiles.h. */
enum { DV_TILE_TOKENS = 32 };
typedef struct {
    int64_t most_tokens, columns;             /* of a tile; of this one, a multiple of 16 */
    float *x, *turned;                        /* (columns, stride) vectors, and their transpose */
    float *noise;                             /* (pool, stride) vectors of the noise words */
    float **token_rows, **noise_rows;         /* (columns,), (pool,) rows that their steps are added to, */
    float *steps;                             /* (columns, stride) those of tokens whose words are made of several rows */
    float *scores, *weights;                  /* (pool, columns), then factors of the steps; (columns,) */
    int64_t begin, end;                       /* tokens in reach of the tile's */
    int64_t *pairs;                           /* (columns + 1,) where each token's begin */
    float **rows, *pair_scores, *factors;     /* of each pair */
    int32_t *num_seen, *seen_pair;            /* (reach,), (reach, 2 window) pairs that each token in reach is in */
    float **seen_token, *seen_factor;         /* (reach, 2 window) the other's vector; (2 window,) */
    int32_t *self, *left, *right;             /* (columns,) places in reach of a token, and first and last of its window */
    /* by bfloat16 products, see window_matrix.h: rows of unit_depth bfloat16 numbers, a multiple of 32 that holds the stride */
    int64_t unit_depth;
    uint16_t *unit_x, *unit_rows, *unit_factors;
    int32_t *unit_turned, *unit_pairs, *unit_x_pairs, *unit_turned_factors;
    float *unit_steps, *unit_bias;
} dv_tile;

enum { DV_SKIPGRAM, DV_CBOW, DV_BILINEAR };
enum { DV_INPUT, DV_OUTPUT, DV_BIAS, DV_POSITION, DV_INPUT_SQUARES, DV_OUTPUT_SQUARES, DV_POSITION_SQUARES, DV_TABLES };

typedef struct dv_window_job dv_window_job;
struct dv_window_job {
    int model;
    int mean;                  /* CBOW: the mean of the context vectors, else their sum */
    dv_rows tables[DV_TABLES]; /* input and output (num_words, stride), of which dim numbers count: the others are zeros */
    int64_t num_words, dim, stride;
    int64_t num_own;           /* rows of which each thread has copies */
    int64_t *lock;             /* of those rows, among all that bring copies together */
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
    dv_tile tile;
    int unit; /* DV_PAIRS or DV_MATRIX_UNIT, by which SkipGram with noise learns; 0 for the variant's own way */
    /* from tokens [first, last), which see the same noise words; NULL without unit */
    void (*learn_tile)(dv_window_job *job, const int32_t *noise, int64_t first, int64_t last);
};

/* Fewer tokens than these are faster one by one.  What a noise word learns from the tokens of a tile is summed at the scores
 * that it had before them: of more pairs than these its step would overshoot, and training would not be stable.  A word that
 * is drawn more than once has the pairs of each time. */
enum { DV_LEAST_TILE = 8, DV_MOST_SUMMED = 128 };
static inline int dv_has_tiles(const dv_window_job *job) {
    const dv_noise *noise = &job->noise;
    if (job->model != DV_SKIPGRAM || !noise->table || noise->share < DV_LEAST_TILE) return 0;
    const float tokens = noise->share < DV_TILE_TOKENS ? (float)noise->share : DV_TILE_TOKENS, pool = (float)noise->pool;
    const float times = pool * noise->likeliest > 1 ? pool * noise->likeliest : 1;
    return tokens * (float)(job->reader.share->text.window + 1) * noise->negative * times <= DV_MOST_SUMMED * pool;
}

static void dv_lay_out_unit(dv_window_job *job, dv_scratch *scratch) {
    dv_tile *tile = &job->tile;
    const int64_t tokens = DV_TILE_TOKENS, depth = tile->unit_depth = (job->stride + 31) / 32 * 32;
    const int64_t rows = (job->noise.pool + tokens + 2 * job->reader.share->text.window + 31) / 32 * 32;
    tile->most_tokens = job->noise.share < tokens ? job->noise.share : tokens;
    DV_TAKE(scratch, tile->weights, tokens);
    DV_TAKE(scratch, tile->rows, rows);
    DV_TAKE(scratch, tile->unit_x, tokens * depth);
    DV_TAKE(scratch, tile->unit_turned, tokens * depth / 2);
    DV_TAKE(scratch, tile->unit_x_pairs, tokens * job->stride / 2);
    DV_TAKE(scratch, tile->unit_rows, rows * depth);
    DV_TAKE(scratch, tile->unit_pairs, rows * job->stride / 2);
    DV_TAKE(scratch, tile->scores, rows * tokens);
    DV_TAKE(scratch, tile->unit_factors, rows * tokens);
    DV_TAKE(scratch, tile->unit_turned_factors, rows * tokens / 2);
    DV_TAKE(scratch, tile->token_rows, tokens);
    DV_TAKE(scratch, tile->steps, job->word_rows.offsets ? tokens * job->stride : 0);
    DV_TAKE(scratch, tile->unit_steps, tokens * job->stride);
    DV_TAKE(scratch, tile->unit_bias, rows);
}

static void dv_lay_out_tile(dv_window_job *job, dv_scratch *scratch) {
    dv_tile *tile = &job->tile;
    const int64_t window = job->reader.share->text.window, pool = job->noise.pool;
    tile->most_tokens = job->noise.share < DV_TILE_TOKENS ? job->noise.share : DV_TILE_TOKENS;
    const int64_t columns = dv_round(tile->most_tokens), reach = columns + 2 * window, num_pairs = columns * (2 * window + 3) + 16;
    job->most_rows = num_pairs > job->most_rows ? num_pairs : job->most_rows; /* for labels and weights */
    DV_TAKE(scratch, tile->x, columns * job->stride);
    DV_TAKE(scratch, tile->turned, columns * job->stride);
    DV_TAKE(scratch, tile->token_rows, columns);
    DV_TAKE(scratch, tile->noise_rows, pool);
    DV_TAKE(scratch, tile->steps, job->word_rows.offsets ? columns * job->stride : 0);
    DV_TAKE(scratch, tile->noise, pool * job->stride);
    DV_TAKE(scratch, tile->scores, pool * columns);
    DV_TAKE(scratch, tile->weights, columns);
    DV_TAKE(scratch, tile->pairs, columns + 1);
    DV_TAKE(scratch, tile->rows, num_pairs);
    DV_TAKE(scratch, tile->pair_scores, num_pairs);
    DV_TAKE(scratch, tile->factors, num_pairs);
    DV_TAKE(scratch, tile->num_seen, reach);
    DV_TAKE(scratch, tile->seen_pair, reach * 2 * window);
    DV_TAKE(scratch, tile->seen_token, reach * 2 * window);
    DV_TAKE(scratch, tile->seen_factor, 2 * window);
    DV_TAKE(scratch, tile->self, columns);
    DV_TAKE(scratch, tile->left, columns);
    DV_TAKE(scratch, tile->right, columns);
}

static void dv_lay_out_window(void *window_job, dv_scratch *scratch) {
    dv_window_job *job = window_job;
    const int64_t window = job->reader.share->text.window, places = job->before + job->after, own = job->num_own;
    const int64_t own_input = job->word_rows.offsets ? 0 : own; /* n-grams spread over many rows: few threads meet there */
    const int64_t sizes[DV_TABLES] = {own_input * job->stride, own * job->stride, own, own ? places * job->stride : 0,
                                      own, own, own ? places : 0};
    job->most_rows = dv_round((job->noise.table ? 2 * window + job->noise.pool : 2 * window * job->longest) + 32);
    if (dv_has_tiles(job)) (job->unit ? dv_lay_out_unit : dv_lay_out_tile)(job, scratch);
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
    dv_acquire(job->lock);
    for (dv_rows *table = job->tables; table < job->tables + DV_TABLES; table++)
        for (int64_t j = 0; j < table->own_floats; j++) {
            table->rows[j] += table->own[j] - table->start[j];
            table->own[j] = table->start[j] = table->rows[j];
        }
    dv_release(job->lock);
}

#endif
