/* Words of UTF-8 text: checking, cutting, and a hash table from a word to a 64-bit value.
 *
 * Nothing here knows Python; every function runs without its lock.  Three ideas make it fast:
 * separators are found 64 bytes at a time as bit masks; a word of up to 16 bytes is its own key, so that
 * most probes touch one cache line and no other memory; and keys are made in batches whose table
 * lines are fetched ahead, because a table of many words does not stay in the nearest cache.
 */
#ifndef DENSEVEC_WORDS_H
#define DENSEVEC_WORDS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#if defined(__linux__)
#include <sys/mman.h>
#endif

#define DV_PADDING 64 /* readable bytes after a text, so that blocks and keys may be loaded whole */
#define DV_BATCH 64   /* words whose table lines are fetched together */
#define DV_INLINE 16  /* longest word that is stored in its table entry */

#if defined(__GNUC__) || defined(__clang__)
#define DV_PREFETCH(address) __builtin_prefetch((address), 1)
#define DV_LOWEST_BIT(mask) __builtin_ctzll(mask)
#else
#define DV_PREFETCH(address) ((void)0)
static inline int DV_LOWEST_BIT(uint64_t mask) {
    int bit = 0;
    while (!((mask >> bit) & 1)) bit++;
    return bit;
}
#endif

/* ---- checking ---- */

