/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The library's version and the sentences for its statuses.
 */
#include "numfmt.h"

/* Indexed by -status. */
static const char *const texts[] = {
    [-NF_OK] = "no error",
    [-NF_ERR_NULL] = "a required pointer is NULL",
    [-NF_ERR_OVERLAP] = "an output array overlaps another array",
    [-NF_ERR_SIZE] = "the arrays are larger than the address space",
    [-NF_ERR_CODE] = "a code has bits above the format's width",
    [-NF_ERR_NAN] = "a NaN result in a format without NaN, with nan_substitute \"raise\"",
    [-NF_ERR_NAME] = "no format has this name",
    [-NF_ERR_NAME_E4M3] = "\"e4m3\" is ambiguous: float8_e4m3fn (OCP, max 448) or float8_e4m3 (IEEE style, max 240)",
    [-NF_ERR_PARTS] =
        "parts: kind must be an nf_kind, sign, sticky and has_payload 0 or 1, and a sticky sig at least 2^126",
    [-NF_ERR_RANDOM_NULL] = "a stochastic rounding needs random_bits",
    [-NF_ERR_RANDOM_BITS] = "a random_bits element has more than random_bits_count bits",
    [-NF_ERR_OP] = "no operation has this name or number",
    [-NF_ERR_OP_TYPE] = "an integer type where the operation takes a float format, or the other way round",
    [-NF_ERR_OP_FORMATS] = "the operation works on bits: operands and result must have one format",
    [-NF_ERR_OP_UNSIGNED] = "the operation changes a sign, and the format is unsigned",
    [-NF_ERR_INT_TYPE] = "an integer type has a width of 1 to 64 bits and is_signed, all else zero",
    [-NF_ERR_WORKSPACE] = "the workspace is smaller than nf_dot_workspace says",
    [-NF_ERR_ISA] = "isa must be an nf_isa",
    [-NF_ERR_INTEGER] =
        "an integer code has a known kind, a width of 1 to 64 bits, a bias only if it is offset binary and "
        "then below 2^width, narrow only if it is two's complement, all else zero",
    [-NF_ERR_RANGE] = "a value is out of the range of the integer code",
    [-NF_ERR_ROUNDING] = "rounding must be an nf_rounding",
    [-NF_ERR_OVERFLOW] = "overflow must be an nf_overflow",
    [-NF_ERR_TININESS] = "tininess must be an nf_tininess",
    [-NF_ERR_NAN_PROFILE] = "nan must be an nf_nan_profile",
    [-NF_ERR_NAN_SUBSTITUTE] = "nan_substitute must be an nf_nan_substitute",
    [-NF_ERR_FTZ] = "ftz must be an nf_ftz",
    [-NF_ERR_FTZ_NO_ZERO] = "ftz needs a destination format with a zero",
    [-NF_ERR_DAZ] = "daz must be a set of NF_DAZ_A, NF_DAZ_B, NF_DAZ_C",
    [-NF_ERR_ENV_RESERVED] = "reserved bytes of the environment must be zero",
    [-NF_ERR_RANDOM_COUNT] = "random_bits_count must be 0 to 32, and precision + random_bits_count at most 125",
    [-NF_ERR_COMPAT] = "compat must be an nf_compat",
    [-NF_ERR_COMPAT_ALONE] = "compat decides everything: every other field of the environment must be zero",
    [-NF_ERR_COMPAT_CAST] = "the peer that compat names does not cast this source to this destination, or compute this",
    [-NF_ERR_INT_OVERFLOW] = "int_overflow must be an nf_int_overflow",
    [-NF_ERR_ROUNDING_PRECISION] = "rounding_precision must be 0, or 2 to the precision of the result, whose format "
                                   "must be signed with Inf, all high NaNs and subnormals",
    [-NF_ERR_ELEMENT] =
        "elements must have 1, 2, 4 or 8 bytes (wide ones at least one word), enough for every code or value",
    [-NF_ERR_INTEGER_OVERFLOW] = "overflow must be an nf_integer_overflow, and not wrap with narrow",
    [-NF_ERR_BIT_ORDER] = "order must be an nf_bit_order",
    [-NF_ERR_WIDTH] = "width must be 2 to 128",
    [-NF_ERR_PRECISION] = "precision must be 1 to 113",
    [-NF_ERR_EXPONENT_FIELD] = "width and precision must leave an exponent field of 1 to 20 bits",
    [-NF_ERR_BIAS] = "bias must be -2^20 to 2^20",
    [-NF_ERR_IS_SIGNED] = "is_signed must be 0 or 1",
    [-NF_ERR_HAS_INF] = "has_inf must be 0 or 1",
    [-NF_ERR_HAS_ZERO] = "has_zero must be 0 or 1",
    [-NF_ERR_HAS_NEG_ZERO] = "has_neg_zero must be 0 or 1",
    [-NF_ERR_EXP0] = "exp0 must be subnormal, normal or zero",
    [-NF_ERR_HAS_QUIET_BIT] = "has_quiet_bit must be 0 or 1",
    [-NF_ERR_EXPLICIT_LEADING_BIT] = "explicit_leading_bit must be 0 or 1",
    [-NF_ERR_FORMAT_RESERVED] = "reserved bytes of the format must be zero",
    [-NF_ERR_UNSIGNED_NEG_ZERO] = "has_neg_zero needs a signed format",
    [-NF_ERR_SIGNED_NO_ZERO] = "has_zero must be true in a signed format",
    [-NF_ERR_NO_ZERO_EXP0] = "exp0 must be normal in a format without zero",
    [-NF_ERR_NO_NEG_ZERO_HIGH_NANS] = "n_high_nans must be 0 in a signed format without -0 (that code is its NaN)",
    [-NF_ERR_QUIET_BIT_NEEDS] = "has_quiet_bit needs has_inf, all high NaNs and precision >= 2",
    [-NF_ERR_ALL_NANS_NEED_INF] = "n_high_nans \"all\" needs has_inf",
    [-NF_ERR_EXPLICIT_NEEDS] = "explicit_leading_bit needs sign, -0, subnormals, Inf, all high NaNs and a quiet bit",
    [-NF_ERR_TOO_MANY_SPECIALS] = "has_inf and n_high_nans ask for more special codes than the format has",
    [-NF_ERR_NO_POSITIVE_FINITE] = "the format has no positive finite value",
    [-NF_ERR_AFFINE_ARITHMETIC] = "the arithmetic format of a quantizer must have a sign and zero",
    [-NF_ERR_AFFINE_CODES] = "low < high, nan_code among them, must fit code_bytes, which is 1, 2 or 4",
    [-NF_ERR_AFFINE_ORDER] = "divide and order must be known; exact arithmetic divides, a fused order multiplies",
    [-NF_ERR_AFFINE_SHAPE] = "run must divide row, and the elements must be in the arrays",
    [-NF_ERR_AFFINE_RESERVED] = "reserved bytes of a quantizer must be zero and nan_to_zero_point 0 or 1",
    [-NF_ERR_SCALE] = "a scale must be finite, positive and not subnormal",
    [-NF_ERR_ZERO_POINT] = "a zero point must be one of the codes",
    [-NF_ERR_AFFINE_CODE] = "the code is none of the quantizer's",
    [-NF_ERR_REQUANTIZATION] = "how must be an nf_requantization",
    [-NF_ERR_MULTIPLIER] = "a multiplier must be 0 to 2^31 - 1 and its shift -31 to 30",
    [-NF_ERR_ACCUMULATOR] = "the accumulator, shifted left, does not fit 32 bits",
};

const char *nf_status_text(int32_t status) {
    const int32_t count = (int32_t)(sizeof texts / sizeof *texts);
    if (status > 0 || status <= -count || !texts[-status]) return "unknown status";
    return texts[-status];
}

const char *nf_version(void) { return "0.1.0"; }
