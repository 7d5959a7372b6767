/* SPDX-License-Identifier: BSD-3-Clause
 *
 * NaN results (IEEE 754-2019 6.2; SEMANTICS 5).  With one operand the profiles differ in two things only: does
 * its sign and payload travel, and what sign has the canonical NaN.
 */
#include "nf_internal.h"

/* A NaN into a format without NaN.  Always invalid, whatever is delivered. */
static nfi_u128 substitute(const nfi_goal *goal, uint32_t sign, uint32_t *flags) {
    const nf_format *f = &goal->to.format;
    const uint32_t minus = sign && f->is_signed;
    const uint32_t neg_zero = f->has_neg_zero;
    *flags |= NF_FLAG_INVALID;
    switch (goal->substitute) {
    case NF_SUBSTITUTE_MAX: return nfi_pack_mag(&goal->to, 0, goal->to.max_mag);
    case NF_SUBSTITUTE_SIGNED_MAX: return nfi_pack_mag(&goal->to, minus, goal->to.max_mag);
    case NF_SUBSTITUTE_ZERO: return u128(0, 0);
    case NF_SUBSTITUTE_SIGNED_ZERO: return nfi_pack_mag(&goal->to, sign && neg_zero, u128(0, 0));
    case NF_SUBSTITUTE_INVERTED_ZERO: return nfi_pack_mag(&goal->to, !sign && neg_zero, u128(0, 0));
    default: *flags |= NFI_FLAG_RAISE; return u128(0, 0);
    }
}

/* The canonical NaN, of an operand with this sign. */
nfi_u128 nfi_nan_code(const nfi_goal *goal, uint32_t sign) {
    return goal->nan_signed && sign ? u128_or(goal->nan_code, goal->to.sign_bit) : goal->nan_code;
}

/* The result of an operation with one NaN operand. */
nfi_u128 nfi_nan_operand(const nfi_goal *goal, const nfi_unpacked *x, uint32_t *flags) {
    const nfi_layout *to = &goal->to;
    if (x->kind == NF_KIND_SIGNALING_NAN) *flags |= NF_FLAG_INVALID;
    if (!to->has_nan) return substitute(goal, x->sign, flags);
    if (!(goal->propagate && x->has_payload && to->format.has_quiet_bit)) return nfi_nan_code(goal, x->sign);
    /* | field all ones | quiet bit | payload, cut or zero-filled at its low end | */
    const nfi_u128 payload = u128_shr(u128_shr(x->sig, 2), 127 - to->frac_bits);
    nfi_u128 frac = u128_or(payload, to->quiet);
    if (goal->keep_signaling && x->kind == NF_KIND_SIGNALING_NAN) {
        frac = u128_is_zero(payload) ? u128(0, 1) : payload;
    }
    return nfi_pack_mag(to, x->sign, u128_or(to->inf_mag, frac));
}

/* A NaN that the operation itself makes: invalid. */
nfi_u128 nfi_nan_made(const nfi_goal *goal, uint32_t sign, uint32_t *flags) {
    *flags |= NF_FLAG_INVALID;
    return goal->to.has_nan ? nfi_nan_code(goal, sign) : substitute(goal, 0, flags);
}
