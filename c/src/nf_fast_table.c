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

void nfi_table_map(size_t n, const uint8_t *in, const unsigned char *table, uint32_t bytes, unsigned char *out) {
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
    for (size_t i = 0; i < n; i++) all |= in[i];
    return all >> width == 0;
}
