/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Plain C for a compiler that vectorizes: operands in blocks, each step a loop of its own over 16-bit lanes, without
 * branches, tables or shifts that differ between lanes.  An operand is a pair
 *
 *     word   | sign | exponent field | fraction |       of bfloat16, or binary16 if that is the source
 *     rest   16 more bits of the fraction, the lowest sticky
 *
 * Where breakpoints have few enough bits, rest is first jammed into the word's lowest bit.  A shift to the right is a
 * product with a power of two: its upper half is what is kept, its lower half nu.
 */
#include "nf_fast.h"

/* Inlined into one, the loops' constants would fight for registers. */
#define PASS static NFI_NOINLINE

enum { BLOCK = 256, WORD_BITS = 16 };

typedef struct constants {
    uint32_t frac;                  /* of a word */
    int32_t lowest;                 /* the exponent field of the destination's lowest normal binade */
    int in_pairs, is_simple;        /* in_pairs: words are too short */
    int16_t fraction, hidden, inf;  /* of a word */
    int16_t base, hold;             /* what a word loses on the destination's grid, and where it is then held */
    int16_t first, top, deepest;    /* exponent fields: of factors, and what would be (0, half of the smallest value) */
    uint16_t to_field, unit, scale; /* factors: from mag to its field, from field `deepest` to nu, from word to code */
    uint16_t threshold, by_parity, by_sign, flip;
    int16_t max_mag, clamp;
    uint16_t sign_bit, zero_sign, below_mask, below, beyond[2], infinite[2], nan[2];
    uint16_t tiny[2], tiny_rest[2], inf_flags[2], nan_flags, below_flags, quiet;
} constants;

