/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel of nf_fast.h for AVX2.
 */
#include "nf_fast.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,f16c")))
#define KERNEL nfi_fast_avx2
#define OR_WORDS nfi_or_avx2
#define WORD_KERNEL nfi_words_avx2
#define WIDEN nfi_widen_avx2
#define FN static NFI_ALWAYS_INLINE TARGET
enum { LANES = 8 };
typedef __m256i V;
typedef __m256i M; /* all ones or zeros in each lane */

FN V v_set(uint32_t a) { return _mm256_set1_epi32((int32_t)a); }
FN V v_and(V a, V b) { return _mm256_and_si256(a, b); }
FN V v_or(V a, V b) { return _mm256_or_si256(a, b); }
FN V v_not(V a) { return _mm256_xor_si256(a, _mm256_set1_epi32(-1)); }
FN V v_add(V a, V b) { return _mm256_add_epi32(a, b); }
FN V v_sub(V a, V b) { return _mm256_sub_epi32(a, b); }
FN V v_sllv(V a, V n) { return _mm256_sllv_epi32(a, n); }
FN V v_srlv(V a, V n) { return _mm256_srlv_epi32(a, n); }
#define v_slli(a, n) _mm256_slli_epi32(a, n)
#define w_srli(a, n) _mm256_srli_epi16(a, n)
FN V v_maxs(V a, V b) { return _mm256_max_epi32(a, b); }
FN V v_minu(V a, V b) { return _mm256_min_epu32(a, b); }
FN V v_sel(M m, V a, V b) { return _mm256_blendv_epi8(b, a, m); }
FN M v_eq(V a, V b) { return _mm256_cmpeq_epi32(a, b); }
FN M v_gts(V a, V b) { return _mm256_cmpgt_epi32(a, b); }
FN M v_gtu(V a, V b) {
    const V flip = _mm256_set1_epi32(INT32_MIN);
    return _mm256_cmpgt_epi32(_mm256_xor_si256(a, flip), _mm256_xor_si256(b, flip));
}
FN M v_negative(V a) { return _mm256_srai_epi32(a, 31); }
FN int m_is_any(M m) { return !_mm256_testz_si256(m, m); }
FN M m_and(M a, M b) { return _mm256_and_si256(a, b); }
FN M m_andnot(M a, M b) { return _mm256_andnot_si256(a, b); }
FN uint32_t v_any(V a) {
    uint32_t words[LANES], all = 0;
    _mm256_storeu_si256((__m256i *)(void *)words, a);
    for (int i = 0; i < LANES; i++) all |= words[i];
    return all;
}

FN V v_load16(const uint16_t *p) {
    return _mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)p)), 16);
}
FN V v_load32(const uint32_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
FN V v_load_pair(const uint64_t *p, V *low) {
    const __m256 a = _mm256_loadu_ps((const float *)(const void *)p);
    const __m256 b = _mm256_loadu_ps((const float *)(const void *)(p + 4));
    *low = _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88)), 0xD8);
    return _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xDD)), 0xD8);
}
/* The upper words; and of the lower ones the 9 highest bits over a sticky one for the rest. */
FN V v_load64(const uint64_t *p, V *low) {
    V words;
    const V upper = v_load_pair(p, &words), rest = _mm256_and_si256(words, _mm256_set1_epi32((1 << 23) - 1));
    const V sticky = _mm256_andnot_si256(_mm256_cmpeq_epi32(rest, _mm256_setzero_si256()), _mm256_set1_epi32(1));
    *low = _mm256_or_si256(_mm256_srli_epi32(words, 23), sticky);
    return upper;
}
FN V v_load_low16(const uint16_t *p) {
    return _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
FN V v_float(V a) { return _mm256_castps_si256(_mm256_cvtepi32_ps(a)); }
FN void v_store32(uint32_t *p, V a) { _mm256_storeu_si256((__m256i *)(void *)p, a); }
/* As the upper words of 64-bit ones. */
FN void v_store64(uint64_t *p, V a) {
    const V low = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(a));
    const V high = _mm256_cvtepu32_epi64(_mm256_extracti128_si256(a, 1));
    _mm256_storeu_si256((__m256i *)(void *)p, _mm256_slli_epi64(low, 32));
    _mm256_storeu_si256((__m256i *)(void *)(p + 4), _mm256_slli_epi64(high, 32));
}
FN __m128i v_narrow16(V a) { return _mm256_castsi256_si128(_mm256_permute4x64_epi64(_mm256_packus_epi32(a, a), 0xD8)); }
/* streams: past the caches, to memory whose lines are written whole. */
FN void v_store8(uint8_t *p, V a, uint32_t streams) {
    const __m128i words = v_narrow16(a), bytes = _mm_packus_epi16(words, words);
    if (streams) _mm_stream_si64((long long *)(void *)p, _mm_cvtsi128_si64(bytes));
    if (!streams) _mm_storel_epi64((__m128i *)(void *)p, bytes);
}
FN void v_store16(uint16_t *p, V a, uint32_t streams) {
    if (streams) _mm_stream_si128((__m128i *)(void *)p, v_narrow16(a));
    if (!streams) _mm_storeu_si128((__m128i *)(void *)p, v_narrow16(a));
}
FN void v_end_streams(void) { _mm_sfence(); }

