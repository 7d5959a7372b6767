/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernels of nf_affine_fast.h for AVX2 and FMA.
 */
#include "nf_affine_fast.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define ENCODE nfi_affine_encode_avx2
#define DECODE nfi_affine_decode_avx2
#define WITHIN nfi_affine_within_avx2
#define FN static NFI_ALWAYS_INLINE TARGET
enum { LANES = 8 };
typedef __m256 F;
typedef __m256 M;  /* all ones or zeros in each lane */
typedef __m256i I; /* counts */

FN F f_set(float a) { return _mm256_set1_ps(a); }
FN F f_load(const void *p) { return _mm256_loadu_ps(p); }
FN void f_store(void *p, F a) { _mm256_storeu_ps(p, a); }
FN F f_add(F a, F b) { return _mm256_add_ps(a, b); }
FN F f_sub(F a, F b) { return _mm256_sub_ps(a, b); }
FN F f_mul(F a, F b) { return _mm256_mul_ps(a, b); }
FN F f_div(F a, F b) { return _mm256_div_ps(a, b); }
FN F f_fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
FN F f_min(F a, F b) { return _mm256_min_ps(a, b); } /* b if one is NaN */
FN F f_max(F a, F b) { return _mm256_max_ps(a, b); }
#define f_round(a, how) _mm256_round_ps(a, (how) | _MM_FROUND_NO_EXC)
FN F f_magnitude(F a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
/* a, and where m is set one more, with the sign of `sign`. */
FN F f_plus_one(M m, F a, F sign) {
    const F one = _mm256_or_ps(_mm256_and_ps(sign, _mm256_set1_ps(-0.0f)), _mm256_set1_ps(1.0f));
    return _mm256_add_ps(a, _mm256_and_ps(m, one));
}
FN M m_less(F a, F b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
FN M m_reaches(F a, F b) { return _mm256_cmp_ps(a, b, _CMP_GE_OQ); }
FN M m_differ(F a, F b) { return _mm256_cmp_ps(a, b, _CMP_NEQ_UQ); } /* NaN always does */
FN int m_any(M m) { return _mm256_movemask_ps(m); }
FN int m_has_nan(F a, F b, F c, F d) {
    return _mm256_movemask_ps(_mm256_or_ps(_mm256_cmp_ps(a, b, _CMP_UNORD_Q), _mm256_cmp_ps(c, d, _CMP_UNORD_Q)));
}
FN I i_zero(void) { return _mm256_setzero_si256(); }
FN I i_count(I a, M m) { return _mm256_sub_epi32(a, _mm256_castps_si256(m)); }
FN uint64_t i_sum(I a) {
    uint32_t words[LANES];
    uint64_t sum = 0;
    _mm256_storeu_si256((I *)(void *)words, a);
    for (int i = 0; i < LANES; i++) sum += words[i];
    return sum;
}

FN void put(unsigned char *p, I a) { _mm256_storeu_si256((I *)(void *)p, a); }
/* Integers as codes of 1 byte, of 2 bytes. */
FN void f_put8(unsigned char *p, F a, F b, F c, F d, uint32_t is_signed) {
    const I lower = _mm256_packs_epi32(_mm256_cvtps_epi32(a), _mm256_cvtps_epi32(b));
    const I upper = _mm256_packs_epi32(_mm256_cvtps_epi32(c), _mm256_cvtps_epi32(d));
    const I all = is_signed ? _mm256_packs_epi16(lower, upper) : _mm256_packus_epi16(lower, upper);
    put(p, _mm256_permutevar8x32_epi32(all, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)));
}
FN void f_put16(unsigned char *p, F a, F b, uint32_t is_signed) {
    const I low = _mm256_cvtps_epi32(a), high = _mm256_cvtps_epi32(b);
    const I all = is_signed ? _mm256_packs_epi32(low, high) : _mm256_packus_epi32(low, high);
    put(p, _mm256_permute4x64_epi64(all, 0xD8));
}
FN F f_get8(const unsigned char *p, uint32_t is_signed) {
    const __m128i codes = _mm_loadl_epi64((const __m128i *)(const void *)p);
    return _mm256_cvtepi32_ps(is_signed ? _mm256_cvtepi8_epi32(codes) : _mm256_cvtepu8_epi32(codes));
}
FN F f_get16(const unsigned char *p, uint32_t is_signed) {
    const __m128i codes = _mm_loadu_si128((const __m128i *)(const void *)p);
    return _mm256_cvtepi32_ps(is_signed ? _mm256_cvtepi16_epi32(codes) : _mm256_cvtepu16_epi32(codes));
}

#include "nf_affine_body.h"

#else
typedef int nfi_no_affine_avx2;
#endif
