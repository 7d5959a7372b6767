/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Requantization of 32-bit accumulators by an integer multiplier and a shift, as integer-only inference does it.
 */
#include "nf_internal.h"

/* x / 2^n, toward -Inf; no shift of a negative number. */
static int64_t floor_shift(int64_t x, int32_t n) {
    const int64_t unit = (int64_t)1 << n;
    return x / unit - (x % unit < 0);
}

/* a * b / 2^31 to nearest as SaturatingRoundingDoublingHighMul has it: the nudge before C's division, which cuts, is one
 * less for negative products, so that their ties go up.  b >= 0, so nothing saturates. */
static int64_t doubling_high_mul(int64_t a, int64_t b) {
    const int64_t product = a * b, half = (int64_t)1 << 30;
    return (product + (product >= 0 ? half : 1 - half)) / ((int64_t)1 << 31);
}

/* x / 2^n to nearest, ties away from zero (RoundingDivideByPOT). */
static int64_t rounding_divide(int64_t x, int32_t n) {
    const int64_t unit = (int64_t)1 << n, rest = x - floor_shift(x, n) * unit;
    return floor_shift(x, n) + (rest > unit / 2 || (n > 0 && rest == unit / 2 && x >= 0));
}

static int64_t scaled(uint32_t how, int64_t x, int64_t multiplier, int32_t shift) {
    if (how == NF_REQUANTIZE_SINGLE) {
        const int32_t total = 31 - shift; /* 1 to 62 */
        return floor_shift(x * multiplier + ((int64_t)1 << (total - 1)), total);
    }
    if (shift > 0) return doubling_high_mul(x * ((int64_t)1 << shift), multiplier);
    return rounding_divide(doubling_high_mul(x, multiplier), -shift);
}

static nf_status check(uint32_t how, int64_t x, int32_t multiplier, int32_t shift) {
    if (multiplier < 0 || shift < -31 || shift > 30) return NF_ERR_MULTIPLIER;
    if (how != NF_REQUANTIZE_GEMMLOWP || shift <= 0) return NF_OK;
    const int64_t shifted = x * ((int64_t)1 << shift);
    return shifted < INT32_MIN || shifted > INT32_MAX ? NF_ERR_ACCUMULATOR : NF_OK;
}

nf_status nf_requantize(uint32_t how, size_t n, const int32_t *acc, const int32_t *multiplier, const int32_t *shift,
                        const int32_t *zero_point, int32_t low, int32_t high, int32_t *out, nf_result *result) {
    if (result) *result = (nf_result){0};
    if (how > NF_REQUANTIZE_SINGLE) return NF_ERR_REQUANTIZATION;
    if (n && !(acc && multiplier && shift && zero_point && out)) return NF_ERR_NULL;
    if (n > (size_t)PTRDIFF_MAX / sizeof *out) return NF_ERR_SIZE;
    const void *const inputs[] = {acc, multiplier, shift, zero_point};
    for (int k = 0; k < 4; k++) {
        if (nfi_overlap(inputs[k], n * sizeof *out, out, n * sizeof *out)) return NF_ERR_OVERLAP;
    }
    for (size_t i = 0; i < n; i++) {
        const nf_status status = check(how, acc[i], multiplier[i], shift[i]);
        if (!status) continue;
        if (result) result->index = i;
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        const int64_t q = scaled(how, acc[i], multiplier[i], shift[i]) + zero_point[i];
        out[i] = (int32_t)(q < low ? low : q > high ? high : q);
    }
    return NF_OK;
}
