/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernels of nf_affine_fast.h for AVX-512 F, BW, DQ and VL.
 */
#include "nf_affine_fast.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define ENCODE nfi_affine_encode_avx512
#define DECODE nfi_affine_decode_avx512
#define WITHIN nfi_affine_within_avx512
#define FN static NFI_ALWAYS_INLINE TARGET
enum { LANES = 16 };
typedef __m512 F;
typedef __mmask16 M;
typedef __m512i I; /* counts */

FN F f_set(float a) { return _mm512_set1_ps(a); }
FN F f_load(const void *p) { return _mm512_loadu_ps(p); }
FN void f_store(void *p, F a) { _mm512_storeu_ps(p, a); }
FN F f_add(F a, F b) { return _mm512_add_ps(a, b); }
FN F f_sub(F a, F b) { return _mm512_sub_ps(a, b); }
FN F f_mul(F a, F b) { return _mm512_mul_ps(a, b); }
FN F f_div(F a, F b) { return _mm512_div_ps(a, b); }
FN F f_fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
FN F f_min(F a, F b) { return _mm512_min_ps(a, b); } /* b if one is NaN */
FN F f_max(F a, F b) { return _mm512_max_ps(a, b); }
#define f_round(a, how) _mm512_roundscale_ps(a, (how) | _MM_FROUND_NO_EXC)
FN F f_magnitude(F a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a); }
/* a, and where m is set one more, with the sign of `sign`. */
FN F f_plus_one(M m, F a, F sign) {
    const F one = _mm512_or_ps(_mm512_and_ps(sign, _mm512_set1_ps(-0.0f)), _mm512_set1_ps(1.0f));
    return _mm512_mask_add_ps(a, m, a, one);
}
FN M m_less(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
FN M m_reaches(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
FN M m_differ(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_NEQ_UQ); } /* NaN always does */
FN int m_any(M m) { return m != 0; }
FN int m_has_nan(F a, F b, F c, F d) {
    return _mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q) | _mm512_cmp_ps_mask(c, d, _CMP_UNORD_Q);
}
FN I i_zero(void) { return _mm512_setzero_si512(); }
FN I i_count(I a, M m) { return _mm512_mask_add_epi32(a, m, a, _mm512_set1_epi32(1)); }
FN uint64_t i_sum(I a) {
    uint32_t words[LANES];
    uint64_t sum = 0;
    _mm512_storeu_si512(words, a);
    for (int i = 0; i < LANES; i++) sum += words[i];
    return sum;
}

FN void put(unsigned char *p, __m128i a) { _mm_storeu_si128((__m128i *)(void *)p, a); }
/* Integers as codes of 1 byte, of 2 bytes: their low bits, whatever the sign. */
FN void f_put8(unsigned char *p, F a, F b, F c, F d, uint32_t is_signed) {
    (void)is_signed;
    put(p, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(a)));
    put(p + LANES, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(b)));
    put(p + 2 * LANES, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(c)));
    put(p + 3 * LANES, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(d)));
}
FN void put_wide(unsigned char *p, F a) {
    _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(a)));
}
FN void f_put16(unsigned char *p, F a, F b, uint32_t is_signed) {
    (void)is_signed;
    put_wide(p, a);
    put_wide(p + 2 * LANES, b);
}
FN F f_get8(const unsigned char *p, uint32_t is_signed) {
    const __m128i codes = _mm_loadu_si128((const __m128i *)(const void *)p);
    return _mm512_cvtepi32_ps(is_signed ? _mm512_cvtepi8_epi32(codes) : _mm512_cvtepu8_epi32(codes));
}
FN F f_get16(const unsigned char *p, uint32_t is_signed) {
    const __m256i codes = _mm256_loadu_si256((const __m256i *)(const void *)p);
    return _mm512_cvtepi32_ps(is_signed ? _mm512_cvtepi16_epi32(codes) : _mm512_cvtepu16_epi32(codes));
}

#include "nf_affine_body.h"

#else
typedef int nfi_no_affine_avx512;
#endif
