/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel of nf_fast.h for AVX-512 F, BW, DQ and VL.
 */
#include "nf_fast.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define KERNEL nfi_fast_avx512
#define OR_WORDS nfi_or_avx512
#define WORD_KERNEL nfi_words_avx512
#define WIDEN nfi_widen_avx512
#define FN static NFI_ALWAYS_INLINE TARGET
enum { LANES = 16 };
typedef __m512i V;
typedef __mmask16 M;

FN V v_set(uint32_t a) { return _mm512_set1_epi32((int32_t)a); }
FN V v_and(V a, V b) { return _mm512_and_si512(a, b); }
FN V v_or(V a, V b) { return _mm512_or_si512(a, b); }
FN V v_not(V a) { return _mm512_ternarylogic_epi32(a, a, a, 0x55); }
FN V v_add(V a, V b) { return _mm512_add_epi32(a, b); }
FN V v_sub(V a, V b) { return _mm512_sub_epi32(a, b); }
FN V v_sllv(V a, V n) { return _mm512_sllv_epi32(a, n); }
FN V v_srlv(V a, V n) { return _mm512_srlv_epi32(a, n); }
#define v_slli(a, n) _mm512_slli_epi32(a, n)
#define w_srli(a, n) _mm512_srli_epi16(a, n)
FN V v_maxs(V a, V b) { return _mm512_max_epi32(a, b); }
FN V v_minu(V a, V b) { return _mm512_min_epu32(a, b); }
FN V v_sel(M m, V a, V b) { return _mm512_mask_mov_epi32(b, m, a); }
FN M v_eq(V a, V b) { return _mm512_cmpeq_epi32_mask(a, b); }
FN M v_gts(V a, V b) { return _mm512_cmpgt_epi32_mask(a, b); }
FN M v_gtu(V a, V b) { return _mm512_cmpgt_epu32_mask(a, b); }
FN M v_negative(V a) { return _mm512_movepi32_mask(a); }
FN int m_is_any(M m) { return m != 0; }
FN M m_and(M a, M b) { return a & b; }
FN M m_andnot(M a, M b) { return (M)(~a & b); }
FN uint32_t v_any(V a) { return (uint32_t)_mm512_reduce_or_epi32(a); }

FN V v_load16(const uint16_t *p) {
    return _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p)), 16);
}
FN V v_load32(const uint32_t *p) { return _mm512_loadu_si512(p); }
FN V v_load_pair(const uint64_t *p, V *low) {
    const V odd = _mm512_set_epi32(31, 29, 27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
    const V even = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    const V a = _mm512_loadu_si512(p), b = _mm512_loadu_si512(p + 8);
    *low = _mm512_permutex2var_epi32(a, even, b);
    return _mm512_permutex2var_epi32(a, odd, b);
}
/* The upper words; and of the lower ones the 9 highest bits over a sticky one for the rest. */
FN V v_load64(const uint64_t *p, V *low) {
    V words;
    const V upper = v_load_pair(p, &words), rest = _mm512_set1_epi32((1 << 23) - 1);
    *low =
        _mm512_or_si512(_mm512_srli_epi32(words, 23), _mm512_maskz_set1_epi32(_mm512_test_epi32_mask(words, rest), 1));
    return upper;
}
FN V v_load_low16(const uint16_t *p) {
    return _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
FN V v_float(V a) { return _mm512_castps_si512(_mm512_cvtepi32_ps(a)); }
FN void v_store32(uint32_t *p, V a) { _mm512_storeu_si512(p, a); }
/* As the upper words of 64-bit ones. */
FN void v_store64(uint64_t *p, V a) {
    _mm512_storeu_si512(p, _mm512_slli_epi64(_mm512_cvtepu32_epi64(_mm512_castsi512_si256(a)), 32));
    _mm512_storeu_si512(p + 8, _mm512_slli_epi64(_mm512_cvtepu32_epi64(_mm512_extracti32x8_epi32(a, 1)), 32));
}
/* streams: past the caches, to memory whose lines are written whole. */
FN void v_store8(uint8_t *p, V a, uint32_t streams) {
    if (streams) _mm_stream_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(a));
    if (!streams) _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(a));
}
FN void v_store16(uint16_t *p, V a, uint32_t streams) {
    if (streams) _mm256_stream_si256((__m256i *)(void *)p, _mm512_cvtepi32_epi16(a));
    if (!streams) _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtepi32_epi16(a));
}
FN void v_end_streams(void) { _mm_sfence(); }

