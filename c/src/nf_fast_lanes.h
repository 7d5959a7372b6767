/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Conversions in plain C for a compiler that vectorizes: operands in blocks, each step a loop of its own over 16-bit
 * lanes, without branches, tables or shifts that differ between lanes.  An operand is a pair
 *
 *     word   | sign | exponent field | fraction |
 *     rest   16 more bits of the fraction, the lowest sticky
 *
 * with fields like bfloat16's, or binary16's if that is the source.  Where the destination's breakpoints have few
 * enough bits, the rest is jammed into the word's lowest bit and all results still differ.  A shift to the right is a
 * product with a power of two: its upper half is what is kept, its lower half nu.
 */
#ifndef NF_FAST_LANES_H
#define NF_FAST_LANES_H

#include "nf_fast.h"

/* Inlined into one, the loops' constants would fight for registers. */
#define PASS static NFI_NOINLINE

enum { BLOCK = 256, WORD_BITS = 16 };

typedef struct constants {
    uint32_t frac;                 /* of a word */
    int32_t lowest;                /* the exponent field of the destination's lowest normal binade */
    int in_pairs, is_simple;       /* in_pairs: words are too short */
    int16_t fraction, hidden, inf; /* of a word */
    int16_t base, hold;            /* what a word loses on the destination's grid, and where it is then held */
    int16_t first, top;            /* between these exponent fields the shift differs */
    int16_t deepest;               /* here and below, all is less than half of the smallest value */
    uint16_t to_field;             /* takes a magnitude to its exponent field */
    uint16_t unit, scale;          /* shifts at field `deepest`; takes words to codes with more fraction bits */
    uint16_t threshold, by_parity, by_sign, flip;
    int16_t max_mag, clamp;
    uint16_t sign_bit, zero_sign, below_mask, below, beyond[2], infinite[2], nan[2];
    uint16_t tiny[2], tiny_rest[2], inf_flags[2], nan_flags, below_flags, quiet;
} constants;

typedef struct block {
    uint16_t word[BLOCK], rest[BLOCK], jammed[BLOCK], result[BLOCK], nu[BLOCK], flags[BLOCK], any[BLOCK];
} block;

/* All ones if so, else 0. */
static NFI_ALWAYS_INLINE uint16_t mask_if(int truth) { return (uint16_t)-truth; }

static NFI_ALWAYS_INLINE uint16_t select_bits(uint16_t mask, uint16_t a, uint16_t b) {
    return (uint16_t)(b ^ ((a ^ b) & mask));
}

static NFI_ALWAYS_INLINE uint16_t upper_half(uint16_t a, uint16_t b) { return (uint16_t)((uint32_t)a * b >> 16); }

static NFI_ALWAYS_INLINE uint16_t lower_half(uint16_t a, uint16_t b) { return (uint16_t)((uint32_t)a * b); }

static NFI_ALWAYS_INLINE int16_t magnitude(uint16_t word) { return (int16_t)(word & 0x7FFF); }

static NFI_ALWAYS_INLINE uint16_t sign_mask(uint16_t word) { return (uint16_t)-(word >> 15); }

/* Operands as words with everything else jammed in, or as pairs. */
PASS void cut32(const unsigned char *restrict in, uint16_t *restrict word) {
    for (size_t i = 0; i < BLOCK; i++) {
        uint32_t x;
        memcpy(&x, in + i * sizeof x, sizeof x);
        word[i] = (uint16_t)((x | ((x & 0xFFFF) + 0xFFFF)) >> 16);
    }
}

PASS void split32(const unsigned char *restrict in, uint16_t *restrict word, uint16_t *restrict rest) {
    for (size_t i = 0; i < BLOCK; i++) {
        uint32_t x;
        memcpy(&x, in + i * sizeof x, sizeof x);
        word[i] = (uint16_t)(x >> 16);
        rest[i] = (uint16_t)x;
    }
}

