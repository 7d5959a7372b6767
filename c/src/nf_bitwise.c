/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Operations on bits: they never round, flush or saturate (IEEE 754-2019 5.3.1 nextUp, 5.5.1, 5.7.2).
 */
#include "nf_cores.h"

nfi_u128 nfi_change_sign(const nfi_job *job, const nfi_args *args, uint32_t *flags) {
    (void)flags;
    const nfi_layout *f = &job->from[0];
    const nfi_unpacked *x = &args->x[0];
    uint32_t sign = 0;
    if (job->op->variant == NFI_NEGATE) sign = !x->sign;
    if (job->op->variant == NFI_COPYSIGN) sign = args->x[1].sign;
    const nfi_u128 positive = u128_and(args->code[0], u128_not(f->sign_bit));
    /* without -0 the zero has one sign, and so has the NaN that takes its code */
    if (!f->format.has_neg_zero && u128_is_zero(positive)) return args->code[0];
    return sign ? u128_or(positive, f->sign_bit) : positive;
}

/* The code of the next value up in magnitude, or the same code if there is none. */
static nfi_u128 outward(const nfi_layout *f, uint32_t sign, nfi_u128 mag) {
    const nfi_u128 last = f->format.has_inf ? f->inf_mag : f->max_mag;
    if (u128_equal(mag, last)) return nfi_pack_mag(f, sign, mag);
    return nfi_pack_mag(f, sign, u128_add(mag, u128(0, 1)));
}

/* The code of the next value down in magnitude: from the smallest one to the zero, if there is one. */
static nfi_u128 inward(const nfi_layout *f, uint32_t sign, nfi_u128 mag) {
    if (!u128_equal(mag, f->min_positive_mag)) return nfi_pack_mag(f, sign, u128_sub(mag, u128(0, 1)));
    if (!f->format.has_zero) return nfi_pack_mag(f, sign, mag);
    return nfi_pack_mag(f, sign && f->format.has_neg_zero, u128(0, 0));
}

nfi_u128 nfi_next(const nfi_job *job, const nfi_args *args, uint32_t *flags) {
    const nfi_layout *f = &job->from[0];
    const nfi_unpacked *x = &args->x[0];
    const uint32_t down = job->op->variant;
    nfi_unpacked nan;
    switch (x->kind) {
    case NF_KIND_ZERO:
        if (down && !f->format.is_signed) return args->code[0];
        return nfi_pack_mag(f, down, f->min_positive_mag);
    case NF_KIND_FINITE:
    case NF_KIND_INF: {
        const nfi_u128 mag = nfi_mag_of(f, x);
        return x->sign == down ? outward(f, x->sign, mag) : inward(f, x->sign, mag);
    }
    default: nfi_choose_nan(&job->goal, x, 1, &nan, flags); return nfi_nan_operand(&job->goal, &nan, flags);
    }
}

static uint32_t class_of(const nfi_unpacked *x) {
    switch (x->kind) {
    case NF_KIND_SIGNALING_NAN: return NF_CLASS_SIGNALING_NAN;
    case NF_KIND_QUIET_NAN: return NF_CLASS_QUIET_NAN;
    case NF_KIND_INF: return x->sign ? NF_CLASS_NEGATIVE_INFINITY : NF_CLASS_POSITIVE_INFINITY;
    case NF_KIND_ZERO: return x->sign ? NF_CLASS_NEGATIVE_ZERO : NF_CLASS_POSITIVE_ZERO;
    default: break;
    }
    if (x->subnormal) return x->sign ? NF_CLASS_NEGATIVE_SUBNORMAL : NF_CLASS_POSITIVE_SUBNORMAL;
    return x->sign ? NF_CLASS_NEGATIVE_NORMAL : NF_CLASS_POSITIVE_NORMAL;
}

nfi_u128 nfi_classify(const nfi_job *job, const nfi_args *args, uint32_t *flags) {
    (void)job;
    (void)flags;
    return u128(0, class_of(&args->x[0]));
}

/* Is the code the one that a result of this value has?  NaNs are, but x87's invalid encodings. */
static int is_canonical(const nfi_layout *f, const nfi_unpacked *x, nfi_u128 code) {
    const nfi_u128 positive = u128_and(code, u128_not(f->sign_bit));
    if (x->kind == NF_KIND_ZERO) return u128_is_zero(positive);
    if (x->kind < NF_KIND_QUIET_NAN) return u128_equal(nfi_pack_mag(f, 0, nfi_mag_of(f, x)), positive);
    /* an explicit leading bit of 1 and the top exponent field */
    if (!f->format.explicit_leading_bit) return 1;
    const nfi_u128 inf = nfi_pack_mag(f, 0, f->inf_mag);
    return u128_equal(u128_and(positive, inf), inf);
}

nfi_u128 nfi_is(const nfi_job *job, const nfi_args *args, uint32_t *flags) {
    (void)flags;
    const nfi_unpacked *x = &args->x[0];
    switch (job->op->variant) {
    case NF_OP_IS_SIGNALING: return u128(0, x->kind == NF_KIND_SIGNALING_NAN);
    case NF_OP_IS_NAN: return u128(0, x->kind >= NF_KIND_QUIET_NAN);
    case NF_OP_IS_INFINITE: return u128(0, x->kind == NF_KIND_INF);
    case NF_OP_IS_FINITE: return u128(0, x->kind <= NF_KIND_FINITE);
    case NF_OP_IS_NORMAL: return u128(0, x->kind == NF_KIND_FINITE && !x->subnormal);
    case NF_OP_IS_SUBNORMAL: return u128(0, x->kind == NF_KIND_FINITE && x->subnormal);
    case NF_OP_IS_ZERO: return u128(0, x->kind == NF_KIND_ZERO);
    case NF_OP_IS_SIGN_MINUS: return u128(0, x->sign);
    default: return u128(0, (uint64_t)is_canonical(&job->from[0], x, args->code[0]));
    }
}
