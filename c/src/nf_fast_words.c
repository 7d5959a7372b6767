/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Into signed 8-bit formats on AVX-512, 32 operands at a time: each is first cut to a word
 *
 *     | sign | exponent field | fraction |        lowest bit sticky; the fraction has word_frac bits
 *
 * which tells every result apart, since a breakpoint of the destination has fewer bits.  By their exponent the words
 * fall into classes: 0, whose nearest result is zero; one for each subnormal binade; the last for all normal ones.  The
 * shift, and what is added before it to round, are looked up by class.
 */
#include "nf_fast.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define FN static NFI_ALWAYS_INLINE TARGET

enum { STEP = 32, SHIFT_OF_NOTHING = 15 };

typedef struct tables {
    __m512i shift, low, bit, add[2]; /* by class; bit: the lowest that is kept */
    __m512i first, last;             /* the exponent field of class 0, the number of the last class */
    __m512i fraction, hidden, inf, lowest, one, zero, magnitude;
    __m512i clamp, max_mag, beyond[2], infinite[2], nan[2], sign_bit, any_sign;
    __m512i tiny[2], inf_flags[2], nan_flags, signaling, quiet, inexact, underflow, overflow;
    __m512i to_field, to_mag, to_sign;
    uint32_t by_sign; /* the addend is chosen by sign, not by parity */
} tables;

/* What is added to a significand before `shift` bits go, so that it carries where it rounds away. */
static uint32_t addend(uint32_t threshold, uint32_t shift) {
    /* nu > threshold carries: nu is a multiple of 2^(32 - shift) */
    return (1u << shift) - 1 - (uint32_t)((uint64_t)threshold >> (32 - shift));
}

TARGET static void make_tables(tables *t, const nfi_fast_plan *p) {
    const uint32_t frac = p->frac, word_frac = p->word_frac, last = frac + 2;
    uint16_t shift[STEP], low[STEP], bit[STEP], add[2][STEP];
    t->by_sign = p->threshold[0][0] != p->threshold[0][1];
    for (uint32_t k = 0; k < STEP; k++) {
        const uint32_t n = k == 0 ? SHIFT_OF_NOTHING : word_frac - frac + (k < last ? last - k : 0);
        shift[k] = (uint16_t)n;
        low[k] = (uint16_t)((1u << n) - 1);
        bit[k] = (uint16_t)(1u << n);
        for (uint32_t i = 0; i < 2; i++) {
            const uint32_t above = t->by_sign ? p->threshold[0][i] : p->threshold[i][0];
            /* class 0 is less than half of the smallest value */
            add[i][k] = (uint16_t)(k > 0 ? addend(above, n) : above == 0 ? low[k] : 0);
        }
    }
    t->shift = _mm512_loadu_si512(shift);
    t->low = _mm512_loadu_si512(low);
    t->bit = _mm512_loadu_si512(bit);
    for (int i = 0; i < 2; i++) t->add[i] = _mm512_loadu_si512(add[i]);
#define WORDS(a) _mm512_set1_epi16((int16_t)(a))
    t->first = WORDS(p->word_lowest - last);
    t->last = WORDS(last);
    t->fraction = WORDS((1u << word_frac) - 1);
    t->hidden = WORDS(1u << word_frac);
    t->inf = WORDS(p->word_inf);
    t->lowest = WORDS(p->word_lowest);
    t->one = WORDS(1);
    t->zero = WORDS(0);
    t->magnitude = WORDS(0x7FFF);
    t->clamp = WORDS(p->beyond[0]);
    t->max_mag = WORDS(p->max_mag);
    t->sign_bit = WORDS(p->sign_bit);
    t->any_sign = WORDS(p->has_neg_zero ? 0xFFFF : 0);
    t->nan_flags = WORDS(p->nan_flags);
    t->signaling = WORDS(p->nan_flags | NF_FLAG_INVALID);
    t->quiet = WORDS(p->word_quiet);
    t->inexact = WORDS(NF_FLAG_INEXACT);
    t->underflow = WORDS(NF_FLAG_INEXACT | NF_FLAG_UNDERFLOW);
    t->overflow = WORDS(NF_FLAG_INEXACT | NF_FLAG_OVERFLOW);
    const uint32_t cut = word_frac - frac, ones = ((p->word_lowest - 1) << word_frac) + (((1u << frac) - 1) << cut);
    for (uint32_t i = 0; i < 2; i++) {
        /* tiny after rounding: below what rounds P ones away, into the lowest normal binade */
        const uint32_t above = (uint32_t)((uint64_t)p->threshold[1][i] >> (32 - cut));
        t->tiny[i] = WORDS(p->tiny_before ? p->word_lowest << word_frac : ones + above + 1);
        t->beyond[i] = WORDS(p->beyond[i]);
        t->infinite[i] = WORDS(p->inf[i]);
        t->nan[i] = WORDS(p->nan[i]);
        t->inf_flags[i] = WORDS(p->inf_flags[i]);
    }
    uint32_t place = 15;
    while (place > 0 && (0x8000u >> (15 - place)) != p->sign_bit) place--;
    t->to_field = WORDS(word_frac);
    t->to_mag = WORDS(frac);
    t->to_sign = WORDS(15 - place);
#undef WORDS
}

