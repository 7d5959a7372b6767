/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Products, and products with an addend, rounded once (IEEE 754-2019 5.4.1).
 */
#include "nf_cores.h"

static int is_inf_zero(const nfi_unpacked *x) {
    return (x[0].kind == NF_KIND_INF && x[1].kind == NF_KIND_ZERO) ||
           (x[0].kind == NF_KIND_ZERO && x[1].kind == NF_KIND_INF);
}

/* The product of two finite values: 1, if it is exact in 128 bits with two zeros at the low end; else its upper 128
 * bits with a sticky one. */
static int multiply(const nfi_unpacked *a, const nfi_unpacked *b, nfi_unpacked *z) {
    if (a->sig.lo | b->sig.lo) {
        nfi_wide w;
        nfi_wide_product(&w, a, b);
        nfi_wide_to(z, &w);
        return (w.w[0] | w.w[1] | (w.w[2] & 3)) == 0;
    }
    const nfi_u128 product = nfi_mul64(a->sig.hi, b->sig.hi);
    const uint32_t top = (uint32_t)(product.hi >> 63);
    z->sig = u128_shl(product, 1);
    z->sig = top ? product : z->sig;
    z->exp = a->exp + b->exp + (int32_t)top;
    return (z->sig.lo & 3) == 0;
}

/* a * b where one is Inf or zero, and the other is not the opposite of it. */
static void multiply_special(const nfi_unpacked *x, nfi_unpacked *z) {
    z->kind = x[0].kind == NF_KIND_INF || x[1].kind == NF_KIND_INF ? NF_KIND_INF : NF_KIND_ZERO;
}

void nfi_mul(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    *z = (nfi_unpacked){.kind = NF_KIND_FINITE, .sign = x[0].sign ^ x[1].sign};
    if (x[0].kind == NF_KIND_FINITE && x[1].kind == NF_KIND_FINITE) {
        multiply(&x[0], &x[1], z);
    } else if (nfi_any_nan(x, 2)) {
        nfi_choose_nan(goal, x, 2, z, flags);
    } else if (is_inf_zero(x)) {
        nfi_make_nan(z, flags);
    } else {
        multiply_special(x, z);
    }
}

/* With an exact product in 128 bits the sum is that of nf_addsub.c, whose argument needs two zeros at the low end.  Else
 * the product has up to 226 bits of 256: a shift by 0 or 1 before cancellation still loses nothing. */
void nfi_fma(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    nfi_unpacked product = {.kind = NF_KIND_FINITE, .sign = x[0].sign ^ x[1].sign};
    if (nfi_any_nan(x, 3)) {
        nfi_choose_nan_fma(goal, x, z, flags);
    } else if (is_inf_zero(x)) {
        nfi_make_nan(z, flags);
    } else if (x[0].kind != NF_KIND_FINITE || x[1].kind != NF_KIND_FINITE) {
        multiply_special(x, &product);
        nfi_add_values(goal, &product, &x[2], z, flags);
    } else if (multiply(&x[0], &x[1], &product) || x[2].kind != NF_KIND_FINITE) {
        nfi_add_values(goal, &product, &x[2], z, flags);
    } else {
        nfi_wide exact, addend, sum;
        nfi_wide_product(&exact, &x[0], &x[1]);
        nfi_wide_from(&addend, &x[2]);
        nfi_wide_add(&sum, &exact, &addend);
        *z = (nfi_unpacked){.sign = goal->rounding == NF_ROUND_TOWARD_NEGATIVE};
        nfi_wide_to(z, &sum);
    }
}
