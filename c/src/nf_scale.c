/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Copies and exponents: convert and from_int, scaleB and logB (IEEE 754-2019 5.3.3).
 */
#include "nf_cores.h"

/* Any exponent beyond this is as far outside every format. */
enum { FAR = 1 << 24 };

void nfi_copy(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    (void)goal;
    (void)flags;
    *z = x[0];
}

void nfi_scaleb(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    if (nfi_any_nan(x, 1)) {
        nfi_choose_nan(goal, x, 1, z, flags);
        return;
    }
    *z = x[0];
    if (x[1].kind == NF_KIND_ZERO) return;
    const int32_t n = x[1].exp >= 24 ? FAR : (int32_t)(x[1].sig.hi >> (63 - x[1].exp));
    z->exp += x[1].sign ? -n : n;
}

void nfi_logb(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    *z = (nfi_unpacked){0};
    switch (x->kind) {
    case NF_KIND_FINITE: {
        z->sign = x->exp < 0;
        const uint64_t magnitude = (uint64_t)(x->exp < 0 ? -(int64_t)x->exp : x->exp);
        nfi_normalize(z, u128(0, magnitude), 0);
        break;
    }
    case NF_KIND_ZERO:
        *flags |= NF_FLAG_DIVIDE_BY_ZERO;
        z->sign = 1;
        z->kind = NF_KIND_INF;
        break;
    case NF_KIND_INF: z->kind = NF_KIND_INF; break;
    default: nfi_choose_nan(goal, x, 1, z, flags);
    }
}
