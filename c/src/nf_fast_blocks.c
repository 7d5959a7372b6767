/* SPDX-License-Identifier: BSD-3-Clause
 *
 * nf_fast_lanes.h from block to block: which plans it is for, and its constants.
 */
#include "nf_fast_lanes.h"

/* Fields of the words: bfloat16's or binary16's; for binary64 with one more bit of the exponent, if there is room. */
static void init_words(constants *k, const nfi_fast_plan *p) {
    const int32_t frac = p->field_shift == 26 ? 10 : p->source == NFI_FAST_64 && p->frac != 5 ? 6 : 7;
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
    if (p->stochastic || p->daz || p->flush) return 0;
    if (p->max_mag > 0x7FFF || k->lowest >= last || k->lowest < (is_64 ? frac + 2 : 1)) return 0;
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

/* 0 if the plan has thresholds of another kind. */
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
            if (threshold(k, (uint16_t)(sign << 15), odd) != p->threshold[odd][sign] >> 16) return 0;
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

/* One block into b->jammed, b->result and, if wanted, b->flags. */
static void round_block(const constants *k, const unsigned char *in, block *b, uint32_t source, int with_flags) {
    if (source == NFI_FAST_16) memcpy(k->in_pairs ? b->word : b->jammed, in, sizeof b->word);
    if (source == NFI_FAST_32 && k->in_pairs) split32(in, b->word, b->rest);
    if (source == NFI_FAST_32 && !k->in_pairs) cut32(in, b->jammed);
    if (source == NFI_FAST_64) split64(in, b->word, b->rest, k->frac);
    if (source == NFI_FAST_64 && !k->in_pairs) jam_all(b->word, b->rest, b->jammed);
    if (!k->in_pairs) {
        round_words(k, b->jammed, b->result, b->nu);
        if (with_flags) flag_words(k, b->jammed, b->nu, b->flags);
    } else {
        const int subnormal = k->lowest > 1 && has_subnormal(k, b->word, b->rest);
        if (subnormal) round_pairs(k, b->word, b->rest, b->jammed, b->result, b->nu);
        if (!subnormal) round_normal_pairs(k, b->word, b->rest, b->jammed, b->result, b->nu);
        if (with_flags) flag_pairs(k, b->word, b->rest, b->nu, b->flags);
    }
    if (with_flags) finish_flags(k, b->jammed, b->result, b->flags, b->any);
}

static void store_block(const constants *k, const block *b, uint32_t bytes, unsigned char *out, uint8_t *flags) {
    if (bytes == 1 && k->is_simple) finish_simple8(k, b->jammed, b->result, out);
    if (bytes == 1 && !k->is_simple) finish_any8(k, b->jammed, b->result, out);
    if (bytes == 2 && k->is_simple) finish_simple16(k, b->jammed, b->result, out);
    if (bytes == 2 && !k->is_simple) finish_any16(k, b->jammed, b->result, out);
    if (flags) narrow(b->flags, flags);
}

int nfi_fast_blocks(const nfi_fast_plan *p, size_t n, const void *in, void *out, uint8_t *flags, uint32_t *any_flags) {
    constants k;
    block b;
    unsigned char operands[BLOCK * 8] = {0}, codes[BLOCK * 2];
    uint8_t bits[BLOCK];
    init_words(&k, p);
    if (!is_reached(&k, p) || !init_grid(&k, p) || !init_rounding(&k, p)) return 0;
    init_codes(&k, p);
    memset(b.rest, 0, sizeof b.rest); /* of 16-bit sources */
    memset(b.any, 0, sizeof b.any);
    const size_t in_bytes = p->source == NFI_FAST_16 ? 2 : p->source == NFI_FAST_32 ? 4 : 8, bytes = p->out_bytes;
    for (size_t i = 0; i < n; i += BLOCK) {
        const int is_whole = n - i >= BLOCK;
        const size_t size = is_whole ? BLOCK : n - i;
        const unsigned char *at = (const unsigned char *)in + i * in_bytes;
        unsigned char *to = (unsigned char *)out + i * bytes;
        /* the rest among zeros, which raise no flag */
        if (!is_whole) at = memcpy(operands, at, size * in_bytes);
        round_block(&k, at, &b, p->source, any_flags != NULL);
        store_block(&k, &b, p->out_bytes, is_whole ? to : codes, !flags ? NULL : is_whole ? flags + i : bits);
        if (!is_whole) memcpy(to, codes, size * bytes);
        if (!is_whole && flags) memcpy(flags + i, bits, size);
    }
    uint16_t any = 0;
    for (size_t i = 0; i < BLOCK; i++) any |= b.any[i];
    if (any_flags) *any_flags = any;
    return 1;
}
