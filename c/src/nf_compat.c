/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Other libraries' casts, measured on their releases (SEMANTICS 8): ml_dtypes 0.6.0, torch 2.13.0 on x86-64, numpy
 * 2.4.6, onnx 1.23.2.  Nothing is rounded here: a row says through which format a peer goes, and the operand, the
 * environment and the NaN rule of each rounding.
 *
 * E8M0 has no zero, but every peer rounds to float32's exponent field, in which code 0 is one.  So its code 0
 * catches what a subnormal field 0 would, up to 2^-127, and ties go by the parity of the significand: away from a
 * power of two, down from 2^-127.
 */
#include "nf_internal.h"

/* Sources and destinations as sets. */
enum {
    INTEGER = 1 << 0,
    F16 = 1 << 1,
    F32 = 1 << 2,
    F64 = 1 << 3,
    BF16 = 1 << 4,
    E3M4 = 1 << 5,
    E4M3 = 1 << 6,
    E4M3B11FNUZ = 1 << 7,
    E4M3FN = 1 << 8,
    E4M3FNUZ = 1 << 9,
    E5M2 = 1 << 10,
    E5M2FNUZ = 1 << 11,
    E8M0 = 1 << 12,
    E2M3 = 1 << 13,
    E3M2 = 1 << 14,
    E2M1 = 1 << 15,
    X87 = 1 << 16,
    ANY = (1 << 17) - 1,

    OCP_FP6_FP4 = E2M3 | E3M2 | E2M1,
    FNUZ = E4M3FNUZ | E5M2FNUZ,
    NUMPY_FORMATS = F16 | F32 | F64,
    TORCH_FORMATS = NUMPY_FORMATS | BF16 | E4M3FN | E5M2 | FNUZ | E8M0,
    ONNX_FORMATS = TORCH_FORMATS | OCP_FP6_FP4,
    ML_FORMATS = ONNX_FORMATS | E3M4 | E4M3 | E4M3B11FNUZ,
    SMALL = ML_FORMATS & ~(NUMPY_FORMATS | BF16 | E8M0)
};

/* Names of the bits from F16 to E2M1, in their order. */
static const char *const names[] = {
    "binary16",        "binary32",           "binary64",      "bfloat16",        "float8_e3m4",
    "float8_e4m3",     "float8_e4m3b11fnuz", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2",
    "float8_e5m2fnuz", "float8_e8m0fnu",     "float6_e2m3fn", "float6_e3m2fn",   "float4_e2m1fn",
};

_Static_assert((uint64_t)F16 << sizeof names / sizeof *names == X87, "one name per format");

/* Peers as sets. */
enum {
    ML = 1 << NF_COMPAT_ML_DTYPES,
    AVX = 1 << NF_COMPAT_TORCH_AVX2,
    TORCH = 1 << NF_COMPAT_TORCH | AVX,
    SAT = 1 << NF_COMPAT_ONNX,
    ONNX = SAT | 1 << NF_COMPAT_ONNX_NOSAT,
    ML_ONNX = ML | ONNX,                     /* onnx's reference casts by ml_dtypes, */
    NUMPYS = 1 << NF_COMPAT_NUMPY | ML_ONNX, /* and both by numpy */
    ALL = NUMPYS | TORCH
};

/* What a peer casts: formats in both directions, and what is a source only. */
static const struct domain {
    uint32_t formats, sources;
} domains[] = {
    [NF_COMPAT_ML_DTYPES] = {ML_FORMATS, INTEGER | X87}, [NF_COMPAT_TORCH] = {TORCH_FORMATS, INTEGER},
    [NF_COMPAT_TORCH_AVX2] = {TORCH_FORMATS, INTEGER},   [NF_COMPAT_NUMPY] = {NUMPY_FORMATS, INTEGER | X87},
    [NF_COMPAT_ONNX] = {ONNX_FORMATS, INTEGER},          [NF_COMPAT_ONNX_NOSAT] = {ONNX_FORMATS, INTEGER},
};
_Static_assert(sizeof domains / sizeof *domains == NF_COMPAT_ONNX_NOSAT + 1, "one domain per peer");

