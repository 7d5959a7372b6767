/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel of nf_fast.h for NEON on 64-bit Arm.
 */
#include "nf_fast.h"

#if defined(__aarch64__) && defined(__GNUC__)

#include <arm_neon.h>

#define TARGET
#define KERNEL nfi_fast_neon
#define OR_WORDS nfi_or_neon
#define WIDEN nfi_widen_neon
#define FN static NFI_ALWAYS_INLINE
enum { LANES = 4 };
typedef uint32x4_t V;
typedef uint32x4_t M; /* all ones or zeros in each lane */

FN V v_set(uint32_t a) { return vdupq_n_u32(a); }
FN V v_and(V a, V b) { return vandq_u32(a, b); }
FN V v_or(V a, V b) { return vorrq_u32(a, b); }
FN V v_not(V a) { return vmvnq_u32(a); }
FN V v_add(V a, V b) { return vaddq_u32(a, b); }
FN V v_sub(V a, V b) { return vsubq_u32(a, b); }
/* counts go by their lowest byte, signed: 32 and more give 0, as they do on x86 */
FN V v_sllv(V a, V n) { return vshlq_u32(a, vreinterpretq_s32_u32(n)); }
FN V v_srlv(V a, V n) { return vshlq_u32(a, vnegq_s32(vreinterpretq_s32_u32(n))); }
FN V v_maxs(V a, V b) { return vreinterpretq_u32_s32(vmaxq_s32(vreinterpretq_s32_u32(a), vreinterpretq_s32_u32(b))); }
FN V v_minu(V a, V b) { return vminq_u32(a, b); }
FN V v_sel(M m, V a, V b) { return vbslq_u32(m, a, b); }
FN M v_eq(V a, V b) { return vceqq_u32(a, b); }
FN M v_gts(V a, V b) { return vcgtq_s32(vreinterpretq_s32_u32(a), vreinterpretq_s32_u32(b)); }
FN M v_gtu(V a, V b) { return vcgtq_u32(a, b); }
FN M v_negative(V a) { return vcltzq_s32(vreinterpretq_s32_u32(a)); }
FN int m_is_any(M m) { return vmaxvq_u32(m) != 0; }
FN M m_and(M a, M b) { return vandq_u32(a, b); }
FN M m_andnot(M a, M b) { return vbicq_u32(b, a); }
FN uint32_t v_any(V a) {
    return vgetq_lane_u32(a, 0) | vgetq_lane_u32(a, 1) | vgetq_lane_u32(a, 2) | vgetq_lane_u32(a, 3);
}

FN V v_load_low16(const uint16_t *p) {
    uint16x4_t a;
    memcpy(&a, p, sizeof a);
    return vmovl_u16(a);
}
FN V v_load16(const uint16_t *p) { return vshlq_n_u32(v_load_low16(p), 16); }
FN V v_load32(const uint32_t *p) {
    V a;
    memcpy(&a, p, sizeof a);
    return a;
}
/* The upper words; and of the lower ones the 9 highest bits over a sticky one for the rest. */
FN V v_load64(const uint64_t *p, V *low) {
    const V a = v_load32((const uint32_t *)(const void *)p), b = v_load32((const uint32_t *)(const void *)(p + 2));
    const V words = vuzp1q_u32(a, b), rest = vandq_u32(words, v_set((1 << 23) - 1));
    *low = vorrq_u32(vshrq_n_u32(words, 23), vandq_u32(vtstq_u32(rest, rest), v_set(1)));
    return vuzp2q_u32(a, b);
}
FN V v_float(V a) { return vreinterpretq_u32_f32(vcvtq_f32_u32(a)); }
FN void v_store32(uint32_t *p, V a) { memcpy(p, &a, sizeof a); }
/* As the upper words of 64-bit ones. */
FN void v_store64(uint64_t *p, V a) {
    const V none = v_set(0), first = vzip1q_u32(none, a), second = vzip2q_u32(none, a);
    memcpy(p, &first, sizeof first);
    memcpy(p + 2, &second, sizeof second);
}
/* streams: past the caches; of no use here. */
FN void v_store16(uint16_t *p, V a, uint32_t streams) {
    (void)streams;
    const uint16x4_t words = vmovn_u32(a);
    memcpy(p, &words, sizeof words);
}
FN void v_store8(uint8_t *p, V a, uint32_t streams) {
    (void)streams;
    const uint16x4_t words = vmovn_u32(a);
    const uint8x8_t bytes = vmovn_u16(vcombine_u16(words, words));
    memcpy(p, &bytes, LANES);
}
FN void v_end_streams(void) {}

#include "nf_fast_body.h"
#include "nf_fast_widen.h"

#else
typedef int nfi_no_neon;
#endif
