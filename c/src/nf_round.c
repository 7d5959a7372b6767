/* SPDX-License-Identifier: BSD-3-Clause
 *
 * THE rounding: any exact value -> code and flags (IEEE 754-2019 4.3, 7.4, 7.5; P3109 4.7; SEMANTICS 2-4, 6).
 * Value first, range second.
 *
 * On a grid with spacing 2^Q a significand splits into what is kept and what is dropped:
 *
 *     kkkk.nnnnnnnnnnnnnnS     kept = floor(|x| / 2^Q),  0 <= nu < 1 the rest
 *
 * nu is held as its first 63 bits and a sticky bit, so "nothing", "less than half", "half" and "more" are
 * comparisons with 0 and 2^63.
 */
#include "nf_internal.h"

#define HALF (1ull << 63)

typedef struct split {
    nfi_u128 kept;
    uint64_t nu;
} split;

/* Stochastic roundings: the first N bits of nu, rounded as the mode says, plus R carry out (P3109 4.7.4). */
static uint32_t carries_out(const nfi_goal *goal, uint64_t nu, uint32_t random) {
    const uint32_t n = goal->random_count;
    const uint64_t first = n ? nu >> (64 - n) : 0, rest = nu << n;
    uint64_t sum = first + random;
    if (goal->rounding == NF_ROUND_STOCHASTIC_B) sum = 2 * sum + (rest >> 63) + 1;
    if (goal->rounding == NF_ROUND_STOCHASTIC_C) sum += rest > HALF || (rest == HALF && (first & 1));
    return sum >> (goal->rounding == NF_ROUND_STOCHASTIC_B ? n + 1 : n) != 0;
}

static NFI_NOINLINE uint32_t rounds_away_else(const nfi_goal *goal, uint32_t sign, uint64_t nu, uint32_t odd,
                                              uint32_t random) {
    switch (goal->rounding) {
    case NF_ROUND_TIES_AWAY: return nu >= HALF;
    case NF_ROUND_TOWARD_ZERO: return 0;
    case NF_ROUND_TOWARD_POSITIVE: return nu != 0 && !sign;
    case NF_ROUND_TOWARD_NEGATIVE: return nu != 0 && sign;
    case NF_ROUND_TO_ODD: return nu != 0 && !odd;
    case NF_ROUND_TIES_UP: return nu >= HALF + (sign != 0);
    default: return carries_out(goal, nu, random);
    }
}

/* Does the magnitude go to the next grid point?  `odd`: the code of `kept` is odd.  nu = 0 never does. */
static inline uint32_t rounds_away(const nfi_goal *goal, uint32_t sign, uint64_t nu, uint32_t odd, uint32_t random) {
    if (goal->rounding == NF_ROUND_TIES_EVEN) return nu > HALF - (odd != 0);
    return rounds_away_else(goal, sign, nu, odd, random);
}

/* Does a finite result beyond max stay at max under the policy ieee?  to_odd does, whatever max's parity. */
static int stays_inside(uint32_t rounding, uint32_t sign) {
    return rounding == NF_ROUND_TOWARD_ZERO || rounding == NF_ROUND_TO_ODD ||
           rounding == (sign ? NF_ROUND_TOWARD_POSITIVE : NF_ROUND_TOWARD_NEGATIVE);
}

/* Keeps the upper `keep` bits of the significand, keep <= 127; 0 and below: nothing. */
static split split_wide(const nfi_unpacked *x, int32_t keep) {
    if (keep <= 0) return (split){u128(0, 0), nfi_shr_jam64(x->sig.hi | (x->sig.lo != 0), (uint32_t)-keep)};
    const nfi_u128 rest = u128_shl(x->sig, (uint32_t)keep);
    return (split){u128_shr(x->sig, (uint32_t)(128 - keep)), rest.hi | (rest.lo != 0)};
}

/* The same, with 64 bits where those are enough; keep <= precision. */
static split split_at(const nfi_goal *goal, const nfi_unpacked *x, int32_t keep) {
    if (keep <= 0 || !goal->narrow) return split_wide(x, keep);
    const uint64_t top = x->sig.hi | (x->sig.lo != 0);
    return (split){u128(0, top >> (64 - keep)), top << keep};
}

