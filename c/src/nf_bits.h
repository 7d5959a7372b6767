/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Unsigned 128-bit integers from two 64-bit words (no __int128: this compiles for 32-bit targets too), and
 * loads and stores of codes by size.
 */
#ifndef NF_BITS_H
#define NF_BITS_H

#include <string.h>

#include "numfmt.h"

/* For loops that are compiled once per constant argument. */
#if defined(__GNUC__)
#define NFI_ALWAYS_INLINE inline __attribute__((always_inline))
#define NFI_NOINLINE __attribute__((noinline)) /* what is rare, out of the way of what is not */
#else
#define NFI_ALWAYS_INLINE inline
#define NFI_NOINLINE
#endif

typedef nf_code nfi_u128;

static inline nfi_u128 u128(uint64_t hi, uint64_t lo) { return (nfi_u128){.lo = lo, .hi = hi}; }

static inline int u128_is_zero(nfi_u128 a) { return (a.hi | a.lo) == 0; }

static inline int u128_equal(nfi_u128 a, nfi_u128 b) { return a.hi == b.hi && a.lo == b.lo; }

static inline int u128_less(nfi_u128 a, nfi_u128 b) { return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo); }

static inline nfi_u128 u128_and(nfi_u128 a, nfi_u128 b) { return u128(a.hi & b.hi, a.lo & b.lo); }

static inline nfi_u128 u128_or(nfi_u128 a, nfi_u128 b) { return u128(a.hi | b.hi, a.lo | b.lo); }

static inline nfi_u128 u128_not(nfi_u128 a) { return u128(~a.hi, ~a.lo); }

static inline nfi_u128 u128_add(nfi_u128 a, nfi_u128 b) {
    const uint64_t lo = a.lo + b.lo;
    return u128(a.hi + b.hi + (lo < a.lo), lo);
}

static inline nfi_u128 u128_sub(nfi_u128 a, nfi_u128 b) { return u128(a.hi - b.hi - (a.lo < b.lo), a.lo - b.lo); }

/* 0 <= n <= 127 */
static inline nfi_u128 u128_shl(nfi_u128 a, uint32_t n) {
    if (n == 0) return a;
    if (n >= 64) return u128(a.lo << (n - 64), 0);
    return u128(a.hi << n | a.lo >> (64 - n), a.lo << n);
}

/* 0 <= n <= 127 */
static inline nfi_u128 u128_shr(nfi_u128 a, uint32_t n) {
    if (n == 0) return a;
    if (n >= 64) return u128(0, a.hi >> (n - 64));
    return u128(a.hi >> n, a.lo >> n | a.hi << (64 - n));
}

/* 2^n - 1, 0 <= n <= 128 */
static inline nfi_u128 u128_ones(uint32_t n) {
    return n == 0 ? u128(0, 0) : u128_shr(u128(UINT64_MAX, UINT64_MAX), 128 - n);
}

/* Right shift by any n; a bit that falls off is kept as a 1 in the lowest place ("jam"). */
static inline uint64_t nfi_shr_jam64(uint64_t a, uint32_t n) {
    if (n == 0) return a;
    if (n >= 64) return a != 0;
    return a >> n | ((a << (64 - n)) != 0);
}

/* Leading zeros of a nonzero word. */
static inline uint32_t nfi_clz64(uint64_t a) {
#if defined(__GNUC__)
    return (uint32_t)__builtin_clzll(a);
#else
    uint32_t n = 0;
    for (; (a >> 63) == 0; a <<= 1) n++;
    return n;
#endif
}

/* Leading zeros of a nonzero 128-bit integer. */
static inline uint32_t nfi_clz128(nfi_u128 a) { return a.hi ? nfi_clz64(a.hi) : 64 + nfi_clz64(a.lo); }

static inline nfi_u128 nfi_shr_jam128(nfi_u128 a, uint32_t n) {
    if (n == 0) return a;
    if (n >= 128) return u128(0, !u128_is_zero(a));
    const nfi_u128 kept = u128_shr(a, n);
    return u128(kept.hi, kept.lo | !u128_is_zero(u128_shl(a, 128 - n)));
}

/* The full product of two words, from four 32-bit products: none of the sums carries out. */
static inline nfi_u128 nfi_mul64(uint64_t a, uint64_t b) {
    const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    const uint64_t low = a0 * b0;
    const uint64_t mid = a1 * b0 + (low >> 32);
    const uint64_t mid2 = a0 * b1 + (uint32_t)mid;
    return u128(a1 * b1 + (mid >> 32) + (mid2 >> 32), mid2 << 32 | (uint32_t)low);
}

/* (hi * 2^64 + lo) / d for hi < d, d >= 2^63, by two digits of 32 bits (Knuth, TAOCP 2, 4.3.1 D). */
static inline uint64_t nfi_div128(uint64_t hi, uint64_t lo, uint64_t d, uint64_t *rest) {
    const uint64_t d1 = d >> 32, d0 = (uint32_t)d;
    uint64_t q[2];
    for (int i = 0; i < 2; i++) {
        const uint64_t next = i == 0 ? lo >> 32 : (uint32_t)lo;
        uint64_t digit = hi / d1, r = hi - digit * d1;
        /* the estimate is at most 2 too large */
        while (r >> 32 == 0 && (digit >> 32 || digit * d0 > (r << 32 | next))) {
            digit--;
            r += d1;
        }
        hi = (hi << 32 | next) - digit * d; /* modulo 2^64: the true remainder is below d */
        q[i] = digit;
    }
    *rest = hi;
    return q[0] << 32 | q[1];
}

static inline nfi_u128 nfi_load(const void *array, size_t i, uint32_t bytes) {
    const unsigned char *p = (const unsigned char *)array + i * bytes;
    uint16_t c2;
    uint32_t c4;
    uint64_t c8[2];
    switch (bytes) {
    case 1: return u128(0, *p);
    case 2: memcpy(&c2, p, 2); return u128(0, c2);
    case 4: memcpy(&c4, p, 4); return u128(0, c4);
    case 8: memcpy(c8, p, 8); return u128(0, c8[0]);
    default: memcpy(c8, p, 16); return u128(c8[1], c8[0]);
    }
}

static inline void nfi_store(void *array, size_t i, uint32_t bytes, nfi_u128 code) {
    unsigned char *p = (unsigned char *)array + i * bytes;
    const uint16_t c2 = (uint16_t)code.lo;
    const uint32_t c4 = (uint32_t)code.lo;
    const uint64_t c8[2] = {code.lo, code.hi};
    switch (bytes) {
    case 1: *p = (unsigned char)code.lo; break;
    case 2: memcpy(p, &c2, 2); break;
    case 4: memcpy(p, &c4, 4); break;
    case 8: memcpy(p, c8, 8); break;
    default: memcpy(p, c8, 16); break;
    }
}

#endif
