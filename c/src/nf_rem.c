/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Remainders: x - y * n, exact; n = x / y to the nearest integer, ties to even (IEEE 754-2019 5.3.1 remainder), or
 * toward zero (C's fmod).
 */
#include "nf_cores.h"

/* What is left of a after whole times b, and the last bit of how often that was. */
typedef struct rest {
    nfi_u128 value;
    uint32_t odd;
} rest;

/* (a * 2^shift) mod b, both normalised, 64 bits of the quotient at a time: for b that fits a word. */
static rest reduce_words(uint64_t a, uint64_t b, uint32_t shift) {
    uint64_t left = a >= b ? a - b : a;
    uint32_t odd = a >= b;
    while (shift > 0) {
        const uint32_t n = shift < 64 ? shift : 64;
        const uint64_t high = n < 64 ? left >> (64 - n) : left, low = n < 64 ? left << n : 0;
        odd = nfi_div128(high, low, b, &left) & 1;
        shift -= n;
    }
    return (rest){u128(left, 0), odd};
}

/* The same, one bit at a time. */
static rest reduce_bits(nfi_u128 a, nfi_u128 b, uint32_t shift) {
    rest r = {a, 0};
    for (uint32_t i = 0;; i++) {
        const uint64_t carry = i > 0 ? r.value.hi >> 63 : 0;
        if (i > 0) r.value = u128_shl(r.value, 1);
        r.odd = carry || !u128_less(r.value, b);
        if (r.odd) r.value = u128_sub(r.value, b);
        if (i == shift) return r;
    }
}

/* Is twice the rest r of b more than b, or b itself and the quotient odd?  Then the nearest multiple is the next. */
static int rounds_up(const rest *r, nfi_u128 b) {
    const nfi_u128 other = u128_sub(b, r->value);
    return u128_less(other, r->value) || (u128_equal(other, r->value) && r->odd);
}

static void remainder_finite(const nfi_unpacked *a, const nfi_unpacked *b, int nearest, nfi_unpacked *z) {
    *z = *a;
    if (a->exp < b->exp - 1 || (!nearest && a->exp < b->exp)) return; /* |a| < |b| / 2: n is 0 */
    rest r;
    if (a->exp < b->exp) { /* n is 0 or 1; a has zeros at its low end, so half its significand is exact */
        r = (rest){u128_shr(a->sig, 1), 0};
    } else if (a->sig.lo | b->sig.lo) {
        r = reduce_bits(a->sig, b->sig, (uint32_t)(a->exp - b->exp));
    } else {
        r = reduce_words(a->sig.hi, b->sig.hi, (uint32_t)(a->exp - b->exp));
    }
    if (nearest && rounds_up(&r, b->sig)) {
        r.value = u128_sub(b->sig, r.value);
        z->sign ^= 1;
    }
    if (u128_is_zero(r.value)) z->sign = a->sign;
    nfi_normalize(z, r.value, b->exp - 127);
}

static void rest_of(const nfi_goal *goal, const nfi_unpacked *x, int nearest, nfi_unpacked *z, uint32_t *flags) {
    if (nfi_any_nan(x, 2)) {
        nfi_choose_nan(goal, x, 2, z, flags);
    } else if (x[0].kind == NF_KIND_INF || x[1].kind == NF_KIND_ZERO) {
        nfi_make_nan(z, flags);
    } else if (x[0].kind == NF_KIND_ZERO || x[1].kind == NF_KIND_INF) {
        *z = x[0];
    } else {
        remainder_finite(&x[0], &x[1], nearest, z);
    }
}

void nfi_remainder(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    rest_of(goal, x, 1, z, flags);
}

void nfi_fmod(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    rest_of(goal, x, 0, z, flags);
}
