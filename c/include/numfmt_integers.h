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

/* cdef-end */

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
