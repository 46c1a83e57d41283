/* GloVe (Pennington, Socher & Manning 2014) by Adagrad (Duchi, Hazan & Singer 2011), one entry after the other. */
#include "vectors.h"

#undef DV_FAR
#define DV_FAR 4 /* entries ahead whose rows are fetched */

/* 1 / sqrt(x) for x > 0, relative error below 3e-7: an estimate from the bits of x, and Newton's steps. */
static inline vec DV(inverse_root)(vec x) {
    vec half = 0.5f * x, root = (vec)(0x5F3759DF - ((ivec)x >> 1));
    for (int step = 0; step < 3; step++) root = root * (1.5f - half * root * root);
    return root;
}

/* A number's Adagrad step: its squared gradient is added first, so that no step is longer than the rate. */
static inline void DV(step_number)(float *number, float *square, float gradient, float rate) {
    *square += gradient * gradient;
    *number -= rate * gradient / __builtin_sqrtf(*square);
}

/* Ask for what an entry to come will touch. */
static inline void DV(fetch)(const dv_glove_job *job, int64_t entry) {
    const int64_t words[2] = {job->rows[entry], job->columns[entry]};
    for (int side = 0; side < 2; side++) {
        const float *row = job->tables[side] + words[side] * job->stride, *squares = job->squares[side] + words[side] * job->stride;
        for (int64_t j = 0; j < job->stride; j += 16) __builtin_prefetch(row + j, 1, 3), __builtin_prefetch(squares + j, 1, 3);
        __builtin_prefetch(job->biases[side] + words[side], 1, 3);
        __builtin_prefetch(job->bias_squares[side] + words[side], 1, 3);
    }
}

/* One step on f (w.c + b + b' - log x)^2 / 2, which is returned; f and log x are given. */
static inline float DV(learn_entry)(const dv_glove_job *job, int64_t entry, float log_value, float weight) {
    const int64_t word = job->rows[entry], context = job->columns[entry], stride = job->stride;
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

/* log x and f = min(1, (x / x_max)^alpha) of `size` entries; 0 if one of them is none. */
static inline int DV(weigh)(const dv_glove_job *job, int64_t first, int64_t size, float *logs, float *weights) {
    int are_entries = 1;
    for (int64_t k = 0; k < size; k++) {
        const float value = job->values[first + k];
        are_entries &= (uint64_t)job->rows[first + k] < (uint64_t)job->num_words;
        are_entries &= (uint64_t)job->columns[first + k] < (uint64_t)job->num_words;
        are_entries &= value > 0 && value < HUGE_VALF;
        logs[k] = logf(value);
    }
    for (int64_t k = 0; k < size; k += DV_LANES) { /* lanes beyond size are not looked at */
        vec power = job->alpha * (DV(load)(logs + k) - job->log_x_max);
        DV(store)(weights + k, DV(exp_negative)(DV(choose)(power < 0.0f, power, (vec){0})));
    }
    return are_entries;
}

/* Learn from the entries whose turns are in [turn, last), stretch by stretch; 0 where one was met that is none: nothing
 * is learned from its stretch. */
static int DV(train_glove)(const dv_glove_job *job, int64_t turn, int64_t last, dv_glove_tally *tally) {
    float logs[DV_ENTRIES] __attribute__((aligned(64))) = {0}, weights[DV_ENTRIES] __attribute__((aligned(64)));
    while (turn < last) {
        const int64_t first = dv_entry(turn, job->num_entries, job->seed);
        const int64_t left = DV_ENTRIES - turn % DV_ENTRIES, size = left < last - turn ? left : last - turn;
        DV_CHECK(first >= 0 && first + size <= job->num_entries);
        if (!DV(weigh)(job, first, size, logs, weights)) return 0;
        for (int64_t k = 0; k < size && k < DV_FAR; k++) DV(fetch)(job, first + k);
        float loss = 0;
        for (int64_t k = 0; k < size; k++) {
            if (k + DV_FAR < size) DV(fetch)(job, first + k + DV_FAR);
            loss += DV(learn_entry)(job, first + k, logs[k], weights[k]);
        }
        tally->loss += loss;
        tally->num_entries += size;
        turn += size;
    }
    return 1;
}
