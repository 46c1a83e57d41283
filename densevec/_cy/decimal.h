/* Decimal numbers to binary and back, correctly rounded, without locale and without Python.
 *
 * Reading: a number of at most 19 digits is w * 10^q with a 64-bit integer w.  If w < 2^53 and |q| <= 22, both
 * factors are doubles and one IEEE operation rounds correctly (Clinger 1990).  Otherwise 10^q is taken as M * 2^e with
 * the upper 64 bits M of it: the upper half of the 128-bit product w * M is then too small by less than two units,
 * so rounding is certain unless the bits below the double's 53 lie within two units of a half.  Those few numbers,
 * and those of more digits, without normal exponent or beyond the table, are reported as hard; the caller asks Python.
 *
 * Writing: the shortest decimal number that reads back as the same float.
 */
#ifndef DENSEVEC_DECIMAL_H
#define DENSEVEC_DECIMAL_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define DV_MIN_POWER (-342)
#define DV_MAX_POWER 308
#define DV_NUM_POWERS (DV_MAX_POWER - DV_MIN_POWER + 1)
#define DV_FAR 10000  /* powers of ten beyond it are left to Python */
#define DV_MAX_NUMBER_SIZE 16  /* what dv_write_float needs */

enum { DV_NUMBER, DV_HARD_NUMBER, DV_NONFINITE_NUMBER, DV_NO_NUMBER };

/* 10^q = (M + d) * 2^e with 2^63 <= M < 2^64 and 0 <= d < 1; filled in by the module on import */
static uint64_t dv_power_bits[DV_NUM_POWERS];
static int32_t dv_power_exponent[DV_NUM_POWERS];

