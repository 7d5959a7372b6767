/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Values to integers: in a float format (IEEE 754-2019 5.9 roundToIntegral), as integers (5.8; SEMANTICS 7), and as
 * multiples of a power of two.
 */
#include "nf_cores.h"

/* A finite value with this exponent or more is an integer: significands have at most 113 bits. */
enum { INTEGRAL_EXP = 112 };

nfi_u128 nfi_round_to_integral(const nfi_job *job, const nfi_args *args, uint32_t *flags) {
    nfi_unpacked z = args->x[0];
    if (z.kind == NF_KIND_FINITE && z.exp < INTEGRAL_EXP) {
        int inexact;
        const nfi_u128 whole = nfi_round_integer(&job->goal, &z, args->random, &inexact);
        if (inexact && job->op->variant == NFI_EXACT) *flags |= NF_FLAG_INEXACT;
        nfi_normalize(&z, whole, 0);
    }
    return nfi_round_pack(&job->goal, &z, args->random, flags);
}

/* The largest magnitude of this sign. */
static nfi_u128 limit(const nf_format *type, uint32_t sign) {
    if (!type->is_signed) return sign ? u128(0, 0) : u128_ones(type->width);
    return u128_add(u128_ones(type->width - 1u), u128(0, sign));
}

static nfi_u128 negated_if(nfi_u128 magnitude, uint32_t sign) {
    return sign ? u128_sub(u128(0, 0), magnitude) : magnitude;
}

/* What stands for a value that the type does not have; `low` are the low bits of the rounded magnitude. */
static nfi_u128 out_of_range(const nfi_job *job, const nfi_unpacked *x, nfi_u128 low) {
    const nf_format *type = &job->int_type;
    const int is_nan = x->kind >= NF_KIND_QUIET_NAN;
    const nfi_u128 end = negated_if(limit(type, x->sign), x->sign);
    switch (job->int_overflow) {
    case NF_INT_OVERFLOW_RISCV: return is_nan ? limit(type, 0) : end;
    case NF_INT_OVERFLOW_X86_INDEFINITE: return limit(type, type->is_signed);
    case NF_INT_OVERFLOW_WRAP: return x->kind != NF_KIND_FINITE ? u128(0, 0) : negated_if(low, x->sign);
    default: return is_nan ? u128(0, 0) : end;
    }
}

/* A value as a multiple of 2^-bias. */
typedef struct whole {
    nfi_u128 code;
    int inexact;
    int fits;
} whole;

static whole round_to_type(const nfi_job *job, const nfi_unpacked *x, uint32_t random) {
    const nf_format *type = &job->int_type;
    nfi_unpacked scaled = *x;
    nfi_u128 magnitude = u128(0, 0);
    whole w = {.fits = x->kind == NF_KIND_ZERO};
    if (x->kind == NF_KIND_FINITE) {
        scaled.exp += type->bias;
        w.fits = scaled.exp < 128;
        if (scaled.exp < 127) {
            magnitude = nfi_round_integer(&job->goal, &scaled, random, &w.inexact);
        } else if (scaled.exp < 127 + 128) {
            magnitude = u128_shl(x->sig, (uint32_t)(scaled.exp - 127));
        }
        w.fits &= !u128_less(limit(type, x->sign), magnitude);
    }
    w.code = w.fits ? negated_if(magnitude, x->sign) : out_of_range(job, x, magnitude);
    w.code = u128_and(w.code, u128_ones(type->width));
    return w;
}

nfi_u128 nfi_to_int(const nfi_job *job, const nfi_args *args, uint32_t *flags) {
    const whole w = round_to_type(job, &args->x[0], args->random);
    if (!w.fits) *flags |= NF_FLAG_INVALID;
    if (w.fits && w.inexact && job->op->variant == NFI_EXACT) *flags |= NF_FLAG_INEXACT;
    return w.code;
}

/* The end of an operation with a fixed-point result. */
nfi_u128 nfi_round_fixed(const nfi_job *job, const nfi_unpacked *x, uint32_t random, uint32_t *flags) {
    const whole w = round_to_type(job, x, random);
    if (!w.fits) *flags |= x->kind == NF_KIND_FINITE ? NF_FLAG_OVERFLOW | NF_FLAG_INEXACT : NF_FLAG_INVALID;
    if (w.inexact) *flags |= NF_FLAG_INEXACT;
    return w.code;
}