/* Words, in the order of the operands. */
typedef __m512i W;
typedef __mmask32 MW;

FN W w_set(uint32_t a) { return _mm512_set1_epi16((int16_t)a); }
FN W w_table(const uint8_t *bytes) {
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}
FN W w_load(const uint16_t *p) { return _mm512_loadu_si512(p); }
FN W w_and(W a, W b) { return _mm512_and_si512(a, b); }
FN W w_or(W a, W b) { return _mm512_or_si512(a, b); }
FN W w_and_or(W a, W b, W c) { return _mm512_ternarylogic_epi32(a, b, c, 0xEA); }
FN W w_add(W a, W b) { return _mm512_add_epi16(a, b); }
FN W w_subs(W a, W b) { return _mm512_subs_epu16(a, b); }
FN W w_subs8(W a, W b) { return _mm512_subs_epu8(a, b); }
FN W w_min(W a, W b) { return _mm512_min_epu16(a, b); }
FN W w_min8(W a, W b) { return _mm512_min_epu8(a, b); }
FN W w_max(W a, W b) { return _mm512_max_epu16(a, b); }
FN W w_mullo(W a, W b) { return _mm512_mullo_epi16(a, b); }
FN W w_mulhi(W a, W b) { return _mm512_mulhi_epu16(a, b); }
FN W w_shuffle(W table, W places) { return _mm512_shuffle_epi8(table, places); }
FN W w_srl(W a, uint32_t n) { return _mm512_srl_epi16(a, _mm_cvtsi32_si128((int)n)); }
FN W w_sel(MW m, W a, W b) { return _mm512_mask_mov_epi16(b, m, a); }
FN MW w_eq(W a, W b) { return _mm512_cmpeq_epi16_mask(a, b); }
FN MW w_above(W a, W b) { return _mm512_cmpgt_epu16_mask(a, b); }
FN int w_is_any(MW m) { return m != 0; }
FN MW w_negative(W a) { return _mm512_movepi16_mask(a); }
FN W w_plus_if_above(W a, W nu, W limit) {
    return _mm512_mask_add_epi16(a, _mm512_cmpgt_epu16_mask(nu, limit), a, _mm512_set1_epi16(1));
}
FN uint32_t w_any(W a) {
    const uint32_t both = (uint32_t)_mm512_reduce_or_epi32(a);
    return (both | both >> 16) & 0xFF;
}
FN W w_split(V a, V b, W *low) {
    const W odd = _mm512_set_epi16(63, 61, 59, 57, 55, 53, 51, 49, 47, 45, 43, 41, 39, 37, 35, 33, 31, 29, 27, 25, 23,
                                   21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
    const W even = _mm512_sub_epi16(odd, _mm512_set1_epi16(1));
    *low = _mm512_permutex2var_epi16(a, even, b);
    return _mm512_permutex2var_epi16(a, odd, b);
}
FN void w_put(void *p, W a, uint32_t streams) {
    if (streams) _mm512_stream_si512(p, a);
    if (!streams) _mm512_storeu_si512(p, a);
}
FN void w_store(uint16_t *p, W a, uint32_t streams) { w_put(p, a, streams); }
FN void w_store16(uint16_t *p, W a, uint32_t streams) { w_put(p, a, streams); }
FN void w_store8(uint8_t *p, W a, W b, int is_split, uint32_t streams) {
    const W lanes = _mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0);
    (void)is_split;
    w_put(p, _mm512_permutexvar_epi64(lanes, _mm512_packus_epi16(a, b)), streams);
}

/* binary32 to binary16, without looking at MXCSR's rounding or touching its flags: {sae}, no flag, no trap, which the
 * intrinsic's immediate cannot say. */
FN W w_half(V a, V b) {
    __m256i low, high;
    __asm__("vcvtps2ph $0, %{sae%}, %1, %0" : "=v"(low) : "v"(a));
    __asm__("vcvtps2ph $0, %{sae%}, %1, %0" : "=v"(high) : "v"(b));
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}
FN uint32_t open_half(void) { return 0; }
FN void close_half(uint32_t state) { (void)state; }

#include "nf_fast_words.h"

#include "nf_fast_body.h"
#include "nf_fast_widen.h"

#else
typedef int nfi_no_avx512;
#endif
