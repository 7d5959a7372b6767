/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel of nf_fast.h in plain C: by blocks where they are vectors, else one by one, where what depends on the
 * exponent field alone is looked up.
 */
#include "nf_fast.h"

/* Does the compiler make vectors of nf_fast_lanes.h's loops?  As scalars they are slower than look-ups. */
#ifndef NFI_LANES
#if (defined(__SSE2__) || defined(__ARM_NEON)) && (defined(__clang__) || __GNUC__ >= 12)
#define NFI_LANES 1
#else
#define NFI_LANES 0
#endif
#endif

/* Fields of a source, behind those that its subnormals would have. */
enum { BELOW = 32, FIELDS = BELOW + 2048 };

/* By exponent field: how far sig goes to the right, what is added to it, and the flags of an inexact result. */
typedef struct field_table {
    uint8_t shift[FIELDS], flags[FIELDS];
    uint32_t up[FIELDS];
} field_table;

static void make_table(field_table *t, const nfi_fast_plan *p) {
    const int32_t fields = p->source == NFI_FAST_64 ? 2048 : p->field_shift == 26 ? 32 : 256;
    const int32_t lowest = (int32_t)p->lowest;
    for (int32_t e = -BELOW; e < fields; e++) {
        const int32_t field = e < 1 && !p->normalizes ? 1 : e;
        const uint32_t depth = field < lowest ? (uint32_t)(lowest - field) : 0;
        const uint32_t shift = p->src_frac - p->frac + depth;
        const uint32_t most = p->stochastic ? 63 : 31;
        t->shift[BELOW + e] = (uint8_t)(shift < most ? shift : most);
        t->up[BELOW + e] = (field > lowest ? (uint32_t)(field - lowest) << p->frac : 0) - p->offset;
        t->flags[BELOW + e] = e < lowest ? NF_FLAG_INEXACT | NF_FLAG_UNDERFLOW : NF_FLAG_INEXACT;
    }
}

typedef struct operand {
    uint32_t mag, whole, sig, sign;
    int32_t field;
} operand;

static NFI_ALWAYS_INLINE operand read_operand(const nfi_fast_plan *p, const void *in, size_t i, int source) {
    uint32_t word = 0, low = 0;
    if (source == NFI_FAST_16) word = (uint32_t)nfi_load(in, i, 2).lo << 16;
    if (source == NFI_FAST_32) word = (uint32_t)nfi_load(in, i, 4).lo;
    if (source == NFI_FAST_64) {
        const uint64_t code = nfi_load(in, i, 8).lo;
        word = (uint32_t)(code >> 32);
        low = (uint32_t)code >> 23 | (((uint32_t)code << 9) != 0);
    }
    operand x = {.mag = word & 0x7FFFFFFF, .sign = word >> 31};
    x.field = (int32_t)(x.mag >> p->field_shift);
    x.sig = (x.mag & ((1u << p->field_shift) - 1)) | (uint32_t)(x.field != 0) << p->field_shift;
    if (source == NFI_FAST_64) x.sig = x.sig << (p->src_frac - p->field_shift) | low;
    x.whole = x.mag | (low != 0);
    if (p->daz && x.field == 0) x.mag = x.whole = x.sig = 0;
    if (p->normalizes && x.field == 0 && x.sig) {
        const uint32_t lead = p->field_shift + nfi_clz64(x.sig) - 63;
        x.sig <<= lead;
        x.field = 1 - (int32_t)lead;
    }
    return x;
}

/* nu above this goes away from zero (P3109 4.7.4, solved for nu). */
static inline uint32_t stochastic_limit(const nfi_fast_plan *p, uint32_t random) {
    const uint32_t n = p->random_count, k = (1u << n) - random;
    if (p->stochastic == NF_ROUND_STOCHASTIC_A) return ~(random << (32 - n));
    if (p->stochastic == NF_ROUND_STOCHASTIC_B) return ~((2 * random | 1) << (31 - n));
    return ((2 * k - 1) << (31 - n)) - (~k & 1);
}

