/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel of nf_fast.h in plain C, one lane wide, without branches.
 */
#include "nf_fast.h"

#define TARGET
#define KERNEL nfi_fast_portable
#define WIDEN nfi_widen_portable
#define FN static NFI_ALWAYS_INLINE
enum { LANES = 1 };
typedef uint32_t V;
typedef uint32_t M; /* 0 or 1 */

FN V v_set(uint32_t a) { return a; }
FN V v_and(V a, V b) { return a & b; }
FN V v_or(V a, V b) { return a | b; }
FN V v_not(V a) { return ~a; }
FN V v_add(V a, V b) { return a + b; }
FN V v_sub(V a, V b) { return a - b; }
FN V v_sllv(V a, V n) { return n < 32 ? a << n : 0; }
FN V v_srlv(V a, V n) { return n < 32 ? a >> n : 0; }
FN V v_minu(V a, V b) { return a < b ? a : b; }
FN V v_sel(M m, V a, V b) { return m ? a : b; }
FN M v_eq(V a, V b) { return a == b; }
FN M v_gtu(V a, V b) { return a > b; }
FN M v_gts(V a, V b) { return (a ^ 0x80000000) > (b ^ 0x80000000); }
FN V v_maxs(V a, V b) { return v_gts(a, b) ? a : b; }
FN M v_negative(V a) { return a >> 31; }
FN M m_and(M a, M b) { return a & b; }
FN M m_andnot(M a, M b) { return b & (a ^ 1); }
FN uint32_t v_any(V a) { return a; }

FN V v_load16(const uint16_t *p) {
    uint16_t a;
    memcpy(&a, p, sizeof a);
    return (uint32_t)a << 16;
}
FN V v_load32(const uint32_t *p) {
    uint32_t a;
    memcpy(&a, p, sizeof a);
    return a;
}
/* The upper word; and of the lower one the 9 highest bits over a sticky one for the rest. */
FN V v_load64(const uint64_t *p, V *low) {
    uint64_t a;
    memcpy(&a, p, sizeof a);
    *low = (uint32_t)a >> 23 | (((uint32_t)a << 9) != 0);
    return (uint32_t)(a >> 32);
}
FN V v_load_low16(const uint16_t *p) { return v_load16(p) >> 16; }
FN V v_float(V a) {
    /* the bits of (float)a, a < 2^16, without the host's floating point */
    if (a == 0) return 0;
    const uint32_t top = 63 - nfi_clz64(a);
    return (127 + top) << 23 | (a << (23 - top) & 0x7FFFFF);
}
FN void v_store32(uint32_t *p, V a) { memcpy(p, &a, sizeof a); }
FN void v_store64(uint64_t *p, V a) {
    const uint64_t code = (uint64_t)a << 32;
    memcpy(p, &code, sizeof code);
}
FN void v_store8(uint8_t *p, V a) { *p = (uint8_t)a; }
FN void v_store16(uint16_t *p, V a) {
    const uint16_t code = (uint16_t)a;
    memcpy(p, &code, sizeof code);
}

#include "nf_fast_body.h"
#include "nf_fast_widen.h"