/* What a NaN becomes. */
typedef enum nan_rule {
    NAN_SIGNED, /* `nan_code`, 0: the canonical one, with the operand's sign */
    NAN_FIXED,  /* the same without the sign */
    NAN_QUIET,  /* sign and fraction kept, made quiet: what the hardware does */
    NAN_KEPT    /* sign and fraction kept, signalling too; 1 where nothing is left of a fraction */
} nan_rule;

/* Changes of the operand of the last rounding. */
enum { ABSOLUTE = 1, NEGATIVE_IS_NAN = 2, ZERO_IS_NAN = 4, INF_IS_NAN = 8 };

typedef struct row {
    uint32_t peers, from, to;
    uint32_t via;      /* a first rounding to this format, by the row for it; 0, or source or destination: none */
    uint8_t refuses;   /* the peer has no such cast */
    uint8_t copies;    /* only where source and destination are the same format: the code itself */
    uint8_t saturates; /* overflow is saturate, else ieee */
    uint8_t rounds_up; /* toward_positive, else ties_even */
    uint8_t zero_code; /* code 0 is a zero for the rounding */
    uint8_t operand;
    nan_rule nan;
    uint32_t nan_code;
} row;

/* The first row that matches counts. */
static const row rows[] = {
    /* onnx first, which changes codes even from a format to itself: to_float8e8m0 with round_mode "up", saturate_cast */
    {SAT, ANY, E8M0, F32, .rounds_up = 1, .zero_code = 1, .saturates = 1, .operand = ABSOLUTE | INF_IS_NAN},
    {ONNX, ANY, E8M0, F32, .rounds_up = 1, .zero_code = 1, .operand = ABSOLUTE},
    {SAT, ANY, E5M2, F32, .saturates = 1, .nan_code = 0x7E},
    {SAT, ANY, E4M3FN | FNUZ, F32, .saturates = 1},

    {ALL, ANY, ANY, .copies = 1},

    /* numpy: its own half-precision code keeps signalling NaNs, the hardware's conversions do not */
    {NUMPYS, F16, F32 | F64, .nan = NAN_KEPT},
    {NUMPYS, F32 | F64 | INTEGER, F16, .nan = NAN_KEPT},
    {NUMPYS, X87, F16, F32, .nan = NAN_KEPT},
    {NUMPYS, F32 | F64 | X87 | INTEGER, F32 | F64, .nan = NAN_QUIET},

    /* ml_dtypes: canonical NaNs but for E5M2, and E8M0 apart */
    {ML_ONNX, E8M0, SMALL, .refuses = 1},
    {ML_ONNX, SMALL, E8M0, .refuses = 1},
    {ML_ONNX, ANY, E8M0, F32, .zero_code = 1, .operand = NEGATIVE_IS_NAN | ZERO_IS_NAN},
    {ML_ONNX, ANY, E5M2, F32, .nan_code = 0x7E},
    {ML_ONNX, BF16, F32, .nan = NAN_KEPT},
    {ML_ONNX, ANY, F64, F32, .nan = NAN_QUIET},
    {ML_ONNX, ANY, ANY, F32, .nan = NAN_SIGNED},

    /* torch: into float32 and float64 ... */
    {TORCH, BF16, F32, .nan = NAN_KEPT},
    {TORCH, FNUZ | E8M0, F32, .nan = NAN_FIXED, .nan_code = 0x7F800001},
    {TORCH, ANY, F32, .nan = NAN_QUIET},
    {TORCH, INTEGER, F64, .nan = NAN_QUIET},
    {TORCH, ANY, F64, F32, .nan = NAN_QUIET},
    /* ... into 16 bits, where the vector code has its own NaNs ... */
    {AVX, F32 | F64, BF16, F32, .nan = NAN_FIXED, .nan_code = 0xFFFF},
    {TORCH, ANY, BF16, F32, .nan = NAN_FIXED},
    {TORCH, F32, F16, .nan = NAN_QUIET},
    {AVX, ANY, F16, F32, .nan = NAN_QUIET},
    /* ... and into 8 */
    {TORCH, ANY, E8M0, F32, .zero_code = 1, .operand = ABSOLUTE},
    {TORCH, ANY, E4M3FN, F32, .saturates = 1},
    {TORCH, ANY, ANY, F32, .nan = NAN_SIGNED},
};

