/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What every misuse of the library is answered with: part of replay.c.
 */
#ifndef STATUSES_H
#define STATUSES_H

#include <stdio.h>
#include <string.h>

#include "numfmt.h"

static int failures;

static void expect(const char *what, int got, int wanted) {
    if (got == wanted) return;
    failures++;
    printf("%s: status %d (%s), expected %d (%s)\n", what, got, nf_status_text(got), wanted, nf_status_text(wanted));
}

static const nf_format e4m3fn = {
    .width = 8, .precision = 4, .bias = 7, .is_signed = 1, .has_zero = 1, .has_neg_zero = 1, .n_high_nans = 1};
static const nf_format e2m1fn = {
    .width = 4, .precision = 2, .bias = 1, .is_signed = 1, .has_zero = 1, .has_neg_zero = 1};
static const nf_format e8m0 = {.width = 8, .precision = 1, .bias = 127, .exp0 = NF_EXP0_NORMAL, .n_high_nans = 1};
static const nf_format x87 = {.width = 80,
                              .precision = 64,
                              .bias = 16383,
                              .is_signed = 1,
                              .has_inf = 1,
                              .has_zero = 1,
                              .has_neg_zero = 1,
                              .has_quiet_bit = 1,
                              .explicit_leading_bit = 1,
                              .n_high_nans = NF_HIGH_NANS_ALL};

static void expect_format(const char *what, nf_format f, int wanted) {
    expect(what, nf_format_canonicalize(&f), wanted);
}

