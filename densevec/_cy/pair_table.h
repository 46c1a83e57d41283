/* A hash table from pairs of 32-bit numbers to numbers above 0. */
#ifndef DENSEVEC_PAIR_TABLE_H
#define DENSEVEC_PAIR_TABLE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

typedef struct {
    uint64_t key;
    int64_t value; /* 0 marks an empty entry */
} dv_pair;

typedef struct {
    dv_pair *entries;
    uint64_t capacity, size; /* capacity is a power of two, at most 5/8 full */
} dv_pairs;

static inline uint64_t dv_pair_key(uint32_t left, uint32_t word) { return (uint64_t)left << 32 | word; }

static inline uint64_t dv_pair_slot(uint64_t key) {
    uint64_t x = key * UINT64_C(0x9FB21C651E98DF25);
    x = (x ^ (x >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
    return x ^ (x >> 32);
}

/* Large tables in large pages, as tables of words are. */
static dv_pair *dv_new_pairs(uint64_t capacity) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const size_t page = (size_t)1 << 21, size = capacity * sizeof(dv_pair);
    if (size >= page) {
        void *entries = NULL;
        if (posix_memalign(&entries, page, size)) return NULL;
        madvise(entries, size, MADV_HUGEPAGE); /* only advice: failure changes nothing */
        memset(entries, 0, size);
        return (dv_pair *)entries;
    }
#endif
    return (dv_pair *)calloc(capacity, sizeof(dv_pair));
}

static int dv_pairs_init(dv_pairs *pairs, uint64_t size) {
    uint64_t capacity = 1024;
    while (capacity / 8 * 5 <= size) capacity *= 2;
    pairs->entries = dv_new_pairs(capacity);
    pairs->capacity = pairs->entries ? capacity : 0;
    pairs->size = 0;
    return pairs->entries ? 0 : -1;
}

/* The entry of a key, or the empty entry where it belongs. */
static inline dv_pair *dv_pairs_find(const dv_pairs *pairs, uint64_t key) {
    uint64_t mask = pairs->capacity - 1, i = dv_pair_slot(key) & mask;
    while (pairs->entries[i].value && pairs->entries[i].key != key) i = (i + 1) & mask;
    return pairs->entries + i;
}

static int dv_pairs_grow(dv_pairs *pairs) {
    dv_pairs grown;
    uint64_t i;
    if (dv_pairs_init(&grown, pairs->capacity)) return -1;
    for (i = 0; i < pairs->capacity; i++)
        if (pairs->entries[i].value) *dv_pairs_find(&grown, pairs->entries[i].key) = pairs->entries[i];
    grown.size = pairs->size;
    free(pairs->entries);
    *pairs = grown;
    return 0;
}

/* The entry of a key, with value 0 when it is new: the caller gives it one.  NULL when memory is short. */
static inline dv_pair *dv_pairs_intern(dv_pairs *pairs, uint64_t key) {
    dv_pair *entry = dv_pairs_find(pairs, key);
    if (entry->value) return entry;
    if (pairs->size >= pairs->capacity / 8 * 5) {
        if (dv_pairs_grow(pairs)) return NULL;
        entry = dv_pairs_find(pairs, key);
    }
    entry->key = key;
    pairs->size++;
    return entry;
}

#endif
