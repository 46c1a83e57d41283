/* Hashes of n-grams: those of fastText, finalfusion and floret. */
#ifndef DENSEVEC_HASHES_H
#define DENSEVEC_HASHES_H

#include <stdint.h>
#include <string.h>

/* FNV-1a of 32 bits, one byte more; fastText takes each byte as a signed char. */
static inline uint32_t dv_fasttext_byte(uint32_t code, uint8_t byte) {
    return (code ^ (uint32_t)(int32_t)(int8_t)byte) * UINT32_C(16777619);
}

static inline uint64_t dv_fnv64(uint64_t code, uint64_t value, int num_bytes) {
    int i;
    for (i = 0; i < num_bytes; i++) code = (code ^ ((value >> (8 * i)) & 0xFF)) * UINT64_C(0x100000001B3);
    return code;
}

/* FNV-1a of 64 bits over the number of characters (8 bytes) and the characters (4 bytes each), little-endian.  The text
 * is well-formed UTF-8. */
static inline uint64_t dv_finalfusion_hash(const uint8_t *text, int64_t size, int64_t num_characters) {
    uint64_t code = dv_fnv64(UINT64_C(0xCBF29CE484222325), (uint64_t)num_characters, 8);
    const uint8_t *p = text, *end = text + size;
    while (p < end) {
        uint32_t character = *p++;
        if (character >= 0xC0) character &= character >= 0xF0 ? 0x07 : character >= 0xE0 ? 0x0F : 0x1F;
        while (p < end && (*p & 0xC0) == 0x80) character = character << 6 | (*p++ & 0x3F);
        code = dv_fnv64(code, character, 4);
    }
    return code;
}

static inline uint64_t dv_rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

static inline uint64_t dv_murmur_mix(uint64_t x) {
    x = (x ^ x >> 33) * UINT64_C(0xFF51AFD7ED558CCD);
    x = (x ^ x >> 33) * UINT64_C(0xC4CEB9FE1A85EC53);
    return x ^ x >> 33;
}

static inline uint64_t dv_little_endian(const uint8_t *p, int num_bytes) {
    uint64_t value = 0;
    int i;
    for (i = 0; i < num_bytes; i++) value |= (uint64_t)p[i] << (8 * i);
    return value;
}

/* MurmurHash3 of 128 bits for 64-bit machines (A. Appleby, public domain algorithm), as four numbers of 32 bits. */
static inline void dv_murmur(const uint8_t *text, int64_t size, uint32_t seed, uint32_t hashes[4]) {
    const uint64_t a = UINT64_C(0x87C37B91114253D5), b = UINT64_C(0x4CF5AD432745937F);
    uint64_t low = seed, high = seed, k1, k2;
    int64_t i, rest = size & 15;
    const uint8_t *tail = text + size - rest;
    for (i = 0; i + 16 <= size; i += 16) {
        low ^= dv_rotate(dv_little_endian(text + i, 8) * a, 31) * b;
        low = (dv_rotate(low, 27) + high) * 5 + 0x52DCE729;
        high ^= dv_rotate(dv_little_endian(text + i + 8, 8) * b, 33) * a;
        high = (dv_rotate(high, 31) + low) * 5 + 0x38495AB5;
    }
    k1 = dv_little_endian(tail, rest > 8 ? 8 : (int)rest);
    k2 = dv_little_endian(tail + 8, rest > 8 ? (int)rest - 8 : 0);
    if (rest > 8) high ^= dv_rotate(k2 * b, 33) * a;
    if (rest > 0) low ^= dv_rotate(k1 * a, 31) * b;
    low ^= (uint64_t)size;
    high ^= (uint64_t)size;
    low += high;
    high += low;
    low = dv_murmur_mix(low);
    high = dv_murmur_mix(high);
    low += high;
    high += low;
    hashes[0] = (uint32_t)low;
    hashes[1] = (uint32_t)(low >> 32);
    hashes[2] = (uint32_t)high;
    hashes[3] = (uint32_t)(high >> 32);
}

#endif