/* Parity of the code of `kept`, a multiple of 2^Q.  At precision 1 the code counts exponents (P3109 4.7.4). */
static uint32_t is_odd(const nfi_goal *goal, nfi_u128 kept, int32_t q) {
    const nf_format *f = &goal->grid.format;
    if (f->precision > 1 || goal->sig_parity) return kept.lo & 1;
    return !u128_is_zero(kept) && ((q + f->bias) & 1);
}

/* The position of |x| < min_positive between 0 and min_positive, by long division. */
static uint64_t gap_position(const nfi_layout *to, const nfi_unpacked *x) {
    const int32_t below = to->min_normal_exp - x->exp;
    if (below > 64) return 1;
    /* halve both, so that the remainder doubles without carrying out; x's lost bits stay as sticky */
    const nfi_u128 m = u128_shr(to->min_normal_sig, 1);
    nfi_u128 rest = u128_shr(x->sig, (uint32_t)below + 1);
    uint32_t sticky = !u128_equal(u128_shl(rest, (uint32_t)below + 1), x->sig);
    uint64_t nu = 0;
    for (int i = 0; i < 63; i++) {
        rest = u128_shl(rest, 1);
        nu <<= 1;
        if (!u128_less(rest, m)) {
            rest = u128_sub(rest, m);
            nu |= 1;
        }
    }
    sticky |= !u128_is_zero(rest);
    return nu << 1 | sticky;
}

/* Is the exact |x| less than the smallest normal value? */
static int is_below_normal(const nfi_layout *to, const nfi_unpacked *x) {
    return x->exp < to->min_normal_exp || (x->exp == to->min_normal_exp && u128_less(x->sig, to->min_normal_sig));
}

/* Would |x| < min normal, rounded with unbounded exponent, still be? (IEEE 754-2019 7.5 a) */
static int is_tiny_after(const nfi_goal *goal, const nfi_unpacked *x, uint32_t random) {
    const nfi_layout *to = &goal->grid;
    if (x->exp + 1 < to->min_normal_exp) return 1;
    const split s = split_at(goal, x, to->format.precision);
    const uint32_t odd = is_odd(goal, s.kept, x->exp - (int32_t)to->frac_bits);
    if (!rounds_away(goal, x->sign, s.nu, odd, random)) return 1;
    /* the next grid point: 2^min_normal_exp after a carry, or min normal itself if that lies inside this binade */
    const nfi_u128 next = u128_add(s.kept, u128(0, 1));
    const int carry = u128_equal(next, u128_shl(to->hidden, 1));
    if (x->exp == to->min_normal_exp) return u128_less(next, u128_shr(to->min_normal_sig, 127 - to->frac_bits));
    return !(carry && u128_equal(to->min_normal_sig, u128(HALF, 0)));
}

static int flushes(const nfi_goal *goal, int tiny_after, uint32_t *flags) {
    if (goal->ftz == NF_FTZ_ARM) {
        *flags |= NF_FLAG_UNDERFLOW;
        return 1;
    }
    if (goal->ftz == NF_FTZ_X86 && tiny_after) {
        *flags |= NF_FLAG_UNDERFLOW | NF_FLAG_INEXACT;
        return 1;
    }
    return 0;
}

/* A magnitude on the delivered grid; `beyond` max it means nothing. */
typedef struct rounded {
    nfi_u128 mag;
    uint32_t inexact;
    uint32_t beyond;
} rounded;

/* |x| < min_positive in a format with nothing in between: 0 or min_positive. */
static rounded round_in_gap(const nfi_goal *goal, const nfi_unpacked *x, uint32_t random) {
    const nfi_layout *to = &goal->grid;
    if (!to->format.has_zero) return (rounded){to->min_positive_mag, 1, 0};
    const uint32_t away = rounds_away(goal, x->sign, gap_position(to, x), 0, random);
    return (rounded){away ? to->min_positive_mag : u128(0, 0), 1, 0};
}

static rounded round_on_grid(const nfi_goal *goal, const nfi_unpacked *x, uint32_t random) {
    const nfi_layout *to = &goal->grid;
    if (x->exp > to->emax) return (rounded){u128(0, 0), 1, 1};
    const int32_t above = x->exp - to->emin;
    const split s = split_at(goal, x, to->format.precision + (above < 0 ? above : 0));
    const int32_t q = (above < 0 ? to->emin : x->exp) - (int32_t)to->frac_bits;
    const uint32_t away = rounds_away(goal, x->sign, s.nu, is_odd(goal, s.kept, q), random);
    nfi_u128 mag = s.kept;
    if (above >= 0) {
        /* kept has its hidden bit, which adds 1 to the field: right where field 1 is the lowest binade */
        mag = u128_add(mag, u128_shl(u128(0, (uint64_t)above), to->frac_bits));
        if (to->format.exp0 == NF_EXP0_NORMAL) mag = u128_sub(mag, to->hidden);
    }
    const uint32_t beyond = u128_less(to->max_mag, mag) || (away && u128_equal(mag, to->max_mag));
    return (rounded){u128_add(mag, u128(0, away)), s.nu != 0, beyond};
}

