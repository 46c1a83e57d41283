/* The kernel of the Bayesian skip-gram for every instruction set. */
#include "bsg_job.h"
#define DV_MULTIPLIES
#define DV_KERNEL "bsg_kernels.h"
#include "dispatch.h"

/* The sizes of feature rows, see bsg_features.h. */
static void dv_size_features(dv_bsg_model *m, int variant) {
    m->num_features = m->dim + (variant >= DV_PAIRS ? 5 : 2);
    m->features = dv_round(m->num_features);
}

/* What a step works with, and its end. */
static int dv_begin_bsg(dv_bsg_work *work, int variant) {
    if (!dv_allocate(&work->scratch, work->model->pool, dv_lay_out_bsg, work)) return 0;
    work->by.by_unit = variant == DV_MATRIX_UNIT;
#ifdef DV_HAS_MATRIX_UNIT
    if (work->by.by_unit) dv_begin_matrix();
#endif
    return 1;
}

static void dv_end_bsg(dv_bsg_work *work) {
#ifdef DV_HAS_MATRIX_UNIT
    if (work->by.by_unit) dv_end_matrix();
#endif
    dv_give_back(&work->scratch, work->model->pool);
}

/* Learn from what no other thread takes of the share that the reader reads.  0 if there is no memory. */
static int dv_train_bsg(const dv_bsg_model *m, dv_reader *reader, int variant) {
    dv_bsg_work work = {.model = m, .reader = *reader};
    if (!dv_begin_bsg(&work, variant)) return 0;
    DV_CHOOSE(train_bsg, variant)(&work);
    *reader = work.reader;
    dv_end_bsg(&work);
    return 1;
}

/* One step on a given block with m->num_noise given draws (for tests). */
static int dv_step_bsg(const dv_bsg_model *m, const dv_block *block, const uint8_t *is_prior, const uint8_t *is_hidden,
                       const int32_t *noise, const float *log_weight, int variant, dv_tally *tally) {
    dv_bsg_work work = {.model = m, .reader = {.capacity = block->filled}};
    if (!dv_begin_bsg(&work, variant)) return 0;
    const size_t size = (size_t)block->filled * sizeof(int32_t), num_noise = (size_t)m->num_noise;
    dv_block *given = &work.reader.block;
    memcpy(given->ids, block->ids, size);
    memcpy(given->left, block->left, size), memcpy(given->right, block->right, size);
    memcpy(work.is_prior, is_prior, (size_t)block->filled);
    memcpy(work.is_hidden, is_hidden, (size_t)(block->filled * (2 * m->window + 1)));
    memcpy(work.noise, noise, num_noise * sizeof(int32_t));
    memcpy(work.noise_log_weight, log_weight, num_noise * sizeof(float));
    memcpy(work.dense, m->dense, (size_t)m->encoder.size * sizeof(float));
    given->filled = work.reader.tally.num_tokens = work.reader.tally.num_read = block->filled;
    DV_CHOOSE(bsg_step, variant)(&work);
    *tally = work.reader.tally;
    dv_end_bsg(&work);
    return 1;
}
