/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Values to integers: in a float format (IEEE 754-2019 5.9 roundToIntegral) and as integers (5.8; SEMANTICS 7).
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
static uint64_t limit(const nf_format *type, uint32_t sign) {
    if (!type->is_signed) return sign ? 0 : UINT64_MAX >> (64 - type->width);
    return (1ull << (type->width - 1)) - !sign;
}

/* What stands for a value that the type does not have; `low` are the low 64 bits of the rounded magnitude. */
static uint64_t out_of_range(const nfi_job *job, const nfi_unpacked *x, uint64_t low) {
    const nf_format *type = &job->int_type;
    const int is_nan = x->kind >= NF_KIND_QUIET_NAN;
    const uint64_t end = x->sign ? 0 - limit(type, 1) : limit(type, 0);
    switch (job->int_overflow) {
    case NF_INT_OVERFLOW_RISCV: return is_nan ? limit(type, 0) : end;
    case NF_INT_OVERFLOW_X86_INDEFINITE: return type->is_signed ? limit(type, 1) : UINT64_MAX;
    case NF_INT_OVERFLOW_WRAP: return x->kind != NF_KIND_FINITE ? 0 : x->sign ? 0 - low : low;
    default: return is_nan ? 0 : end;
    }
}

/* |x| >= 2^112, an integer, modulo 2^64. */
static uint64_t low_word(const nfi_unpacked *x) {
    if (x->exp >= 127 + 64) return 0;
    return x->exp >= 127 ? u128_shl(x->sig, (uint32_t)(x->exp - 127)).lo
                         : u128_shr(x->sig, (uint32_t)(127 - x->exp)).lo;
}

nfi_u128 nfi_to_int(const nfi_job *job, const nfi_args *args, uint32_t *flags) {
    const nfi_unpacked *x = &args->x[0];
    const nf_format *type = &job->int_type;
    const uint64_t mask = UINT64_MAX >> (64 - type->width);
    int inexact = 0, fits = x->kind == NF_KIND_ZERO;
    uint64_t whole = 0;
    if (x->kind == NF_KIND_FINITE && x->exp < INTEGRAL_EXP) {
        const nfi_u128 rounded = nfi_round_integer(&job->goal, x, args->random, &inexact);
        whole = rounded.lo;
        fits = rounded.hi == 0 && whole <= limit(type, x->sign);
    } else if (x->kind == NF_KIND_FINITE) {
        whole = low_word(x);
    }
    if (!fits) {
        *flags |= NF_FLAG_INVALID;
        return u128(0, out_of_range(job, x, whole) & mask);
    }
    if (inexact && job->op->variant == NFI_EXACT) *flags |= NF_FLAG_INEXACT;
    return u128(0, (x->sign ? 0 - whole : whole) & mask);
}