/* binary64 with its exponent field for a bias of its own, held at its ends; what is not zero does not become it. */
static NFI_ALWAYS_INLINE void split64_to(const unsigned char *restrict in, uint16_t *restrict word,
                                         uint16_t *restrict rest, int frac) {
    enum { INF = 0x7FF0 };
    const int16_t last = (int16_t)(0x7FFF >> frac << 4), lost = (int16_t)((1023 << 4) - (last - 16) / 2);
    uint32_t high[BLOCK], low[BLOCK];
    for (size_t i = 0; i < BLOCK; i++) {
        uint64_t x;
        memcpy(&x, in + i * sizeof x, sizeof x);
        high[i] = (uint32_t)(x >> 32);
        low[i] = (uint32_t)x;
    }
    for (size_t i = 0; i < BLOCK; i++) {
        const uint32_t below = UINT32_MAX >> (frac - 4);
        word[i] = (uint16_t)(high[i] >> 16);
        rest[i] = (uint16_t)high[i];
        low[i] = (low[i] | ((low[i] & below) + below)) >> (36 - frac);
    }
    for (size_t i = 0; i < BLOCK; i++) {
        const int16_t mag = magnitude(word[i]), moved = (int16_t)(mag - lost);
        const int16_t above = (int16_t)(moved > 0 ? moved : 0), held = (int16_t)(above < last ? above : last - 1);
        const uint16_t special = (uint16_t)(mask_if(mag >= INF) & ((mag & 15) + 1));
        const uint16_t sticky = (uint16_t)(mask_if(mag > 0) & mask_if(moved <= 0) & 1);
        const uint16_t whole = (uint16_t)((uint16_t)held + special);
        word[i] = (uint16_t)((word[i] & 0x8000) | whole << (frac - 4) | rest[i] >> (20 - frac));
        rest[i] = (uint16_t)(rest[i] << (frac - 4) | (uint16_t)low[i] | sticky);
    }
}

PASS void split64(const unsigned char *restrict in, uint16_t *restrict word, uint16_t *restrict rest, uint32_t frac) {
    if (frac == 6) split64_to(in, word, rest, 6);
    if (frac == 7) split64_to(in, word, rest, 7);
}

static NFI_ALWAYS_INLINE uint16_t jam(uint16_t word, uint16_t rest) { return (uint16_t)(word | (rest != 0)); }

PASS void jam_all(const uint16_t *restrict word, const uint16_t *restrict rest, uint16_t *restrict jammed) {
    for (size_t i = 0; i < BLOCK; i++) jammed[i] = jam(word[i], rest[i]);
}

/* What shifts an operand to its place: unit * 2^n, n up to `most`, which is 7 or 15. */
static NFI_ALWAYS_INLINE uint16_t factor(const constants *k, int16_t mag, int most) {
    const int16_t field = (int16_t)upper_half((uint16_t)mag, k->to_field);
    const int16_t below = field < k->top ? field : k->top, held = below > k->first ? below : k->first;
    const uint16_t n = (uint16_t)(held - k->deepest);
    const int half = most / 2;
    uint16_t power = (uint16_t)(k->unit + (mask_if((int16_t)n > half) & (k->unit * ((2 << half) - 1))));
    if (most > 7) power = lower_half(power, (uint16_t)(16 - (mask_if((n & 4) == 0) & 15)));
    power = lower_half(power, (uint16_t)(4 - (mask_if((n & 2) == 0) & 3)));
    return lower_half(power, (uint16_t)(1 + (n & 1)));
}

/* A word on the destination's grid: with its exponent where it is normal, there the larger, else its significand. */
static NFI_ALWAYS_INLINE int16_t grid_mag(const constants *k, int16_t mag, int16_t normal) {
    const int16_t low = (int16_t)((mag & k->fraction) | (mask_if(mag > k->fraction) & k->hidden));
    return low > normal ? low : normal;
}

/* The plan's threshold: one that is not there for half of the operands is 0 - 1 for them. */
static NFI_ALWAYS_INLINE uint16_t threshold(const constants *k, uint16_t word, uint16_t kept) {
    const uint16_t by_sign = (uint16_t)((word >> 15 & k->by_sign) ^ k->flip);
    return (uint16_t)(k->threshold - (kept & k->by_parity) - by_sign);
}

static NFI_ALWAYS_INLINE uint16_t round_up(const constants *k, uint16_t word, uint16_t kept, uint16_t nu) {
    return (uint16_t)(kept + (nu > threshold(k, word, kept)));
}

