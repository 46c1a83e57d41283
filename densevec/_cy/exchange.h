/* Rows that several processes change, and tell each other: which have changed, by how much, in eight bits a number, and
 * what becomes of a row that many have changed. */
#ifndef DV_EXCHANGE_H
#define DV_EXCHANGE_H
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DV_ROW_BLOCK = 64 }; /* rows that are told of in the same exchange */

/* A table of num_rows rows of width floats.  `common` is what all processes have agreed on, `seen` the first number of a
 * row when it was last told of: a row whose first number is another has changed since, for a step changes all of them. */
typedef struct {
    float *rows, *common, *seen;
    int64_t num_rows, width;
    int64_t first_rows; /* are told of in every exchange, twice as many in every second one, and so on */
    int64_t adaptive_rows; /* so many first rows are joined by adaptive sums, others by sums */
    int64_t longest;    /* exchanges after which every row is told of; a power of 2 */
    int32_t *changed;   /* (num_rows,) the rows that the next message tells of */
    int64_t num_changed;
} dv_shared_rows;

/* A message: the number of its rows; their numbers; the size of a step of each; its steps, eight bits a number. */
typedef struct {
    int64_t number, next; /* next: of those not yet read */
    const int32_t *ids;
    const float *sizes;
    const int8_t *steps;
} dv_message;

static inline int64_t dv_message_bytes(int64_t number, int64_t width) { return 8 + (number * (8 + width) + 7) / 8 * 8; }

static inline void dv_open_message(dv_message *message, const char *bytes) {
    memcpy(&message->number, bytes, 8);
    message->next = 0;
    message->ids = (const int32_t *)(bytes + 8);
    message->sizes = (const float *)(message->ids + message->number);
    message->steps = (const int8_t *)(message->sizes + message->number);
}

/* Whether a row is told of in an exchange: the rarer its word, the more seldom. */
static inline int dv_is_due(const dv_shared_rows *table, int64_t row, int64_t exchange) {
    int64_t every = 1;
    while (every < table->longest && row >= table->first_rows * every) every *= 2;
    return ((exchange + row / DV_ROW_BLOCK) & (every - 1)) == 0;
}

/* Note the rows that have changed, of those that are due in an exchange; of all where it is negative. */
static inline void dv_find_changed(dv_shared_rows *table, int64_t exchange) {
    int64_t number = 0;
    for (int64_t begin = 0; begin < table->num_rows; begin += DV_ROW_BLOCK) {
        const int64_t end = begin + DV_ROW_BLOCK < table->num_rows ? begin + DV_ROW_BLOCK : table->num_rows;
        if (exchange >= 0 && !dv_is_due(table, begin, exchange)) continue;
        for (int64_t r = begin; r < end; r++) {
            table->changed[number] = (int32_t)r;
            number += table->rows[r * table->width] != table->seen[r];
        }
    }
    table->num_changed = number;
}

#define DV_KERNEL "exchange_kernels.h"
#include "dispatch.h"

static inline void dv_write_message(dv_shared_rows *table, char *bytes, int variant) {
    DV_CHOOSE(write_message, variant)(table, bytes);
}

static inline void dv_take_messages(dv_shared_rows *table, dv_message *messages, int64_t num_messages, int64_t own,
                                    float *changes, int variant) {
    DV_CHOOSE(take_messages, variant)(table, messages, num_messages, own, changes);
}

#endif
