/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Codes of at most 8 bits by a table of all results.
 */
#include "nf_fast.h"

/* out[i] = table[in[i]] for elements of `bytes`, a constant where this is inlined. */
static NFI_ALWAYS_INLINE void look_up(size_t n, const uint8_t *in, const unsigned char *table, unsigned char *out,
                                      size_t bytes) {
    for (size_t i = 0; i < n; i++) memcpy(out + i * bytes, table + in[i] * bytes, bytes);
}

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi")))
#define FN static NFI_ALWAYS_INLINE TARGET

enum { STEP = 64, LANE = 16, MAX_BYTES = 8 };

/* The table's bytes, those of one significance together. */
TARGET static void split(__m512i quarters[MAX_BYTES][4], const unsigned char *table, int bytes) {
    unsigned char column[NFI_TABLE_SIZE];
    for (int k = 0; k < bytes; k++) {
        for (int i = 0; i < NFI_TABLE_SIZE; i++) column[i] = table[i * bytes + k];
        for (int q = 0; q < 4; q++) quarters[k][q] = _mm512_loadu_si512(column + q * STEP);
    }
}

/* How many bytes are zero in all results, from the lowest on?  Floats of few fraction bits are wide, but simple. */
static int zero_bytes(const unsigned char *table, int bytes) {
    for (int k = 0; k < bytes; k++) {
        for (int i = 0; i < NFI_TABLE_SIZE; i++) {
            if (table[i * bytes + k]) return k;
        }
    }
    return bytes;
}

/* Interleaving works within lanes of 128 bits: code i goes where it comes out as result i. */
TARGET static __m512i order(int bytes) {
    unsigned char from[STEP];
    const int run = LANE / bytes;
    for (int k = 0; k < bytes; k++) {
        for (int lane = 0; lane < STEP / LANE; lane++) {
            for (int i = 0; i < run; i++) from[lane * LANE + run * k + i] = (unsigned char)((4 * k + lane) * run + i);
        }
    }
    return _mm512_loadu_si512(from);
}

/* Pairs of vectors interleaved by units of 1, 2, 4 bytes until each result is whole. */
FN void interleave(__m512i *v, int bytes) {
    __m512i w[MAX_BYTES];
    for (int k = 0; bytes >= 2 && k < bytes; k += 2) {
        w[k] = _mm512_unpacklo_epi8(v[k], v[k + 1]);
        w[k + 1] = _mm512_unpackhi_epi8(v[k], v[k + 1]);
    }
    if (bytes == 2) {
        v[0] = w[0];
        v[1] = w[1];
    }
    for (int k = 0; bytes >= 4 && k < bytes; k += 4) {
        v[k] = _mm512_unpacklo_epi16(w[k], w[k + 2]);
        v[k + 1] = _mm512_unpackhi_epi16(w[k], w[k + 2]);
        v[k + 2] = _mm512_unpacklo_epi16(w[k + 1], w[k + 3]);
        v[k + 3] = _mm512_unpackhi_epi16(w[k + 1], w[k + 3]);
    }
    if (bytes < 8) return;
    for (int k = 0; k < 4; k++) {
        w[2 * k] = _mm512_unpacklo_epi32(v[k], v[k + 4]);
        w[2 * k + 1] = _mm512_unpackhi_epi32(v[k], v[k + 4]);
    }
    for (int k = 0; k < 8; k++) v[k] = w[k];
}

/* The `zeros` lowest bytes of every result are zero; a constant where this is inlined, like `bytes`. */
FN size_t look_up_64(size_t n, const uint8_t *in, const unsigned char *table, unsigned char *out, int bytes,
                     int zeros) {
    __m512i quarters[MAX_BYTES][4], v[MAX_BYTES];
    split(quarters, table, bytes);
    const __m512i places = order(bytes);
    const uint32_t streams = nfi_streams(out, n, (size_t)bytes, 1);
    size_t i = streams ? nfi_to_line(out, (size_t)bytes, n) : 0;
    look_up(i, in, table, out, (size_t)bytes);
    for (; n - i >= STEP; i += STEP) {
        const __m512i code = _mm512_permutexvar_epi8(places, _mm512_loadu_si512(in + i));
        const __mmask64 upper = _mm512_movepi8_mask(code);
        for (int k = 0; k < zeros; k++) v[k] = _mm512_setzero_si512();
        for (int k = zeros; k < bytes; k++) {
            const __m512i low = _mm512_permutex2var_epi8(quarters[k][0], code, quarters[k][1]);
            const __m512i high = _mm512_permutex2var_epi8(quarters[k][2], code, quarters[k][3]);
            v[k] = _mm512_mask_blend_epi8(upper, low, high);
        }
        interleave(v, bytes);
        unsigned char *to = out + i * (size_t)bytes;
        for (int k = 0; streams && k < bytes; k++) _mm512_stream_si512((void *)(to + k * STEP), v[k]);
        for (int k = 0; !streams && k < bytes; k++) _mm512_storeu_si512(to + k * STEP, v[k]);
    }
    if (streams) _mm_sfence();
    return i;
}

/* How many elements were done. */
TARGET static size_t map_vbmi(size_t n, const uint8_t *in, const unsigned char *table, uint32_t bytes,
                              unsigned char *out) {
    switch (bytes) {
    case 1: return look_up_64(n, in, table, out, 1, 0);
    case 2: return look_up_64(n, in, table, out, 2, 0);
    case 4: return zero_bytes(table, 4) < 2 ? look_up_64(n, in, table, out, 4, 0) : look_up_64(n, in, table, out, 4, 2);
    case 8: return zero_bytes(table, 8) < 6 ? look_up_64(n, in, table, out, 8, 0) : look_up_64(n, in, table, out, 8, 6);
    default: return 0;
    }
}

static size_t map_vectors(uint32_t isa, size_t n, const uint8_t *in, const unsigned char *table, uint32_t bytes,
                          unsigned char *out) {
    const int wanted = isa == NF_ISA_AUTO || isa == NF_ISA_AVX512;
    if (!wanted || !nf_isa_runs(NF_ISA_AVX512) || !__builtin_cpu_supports("avx512vbmi")) return 0;
    return map_vbmi(n, in, table, bytes, out);
}

#else

static size_t map_vectors(uint32_t isa, size_t n, const uint8_t *in, const unsigned char *table, uint32_t bytes,
                          unsigned char *out) {
    (void)isa, (void)n, (void)in, (void)table, (void)bytes, (void)out;
    return 0;
}

#endif

void nfi_table_map(uint32_t isa, size_t n, const uint8_t *in, const unsigned char *table, uint32_t bytes,
                   unsigned char *out) {
    const size_t done = map_vectors(isa, n, in, table, bytes, out);
    n -= done;
    in += done;
    out += done * bytes;
    switch (bytes) {
    case 1: look_up(n, in, table, out, 1); break;
    case 2: look_up(n, in, table, out, 2); break;
    case 4: look_up(n, in, table, out, 4); break;
    case 8: look_up(n, in, table, out, 8); break;
    default: look_up(n, in, table, out, 16); break;
    }
}

/* The OR of the flags of all elements. */
uint32_t nfi_table_any(size_t n, const uint8_t *in, const uint8_t *table) {
    uint32_t any = 0;
    for (size_t i = 0; i < n; i++) any |= table[in[i]];
    return any;
}

/* Are all codes below 2^width? */
int nfi_table_fits(size_t n, const uint8_t *in, uint32_t width) {
    uint32_t all = 0;
    for (size_t i = 0; width < 8 && i < n; i++) all |= in[i];
    return all >> width == 0;
}
