/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the files of the library share: a format's derived layout, an unpacked value, a rounding goal.
 *
 * Magnitude.  A code without its sign bit, in implicit-leading-bit form (x87's explicit bit is removed on
 * the way in and put back on the way out), is the `mag` of a value:
 *
 *     | exponent field | fraction (F = precision - 1 bits) |
 *
 * Magnitudes of finite values are ordered like their values, so `mag + 1` is the next value and a carry out
 * of the fraction is right by itself; Inf and NaNs lie above max_mag.
 */
#ifndef NF_INTERNAL_H
#define NF_INTERNAL_H

#include "nf_bits.h"
#include "numfmt.h"

/* Everything a descriptor implies, derived once per call. */
typedef struct nfi_layout {
    nf_format format;   /* canonical */
    uint32_t bytes;     /* of a code in an array */
    uint32_t frac_bits; /* F */
    uint32_t has_nan;   /* any NaN code at all */
    uint32_t is_plain;  /* codes of one word, hidden leading bit, subnormals: the usual case, for short cuts */
    uint32_t gap;       /* nothing between 0 (if there is one) and min_positive: exp0 is not subnormal */
    int32_t emin;       /* exponent of the lowest binade: 1 - bias, or -bias where field 0 is normal */
    int32_t emax;       /* exponent of the binade of max_mag; emin if that is subnormal */
    nfi_u128 code_mask; /* the low `width` bits */
    nfi_u128 sign_bit;  /* 0 if unsigned */
    nfi_u128 mag_mask;  /* exponent field and fraction, implicit form */
    nfi_u128 hidden;    /* 2^F */
    nfi_u128 frac_mask; /* 2^F - 1 */
    nfi_u128 quiet;     /* fraction MSB if it is the quiet bit, else 0 */
    nfi_u128 max_mag;   /* largest finite */
    nfi_u128 inf_mag;   /* max_mag + 1 if has_inf, else 0 */
    nfi_u128 nan_code;  /* canonical NaN, positive; 0 if there is none */
    nfi_u128 min_positive_mag;
    nfi_u128 min_normal_mag;
    int32_t min_normal_exp;  /* the smallest normal value of SEMANTICS 4, as exponent ... */
    nfi_u128 min_normal_sig; /* ... and significand, bit 127 set, like nfi_unpacked's */
} nfi_layout;

/* has_payload of x87's unnormals, pseudo-NaNs and pseudo-Infs, which the x87 itself does not hand on. */
enum { NFI_UNSUPPORTED = 2 };

/* One value.  Invariants: finite nonzero has bit 63 of sig.hi set and is sig * 2^(exp - 127), 1 <= sig / 2^127
 * < 2; the lowest bit of sig may be sticky (a 1 that stands for any nonzero rest).  A NaN carries in sig the
 * fraction bits below its first one, left-aligned; has_payload: that first one is a quiet bit.  Otherwise sig and
 * exp mean nothing. */
typedef struct nfi_unpacked {
    nfi_u128 sig;
    int32_t exp;
    uint8_t kind; /* nf_kind */
    uint8_t sign;
    uint8_t subnormal;
    uint8_t has_payload;
} nfi_unpacked;

/* Which NaN operand a profile hands on. */
enum nfi_nan_choice { NFI_NAN_NONE, NFI_NAN_FIRST, NFI_NAN_SIGNALING_FIRST, NFI_NAN_LARGER };

/* What a profile does with NaNs (SEMANTICS 5). */
typedef struct nfi_nan_rule {
    uint8_t choice;       /* nfi_nan_choice; NFI_NAN_NONE: every NaN result is the canonical one */
    uint8_t negative;     /* the canonical NaN of a format with a quiet bit */
    uint8_t pairwise;     /* of three operands: choose of the first two, then of that, made quiet, and the third */
    uint8_t addend_first; /* fma looks at the addend before the factors */
    uint8_t indefinite;   /* any NFI_UNSUPPORTED operand: the canonical NaN */
    uint8_t inf_zero;     /* inf * 0 + NaN: 0: invalid, the canonical NaN joins as first operand; 1: just the addend */
} nfi_nan_rule;

/* Where and how to round: a destination with an environment resolved against it, once per call. */
typedef struct nfi_goal {
    nfi_layout to;
    nfi_layout grid; /* what finite results are rounded to: `to`, or the same with rounding_precision */
    uint32_t pad;    /* low bits of `to` that grid lacks */
    nfi_nan_rule nan_rule;
    uint32_t rounding;       /* nf_rounding */
    uint32_t random_count;   /* N of a stochastic rounding, else 0 */
    uint32_t overflow;       /* nf_overflow, never default */
    uint32_t tininess;       /* nf_tininess */
    uint32_t ftz;            /* nf_ftz, off where flush_except_width says so */
    uint32_t narrow;         /* 64 significand bits with a sticky one are enough */
    uint32_t in_words;       /* narrow, and the grid is plain, signed and has no precision 1 */
    uint32_t propagate;      /* the NaN profile hands payloads on */
    uint32_t keep_signaling; /* with propagate: signalling NaNs stay so */
    uint32_t nan_signed;     /* nan_code takes the operand's sign */
    uint32_t sig_parity;     /* at precision 1 too, even is the significand's parity, not the code's */
    uint32_t substitute;
    nfi_u128 nan_code; /* the profile's canonical NaN */
} nfi_goal;

static inline int nfi_is_stochastic(uint32_t rounding) {
    return rounding >= NF_ROUND_STOCHASTIC_A && rounding <= NF_ROUND_STOCHASTIC_C;
}

