/* The kernel of DensityWord2Vec for every instruction set. */
#include "density_job.h"
#define DV_KERNEL "density_kernels.h"
#include "dispatch.h"

/* Learn from what no other thread takes of the share that job->reader reads.  0 if there is no memory. */
static int dv_train_density(dv_density_job *job, int variant) {
    if (!dv_allocate(&job->scratch, job->pool, dv_lay_out_density, job)) return 0;
    for (int64_t j = 0; j < job->dim; j++) job->mask[j] = 1;
    DV_CHOOSE(train_density, variant)(job);
    dv_give_back(&job->scratch, job->pool);
    return 1;
}
