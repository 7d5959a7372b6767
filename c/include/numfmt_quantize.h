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

/* cdef-end */

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
