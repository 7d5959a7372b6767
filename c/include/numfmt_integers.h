/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Integer codes: sign-magnitude, ones' complement, two's complement, offset binary, unsigned.  Part of numfmt.h, which
 * includes it.
 */
#ifndef NUMFMT_INTEGERS_H
#define NUMFMT_INTEGERS_H

#include "numfmt.h"

#ifdef __cplusplus
extern "C" {
#endif
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* cdef-begin */

typedef enum nf_integer_kind {
    NF_INTEGER_SIGN_MAGNITUDE = 0,  /* a sign bit and width - 1 bits of magnitude: two zeros */
    NF_INTEGER_ONES_COMPLEMENT = 1, /* a negative value is the complement of its magnitude: two zeros */
    NF_INTEGER_TWOS_COMPLEMENT = 2, /* the value modulo 2^width */
    NF_INTEGER_OFFSET_BINARY = 3,   /* the value plus bias (excess-bias) */
    NF_INTEGER_UNSIGNED = 4
} nf_integer_kind;

/* A kind of integer code. */
typedef struct nf_integer {
    uint64_t bias;       /* of offset binary, below 2^width; else 0 */
    uint8_t kind;        /* nf_integer_kind */
    uint8_t width;       /* 1 to 64 */
    uint8_t narrow;      /* 1: for encode, the lowest code of two's complement is out of range; nothing else reads it */
    uint8_t reserved[5]; /* 0 */
} nf_integer;

/* What encode does with a value out of range. */
typedef enum nf_integer_overflow {
    NF_INTEGER_ERROR = 0,    /* NF_ERR_RANGE */
    NF_INTEGER_SATURATE = 1, /* the nearest value in range */
    NF_INTEGER_WRAP = 2 /* modulo 2^width; ones' complement modulo 2^width - 1; sign-magnitude: the sign and the low
                             width - 1 bits of the magnitude.  Not with narrow. */
} nf_integer_overflow;

typedef enum nf_integer_op { NF_INTEGER_ADD = 0, NF_INTEGER_SUB = 1, NF_INTEGER_NEGATE = 2 } nf_integer_op;

/* Which bits of a byte come first in a dense stream of codes. */
typedef enum nf_bit_order {
    NF_LOW_FIRST = 0, /* the first code takes the lowest bits of the first byte, its own lowest bit first */
    NF_HIGH_FIRST = 1 /* the first code takes the highest bits of the first byte, its own highest bit first */
} nf_bit_order;

/* Arrays of integers have elements of 1, 2, 4 or 8 bytes, native and without need of alignment: codes are unsigned
 * elements that hold the width; values are two's complement (is_signed 1) or unsigned (0).  `isa` as for nf_convert_by:
 * every one gives the same.  result may be NULL; result->index is the first element that NF_ERR_RANGE (a value) or
 * NF_ERR_CODE (a code with bits above the width) is about. */

/* The codes of n values; +0 for 0. */
nf_status nf_integer_encode(uint32_t isa, const nf_integer *type, uint32_t overflow, size_t n, int32_t is_signed,
                            uint32_t value_bytes, const void *values, uint32_t code_bytes, void *codes,
                            nf_result *result);

/* The same for values of any size: each is `words` native 64-bit words, the lowest first, of one two's complement
 * number. */
nf_status nf_integer_encode_wide(const nf_integer *type, uint32_t overflow, size_t n, size_t words, const void *values,
                                 uint32_t code_bytes, void *codes, nf_result *result);

/* The values of n codes, in elements that hold every value of the type. */
nf_status nf_integer_decode(uint32_t isa, const nf_integer *type, size_t n, uint32_t code_bytes, const void *codes,
                            int32_t is_signed, uint32_t value_bytes, void *values, nf_result *result);

/* The same, each value two native 64-bit words, the lower first, of one two's complement number. */
nf_status nf_integer_decode_wide(const nf_integer *type, size_t n, uint32_t code_bytes, const void *codes, void *values,
                                 nf_result *result);

/* Arithmetic as hardware does it, on codes: out = a + b, a - b or -a (b is NULL).  carry and overflow, 0 or 1 for each
 * element, may be NULL.  overflow: the exact result is out of range.
 *
 *     two's complement    modulo 2^width.  carry: out of the adder; a - b is a + ~b + 1 (carry: no borrow), -a is 0 - a
 *     unsigned            the same
 *     ones' complement    the carry out of the adder is added at the low end (carry: it happened); a - b is a + ~b, -a
 *                         is ~a.  a + -a is -0.
 *     sign-magnitude      magnitudes are added, or the smaller subtracted from the larger.  carry: out of their adder,
 *                         which is the overflow; the magnitude is modulo 2^(width - 1).  A difference of equal
 *                         magnitudes is +0; -0 + -0 is -0; a - b is a + -b; -a inverts the sign bit.
 *     offset binary       a + b - bias, a - b + bias, modulo 2^width.  carry: out of the first addition, no borrow of
 *                         the first subtraction.  -a is the code of 0 minus a. */
nf_status nf_integer_calculate(uint32_t isa, const nf_integer *type, uint32_t op, size_t n, uint32_t code_bytes,
                               const void *a, const void *b, void *out, uint8_t *carry, uint8_t *overflow,
                               nf_result *result);

/* -1, 0 or 1 as the value of a is below, equal to or above that of b; both zeros are equal. */
nf_status nf_integer_compare(uint32_t isa, const nf_integer *type, size_t n, uint32_t code_bytes, const void *a,
                             const void *b, int8_t *out, nf_result *result);

/* n codes of `width` bits, 1 to 64, without gaps in nf_integer_packed_bytes(width, n) bytes; bits left over in the last
 * byte are written as 0 and not read.  (0 bytes: a wrong width, or more than the address space.) */
size_t nf_integer_packed_bytes(uint32_t width, size_t n);
nf_status nf_integer_pack(uint32_t width, uint32_t order, size_t n, uint32_t code_bytes, const void *codes,
                          uint8_t *bytes, nf_result *result);
nf_status nf_integer_unpack(uint32_t width, uint32_t order, size_t n, const uint8_t *bytes, uint32_t code_bytes,
                            void *codes);

/* cdef-end */

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
