/* SPDX-License-Identifier: BSD-3-Clause
 *
 * 256-bit values: a product of two significands, a sum that must stay exact, before they are rounded.
 *
 *     (-1)^sign * w * 2^(exp - 255), w = w[3] w[2] w[1] w[0] with bit 255 set; or zero, all of w 0
 *
 * The lowest bit may be sticky, as in nfi_unpacked.
 */
#ifndef NF_WIDE_H
#define NF_WIDE_H

#include "nf_internal.h"

typedef struct nfi_wide {
    uint64_t w[4];
    int32_t exp;
    uint8_t sign;
} nfi_wide;

/* Shifts left until bit 255 is set; w is not 0. */
void nfi_wide_normalize(nfi_wide *x);

void nfi_wide_from(nfi_wide *x, const nfi_unpacked *a);
void nfi_wide_product(nfi_wide *x, const nfi_unpacked *a, const nfi_unpacked *b);

/* x + y, exactly but for a sticky lowest bit; x and y may be zero. */
void nfi_wide_add(nfi_wide *z, const nfi_wide *x, const nfi_wide *y);

/* The upper 128 bits with a sticky one; z keeps its sign if x is zero. */
void nfi_wide_to(nfi_unpacked *z, const nfi_wide *x);

static inline int nfi_wide_is_zero(const nfi_wide *x) { return (x->w[3] | x->w[2] | x->w[1] | x->w[0]) == 0; }

#endif