nfi_u128 nfi_pack_mag(const nfi_layout *to, uint32_t sign, nfi_u128 mag) {
    if (to->format.explicit_leading_bit) {
        const nfi_u128 field = u128_and(mag, u128_not(to->frac_mask));
        const nfi_u128 leading = u128_is_zero(field) ? field : to->hidden;
        mag = u128_or(u128_or(u128_shl(field, 1), leading), u128_and(mag, to->frac_mask));
    }
    return sign ? u128_or(mag, to->sign_bit) : mag;
}

static nfi_u128 pack_max(const nfi_goal *goal, uint32_t sign) {
    return nfi_pack_mag(&goal->grid, sign, goal->grid.max_mag);
}

static nfi_u128 pack_inf(const nfi_goal *goal, uint32_t sign) {
    return nfi_pack_mag(&goal->grid, sign, goal->grid.inf_mag);
}

static nfi_u128 pack_zero(const nfi_goal *goal, uint32_t sign) {
    return nfi_pack_mag(&goal->grid, sign && goal->grid.format.has_neg_zero, u128(0, 0));
}

/* A nonzero negative result, -Inf included, in an unsigned format (SEMANTICS 3, P3109 4.7.5). */
static nfi_u128 negative_to_unsigned(const nfi_goal *goal, int is_inf, uint32_t *flags) {
    const int inward = goal->rounding == NF_ROUND_TOWARD_ZERO || goal->rounding == NF_ROUND_TOWARD_POSITIVE;
    *flags |= NF_FLAG_INVALID;
    switch (goal->overflow) {
    case NF_OVERFLOW_SATURATE:
    case NF_OVERFLOW_PROPAGATE: return u128(0, 0);
    case NF_OVERFLOW_SAT_NONE: return inward && !is_inf ? u128(0, 0) : nfi_nan_made(goal, 1, flags);
    default: return nfi_nan_made(goal, 1, flags);
    }
}

/* P3109 4.7.5 SatNone, the rows for a finite result beyond max; negatives only in signed formats. */
static int sat_none_clamps(const nfi_goal *goal, uint32_t sign) {
    const nf_format *f = &goal->grid.format;
    if (!f->has_inf) return 1;
    if (goal->rounding == NF_ROUND_TO_ODD) return !f->is_signed;
    return goal->rounding == NF_ROUND_TOWARD_ZERO ||
           goal->rounding == (sign ? NF_ROUND_TOWARD_POSITIVE : NF_ROUND_TOWARD_NEGATIVE);
}

static nfi_u128 finite_overflow(const nfi_goal *goal, uint32_t sign, uint32_t *flags) {
    const nfi_layout *to = &goal->grid;
    int clamps = 1;
    if (goal->overflow == NF_OVERFLOW_IEEE) clamps = stays_inside(goal->rounding, sign);
    if (goal->overflow == NF_OVERFLOW_INFINITY) clamps = 0;
    if (goal->overflow == NF_OVERFLOW_SAT_NONE) clamps = sat_none_clamps(goal, sign);
    *flags |= NF_FLAG_OVERFLOW | NF_FLAG_INEXACT;
    if (clamps || !(to->format.has_inf || to->has_nan)) return pack_max(goal, sign);
    return to->format.has_inf ? pack_inf(goal, sign) : nfi_nan_code(goal, sign);
}

static nfi_u128 round_inf(const nfi_goal *goal, uint32_t sign, uint32_t *flags) {
    const nfi_layout *to = &goal->grid;
    if (sign && !to->format.is_signed) return negative_to_unsigned(goal, 1, flags);
    if (goal->overflow != NF_OVERFLOW_SATURATE) {
        const int may_be_nan = goal->overflow == NF_OVERFLOW_IEEE || goal->overflow == NF_OVERFLOW_INFINITY;
        if (to->format.has_inf) return pack_inf(goal, sign);
        if (may_be_nan && to->has_nan) return nfi_nan_made(goal, sign, flags);
    }
    *flags |= NF_FLAG_OVERFLOW | NF_FLAG_INEXACT;
    return pack_max(goal, sign);
}