/* Length in bytes of the well-formed UTF-8 sequence at p (Unicode 15, table 3-7), 0 when there is none. */
static inline int dv_sequence_length(const uint8_t *p, const uint8_t *end) {
    uint8_t first = p[0], low = 0x80, high = 0xBF;
    int length, i;
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (end - p < length) return 0;
    if (first == 0xE0) low = 0xA0;       /* overlong */
    else if (first == 0xED) high = 0x9F; /* surrogates */
    else if (first == 0xF0) low = 0x90;  /* overlong */
    else if (first == 0xF4) high = 0x8F; /* above U+10FFFF */
    if (p[1] < low || p[1] > high) return 0;
    for (i = 2; i < length; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    return length;
}

/* Offset of the first NUL or malformed UTF-8 byte, -1 when there is none; *non_ascii tells of bytes above 127. */
static int64_t dv_check(const uint8_t *text, int64_t size, int *non_ascii) {
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    const uint8_t *p = text, *end = text + size;
    *non_ascii = 0;
    while (p < end) {
        while (end - p >= 8) {
            uint64_t block;
            memcpy(&block, p, 8);
            if (((block - ones) | block) & highs) break; /* a byte above 127 or a NUL (or 0x81 after a borrow) */
            p += 8;
        }
        if (p == end) break;
        if (*p == 0) return p - text;
        if (*p < 0x80) {
            p++;
        } else {
            int length = dv_sequence_length(p, end);
            if (length == 0) return p - text;
            *non_ascii = 1;
            p += length;
        }
    }
    return -1;
}

/* How many lines end in the text: at \n, \r\n or \r. */
static int64_t dv_count_line_ends(const uint8_t *text, int64_t size) {
    int64_t number = 0, i = 0;
    while (i + 1 < size) {
        /* sums of bytes over at most 255 positions, which a compiler turns into vector additions */
        int64_t end = size - 1 - i > 240 ? i + 240 : size - 1;
        uint8_t sum = 0;
        for (; i < end; i++) sum += (text[i] == '\n') | ((text[i] == '\r') & (text[i + 1] != '\n'));
        number += sum;
    }
    if (size > 0) number += text[size - 1] == '\n' || text[size - 1] == '\r';
    return number;
}

/* ---- preparing ---- */

static inline int dv_is_separator(uint8_t byte) { return byte == ' ' || (uint8_t)(byte - 9) <= 4; }

static void dv_lower_ascii(uint8_t *text, int64_t size) {
    int64_t i;
    for (i = 0; i < size; i++) text[i] += (uint8_t)((uint8_t)(text[i] - 'A') < 26) << 5;
}

/* The code point of the well-formed sequence at p, its length in *length. */
static inline uint32_t dv_code_point(const uint8_t *p, int *length) {
    if (p[0] < 0x80) { *length = 1; return p[0]; }
    if (p[0] < 0xE0) { *length = 2; return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F); }
    if (p[0] < 0xF0) {
        *length = 3;
        return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    }
    *length = 4;
    return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 | (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
}

/* Overwrite with spaces all that is not of a word: is_word has one byte per code point; ' and U+2019 count
 * between two word characters; line ends stay.  The text must be well-formed and end at a separator or at size. */
static void dv_blank_non_words(uint8_t *text, int64_t size, const uint8_t *is_word) {
    uint8_t *p = text, *end = text + size;
    int previous = 0; /* whether the character before p belongs to a word (and is no apostrophe) */
    while (p < end) {
        int length = 1, i, next_length;
        uint32_t code = *p;
        if (code < 0x80 && code != '\'') { /* without a branch on what the character is */
            previous = is_word[code];
            *p++ = (previous | (code == '\n') | (code == '\r')) ? (uint8_t)code : ' ';
            continue;
        }
        code = dv_code_point(p, &length);
        if (is_word[code]) {
            previous = 1;
        } else {
            int inner = (code == '\'' || code == 0x2019) && previous && p + length < end
                        && is_word[dv_code_point(p + length, &next_length)];
            previous = 0;
            if (!inner)
                for (i = 0; i < length; i++) p[i] = ' ';
        }
        p += length;
    }
}

/* The next stretch of whole tokens that has bytes above 127, from offset *start on; its end in *end, 0 when none.
 * Tokens that are close to one another come in one stretch. */
static int dv_next_non_ascii(const uint8_t *text, int64_t size, int64_t *start, int64_t *end) {
    const uint64_t highs = UINT64_C(0x8080808080808080);
    const int64_t close = 64;
    int64_t i = *start, first = *start, last;
    for (;;) {
        uint64_t block;
        if (size - i < 8) break;
        memcpy(&block, text + i, 8);
        if (block & highs) break;
        i += 8;
    }
    while (i < size && text[i] < 0x80) i++;
    if (i == size) return 0;
    last = i;
    while (i > first && !dv_is_separator(text[i - 1])) i--;
    *start = i;
    for (i = last; i < size && i - last < close; i++) {
        if (text[i] < 0x80) continue;
        while (i < size && !dv_is_separator(text[i])) i++;
        last = i;
        if (i == size) break;
    }
    *end = last;
    return 1;
}

/* ---- cutting ---- */

typedef struct {
    uint32_t start;  /* offset in the text */
    uint32_t length; /* in bytes; 0 marks the end of a line */
} dv_token;

/* Masks of the 64 bytes at p: separators (space, \t \n \v \f \r) and, among them, line ends (\n \r). */
static inline void dv_masks(const uint8_t *p, uint64_t *separators, uint64_t *line_ends) {
    uint64_t separator = 0, line_end = 0;
    int i;
#if defined(__SSE2__)
    const __m128i nine = _mm_set1_epi8(9), four = _mm_set1_epi8(4), space = _mm_set1_epi8(' ');
    const __m128i newline = _mm_set1_epi8('\n'), carriage = _mm_set1_epi8('\r');
    for (i = 0; i < 4; i++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(p + 16 * i));
        __m128i shifted = _mm_sub_epi8(bytes, nine);
        __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(shifted, four), shifted); /* 9 <= byte <= 13 */
        __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, newline), _mm_cmpeq_epi8(bytes, carriage));
        __m128i both = _mm_or_si128(control, _mm_cmpeq_epi8(bytes, space));
        separator |= (uint64_t)(uint32_t)_mm_movemask_epi8(both) << (16 * i);
        line_end |= (uint64_t)(uint32_t)_mm_movemask_epi8(ends) << (16 * i);
    }
#else
    for (i = 0; i < 64; i++) {
        separator |= (uint64_t)dv_is_separator(p[i]) << i;
        line_end |= (uint64_t)(p[i] == '\n' || p[i] == '\r') << i;
    }
#endif
    *separators = separator;
    *line_ends = line_end;
}

typedef struct {
    dv_token *items; /* tokens and line ends */
    int64_t capacity, num_items, num_tokens;
} dv_tokens;