static void check_format_statuses(void) {
    nf_format f;
#define BAD(base, field, value, status)                                                                                \
    (f = (base), f.field = (value), expect_format(#base "." #field " = " #value, f, status))
    BAD(e4m3fn, width, 8, NF_OK);
    BAD(x87, width, 80, NF_OK);
    BAD(e4m3fn, width, 1, NF_ERR_WIDTH);
    BAD(e4m3fn, width, 129, NF_ERR_WIDTH);
    BAD(e4m3fn, precision, 0, NF_ERR_PRECISION);
    BAD(e4m3fn, precision, 114, NF_ERR_PRECISION);
    BAD(e4m3fn, precision, 8, NF_ERR_EXPONENT_FIELD);
    BAD(e4m3fn, width, 25, NF_ERR_EXPONENT_FIELD);
    BAD(e4m3fn, bias, (1 << 20) + 1, NF_ERR_BIAS);
    BAD(e4m3fn, bias, -(1 << 20) - 1, NF_ERR_BIAS);
    BAD(e4m3fn, is_signed, 2, NF_ERR_IS_SIGNED);
    BAD(e4m3fn, has_inf, 2, NF_ERR_HAS_INF);
    BAD(e4m3fn, has_zero, 2, NF_ERR_HAS_ZERO);
    BAD(e4m3fn, has_neg_zero, 2, NF_ERR_HAS_NEG_ZERO);
    BAD(e4m3fn, exp0, 3, NF_ERR_EXP0);
    BAD(e4m3fn, has_quiet_bit, 2, NF_ERR_HAS_QUIET_BIT);
    BAD(e4m3fn, explicit_leading_bit, 2, NF_ERR_EXPLICIT_LEADING_BIT);
    BAD(e4m3fn, reserved[6], 1, NF_ERR_FORMAT_RESERVED);
    BAD(e4m3fn, is_signed, 0, NF_ERR_UNSIGNED_NEG_ZERO);
    BAD(e4m3fn, has_zero, 0, NF_ERR_SIGNED_NO_ZERO);
    BAD(e8m0, exp0, NF_EXP0_SUBNORMAL, NF_ERR_NO_ZERO_EXP0);
    BAD(e8m0, exp0, NF_EXP0_ZERO, NF_ERR_NO_ZERO_EXP0);
    BAD(e4m3fn, has_neg_zero, 0, NF_ERR_NO_NEG_ZERO_HIGH_NANS);
    BAD(e4m3fn, has_quiet_bit, 1, NF_ERR_QUIET_BIT_NEEDS);
    BAD(e4m3fn, n_high_nans, NF_HIGH_NANS_ALL, NF_ERR_ALL_NANS_NEED_INF);
    BAD(x87, has_quiet_bit, 0, NF_ERR_EXPLICIT_NEEDS);
    BAD(e4m3fn, n_high_nans, 128, NF_ERR_TOO_MANY_SPECIALS);
    BAD(e4m3fn, n_high_nans, 127, NF_ERR_NO_POSITIVE_FINITE);
#undef BAD
    expect("null format", nf_format_canonicalize(NULL), NF_ERR_NULL);
}

static int convert_with(const nf_env *env) {
    const unsigned char in = 1;
    unsigned char out;
    return nf_convert(&e4m3fn, &e8m0, env, 1, &in, NULL, &out, NULL, NULL);
}

static void check_env_statuses(void) {
    nf_env env = {0};
    expect("default env", convert_with(&env), NF_OK);
    expect("no env", convert_with(NULL), NF_OK);
#define BAD(field, value, status)                                                                                      \
    (memset(&env, 0, sizeof env), env.field = (value), expect("env." #field, convert_with(&env), status))
    BAD(rounding, 9, NF_ERR_ROUNDING);
    BAD(rounding, NF_ROUND_STOCHASTIC_A, NF_ERR_RANDOM_NULL);
    BAD(random_bits_count, 33, NF_ERR_RANDOM_COUNT);
    BAD(overflow, 6, NF_ERR_OVERFLOW);
    BAD(tininess, 2, NF_ERR_TININESS);
    BAD(nan, 11, NF_ERR_NAN_PROFILE);
    BAD(nan_substitute, 6, NF_ERR_NAN_SUBSTITUTE);
    BAD(ftz, 3, NF_ERR_FTZ);
    BAD(ftz, NF_FTZ_ARM, NF_ERR_FTZ_NO_ZERO);
    BAD(daz, 8, NF_ERR_DAZ);
    BAD(reserved[0], 1, NF_ERR_ENV_RESERVED);
    BAD(compat, 7, NF_ERR_COMPAT);
    BAD(compat, NF_COMPAT_NUMPY, NF_ERR_COMPAT_CAST);
    BAD(compat, NF_COMPAT_TORCH, NF_OK);
    env = (nf_env){.compat = NF_COMPAT_TORCH, .overflow = NF_OVERFLOW_IEEE};
    expect("compat and another field", convert_with(&env), NF_ERR_COMPAT_ALONE);
    const nf_parts parts = {.kind = NF_KIND_FINITE, .sig_lo = 1};
    unsigned char out;
    env = (nf_env){.compat = NF_COMPAT_TORCH};
    expect("compat and parts", nf_round_parts(&e4m3fn, &env, 1, &parts, NULL, &out, NULL, NULL), NF_ERR_COMPAT_CAST);
#undef BAD
}

static const nf_format int32 = {.width = 32, .is_signed = 1};

/* One operation on codes that are 1, of these types. */
static int apply_with(uint32_t op, nf_format a, nf_format b, nf_format to, const nf_env *env) {
    const unsigned char in[16] = {1};
    const void *const inputs[NF_MAX_ARITY] = {in, in, in};
    const nf_format operands[NF_MAX_ARITY] = {a, b, b};
    const uint32_t random = 0;
    unsigned char out[16];
    return nf_apply(op, operands, &to, env, 1, inputs, &random, out, NULL, NULL);
}

/* Fixed-point types: what is refused, and a few results. */
static void check_fixed_point(void) {
    nf_env env = {.rounding = NF_ROUND_TIES_UP};
    nf_format q = {.width = 65, .is_signed = 1, .bias = 4};
    expect("65 bits converted", apply_with(NF_OP_CONVERT, q, q, e4m3fn, NULL), NF_OK);
    expect("65 bits added", apply_with(NF_OP_ADD, q, q, e4m3fn, NULL), NF_ERR_INT_TYPE);
    q.width = 129;
    expect("129 bits", apply_with(NF_OP_CONVERT, q, q, e4m3fn, NULL), NF_ERR_INT_TYPE);
    q = (nf_format){.width = 8, .bias = 1025};
    expect("1025 fraction bits", apply_with(NF_OP_CONVERT, e4m3fn, e4m3fn, q, NULL), NF_ERR_INT_TYPE);
    expect("fraction bits of an integer", apply_with(NF_OP_FROM_INT, q, q, e4m3fn, NULL), NF_ERR_INT_TYPE);
    q.bias = 4;
    expect("fixed-point exponent", apply_with(NF_OP_SCALEB, e4m3fn, int32, q, NULL), NF_ERR_OP_TYPE);
    env.rounding = NF_ROUND_TIES_UP + 1;
    expect("rounding 10", apply_with(NF_OP_MUL, q, q, q, &env), NF_ERR_ROUNDING);
    env = (nf_env){.rounding = NF_ROUND_STOCHASTIC_A, .random_bits_count = 33};
    expect("33 random bits", apply_with(NF_OP_MUL, q, q, q, &env), NF_ERR_RANDOM_COUNT);

    /* -1.5 * 1.25 = -1.875 in steps of 1/4: the tie goes up; 7.75 + 7.75 wraps */
    const nf_format quarter = {.width = 6, .is_signed = 1, .bias = 2}, two[] = {quarter, quarter};
    const unsigned char a[] = {0x3A, 31}, b[] = {5, 31};
    const void *const inputs[] = {a, b};
    unsigned char out[2], flags[2];
    env = (nf_env){.rounding = NF_ROUND_TIES_UP, .int_overflow = NF_INT_OVERFLOW_WRAP};
    expect("mul", nf_apply(NF_OP_MUL, two, &quarter, &env, 2, inputs, NULL, out, flags, NULL), NF_OK);
    expect("-1.75", out[0], 0x39);
    expect("inexact", flags[0], NF_FLAG_INEXACT);
    expect("add", nf_apply(NF_OP_ADD, two, &quarter, &env, 2, inputs, NULL, out, flags, NULL), NF_OK);
    expect("15.5 - 16", out[1], 0x3E);
    expect("overflow", flags[1], NF_FLAG_OVERFLOW | NF_FLAG_INEXACT);
}

static int32_t requantized(uint32_t how, int32_t acc, int32_t multiplier, int32_t shift) {
    const int32_t zero = 1;
    int32_t out = -1;
    expect("requantize", nf_requantize(how, 1, &acc, &multiplier, &shift, &zero, -1000, 3311, &out, NULL), NF_OK);
    return out;
}

/* The two roundings of TFLite, where they differ and at their ties. */
static void check_requantization(void) {
    const int32_t acc = 1 << 30, multiplier = 1 << 30, left = 1, zero = 0, bad[] = {-1, 31, -32};
    int32_t out;
    expect("how", nf_requantize(2, 1, &acc, &multiplier, &zero, &zero, 0, 9, &out, NULL), NF_ERR_REQUANTIZATION);
    expect("no arrays", nf_requantize(0, 1, NULL, &multiplier, &zero, &zero, 0, 9, &out, NULL), NF_ERR_NULL);
    expect("in place", nf_requantize(0, 1, &out, &multiplier, &zero, &zero, 0, 9, &out, NULL), NF_ERR_OVERLAP);
    expect("shifted out", nf_requantize(0, 1, &acc, &multiplier, &left, &zero, 0, 9, &out, NULL), NF_ERR_ACCUMULATOR);
    expect("multiplier", nf_requantize(1, 1, &acc, bad, &zero, &zero, 0, 9, &out, NULL), NF_ERR_MULTIPLIER);
    expect("shift 31", nf_requantize(1, 1, &acc, &multiplier, bad + 1, &zero, 0, 9, &out, NULL), NF_ERR_MULTIPLIER);
    expect("shift -32", nf_requantize(1, 1, &acc, &multiplier, bad + 2, &zero, 0, 9, &out, NULL), NF_ERR_MULTIPLIER);
    expect("rounded twice", requantized(NF_REQUANTIZE_GEMMLOWP, 10, 1717983482, -4), 2);
    expect("rounded once", requantized(NF_REQUANTIZE_SINGLE, 10, 1717983482, -4), 1);
    expect("-1.5 twice", requantized(NF_REQUANTIZE_GEMMLOWP, -6, 1 << 30, -1), -1);
    expect("-1.5 once", requantized(NF_REQUANTIZE_SINGLE, -6, 1 << 30, -1), 0);
    expect("clamped", requantized(NF_REQUANTIZE_SINGLE, 1 << 20, 1 << 30, 0), 3311);
    expect("clamped below", requantized(NF_REQUANTIZE_SINGLE, INT32_MIN, INT32_MAX, 30), -1000);
    expect("least", requantized(NF_REQUANTIZE_GEMMLOWP, INT32_MIN, INT32_MAX, -31), 0);
}

static void check_op_statuses(void) {
    nf_env env = {0};
    nf_format wide = int32;
    uint32_t op = 0;
    expect("add", apply_with(NF_OP_ADD, e4m3fn, e2m1fn, x87, NULL), NF_OK);
    expect("unknown op", apply_with((uint32_t)nf_op_count(), e4m3fn, e4m3fn, e4m3fn, NULL), NF_ERR_OP);
    expect("int operand of eq", apply_with(NF_OP_EQ, e4m3fn, int32, e4m3fn, NULL), NF_ERR_OP_TYPE);
    expect("int result of minimum", apply_with(NF_OP_MINIMUM, e4m3fn, e4m3fn, int32, NULL), NF_ERR_OP_TYPE);
    expect("float operand of scaleb", apply_with(NF_OP_SCALEB, e4m3fn, e4m3fn, e4m3fn, NULL), NF_ERR_OP_TYPE);
    expect("float result of to_int", apply_with(NF_OP_TO_INT, e4m3fn, e4m3fn, e4m3fn, NULL), NF_ERR_OP_TYPE);
    expect("scaleb", apply_with(NF_OP_SCALEB, e4m3fn, int32, e4m3fn, NULL), NF_OK);
    expect("eq of two formats", apply_with(NF_OP_EQ, e4m3fn, e8m0, int32, NULL), NF_OK);
    expect("total_order of two formats", apply_with(NF_OP_TOTAL_ORDER, e4m3fn, e2m1fn, e4m3fn, NULL),
           NF_ERR_OP_FORMATS);
    expect("negate into another", apply_with(NF_OP_NEGATE, e4m3fn, e4m3fn, e2m1fn, NULL), NF_ERR_OP_FORMATS);
    expect("negate of unsigned", apply_with(NF_OP_NEGATE, e8m0, e8m0, e8m0, NULL), NF_ERR_OP_UNSIGNED);
    wide.width = 65;
    expect("int65", apply_with(NF_OP_TO_INT, e4m3fn, e4m3fn, wide, NULL), NF_ERR_INT_TYPE);
    wide = (nf_format){.width = 8, .has_inf = 1};
    expect("int with Inf", apply_with(NF_OP_FROM_INT, wide, wide, e4m3fn, NULL), NF_ERR_INT_TYPE);
    env.rounding = NF_ROUND_TIES_UP;
    expect("ties_up into a float", apply_with(NF_OP_ADD, e4m3fn, e4m3fn, e4m3fn, &env), NF_ERR_ROUNDING);
    expect("ties_up into an integer", apply_with(NF_OP_TO_INT, e4m3fn, e4m3fn, int32, &env), NF_OK);
    env.rounding = NF_ROUND_TIES_UP + 1;
    expect("rounding 10 into an integer", apply_with(NF_OP_TO_INT, e4m3fn, e4m3fn, int32, &env), NF_ERR_ROUNDING);
    env = (nf_env){0};
    env.int_overflow = 5;
    expect("int_overflow", apply_with(NF_OP_TO_INT, e4m3fn, e4m3fn, int32, &env), NF_ERR_INT_OVERFLOW);
    env = (nf_env){.rounding_precision = 65};
    expect("rounding_precision", apply_with(NF_OP_ADD, x87, x87, x87, &env), NF_ERR_ROUNDING_PRECISION);
    env.rounding_precision = 24;
    expect("24 bits of x87", apply_with(NF_OP_ADD, x87, x87, x87, &env), NF_OK);
    expect("24 bits of e4m3fn", apply_with(NF_OP_ADD, x87, x87, e4m3fn, &env), NF_ERR_ROUNDING_PRECISION);
    env = (nf_env){.compat = NF_COMPAT_TORCH};
    expect("compat and add", apply_with(NF_OP_ADD, e4m3fn, e4m3fn, e4m3fn, &env), NF_ERR_COMPAT_CAST);
    expect("op name", nf_op_find("fma", &op), NF_OK);
    expect("its number", (int)op, NF_OP_FMA);
    expect("no op name", nf_op_find("frob", &op), NF_ERR_OP);
    expect("null op name", nf_op_find(NULL, &op), NF_ERR_NULL);
    expect("past the table of ops", nf_op_at(nf_op_count()) == NULL, 1);
}

static void check_apply_arrays(void) {
    unsigned char codes[8] = {1, 2, 3, 0x1F}, out[8] = {9, 9, 9, 9};
    const nf_format operands[NF_MAX_ARITY] = {e2m1fn, e2m1fn, e2m1fn};
    const void *inputs[NF_MAX_ARITY] = {codes, codes, codes};
    const nf_env stochastic = {.rounding = NF_ROUND_STOCHASTIC_A, .random_bits_count = 1};
    const uint32_t random[1] = {2};
    nf_result result;
    expect("wide code", nf_apply(NF_OP_ADD, operands, &e4m3fn, NULL, 4, inputs, NULL, out, NULL, &result), NF_ERR_CODE);
    expect("its index", (int)result.index, 3);
    expect("nothing half-written", out[0] == 9, 1);
    expect("no random bits", nf_apply(NF_OP_ADD, operands, &e4m3fn, &stochastic, 1, inputs, NULL, out, NULL, NULL),
           NF_ERR_RANDOM_NULL);
    expect("wide random bits", nf_apply(NF_OP_ADD, operands, &e4m3fn, &stochastic, 1, inputs, random, out, NULL, NULL),
           NF_ERR_RANDOM_BITS);
    expect("no random bits needed", nf_apply(NF_OP_EQ, operands, NULL, &stochastic, 1, inputs, NULL, out, NULL, NULL),
           NF_OK);
    expect("out over in", nf_apply(NF_OP_ADD, operands, &e4m3fn, NULL, 4, inputs, NULL, codes, NULL, NULL),
           NF_ERR_OVERLAP);
    inputs[1] = NULL;
    expect("null operand", nf_apply(NF_OP_ADD, operands, &e4m3fn, NULL, 1, inputs, NULL, out, NULL, NULL), NF_ERR_NULL);
    expect("null formats", nf_apply(NF_OP_ADD, NULL, &e4m3fn, NULL, 1, inputs, NULL, out, NULL, NULL), NF_ERR_NULL);
    expect("null operand, n = 0", nf_apply(NF_OP_ADD, operands, &e4m3fn, NULL, 0, inputs, NULL, out, NULL, NULL),
           NF_OK);
}

static void check_unrounded(void) {
    const unsigned char codes[4] = {1, 2, 3, 0x1F};
    const nf_format operands[NF_MAX_ARITY] = {e2m1fn, e2m1fn, e2m1fn};
    const void *inputs[NF_MAX_ARITY] = {codes, codes, codes};
    const nf_env torch = {.compat = NF_COMPAT_TORCH};
    nf_parts out[4] = {{.kind = 9}};
    nf_result result;
    expect("unrounded comparison", nf_unrounded(NF_OP_EQ, operands, &e4m3fn, NULL, 1, inputs, out, NULL), NF_ERR_OP);
    expect("unrounded minimum", nf_unrounded(NF_OP_MINIMUM, operands, &e4m3fn, NULL, 1, inputs, out, NULL), NF_ERR_OP);
    expect("unrounded nothing", nf_unrounded((uint32_t)nf_op_count(), operands, &e4m3fn, NULL, 1, inputs, out, NULL),
           NF_ERR_OP);
    expect("unrounded compat", nf_unrounded(NF_OP_CONVERT, operands, &e4m3fn, &torch, 1, inputs, out, NULL),
           NF_ERR_COMPAT_CAST);
    expect("unrounded null", nf_unrounded(NF_OP_ADD, NULL, &e4m3fn, NULL, 1, inputs, out, NULL), NF_ERR_NULL);
    expect("unrounded null out", nf_unrounded(NF_OP_ADD, operands, &e4m3fn, NULL, 1, inputs, NULL, NULL), NF_ERR_NULL);
    expect("unrounded wide code", nf_unrounded(NF_OP_ADD, operands, &e4m3fn, NULL, 4, inputs, out, &result),
           NF_ERR_CODE);
    expect("its index", (int)result.index, 3);
    expect("nothing half-written", out[0].kind == 9, 1);
    expect("unrounded", nf_unrounded(NF_OP_DIV, operands, &e4m3fn, NULL, 3, inputs, out, NULL), NF_OK);
    expect("1 / 1", out[2].sig_hi == 1ull << 63 && out[2].exp == -127 && !out[2].sticky, 1);
}

static void check_array_statuses(void) {
    unsigned char codes[8] = {1, 2, 3, 0x1F}, out[8] = {9, 9, 9, 9}, flags[8] = {9, 9, 9, 9};
    nf_env raise = {.nan_substitute = NF_SUBSTITUTE_RAISE};
    nf_result result;
    expect("null in", nf_convert(&e4m3fn, &e4m3fn, NULL, 1, NULL, NULL, out, NULL, NULL), NF_ERR_NULL);
    expect("null out", nf_convert(&e4m3fn, &e4m3fn, NULL, 1, codes, NULL, NULL, NULL, NULL), NF_ERR_NULL);
    expect("null src has no way", nf_isa_converts(NF_ISA_PORTABLE, NULL, &e4m3fn, NULL), 0);
    expect("null dst has no way", nf_isa_converts(NF_ISA_PORTABLE, &e4m3fn, NULL, NULL), 0);
    expect("one that is there", nf_isa_converts(NF_ISA_PORTABLE, &e4m3fn, &e4m3fn, NULL), 1);
    expect("null src", nf_convert(NULL, &e4m3fn, NULL, 1, codes, NULL, out, NULL, NULL), NF_ERR_NULL);
    expect("null, n = 0", nf_convert(&e4m3fn, &e4m3fn, NULL, 0, NULL, NULL, NULL, NULL, NULL), NF_OK);
    expect("n too large", nf_convert(&e4m3fn, &x87, NULL, (size_t)PTRDIFF_MAX, codes, NULL, out, NULL, NULL),
           NF_ERR_SIZE);
    expect("in over out", nf_convert(&e4m3fn, &e4m3fn, NULL, 4, codes, NULL, codes + 3, NULL, NULL), NF_ERR_OVERLAP);
    expect("flags over out", nf_convert(&e4m3fn, &e4m3fn, NULL, 4, codes, NULL, out, out, NULL), NF_ERR_OVERLAP);
    expect("wide code", nf_convert(&e2m1fn, &e4m3fn, NULL, 4, codes, NULL, out, flags, &result), NF_ERR_CODE);
    expect("its index", (int)result.index, 3);
    codes[3] = 0x7F;
    expect("NaN refused", nf_convert(&e4m3fn, &e2m1fn, &raise, 4, codes, NULL, out, flags, &result), NF_ERR_NAN);
    expect("its index", (int)result.index, 3);
    expect("nothing half-written", out[0] == 9 && flags[0] == 9, 1);
    expect("int from null", nf_from_int(1, &e4m3fn, NULL, 1, NULL, NULL, out, NULL, NULL), NF_ERR_NULL);
    nf_parts parts = {.kind = NF_KIND_FINITE, .sig_lo = 1, .sticky = 1};
    expect("sticky below 2^126", nf_round_parts(&e4m3fn, NULL, 1, &parts, NULL, out, NULL, &result), NF_ERR_PARTS);
    parts = (nf_parts){.kind = 5};
    expect("unknown kind", nf_round_parts(&e4m3fn, NULL, 1, &parts, NULL, out, NULL, &result), NF_ERR_PARTS);
}

static void check_names(void) {
    nf_format f;
    expect("e4m3fn", nf_format_find("E4M3FN", &f), NF_OK);
    expect("e4m3", nf_format_find("e4m3", &f), NF_ERR_NAME_E4M3);
    expect("binary8p4se", nf_format_find("Binary8p4se", &f), NF_OK);
    expect("binary2p1se", nf_format_find("binary2p1se", &f), NF_ERR_NAME);
    expect("binary8p8se", nf_format_find("binary8p8se", &f), NF_ERR_NAME);
    expect("empty", nf_format_find("", &f), NF_ERR_NAME);
    expect("null name", nf_format_find(NULL, &f), NF_ERR_NULL);
    expect("past the table", nf_format_at(nf_format_count()) == NULL, 1);
}

/* The number of wrong answers. */
static int check_statuses(void) {
    check_format_statuses();
    check_env_statuses();
    check_array_statuses();
    check_op_statuses();
    check_fixed_point();
    check_requantization();
    check_apply_arrays();
    check_unrounded();
    check_names();
    return failures;
}

#endif