/* The format of a bit from F16 to E2M1. */
static nf_status format_of(uint32_t bit, nf_format *out) {
    uint32_t i = 0;
    while ((uint32_t)F16 << i < bit) i++;
    return nf_format_find(names[i], out);
}

/* The bit of a format, by its descriptor; 0 if no peer has it. */
static uint32_t bit_of(const nf_format *f) {
    nf_format named;
    for (uint32_t bit = F16; bit <= E2M1; bit <<= 1) {
        if (format_of(bit, &named) == NF_OK && memcmp(&named, f, sizeof named) == 0) return bit;
    }
    return f->explicit_leading_bit && f->width == 80 && f->precision == 64 && f->bias == 16383 ? X87 : 0;
}

static const row *find_row(uint32_t peer, uint32_t from, uint32_t to) {
    const uint32_t formats = domains[peer].formats;
    if (!(from & (formats | domains[peer].sources)) || !(to & formats)) return NULL;
    for (const row *r = rows; r < rows + sizeof rows / sizeof *rows; r++) {
        if ((r->peers >> peer & 1) && (r->from & from) && (r->to & to) && (!r->copies || from == to)) {
            return r->refuses ? NULL : r;
        }
    }
    return NULL;
}

/* The last rounding of a row. */
static nf_status aim(nfi_goal *goal, const nf_format *to, const row *r) {
    const nf_env env = {.rounding = r->rounds_up ? NF_ROUND_TOWARD_POSITIVE : NF_ROUND_TIES_EVEN,
                        .overflow = r->saturates ? NF_OVERFLOW_SATURATE : NF_OVERFLOW_IEEE,
                        .nan_substitute = NF_SUBSTITUTE_INVERTED_ZERO};
    nf_format target = *to;
    if (r->zero_code) {
        target.has_zero = 1;
        target.exp0 = NF_EXP0_SUBNORMAL;
    }
    const nf_status status = nfi_goal_init(goal, &target, &env);
    goal->sig_parity = r->zero_code;
    goal->nan_signed = r->nan == NAN_SIGNED;
    goal->propagate = r->nan == NAN_QUIET || r->nan == NAN_KEPT;
    goal->keep_signaling = r->nan == NAN_KEPT;
    if (r->nan_code) goal->nan_code = u128(0, r->nan_code);
    return status;
}

nf_status nfi_compat_init(nfi_compat *plan, nfi_goal *goal, uint32_t peer, const nf_format *from) {
    const nf_format to = goal->to.format;
    const uint32_t from_bit = from ? bit_of(from) : INTEGER, to_bit = bit_of(&to);
    const row *last = find_row(peer, from_bit, to_bit);
    if (!last) return NF_ERR_COMPAT_CAST;
    *plan = (nfi_compat){.active = 1, .copies = last->copies, .operand = last->operand};
    if (last->via && !(last->via & (from_bit | to_bit))) {
        const row *first = find_row(peer, from_bit, last->via);
        nf_format via;
        nf_status status = first ? format_of(last->via, &via) : NF_ERR_COMPAT_CAST;
        if (!status) status = aim(&plan->via, &via, first);
        if (status) return status;
        plan->has_via = 1;
    }
    return aim(goal, &to, last);
}

void nfi_compat_operand(const nfi_compat *plan, nfi_unpacked *x, uint32_t *flags) {
    x->has_payload = 1; /* peers hand on fractions without asking for a quiet bit */
    if (plan->has_via) nfi_unpack(&plan->via.to, nfi_round_pack(&plan->via, x, 0, flags), x);
    if (plan->operand & ABSOLUTE) x->sign = 0;
    const int becomes_nan = ((plan->operand & ZERO_IS_NAN) && x->kind == NF_KIND_ZERO) ||
                            ((plan->operand & INF_IS_NAN) && x->kind == NF_KIND_INF) ||
                            ((plan->operand & NEGATIVE_IS_NAN) && x->kind == NF_KIND_FINITE && x->sign);
    if (!becomes_nan) return;
    x->kind = NF_KIND_QUIET_NAN;
    *flags |= NF_FLAG_INVALID;
}
