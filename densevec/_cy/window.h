/* The kernels of SkipGram, CBOW and the log-bilinear model for every instruction set. */
#include "window_job.h"
#define DV_KERNEL "window_kernels.h"
#include "dispatch.h"

/* Take parts of at most `part` turns from cursor[0], which other threads share, until `last`; cursor[1] is their lock.
 * Where there are other threads, parts become smaller towards the end, so that none waits long for another.  0 if there
 * is no memory. */
static int dv_train_window(const dv_text *text, dv_window_job *job, int64_t *cursor, int64_t last, int64_t part,
                           int64_t most, int64_t capacity, int variant, dv_tally *tally) {
    if (!dv_allocate(job, most, capacity)) return 0;
    const int own = job->num_own > 0;
    for (int has_copies = 0;; has_copies = 1) {
        dv_acquire(cursor + 1);
        int64_t turn = cursor[0], size = own ? (last - turn) / 8 : part;
        size = size > part ? part : size < part / 8 + 1 ? part / 8 + 1 : size;
        int64_t end = turn + size < last ? turn + size : last;
        if (turn < last) cursor[0] = end;
        if (own && has_copies) dv_give_own(job);
        if (own && turn < last) dv_take_own(job);
        dv_release(cursor + 1);
        if (turn >= last) break;
        DV_CHOOSE(train_window, variant)(text, job, turn, end, tally);
    }
    free(job->memory);
    return 1;
}