/* Words.  Those of binary32 and binary64 alternate between two vectors of operands: a0 b0 a1 b1 ... */
typedef __m256i W;
typedef __m256i MW;

FN W w_set(uint32_t a) { return _mm256_set1_epi16((int16_t)a); }
FN W w_table(const uint8_t *bytes) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}
FN W w_load(const uint16_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
FN W w_and(W a, W b) { return _mm256_and_si256(a, b); }
FN W w_or(W a, W b) { return _mm256_or_si256(a, b); }
FN W w_and_or(W a, W b, W c) { return _mm256_or_si256(_mm256_and_si256(a, b), c); }
FN W w_add(W a, W b) { return _mm256_add_epi16(a, b); }
FN W w_subs(W a, W b) { return _mm256_subs_epu16(a, b); }
FN W w_subs8(W a, W b) { return _mm256_subs_epu8(a, b); }
FN W w_min(W a, W b) { return _mm256_min_epu16(a, b); }
FN W w_min8(W a, W b) { return _mm256_min_epu8(a, b); }
FN W w_max(W a, W b) { return _mm256_max_epu16(a, b); }
FN W w_mullo(W a, W b) { return _mm256_mullo_epi16(a, b); }
FN W w_mulhi(W a, W b) { return _mm256_mulhi_epu16(a, b); }
FN W w_shuffle(W table, W places) { return _mm256_shuffle_epi8(table, places); }
FN W w_srl(W a, uint32_t n) { return _mm256_srl_epi16(a, _mm_cvtsi32_si128((int)n)); }
FN W w_sel(MW m, W a, W b) { return _mm256_blendv_epi8(b, a, m); }
FN MW w_eq(W a, W b) { return _mm256_cmpeq_epi16(a, b); }
FN MW w_above(W a, W b) { return _mm256_cmpgt_epi16(a, b); }
FN int w_is_any(MW m) { return !_mm256_testz_si256(m, m); }
FN MW w_negative(W a) { return _mm256_srai_epi16(a, 15); }
FN W w_plus_if_above(W a, W nu, W limit) {
    return _mm256_add_epi16(a, _mm256_min_epu16(_mm256_subs_epu16(nu, limit), _mm256_set1_epi16(1)));
}
FN uint32_t w_any(W a) {
    const uint32_t both = v_any(a);
    return (both | both >> 16) & 0xFF;
}
FN W w_split(V a, V b, W *low) {
    *low = _mm256_blend_epi16(a, _mm256_slli_epi32(b, 16), 0xAA);
    return _mm256_blend_epi16(_mm256_srli_epi32(a, 16), b, 0xAA);
}
FN void w_put(void *p, W a, uint32_t streams) {
    if (streams) _mm256_stream_si256(p, a);
    if (!streams) _mm256_storeu_si256(p, a);
}
FN void w_store(uint16_t *p, W a, uint32_t streams) { w_put(p, a, streams); }
FN void w_store16(uint16_t *p, W a, uint32_t streams) {
    const W places = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15));
    w_put(p, _mm256_permute4x64_epi64(_mm256_shuffle_epi8(a, places), 0xD8), streams);
}
FN void w_store8(uint8_t *p, W a, W b, int is_split, uint32_t streams) {
    const W places = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15));
    W bytes = _mm256_packus_epi16(a, b);
    if (is_split) {
        bytes =
            _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(bytes, places), _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    } else {
        bytes = _mm256_permute4x64_epi64(bytes, 0xD8);
    }
    w_put(p, bytes, streams);
}

/* binary32 to binary16, while MXCSR stands as it should: all exceptions masked, no subnormal flushed. */
FN W w_half(V a, V b) {
    const __m128i low = _mm256_cvtps_ph(_mm256_castsi256_ps(a), 0), high = _mm256_cvtps_ph(_mm256_castsi256_ps(b), 0);
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}
FN uint32_t open_half(void) {
    const uint32_t state = _mm_getcsr();
    _mm_setcsr(0x1F80);
    return state;
}
FN void close_half(uint32_t state) { _mm_setcsr(state); }

#include "nf_fast_words.h"

#include "nf_fast_body.h"
#include "nf_fast_widen.h"

#else
typedef int nfi_no_avx2;
#endif
