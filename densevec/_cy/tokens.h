/* UTF-8 text: checking, preparing, and cutting into words.
 *
 * Nothing here knows Python; every function runs without its lock.  Separators are found 64 bytes at a time, as bit
 * masks in which a token begins or ends where neighbouring bits differ.
 */
#ifndef DENSEVEC_TOKENS_H
#define DENSEVEC_TOKENS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define DV_PADDING 64 /* readable bytes after a text, so that blocks and keys may be loaded whole */

#if defined(__GNUC__) || defined(__clang__)
#define DV_LOWEST_BIT(mask) __builtin_ctzll(mask)
#else
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
static inline int64_t dv_check(const uint8_t *text, int64_t size, int *non_ascii) {
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

/* How many lines end in the text: at each \n. */
static inline int64_t dv_count_line_ends(const uint8_t *text, int64_t size) {
    int64_t number = 0, i = 0;
    while (i < size) {
        /* sums of bytes over at most 255 positions, which a compiler turns into vector additions */
        int64_t end = size - i > 240 ? i + 240 : size;
        uint8_t sum = 0;
        for (; i < end; i++) sum += text[i] == '\n';
        number += sum;
    }
    return number;
}

/* ---- preparing ---- */

static inline int dv_is_separator(uint8_t byte) { return byte == ' ' || (uint8_t)(byte - 9) <= 4; }

static inline void dv_lower_ascii(uint8_t *text, int64_t size) {
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

/* Classes of characters, one byte per code point (corpus/tokenizers.py, which states the rules and makes the table). */
enum { DV_OTHER, DV_LETTER, DV_HEBREW, DV_CHARACTER, DV_EXTEND, DV_MIDDLE, DV_APOSTROPHE, DV_SINGLE_QUOTE,
       DV_DOUBLE_QUOTE };

static inline int dv_is_word_class(int kind) { return (unsigned)(kind - DV_LETTER) <= DV_CHARACTER - DV_LETTER; }
static inline int dv_is_letter_class(int kind) { return kind == DV_LETTER || kind == DV_HEBREW; }

/* The class of the first character from p on that does not extend another one, DV_OTHER at the end. */
static inline int dv_next_class(const uint8_t *p, const uint8_t *end, const uint8_t *classes) {
    int length;
    while (p < end) {
        int kind = classes[dv_code_point(p, &length)];
        if (kind != DV_EXTEND) return kind;
        p += length;
    }
    return DV_OTHER;
}

/* Whether a character between two others belongs to the word that the first one ends. */
static inline int dv_is_inner(int kind, int before, int after) {
    if (kind == DV_SINGLE_QUOTE && before == DV_HEBREW) return 1;
    if (kind == DV_SINGLE_QUOTE || kind == DV_APOSTROPHE) return dv_is_word_class(after);
    if (kind == DV_MIDDLE) return dv_is_letter_class(before) && dv_is_letter_class(after);
    return kind == DV_DOUBLE_QUOTE && before == DV_HEBREW && after == DV_HEBREW;
}

/* Overwrite with spaces all that is not of a word, but for \n.  The text must be well-formed and end at a separator
 * or at size. */
static inline void dv_blank_non_words(uint8_t *text, int64_t size, const uint8_t *classes) {
    uint8_t *p = text, *end = text + size;
    int before = DV_OTHER; /* the last character of the word before p, DV_OTHER after one that joins two parts of it */
    int is_inside = 0;     /* whether p - 1 belongs to a word */
    while (p < end) {
        int length = 1, i, kind;
        uint32_t code = *p;
        if (code < 0x80 && code != '\'' && code != '"') { /* without a branch on what the character is */
            before = classes[code];
            is_inside = before != DV_OTHER;
            *p++ = (is_inside | (code == '\n')) ? (uint8_t)code : ' ';
            continue;
        }
        code = dv_code_point(p, &length);
        kind = classes[code];
        if (dv_is_word_class(kind)) {
            before = kind;
            is_inside = 1;
        } else if (kind != DV_EXTEND) {
            is_inside = before != DV_OTHER && kind != DV_OTHER
                        && dv_is_inner(kind, before, dv_next_class(p + length, end, classes));
            before = DV_OTHER;
        }
        if (!is_inside)
            for (i = 0; i < length; i++) p[i] = ' ';
        p += length;
    }
}

/* The next stretch of whole tokens that has bytes above 127, from offset *start on; its end in *end, 0 when none.
 * Tokens that are close to one another come in one stretch. */
static inline int dv_next_non_ascii(const uint8_t *text, int64_t size, int64_t *start, int64_t *end) {
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

/* Masks of the 64 bytes at p: separators (space, \t \n \v \f \r) and, among them, line ends (\n). */
static inline void dv_masks(const uint8_t *p, uint64_t *separators, uint64_t *line_ends) {
    uint64_t separator = 0, line_end = 0;
    int i;
#if defined(__SSE2__)
    const __m128i nine = _mm_set1_epi8(9), four = _mm_set1_epi8(4), space = _mm_set1_epi8(' ');
    const __m128i newline = _mm_set1_epi8('\n');
    for (i = 0; i < 4; i++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(p + 16 * i));
        __m128i shifted = _mm_sub_epi8(bytes, nine);
        __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(shifted, four), shifted); /* 9 <= byte <= 13 */
        __m128i ends = _mm_cmpeq_epi8(bytes, newline);
        __m128i both = _mm_or_si128(control, _mm_cmpeq_epi8(bytes, space));
        separator |= (uint64_t)(uint32_t)_mm_movemask_epi8(both) << (16 * i);
        line_end |= (uint64_t)(uint32_t)_mm_movemask_epi8(ends) << (16 * i);
    }
#else
    for (i = 0; i < 64; i++) {
        separator |= (uint64_t)dv_is_separator(p[i]) << i;
        line_end |= (uint64_t)(p[i] == '\n') << i;
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
static inline int dv_cut(const uint8_t *text, int64_t size, dv_tokens *result) {
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

#endif
