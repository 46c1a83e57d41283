/* Which rows may be among the best: bounds on their scores in, candidates out.
 *
 * A scan computes one approximate number per row and query, the value.  The score and the most that it can be wrong are
 *
 *     inner = value S k + b + c Y
 *     score = g X inner + e Z + f
 *     error = |g| X (relative |inner| + eta E + absolute + c2 |Y|) + e2 |Z| + f2
 *
 * with one S, X, Y, Z, E per row and the rest per query.  A row whose score + error lies below the n-th best
 * score - error seen so far cannot be among the best n; all others are kept.  A value that overflowed makes its bounds
 * NaN, and the row is kept: every comparison here is written so that NaN keeps.
 *
 * Where what is ranked is √(1 − exp(score)), scores whose exponentials differ by less than ties may be equal in it: the
 * lower bound of a row is then that of the worst that may equal it.  Below -DV_SATURATED all are equal, and of those
 * the first n will do, for rows come in their order.
 */
#ifndef DENSEVEC_SEARCH_SELECT_H
#define DENSEVEC_SEARCH_SELECT_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define DV_CHUNK 240 /* rows scored at a time: a multiple of every row tile, and 240 rows of 300 floats stay in L2 */

#define DV_SATURATED 45 /* e^-45 is far below what 1 can lose in float64 */

typedef struct {
    double k, b, c, g, e, f;
    double relative, eta, absolute, c2, e2, f2;
    double ties;
} dv_coefficients;

typedef struct { /* per row; NULL stands for ones in S and X, zeros in Y, Z and E, all rows in allowed */
    const double *S, *X, *Y, *Z, *E;
    const uint8_t *allowed;
} dv_row_terms;

typedef struct {
    int64_t row;
    double lower, upper;
} dv_candidate;

typedef struct { /* of one query, in one thread */
    double threshold; /* the num_best-th best lower bound so far; -inf before there are so many */
    double *heap;     /* the best lower bounds, the least first */
    int64_t num_best, heap_size;
    dv_candidate *items;
    int64_t num_items, capacity, limit;
    int64_t num_saturated; /* rows seen that are equal in what is ranked */
    int overflowed; /* more than limit candidates, or no memory: the query must be scored in full */
} dv_selection;

static int dv_selection_init(dv_selection *s, int64_t num_best, int64_t limit) {
    s->threshold = -INFINITY;
    s->num_best = num_best;
    s->heap_size = s->num_items = s->num_saturated = 0;
    s->limit = limit;
    s->capacity = limit < 1024 ? limit : 1024;
    s->overflowed = 0;
    s->heap = (double *)malloc((size_t)num_best * sizeof(double));
    s->items = (dv_candidate *)malloc((size_t)s->capacity * sizeof(dv_candidate));
    return s->heap != NULL && s->items != NULL;
}

static void dv_selection_free(dv_selection *s) {
    free(s->heap);
    free(s->items);
    s->heap = NULL;
    s->items = NULL;
}

/* Take a lower bound into the heap of the best ones. */
static void dv_raise(dv_selection *s, double lower) {
    double *heap = s->heap;
    int64_t i;
    if (s->heap_size < s->num_best) {
        for (i = s->heap_size++; i > 0 && heap[(i - 1) / 2] > lower; i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
        heap[i] = lower;
        if (s->heap_size == s->num_best) s->threshold = heap[0];
        return;
    }
    if (lower <= heap[0]) return;
    for (i = 0;;) {
        int64_t child = 2 * i + 1;
        if (child >= s->num_best) break;
        if (child + 1 < s->num_best && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= lower) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = lower;
    s->threshold = heap[0];
}

/* Drop the candidates that are out by now. */
static void dv_prune(dv_selection *s) {
    int64_t kept = 0;
    for (int64_t i = 0; i < s->num_items; i++)
        if (!(s->items[i].upper < s->threshold)) s->items[kept++] = s->items[i];
    s->num_items = kept;
}

/* Make room for one more candidate: drop what can be dropped, else grow. */
static int dv_make_room(dv_selection *s) {
    dv_prune(s);
    const int64_t kept = s->num_items;
    if (kept <= s->capacity / 2) return 1;
    if (s->capacity < s->limit) {
        int64_t capacity = s->capacity * 2 < s->limit ? s->capacity * 2 : s->limit;
        dv_candidate *items = (dv_candidate *)realloc(s->items, (size_t)capacity * sizeof(dv_candidate));
        if (items != NULL) {
            s->items = items;
            s->capacity = capacity;
        }
    }
    return kept < s->capacity;
}

static void dv_keep(dv_selection *s, int64_t row, double lower, double upper) {
    if (s->overflowed) return;
    if (s->num_items == s->capacity && !dv_make_room(s)) {
        s->overflowed = 1;
        return;
    }
    if (!(lower == lower) || !(upper == upper)) {
        lower = -INFINITY;
        upper = INFINITY;
    }
    s->items[s->num_items].row = row;
    s->items[s->num_items].lower = lower;
    s->items[s->num_items++].upper = upper;
    dv_raise(s, lower);
}

#endif