static nfi_u128 round_zero(const nfi_goal *goal, uint32_t sign, uint32_t *flags) {
    if (goal->grid.format.has_zero) return pack_zero(goal, sign);
    if (goal->overflow == NF_OVERFLOW_SATURATE || goal->overflow == NF_OVERFLOW_PROPAGATE) {
        *flags |= NF_FLAG_UNDERFLOW | NF_FLAG_INEXACT;
        return goal->grid.min_positive_mag;
    }
    return nfi_nan_made(goal, sign, flags);
}

static nfi_u128 round_finite(const nfi_goal *goal, const nfi_unpacked *x, uint32_t random, uint32_t *flags) {
    const nfi_layout *to = &goal->grid;
    const int below = is_below_normal(to, x);
    int tiny = 0;
    if (below) {
        const int tiny_after = is_tiny_after(goal, x, random);
        if (flushes(goal, tiny_after, flags)) return pack_zero(goal, x->sign);
        tiny = goal->tininess == NF_TININESS_BEFORE || tiny_after;
    }
    const rounded r = below && to->gap ? round_in_gap(goal, x, random) : round_on_grid(goal, x, random);
    if (x->sign && !to->format.is_signed && (r.beyond || !to->format.has_zero || !u128_is_zero(r.mag))) {
        return negative_to_unsigned(goal, 0, flags);
    }
    if (r.beyond) return finite_overflow(goal, x->sign, flags);
    if (r.inexact) *flags |= tiny ? NF_FLAG_INEXACT | NF_FLAG_UNDERFLOW : NF_FLAG_INEXACT;
    return u128_is_zero(r.mag) ? pack_zero(goal, x->sign) : nfi_pack_mag(to, x->sign, r.mag);
}

/* |x| as an integer, rounded with the integer's own parity; |x| < 2^127. */
nfi_u128 nfi_round_integer(const nfi_goal *goal, const nfi_unpacked *x, uint32_t random, int *inexact) {
    const split s = split_wide(x, x->exp + 1);
    *inexact = s.nu != 0;
    return u128_add(s.kept, u128(0, rounds_away(goal, x->sign, s.nu, s.kept.lo & 1, random)));
}

/* The usual case, in words: a finite value in the range of a plain format's normal values.  1, and the code, unless it
 * leaves that range. */
static inline int round_in_range(const nfi_goal *goal, const nfi_unpacked *x, uint32_t random, uint32_t *flags,
                                 nfi_u128 *code) {
    const nfi_layout *to = &goal->grid;
    if (x->exp < to->emin || x->exp > to->emax) return 0;
    const uint64_t top = x->sig.hi | (x->sig.lo != 0), kept = top >> (63 - to->frac_bits);
    const uint64_t nu = top << 1 << to->frac_bits;
    const uint64_t mag =
        kept + ((uint64_t)(x->exp - to->emin) << to->frac_bits) + rounds_away(goal, x->sign, nu, kept & 1, random);
    if (mag > to->max_mag.lo) return 0;
    *flags |= nu != 0;
    *code = u128(0, mag | (x->sign ? to->sign_bit.lo : 0));
    return 1;
}

/* Everything else. */
static NFI_NOINLINE nfi_u128 round_rest(const nfi_goal *goal, const nfi_unpacked *x, uint32_t random, uint32_t *flags) {
    nfi_u128 code;
    switch (x->kind) {
    case NF_KIND_FINITE: code = round_finite(goal, x, random, flags); break;
    case NF_KIND_ZERO: code = round_zero(goal, x->sign, flags); break;
    case NF_KIND_INF: code = round_inf(goal, x->sign, flags); break;
    default: return nfi_nan_operand(goal, x, flags);
    }
    return goal->pad ? u128_shl(code, goal->pad) : code;
}

nfi_u128 nfi_round_pack(const nfi_goal *goal, const nfi_unpacked *x, uint32_t random, uint32_t *flags) {
    nfi_u128 code;
    if (goal->in_words && x->kind == NF_KIND_FINITE && round_in_range(goal, x, random, flags, &code)) return code;
    return round_rest(goal, x, random, flags);
}