/* Inf, NaN, and whatever becomes of an operand in an unsigned format. */
static NFI_NOINLINE uint32_t convert_special(const nfi_fast_plan *p, operand x, uint32_t result, uint32_t *flags) {
    if (x.whole > p->src_inf) {
        *flags = p->nan_flags | (x.mag & p->src_quiet ? 0 : NF_FLAG_INVALID);
        return p->nan[x.sign];
    }
    if (x.whole == p->src_inf) {
        *flags = p->inf_flags[x.sign];
        return p->inf[x.sign];
    }
    if (x.sign && result != 0) {
        *flags = p->below_flags;
        return p->below;
    }
    if (result > p->max_mag) {
        *flags = NF_FLAG_INEXACT | NF_FLAG_OVERFLOW;
        return p->beyond[x.sign];
    }
    return result;
}

/* Is an operand, rounded with unbounded exponent, still below the lowest normal binade? */
static NFI_NOINLINE int is_tiny_after(const nfi_fast_plan *p, operand x, uint32_t random) {
    const uint32_t base = p->src_frac - p->frac, sig = p->lowest == 1 ? 2 * x.sig : x.sig;
    const uint32_t limit = p->stochastic ? stochastic_limit(p, random) : p->threshold[p->frac > 0][x.sign];
    const int32_t lowest = (int32_t)p->lowest;
    if (x.field != (lowest == 1 ? 0 : lowest - 1)) return x.field < lowest;
    return sig >> base != (2u << p->frac) - 1 || sig << (32 - base) <= limit;
}

/* A tiny operand as zero. */
static uint32_t flush(const nfi_fast_plan *p, operand x, uint32_t *flags) {
    *flags = x.whole ? p->flush_flags : 0;
    return x.sign && p->has_neg_zero ? p->sign_bit : 0;
}

/* a where mask is all ones, b where it is 0. */
static inline uint32_t select_bits(uint32_t mask, uint32_t a, uint32_t b) { return b ^ ((a ^ b) & mask); }

static NFI_ALWAYS_INLINE uint32_t convert_one(const nfi_fast_plan *p, const field_table *t, operand x, uint32_t random,
                                              int with_flags, uint32_t *flags) {
    const uint32_t shift = t->shift[BELOW + x.field];
    const int32_t lowest = (int32_t)p->lowest;
    if (p->normalizes && x.whole == 0) {
        *flags = 0;
        return x.sign && p->has_neg_zero ? p->sign_bit : 0;
    }
    const uint64_t both = ((uint64_t)x.sig << 32) >> shift;
    uint32_t result = (uint32_t)(both >> 32) + t->up[BELOW + x.field], nu = (uint32_t)both;
    if (p->stochastic) {
        nu |= both << shift != (uint64_t)x.sig << 32;
        result += nu > stochastic_limit(p, random);
    } else {
        result += nu > p->threshold[result & 1][x.sign];
    }
    const int may_flush = p->flush && x.field < lowest && x.whole < p->src_inf;
    if (may_flush && (p->flush == NF_FTZ_ARM || is_tiny_after(p, x, random))) {
        return flush(p, x, flags);
    }
    if (with_flags) {
        const int32_t next = lowest == 1 ? 0 : lowest - 1;
        *flags = t->flags[BELOW + x.field] & (0 - (uint32_t)(nu != 0));
        if (x.field == next && nu && !p->tiny_before && !is_tiny_after(p, x, random)) *flags = NF_FLAG_INEXACT;
    }
    if (x.whole >= p->src_inf || !p->sign_bit) return convert_special(p, x, result, flags);
    /* masks, no branches: which results are negative, zero or beyond max no processor can foretell */
    const uint32_t beyond = 0 - (uint32_t)(result > p->max_mag), minus = 0 - x.sign;
    const uint32_t signs = 0 - (uint32_t)((result | p->has_neg_zero) != 0);
    if (with_flags) *flags = select_bits(beyond, NF_FLAG_INEXACT | NF_FLAG_OVERFLOW, *flags);
    return select_bits(beyond, p->beyond[x.sign], result | (p->sign_bit & minus & signs));
}

