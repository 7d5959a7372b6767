/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel of nf_fast.h for AVX2.
 */
#include "nf_fast.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))
#define KERNEL nfi_fast_avx2
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
/* The upper words; and of the lower ones the 9 highest bits over a sticky one for the rest. */
FN V v_load64(const uint64_t *p, V *low) {
    const __m256 a = _mm256_loadu_ps((const float *)(const void *)p);
    const __m256 b = _mm256_loadu_ps((const float *)(const void *)(p + 4));
    const V words = _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88)), 0xD8);
    const V rest = _mm256_and_si256(words, _mm256_set1_epi32((1 << 23) - 1));
    const V sticky = _mm256_andnot_si256(_mm256_cmpeq_epi32(rest, _mm256_setzero_si256()), _mm256_set1_epi32(1));
    *low = _mm256_or_si256(_mm256_srli_epi32(words, 23), sticky);
    return _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xDD)), 0xD8);
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
FN void v_store8(uint8_t *p, V a) {
    const __m128i words = v_narrow16(a);
    _mm_storel_epi64((__m128i *)(void *)p, _mm_packus_epi16(words, words));
}
FN void v_store16(uint16_t *p, V a) { _mm_storeu_si128((__m128i *)(void *)p, v_narrow16(a)); }

#include "nf_fast_body.h"
#include "nf_fast_widen.h"

#else
typedef int nfi_no_avx2;
#endif
