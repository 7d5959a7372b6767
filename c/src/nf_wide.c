/* SPDX-License-Identifier: BSD-3-Clause
 *
 * 256-bit sums and products.
 */
#include "nf_wide.h"

enum { BITS = 256, WORDS = 4 };

/* Right shift by any n with jam. */
static void shift_right(uint64_t w[WORDS], uint32_t n) {
    const uint32_t words = n / 64, bits = n % 64;
    uint64_t lost = 0;
    for (uint32_t i = 0; i < WORDS && i < words; i++) lost |= w[i];
    if (bits && words < WORDS) lost |= w[words] << (64 - bits);
    for (uint32_t i = 0; i < WORDS; i++) {
        const uint64_t low = i + words < WORDS ? w[i + words] : 0, high = i + words + 1 < WORDS ? w[i + words + 1] : 0;
        w[i] = bits ? low >> bits | high << (64 - bits) : low;
    }
    w[0] |= lost != 0;
}

void nfi_wide_normalize(nfi_wide *x) {
    while (x->w[3] == 0) {
        for (int i = WORDS - 1; i > 0; i--) x->w[i] = x->w[i - 1];
        x->w[0] = 0;
        x->exp -= 64;
    }
    const uint32_t n = nfi_clz64(x->w[3]);
    if (n == 0) return;
    for (int i = WORDS - 1; i > 0; i--) x->w[i] = x->w[i] << n | x->w[i - 1] >> (64 - n);
    x->w[0] <<= n;
    x->exp -= (int32_t)n;
}

static int is_less(const uint64_t a[WORDS], const uint64_t b[WORDS]) {
    for (int i = WORDS - 1; i > 0; i--) {
        if (a[i] != b[i]) return a[i] < b[i];
    }
    return a[0] < b[0];
}

/* z += y; the carry out. */
static uint64_t add(uint64_t z[WORDS], const uint64_t y[WORDS]) {
    uint64_t carry = 0;
    for (int i = 0; i < WORDS; i++) {
        const uint64_t sum = z[i] + y[i];
        const uint64_t out = sum < y[i];
        z[i] = sum + carry;
        carry = out | (z[i] < carry);
    }
    return carry;
}

/* z -= y for y <= z. */
static void subtract(uint64_t z[WORDS], const uint64_t y[WORDS]) {
    uint64_t borrow = 0;
    for (int i = 0; i < WORDS; i++) {
        const uint64_t less = z[i] < y[i], rest = z[i] - y[i];
        z[i] = rest - borrow;
        borrow = less | (rest < borrow);
    }
}

void nfi_wide_from(nfi_wide *x, const nfi_unpacked *a) {
    *x = (nfi_wide){.exp = a->exp, .sign = a->sign};
    if (a->kind == NF_KIND_ZERO) return;
    x->w[3] = a->sig.hi;
    x->w[2] = a->sig.lo;
}

void nfi_wide_product(nfi_wide *x, const nfi_unpacked *a, const nfi_unpacked *b) {
    *x = (nfi_wide){.exp = a->exp + b->exp + 1, .sign = a->sign ^ b->sign};
    if (a->kind == NF_KIND_ZERO || b->kind == NF_KIND_ZERO) return;
    const nfi_u128 high = nfi_mul64(a->sig.hi, b->sig.hi), low = nfi_mul64(a->sig.lo, b->sig.lo);
    const nfi_u128 mid[2] = {nfi_mul64(a->sig.hi, b->sig.lo), nfi_mul64(a->sig.lo, b->sig.hi)};
    x->w[3] = high.hi;
    x->w[2] = high.lo;
    x->w[1] = low.hi;
    x->w[0] = low.lo;
    for (int i = 0; i < 2; i++) {
        const uint64_t shifted[WORDS] = {0, mid[i].lo, mid[i].hi, 0};
        add(x->w, shifted);
    }
    nfi_wide_normalize(x);
}

void nfi_wide_add(nfi_wide *z, const nfi_wide *x, const nfi_wide *y) {
    if (nfi_wide_is_zero(x) || nfi_wide_is_zero(y)) {
        *z = nfi_wide_is_zero(x) ? *y : *x;
        return;
    }
    const int swap = x->exp < y->exp || (x->exp == y->exp && is_less(x->w, y->w));
    nfi_wide small = swap ? *x : *y;
    *z = swap ? *y : *x;
    shift_right(small.w, (uint32_t)(z->exp - small.exp));
    if (z->sign == small.sign) {
        if (add(z->w, small.w)) {
            shift_right(z->w, 1);
            z->w[3] |= 1ull << 63;
            z->exp++;
        }
        return;
    }
    subtract(z->w, small.w);
    if (!nfi_wide_is_zero(z)) nfi_wide_normalize(z);
}

void nfi_wide_to(nfi_unpacked *z, const nfi_wide *x) {
    z->kind = NF_KIND_ZERO;
    if (nfi_wide_is_zero(x)) return;
    z->kind = NF_KIND_FINITE;
    z->sig = u128(x->w[3], x->w[2] | ((x->w[1] | x->w[0]) != 0));
    z->exp = x->exp;
    z->sign = x->sign;
}
