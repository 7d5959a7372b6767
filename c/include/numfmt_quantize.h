/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Affine quantization of float32 arrays, and requantization of accumulators.  Part of numfmt.h, which includes it.
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

/* n accumulators times their multipliers, plus their zero points, clamped to low..high.  m is in 0..2^31 - 1, shift in
 * -31..30; with gemmlowp acc * 2^shift must fit 32 bits where shift > 0.  A call that fails writes nothing but
 * nf_result. */
nf_status nf_requantize(uint32_t how, size_t n, const int32_t *acc, const int32_t *multiplier, const int32_t *shift,
                        const int32_t *zero_point, int32_t low, int32_t high, int32_t *out, nf_result *result);

/* cdef-end */

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
