/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which affine quantizers have a kernel, and which kernel runs.
 */
#include "nf_affine_fast.h"

static int is_single(const nf_format *f) {
    static const nf_format single = {.width = 32,
                                     .precision = 24,
                                     .bias = 127,
                                     .is_signed = 1,
                                     .has_inf = 1,
                                     .has_zero = 1,
                                     .has_neg_zero = 1,
                                     .has_quiet_bit = 1,
                                     .n_high_nans = NF_HIGH_NANS_ALL};
    nf_format canonical = *f;
    return nf_format_canonicalize(&canonical) == NF_OK && memcmp(&canonical, &single, sizeof single) == 0;
}

int nfi_affine_has_decode(const nf_affine *how) {
    return how->code_bytes <= 2 && is_single(&how->scale) && is_single(&how->arithmetic);
}

int nfi_affine_has_encode(const nf_affine *how) {
    const uint32_t rounding = how->rounding;
    const int is_listed = rounding <= NF_ROUND_TOWARD_NEGATIVE || rounding == NF_ROUND_TIES_UP;
    return is_listed && nfi_affine_has_decode(how) && is_single(&how->x);
}

nfi_affine_kernels nfi_affine_pick(uint32_t isa) {
#if defined(__x86_64__) && defined(__GNUC__)
    if ((isa == NF_ISA_AUTO || isa == NF_ISA_AVX512) && nf_isa_runs(NF_ISA_AVX512)) {
        return (nfi_affine_kernels){nfi_affine_encode_avx512, nfi_affine_decode_avx512, nfi_affine_within_avx512};
    }
    if ((isa == NF_ISA_AUTO || isa == NF_ISA_AVX2) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return (nfi_affine_kernels){nfi_affine_encode_avx2, nfi_affine_decode_avx2, nfi_affine_within_avx2};
    }
#endif
    (void)isa;
    return (nfi_affine_kernels){NULL, NULL, NULL};
}
