/* A hash table from words to 64-bit values, for counting the tokens of a text and turning them into ids.
 *
 * Two ideas make it fast: a word of up to 16 bytes is its own key, so that most probes touch one cache line and no
 * other memory; and keys are made in batches whose table lines are fetched ahead, because a table of many words
 * does not stay in the nearest cache.
 */
#ifndef DENSEVEC_WORD_TABLE_H
#define DENSEVEC_WORD_TABLE_H

#include "tokens.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#define DV_BATCH 64   /* words whose table lines are fetched together */
#define DV_INLINE 16  /* longest word that is stored in its table entry */

#if defined(__GNUC__) || defined(__clang__)
#define DV_PREFETCH(address) __builtin_prefetch((address), 1)
#else
#define DV_PREFETCH(address) ((void)0)
#endif

/* ---- the table ---- */

typedef struct {
    uint64_t low, high; /* the bytes of a word of up to 16, zero padded; of a longer one, its hash and its arena offset */
    int64_t value;      /* a count or an id */
    uint64_t tag;       /* length + 1; 0 marks an empty entry */
} dv_entry;

typedef struct {
    dv_entry *entries;
    uint64_t capacity, size; /* capacity is a power of two, at most 5/8 full */
    uint8_t *arena;          /* bytes of the long words */
    uint64_t arena_size, arena_capacity;
} dv_table;

typedef struct {
    const uint8_t *start;
    uint64_t length, low, high, hash;
} dv_key;

static inline uint64_t dv_load8(const uint8_t *p) {
    uint64_t value;
    memcpy(&value, p, 8);
    return value;
}

static inline uint64_t dv_scramble(uint64_t low, uint64_t high, uint64_t length) {
    uint64_t x = (low ^ length) * UINT64_C(0x9FB21C651E98DF25);
    x = (x ^ (x >> 32) ^ high) * UINT64_C(0xD6E8FEB86659FD93);
    x = (x ^ (x >> 29)) * UINT64_C(0xA0761D6478BD642F);
    return x ^ (x >> 32);
}

static inline uint64_t dv_hash_long(const uint8_t *p, uint64_t length) {
    uint64_t hash = length;
    const uint8_t *end = p + length;
    for (; end - p >= 16; p += 16) hash = dv_scramble(dv_load8(p), dv_load8(p + 8), hash);
    return dv_scramble(dv_load8(end - 16), dv_load8(end - 8), hash);
}

/* The key of a word; padded says that 16 bytes may be read from start whatever the length. */
static inline void dv_make_key(dv_key *key, const uint8_t *start, uint64_t length, int padded) {
    key->start = start;
    key->length = length;
    if (length > DV_INLINE) {
        key->low = key->hash = dv_hash_long(start, length);
        key->high = 0;
        return;
    }
#if defined(__BYTE_ORDER__) && defined(__ORDER_LITTLE_ENDIAN__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (padded) {
        static const uint64_t masks[9] = {
            0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, UINT64_C(0xFFFFFFFFFF), UINT64_C(0xFFFFFFFFFFFF),
            UINT64_C(0xFFFFFFFFFFFFFF), UINT64_C(0xFFFFFFFFFFFFFFFF)};
        key->low = dv_load8(start) & masks[length < 8 ? length : 8];
        key->high = dv_load8(start + 8) & masks[length < 8 ? 0 : length - 8];
    } else
#endif
    {
        uint8_t bytes[DV_INLINE] = {0};
        (void)padded;
        if (length) memcpy(bytes, start, length);
        key->low = dv_load8(bytes);
        key->high = dv_load8(bytes + 8);
    }
    key->hash = dv_scramble(key->low, key->high, length);
}

static inline const uint8_t *dv_entry_bytes(const dv_table *table, const dv_entry *entry) {
    return entry->tag - 1 <= DV_INLINE ? (const uint8_t *)&entry->low : table->arena + entry->high;
}

/* The entry of a key, or the empty entry where it belongs. */
static inline dv_entry *dv_find(const dv_table *table, const dv_key *key) {
    uint64_t mask = table->capacity - 1, i = key->hash & mask;
    for (;; i = (i + 1) & mask) {
        dv_entry *entry = table->entries + i;
        if (entry->tag == 0) return entry;
        if (entry->low != key->low || entry->tag != key->length + 1) continue;
        if (key->length <= DV_INLINE) {
            if (entry->high == key->high) return entry;
        } else if (memcmp(table->arena + entry->high, key->start, key->length) == 0) {
            return entry;
        }
    }
}

/* Empty entries.  A table is probed at random, so that large pages, where the system has them, save most of the
 * misses of the address cache and of the page faults. */
