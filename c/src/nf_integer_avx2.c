/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernels of nf_integer.h, compiled for AVX2.
 */
#include "nf_integer.h"

#if defined(__x86_64__) && defined(__GNUC__)

#define KERNELS nfi_integer_avx2
#define FN static __attribute__((target("avx2")))
#include "nf_integer_body.h"

#endif
