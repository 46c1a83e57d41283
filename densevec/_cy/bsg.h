/* The kernel of the Bayesian skip-gram for every instruction set. */
#include "bsg_job.h"
#define DV_KERNEL "bsg_kernels.h"
#include "dispatch.h"

/* Blocks from cursor (turn, skip), which other threads share, until turn `last`.  0 if there is no memory. */
static int dv_train_bsg(const dv_text *text, const dv_bsg_model *m, int64_t *cursor, int64_t last, int64_t capacity,
                        int variant, dv_bsg_tally *tally) {
    dv_bsg_work work;
    int32_t *noise = malloc((size_t)m->num_noise * sizeof(int32_t));
    float *log_weight = malloc((size_t)m->num_noise * sizeof(float));
    int has_memory = noise && log_weight && dv_allocate_work(&work, m, capacity, m->num_noise);
    while (has_memory) {
        dv_acquire(m->lock);
        uint64_t seed = dv_hash(text->seed, ~(uint64_t)(cursor[0] + (cursor[1] << 32)));
        dv_fill(text, &cursor[0], &cursor[1], last, &work.block);
        memcpy(work.dense, m->dense, (size_t)m->encoder.size * sizeof(float));
        dv_release(m->lock);
        if (work.block.num_read == 0) break;
        if (work.block.filled == 0) {
            tally->num_read += work.block.num_read;
            continue;
        }
        const uint64_t is_dropped = (uint64_t)((double)m->context_dropout * 4294967296.0);
        for (int64_t i = 0; i < work.block.filled; i++)
            work.is_prior[i] = dv_hash(seed, (uint64_t)i) >> 32 < is_dropped;
        for (int64_t j = 0; j < m->num_noise; j++) {
            noise[j] = dv_draw(m->noise, (uint64_t)m->num_words, dv_hash(~seed, (uint64_t)j));
            log_weight[j] = m->log_weight[noise[j]];
        }
        DV_CHOOSE(bsg_step, variant)(&work, m, noise, log_weight, m->num_noise, tally);
    }
    if (noise && log_weight && has_memory) free(work.memory);
    free(noise);
    free(log_weight);
    return has_memory;
}

/* One step on a given block with given draws (for tests). */
static int dv_step_bsg(const dv_bsg_model *m, const int32_t *ids, const int32_t *left, const int32_t *right,
                       const uint8_t *is_prior, int64_t num_tokens, const int32_t *noise, const float *log_weight,
                       int variant, dv_bsg_tally *tally) {
    dv_bsg_work work;
    if (!dv_allocate_work(&work, m, num_tokens, m->num_noise)) return 0;
    size_t size = (size_t)num_tokens * sizeof(int32_t);
    memcpy(work.block.ids, ids, size), memcpy(work.block.left, left, size), memcpy(work.block.right, right, size);
    memcpy(work.is_prior, is_prior, (size_t)num_tokens);
    memcpy(work.dense, m->dense, (size_t)m->encoder.size * sizeof(float));
    work.block.filled = work.block.num_read = num_tokens;
    DV_CHOOSE(bsg_step, variant)(&work, m, noise, log_weight, m->num_noise, tally);
    free(work.memory);
    return 1;
}