static inline dv_entry *dv_new_entries(uint64_t capacity) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const size_t page = (size_t)1 << 21, size = capacity * sizeof(dv_entry);
    if (size >= page) {
        void *entries = NULL;
        if (posix_memalign(&entries, page, size)) return NULL;
        madvise(entries, size, MADV_HUGEPAGE); /* only advice: failure changes nothing */
        memset(entries, 0, size);
        return (dv_entry *)entries;
    }
#endif
    return (dv_entry *)calloc(capacity, sizeof(dv_entry));
}

static inline int dv_init(dv_table *table, uint64_t num_words) {
    uint64_t capacity = 1024;
    memset(table, 0, sizeof *table);
    while (capacity / 8 * 5 <= num_words) capacity *= 2;
    table->entries = dv_new_entries(capacity);
    table->capacity = table->entries ? capacity : 0;
    return table->entries ? 0 : -1;
}

static inline void dv_free(dv_table *table) {
    free(table->entries);
    free(table->arena);
    memset(table, 0, sizeof *table);
}

static inline int dv_grow(dv_table *table) {
    uint64_t capacity = table->capacity * 2, i, mask = capacity - 1;
    dv_entry *entries = dv_new_entries(capacity);
    if (!entries) return -1;
    for (i = 0; i < table->capacity; i++) {
        const dv_entry *entry = table->entries + i;
        uint64_t slot;
        if (entry->tag == 0) continue;
        slot = entry->tag - 1 > DV_INLINE ? entry->low : dv_scramble(entry->low, entry->high, entry->tag - 1);
        for (slot &= mask; entries[slot].tag; slot = (slot + 1) & mask) {}
        entries[slot] = *entry;
    }
    free(table->entries);
    table->entries = entries;
    table->capacity = capacity;
    return 0;
}

/* The entry of a key, made with value 0 when it is new; NULL when memory is short. */
static inline dv_entry *dv_intern(dv_table *table, const dv_key *key) {
    dv_entry *entry = dv_find(table, key);
    if (entry->tag) return entry;
    if (table->size >= table->capacity / 8 * 5) {
        if (dv_grow(table)) return NULL;
        entry = dv_find(table, key);
    }
    entry->high = key->high;
    if (key->length > DV_INLINE) {
        uint64_t needed = table->arena_size + key->length;
        if (needed > table->arena_capacity) {
            uint64_t capacity = needed + needed / 2 + 4096;
            uint8_t *arena = (uint8_t *)realloc(table->arena, capacity);
            if (!arena) return NULL;
            table->arena = arena;
            table->arena_capacity = capacity;
        }
        memcpy(table->arena + table->arena_size, key->start, key->length);
        entry->high = table->arena_size;
        table->arena_size = needed;
    }
    entry->low = key->low;
    entry->tag = key->length + 1;
    entry->value = 0;
    table->size++;
    return entry;
}

/* ---- counting and encoding the tokens of a padded text ---- */

/* Fill keys with the tokens that follow item *position (line ends are skipped), fetching their table lines. */
static inline int dv_next_batch(const dv_table *table, const uint8_t *text, const dv_token *tokens,
                                int64_t num_items, int64_t *position, dv_key *keys) {
    int filled = 0;
    int64_t i = *position;
    for (; i < num_items && filled < DV_BATCH; i++) {
        if (tokens[i].length == 0) continue;
        dv_make_key(&keys[filled], text + tokens[i].start, tokens[i].length, 1);
        DV_PREFETCH(table->entries + (keys[filled].hash & (table->capacity - 1)));
        filled++;
    }
    *position = i;
    return filled;
}

/* Add one to the value of every token's entry; -1 when memory is short. */
static inline int dv_count(dv_table *table, const uint8_t *text, const dv_token *tokens, int64_t num_items) {
    dv_key keys[DV_BATCH];
    int64_t position = 0;
    int filled, i;
    while ((filled = dv_next_batch(table, text, tokens, num_items, &position, keys)) > 0) {
        for (i = 0; i < filled; i++) {
            dv_entry *entry = dv_intern(table, &keys[i]);
            if (!entry) return -1;
            entry->value++;
        }
    }
    return 0;
}

/* Add to the value of each token; -1 when memory is short. */
static inline int dv_add_values(dv_table *table, const uint8_t *text, const dv_token *tokens, int64_t num_items,
                                const int64_t *values) {
    dv_key keys[DV_BATCH];
    int64_t position = 0;
    int filled, i;
    while ((filled = dv_next_batch(table, text, tokens, num_items, &position, keys)) > 0) {
        for (i = 0; i < filled; i++) {
            dv_entry *entry = dv_intern(table, &keys[i]);
            if (!entry) return -1;
            entry->value += *values++;
        }
    }
    return 0;
}