static NFI_ALWAYS_INLINE uint32_t convert_all(const nfi_fast_plan *plan, const field_table *t, size_t n, const void *in,
                                              const uint32_t *random, void *out, uint8_t *flags, int source,
                                              uint32_t bytes, int with_flags) {
    const nfi_fast_plan copy = *plan, *p = &copy; /* which no store to `out` can be thought to change */
    uint32_t any = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t f = 0;
        const uint32_t code = convert_one(p, t, read_operand(p, in, i, source), random ? random[i] : 0, with_flags, &f);
        nfi_store(out, i, bytes, u128(0, code));
        any |= f;
        if (with_flags && flags) flags[i] = (uint8_t)f;
    }
    return any;
}

#define SHAPE(source_, bytes_)                                                                                         \
    if (p->source == (source_) && p->out_bytes == (bytes_)) {                                                          \
        if (any_flags) *any_flags = convert_all(p, &t, n, in, random, out, flags, source_, bytes_, 1);                 \
        if (!any_flags) convert_all(p, &t, n, in, random, out, NULL, source_, bytes_, 0);                              \
    }

void nfi_fast_portable(const nfi_fast_plan *p, size_t n, const void *in, const uint32_t *random, void *out,
                       uint8_t *flags, uint32_t *any_flags) {
    field_table t;
    if (NFI_LANES && nfi_fast_blocks(p, n, in, out, flags, any_flags)) return;
    make_table(&t, p);
    SHAPE(NFI_FAST_16, 1)
    SHAPE(NFI_FAST_16, 2)
    SHAPE(NFI_FAST_32, 1)
    SHAPE(NFI_FAST_32, 2)
    SHAPE(NFI_FAST_64, 1)
    SHAPE(NFI_FAST_64, 2)
}

uint32_t nfi_or_portable(size_t n, const uint32_t *words) {
    enum { MANY = 32 };
    uint32_t ors[MANY] = {0}, all = 0;
    for (; n >= MANY; n -= MANY, words += MANY) {
        for (size_t k = 0; k < MANY; k++) ors[k] |= words[k];
    }
    for (; n > 0; n--) all |= *words++;
    for (size_t k = 0; k < MANY; k++) all |= ors[k];
    return all;
}

/* Formats of 9 to 16 bits into binary32 and binary64. */
static NFI_ALWAYS_INLINE uint32_t widen_one(const nfi_widen_plan *p, uint32_t word, uint32_t *flags) {
    const uint32_t mag = word & p->mag_mask, sign = p->sign_bit && (word & p->sign_bit) != 0;
    if (mag > p->max_mag || (mag == 0 && sign && !p->has_neg_zero)) {
        if (p->inf_mag && mag == p->inf_mag) {
            *flags = p->inf_flags[sign];
            return p->inf[sign];
        }
        *flags = p->nan_flags | (p->quiet && !(mag & p->quiet) ? NF_FLAG_INVALID : 0);
        return p->nan[sign];
    }
    uint32_t code = mag ? (mag << (p->place - p->frac)) + (p->rebias << p->place) : 0;
    if (p->moves && mag && mag >> p->frac == 0) {
        /* the leading bit becomes the hidden one */
        const uint32_t top = 63 - nfi_clz64(mag), bias = 127 + top + p->move;
        code = (bias << p->place) + ((mag << (p->place - top)) & ((1u << p->place) - 1));
    }
    return code | sign << 31;
}

void nfi_widen_portable(const nfi_widen_plan *p, size_t n, const void *in, void *out, uint8_t *flags,
                        uint32_t *any_flags) {
    uint32_t any = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t f = 0;
        const uint32_t code = widen_one(p, (uint32_t)nfi_load(in, i, 2).lo, &f);
        nfi_store(out, i, p->out_bytes, u128(0, p->out_bytes == 8 ? (uint64_t)code << 32 : code));
        any |= f;
        if (flags) flags[i] = (uint8_t)f;
    }
    if (any_flags) *any_flags = any;
}
