/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Checks a descriptor (SEMANTICS 1) and derives from it every mask, exponent and special code.  The only file
 * that shifts to make a mask.
 */
#include "nf_internal.h"

const nf_format nfi_widest = {.width = 128,
                              .precision = 113,
                              .bias = 16383,
                              .is_signed = 1,
                              .has_inf = 1,
                              .has_zero = 1,
                              .has_neg_zero = 1,
                              .has_quiet_bit = 1,
                              .n_high_nans = NF_HIGH_NANS_ALL};

enum { MAX_BIAS = 1 << 20, MAX_EXPONENT_BITS = 20 };

static int32_t exponent_bits(const nf_format *f) {
    return f->width - f->precision + 1 - f->is_signed - f->explicit_leading_bit;
}

static nf_status check_fields(const nf_format *f) {
    if (f->width < 2 || f->width > 128) return NF_ERR_WIDTH;
    if (f->precision < 1 || f->precision > 113) return NF_ERR_PRECISION;
    if (f->is_signed > 1) return NF_ERR_IS_SIGNED;
    if (f->explicit_leading_bit > 1) return NF_ERR_EXPLICIT_LEADING_BIT;
    if (exponent_bits(f) < 1 || exponent_bits(f) > MAX_EXPONENT_BITS) return NF_ERR_EXPONENT_FIELD;
    if (f->bias < -MAX_BIAS || f->bias > MAX_BIAS) return NF_ERR_BIAS;
    if (f->has_inf > 1) return NF_ERR_HAS_INF;
    if (f->has_zero > 1) return NF_ERR_HAS_ZERO;
    if (f->has_neg_zero > 1) return NF_ERR_HAS_NEG_ZERO;
    if (f->exp0 > NF_EXP0_ZERO) return NF_ERR_EXP0;
    if (f->has_quiet_bit > 1) return NF_ERR_HAS_QUIET_BIT;
    for (size_t i = 0; i < sizeof f->reserved; i++) {
        if (f->reserved[i] != 0) return NF_ERR_FORMAT_RESERVED;
    }
    return NF_OK;
}

/* "all" and the count 2^(P-1) - 1 name the same NaNs where there is an Inf: one spelling is kept.  At
 * precision 1 both are no NaN at all, and the count 0 says so. */
static void canonicalize_high_nans(nf_format *f) {
    const uint32_t frac_bits = f->precision - 1u;
    if (frac_bits == 0) {
        if (f->has_inf && f->n_high_nans == NF_HIGH_NANS_ALL) f->n_high_nans = 0;
    } else if (f->has_inf && frac_bits <= 32 && f->n_high_nans == (1ull << frac_bits) - 1) {
        f->n_high_nans = NF_HIGH_NANS_ALL;
    }
}

static nf_status check_combinations(const nf_format *f) {
    const int all = f->n_high_nans == NF_HIGH_NANS_ALL;
    if (!f->is_signed && f->has_neg_zero) return NF_ERR_UNSIGNED_NEG_ZERO;
    if (f->is_signed && !f->has_zero) return NF_ERR_SIGNED_NO_ZERO;
    if (!f->has_zero && f->exp0 != NF_EXP0_NORMAL) return NF_ERR_NO_ZERO_EXP0;
    if (f->is_signed && !f->has_neg_zero && f->n_high_nans) return NF_ERR_NO_NEG_ZERO_HIGH_NANS;
    if (all && !f->has_inf) return NF_ERR_ALL_NANS_NEED_INF;
    if (f->has_quiet_bit && !(f->has_inf && all && f->precision >= 2)) return NF_ERR_QUIET_BIT_NEEDS;
    if (f->explicit_leading_bit && !(f->has_neg_zero && f->exp0 == NF_EXP0_SUBNORMAL && f->has_quiet_bit)) {
        return NF_ERR_EXPLICIT_NEEDS;
    }
    return NF_OK;
}

static void derive_masks(nfi_layout *to) {
    const nf_format *f = &to->format;
    to->bytes = (uint32_t)nf_code_bytes(f->width);
    to->frac_bits = f->precision - 1u;
    to->gap = f->exp0 != NF_EXP0_SUBNORMAL;
    to->code_mask = u128_ones(f->width);
    to->sign_bit = f->is_signed ? u128_shl(u128(0, 1), f->width - 1u) : u128(0, 0);
    to->mag_mask = u128_ones((uint32_t)exponent_bits(f) + to->frac_bits);
    to->hidden = u128_shl(u128(0, 1), to->frac_bits);
    to->frac_mask = u128_ones(to->frac_bits);
    to->is_plain = f->width <= 64 && !f->explicit_leading_bit && f->exp0 == NF_EXP0_SUBNORMAL;
    to->quiet = f->has_quiet_bit ? u128_shl(u128(0, 1), to->frac_bits - 1) : u128(0, 0);
}

