/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Affine quantization of arrays, and requantization of accumulators.  Part of numfmt.h, which includes it.
 */
#ifndef NUMFMT_QUANTIZE_H
#define NUMFMT_QUANTIZE_H

#include "numfmt.h"

#ifdef __cplusplus
extern "C" {
#endif
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* cdef-begin */

/* How the product of an accumulator and a real multiplier m 2^(shift - 31), 2^30 <= m < 2^31, becomes an integer. */
typedef enum nf_requantization {
    NF_REQUANTIZE_GEMMLOWP = 0, /* twice: the high half of 2 x m, ties away from zero but negative ones only if beyond
                                   the tie, then by 2^-shift, ties away (gemmlowp fixedpoint.h; TFLite) */
    NF_REQUANTIZE_SINGLE = 1    /* once, ties toward +Inf (TFLite with TFLITE_SINGLE_ROUNDING) */
} nf_requantization;

/* n accumulators times their multipliers, plus their zero points, clamped to low..high, low <= high.  m is in
 * 0..2^31 - 1, shift in -31..30; with gemmlowp acc * 2^shift must fit 32 bits where shift > 0.  A call that fails
 * writes nothing but nf_result. */
nf_status nf_requantize(uint32_t how, size_t n, const int32_t *acc, const int32_t *multiplier, const int32_t *shift,
                        const int32_t *zero_point, int32_t low, int32_t high, int32_t *out, nf_result *result);

/* Whether a value is divided by its scale, or multiplied by the scale's rounded reciprocal. */
typedef enum nf_affine_divide { NF_AFFINE_DIV = 0, NF_AFFINE_RECIP = 1 } nf_affine_divide;

/* Where the zero point is added. */
typedef enum nf_affine_order {
    NF_AFFINE_AFTER = 0,  /* to the rounded integer */
    NF_AFFINE_BEFORE = 1, /* to the quotient or product, rounded to the arithmetic format, which is then rounded */
    NF_AFFINE_FUSED = 2   /* to the product, by a fused multiply-add; with NF_AFFINE_RECIP only */
} nf_affine_order;

/* An affine quantizer.  Of a value x with scale s and zero point z
 *
 *     t = x / s, or x * (1 / s), each operation rounded to `arithmetic`, ties to even
 *     q = clip(round(t) + z, low, high), or clip(round(t + z), low, high)
 *
 * +-Inf go to the ends, NaN (of x, or t = 0 * Inf) to nan_code or to its zero point.  The value of a code is
 * (q - z) * s, rounded once to `arithmetic`. */
typedef struct nf_affine {
    nf_format x;          /* of the values */
    nf_format scale;      /* of the scales */
    nf_format arithmetic; /* signed, with zero; or all zero: nothing is rounded but the integer.  A sum or quotient
                             beyond its largest finite is Inf, or that where it has no Inf. */
    int64_t low, high;    /* the codes, low < high: integers of code_bytes, in two's complement if low < 0 */
    int64_t nan_code;     /* in low..high */
    uint8_t code_bytes;   /* 1, 2 or 4 */
    uint8_t rounding;     /* to an integer: nf_rounding, or NF_ROUND_TIES_UP */
    uint8_t random_bits_count;
    uint8_t divide;            /* nf_affine_divide; NF_AFFINE_DIV if the arithmetic is exact */
    uint8_t order;             /* nf_affine_order */
    uint8_t nan_to_zero_point; /* 1: NaN becomes its zero point, and nan_code is not read */
    uint8_t reserved[2];       /* zero */
} nf_affine;

/* An array of blocks * repeats * row elements and its blocks * (row / run) scales: `repeats` rows share a block's
 * scales, `run` elements in a row share one.  So element c of row r of block b has scale b * (row / run) + c / run. */
typedef struct nf_affine_shape {
    size_t blocks, repeats, row, run; /* run divides row */
} nf_affine_shape;

typedef struct nf_affine_counts {
    uint64_t below, above; /* elements clipped at the low and at the high end, +-Inf among them */
    uint64_t inexact;      /* elements that are not equal to the value of their code; NaN never is */
    uint64_t nan;
    uint64_t first_nan; /* the index of the first NaN, if there is one */
    uint64_t index;     /* the element, or for NF_ERR_SCALE and NF_ERR_ZERO_POINT the scale, that a status is about */
} nf_affine_counts;

/* Elements first..first + count - 1 of the arrays, by the code of `isa` where this machine runs it and it has a way of
 * its own; else generically.  scale: codes of how->scale, finite, positive, not subnormal.  zero_point: integers in
 * low..high, as many; NULL: all 0.  random_bits: as for nf_convert.  codes: of code_bytes each.  counts may be NULL. */
nf_status nf_affine_encode(uint32_t isa, const nf_affine *how, const nf_affine_shape *shape, size_t first, size_t count,
                           const void *x, const void *scale, const int64_t *zero_point, const uint32_t *random_bits,
                           void *codes, nf_affine_counts *counts);

/* The values of codes, which must be in low..high, as codes of how->arithmetic, each rounded once; how->x, rounding and
 * what follows are not read.  nf_result.index is also the scale
 * that NF_ERR_SCALE and NF_ERR_ZERO_POINT are about. */
nf_status nf_affine_decode(uint32_t isa, const nf_affine *how, const nf_affine_shape *shape, size_t first, size_t count,
                           const void *codes, const void *scale, const int64_t *zero_point, void *out,
                           nf_result *result);

/* Has `isa` more than the generic path for it, on this machine? */
int32_t nf_affine_is_fast(uint32_t isa, const nf_affine *how);

/* cdef-end */

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
