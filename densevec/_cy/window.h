/* The kernels of SkipGram, CBOW and the log-bilinear model for every instruction set. */
#include "window_job.h"
#define DV_KERNEL "window_kernels.h"
#include "dispatch.h"
#include "window_matrix.h"

/* Learn from what no other thread takes of the share that job->reader reads.  0 if there is no memory. */
static int dv_train_window(dv_window_job *job, int variant) {
    job->unit = variant >= DV_PAIRS && dv_has_tiles(job) ? variant : 0;
    if (!dv_allocate(&job->scratch, job->pool, dv_lay_out_window, job)) return 0;
    if (job->num_own) job->reader.meet = dv_meet_window, job->reader.job = job;
#ifdef DV_HAS_VARIANTS
    if (job->unit) job->learn_tile = dv_learn_unit;
#endif
#ifdef DV_HAS_MATRIX_UNIT
    if (job->unit == DV_MATRIX_UNIT) dv_begin_matrix();
#endif
    DV_CHOOSE(train_window, variant)(job);
#ifdef DV_HAS_MATRIX_UNIT
    if (job->unit == DV_MATRIX_UNIT) dv_end_matrix();
#endif
    dv_give_back(&job->scratch, job->pool);
    return 1;
}