/* Counting down from the top: NaNs, Inf, the largest finite. */
static nf_status derive_specials(nfi_layout *to) {
    const nf_format *f = &to->format;
    const int all = f->n_high_nans == NF_HIGH_NANS_ALL;
    const nfi_u128 nans = all ? to->frac_mask : u128(0, f->n_high_nans);
    const nfi_u128 specials = u128_add(nans, u128(0, f->has_inf));
    if (u128_less(to->mag_mask, specials)) return NF_ERR_TOO_MANY_SPECIALS;
    to->max_mag = u128_sub(to->mag_mask, specials);
    to->inf_mag = f->has_inf ? u128_add(to->max_mag, u128(0, 1)) : u128(0, 0);
    to->has_nan = !u128_is_zero(nans) || (f->is_signed && !f->has_neg_zero);
    if (f->has_quiet_bit) {
        to->nan_code = nfi_pack_mag(to, 0, u128_or(to->inf_mag, to->quiet));
    } else if (!u128_is_zero(nans)) {
        to->nan_code = to->mag_mask;
    } else {
        to->nan_code = f->has_neg_zero ? u128(0, 0) : to->sign_bit;
    }
    return NF_OK;
}

/* The smallest positive and normal values, emin and emax. */
static nf_status derive_range(nfi_layout *to) {
    const nf_format *f = &to->format;
    const nfi_u128 one = u128(0, 1);
    const int32_t exp0_normal = f->exp0 == NF_EXP0_NORMAL;
    to->emin = (exp0_normal ? 0 : 1) - f->bias;
    to->min_normal_exp = to->emin;
    to->min_normal_sig = u128(1ull << 63, 0);
    to->min_normal_mag = to->hidden;
    if (exp0_normal) {
        to->min_normal_mag = u128(0, f->has_zero);
        if (f->has_zero && to->frac_bits)
            to->min_normal_sig = u128_add(to->min_normal_sig, u128_shl(one, 127 - to->frac_bits));
        if (f->has_zero && !to->frac_bits) to->min_normal_exp += 1;
    }
    to->min_positive_mag = to->gap ? to->min_normal_mag : one;
    if (u128_less(to->max_mag, to->min_positive_mag)) return NF_ERR_NO_POSITIVE_FINITE;
    const int32_t field = (int32_t)u128_shr(to->max_mag, to->frac_bits).lo;
    to->emax = to->emin + (exp0_normal || field == 0 ? field : field - 1);
    return NF_OK;
}

nf_status nfi_layout_init(nfi_layout *layout, const nf_format *format) {
    if (!format) return NF_ERR_NULL;
    *layout = (nfi_layout){.format = *format};
    nf_status status = check_fields(&layout->format);
    if (status) return status;
    canonicalize_high_nans(&layout->format);
    status = check_combinations(&layout->format);
    if (status) return status;
    derive_masks(layout);
    status = derive_specials(layout);
    return status ? status : derive_range(layout);
}

size_t nf_code_bytes(uint32_t width) {
    if (width < 1 || width > 128) return 0;
    return width <= 8 ? 1 : width <= 16 ? 2 : width <= 32 ? 4 : width <= 64 ? 8 : 16;
}

nf_status nf_format_canonicalize(nf_format *format) {
    nfi_layout layout;
    const nf_status status = nfi_layout_init(&layout, format);
    if (!status) *format = layout.format;
    return status;
}

nf_status nf_format_landmarks(const nf_format *format, nf_landmarks *out) {
    nfi_layout l;
    if (!out) return NF_ERR_NULL;
    const nf_status status = nfi_layout_init(&l, format);
    if (status) return status;
    *out =
        (nf_landmarks){.max = nfi_pack_mag(&l, 0, l.max_mag), .min_positive = nfi_pack_mag(&l, 0, l.min_positive_mag)};
    out->lowest = format->is_signed ? nfi_pack_mag(&l, 1, l.max_mag) : u128(0, 0);
    if (!u128_less(l.max_mag, l.min_normal_mag)) {
        out->present |= NF_HAS_NORMALS;
        out->min_normal = nfi_pack_mag(&l, 0, l.min_normal_mag);
    }
    if (!l.gap && l.frac_bits) {
        const nfi_u128 top = u128_less(l.max_mag, l.frac_mask) ? l.max_mag : l.frac_mask;
        out->present |= NF_HAS_SUBNORMALS;
        out->min_subnormal = nfi_pack_mag(&l, 0, u128(0, 1));
        out->max_subnormal = nfi_pack_mag(&l, 0, top);
    }
    if (l.format.has_inf) {
        out->present |= NF_HAS_INF;
        out->inf = nfi_pack_mag(&l, 0, l.inf_mag);
    }
    if (l.has_nan) {
        out->present |= NF_HAS_NAN;
        out->nan = l.nan_code;
    }
    return NF_OK;
}