PASS void round_words(const constants *restrict k, const uint16_t *restrict word, uint16_t *restrict result,
                      uint16_t *restrict nu) {
    for (size_t i = 0; i < BLOCK; i++) {
        const int16_t mag = magnitude(word[i]);
        const uint16_t sig = (uint16_t)grid_mag(k, mag, (int16_t)(mag - k->base)), power = factor(k, mag, 7);
        nu[i] = lower_half(sig, power);
        result[i] = round_up(k, word[i], upper_half(sig, power), nu[i]);
    }
}

/* Is there a subnormal result, but for zeros? */
PASS int has_subnormal(const constants *restrict k, const uint16_t *restrict word, const uint16_t *restrict rest) {
    const int16_t normal = (int16_t)(k->base + k->hidden);
    uint16_t found = 0;
    for (size_t i = 0; i < BLOCK; i++) {
        const int16_t mag = magnitude(word[i]);
        found |= (uint16_t)(mask_if(mag < normal) & ((uint16_t)mag | rest[i]));
    }
    return found != 0;
}

static NFI_ALWAYS_INLINE int16_t held_normal(const constants *k, int16_t mag) {
    const int16_t normal = (int16_t)(mag - k->base), least = (int16_t)(normal > 0 ? normal : 0);
    return least < k->hold ? least : k->hold;
}

PASS void round_normal_pairs(const constants *restrict k, const uint16_t *restrict word, const uint16_t *restrict rest,
                             uint16_t *restrict jammed, uint16_t *restrict result, uint16_t *restrict nu) {
    for (size_t i = 0; i < BLOCK; i++) {
        const uint16_t normal = (uint16_t)held_normal(k, magnitude(word[i]));
        const uint16_t kept = (uint16_t)(lower_half(normal, k->scale) + upper_half(rest[i], k->scale));
        nu[i] = lower_half(rest[i], k->scale);
        result[i] = round_up(k, word[i], kept, nu[i]);
        jammed[i] = jam(word[i], rest[i]);
    }
}

/* As in words, the significand and its product in two lanes. */
PASS void round_pairs(const constants *restrict k, const uint16_t *restrict word, const uint16_t *restrict rest,
                      uint16_t *restrict jammed, uint16_t *restrict result, uint16_t *restrict nu) {
    for (size_t i = 0; i < BLOCK; i++) {
        const int16_t mag = magnitude(word[i]);
        const uint16_t sig = (uint16_t)grid_mag(k, mag, held_normal(k, mag)), power = factor(k, mag, 15);
        const uint16_t whole = (uint16_t)(lower_half(sig, k->scale) + upper_half(rest[i], k->scale));
        const uint16_t part = lower_half(rest[i], k->scale);
        const uint16_t high = (uint16_t)(whole << 1 | part >> 15), low = (uint16_t)(part << 1);
        const uint16_t sticky = lower_half(low, power) != 0;
        nu[i] = (uint16_t)(lower_half(high, power) | upper_half(low, power) | sticky);
        result[i] = round_up(k, word[i], upper_half(high, power), nu[i]);
        jammed[i] = jam(word[i], rest[i]);
    }
}

static NFI_ALWAYS_INLINE uint16_t inexact_flags(uint16_t nu, uint16_t tiny) {
    return (uint16_t)(mask_if(nu != 0) & ((tiny & NF_FLAG_UNDERFLOW) | NF_FLAG_INEXACT));
}

/* Inexact results, and those that are tiny. */
PASS void flag_words(const constants *restrict k, const uint16_t *restrict word, const uint16_t *restrict nu,
                     uint16_t *restrict flags) {
    for (size_t i = 0; i < BLOCK; i++) {
        const int16_t limit = (int16_t)select_bits(sign_mask(word[i]), k->tiny[1], k->tiny[0]);
        flags[i] = inexact_flags(nu[i], mask_if(magnitude(word[i]) < limit));
    }
}

