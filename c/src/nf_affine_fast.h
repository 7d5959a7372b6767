/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Kernels of the affine quantizers: float32 values, steps in binary32, codes of 1 or 2 bytes.  They use the machine's
 * floats, whose operations are those of IEEE 754, and give the codes and counts of the generic path (tests compare
 * them).
 */
#ifndef NF_AFFINE_FAST_H
#define NF_AFFINE_FAST_H

#include "nf_affine.h"

/* What is done to each element: bit 0 nf_affine_divide, bits 1 and 2 nf_affine_order, from bit 3 on the rounding. */
enum { NFI_RECIP = 1, NFI_ORDER = 1, NFI_ROUNDING = 3 };

typedef struct nfi_affine_plan {
    const nfi_affine_job *job;
    size_t first, end; /* elements */
    uint32_t mode;
    uint32_t bytes, is_signed; /* of codes */
} nfi_affine_plan;

typedef void nfi_affine_kernel(const nfi_affine_plan *plan, nf_affine_counts *counts);
typedef void nfi_affine_decoder(const nfi_affine_plan *plan, uint32_t *flags);
typedef int nfi_affine_check(const nfi_affine_plan *plan);

/* NULL where the generic path is all there is. */
typedef struct nfi_affine_kernels {
    nfi_affine_kernel *encode;
    nfi_affine_decoder *decode;
    nfi_affine_check *within; /* are all codes in low..high? */
} nfi_affine_kernels;

nfi_affine_kernels nfi_affine_pick(uint32_t isa);

/* Are there kernels for encoding and for decoding by these rules? */
int nfi_affine_has_encode(const nf_affine *how);
int nfi_affine_has_decode(const nf_affine *how);

#if defined(__x86_64__) && defined(__GNUC__)
nfi_affine_kernel nfi_affine_encode_avx2, nfi_affine_encode_avx512;
nfi_affine_decoder nfi_affine_decode_avx2, nfi_affine_decode_avx512;
nfi_affine_check nfi_affine_within_avx2, nfi_affine_within_avx512;
#endif

#endif
