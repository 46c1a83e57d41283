/* What threads share of a pass through a text, or through anything that has turns, and how each takes its work from it. */
#ifndef DV_SHARE_H
#define DV_SHARE_H
#include "blocks.h"
#include "scratch.h"

enum { DV_TERMS = 3 };

typedef struct {
    dv_text text; /* of work that is none, its seed alone */
    int64_t turn, skip; /* where what nobody has taken begins: tokens into the sentence of a turn */
    int64_t last;       /* the turn where it ends */
    int64_t part;       /* most turns that a thread takes at a time; 0 for as many as fill a block */
    int64_t lock;
    double begun[DV_TERMS]; /* sums of the loss that the first reader starts from */
} dv_share;

/* Sums over what one thread has read. */
typedef struct {
    double loss[DV_TERMS]; /* in nats */
    int64_t num_tokens, num_read;
} dv_tally;

/* One thread's reading of a share. */
typedef struct {
    dv_share *share;
    int64_t capacity;       /* of a block */
    dv_block block;
    uint64_t seed;          /* for the random numbers of the block */
    int64_t turn, skip, end; /* what is left of the turns it has taken */
    dv_tally tally;
    /* Called, by one thread at a time, whenever this one comes for turns (the last time in vain): threads that have
     * copies of what they share bring them together.  NULL where they have none. */
    void (*meet)(void *job);
    void *job;
} dv_reader;

static inline void dv_lay_out_reader(dv_reader *reader, dv_scratch *scratch) {
    reader->block.capacity = reader->capacity;
    DV_TAKE(scratch, reader->block.ids, reader->capacity);
    DV_TAKE(scratch, reader->block.left, reader->capacity);
    DV_TAKE(scratch, reader->block.right, reader->capacity);
}

/* Take turns, with the lock held.  Threads that meet take ever smaller parts towards the end, so that none waits long
 * for another. */
static inline void dv_claim(dv_reader *reader) {
    const dv_share *share = reader->share;
    const int64_t left = share->last - share->turn, least = share->part / 8 + 1;
    int64_t size = share->part ? share->part : left;
    if (reader->meet && size > left / 8) size = left / 8 > least ? left / 8 : least;
    reader->turn = share->turn, reader->skip = share->skip;
    reader->end = size < left ? share->turn + size : share->last;
    if (reader->meet) reader->meet(reader->job);
}

/* Threads finish the turns that they have taken, and find that nothing is left. */
static inline void dv_stop(dv_share *share) {
    dv_acquire(&share->lock);
    share->last = share->turn;
    dv_release(&share->lock);
}

/* Take turns that no other thread gets; 0 when nothing is left. */
static inline int dv_next_turns(dv_reader *reader) {
    dv_acquire(&reader->share->lock);
    dv_claim(reader);
    reader->share->turn = reader->end;
    dv_release(&reader->share->lock);
    return reader->turn < reader->end;
}

/* Fill the reader's block with tokens that no other thread gets, and give it a seed; 0 when nothing is left.  A block may
 * hold no tokens, where none are kept.  The loop of every kernel of text is: while (dv_next_block(reader)) learn from it. */
static inline int dv_next_block(dv_reader *reader) {
    dv_share *share = reader->share;
    const int is_by_block = share->part == 0;
    if (reader->turn == reader->end) {
        if (is_by_block) {
            dv_acquire(&share->lock);
            dv_claim(reader);
        } else {
            dv_next_turns(reader);
        }
    }
    const int is_left = reader->turn < reader->end;
    if (is_left) {
        reader->seed = dv_hash(share->text.seed, ~(uint64_t)(reader->turn + (reader->skip << 32)));
        dv_fill(&share->text, &reader->turn, &reader->skip, reader->end, &reader->block);
        reader->tally.num_tokens += reader->block.filled;
        reader->tally.num_read += reader->block.num_read;
    }
    if (is_by_block) { /* where the next block starts is known once this one is full */
        share->turn = reader->end = reader->turn, share->skip = reader->skip;
        dv_release(&share->lock);
    }
    return is_left;
}

#endif