PASS void flag_pairs(const constants *restrict k, const uint16_t *restrict word, const uint16_t *restrict rest,
                     const uint16_t *restrict nu, uint16_t *restrict flags) {
    for (size_t i = 0; i < BLOCK; i++) {
        const uint16_t minus = sign_mask(word[i]);
        const int16_t mag = magnitude(word[i]), limit = (int16_t)select_bits(minus, k->tiny[1], k->tiny[0]);
        const uint16_t less = mask_if(rest[i] < select_bits(minus, k->tiny_rest[1], k->tiny_rest[0]));
        flags[i] = inexact_flags(nu[i], (uint16_t)(mask_if(mag < limit) | (mask_if(mag == limit) & less)));
    }
}

/* The code where there is a -0 and one NaN, and what is beyond max, Inf too, is held at `clamp`. */
static NFI_ALWAYS_INLINE uint16_t simple_code(const constants *k, uint16_t word, uint16_t result) {
    const int16_t mag = (int16_t)result, held = mag < k->clamp ? mag : k->clamp;
    const uint16_t code = (uint16_t)held | (sign_mask(word) & k->sign_bit);
    return select_bits(mask_if(magnitude(word) > k->inf), k->nan[0], code);
}

static NFI_ALWAYS_INLINE uint16_t any_code(const constants *k, uint16_t word, uint16_t result) {
    const int16_t mag = magnitude(word);
    const uint16_t minus = sign_mask(word), some = mask_if(result != 0), signs = minus & (some | k->zero_sign);
    uint16_t code = result | (signs & k->sign_bit);
    code = select_bits(mask_if((int16_t)result > k->max_mag), select_bits(minus, k->beyond[1], k->beyond[0]), code);
    code = select_bits(minus & k->below_mask & some, k->below, code);
    code = select_bits(mask_if(mag == k->inf), select_bits(minus, k->infinite[1], k->infinite[0]), code);
    return select_bits(mask_if(mag > k->inf), select_bits(minus, k->nan[1], k->nan[0]), code);
}

PASS void finish_simple8(const constants *restrict k, const uint16_t *restrict word, const uint16_t *restrict result,
                         unsigned char *restrict out) {
    for (size_t i = 0; i < BLOCK; i++) out[i] = (unsigned char)simple_code(k, word[i], result[i]);
}

PASS void finish_any8(const constants *restrict k, const uint16_t *restrict word, const uint16_t *restrict result,
                      unsigned char *restrict out) {
    for (size_t i = 0; i < BLOCK; i++) out[i] = (unsigned char)any_code(k, word[i], result[i]);
}

PASS void finish_simple16(const constants *restrict k, const uint16_t *restrict word, const uint16_t *restrict result,
                          unsigned char *restrict out) {
    for (size_t i = 0; i < BLOCK; i++) {
        const uint16_t code = simple_code(k, word[i], result[i]);
        memcpy(out + i * sizeof code, &code, sizeof code);
    }
}

PASS void finish_any16(const constants *restrict k, const uint16_t *restrict word, const uint16_t *restrict result,
                       unsigned char *restrict out) {
    for (size_t i = 0; i < BLOCK; i++) {
        const uint16_t code = any_code(k, word[i], result[i]);
        memcpy(out + i * sizeof code, &code, sizeof code);
    }
}

/* All other flags. */
PASS void finish_flags(const constants *restrict k, const uint16_t *restrict word, const uint16_t *restrict result,
                       uint16_t *restrict flags, uint16_t *restrict any) {
    for (size_t i = 0; i < BLOCK; i++) {
        const int16_t mag = magnitude(word[i]);
        const uint16_t minus = sign_mask(word[i]), signaling = mask_if((mag & k->quiet) == 0) & NF_FLAG_INVALID;
        uint16_t f =
            select_bits(mask_if((int16_t)result[i] > k->max_mag), NF_FLAG_INEXACT | NF_FLAG_OVERFLOW, flags[i]);
        f = select_bits(minus & k->below_mask & mask_if(result[i] != 0), k->below_flags, f);
        f = select_bits(mask_if(mag == k->inf), select_bits(minus, k->inf_flags[1], k->inf_flags[0]), f);
        f = select_bits(mask_if(mag > k->inf), k->nan_flags | signaling, f);
        flags[i] = f;
        any[i] |= f;
    }
}

PASS void narrow(const uint16_t *restrict words, unsigned char *restrict out) {
    for (size_t i = 0; i < BLOCK; i++) out[i] = (unsigned char)words[i];
}

#endif
