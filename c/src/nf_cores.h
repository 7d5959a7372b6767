/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The operations of the table: cores, which leave an exact result to be rounded, and kernels.
 */
#ifndef NF_CORES_H
#define NF_CORES_H

#include "nf_wide.h"

nfi_core nfi_copy, nfi_add, nfi_sub, nfi_faa, nfi_mul, nfi_fma, nfi_div, nfi_recip, nfi_remainder, nfi_fmod, nfi_sqrt,
    nfi_rsqrt, nfi_scaleb, nfi_logb;

nfi_kernel nfi_round_to_integral, nfi_to_int, nfi_select, nfi_compare, nfi_total_order, nfi_classify, nfi_is,
    nfi_change_sign, nfi_next;

/* Parts of cores, for finite nonzero values. */
void nfi_add_finite(const nfi_goal *goal, const nfi_unpacked *a, const nfi_unpacked *b, nfi_unpacked *z);
void nfi_div_finite(const nfi_goal *goal, const nfi_unpacked *a, const nfi_unpacked *b, nfi_unpacked *z);

/* A sum without NaN. */
void nfi_add_values(const nfi_goal *goal, const nfi_unpacked *a, const nfi_unpacked *b, nfi_unpacked *z,
                    uint32_t *flags);

/* Sign of |a| - |b|: -1, 0, 1; neither is a NaN. */
int nfi_compare_magnitudes(const nfi_unpacked *a, const nfi_unpacked *b);

/* The variants of nfi_round_to_integral and nfi_to_int. */
enum { NFI_EXACT, NFI_NOT_EXACT };

/* nfi_select: which of two it takes, how it goes about NaNs. */
enum { NFI_MAX = 1, NFI_MAGNITUDE = 2, NFI_NUMBER = 4, NFI_NUM_2008 = 8 };

/* nfi_compare: the relations for which it is true, and whether a quiet NaN is invalid. */
enum { NFI_LESS = 1, NFI_EQUAL = 2, NFI_GREATER = 4, NFI_UNORDERED = 8, NFI_SIGNALING = 16 };

/* nfi_change_sign */
enum { NFI_NEGATE, NFI_ABSOLUTE, NFI_COPYSIGN };

#endif
