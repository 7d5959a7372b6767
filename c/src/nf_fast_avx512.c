/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel of nf_fast.h for AVX-512 F, BW, DQ and VL.
 */
#include "nf_fast.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define KERNEL nfi_fast_avx512
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
FN V v_maxs(V a, V b) { return _mm512_max_epi32(a, b); }
FN V v_minu(V a, V b) { return _mm512_min_epu32(a, b); }
FN V v_sel(M m, V a, V b) { return _mm512_mask_mov_epi32(b, m, a); }
FN M v_eq(V a, V b) { return _mm512_cmpeq_epi32_mask(a, b); }
FN M v_gts(V a, V b) { return _mm512_cmpgt_epi32_mask(a, b); }
FN M v_gtu(V a, V b) { return _mm512_cmpgt_epu32_mask(a, b); }
FN M v_negative(V a) { return _mm512_movepi32_mask(a); }
FN M m_and(M a, M b) { return a & b; }
FN M m_andnot(M a, M b) { return (M)(~a & b); }
FN uint32_t v_any(V a) { return (uint32_t)_mm512_reduce_or_epi32(a); }

FN V v_load16(const uint16_t *p) {
    return _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p)), 16);
}
FN V v_load32(const uint32_t *p) { return _mm512_loadu_si512(p); }
/* The upper words; and of the lower ones the 9 highest bits over a sticky one for the rest. */
FN V v_load64(const uint64_t *p, V *low) {
    const V odd = _mm512_set_epi32(31, 29, 27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
    const V even = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    const V a = _mm512_loadu_si512(p), b = _mm512_loadu_si512(p + 8);
    const V words = _mm512_permutex2var_epi32(a, even, b), rest = _mm512_set1_epi32((1 << 23) - 1);
    *low =
        _mm512_or_si512(_mm512_srli_epi32(words, 23), _mm512_maskz_set1_epi32(_mm512_test_epi32_mask(words, rest), 1));
    return _mm512_permutex2var_epi32(a, odd, b);
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
FN void v_store8(uint8_t *p, V a) { _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(a)); }
FN void v_store16(uint16_t *p, V a) { _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtepi32_epi16(a)); }

/* binary32 to binary16 by the processor's own instruction: to nearest, without looking at MXCSR's rounding or touching
 * its flags. */
FN void half_at(const nfi_fast_plan *p, const uint32_t *in, uint16_t *out) {
    const V word = v_load32(in);
    const M is_nan = v_gts(v_and(word, v_set(0x7FFFFFFF)), v_set(p->src_inf));
    const V nan = v_sel(v_negative(word), v_set(p->nan[1]), v_set(p->nan[0]));
    __m256i half; /* {sae}: no flag, no trap; the intrinsic's immediate cannot say it */
    __asm__("vcvtps2ph $0, %{sae%}, %1, %0" : "=v"(half) : "v"(word));
    const __m256i code = _mm256_mask_mov_epi16(half, is_nan, _mm512_cvtepi32_epi16(nan));
    _mm256_storeu_si256((__m256i *)(void *)out, code);
}

TARGET static void half_all(const nfi_fast_plan *p, size_t n, const uint32_t *in, uint16_t *out) {
    size_t i = 0;
    for (; n - i >= LANES; i += LANES) half_at(p, in + i, out + i);
    if (i == n) return;
    uint32_t words[LANES] = {0};
    uint16_t codes[LANES];
    memcpy(words, in + i, (n - i) * sizeof *in);
    half_at(p, words, codes);
    memcpy(out + i, codes, (n - i) * sizeof *out);
}

#define HALF(p, n, in, out) half_all(p, n, in, out)

#include "nf_fast_body.h"
#include "nf_fast_widen.h"

#else
typedef int nfi_no_avx512;
#endif