typedef struct block {
    uint16_t word[BLOCK], rest[BLOCK], result[BLOCK], nu[BLOCK], flags[BLOCK], any[BLOCK];
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

PASS void jam(uint16_t *restrict word, const uint16_t *restrict rest) {
    for (size_t i = 0; i < BLOCK; i++) word[i] |= rest[i] != 0;
}

/* Each field's power of two. */
static NFI_ALWAYS_INLINE uint16_t factor(const constants *k, int16_t mag) {
    const int16_t field = (int16_t)upper_half((uint16_t)mag, k->to_field);
    const int16_t most = field < k->top ? field : k->top, least = most > k->first ? most : k->first;
    const uint16_t n = (uint16_t)(least - k->deepest);
    uint16_t power = (uint16_t)(k->unit + (mask_if((int16_t)n > 7) & (k->unit * 255)));
    power = lower_half(power, (uint16_t)(16 - (mask_if((n & 4) == 0) & 15)));
    power = lower_half(power, (uint16_t)(4 - (mask_if((n & 2) == 0) & 3)));
    return lower_half(power, (uint16_t)(1 + (n & 1)));
}

/* The same for n below 8. */
static NFI_ALWAYS_INLINE uint16_t factor8(const constants *k, int16_t mag) {
    const int16_t field = (int16_t)upper_half((uint16_t)mag, k->to_field);
    const int16_t most = field < k->top ? field : k->top, least = most > k->first ? most : k->first;
    const uint16_t n = (uint16_t)(least - k->deepest);
    uint16_t power = (uint16_t)(k->unit + (mask_if((int16_t)n > 3) & (k->unit * 15)));
    power = lower_half(power, (uint16_t)(4 - (mask_if((n & 2) == 0) & 3)));
    return lower_half(power, (uint16_t)(1 + (n & 1)));
}

/* A word on the destination's grid: with its exponent where it is normal, there the larger, else its significand. */
static NFI_ALWAYS_INLINE int16_t grid_mag(const constants *k, int16_t mag, int16_t normal) {
    const int16_t low = (int16_t)((mag & k->fraction) | (mask_if(mag > k->fraction) & k->hidden));
    return low > normal ? low : normal;
}

static NFI_ALWAYS_INLINE uint16_t round_up(const constants *k, uint16_t word, uint16_t kept, uint16_t nu) {
    const uint16_t by_sign = (uint16_t)((word >> 15 & k->by_sign) ^ k->flip);
    const uint16_t threshold = (uint16_t)(k->threshold - (kept & k->by_parity) - by_sign);
    return (uint16_t)(kept + (nu > threshold));
}

PASS void round_words(const constants *restrict k, const uint16_t *restrict word, uint16_t *restrict result,
                      uint16_t *restrict nu) {
    for (size_t i = 0; i < BLOCK; i++) {
        const int16_t mag = magnitude(word[i]);
        const uint16_t sig = (uint16_t)grid_mag(k, mag, (int16_t)(mag - k->base)), power = factor8(k, mag);
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
                             uint16_t *restrict result, uint16_t *restrict nu) {
    for (size_t i = 0; i < BLOCK; i++) {
        const uint16_t normal = (uint16_t)held_normal(k, magnitude(word[i]));
        const uint16_t kept = (uint16_t)(lower_half(normal, k->scale) + upper_half(rest[i], k->scale));
        nu[i] = lower_half(rest[i], k->scale);
        result[i] = round_up(k, word[i], kept, nu[i]);
    }
}

/* As in words, the significand and its product in two lanes. */
PASS void round_pairs(const constants *restrict k, const uint16_t *restrict word, const uint16_t *restrict rest,
                      uint16_t *restrict result, uint16_t *restrict nu) {
    for (size_t i = 0; i < BLOCK; i++) {
        const int16_t mag = magnitude(word[i]);
        const uint16_t sig = (uint16_t)grid_mag(k, mag, held_normal(k, mag)), power = factor(k, mag);
        const uint16_t whole = (uint16_t)(lower_half(sig, k->scale) + upper_half(rest[i], k->scale));
        const uint16_t part = lower_half(rest[i], k->scale);
        const uint16_t high = (uint16_t)(whole << 1 | part >> 15), low = (uint16_t)(part << 1);
        const uint16_t sticky = lower_half(low, power) != 0;
        nu[i] = (uint16_t)(lower_half(high, power) | upper_half(low, power) | sticky);
        result[i] = round_up(k, word[i], upper_half(high, power), nu[i]);
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
        const uint16_t below = mask_if(magnitude(word[i]) < limit);
        flags[i] = inexact_flags(nu[i], below);
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

/* The codes where there is a -0 and one NaN, and what is beyond max, Inf too, is held at `clamp`. */
PASS void finish_simple(const constants *restrict k, const uint16_t *restrict word, uint16_t *restrict result) {
    for (size_t i = 0; i < BLOCK; i++) {
        const int16_t mag = (int16_t)result[i], held = mag < k->clamp ? mag : k->clamp;
        const uint16_t code = (uint16_t)held | (sign_mask(word[i]) & k->sign_bit);
        result[i] = select_bits(mask_if(magnitude(word[i]) > k->inf), k->nan[0], code);
    }
}

PASS void finish(const constants *restrict k, const uint16_t *restrict word, uint16_t *restrict result) {
    for (size_t i = 0; i < BLOCK; i++) {
        const int16_t mag = magnitude(word[i]);
        const uint16_t minus = sign_mask(word[i]), r = result[i], signs = minus & (mask_if(r != 0) | k->zero_sign);
        uint16_t code = r | (signs & k->sign_bit);
        code = select_bits(mask_if((int16_t)r > k->max_mag), select_bits(minus, k->beyond[1], k->beyond[0]), code);
        code = select_bits(minus & k->below_mask & mask_if(r != 0), k->below, code);
        code = select_bits(mask_if(mag == k->inf), select_bits(minus, k->infinite[1], k->infinite[0]), code);
        result[i] = select_bits(mask_if(mag > k->inf), select_bits(minus, k->nan[1], k->nan[0]), code);
    }
}

/* All other flags; before the codes are finished. */
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

/* Fields of the words: bfloat16's or binary16's; pairs of binary64 have a bit more of the exponent. */
static void init_words(constants *k, const nfi_fast_plan *p) {
    const int32_t frac = p->field_shift == 26 ? 10 : p->source == NFI_FAST_64 && p->frac > 5 ? 6 : 7;
    const int32_t last = 0x7FFF >> frac;
    k->frac = (uint32_t)frac;
    k->fraction = (int16_t)((1 << frac) - 1);
    k->hidden = (int16_t)(1 << frac);
    k->inf = (int16_t)(last << frac);
    k->quiet = (uint16_t)(1 << (frac - 1));
    k->to_field = (uint16_t)(1 << (WORD_BITS - frac));
    /* a gap is where subnormals would be, if field 0 were theirs */
    k->lowest = (int32_t)p->lowest + (p->offset != 0) - (p->source == NFI_FAST_64 ? 1023 - last / 2 : 0);
    k->in_pairs = p->frac >= k->frac;
}

/* Do words or pairs tell all results of the plan apart? */
static int is_reached(const constants *k, const nfi_fast_plan *p) {
    const int32_t frac = (int32_t)p->frac, last = k->inf >> k->frac, is_64 = p->source == NFI_FAST_64;
    if (p->stochastic || p->max_mag > 0x7FFF || k->lowest >= last || k->lowest < (is_64 ? frac + 2 : 1)) return 0;
    if (is_64 && (last - k->lowest) << frac <= (int32_t)p->max_mag) return 0;
    if (k->in_pairs) return frac <= 13 && p->out_bytes == 2;
    /* a bit between the last breakpoint's, also where the exponent is unbounded, and the sticky one */
    return frac <= 5 && (int32_t)k->frac - frac >= (k->lowest == 1 ? 3 : 2);
}

/* How the destination's grid lies to the words. */
static int init_grid(constants *k, const nfi_fast_plan *p) {
    const int32_t frac = (int32_t)p->frac, word_frac = (int32_t)k->frac;
    k->base = (int16_t)((k->lowest - 1) << word_frac);
    k->top = (int16_t)k->lowest;
    k->deepest = (int16_t)(k->lowest - frac - 2);
    k->first = k->deepest > 1 ? k->deepest : 1;
    k->unit = (uint16_t)(1 << (k->in_pairs ? 13 - frac : 14 - word_frac));
    k->scale = (uint16_t)(k->in_pairs ? 1 << (frac - word_frac) : 1);
    k->hold = (int16_t)(0x7FFF / k->scale - 1);
    k->max_mag = (int16_t)p->max_mag;
    /* what is held is beyond max */
    return !k->in_pairs || k->inf - k->base <= k->hold || k->hold * k->scale > k->max_mag;
}

/* The first magnitude that is not tiny, `bits` fraction bits long. */
static uint32_t tiny_limit(const constants *k, const nfi_fast_plan *p, uint32_t bits, uint32_t sign) {
    const uint32_t lowest = (uint32_t)k->lowest, cut = bits - p->frac - (lowest == 1), one = 1;
    if (p->tiny_before) return lowest << bits;
    /* P ones, rounded away into the lowest normal binade */
    const uint32_t ones = (lowest - 1) << bits | (((one << (bits - cut)) - 1) << cut);
    return ones + (p->threshold[p->frac > 0][sign] >> (32 - cut)) + 1;
}

/* 0 if the plan's rounding is none of those that round_up knows. */
static int init_rounding(constants *k, const nfi_fast_plan *p) {
    k->by_parity = p->threshold[0][0] != p->threshold[1][0];
    k->by_sign = p->threshold[0][0] != p->threshold[0][1];
    k->flip = k->by_sign && p->threshold[0][0] != 0;
    k->threshold = k->by_sign ? 0 : (uint16_t)(p->threshold[0][0] >> 16);
    const uint32_t bits = k->in_pairs ? WORD_BITS : 0;
    for (uint16_t sign = 0; sign < 2; sign++) {
        const uint32_t limit = tiny_limit(k, p, k->frac + bits, sign);
        k->tiny[sign] = (uint16_t)(limit >> bits);
        k->tiny_rest[sign] = bits ? (uint16_t)limit : 0;
        for (uint16_t odd = 0; odd < 2; odd++) {
            if (round_up(k, (uint16_t)(sign << 15), odd, (uint16_t)(p->threshold[odd][sign] >> 16)) != odd) return 0;
        }
    }
    return 1;
}

static void init_codes(constants *k, const nfi_fast_plan *p) {
    const uint32_t one = p->beyond[0], sign = p->sign_bit;
    for (int i = 0; i < 2; i++) {
        k->beyond[i] = (uint16_t)p->beyond[i];
        k->infinite[i] = (uint16_t)p->inf[i];
        k->nan[i] = (uint16_t)p->nan[i];
        k->inf_flags[i] = (uint16_t)p->inf_flags[i];
    }
    k->sign_bit = (uint16_t)sign;
    k->zero_sign = mask_if(p->has_neg_zero != 0);
    k->below_mask = mask_if(sign == 0);
    k->below = (uint16_t)p->below;
    k->below_flags = (uint16_t)p->below_flags;
    k->nan_flags = (uint16_t)p->nan_flags;
    k->clamp = (int16_t)(one & 0x7FFF);
    const int32_t inf = k->inf - k->base, held = inf < k->hold ? inf : k->hold;
    const int32_t inf_mag = k->in_pairs ? held * k->scale : inf >> k->frac << p->frac;
    k->is_simple = sign && p->has_neg_zero && p->nan[0] == p->nan[1] && one - p->max_mag <= 1 && one <= 0x7FFF &&
                   p->beyond[1] == (one | sign) && p->inf[0] == one && p->inf[1] == (one | sign) &&
                   inf_mag > k->max_mag;
}

/* One block's codes and flags into b->result and b->flags. */
static NFI_ALWAYS_INLINE void convert_block(const constants *k, const unsigned char *in, block *b, int source,
                                            int with_flags) {
    if (source == NFI_FAST_16) memcpy(b->word, in, sizeof b->word);
    if (source == NFI_FAST_32 && k->in_pairs) split32(in, b->word, b->rest);
    if (source == NFI_FAST_32 && !k->in_pairs) cut32(in, b->word);
    if (source == NFI_FAST_64) split64(in, b->word, b->rest, k->frac);
    if (source == NFI_FAST_64 && !k->in_pairs) jam(b->word, b->rest);
    if (!k->in_pairs) {
        round_words(k, b->word, b->result, b->nu);
        if (with_flags) flag_words(k, b->word, b->nu, b->flags);
    } else {
        const int subnormal = k->lowest > 1 && has_subnormal(k, b->word, b->rest);
        if (subnormal) round_pairs(k, b->word, b->rest, b->result, b->nu);
        if (!subnormal) round_normal_pairs(k, b->word, b->rest, b->result, b->nu);
        if (with_flags) flag_pairs(k, b->word, b->rest, b->nu, b->flags);
        jam(b->word, b->rest);
    }
    if (with_flags) finish_flags(k, b->word, b->result, b->flags, b->any);
    if (k->is_simple) finish_simple(k, b->word, b->result);
    if (!k->is_simple) finish(k, b->word, b->result);
}

static void store_block(const block *b, uint32_t bytes, unsigned char *out, uint8_t *flags) {
    if (bytes == 1) narrow(b->result, out);
    if (bytes == 2) memcpy(out, b->result, sizeof b->result);
    if (flags) narrow(b->flags, flags);
}

int nfi_fast_blocks(const nfi_fast_plan *p, size_t n, const void *in, void *out, uint8_t *flags, uint32_t *any_flags) {
    constants k;
    block b = {.any = {0}};
    unsigned char operands[BLOCK * 8] = {0}, codes[BLOCK * 2];
    uint8_t bits[BLOCK];
    init_words(&k, p);
    if (!is_reached(&k, p) || !init_grid(&k, p) || !init_rounding(&k, p)) return 0;
    init_codes(&k, p);
    const size_t in_bytes = p->source == NFI_FAST_16 ? 2 : p->source == NFI_FAST_32 ? 4 : 8, bytes = p->out_bytes;
    for (size_t i = 0; i < n; i += BLOCK) {
        const int is_whole = n - i >= BLOCK;
        const size_t size = is_whole ? BLOCK : n - i;
        const unsigned char *at = (const unsigned char *)in + i * in_bytes;
        unsigned char *to = (unsigned char *)out + i * bytes;
        /* the rest among zeros, which raise no flag */
        if (!is_whole) at = memcpy(operands, at, size * in_bytes);
        convert_block(&k, at, &b, (int)p->source, any_flags != NULL);
        store_block(&b, p->out_bytes, is_whole ? to : codes, !flags ? NULL : is_whole ? flags + i : bits);
        if (!is_whole) memcpy(to, codes, size * bytes);
        if (!is_whole && flags) memcpy(flags + i, bits, size);
    }
    uint16_t any = 0;
    for (size_t i = 0; i < BLOCK; i++) any |= b.any[i];
    if (any_flags) *any_flags = any;
    return 1;
}
