/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Code -> value: class, sign, exponent, significand (IEEE 754-2019 3.4; OCP OFP8 v1.0 5.1; P3109 4.6).
 */
#include "nf_internal.h"

/* x87's explicit leading bit J (Intel SDM 1, 8.2.2).  With field 0 it is worth the same as field 1 without it
 * (pseudo-denormal), so `field << 63 | frac` plus J << 63 is the implicit form; with any other field J = 0 is
 * no value (unnormal, pseudo-Inf, pseudo-NaN). */
static nfi_u128 remove_leading_bit(const nfi_layout *from, nfi_u128 code, int *invalid) {
    const nfi_u128 frac = u128_and(code, from->frac_mask);
    const nfi_u128 j = u128_and(code, from->hidden);
    const nfi_u128 field = u128_and(u128_shr(code, 1), u128_and(from->mag_mask, u128_not(from->frac_mask)));
    *invalid = u128_is_zero(j) && !u128_is_zero(field);
    return u128_or(frac, u128_is_zero(field) ? j : field);
}

static void unpack_nan(const nfi_layout *from, nfi_u128 mag, int invalid, nfi_unpacked *x) {
    x->kind = NF_KIND_QUIET_NAN;
    x->has_payload = from->format.has_quiet_bit ? (invalid ? NFI_UNSUPPORTED : 1) : 0;
    if (x->has_payload && (invalid || u128_is_zero(u128_and(mag, from->quiet)))) x->kind = NF_KIND_SIGNALING_NAN;
    /* the first fraction bit is F - 1: what is below it goes to the top */
    x->sig = u128_shl(u128_shl(mag, 127 - from->frac_bits), 2);
}

/* Sets a finite value or, if sig is 0, a zero: sig * 2^exp with any sig. */
void nfi_normalize(nfi_unpacked *x, nfi_u128 sig, int32_t exp) {
    if (u128_is_zero(sig)) {
        x->kind = NF_KIND_ZERO;
        return;
    }
    const uint32_t shift = nfi_clz128(sig);
    x->kind = NF_KIND_FINITE;
    x->sig = u128_shl(sig, shift);
    x->exp = exp + 127 - (int32_t)shift;
}

/* Exponent field 0. */
static void unpack_exp0(const nfi_layout *from, nfi_u128 mag, nfi_unpacked *x) {
    x->kind = NF_KIND_ZERO;
    if (from->format.exp0 == NF_EXP0_SUBNORMAL) {
        nfi_normalize(x, mag, from->emin - (int32_t)from->frac_bits);
        x->subnormal = x->kind == NF_KIND_FINITE;
    }
    if (x->kind == NF_KIND_ZERO) x->sign &= from->format.has_neg_zero;
}

void nfi_unpack_any(const nfi_layout *from, nfi_u128 code, nfi_unpacked *x) {
    int invalid = 0;
    nfi_u128 mag = u128_and(code, from->mag_mask);
    if (from->format.explicit_leading_bit) mag = remove_leading_bit(from, code, &invalid);
    x->sign = !u128_is_zero(u128_and(code, from->sign_bit));
    x->subnormal = 0;
    x->has_payload = 0;
    x->sig = u128(0, 0);
    if (invalid || u128_less(from->max_mag, mag)) {
        if (!invalid && from->format.has_inf && u128_equal(mag, from->inf_mag)) {
            x->kind = NF_KIND_INF;
        } else {
            unpack_nan(from, mag, invalid, x);
        }
        return;
    }
    if (u128_is_zero(mag) && x->sign && !from->format.has_neg_zero) {
        x->kind = NF_KIND_QUIET_NAN; /* the -0 code of a format without -0 */
        return;
    }
    const int32_t field = (int32_t)u128_shr(mag, from->frac_bits).lo;
    const int exp0_normal = from->format.exp0 == NF_EXP0_NORMAL;
    if (exp0_normal ? u128_is_zero(mag) && from->format.has_zero : field == 0) {
        unpack_exp0(from, mag, x);
        return;
    }
    x->kind = NF_KIND_FINITE;
    x->exp = from->emin + (exp0_normal ? field : field - 1);
    x->sig = u128_shl(u128_or(u128_and(mag, from->frac_mask), from->hidden), 127 - from->frac_bits);
}

/* The magnitude of a finite value or Inf of the format itself. */
nfi_u128 nfi_mag_of(const nfi_layout *f, const nfi_unpacked *x) {
    if (x->kind == NF_KIND_INF) return f->inf_mag;
    const int32_t above = x->exp - f->emin;
    if (above < 0) return u128_shr(x->sig, 127 - f->frac_bits + (uint32_t)-above);
    const nfi_u128 frac = u128_and(u128_shr(x->sig, 127 - f->frac_bits), f->frac_mask);
    const uint64_t field = (uint64_t)above + (f->format.exp0 != NF_EXP0_NORMAL);
    return u128_or(u128_shl(u128(0, field), f->frac_bits), frac);
}
