/* The kernel of DensityWord2Vec for every instruction set. */
#include "density_job.h"
#define DV_KERNEL "density_kernels.h"
#include "dispatch.h"

/* Take parts of `part` turns from *next, which other threads share, until `last`.  0 if there is no memory. */
static int dv_train_density(const dv_text *text, dv_density_job *job, int64_t *next, int64_t last, int64_t part,
                            int64_t most, int64_t capacity, int variant, dv_density_tally *tally) {
    if (!dv_density_allocate(job, most, capacity)) return 0;
    for (;;) {
        int64_t turn = __atomic_fetch_add(next, part, __ATOMIC_RELAXED);
        if (turn >= last) break;
        DV_CHOOSE(train_density, variant)(text, job, turn, turn + part < last ? turn + part : last, tally);
    }
    free(job->memory);
    return 1;
}
