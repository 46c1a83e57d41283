/* GloVe (Pennington, Socher & Manning 2014) by Adagrad (Duchi, Hazan & Singer 2011), one entry after the other. */
#include "vectors.h"

#undef DV_FAR
#define DV_FAR 4 /* entries ahead whose rows are fetched */

/* A number's Adagrad step: its squared gradient is added first, so that no step is longer than the rate. */
static inline void DV(step_number)(float *number, float *square, float gradient, float rate) {
    *square += gradient * gradient;
    *number -= rate * gradient / __builtin_sqrtf(*square);
}

/* Ask for what an entry to come will touch. */
static inline void DV(fetch)(const dv_glove_job *job, int64_t entry) {
    const int64_t words[2] = {job->entries.rows[entry], job->entries.columns[entry]};
    for (int side = 0; side < 2; side++) {
        const float *row = job->tables[side] + words[side] * job->stride, *squares = job->squares[side] + words[side] * job->stride;
        for (int64_t j = 0; j < job->stride; j += 16) __builtin_prefetch(row + j, 1, 3), __builtin_prefetch(squares + j, 1, 3);
        __builtin_prefetch(job->biases[side] + words[side], 1, 3);
        __builtin_prefetch(job->bias_squares[side] + words[side], 1, 3);
    }
}

/* One step on f (w.c + b + b' - log x)^2 / 2, which is returned; f and log x are given. */
static inline float DV(learn_entry)(const dv_glove_job *job, int64_t entry, float log_value, float weight) {
    const int64_t word = job->entries.rows[entry], context = job->entries.columns[entry], stride = job->stride;
    float *x = job->tables[0] + word * stride, *x_squares = job->squares[0] + word * stride;
    float *y = job->tables[1] + context * stride, *y_squares = job->squares[1] + context * stride;
    const float residual = DV(dot)(x, y, stride) + job->biases[0][word] + job->biases[1][context] - log_value;
    const float slope = weight * residual;
    for (int64_t j = 0; j < stride; j += DV_LANES) {
        vec old_x = DV(load)(x + j), old_y = DV(load)(y + j), of_x = slope * old_y, of_y = slope * old_x;
        vec more_x = DV(load)(x_squares + j) + of_x * of_x, more_y = DV(load)(y_squares + j) + of_y * of_y;
        DV(store)(x_squares + j, more_x);
        DV(store)(y_squares + j, more_y);
        DV(store)(x + j, old_x - job->rate * of_x * DV(inverse_root)(more_x));
        DV(store)(y + j, old_y - job->rate * of_y * DV(inverse_root)(more_y));
    }
    DV(step_number)(job->biases[0] + word, job->bias_squares[0] + word, slope, job->rate);
    DV(step_number)(job->biases[1] + context, job->bias_squares[1] + context, slope, job->rate);
    return 0.5f * slope * residual;
}

/* log x and f = min(1, (x / x_max)^alpha) of `size` entries. */
static inline void DV(weigh)(const dv_glove_job *job, int64_t first, int64_t size, float *logs, float *weights) {
    for (int64_t k = 0; k < size; k++) logs[k] = logf(job->entries.values[first + k]);
    for (int64_t k = 0; k < size; k += DV_LANES) { /* lanes beyond size are not looked at */
        vec power = job->alpha * (DV(load)(logs + k) - job->log_x_max);
        DV(store)(weights + k, DV(exp_negative)(DV(choose)(power < 0.0f, power, (vec){0})));
    }
}

/* Learn from the entries of one stretch that lie at first, ..., first + size - 1; the loss is returned. */
static float DV(learn_stretch)(const dv_glove_job *job, int64_t first, int64_t size) {
    float logs[DV_ENTRIES] __attribute__((aligned(64))) = {0}, weights[DV_ENTRIES] __attribute__((aligned(64))), loss = 0;
    DV_CHECK(first >= 0 && first + size <= job->entries.number);
    DV(weigh)(job, first, size, logs, weights);
    for (int64_t k = 0; k < size && k < DV_FAR; k++) DV(fetch)(job, first + k);
    for (int64_t k = 0; k < size; k++) {
        if (k + DV_FAR < size) DV(fetch)(job, first + k + DV_FAR);
        loss += DV(learn_entry)(job, first + k, logs[k], weights[k]);
    }
    return loss;
}

/* Learn from the entries of all turns that no other thread takes, stretch by stretch. */
static void DV(train_glove)(dv_glove_job *job) {
    dv_reader *reader = &job->reader;
    const uint64_t seed = reader->share->text.seed;
    while (dv_next_turns(reader))
        while (reader->turn < reader->end) {
            const int64_t rest = DV_ENTRIES - reader->turn % DV_ENTRIES, left = reader->end - reader->turn;
            const int64_t size = rest < left ? rest : left;
            reader->tally.loss[0] += DV(learn_stretch)(job, dv_entry(reader->turn, job->entries.number, seed), size);
            reader->tally.num_tokens += size, reader->tally.num_read += size;
            reader->turn += size;
        }
}
