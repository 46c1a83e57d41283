/* Scratch memory of one thread: arrays laid out one after the other in one piece of zeros, each on a 64-byte boundary.
 *
 * Pieces go from step to step: memory that is taken from the system anew costs a fault for each page of it. */
#ifndef DV_SCRATCH_H
#define DV_SCRATCH_H
#include "lock.h"
#include <stdlib.h>
#include <string.h>

/* C11's aligned_alloc, which Windows lacks: what it has instead is freed by a function of its own. */
#ifdef _WIN32
#include <malloc.h>
#define DV_ALIGNED(size) _aligned_malloc(size, 64)
#define DV_FREE_ALIGNED(memory) _aligned_free(memory)
#else
#define DV_ALIGNED(size) aligned_alloc(64, size)
#define DV_FREE_ALIGNED(memory) free(memory)
#endif

/* At the beginning of a piece that nobody uses. */
typedef struct dv_spare {
    struct dv_spare *next;
    size_t size;
} dv_spare;

/* Pieces for all threads of a kernel, from its first step to its end. */
typedef struct {
    int64_t lock;
    dv_spare *first;
} dv_pool;

typedef struct {
    char *memory; /* NULL while sizes are only added up */
    size_t taken;
} dv_scratch;

/* The next `number` elements of `size` bytes. */
static inline void *dv_take(dv_scratch *scratch, int64_t number, size_t size) {
    void *piece = scratch->memory ? scratch->memory + scratch->taken : NULL;
    scratch->taken += ((size_t)number * size + 63) / 64 * 64;
    return piece;
}

#define DV_TAKE(scratch, field, number) ((field) = dv_take(scratch, number, sizeof *(field)))

/* Take the first spare piece out of a pool; NULL where it has none. */
static inline dv_spare *dv_take_spare(dv_pool *pool) {
    dv_acquire(&pool->lock);
    dv_spare *spare = pool->first;
    if (spare) pool->first = spare->next;
    dv_release(&pool->lock);
    return spare;
}

/* Have `lay_out` take a job's arrays twice: to count, and to hand out.  0 if there is no memory; else dv_give_back
 * ends its use. */
static inline int dv_allocate(dv_scratch *scratch, dv_pool *pool, void (*lay_out)(void *job, dv_scratch *scratch), void *job) {
    scratch->memory = NULL, scratch->taken = 0;
    lay_out(job, scratch);
    const size_t size = scratch->taken > sizeof(dv_spare) ? scratch->taken : (sizeof(dv_spare) + 63) / 64 * 64;
    dv_spare *spare = dv_take_spare(pool);
    if (spare && spare->size < size) {
        DV_FREE_ALIGNED(spare);
        spare = NULL;
    }
    scratch->memory = spare ? (char *)spare : DV_ALIGNED(size);
    if (!scratch->memory) return 0;
    memset(scratch->memory, 0, size); /* what is never written is zero: padding, above all */
    scratch->taken = 0;
    lay_out(job, scratch);
    return 1;
}

/* Leave the memory to the next step.  Its size is what was laid out, or more. */
static inline void dv_give_back(dv_scratch *scratch, dv_pool *pool) {
    dv_spare *spare = (dv_spare *)scratch->memory;
    spare->size = scratch->taken;
    dv_acquire(&pool->lock);
    spare->next = pool->first;
    pool->first = spare;
    dv_release(&pool->lock);
}

static inline void dv_empty(dv_pool *pool) {
    for (dv_spare *spare = dv_take_spare(pool); spare; spare = dv_take_spare(pool)) DV_FREE_ALIGNED(spare);
}

/* A multiple of 16 that holds n. */
static inline int64_t dv_round(int64_t n) { return (n + 15) / 16 * 16; }

#endif
