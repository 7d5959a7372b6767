/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of operations: what loops, Python, vectors, tests and documents iterate.
 */
#include "nf_cores.h"

#define INX NF_FLAG_INEXACT
#define RANGE (NF_FLAG_INEXACT | NF_FLAG_UNDERFLOW | NF_FLAG_OVERFLOW)
#define DBZ NF_FLAG_DIVIDE_BY_ZERO
#define INV NF_FLAG_INVALID

#define IEEE "IEEE 754-2019 "

/* Rows that differ in little. */
#define ROUNDED(NAME, name_, operands_, formula_, source_, core_, flags_)                                              \
    [NF_OP_##NAME] = {.info = {name_, operands_, formula_, source_, NF_RESULT_FLOAT, 1, flags_, 0}, .core = core_}
#define SELECT(NAME, name_, formula_, source_, variant_)                                                               \
    [NF_OP_##NAME] = {.info = {name_, "ff", formula_, source_, NF_RESULT_FLOAT, 1, RANGE | INV, 0},                    \
                      .kernel = nfi_select,                                                                            \
                      .variant = variant_}
#define COMPARE(NAME, name_, formula_, variant_)                                                                       \
    [NF_OP_##NAME] = {.info = {name_, "ff", formula_, IEEE "5.11", NF_RESULT_BOOL, 0, INV, 0},                         \
                      .kernel = nfi_compare,                                                                           \
                      .variant = variant_}
#define IS(NAME, name_, formula_)                                                                                      \
    [NF_OP_##NAME] = {.info = {name_, "f", formula_, IEEE "5.7.2", NF_RESULT_BOOL, 0, 0, 0},                           \
                      .kernel = nfi_is,                                                                                \
                      .variant = NF_OP_##NAME,                                                                         \
                      .raw = 1}
#define BITS(NAME, name_, operands_, formula_, source_, result_, flags_, one_, kernel_, variant_, signed_)             \
    [NF_OP_##NAME] = {.info = {name_, operands_, formula_, source_, result_, 0, flags_, one_},                         \
                      .kernel = kernel_,                                                                               \
                      .variant = variant_,                                                                             \
                      .raw = 1,                                                                                        \
                      .signed_only = signed_}
#define TO_INTEGER(NAME, name_, source_, result_, flags_, kernel_, variant_)                                           \
    [NF_OP_##NAME] = {.info = {name_, "f", "a to an integer", source_, result_, 1, flags_, 0},                         \
                      .kernel = kernel_,                                                                               \
                      .variant = variant_}

/* clang-format off */
static const nfi_op table[] = {
    ROUNDED(CONVERT, "convert", "f", "a", IEEE "5.4.2", nfi_copy, RANGE | INV),
    ROUNDED(FROM_INT, "from_int", "i", "a", IEEE "5.4.1 convertFromInt", nfi_copy, RANGE | INV),
    ROUNDED(ADD, "add", "ff", "a + b", IEEE "5.4.1", nfi_add, RANGE | INV),
    ROUNDED(SUB, "sub", "ff", "a - b", IEEE "5.4.1", nfi_sub, RANGE | INV),
    ROUNDED(MUL, "mul", "ff", "a * b", IEEE "5.4.1", nfi_mul, RANGE | INV),
    ROUNDED(DIV, "div", "ff", "a / b", IEEE "5.4.1", nfi_div, RANGE | INV | DBZ),
    ROUNDED(REMAINDER, "remainder", "ff", "a - b * n, n = a / b to nearest, ties to even", IEEE "5.3.1",
            nfi_remainder, RANGE | INV),
    ROUNDED(FMOD, "fmod", "ff", "a - b * n, n = a / b toward zero", "C23 7.12.10.1", nfi_fmod, RANGE | INV),
    ROUNDED(SQRT, "sqrt", "f", "sqrt(a)", IEEE "5.4.1", nfi_sqrt, RANGE | INV),
    ROUNDED(RECIP, "recip", "f", "1 / a", IEEE "5.4.1", nfi_recip, RANGE | INV | DBZ),
    ROUNDED(RSQRT, "rsqrt", "f", "1 / sqrt(a)", IEEE "9.2 rSqrt", nfi_rsqrt, RANGE | INV | DBZ),
    ROUNDED(FMA, "fma", "fff", "a * b + c", IEEE "5.4.1", nfi_fma, RANGE | INV),
    ROUNDED(FAA, "faa", "fff", "a + b + c", "P3109 v4.0 4.10.5", nfi_faa, RANGE | INV),
    ROUNDED(SCALEB, "scaleb", "fi", "a * 2^b", IEEE "5.3.3", nfi_scaleb, RANGE | INV),
    ROUNDED(LOGB, "logb", "f", "floor(log2 |a|)", IEEE "5.3.3", nfi_logb, RANGE | INV | DBZ),

    TO_INTEGER(ROUND_TO_INTEGRAL, "round_to_integral", IEEE "5.9 roundToIntegralExact", NF_RESULT_FLOAT, RANGE | INV,
               nfi_round_to_integral, NFI_EXACT),
    TO_INTEGER(ROUND_TO_INTEGRAL_NOT_EXACT, "round_to_integral_not_exact", IEEE "5.9 roundToIntegral...",
               NF_RESULT_FLOAT, RANGE | INV, nfi_round_to_integral, NFI_NOT_EXACT),
    TO_INTEGER(TO_INT, "to_int", IEEE "5.8 convertToIntegerExact...", NF_RESULT_INT, INX | INV, nfi_to_int, NFI_EXACT),
    TO_INTEGER(TO_INT_NOT_EXACT, "to_int_not_exact", IEEE "5.8 convertToInteger...", NF_RESULT_INT, INV, nfi_to_int,
               NFI_NOT_EXACT),

    SELECT(MINIMUM, "minimum", "the smaller; NaN if one is", IEEE "9.6", 0),
    SELECT(MAXIMUM, "maximum", "the larger; NaN if one is", IEEE "9.6", NFI_MAX),
    SELECT(MINIMUM_NUMBER, "minimum_number", "the smaller number", IEEE "9.6", NFI_NUMBER),
    SELECT(MAXIMUM_NUMBER, "maximum_number", "the larger number", IEEE "9.6", NFI_NUMBER | NFI_MAX),
    SELECT(MINIMUM_MAGNITUDE, "minimum_magnitude", "the smaller magnitude; NaN if one is", IEEE "9.6", NFI_MAGNITUDE),
    SELECT(MAXIMUM_MAGNITUDE, "maximum_magnitude", "the larger magnitude; NaN if one is", IEEE "9.6",
           NFI_MAGNITUDE | NFI_MAX),
    SELECT(MINIMUM_MAGNITUDE_NUMBER, "minimum_magnitude_number", "the number of smaller magnitude", IEEE "9.6",
           NFI_MAGNITUDE | NFI_NUMBER),
    SELECT(MAXIMUM_MAGNITUDE_NUMBER, "maximum_magnitude_number", "the number of larger magnitude", IEEE "9.6",
           NFI_MAGNITUDE | NFI_NUMBER | NFI_MAX),
    SELECT(MIN_NUM, "min_num", "the smaller, or the other of a quiet NaN", "IEEE 754-2008 5.3.1", NFI_NUM_2008),
    SELECT(MAX_NUM, "max_num", "the larger, or the other of a quiet NaN", "IEEE 754-2008 5.3.1",
           NFI_NUM_2008 | NFI_MAX),
    SELECT(MIN_NUM_MAG, "min_num_mag", "the smaller magnitude, or the other of a quiet NaN", "IEEE 754-2008 5.3.1",
           NFI_NUM_2008 | NFI_MAGNITUDE),
    SELECT(MAX_NUM_MAG, "max_num_mag", "the larger magnitude, or the other of a quiet NaN", "IEEE 754-2008 5.3.1",
           NFI_NUM_2008 | NFI_MAGNITUDE | NFI_MAX),

    BITS(NEGATE, "negate", "f", "-a", IEEE "5.5.1", NF_RESULT_FLOAT, 0, 1, nfi_change_sign, NFI_NEGATE, 1),
    BITS(ABSOLUTE, "absolute", "f", "|a|", IEEE "5.5.1", NF_RESULT_FLOAT, 0, 1, nfi_change_sign, NFI_ABSOLUTE, 1),
    BITS(COPYSIGN, "copysign", "ff", "|a| with the sign of b", IEEE "5.5.1", NF_RESULT_FLOAT, 0, 1, nfi_change_sign,
         NFI_COPYSIGN, 1),
    BITS(NEXT_UP, "next_up", "f", "the next larger value", IEEE "5.3.1", NF_RESULT_FLOAT, INV, 1, nfi_next, 0, 0),
    BITS(NEXT_DOWN, "next_down", "f", "the next smaller value", IEEE "5.3.1", NF_RESULT_FLOAT, INV, 1, nfi_next, 1, 0),

    COMPARE(EQ, "eq", "a = b", NFI_EQUAL),
    COMPARE(NE, "ne", "a is less, greater or unordered", NFI_LESS | NFI_GREATER | NFI_UNORDERED),
    COMPARE(LT, "lt", "a < b", NFI_LESS | NFI_SIGNALING),
    COMPARE(LE, "le", "a <= b", NFI_LESS | NFI_EQUAL | NFI_SIGNALING),
    COMPARE(GT, "gt", "a > b", NFI_GREATER | NFI_SIGNALING),
    COMPARE(GE, "ge", "a >= b", NFI_GREATER | NFI_EQUAL | NFI_SIGNALING),
    COMPARE(NOT_LT, "not_lt", "not a < b", NFI_GREATER | NFI_EQUAL | NFI_UNORDERED | NFI_SIGNALING),
    COMPARE(NOT_LE, "not_le", "not a <= b", NFI_GREATER | NFI_UNORDERED | NFI_SIGNALING),
    COMPARE(NOT_GT, "not_gt", "not a > b", NFI_LESS | NFI_EQUAL | NFI_UNORDERED | NFI_SIGNALING),
    COMPARE(NOT_GE, "not_ge", "not a >= b", NFI_LESS | NFI_UNORDERED | NFI_SIGNALING),
    COMPARE(EQ_SIGNALING, "eq_signaling", "a = b", NFI_EQUAL | NFI_SIGNALING),
    COMPARE(NE_SIGNALING, "ne_signaling", "a is less, greater or unordered",
            NFI_LESS | NFI_GREATER | NFI_UNORDERED | NFI_SIGNALING),
    COMPARE(LT_QUIET, "lt_quiet", "a < b", NFI_LESS),
    COMPARE(LE_QUIET, "le_quiet", "a <= b", NFI_LESS | NFI_EQUAL),
    COMPARE(GT_QUIET, "gt_quiet", "a > b", NFI_GREATER),
    COMPARE(GE_QUIET, "ge_quiet", "a >= b", NFI_GREATER | NFI_EQUAL),
    COMPARE(NOT_LT_QUIET, "not_lt_quiet", "not a < b", NFI_GREATER | NFI_EQUAL | NFI_UNORDERED),
    COMPARE(NOT_LE_QUIET, "not_le_quiet", "not a <= b", NFI_GREATER | NFI_UNORDERED),
    COMPARE(NOT_GT_QUIET, "not_gt_quiet", "not a > b", NFI_LESS | NFI_EQUAL | NFI_UNORDERED),
    COMPARE(NOT_GE_QUIET, "not_ge_quiet", "not a >= b", NFI_LESS | NFI_UNORDERED),
    COMPARE(UNORDERED, "unordered", "a or b is a NaN", NFI_UNORDERED),
    COMPARE(ORDERED, "ordered", "neither is a NaN", NFI_LESS | NFI_EQUAL | NFI_GREATER),

    BITS(TOTAL_ORDER, "total_order", "ff", "a before b, or the same", IEEE "5.10", NF_RESULT_BOOL, 0, 1,
         nfi_total_order, 0, 0),
    BITS(TOTAL_ORDER_MAG, "total_order_mag", "ff", "|a| before |b|, or the same", IEEE "5.10", NF_RESULT_BOOL, 0, 1,
         nfi_total_order, NFI_MAGNITUDE, 0),

    IS(IS_SIGNALING, "is_signaling", "a is a signalling NaN"),
    IS(IS_NAN, "is_nan", "a is a NaN"),
    IS(IS_INFINITE, "is_infinite", "a is an Inf"),
    IS(IS_FINITE, "is_finite", "a is zero, subnormal or normal"),
    IS(IS_NORMAL, "is_normal", "a is normal"),
    IS(IS_SUBNORMAL, "is_subnormal", "a is subnormal"),
    IS(IS_ZERO, "is_zero", "a is a zero"),
    IS(IS_SIGN_MINUS, "is_sign_minus", "a has a negative sign"),
    IS(IS_CANONICAL, "is_canonical", "a has the code that results have"),
    BITS(CLASSIFY, "classify", "f", "the class of a, an nf_class", IEEE "5.7.2", NF_RESULT_CLASS, 0, 0, nfi_classify,
         0, 0),
};
/* clang-format on */

size_t nf_op_count(void) { return sizeof table / sizeof *table; }

const nfi_op *nfi_op_row(uint32_t op) { return op < nf_op_count() ? &table[op] : NULL; }

const nf_op_info *nf_op_at(size_t op) { return op < nf_op_count() ? &table[op].info : NULL; }

nf_status nf_op_find(const char *name, uint32_t *op) {
    if (!name || !op) return NF_ERR_NULL;
    for (uint32_t i = 0; i < nf_op_count(); i++) {
        if (strcmp(table[i].info.name, name) != 0) continue;
        *op = i;
        return NF_OK;
    }
    return NF_ERR_OP;
}
