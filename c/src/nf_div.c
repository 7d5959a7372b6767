/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Quotients (IEEE 754-2019 5.4.1, 7.3) and reciprocals.
 */
#include "nf_cores.h"

/* 128 bits of a / b, a and b normalised, one bit at a time: the sticky one is the remainder's. */
static nfi_u128 long_division(nfi_u128 a, nfi_u128 b, int less) {
    nfi_u128 q = u128(0, 0), rest = a;
    uint64_t carry = 0;
    /* the first bit of the quotient is 1: that of a / b, or of 2a / b if a < b */
    for (int i = 0; i < 128; i++) {
        if (i > 0 || less) {
            carry = rest.hi >> 63;
            rest = u128_shl(rest, 1);
        }
        q = u128_shl(q, 1);
        if (carry || !u128_less(rest, b)) {
            rest = u128_sub(rest, b);
            q.lo |= 1;
        }
    }
    q.lo |= !u128_is_zero(rest);
    return q;
}

void nfi_div_finite(const nfi_goal *goal, const nfi_unpacked *a, const nfi_unpacked *b, nfi_unpacked *z) {
    const int less = u128_less(a->sig, b->sig);
    *z = (nfi_unpacked){.kind = NF_KIND_FINITE, .sign = a->sign ^ b->sign, .exp = a->exp - b->exp - less};
    if (!goal->narrow || (a->sig.lo | b->sig.lo)) {
        z->sig = long_division(a->sig, b->sig, less);
        return;
    }
    uint64_t rest;
    const uint64_t low = less ? 0 : a->sig.hi << 63, high = less ? a->sig.hi : a->sig.hi >> 1;
    const uint64_t q = nfi_div128(high, low, b->sig.hi, &rest);
    z->sig = u128(q, rest != 0);
}

void nfi_div(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    const uint8_t a = x[0].kind, b = x[1].kind;
    if (a == NF_KIND_FINITE && b == NF_KIND_FINITE) {
        nfi_div_finite(goal, &x[0], &x[1], z);
    } else if (nfi_any_nan(x, 2)) {
        nfi_choose_nan(goal, x, 2, z, flags);
    } else if (a == b) { /* 0 / 0, Inf / Inf */
        nfi_make_nan(z, flags);
    } else {
        const int to_inf = a == NF_KIND_INF || b == NF_KIND_ZERO;
        *z = (nfi_unpacked){.kind = to_inf ? NF_KIND_INF : NF_KIND_ZERO, .sign = x[0].sign ^ x[1].sign};
        if (a == NF_KIND_FINITE && b == NF_KIND_ZERO) *flags |= NF_FLAG_DIVIDE_BY_ZERO;
    }
}

void nfi_recip(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    if (nfi_any_nan(x, 1)) {
        nfi_choose_nan(goal, x, 1, z, flags);
        return;
    }
    const nfi_unpacked quotient[2] = {{.kind = NF_KIND_FINITE, .sig = {.hi = 1ull << 63}}, x[0]};
    nfi_div(goal, quotient, z, flags);
}