/* Cut text into tokens; text[size..] must be DV_PADDING spaces or more.  -1 when memory is short. */
static int dv_cut(const uint8_t *text, int64_t size, dv_tokens *result) {
    uint64_t carry = 1; /* the text begins as if after a separator */
    dv_token *tokens = result->items;
    int64_t base, num_items = 0, num_line_ends = 0;
    uint32_t start = 0;
    result->num_items = result->num_tokens = 0;
    /* <= : when size is a multiple of 64 the token that ends there is closed by the padding */
    for (base = 0; base <= size; base += 64) {
        uint64_t separators, line_ends, changes, events;
        if (num_items + 128 > result->capacity) { /* a block holds at most 64 line ends and 64 tokens */
            int64_t capacity = result->capacity * 2 > size / 4 + 1024 ? result->capacity * 2 : size / 4 + 1024;
            tokens = (dv_token *)realloc(result->items, capacity * sizeof(dv_token));
            if (!tokens) return -1;
            result->items = tokens;
            result->capacity = capacity;
        }
        dv_masks(text + base, &separators, &line_ends);
        changes = separators ^ (separators << 1 | carry);
        carry = separators >> 63;
        events = changes | line_ends;
        while (events) {
            uint64_t bit = events & (~events + 1);
            uint32_t position = (uint32_t)(base + DV_LOWEST_BIT(events));
            events ^= bit;
            if (!(separators & bit)) {
                start = position;
                continue;
            }
            if (changes & bit) {
                tokens[num_items].start = start;
                tokens[num_items++].length = position - start;
            }
            if (line_ends & bit) {
                tokens[num_items].start = position;
                tokens[num_items++].length = 0;
                num_line_ends++;
            }
        }
    }
    result->num_items = num_items;
    result->num_tokens = num_items - num_line_ends;
    return 0;
}

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

static uint64_t dv_hash_long(const uint8_t *p, uint64_t length) {
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
static dv_entry *dv_new_entries(uint64_t capacity) {
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

static int dv_init(dv_table *table, uint64_t num_words) {
    uint64_t capacity = 1024;
    memset(table, 0, sizeof *table);
    while (capacity / 8 * 5 <= num_words) capacity *= 2;
    table->entries = dv_new_entries(capacity);
    table->capacity = table->entries ? capacity : 0;
    return table->entries ? 0 : -1;
}

static void dv_free(dv_table *table) {
    free(table->entries);
    free(table->arena);
    memset(table, 0, sizeof *table);
}

static int dv_grow(dv_table *table) {
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
static int dv_count(dv_table *table, const uint8_t *text, const dv_token *tokens, int64_t num_items) {
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

typedef struct {
    int64_t num_ids, num_lengths;
    int64_t open_ids;    /* ids of the sentence that the text leaves open */
    int64_t open_tokens; /* its tokens so far, known or not, with those of earlier texts */
} dv_encoded;

/* Ids of the known tokens, and the length in ids of every sentence that ends here (0 is possible).
 * A sentence ends with its line or, when more follows, after max_length tokens (open_tokens of them came before). */
static void dv_encode(const dv_table *table, const uint8_t *text, const dv_token *tokens, int64_t num_items,
                      int64_t open_tokens, int64_t max_length, int32_t *ids, int64_t *lengths, dv_encoded *result) {
    dv_key keys[DV_BATCH];
    int64_t position = 0, item = 0, num_ids = 0, num_lengths = 0, sentence_start = 0;
    int filled, next;
    while (item < num_items) {
        filled = dv_next_batch(table, text, tokens, num_items, &position, keys);
        next = 0;
        for (; item < position; item++) {
            const dv_entry *entry;
            int ends_line = tokens[item].length == 0;
            if (ends_line || open_tokens == max_length) {
                lengths[num_lengths++] = num_ids - sentence_start;
                sentence_start = num_ids;
                open_tokens = 0;
                if (ends_line) continue;
            }
            entry = dv_find(table, &keys[next++]);
            open_tokens++;
            ids[num_ids] = (int32_t)entry->value;
            num_ids += entry->tag != 0;
        }
        (void)filled;
    }
    result->num_ids = num_ids;
    result->num_lengths = num_lengths;
    result->open_ids = num_ids - sentence_start;
    result->open_tokens = open_tokens;
}

/* ---- the words in order ---- */

typedef struct {
    int64_t value;
    uint64_t prefix; /* the first eight bytes as a big-endian number: most comparisons need no other memory */
    const uint8_t *bytes;
    uint64_t length;
} dv_item;

static void dv_make_item(dv_item *item, const dv_table *table, const dv_entry *entry) {
    uint64_t i;
    item->value = entry->value;
    item->bytes = dv_entry_bytes(table, entry);
    item->length = entry->tag - 1;
    item->prefix = 0;
    for (i = 0; i < 8; i++) item->prefix = item->prefix << 8 | (i < item->length ? item->bytes[i] : 0);
}

/* Larger values first, equal ones by their bytes. */
static int dv_compare(const void *left, const void *right) {
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
