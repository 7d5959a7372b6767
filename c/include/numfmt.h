/* SPDX-License-Identifier: BSD-3-Clause
 *
 * numfmt: bit-exact encoding, decoding, conversion and arithmetic of binary number formats.
 *
 * Everything is plain data passed by pointer: a format descriptor, an environment, arrays of codes.  There
 * is no global state, no allocation, no errno; every function may be called from any number of threads.  A
 * `nf_status` reports misuse; the IEEE flags are results, never errors.
 *
 * Results come from integer arithmetic.  Some kernels use the machine's floats, where those give the same
 * bits: they set the floating-point state that they need and put back what they found, raised exceptions
 * included.  So no rounding mode, flushing or exception mask of the caller changes a result, and no call
 * changes them.
 *
 * Arrays of codes.  A code of a format with `width` bits occupies nf_code_bytes(width) = 1, 2, 4, 8 or 16
 * bytes in native byte order (16: the low 64-bit word first), right-aligned, unused high bits zero.  Arrays
 * need no alignment.  An output must not overlap an input.  A call that fails writes no output but nf_result.
 */
#ifndef NUMFMT_H
#define NUMFMT_H

#include <stddef.h>
#include <stdint.h>

#include "numfmt_status.h"

#ifdef __cplusplus
extern "C" {
#endif
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* cdef-begin: build_ext.py hands everything up to cdef-end to cffi, so it holds plain declarations only */

/* What exponent field 0 means. */
typedef enum nf_exp0 {
    NF_EXP0_SUBNORMAL = 0, /* subnormals and zero, as in IEEE 754 */
    NF_EXP0_NORMAL = 1,    /* a hidden bit there too; the all-zero code is zero if has_zero (DLFloat16, E8M0) */
    NF_EXP0_ZERO = 2       /* every such code is a zero; only fraction 0 is produced */
} nf_exp0;

#define NF_HIGH_NANS_ALL 0xFFFFFFFF
/* A binary floating-point format (SEMANTICS 1).  Special values are counts and booleans. */
typedef struct nf_format {
    int32_t bias;                 /* |bias| <= 2^20 */
    uint32_t n_high_nans;         /* NaN codes above Inf, or above the largest finite, per sign; or
                                     NF_HIGH_NANS_ALL: Inf is the all-ones exponent with fraction 0 and every
                                     code above it is NaN */
    uint8_t width;                /* bits in the encoding, 2..128 */
    uint8_t precision;            /* significand bits with the leading bit, 1..113 */
    uint8_t is_signed;            /* 0 or 1, like the six below */
    uint8_t has_inf;              /* Inf is the code after the largest finite */
    uint8_t has_zero;             /* is the all-zero code zero? */
    uint8_t has_neg_zero;         /* signed without it: the -0 code is the only NaN */
    uint8_t exp0;                 /* nf_exp0 */
    uint8_t has_quiet_bit;        /* fraction MSB tells quiet from signalling */
    uint8_t explicit_leading_bit; /* x87 */
    uint8_t reserved[7];          /* zero */
} nf_format;

typedef struct nf_format_info {
    const char *name;
    const char *aliases; /* separated by single spaces; "" if none */
    const char *source;  /* the document that defines the row */
    uint8_t provisional; /* 1: some parameter is not confirmed by that document */
    nf_format format;
} nf_format_info;

typedef struct nf_code {
    uint64_t lo, hi;
} nf_code;

/* Codes that a format's parameters imply.  A code that the format lacks is given as 0 with its bit in
 * `present` clear. */
typedef struct nf_landmarks {
    nf_code max;           /* largest finite; always present */
    nf_code lowest;        /* most negative finite, or the smallest value of an unsigned format; always present */
    nf_code min_positive;  /* smallest positive value; always present */
    nf_code min_normal;    /* smallest positive value with the full precision */
    nf_code min_subnormal; /* present if the format has subnormals */
    nf_code max_subnormal; /* as min_subnormal */
    nf_code inf;           /* +Inf */
    nf_code nan;           /* canonical NaN: positive and quiet */
    uint32_t present;      /* bits NF_HAS_* */
    uint32_t reserved;
} nf_landmarks;

#define NF_HAS_SUBNORMALS 1
#define NF_HAS_INF 2
#define NF_HAS_NAN 4
#define NF_HAS_NORMALS 8

/* IEEE 754-2019 4.3; to_odd and the stochastic ones: P3109 4.7.4, with N = random_bits_count and R the element
 * of random_bits, 0 <= R < 2^N. */
typedef enum nf_rounding {
    NF_ROUND_TIES_EVEN = 0,
    NF_ROUND_TIES_AWAY = 1,
    NF_ROUND_TOWARD_ZERO = 2,
    NF_ROUND_TOWARD_POSITIVE = 3,
    NF_ROUND_TOWARD_NEGATIVE = 4,
    NF_ROUND_TO_ODD = 5,
    NF_ROUND_STOCHASTIC_A = 6, /* away if floor(nu 2^N) + R >= 2^N */
    NF_ROUND_STOCHASTIC_B = 7, /* away if floor(nu 2^(N+1)) + 2R + 1 >= 2^(N+1) */
    NF_ROUND_STOCHASTIC_C = 8  /* away if (nu 2^N to the nearest integer, ties even) + R >= 2^N */
} nf_rounding;

/* One more, for integer and fixed-point results only: to nearest, ties toward +Inf. */
#define NF_ROUND_TIES_UP 9

/* What a result beyond the largest finite becomes (SEMANTICS 3). */
typedef enum nf_overflow {
    NF_OVERFLOW_DEFAULT = 0, /* ieee if the format has Inf, else saturate */
    NF_OVERFLOW_IEEE = 1,
    NF_OVERFLOW_SATURATE = 2,
    NF_OVERFLOW_PROPAGATE = 3,
    NF_OVERFLOW_INFINITY = 4,
    NF_OVERFLOW_SAT_NONE = 5
} nf_overflow;

/* IEEE 754-2019 7.5. */
typedef enum nf_tininess { NF_TININESS_AFTER = 0, NF_TININESS_BEFORE = 1 } nf_tininess;

/* Which NaN a NaN operand becomes (SEMANTICS 5). */
/* clang-format off */
typedef enum nf_nan_profile {
    NF_NAN_CANONICAL = 0, NF_NAN_RISCV = 1, NF_NAN_X86_SSE = 2, NF_NAN_X87 = 3, NF_NAN_ARM = 4,
    NF_NAN_ARM_DEFAULT_NAN = 5, NF_NAN_SF_8086_SSE = 6, NF_NAN_SF_8086 = 7, NF_NAN_SF_ARM = 8, NF_NAN_SF_ARM_DN = 9,
    NF_NAN_SF_RISCV = 10
} nf_nan_profile;
/* clang-format on */

/* What a NaN becomes in a format without NaN.  Its sign is that of the NaN operand. */
typedef enum nf_nan_substitute {
    NF_SUBSTITUTE_MAX = 0,           /* the largest finite, positive */
    NF_SUBSTITUTE_SIGNED_MAX = 1,    /* the largest finite, with the NaN's sign */
    NF_SUBSTITUTE_ZERO = 2,          /* +0; code 0 where there is no zero */
    NF_SUBSTITUTE_SIGNED_ZERO = 3,   /* zero with the NaN's sign */
    NF_SUBSTITUTE_INVERTED_ZERO = 4, /* zero with the opposite sign (ml_dtypes) */
    NF_SUBSTITUTE_RAISE = 5          /* the call fails with NF_ERR_NAN */
} nf_nan_substitute;

/* What a value beyond an integer type's range, or a NaN, becomes (SEMANTICS 7).  Always invalid. */
typedef enum nf_int_overflow {
    NF_INT_OVERFLOW_SATURATE = 0,       /* the nearest end of the range; NaN: 0 */
    NF_INT_OVERFLOW_RISCV = 1,          /* the nearest end; NaN: the largest integer */
    NF_INT_OVERFLOW_ARM = 2,            /* as saturate */
    NF_INT_OVERFLOW_X86_INDEFINITE = 3, /* the most negative integer; all ones if unsigned */
    NF_INT_OVERFLOW_WRAP = 4            /* the rounded integer modulo 2^width; NaN and Inf: 0 */
} nf_int_overflow;

/* Flushing of tiny results (SEMANTICS 6). */
typedef enum nf_ftz { NF_FTZ_OFF = 0, NF_FTZ_X86 = 1, NF_FTZ_ARM = 2 } nf_ftz;

/* Whose cast to reproduce, bit by bit (SEMANTICS 8).  The flags are those of the roundings it is made of, ORed. */
typedef enum nf_compat {
    NF_COMPAT_NONE = 0,
    NF_COMPAT_ML_DTYPES = 1,  /* ml_dtypes 0.6.0, astype() */
    NF_COMPAT_TORCH = 2,      /* torch 2.13.0 on x86-64 with ATEN_CPU_CAPABILITY=default */
    NF_COMPAT_TORCH_AVX2 = 3, /* the same with avx2 or avx512: other NaN codes in bfloat16 and binary16 */
    NF_COMPAT_NUMPY = 4,      /* numpy 2.4.6, astype() */
    NF_COMPAT_ONNX = 5,       /* onnx 1.23.2, ReferenceEvaluator's Cast, saturate = 1 */
    NF_COMPAT_ONNX_NOSAT = 6  /* the same, saturate = 0 */
} nf_compat;

#define NF_DAZ_A 1
#define NF_DAZ_B 2
#define NF_DAZ_C 4
/* How to round.  All zero is the default environment. */
typedef struct nf_env {
    uint8_t rounding;           /* nf_rounding, or NF_ROUND_TIES_UP */
    uint8_t overflow;           /* nf_overflow */
    uint8_t tininess;           /* nf_tininess */
    uint8_t nan;                /* nf_nan_profile */
    uint8_t nan_substitute;     /* nf_nan_substitute */
    uint8_t ftz;                /* nf_ftz */
    uint8_t daz;                /* NF_DAZ_*: operands whose subnormals read as zero */
    uint8_t flush_except_width; /* formats of this width are never flushed; 0: no exception */
    uint8_t random_bits_count;  /* N, 0 to 32, with precision + N <= 125 */
    uint8_t compat;             /* nf_compat; not NF_COMPAT_NONE: every other field is zero */
    uint8_t int_overflow;       /* nf_int_overflow */
    uint8_t rounding_precision; /* not 0: results have at most this many significand bits, in the exponent range of
                                   their format (x87's precision control: 24, 53); for signed formats with Inf, all
                                   high NaNs and subnormals */
    uint8_t reserved[4];        /* zero */
} nf_env;

/* IEEE 754-2019 7, with TestFloat's bit values. */
#define NF_FLAG_INEXACT 1
#define NF_FLAG_UNDERFLOW 2
#define NF_FLAG_OVERFLOW 4
#define NF_FLAG_DIVIDE_BY_ZERO 8
#define NF_FLAG_INVALID 16

/* The operations.  IEEE 754-2019 5.3 to 5.8, 9.2, 9.4, 9.6 and 754-2008 5.3.1; see nf_op_at for what each takes. */
/* clang-format off */
typedef enum nf_op {
    NF_OP_CONVERT = 0, NF_OP_FROM_INT = 1, NF_OP_ADD = 2, NF_OP_SUB = 3, NF_OP_MUL = 4, NF_OP_DIV = 5,
    NF_OP_REMAINDER = 6, NF_OP_FMOD = 7, NF_OP_SQRT = 8, NF_OP_RECIP = 9, NF_OP_RSQRT = 10, NF_OP_FMA = 11,
    NF_OP_FAA = 12, NF_OP_ROUND_TO_INTEGRAL = 13, NF_OP_ROUND_TO_INTEGRAL_NOT_EXACT = 14, NF_OP_SCALEB = 15,
    NF_OP_LOGB = 16, NF_OP_MINIMUM = 17, NF_OP_MAXIMUM = 18, NF_OP_MINIMUM_NUMBER = 19, NF_OP_MAXIMUM_NUMBER = 20,
    NF_OP_MINIMUM_MAGNITUDE = 21, NF_OP_MAXIMUM_MAGNITUDE = 22, NF_OP_MINIMUM_MAGNITUDE_NUMBER = 23,
    NF_OP_MAXIMUM_MAGNITUDE_NUMBER = 24, NF_OP_MIN_NUM = 25, NF_OP_MAX_NUM = 26, NF_OP_MIN_NUM_MAG = 27,
    NF_OP_MAX_NUM_MAG = 28, NF_OP_NEGATE = 29, NF_OP_ABSOLUTE = 30, NF_OP_COPYSIGN = 31, NF_OP_NEXT_UP = 32,
    NF_OP_NEXT_DOWN = 33, NF_OP_TO_INT = 34, NF_OP_TO_INT_NOT_EXACT = 35, NF_OP_EQ = 36, NF_OP_NE = 37, NF_OP_LT = 38,
    NF_OP_LE = 39, NF_OP_GT = 40, NF_OP_GE = 41, NF_OP_NOT_LT = 42, NF_OP_NOT_LE = 43, NF_OP_NOT_GT = 44,
    NF_OP_NOT_GE = 45, NF_OP_EQ_SIGNALING = 46, NF_OP_NE_SIGNALING = 47, NF_OP_LT_QUIET = 48, NF_OP_LE_QUIET = 49,
    NF_OP_GT_QUIET = 50, NF_OP_GE_QUIET = 51, NF_OP_NOT_LT_QUIET = 52, NF_OP_NOT_LE_QUIET = 53,
    NF_OP_NOT_GT_QUIET = 54, NF_OP_NOT_GE_QUIET = 55, NF_OP_UNORDERED = 56, NF_OP_ORDERED = 57,
    NF_OP_TOTAL_ORDER = 58, NF_OP_TOTAL_ORDER_MAG = 59, NF_OP_IS_SIGNALING = 60, NF_OP_IS_NAN = 61,
    NF_OP_IS_INFINITE = 62, NF_OP_IS_FINITE = 63, NF_OP_IS_NORMAL = 64, NF_OP_IS_SUBNORMAL = 65, NF_OP_IS_ZERO = 66,
    NF_OP_IS_SIGN_MINUS = 67, NF_OP_IS_CANONICAL = 68, NF_OP_CLASSIFY = 69
} nf_op;

typedef enum nf_class { /* IEEE 754-2019 5.7.2, in its order */
    NF_CLASS_SIGNALING_NAN = 0, NF_CLASS_QUIET_NAN = 1, NF_CLASS_NEGATIVE_INFINITY = 2, NF_CLASS_NEGATIVE_NORMAL = 3,
    NF_CLASS_NEGATIVE_SUBNORMAL = 4, NF_CLASS_NEGATIVE_ZERO = 5, NF_CLASS_POSITIVE_ZERO = 6,
    NF_CLASS_POSITIVE_SUBNORMAL = 7, NF_CLASS_POSITIVE_NORMAL = 8, NF_CLASS_POSITIVE_INFINITY = 9
} nf_class;

typedef enum nf_kind {
    NF_KIND_ZERO = 0, NF_KIND_FINITE = 1, NF_KIND_INF = 2, NF_KIND_QUIET_NAN = 3, NF_KIND_SIGNALING_NAN = 4
} nf_kind;

/* Codes of the format or the integer type `to`; one byte, 0 or 1; one byte, an nf_class. */
typedef enum nf_op_result {
    NF_RESULT_FLOAT = 0, NF_RESULT_INT = 1, NF_RESULT_BOOL = 2, NF_RESULT_CLASS = 3
} nf_op_result;
/* clang-format on */

#define NF_MAX_ARITY 3
typedef struct nf_op_info {
    const char *name;
    const char *operands; /* one letter each: f a float, i an integer */
    const char *formula;
    const char *source;
    uint8_t result;     /* nf_op_result */
    uint8_t rounds;     /* 1: the environment's rounding can matter */
    uint8_t flags;      /* the flags that it can raise */
    uint8_t one_format; /* 1: operands share one format, which is the result's too if that is a float; copysign's second
                           operand may be of any */
} nf_op_info;

/* Which code converts arrays; the results are the same. */
typedef enum nf_isa {
    NF_ISA_AUTO = 0,     /* the fastest that this machine runs, where there is one */
    NF_ISA_GENERIC = 1,  /* the specification path, for everything */
    NF_ISA_PORTABLE = 2, /* plain C */
    NF_ISA_AVX2 = 3,
    NF_ISA_AVX512 = 4, /* F, BW, DQ, VL */
    NF_ISA_NEON = 5
} nf_isa;

typedef struct nf_result {
    uint64_t index; /* the element that NF_ERR_CODE, NAN, PARTS and RANDOM_BITS are about */
    uint32_t flags; /* the OR of all elements' flags */
    uint32_t reserved;
} nf_result;

/* One exact value: (-1)^sign * (sig + sticky) * 2^exp, where sig = sig_hi * 2^64 + sig_lo is any integer and
 * sticky stands for some fraction strictly between 0 and 1 (0: none).  A sticky value needs sig >= 2^126.
 * For a NaN with has_payload, as those of formats with a quiet bit, sig is the payload below the quiet bit,
 * left-aligned at bit 127.  Arrays of parts are aligned like the struct. */
typedef struct nf_parts {
    uint64_t sig_hi, sig_lo;
    int32_t exp;
    uint8_t kind; /* nf_kind; a finite value with sig = 0 and no sticky is a zero */
    uint8_t sign;
    uint8_t sticky;
    uint8_t has_payload;
} nf_parts;

const char *nf_version(void);               /* "major.minor.patch" */
const char *nf_status_text(int32_t status); /* one sentence, never NULL */
size_t nf_code_bytes(uint32_t width);       /* 1, 2, 4, 8 or 16; 0 if width is not in 1..128 */

/* Checks a descriptor and brings it into its one canonical form; the status names the first bad field. */
nf_status nf_format_canonicalize(nf_format *format);
nf_status nf_format_landmarks(const nf_format *format, nf_landmarks *out);

/* The table of named formats, and look-up by name or alias (ASCII, any case), which also knows every
 * P3109 name "binary{K}p{P}{s,u}{e,f}", K = 3..16. */
size_t nf_format_count(void);
const nf_format_info *nf_format_at(size_t index); /* NULL beyond the end */
nf_status nf_format_find(const char *name, nf_format *out);

/* Conversion of n codes of `src` to codes of `dst`, each rounded once.  `env` may be NULL (the default);
 * `random_bits` is read by stochastic roundings only, one element each; `flags` may be NULL, else it receives one
 * byte per element; `result` may be NULL, else it is written unless the call fails before its first element. */
nf_status nf_convert(const nf_format *src, const nf_format *dst, const nf_env *env, size_t n, const void *in,
                     const uint32_t *random_bits, void *out, uint8_t *flags, nf_result *result);

/* The same by the code of `isa` where this machine runs it and it has a way of its own; else generically. */
int32_t nf_isa_runs(uint32_t isa);
int32_t nf_isa_converts(uint32_t isa, const nf_format *src, const nf_format *dst, const nf_env *env);
nf_status nf_convert_by(uint32_t isa, const nf_format *src, const nf_format *dst, const nf_env *env, size_t n,
                        const void *in, const uint32_t *random_bits, void *out, uint8_t *flags, nf_result *result);

/* The same from n native 64-bit integers, int64_t if is_signed is 1, uint64_t if it is 0. */
nf_status nf_from_int(int32_t is_signed, const nf_format *dst, const nf_env *env, size_t n, const void *in,
                      const uint32_t *random_bits, void *out, uint8_t *flags, nf_result *result);

/* The same from n exact values. */
nf_status nf_round_parts(const nf_format *dst, const nf_env *env, size_t n, const nf_parts *in,
                         const uint32_t *random_bits, void *out, uint8_t *flags, nf_result *result);

/* The table of operations, indexed by nf_op (NULL beyond the end), and look-up by name (lower case). */
size_t nf_op_count(void);
const nf_op_info *nf_op_at(size_t op);
nf_status nf_op_find(const char *name, uint32_t *op);

/* A fixed-point type is an nf_format of width 1..128 and precision 0: two's complement codes of that width if is_signed,
 * else unsigned ones, times 2^-bias, |bias| <= 1024; all other fields are 0.  It stands for any float operand (of up to
 * 64 bits, except convert's) or result of an operation whose exact result is rounded once: convert, add, sub, mul, div,
 * remainder, fmod, sqrt, recip, rsqrt, fma, faa.  A result out of range is overflow and inexact, a NaN or Inf is invalid
 * (x / 0: divide by zero only); int_overflow says what is delivered.  Results of 2^124 times the type's unit or
 * more are right if 128 bits hold them exactly, and, but for wrap, if they are out of range. */

/* n times one operation: in[k] holds the codes of operand k, of format operands[k]; each result is computed exactly
 * and rounded once into `to`.  Formats are independent of each other unless the table says one_format.  An integer
 * operand or result has an nf_format of width 1..64, is_signed 0 or 1 and all other fields 0: two's complement codes
 * of that width, in nf_code_bytes(width) bytes, unused high bits zero.  `to` is ignored for bool and class results.
 * The rest is as for nf_convert. */
nf_status nf_apply(uint32_t op, const nf_format *operands, const nf_format *to, const nf_env *env, size_t n,
                   const void *const *in, const uint32_t *random_bits, void *out, uint8_t *flags, nf_result *result);

/* What nf_apply rounds: the exact results of n operations, before rounding, overflow, tininess and flushing, with the
 * operands as `env` reads them (daz) and the zero and NaN that it chooses.  sig is normalised (bit 127 set) for finite
 * nonzero results; sticky stands for all below bit 2.  Of a rounding to an integer it is the operand.  Operations that do
 * not end in a rounding, and minima and maxima, have none: NF_ERR_OP. */
nf_status nf_unrounded(uint32_t op, const nf_format *operands, const nf_format *to, const nf_env *env, size_t n,
                       const void *const *in, nf_parts *out, nf_result *result);

/* Sums of products, exact and rounded once (IEEE 754-2019 9.4): out[r][c] is the sum over k of x[r][k] * y[k][c], for
 * rows by inner codes x of formats[0] and inner by cols codes y of formats[1]; with y NULL the sum of x[r][k], cols 1.
 * `workspace`, 8-byte aligned, has at least nf_dot_workspace(a, b) bytes, which is 0 for a bad format; b is NULL for a
 * plain sum.  A NaN, an Inf of either sign, Inf * 0 make the result what any order of additions would; of several NaNs
 * the profile chooses by pairs, in order.  The rest is as for nf_convert; random_bits and flags have rows * cols
 * elements. */
size_t nf_dot_workspace(const nf_format *a, const nf_format *b);
nf_status nf_dot(const nf_format *formats, const nf_format *to, const nf_env *env, size_t rows, size_t inner,
                 size_t cols, const void *x, const void *y, const uint32_t *random_bits, void *out, uint8_t *flags,
                 void *workspace, size_t workspace_bytes, nf_result *result);

/* The exact values of n codes, normalised as for nf_unrounded; sticky is 0. */
nf_status nf_unpack(const nf_format *format, size_t n, const void *in, nf_parts *out, nf_result *result);

/* cdef-end */

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#include "numfmt_integers.h"
#include "numfmt_quantize.h"

#endif
