/* SPDX-License-Identifier: BSD-3-Clause
 *
 * NaN results (IEEE 754-2019 6.2; SEMANTICS 5): which operand, and what becomes of its sign and payload.
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
    const int indefinite = goal->nan_rule.indefinite && x->has_payload == NFI_UNSUPPORTED;
    if (!(goal->propagate && x->has_payload && to->format.has_quiet_bit) || indefinite) {
        return nfi_nan_code(goal, x->sign);
    }
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

int nfi_any_nan(const nfi_unpacked *x, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (x[i].kind >= NF_KIND_QUIET_NAN) return 1;
    }
    return 0;
}

/* The NaN of an invalid operation: it has no payload, so nfi_nan_operand makes the canonical one of it. */
void nfi_make_nan(nfi_unpacked *z, uint32_t *flags) {
    *z = (nfi_unpacked){.kind = NF_KIND_QUIET_NAN};
    *flags |= NF_FLAG_INVALID;
}

/* x87: of a quiet and a signalling NaN the quiet one, else that with the larger payload, else the positive one. */
static const nfi_unpacked *larger(const nfi_unpacked *a, const nfi_unpacked *b) {
    if (a->kind != b->kind) return a->kind == NF_KIND_QUIET_NAN ? a : b;
    const nfi_u128 none = u128(0, 0), pa = a->has_payload ? a->sig : none, pb = b->has_payload ? b->sig : none;
    if (!u128_equal(pa, pb)) return u128_less(pa, pb) ? b : a;
    return a->sign ? b : a;
}

/* One of two operands, at least one of them a NaN. */
static const nfi_unpacked *choose(const nfi_nan_rule *rule, const nfi_unpacked *a, const nfi_unpacked *b) {
    if (a->kind < NF_KIND_QUIET_NAN) return b;
    if (b->kind < NF_KIND_QUIET_NAN) return a;
    if (rule->choice == NFI_NAN_LARGER) return larger(a, b);
    if (rule->choice == NFI_NAN_SIGNALING_FIRST && a->kind != b->kind) return a->kind == NF_KIND_QUIET_NAN ? b : a;
    return a;
}

/* The result for NaNs among `count` operands, quiet.  Its sign, where the destination has no NaN, is that of the
 * first in order. */
void nfi_choose_nan(const nfi_goal *goal, const nfi_unpacked *x, uint32_t count, nfi_unpacked *z, uint32_t *flags) {
    nfi_unpacked chosen = x[0];
    const nfi_unpacked *first = NULL;
    uint32_t unsupported = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (x[i].kind == NF_KIND_SIGNALING_NAN) *flags |= NF_FLAG_INVALID;
        if (!first && x[i].kind >= NF_KIND_QUIET_NAN) first = &x[i];
        if (x[i].kind >= NF_KIND_QUIET_NAN) unsupported |= x[i].has_payload == NFI_UNSUPPORTED;
        if (i > 0) chosen = *choose(&goal->nan_rule, &chosen, &x[i]);
        if (goal->nan_rule.pairwise && chosen.kind == NF_KIND_SIGNALING_NAN && i == 1) chosen.kind = NF_KIND_QUIET_NAN;
    }
    if (!goal->to.has_nan) chosen.sign = first->sign;
    if (goal->nan_rule.indefinite && unsupported) chosen.has_payload = 0;
    chosen.kind = NF_KIND_QUIET_NAN;
    *z = chosen;
}

/* a * b + c with a NaN among them. */
void nfi_choose_nan_fma(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    const nfi_nan_rule *rule = &goal->nan_rule;
    const int inf_zero = (x[0].kind == NF_KIND_INF && x[1].kind == NF_KIND_ZERO) ||
                         (x[0].kind == NF_KIND_ZERO && x[1].kind == NF_KIND_INF);
    if (inf_zero && !rule->inf_zero) {
        const nfi_unpacked pair[2] = {{.kind = NF_KIND_QUIET_NAN, .sign = rule->negative, .has_payload = 1}, x[2]};
        nfi_choose_nan(goal, pair, 2, z, flags);
        if (!goal->to.has_nan) z->sign = x[2].sign;
        *flags |= NF_FLAG_INVALID;
        return;
    }
    if (rule->addend_first) {
        const nfi_unpacked turned[3] = {x[2], x[0], x[1]};
        nfi_choose_nan(goal, turned, 3, z, flags);
        if (!goal->to.has_nan)
            z->sign = x[x[0].kind >= NF_KIND_QUIET_NAN ? 0 : x[1].kind >= NF_KIND_QUIET_NAN ? 1 : 2].sign;
        return;
    }
    nfi_choose_nan(goal, x, 3, z, flags);
}
