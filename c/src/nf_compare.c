/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Comparisons (IEEE 754-2019 5.6.1, 5.10, 5.11), minimum and maximum (9.6; 754-2008 5.3.1).
 */
#include "nf_cores.h"

/* Order of the kinds without NaN by magnitude. */
int nfi_compare_magnitudes(const nfi_unpacked *a, const nfi_unpacked *b) {
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->kind != NF_KIND_FINITE) return 0;
    if (a->exp != b->exp) return a->exp < b->exp ? -1 : 1;
    return u128_equal(a->sig, b->sig) ? 0 : u128_less(a->sig, b->sig) ? -1 : 1;
}

/* The sign of a - b; zeros are equal. */
static int compare_values(const nfi_unpacked *a, const nfi_unpacked *b) {
    if (a->kind == NF_KIND_ZERO && b->kind == NF_KIND_ZERO) return 0;
    const int by_magnitude = a->sign == b->sign ? nfi_compare_magnitudes(a, b) : 1;
    return a->sign ? -by_magnitude : by_magnitude;
}

nfi_u128 nfi_compare(const nfi_job *job, const nfi_args *args, uint32_t *flags) {
    const nfi_unpacked *x = args->x;
    const uint32_t wanted = job->op->variant;
    uint32_t relation = NFI_UNORDERED;
    if (nfi_any_nan(x, 2)) {
        const int signaling = x[0].kind == NF_KIND_SIGNALING_NAN || x[1].kind == NF_KIND_SIGNALING_NAN;
        if (signaling || (wanted & NFI_SIGNALING)) *flags |= NF_FLAG_INVALID;
    } else {
        const int sign = compare_values(&x[0], &x[1]);
        relation = sign < 0 ? NFI_LESS : sign > 0 ? NFI_GREATER : NFI_EQUAL;
    }
    return u128(0, (wanted & relation) != 0);
}

/* Which operand: 0 or 1; 2 if the result is a NaN. */
static uint32_t select_operand(uint32_t variant, const nfi_unpacked *x) {
    if (nfi_any_nan(x, 2)) {
        const int a_nan = x[0].kind >= NF_KIND_QUIET_NAN, b_nan = x[1].kind >= NF_KIND_QUIET_NAN;
        const int signaling = x[0].kind == NF_KIND_SIGNALING_NAN || x[1].kind == NF_KIND_SIGNALING_NAN;
        const int number = (variant & NFI_NUMBER) || ((variant & NFI_NUM_2008) && !signaling);
        return number && a_nan != b_nan ? (uint32_t)a_nan : 2;
    }
    int order = variant & NFI_MAGNITUDE ? nfi_compare_magnitudes(&x[0], &x[1]) : 0;
    if (order == 0) order = compare_values(&x[0], &x[1]);
    if (order == 0) order = (int)x[1].sign - (int)x[0].sign; /* -0 is less than +0 */
    return (variant & NFI_MAX ? -order : order) > 0;
}

nfi_u128 nfi_select(const nfi_job *job, const nfi_args *args, uint32_t *flags) {
    const uint32_t k = select_operand(job->op->variant, args->x);
    nfi_unpacked nan;
    if (nfi_any_nan(args->x, 2)) nfi_choose_nan(&job->goal, args->x, 2, &nan, flags); /* invalid, if there is reason */
    if (k == 2) return nfi_round_pack(&job->goal, &nan, args->random, flags);
    if (job->selects[k]) return args->code[k];
    const uint32_t invalid = *flags;
    const nfi_u128 code = nfi_round_pack(&job->goal, &args->x[k], args->random, flags);
    if (invalid) *flags &= NF_FLAG_INVALID | NFI_FLAG_RAISE; /* alone, whatever the number's conversion raises */
    return code;
}

/* A key that totalOrder compares: NaNs lie outside Inf, signalling inside quiet ones. */
static int total_less(const nfi_layout *f, const nfi_unpacked *a, nfi_u128 a_code, const nfi_unpacked *b,
                      nfi_u128 b_code) {
    const uint32_t a_rank = a->kind == NF_KIND_QUIET_NAN ? 2 : a->kind == NF_KIND_SIGNALING_NAN;
    const uint32_t b_rank = b->kind == NF_KIND_QUIET_NAN ? 2 : b->kind == NF_KIND_SIGNALING_NAN;
    if (a_rank != b_rank) return a_rank < b_rank;
    if (a_rank == 0) return nfi_compare_magnitudes(a, b) < 0;
    const nfi_u128 magnitude = u128_not(f->sign_bit);
    return u128_less(u128_and(a_code, magnitude), u128_and(b_code, magnitude));
}

nfi_u128 nfi_total_order(const nfi_job *job, const nfi_args *args, uint32_t *flags) {
    (void)flags;
    const nfi_layout *f = &job->from[0];
    nfi_unpacked a = args->x[0], b = args->x[1];
    /* the -0 code that is a NaN has no positive twin */
    if (job->op->variant == NFI_MAGNITUDE && (a.kind < NF_KIND_QUIET_NAN || f->format.has_neg_zero)) a.sign = 0;
    if (job->op->variant == NFI_MAGNITUDE && (b.kind < NF_KIND_QUIET_NAN || f->format.has_neg_zero)) b.sign = 0;
    if (a.sign != b.sign) return u128(0, a.sign);
    const nfi_u128 a_code = args->code[0], b_code = args->code[1];
    const int after = a.sign ? total_less(f, &a, a_code, &b, b_code) : total_less(f, &b, b_code, &a, a_code);
    return u128(0, !after);
}
