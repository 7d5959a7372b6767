/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sums of two and of three operands (IEEE 754-2019 5.4.1; P3109 v4.0 4.10.5 FAA).
 *
 * The smaller operand is shifted right with jam to the larger one's exponent.  Significands of at most 113 bits
 * stand at the top of 128, so a shift by 0 or 1 loses nothing, and after a longer one the difference loses at
 * most its leading bit: what is left above the sticky bit is P + N + 1 <= 126 bits or more.
 */
#include "nf_cores.h"

/* The sign of a sum that is exactly zero (IEEE 754-2019 6.3). */
static uint8_t zero_sum_sign(const nfi_goal *goal) { return goal->rounding == NF_ROUND_TOWARD_NEGATIVE; }

/* |a| + |b|, exp(a) >= exp(b), in place of a. */
static void add_magnitudes(nfi_unpacked *a, const nfi_unpacked *b) {
    const nfi_u128 sum = u128_add(a->sig, nfi_shr_jam128(b->sig, (uint32_t)(a->exp - b->exp)));
    if (!u128_less(sum, a->sig)) {
        a->sig = sum;
        return;
    }
    const nfi_u128 half = nfi_shr_jam128(sum, 1);
    a->sig = u128(half.hi | 1ull << 63, half.lo);
    a->exp++;
}

/* |a| - |b|, |a| > |b|, in place of a. */
static void subtract_magnitudes(nfi_unpacked *a, const nfi_unpacked *b) {
    const nfi_u128 rest = u128_sub(a->sig, nfi_shr_jam128(b->sig, (uint32_t)(a->exp - b->exp)));
    const uint32_t shift = nfi_clz128(rest);
    a->sig = u128_shl(rest, shift);
    a->exp -= (int32_t)shift;
}

void nfi_add_finite(const nfi_goal *goal, const nfi_unpacked *a, const nfi_unpacked *b, nfi_unpacked *z) {
    if (a->exp == b->exp && a->sign != b->sign && u128_equal(a->sig, b->sig)) {
        *z = (nfi_unpacked){.kind = NF_KIND_ZERO, .sign = zero_sum_sign(goal)};
        return;
    }
    const int swap = a->exp < b->exp || (a->exp == b->exp && u128_less(a->sig, b->sig));
    const nfi_unpacked *small = swap ? a : b;
    *z = swap ? *b : *a;
    if (z->sign == small->sign) {
        add_magnitudes(z, small);
    } else {
        subtract_magnitudes(z, small);
    }
}

/* A sum of values without NaN. */
void nfi_add_values(const nfi_goal *goal, const nfi_unpacked *a, const nfi_unpacked *b, nfi_unpacked *z,
                    uint32_t *flags) {
    if (a->kind == NF_KIND_FINITE && b->kind == NF_KIND_FINITE) {
        nfi_add_finite(goal, a, b, z);
    } else if (a->kind == NF_KIND_INF && b->kind == NF_KIND_INF && a->sign != b->sign) {
        nfi_make_nan(z, flags);
    } else if (a->kind == NF_KIND_ZERO && b->kind == NF_KIND_ZERO) {
        *z = (nfi_unpacked){.kind = NF_KIND_ZERO, .sign = a->sign == b->sign ? a->sign : zero_sum_sign(goal)};
    } else {
        *z = a->kind == NF_KIND_INF || b->kind == NF_KIND_ZERO ? *a : *b;
    }
}

void nfi_add(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    if (nfi_any_nan(x, 2)) {
        nfi_choose_nan(goal, x, 2, z, flags);
    } else {
        nfi_add_values(goal, &x[0], &x[1], z, flags);
    }
}

void nfi_sub(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    if (nfi_any_nan(x, 2)) {
        nfi_choose_nan(goal, x, 2, z, flags);
        return;
    }
    nfi_unpacked minus = x[1];
    minus.sign ^= 1;
    nfi_add_values(goal, &x[0], &minus, z, flags);
}

/* Three finite values, zeros among them.  The two largest exponents first: if they are close, their sum is exact in
 * 256 bits and keeps 14 zeros at the low end, so that adding the third may cancel as it likes; if not, the two smaller
 * ones are together far below the largest, and a sticky bit is enough for them. */
static void add_three(const nfi_unpacked *x, nfi_wide *sum) {
    nfi_wide w[3];
    for (int i = 0; i < 3; i++) {
        nfi_wide_from(&w[i], &x[i]);
        if (nfi_wide_is_zero(&w[i])) w[i].exp = INT32_MIN / 2;
        for (int k = i; k > 0 && w[k - 1].exp < w[k].exp; k--) {
            const nfi_wide other = w[k];
            w[k] = w[k - 1];
            w[k - 1] = other;
        }
    }
    nfi_wide partial;
    if (w[0].exp - w[1].exp <= 126) {
        nfi_wide_add(&partial, &w[0], &w[1]);
        nfi_wide_add(sum, &partial, &w[2]);
    } else {
        nfi_wide_add(&partial, &w[1], &w[2]);
        nfi_wide_add(sum, &w[0], &partial);
    }
}

/* Inf among three operands without NaN. */
static void add_infinities(const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    const nfi_unpacked *inf = NULL;
    for (int i = 0; i < 3; i++) {
        if (x[i].kind != NF_KIND_INF) continue;
        if (inf && inf->sign != x[i].sign) {
            nfi_make_nan(z, flags);
            return;
        }
        inf = &x[i];
    }
    *z = *inf;
}

void nfi_faa(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    if (nfi_any_nan(x, 3)) {
        nfi_choose_nan(goal, x, 3, z, flags);
    } else if (x[0].kind == NF_KIND_INF || x[1].kind == NF_KIND_INF || x[2].kind == NF_KIND_INF) {
        add_infinities(x, z, flags);
    } else {
        const int zeros = x[0].kind == NF_KIND_ZERO && x[1].kind == NF_KIND_ZERO && x[2].kind == NF_KIND_ZERO;
        const int one_sign = x[0].sign == x[1].sign && x[1].sign == x[2].sign;
        nfi_wide sum;
        add_three(x, &sum);
        *z = (nfi_unpacked){.sign = zeros && one_sign ? x[0].sign : zero_sum_sign(goal)};
        nfi_wide_to(z, &sum);
    }
}