typedef struct {
    int64_t num_ids, num_lengths;
    int64_t open_ids;    /* ids of the sentence that the text leaves open */
    int64_t open_tokens; /* its tokens so far, known or not, with those of earlier texts */
    int open_omission;   /* whether words are left out after the last of open_ids */
} dv_encoded;

/* Ids of the tokens, and the length in ids of every sentence that ends here (0 is possible).
 * A sentence ends with its line or, when more follows, after max_length tokens (open_tokens of them came before).
 * An unknown token becomes unknown_id, or nothing when that is negative; with an end_id that is not negative every
 * sentence that has a token is followed by it.
 * Where before is not NULL, before[i] tells whether tokens were left out right before id i of the same sentence, and
 * after[j] whether some were at the end of sentence j. */
static inline void dv_encode(const dv_table *table, const uint8_t *text, const dv_token *tokens, int64_t num_items,
                      int64_t open_tokens, int64_t max_length, int32_t unknown_id, int32_t end_id, int32_t *ids,
                      int64_t *lengths, uint8_t *before, uint8_t *after, dv_encoded *result) {
    dv_key keys[DV_BATCH];
    int keeps_unknown = unknown_id >= 0, is_kept, has_omission = 0;
    int64_t position = 0, item = 0, num_ids = 0, num_lengths = 0, sentence_start = 0;
    int filled, next;
    while (item < num_items) {
        filled = dv_next_batch(table, text, tokens, num_items, &position, keys);
        next = 0;
        for (; item < position; item++) {
            const dv_entry *entry;
            int ends_line = tokens[item].length == 0;
            if (ends_line || open_tokens == max_length) {
                if (end_id >= 0 && open_tokens) ids[num_ids++] = end_id;
                if (before) after[num_lengths] = has_omission;
                has_omission = 0;
                lengths[num_lengths++] = num_ids - sentence_start;
                sentence_start = num_ids;
                open_tokens = 0;
                if (ends_line) continue;
            }
            entry = dv_find(table, &keys[next++]);
            open_tokens++;
            ids[num_ids] = entry->tag ? (int32_t)entry->value : unknown_id;
            if (before) before[num_ids] = has_omission;
            is_kept = entry->tag != 0 || keeps_unknown;
            has_omission = !is_kept;
            num_ids += is_kept;
        }
        (void)filled;
    }
    result->num_ids = num_ids;
    result->num_lengths = num_lengths;
    result->open_ids = num_ids - sentence_start;
    result->open_tokens = open_tokens;
    result->open_omission = has_omission;
}

/* How many sentences that have a token end here, by the rule of dv_encode; *open_tokens in and out. */
static inline int64_t dv_count_sentences(const dv_token *tokens, int64_t num_items, int64_t max_length,
                                  int64_t *open_tokens) {
    int64_t number = 0, open = *open_tokens, i;
    for (i = 0; i < num_items; i++) {
        if (tokens[i].length == 0) {
            number += open > 0;
            open = 0;
        } else if (open == max_length) {
            number++;
            open = 1;
        } else {
            open++;
        }
    }
    *open_tokens = open;
    return number;
}

/* ---- the words in order ---- */

typedef struct {
    int64_t value;
    uint64_t prefix; /* the first eight bytes as a big-endian number: most comparisons need no other memory */
    const uint8_t *bytes;
    uint64_t length;
} dv_item;

static inline void dv_make_item(dv_item *item, const dv_table *table, const dv_entry *entry) {
    uint64_t i;
    item->value = entry->value;
    item->bytes = dv_entry_bytes(table, entry);
    item->length = entry->tag - 1;
    item->prefix = 0;
    for (i = 0; i < 8; i++) item->prefix = item->prefix << 8 | (i < item->length ? item->bytes[i] : 0);
}

/* Larger values first, equal ones by their bytes. */
static inline int dv_compare(const void *left, const void *right) {
    const dv_item *a = (const dv_item *)left, *b = (const dv_item *)right;
    uint64_t shorter = a->length < b->length ? a->length : b->length;
    int order;
    if (a->value != b->value) return a->value > b->value ? -1 : 1;
    if (a->prefix != b->prefix) return a->prefix < b->prefix ? -1 : 1;
    order = memcmp(a->bytes, b->bytes, shorter);
    if (order) return order;
    return a->length < b->length ? -1 : a->length > b->length;
}

#endif
