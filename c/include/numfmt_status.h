/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a call of numfmt can refuse.  Part of numfmt.h, which includes it.
 */
#ifndef NUMFMT_STATUS_H
#define NUMFMT_STATUS_H

/* cdef-begin */

/* Misuse.  Codes -40 to -61 concern a field of the format descriptor, -20 to -39 one of the environment, those from -62
 * on integers and quantizers.  nf_status_text() has the sentence. */
typedef enum nf_status {
    NF_OK = 0,
    NF_ERR_NULL = -1,         /* a required pointer is NULL */
    NF_ERR_OVERLAP = -2,      /* an output overlaps an input or another output */
    NF_ERR_SIZE = -3,         /* n elements do not fit the address space */
    NF_ERR_CODE = -4,         /* a code has bits above the format's width; nf_result.index says which */
    NF_ERR_NAN = -5,          /* a NaN result, a format without NaN, and NF_SUBSTITUTE_RAISE; see index */
    NF_ERR_NAME = -6,         /* no format has this name */
    NF_ERR_NAME_E4M3 = -7,    /* bare "e4m3": float8_e4m3fn or float8_e4m3? */
    NF_ERR_PARTS = -8,        /* an nf_parts that breaks its rules; see index */
    NF_ERR_RANDOM_NULL = -9,  /* a stochastic rounding without random_bits */
    NF_ERR_RANDOM_BITS = -10, /* a random_bits element with more than random_bits_count bits; see index */
    NF_ERR_OP = -11,          /* no such operation */
    NF_ERR_OP_TYPE = -12,     /* an integer type where the operation takes a float format, or the other way round */
    NF_ERR_OP_FORMATS = -13,  /* the operation works on bits: its formats must be the same */
    NF_ERR_OP_UNSIGNED = -14, /* the operation changes a sign, and the format has none */
    NF_ERR_INT_TYPE = -15,    /* an integer type with a width that is not 1..64, or with other fields than width and
                                 is_signed */
    NF_ERR_WORKSPACE = -16,   /* the workspace is smaller than nf_dot_workspace says */
    NF_ERR_ISA = -17,         /* isa is no nf_isa */
    NF_ERR_INTEGER = -18,     /* an nf_integer that breaks its rules */
    NF_ERR_RANGE = -19,       /* a value out of the range of an integer code; see index */

    NF_ERR_ROUNDING = -20,
    NF_ERR_OVERFLOW = -21,
    NF_ERR_TININESS = -22,
    NF_ERR_NAN_PROFILE = -23,
    NF_ERR_NAN_SUBSTITUTE = -24,
    NF_ERR_FTZ = -25,
    NF_ERR_FTZ_NO_ZERO = -26, /* flush to zero asked of a format that has no zero */
    NF_ERR_DAZ = -27,
    NF_ERR_ENV_RESERVED = -28,
    NF_ERR_RANDOM_COUNT = -29, /* random_bits_count above 32, or too large for the precision */
    NF_ERR_COMPAT = -30,
    NF_ERR_COMPAT_ALONE = -31, /* another field beside compat is not zero */
    NF_ERR_COMPAT_CAST = -32,  /* the peer does not cast this source to this destination, or has no such operation */
    NF_ERR_INT_OVERFLOW = -33,
    NF_ERR_ROUNDING_PRECISION = -34, /* larger than the result's precision, or the result's format is not IEEE-like */
    NF_ERR_ELEMENT = -35,            /* elements that are not 1, 2, 4 or 8 bytes, or too small for what they hold */
    NF_ERR_INTEGER_OVERFLOW = -36,   /* no nf_integer_overflow, or NF_INTEGER_WRAP of a narrow range */
    NF_ERR_BIT_ORDER = -37,

    NF_ERR_WIDTH = -40,
    NF_ERR_PRECISION = -41,
    NF_ERR_EXPONENT_FIELD = -42,
    NF_ERR_BIAS = -43,
    NF_ERR_IS_SIGNED = -44,
    NF_ERR_HAS_INF = -45,
    NF_ERR_HAS_ZERO = -46,
    NF_ERR_HAS_NEG_ZERO = -47,
    NF_ERR_EXP0 = -48,
    NF_ERR_HAS_QUIET_BIT = -50,
    NF_ERR_EXPLICIT_LEADING_BIT = -51,
    NF_ERR_FORMAT_RESERVED = -52,
    NF_ERR_UNSIGNED_NEG_ZERO = -53,
    NF_ERR_SIGNED_NO_ZERO = -54,
    NF_ERR_NO_ZERO_EXP0 = -55,
    NF_ERR_NO_NEG_ZERO_HIGH_NANS = -56,
    NF_ERR_QUIET_BIT_NEEDS = -57,
    NF_ERR_ALL_NANS_NEED_INF = -58,
    NF_ERR_EXPLICIT_NEEDS = -59,
    NF_ERR_TOO_MANY_SPECIALS = -60,
    NF_ERR_NO_POSITIVE_FINITE = -61,

    NF_ERR_AFFINE_ARITHMETIC = -62, /* an arithmetic format without sign or zero */
    NF_ERR_AFFINE_CODES = -63,      /* low, high, nan_code and code_bytes do not go together */
    NF_ERR_AFFINE_ORDER = -64,      /* divide and order do not go together, or with the arithmetic */
    NF_ERR_AFFINE_SHAPE = -65,      /* a run that does not divide the row, or elements outside the arrays */
    NF_ERR_AFFINE_RESERVED = -66,   /* a reserved byte is not zero, or nan_to_zero_point not 0 or 1 */
    NF_ERR_SCALE = -67,             /* a scale that is not finite, positive and normal; see index */
    NF_ERR_ZERO_POINT = -68,        /* a zero point outside low..high; see index */
    NF_ERR_AFFINE_CODE = -69,       /* a code outside low..high; see index */

    NF_ERR_REQUANTIZATION = -75, /* no nf_requantization */
    NF_ERR_MULTIPLIER = -76,     /* a negative multiplier, or a shift that is not -31..30; see index */
    NF_ERR_ACCUMULATOR = -77     /* an accumulator that its shift takes beyond 32 bits; see index */
} nf_status;

/* cdef-end */

#endif