/* How a peer comes to the goal: read off its table, once per call. */
typedef struct nfi_compat {
    nfi_goal via;
    uint8_t active;
    uint8_t copies; /* the code itself is the result */
    uint8_t has_via;
    uint8_t operand;
} nfi_compat;

/* Beside the IEEE flags, inside the library: a NaN met NF_SUBSTITUTE_RAISE. */
enum { NFI_FLAG_RAISE = 256 };

/* What an operation works with. */
typedef struct nfi_args {
    nfi_unpacked x[NF_MAX_ARITY]; /* integers too */
    nfi_u128 code[NF_MAX_ARITY];
    uint32_t random;
} nfi_args;

typedef struct nfi_op nfi_op;

/* Everything that holds for all elements of one call of nf_apply. */
typedef struct nfi_job {
    const nfi_op *op;
    nfi_layout from[NF_MAX_ARITY]; /* of float operands */
    nfi_goal goal;                 /* of a float result */
    nf_format int_type;            /* of an integer or a fixed-point result */
    uint32_t fixed_result;
    uint32_t int_overflow;
    uint8_t daz[NF_MAX_ARITY];
    uint8_t selects[NF_MAX_ARITY]; /* operand k has the result's format: selecting it copies its code */
    uint32_t result_bytes;
} nfi_job;

/* The exact result of an operation, to be rounded by nfi_round_pack; flags only for what is no rounding. */
typedef void nfi_core(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags);

/* The result of an operation that does not end in one rounding. */
typedef nfi_u128 nfi_kernel(const nfi_job *job, const nfi_args *args, uint32_t *flags);

/* A row of the op table: one of core and kernel. */
struct nfi_op {
    nf_op_info info;
    nfi_core *core;
    nfi_kernel *kernel;
    uint32_t variant; /* tells apart the operations that share a kernel */
    uint8_t raw;      /* works on bits: daz does not apply */
    uint8_t signed_only;
};

const nfi_op *nfi_op_row(uint32_t op);

/* binary128: where nothing is rounded to a float format, it is what cores ask of a goal. */
extern const nf_format nfi_widest;

nf_status nfi_layout_init(nfi_layout *layout, const nf_format *format);
int nfi_overlap(const void *a, size_t a_bytes, const void *b, size_t b_bytes);
nf_status nfi_goal_init(nfi_goal *goal, const nf_format *to, const nf_env *env);

/* Does `env` make subnormal operands `which` (NF_DAZ_*) of a format of this width zero? */
int nfi_daz(const nf_env *env, uint32_t which, uint32_t width);

void nfi_unpack_any(const nfi_layout *from, nfi_u128 code, nfi_unpacked *x);

/* Code -> value; the normal values of plain formats here, so that loops need no call for them. */
static inline void nfi_unpack(const nfi_layout *from, nfi_u128 code, nfi_unpacked *x) {
    const uint64_t mag = code.lo & from->mag_mask.lo, field = from->is_plain ? mag >> from->frac_bits : 0;
    if (field == 0 || mag > from->max_mag.lo) {
        nfi_unpack_any(from, code, x);
        return;
    }
    /* | ... field, lowest bit at 63 | fraction | 0 ... |, and the hidden bit in place of the field's lowest */
    x->sig = u128(0, 0);
    x->sig.hi = mag << (63 - from->frac_bits) | 1ull << 63;
    x->exp = from->emin - 1 + (int32_t)field;
    x->kind = NF_KIND_FINITE;
    x->sign = (code.lo & from->sign_bit.lo) != 0;
    x->subnormal = 0;
    x->has_payload = 0;
}
nfi_u128 nfi_mag_of(const nfi_layout *f, const nfi_unpacked *x);
void nfi_normalize(nfi_unpacked *x, nfi_u128 sig, int32_t exp);

/* `random` is R of a stochastic rounding: an operand like x. */
nfi_u128 nfi_round_pack(const nfi_goal *goal, const nfi_unpacked *x, uint32_t random, uint32_t *flags);
nfi_u128 nfi_pack_mag(const nfi_layout *to, uint32_t sign, nfi_u128 mag);
nfi_u128 nfi_round_fixed(const nfi_job *job, const nfi_unpacked *x, uint32_t random, uint32_t *flags);
nfi_u128 nfi_round_integer(const nfi_goal *goal, const nfi_unpacked *x, uint32_t random, int *inexact);

nfi_u128 nfi_nan_operand(const nfi_goal *goal, const nfi_unpacked *x, uint32_t *flags);
nfi_u128 nfi_nan_made(const nfi_goal *goal, uint32_t sign, uint32_t *flags);
nfi_u128 nfi_nan_code(const nfi_goal *goal, uint32_t sign);

/* NaN results of cores.  nfi_any_nan: does one of `count` operands hold a NaN?  Then nfi_choose_nan is the result.
 * nfi_make_nan: an invalid operation's. */
int nfi_any_nan(const nfi_unpacked *x, uint32_t count);
void nfi_choose_nan(const nfi_goal *goal, const nfi_unpacked *x, uint32_t count, nfi_unpacked *z, uint32_t *flags);
void nfi_choose_nan_fma(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags);
void nfi_make_nan(nfi_unpacked *z, uint32_t *flags);

/* Re-aims a goal at what `peer` (nf_compat) does with a format, or with integers (NULL); then the operand of each
 * nfi_round_pack comes from nfi_compat_operand. */
nf_status nfi_compat_init(nfi_compat *plan, nfi_goal *goal, uint32_t peer, const nf_format *from);
void nfi_compat_operand(const nfi_compat *plan, nfi_unpacked *x, uint32_t *flags);

#endif
