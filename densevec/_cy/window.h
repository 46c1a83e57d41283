/* The kernels of SkipGram, CBOW and the log-bilinear model for every instruction set. */
#include "window_job.h"
#define DV_KERNEL "window_kernels.h"
#include "dispatch.h"

/* Learn from what no other thread takes of the share that job->reader reads.  0 if there is no memory. */
static int dv_train_window(dv_window_job *job, int variant) {
    if (!dv_allocate(&job->scratch, job->pool, dv_lay_out_window, job)) return 0;
    if (job->num_own) job->reader.meet = dv_meet_window, job->reader.job = job;
    DV_CHOOSE(train_window, variant)(job);
    dv_give_back(&job->scratch, job->pool);
    return 1;
}
