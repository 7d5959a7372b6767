/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the files of the affine quantizers share: a call as a job, and the kernels that run a part of one.
 */
#ifndef NF_AFFINE_H
#define NF_AFFINE_H

#include "nf_cores.h"

/* Everything that holds for all elements of one call. */
typedef struct nfi_affine_job {
    const nf_affine *how;
    const nf_affine_shape *shape;
    nfi_layout x, scale;
    nfi_goal step;    /* the rounding of each operation; of a decoded value */
    nfi_goal integer; /* the rounding to an integer */
    int is_exact;     /* operations are not rounded */
    const void *values;
    const void *scales;
    const int64_t *zero_points; /* or NULL */
    const uint32_t *random_bits;
    void *codes;
    const void *const_codes; /* to decode */
    void *out;
} nfi_affine_job;

/* Elements of one row from `first` on: either all with one scale (run), or each with its own. */
typedef struct nfi_affine_span {
    size_t first, count; /* elements */
    size_t scale;        /* of the first */
    size_t offset;       /* how many elements of its run the first has before it */
} nfi_affine_span;

/* The span of a row that begins at element `at` and ends before `end`. */
nfi_affine_span nfi_affine_next(const nf_affine_shape *shape, size_t at, size_t end);

static inline int64_t nfi_affine_zero(const nfi_affine_job *job, size_t scale) {
    return job->zero_points ? job->zero_points[scale] : 0;
}

void nfi_affine_encode(const nfi_affine_job *job, size_t first, size_t count, nf_affine_counts *counts);
void nfi_affine_decode(const nfi_affine_job *job, size_t first, size_t count, uint32_t *flags);

int64_t nfi_affine_load(const void *codes, size_t i, const nf_affine *how);

#endif
