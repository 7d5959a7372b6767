/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Fast conversions: a plan of constants, made once per call, and kernels that run it.  A plan is made only where
 * every code and flag equals the generic path's (tests compare them); for everything else there is that path.
 */
#ifndef NF_FAST_H
#define NF_FAST_H

#include "nf_internal.h"

/* The sources, and how a kernel reads them: as 32-bit words whose upper end is the code's. */
enum nfi_fast_source { NFI_FAST_16, NFI_FAST_32, NFI_FAST_64 };

/* What the kernels know of a rounding.  An operand's word holds a sign, an exponent field e and src_frac fraction bits;
 * its significand sig has the hidden bit at src_frac (none where e is 0).  On the destination's grid
 *
 *     shift = src_frac - frac + max(0, lowest - e)            subnormal below e = lowest
 *     kept  = sig >> shift, nu = the bits shifted out, left-aligned in a word
 *     mag   = kept + (max(0, e - lowest) << frac) - offset    + 1 if nu > threshold[mag is odd][sign]
 *
 * and what is beyond max_mag, an Inf or a NaN is replaced by a code of its own. */
typedef struct nfi_fast_plan {
    uint32_t source;                /* nfi_fast_source */
    uint32_t out_bytes;             /* 1 or 2 */
    uint32_t src_frac, field_shift; /* fraction bits of sig; of the word, which is where e starts */
    uint32_t src_inf, src_quiet;    /* src_inf: magnitude of Inf; above are NaNs; src_quiet: their quiet bit */
    uint32_t frac, lowest, max_mag;
    uint32_t offset;     /* the hidden bit where exponent field 0 is normal, else 0 */
    uint32_t safe;       /* below this field only the generic path knows the result */
    uint32_t normalizes; /* the destination has normal values where the source has subnormal ones: lowest is below 1 */
    uint32_t threshold[2][2];
    uint32_t sign_bit; /* of the destination; 0: unsigned */
    uint32_t has_neg_zero;
    uint32_t beyond[2], inf[2], nan[2]; /* codes by sign */
    uint32_t below;                     /* code of a negative that survives in an unsigned format */
    uint32_t inf_flags[2], nan_flags, below_flags;
    uint32_t tiny_before;        /* 1: tininess before rounding */
    uint32_t daz;                /* subnormal operands are zeros */
    uint32_t flush, flush_flags; /* nf_ftz of the destination, and what a flushed result raises */
    uint32_t stochastic;         /* 0, or nf_rounding */
    uint32_t random_count;
    uint32_t is_upper; /* the destination is the source's upper half, bfloat16 of binary32 */
    uint32_t is_half;  /* binary32 to binary16, to nearest even, by IEEE's overflow */
    /* for nf_fast_words.h, if in_words: its words' fraction bits, Inf and quiet bit.  is_held: there is a -0, and what is
     * beyond max becomes max, or the code after it, with its sign; is_simple: also Inf, and all from word_clamp on, which
     * is that code's word, and NaN is one for both signs, and the rounding toward zero or to nearest. */
    uint32_t in_words, word_frac, word_lowest, word_inf, word_quiet, word_clamp, is_simple, is_held;
    uint32_t streams; /* the results go past the caches, which do not hold them */
} nfi_fast_plan;

/* What the kernels know of formats of 9 to 16 bits on their way into binary32 or binary64; see nf_fast_widen.h.  Codes of
 * binary64 are told by their upper words. */
typedef struct nfi_widen_plan {
    uint32_t out_bytes; /* 4 or 8 */
    uint32_t mag_mask, sign_bit, to_sign, frac, max_mag, inf_mag, quiet, has_neg_zero;
    uint32_t place;  /* the destination's exponent field in its upper word: 23 or 20 */
    uint32_t rebias; /* difference of the biases */
    uint32_t moves;  /* subnormals become normal: their float's exponent moves by `move` */
    uint32_t move;
    uint32_t inf[2], nan[2], inf_flags[2], nan_flags;
} nfi_widen_plan;

typedef void nfi_widen_kernel(const nfi_widen_plan *plan, size_t n, const void *in, void *out, uint8_t *flags,
                              uint32_t *any_flags);

int nfi_widen_plan_init(nfi_widen_plan *plan, const nfi_layout *from, const nfi_goal *goal);
nfi_widen_kernel *nfi_widen_pick(uint32_t isa);

/* n elements; random as the plan's rounding needs it, its elements in range; any_flags, the OR of all flags, may be NULL
 * if flags is. */
typedef void nfi_fast_kernel(const nfi_fast_plan *plan, size_t n, const void *in, const uint32_t *random, void *out,
                             uint8_t *flags, uint32_t *any_flags);

/* The OR of n words. */
typedef uint32_t nfi_or_kernel(size_t n, const uint32_t *words);

/* The kernels of an nf_isa. */
typedef struct nfi_fast_kernels {
    nfi_fast_kernel *fast;
    nfi_or_kernel *or_words;
} nfi_fast_kernels;
nfi_fast_kernels nfi_fast_pick(uint32_t isa);

int nfi_fast_plan_init(nfi_fast_plan *plan, const nfi_layout *from, int daz, const nfi_goal *goal);

/* Codes of few bits by a table of all of them, which pays from so many elements on. */
enum { NFI_TABLE_BITS = 8, NFI_TABLE_SIZE = 256, NFI_TABLE_MIN = 400 };
void nfi_table_map(uint32_t isa, size_t n, const uint8_t *in, const unsigned char *table, uint32_t bytes,
                   unsigned char *out);
uint32_t nfi_table_any(size_t n, const uint8_t *in, const uint8_t *table);
int nfi_table_fits(size_t n, const uint8_t *in, uint32_t width);

/* What fits into no cache.  Tests with small arrays set it lower. */
#if !defined(NFI_STREAM_MIN)
#define NFI_STREAM_MIN (1 << 25)
#endif
enum { NFI_LINE = 64 };

/* Do n results of so many bytes go past the caches?  Not if they alone are that large: the system clears such memory
 * when it is first written, and leaves it in the caches. */
static inline uint32_t nfi_streams(const void *out, size_t n, size_t bytes, size_t in_bytes) {
    return n >= NFI_STREAM_MIN / (bytes + in_bytes) && n < NFI_STREAM_MIN / bytes && (uintptr_t)out % bytes == 0;
}

/* How many of n elements lie before the first whole line of memory? */
static inline size_t nfi_to_line(const void *p, size_t bytes, size_t n) {
    const size_t rest = (NFI_LINE - (uintptr_t)p % NFI_LINE) % NFI_LINE / bytes;
    return rest < n ? rest : n;
}

/* A plan pays from so many elements on. */
enum { NFI_PLAN_MIN = 64 };

nfi_fast_kernel nfi_fast_portable;
nfi_or_kernel nfi_or_portable;
/* The same block by block; 0, and nothing is done, if the plan is not for them. */
int nfi_fast_blocks(const nfi_fast_plan *p, size_t n, const void *in, void *out, uint8_t *flags, uint32_t *any_flags);
nfi_widen_kernel nfi_widen_portable;
#if defined(__x86_64__) && defined(__GNUC__)
nfi_fast_kernel nfi_fast_avx2, nfi_fast_avx512;
nfi_or_kernel nfi_or_avx2, nfi_or_avx512;
nfi_widen_kernel nfi_widen_avx2, nfi_widen_avx512;
#endif
#if defined(__aarch64__) && defined(__GNUC__)
nfi_fast_kernel nfi_fast_neon;
nfi_or_kernel nfi_or_neon;
nfi_widen_kernel nfi_widen_neon;
#endif

#endif