/* 16 words of 32 bits with what is below bit 16 jammed into it. */
FN __m512i jam32(__m512i a) {
    const __mmask16 rest = _mm512_test_epi32_mask(a, _mm512_set1_epi32(0xFFFF));
    return _mm512_mask_or_epi32(a, rest, a, _mm512_set1_epi32(0x10000));
}

/* 16 binary64 as the upper halves of binary32-like words: the exponent field is bfloat16's, held at its ends. */
FN __m512i cut64(const uint64_t *in) {
    const __m512i odd = _mm512_set_epi32(31, 29, 27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
    const __m512i even = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    const __m512i a = _mm512_loadu_si512(in), b = _mm512_loadu_si512(in + 8);
    const __m512i low = _mm512_permutex2var_epi32(a, even, b);
    __m512i high = _mm512_permutex2var_epi32(a, odd, b);
    const __m512i sign = _mm512_and_si512(high, _mm512_set1_epi32(INT32_MIN));
    high = _mm512_mask_or_epi32(high, _mm512_test_epi32_mask(low, low), high, _mm512_set1_epi32(1));
    const __m512i mag = _mm512_andnot_si512(_mm512_set1_epi32(INT32_MIN), high);
    const __m512i bottom = _mm512_set1_epi32((1023 - 127) << 20), inf = _mm512_set1_epi32(0x7FF << 20);
    __m512i word = _mm512_sub_epi32(_mm512_max_epi32(mag, bottom), bottom);
    word = _mm512_min_epi32(word, _mm512_set1_epi32((255 << 20) - 1));
    /* what is not zero does not become it; Inf and NaNs have a field of their own */
    word = _mm512_mask_or_epi32(word, _mm512_mask_test_epi32_mask(_mm512_cmple_epi32_mask(mag, bottom), mag, mag), word,
                                _mm512_set1_epi32(1));
    word = _mm512_mask_sub_epi32(word, _mm512_cmpge_epi32_mask(mag, inf), mag, _mm512_set1_epi32((2047 - 255) << 20));
    return _mm512_or_si512(jam32(_mm512_slli_epi32(word, 3)), sign);
}

/* 32 operands as words. */
FN __m512i load_words(const void *in, size_t i, int source) {
    __m512i a, b;
    if (source == NFI_FAST_16) return _mm512_loadu_si512((const uint16_t *)in + i);
    if (source == NFI_FAST_32) {
        a = jam32(_mm512_loadu_si512((const uint32_t *)in + i));
        b = jam32(_mm512_loadu_si512((const uint32_t *)in + i + STEP / 2));
    } else {
        a = cut64((const uint64_t *)in + i);
        b = cut64((const uint64_t *)in + i + STEP / 2);
    }
    /* the upper halves, in order */
    const __m512i upper = _mm512_set_epi16(63, 61, 59, 57, 55, 53, 51, 49, 47, 45, 43, 41, 39, 37, 35, 33, 31, 29, 27,
                                           25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
    return _mm512_permutex2var_epi16(a, upper, b);
}

/* The codes of 32 words.  simple: there is a -0 and one NaN, and what is beyond max, Inf too, is held at `clamp`. */
FN __m512i round_words(const tables *t, __m512i word, int simple, int with_flags, __m512i *flags) {
    enum { AND_OR = 0xEA, OR_AND = 0xF8 }; /* (a & b) | c, a | (b & c) */
    const __m512i mag = _mm512_and_si512(word, t->magnitude), field = _mm512_srlv_epi16(mag, t->to_field);
    const __m512i class = _mm512_min_epu16(_mm512_subs_epu16(field, t->first), t->last);
    const __mmask32 negative = _mm512_movepi16_mask(word), nothing = _mm512_testn_epi16_mask(class, class);
    __m512i sig = _mm512_ternarylogic_epi32(mag, t->fraction, t->hidden, AND_OR);
    sig = _mm512_mask_mov_epi16(sig, nothing, mag);
    const __mmask32 odd = _mm512_test_epi16_mask(sig, _mm512_permutexvar_epi16(class, t->bit));
    __m512i add = _mm512_permutexvar_epi16(class, t->add[0]);
    add = _mm512_mask_permutexvar_epi16(add, t->by_sign ? negative : odd, class, t->add[1]);
    const __m512i kept = _mm512_srlv_epi16(_mm512_add_epi16(sig, add), _mm512_permutexvar_epi16(class, t->shift));
    const __m512i up = _mm512_sllv_epi16(_mm512_subs_epu16(field, t->lowest), t->to_mag);
    const __m512i result = _mm512_add_epi16(kept, up);
    const __mmask32 is_nan = _mm512_cmpgt_epu16_mask(mag, t->inf), is_inf = _mm512_cmpeq_epi16_mask(mag, t->inf);
    const __mmask32 beyond = _mm512_cmpgt_epu16_mask(result, t->max_mag);
    const __m512i sign = _mm512_srlv_epi16(word, t->to_sign);
    __m512i code;
    if (simple) {
        code = _mm512_ternarylogic_epi32(_mm512_min_epu16(result, t->clamp), sign, t->sign_bit, OR_AND);
        code = _mm512_mask_mov_epi16(code, is_nan, t->nan[0]);
    } else {
        const __mmask32 signs = _mm512_test_epi16_mask(_mm512_or_si512(result, t->any_sign), t->magnitude);
        code = _mm512_or_si512(result, _mm512_maskz_mov_epi16(signs, _mm512_and_si512(sign, t->sign_bit)));
        code = _mm512_mask_mov_epi16(code, beyond, _mm512_mask_blend_epi16(negative, t->beyond[0], t->beyond[1]));
        code = _mm512_mask_mov_epi16(code, is_inf, _mm512_mask_blend_epi16(negative, t->infinite[0], t->infinite[1]));
        code = _mm512_mask_mov_epi16(code, is_nan, _mm512_mask_blend_epi16(negative, t->nan[0], t->nan[1]));
    }
    if (!with_flags) return code;
    const __mmask32 inexact = _mm512_test_epi16_mask(sig, _mm512_permutexvar_epi16(class, t->low));
    const __m512i limit = _mm512_mask_blend_epi16(negative, t->tiny[0], t->tiny[1]);
    __m512i f = _mm512_maskz_mov_epi16(inexact, t->inexact);
    f = _mm512_mask_mov_epi16(f, _mm512_mask_cmplt_epu16_mask(inexact, mag, limit), t->underflow);
    f = _mm512_mask_mov_epi16(f, beyond, t->overflow);
    f = _mm512_mask_mov_epi16(f, is_inf, _mm512_mask_blend_epi16(negative, t->inf_flags[0], t->inf_flags[1]));
    f = _mm512_mask_mov_epi16(f, is_nan, t->nan_flags);
    *flags = _mm512_mask_mov_epi16(f, _mm512_mask_testn_epi16_mask(is_nan, mag, t->quiet), t->signaling);
    return code;
}

FN void store_bytes(uint8_t *out, __m512i words) {
    _mm256_storeu_si256((__m256i *)(void *)out, _mm512_cvtepi16_epi8(words));
}

FN __m512i words_at(const tables *t, size_t i, const void *in, uint8_t *out, uint8_t *flags, int source, int simple,
                    int with_flags) {
    __m512i f = t->zero;
    store_bytes(out + i, round_words(t, load_words(in, i, source), simple, with_flags, &f));
    if (with_flags && flags) store_bytes(flags + i, f);
    return f;
}

FN uint32_t all_words(const tables *t, size_t n, const void *in, uint8_t *out, uint8_t *flags, int source, int simple,
                      int with_flags) {
    __m512i any = t->zero;
    size_t i = 0;
    for (; n - i >= STEP; i += STEP) {
        any = _mm512_or_si512(any, words_at(t, i, in, out, flags, source, simple, with_flags));
    }
    if (i < n) { /* the rest, among zeros, which raise no flag */
        const size_t bytes = source == NFI_FAST_16 ? 2 : source == NFI_FAST_32 ? 4 : 8, rest = n - i;
        uint64_t operands[STEP] = {0};
        uint8_t codes[STEP], bits[STEP];
        memcpy(operands, (const char *)in + i * bytes, rest * bytes);
        any = _mm512_or_si512(any, words_at(t, 0, operands, codes, bits, source, simple, with_flags));
        memcpy(out + i, codes, rest);
        if (with_flags && flags) memcpy(flags + i, bits, rest);
    }
    const uint32_t both = (uint32_t)_mm512_reduce_or_epi32(any);
    return (both | both >> 16) & 0xFF;
}

#define SHAPE(source_)                                                                                                 \
    if (p->source == (source_)) {                                                                                      \
        if (any_flags && p->is_simple) *any_flags = all_words(&t, n, in, out, flags, source_, 1, 1);                   \
        if (any_flags && !p->is_simple) *any_flags = all_words(&t, n, in, out, flags, source_, 0, 1);                  \
        if (!any_flags && p->is_simple) all_words(&t, n, in, out, NULL, source_, 1, 0);                                \
        if (!any_flags && !p->is_simple) all_words(&t, n, in, out, NULL, source_, 0, 0);                               \
    }

TARGET void nfi_fast_words(const nfi_fast_plan *p, size_t n, const void *in, const uint32_t *random, void *out,
                           uint8_t *flags, uint32_t *any_flags) {
    tables t;
    (void)random;
    make_tables(&t, p);
    SHAPE(NFI_FAST_16)
    SHAPE(NFI_FAST_32)
    SHAPE(NFI_FAST_64)
}

#else
typedef int nfi_no_words;
#endif
