/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the files of the integer codes share.
 *
 * Arrays are worked through in blocks that stay in the first cache: elements are widened to the lanes of a block, a loop
 * over a constant number of lanes, free of branches, transforms them, and they are narrowed on the way out.
 */
#ifndef NF_INTEGER_H
#define NF_INTEGER_H

#include "nf_bits.h"

enum { NFI_BLOCK = 512, NFI_MAX_FOLDS = 16 };

/* Everything that holds for all elements of one call.  The range of a type is -low_size to high_size. */
typedef struct nfi_integer_plan {
    uint64_t mask; /* the low `width` bits */
    uint64_t top;  /* the highest of them */
    uint64_t bias; /* 0 where there is none */
    uint64_t low_size;
    uint64_t high_size;
    uint64_t low, high; /* the part of the range that value elements can hold, in two's complement */
    uint32_t kind;      /* nf_integer_kind */
    uint32_t width;
    uint32_t overflow; /* nf_integer_overflow */
    uint32_t is_signed;
    uint32_t value_bytes;
    uint32_t code_bytes;
    uint32_t can_miss; /* a value element can be out of range */
    uint32_t fold_count;
    uint8_t folds[NFI_MAX_FOLDS]; /* shifts that take a magnitude modulo 2^width - 1 */
} nfi_integer_plan;

/* What is done with whole arrays.  outside and above give the first element of a block with a value out of range, or
 * with a code that has bits above the width; n if there is none.  Absent outputs are NULL. */
typedef struct nfi_integer_kernels {
    size_t (*outside)(const nfi_integer_plan *p, size_t n, const unsigned char *values);
    size_t (*above)(const nfi_integer_plan *p, size_t n, const unsigned char *codes);
    void (*encode)(const nfi_integer_plan *p, size_t n, const unsigned char *values, unsigned char *codes);
    void (*decode)(const nfi_integer_plan *p, size_t n, const unsigned char *codes, unsigned char *values);
    void (*calculate)(const nfi_integer_plan *p, uint32_t op, size_t n, const unsigned char *const *in,
                      unsigned char *const *out); /* a, b; out, carry, overflow */
    void (*compare)(const nfi_integer_plan *p, size_t n, const unsigned char *const *in, int8_t *out);
} nfi_integer_kernels;

/* A plan for codes in elements of so many bytes, of a type that is checked; the part of it that is encode's. */
nf_status nfi_integer_plan_init(nfi_integer_plan *p, const nf_integer *type, uint32_t code_bytes);
nf_status nfi_integer_set_overflow(nfi_integer_plan *p, const nf_integer *type, uint32_t overflow);

/* The first of n codes that has bits above the width; n if none has. */
size_t nfi_integer_first_above(const nfi_integer_plan *p, size_t n, const void *codes);

/* Element i of an array of codes. */
uint64_t nfi_load_code(const unsigned char *codes, size_t i, uint32_t bytes);
void nfi_store_code(unsigned char *codes, size_t i, uint32_t bytes, uint64_t code);

nfi_integer_kernels nfi_integer_portable(void);
nfi_integer_kernels nfi_integer_avx2(void);

#endif