static const double dv_exact_powers[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                           1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
static inline uint64_t dv_upper_product(uint64_t a, uint64_t b) { return __umulh(a, b); }
static inline int dv_leading_zeros(uint64_t w) { unsigned long i; _BitScanReverse64(&i, w); return 63 - (int)i; }
#else
static inline uint64_t dv_upper_product(uint64_t a, uint64_t b) {
    return (uint64_t)(((unsigned __int128)a * b) >> 64);
}
static inline int dv_leading_zeros(uint64_t w) { return __builtin_clzll(w); }
#endif

/* w * 10^q for w > 0 as a double; false where the rounding is not certain. */
static int dv_scale(uint64_t w, int q, double *value) {
    if (q < DV_MIN_POWER || q > DV_MAX_POWER) return 0;
    const int zeros = dv_leading_zeros(w);
    const uint64_t upper = dv_upper_product(w << zeros, dv_power_bits[q - DV_MIN_POWER]);
    const int shift = 10 + (int)(upper >> 63);  /* bits of the product below the double's 53 */
    const uint64_t half = (uint64_t)1 << (shift - 1), below = upper & (2 * half - 1);
    if (below <= half && below + 2 > half) return 0;
    uint64_t mantissa = (upper >> shift) + (below > half);
    int exponent = dv_power_exponent[q - DV_MIN_POWER] - zeros + 64 + shift;
    if (mantissa >> 53) { mantissa >>= 1; exponent++; }
    const int biased = exponent + 52 + 1023;
    if (biased < 1 || biased > 2046) return 0;
    const uint64_t bits = (mantissa & (((uint64_t)1 << 52) - 1)) | ((uint64_t)biased << 52);
    memcpy(value, &bits, sizeof bits);
    return 1;
}

static inline int dv_is_digit(uint8_t byte) { return (uint8_t)(byte - '0') < 10; }

static int dv_is_name(const uint8_t *text, const uint8_t *end, const char *name) {
    for (; *name; name++, text++)
        if (text == end || (*text | 0x20) != (uint8_t)*name) return 0;
    return text == end;
}

/* The number at `text`; `*end` is set to the first byte after it.  The text must be followed by a byte that cannot
 * be part of a number.  What comes is one of the kinds above; `value` is set for the first only. */
static inline int dv_read_number(const uint8_t *text, const uint8_t **end, double *value) {
    const uint8_t *p = text;
    const int negative = *p == '-';
    if (negative || *p == '+') p++;
    const uint8_t *first = p;
    uint64_t w = 0;
    int power = 0, far = 0;
    for (; dv_is_digit(*p); p++) w = 10 * w + (*p - '0');
    int64_t digits = p - first;
    if (*p == '.') {
        const uint8_t *fraction = ++p;
        for (; dv_is_digit(*p); p++) w = 10 * w + (*p - '0');
        digits += p - fraction;
        far = p - fraction > DV_FAR;
        power = far ? 0 : -(int)(p - fraction);
    }
    if (!digits) {
        while ((uint8_t)((*p | 0x20) - 'a') < 26) p++;
        *end = p;
        if (dv_is_name(first, p, "nan") || dv_is_name(first, p, "inf") || dv_is_name(first, p, "infinity"))
            return DV_NONFINITE_NUMBER;
        return DV_NO_NUMBER;
    }
    if ((*p | 0x20) == 'e') {
        const uint8_t *exponent = ++p;
        const int minus = *p == '-';
        if (minus || *p == '+') exponent = ++p;
        int given = 0;
        for (; dv_is_digit(*p); p++)
            if (given <= DV_FAR) given = 10 * given + (*p - '0');
        if (p == exponent) { *end = p; return DV_NO_NUMBER; }
        if (given > DV_FAR) { far = 1; given = DV_FAR; }
        power += minus ? -given : given;
    }
    *end = p;
    if (digits > 19) {  /* leading zeros do not count */
        for (; *first == '0' || *first == '.'; first++) digits -= *first == '0';
        if (digits > 19) return DV_HARD_NUMBER;
    }
    double result;
    if (w == 0)
        result = 0.0;
    else if (far)
        return DV_HARD_NUMBER;
    else if (w <= ((uint64_t)1 << 53) && power >= -22 && power <= 22)
        result = power < 0 ? (double)w / dv_exact_powers[-power] : (double)w * dv_exact_powers[power];
    else if (!dv_scale(w, power, &result))
        return DV_HARD_NUMBER;
    *value = negative ? -result : result;
    return DV_NUMBER;
}

/* The shortest number w * 10^q of up to nine digits that is read back as `value`; false if there is none in reach. */
static int dv_shortest(float value, uint64_t *w, int *q) {
    const double exact = fabs((double)value);
    const int lead = (int)floor(log10(exact));
    for (int size = 6; size <= 9; size++) {  /* fewer than six: trailing zeros of six */
        const int power = lead - size + 1;
        if (power < -22 || power > 22) return 0;
        const double scaled = power < 0 ? exact * dv_exact_powers[-power] : exact / dv_exact_powers[power];
        const uint64_t digits = (uint64_t)(scaled + 0.5);
        const double back = power < 0 ? (double)digits / dv_exact_powers[-power]
                                      : (double)digits * dv_exact_powers[power];
        if ((float)back == (float)exact) {
            *w = digits;
            *q = power;
            return 1;
        }
    }
    return 0;
}

/* Write `value` (finite) as text; the number of bytes, at most DV_MAX_NUMBER_SIZE, or 0 if it is one of the very large
 * and small ones that are left to the caller. */
static int dv_write_float(float value, char *text) {
    char *p = text;
    uint64_t w;
    int q;
    if (signbit(value)) *p++ = '-';
    if (value == 0) { *p++ = '0'; return (int)(p - text); }
    if (!dv_shortest(value, &w, &q)) return 0;
    while (w % 10 == 0) { w /= 10; q++; }
    char digits[20];
    int size = 0;
    for (; w; w /= 10) digits[size++] = (char)('0' + w % 10);  /* last digit first */
    const int lead = size + q - 1;  /* power of ten of the first digit */
    if (lead < -4 || lead >= 9) {
        *p++ = digits[size - 1];
        if (size > 1) *p++ = '.';
        for (int i = size - 2; i >= 0; i--) *p++ = digits[i];
        *p++ = 'e';
        *p++ = lead < 0 ? '-' : '+';
        *p++ = (char)('0' + abs(lead) / 10);
        *p++ = (char)('0' + abs(lead) % 10);
    } else if (lead < 0) {
        *p++ = '0';
        *p++ = '.';
        for (int i = -1; i > lead; i--) *p++ = '0';
        for (int i = size - 1; i >= 0; i--) *p++ = digits[i];
    } else {
        for (int i = size - 1; i >= 0; i--) {
            *p++ = digits[i];
            if (i + q == 0 && i > 0) *p++ = '.';
        }
        for (int i = 0; i < q; i++) *p++ = '0';
    }
    return (int)(p - text);
}

#endif
