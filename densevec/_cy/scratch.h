/* Scratch memory of one thread: arrays laid out one after the other in one piece of zeros, each on a 64-byte boundary. */
#ifndef DV_SCRATCH_H
#define DV_SCRATCH_H
#include <stdint.h>
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

/* Have `lay_out` take a job's arrays twice: to count, and to hand out.  0 if there is no memory, which is else freed by
 * dv_free_scratch. */
static inline int dv_allocate(dv_scratch *scratch, void (*lay_out)(void *job, dv_scratch *scratch), void *job) {
    scratch->memory = NULL, scratch->taken = 0;
    lay_out(job, scratch);
    scratch->memory = DV_ALIGNED(scratch->taken);
    if (!scratch->memory) return 0;
    memset(scratch->memory, 0, scratch->taken); /* what is never written is zero: padding, above all */
    scratch->taken = 0;
    lay_out(job, scratch);
    return 1;
}

static inline void dv_free_scratch(dv_scratch *scratch) { DV_FREE_ALIGNED(scratch->memory); }

/* A multiple of 16 that holds n. */
static inline int64_t dv_round(int64_t n) { return (n + 15) / 16 * 16; }

#endif
