/* The kernel of GloVe for every instruction set. */
#include "glove_job.h"
#define DV_KERNEL "glove_kernels.h"
#include "dispatch.h"

/* Learn from what no other thread takes of the share that job->reader reads. */
static void dv_train_glove(dv_glove_job *job, int variant) { DV_CHOOSE(train_glove, variant)(job); }
