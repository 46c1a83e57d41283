/* The kernel of GloVe for every instruction set. */
#include "glove_job.h"
#define DV_KERNEL "glove_kernels.h"
#include "dispatch.h"

/* Take parts of `part` turns from *cursor, which other threads share, until `last`; 0 where what should be an entry is none. */
static int dv_train_glove(const dv_glove_job *job, int64_t *cursor, int64_t last, int64_t part, int variant,
                          dv_glove_tally *tally) {
    int64_t turn = __atomic_load_n(cursor, __ATOMIC_RELAXED);
    while (turn < last) {
        const int64_t end = part < last - turn ? turn + part : last;
        if (!__atomic_compare_exchange_n(cursor, &turn, end, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) continue;
        if (!DV_CHOOSE(train_glove, variant)(job, turn, end, tally)) return 0;
        turn = __atomic_load_n(cursor, __ATOMIC_RELAXED);
    }
    return 1;
}
