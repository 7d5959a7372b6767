/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Affine quantizers:
 *     affine ROUNDS
 * ROUNDS random arrays by the fastest code of this machine against the specification path, as many by that path against
 * the machine's own floats, and what every misuse is answered with.  Exit status 0 if everything is right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numfmt.h"

enum { SHOWN = 10 };

static int failures;

static void expect(const char *what, long long got, long long wanted) {
    if (got == wanted) return;
    if (failures++ < SHOWN) printf("%s: %lld, expected %lld\n", what, got, wanted);
}

/* splitmix64 */
static uint64_t seed = 1;
static uint64_t random64(void) {
    uint64_t z = seed += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint32_t below(uint32_t n) { return (uint32_t)(random64() >> 32) % n; }

static float from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static float random_scale(void) {
    return from_bits((below(8) ? 117 + below(16) : 1 + below(254)) << 23 | below(1 << 23));
}

/* Any bits, or near a half of a scale. */
static float random_value(float scale) {
    const float tie = (float)((int)below(601) - 300) * 0.5f * scale;
    uint32_t bits;
    memcpy(&bits, &tie, sizeof bits);
    return from_bits(below(4) ? bits + below(3) - (bits ? 1 : 0) : (uint32_t)random64());
}

/* Arrays of one round, each of exactly its size, and how they are quantized. */
typedef struct round_data {
    nf_affine how;
    nf_affine_shape shape;
    size_t n, scales;
    float *x, *scale, *values[2];
    int64_t *zero_point;
    unsigned char *codes[2];
} round_data;

static void *room(size_t bytes) {
    void *made = malloc(bytes ? bytes : 1);
    if (!made) exit(2);
    memset(made, 0xA5, bytes);
    return made;
}

static nf_affine random_rules(void) {
    static const uint8_t roundings[] = {NF_ROUND_TIES_EVEN,       NF_ROUND_TIES_AWAY,       NF_ROUND_TOWARD_ZERO,
                                        NF_ROUND_TOWARD_POSITIVE, NF_ROUND_TOWARD_NEGATIVE, NF_ROUND_TIES_UP};
    nf_affine how = {.code_bytes = (uint8_t)(1 + below(2)), .rounding = roundings[below(6)], .divide = below(2) != 0};
    const uint32_t bits = how.code_bytes == 1 ? 2 + below(7) : 9 + below(8);
    nf_format_find("binary32", &how.x);
    how.scale = how.arithmetic = how.x;
    how.order = (uint8_t)below(how.divide ? 3 : 2);
    how.low = below(2) ? -((int64_t)1 << (bits - 1)) : 0;
    how.high = how.low + ((int64_t)1 << bits) - 1;
    how.low += below(2);
    how.nan_code = how.low + below(2);
    how.nan_to_zero_point = below(2) != 0;
    return how;
}

static round_data open_round(void) {
    round_data r = {.how = random_rules()};
    const uint32_t runs[] = {1, 1 + below(9), 1 + below(70), 32 * (1 + below(4)), 256 + below(70)};
    r.shape.run = runs[below(5)];
    r.shape.row = r.shape.run * below(below(3) ? 6 : 1 + 1200 / (uint32_t)r.shape.run);
    r.shape.repeats = 1 + below(5);
    r.shape.blocks = 1 + below(4);
    r.n = r.shape.blocks * r.shape.repeats * r.shape.row;
    r.scales = r.shape.blocks * (r.shape.row / r.shape.run);
    r.x = room(r.n * sizeof *r.x);
    r.scale = room(r.scales * sizeof *r.scale);
    r.zero_point = room(r.scales * sizeof *r.zero_point);
    for (int k = 0; k < 2; k++) {
        r.codes[k] = room(r.n * r.how.code_bytes);
        r.values[k] = room(r.n * sizeof *r.values[k]);
    }
    for (size_t i = 0; i < r.scales; i++) {
        r.scale[i] = random_scale();
        r.zero_point[i] = r.how.low + (int64_t)below((uint32_t)(r.how.high - r.how.low) + 1);
    }
    for (size_t i = 0; i < r.n; i++) r.x[i] = random_value(r.scale[below((uint32_t)r.scales)]);
    return r;
}

static void close_round(round_data *r) {
    void *const all[] = {r->x, r->scale, r->zero_point, r->codes[0], r->codes[1], r->values[0], r->values[1]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void expect_counts(const nf_affine_counts *got, const nf_affine_counts *wanted) {
    expect("below", (long long)got->below, (long long)wanted->below);
    expect("above", (long long)got->above, (long long)wanted->above);
    expect("inexact", (long long)got->inexact, (long long)wanted->inexact);
    expect("NaNs", (long long)got->nan, (long long)wanted->nan);
    expect("first NaN", (long long)got->first_nan, (long long)wanted->first_nan);
}

/* A part of the arrays, by both. */
static void check_fast(const round_data *r) {
    static const uint32_t isas[2] = {NF_ISA_GENERIC, NF_ISA_AUTO};
    const size_t first = r->n ? below((uint32_t)r->n + 1) : 0, count = r->n ? below((uint32_t)(r->n - first) + 1) : 0;
    const size_t from = below(2) ? first : 0, some = from ? count : r->n;
    nf_affine_counts counts[2];
    nf_result results[2];
    for (int k = 0; k < 2; k++) {
        expect("encode",
               nf_affine_encode(isas[k], &r->how, &r->shape, from, some, r->x, r->scale, r->zero_point, NULL,
                                r->codes[k], &counts[k]),
               NF_OK);
        expect("decode",
               nf_affine_decode(isas[k], &r->how, &r->shape, from, some, r->codes[0], r->scale, r->zero_point,
                                r->values[k], &results[k]),
               NF_OK);
    }
    expect_counts(&counts[1], &counts[0]);
    expect("codes", memcmp(r->codes[0], r->codes[1], r->n * r->how.code_bytes) == 0, 1);
    expect("values", memcmp(r->values[0], r->values[1], r->n * sizeof *r->x) == 0, 1);
    expect("flags", results[1].flags, results[0].flags);
}

/* x as an integer, |x| < 2^31. */
static int64_t rounded(uint32_t rounding, double x) {
    const int64_t cut = (int64_t)x, down = cut - ((double)cut > x);
    const double rest = x - (double)down; /* exact */
    switch (rounding) {
    case NF_ROUND_TIES_AWAY: return down + (rest > 0.5 || (rest == 0.5 && down >= 0));
    case NF_ROUND_TIES_UP: return down + (rest >= 0.5);
    case NF_ROUND_TOWARD_ZERO: return cut;
    case NF_ROUND_TOWARD_POSITIVE: return down + (rest > 0);
    case NF_ROUND_TOWARD_NEGATIVE: return down;
    default: return down + (rest > 0.5 || (rest == 0.5 && (down & 1)));
    }
}

/* One element by the definition; the machine rounds to nearest, and a product, quotient or sum of floats is not changed
 * by being rounded to more than twice their precision first. */
static int64_t defined(const nf_affine *how, float x, float scale, int64_t zero, int *side) {
    volatile float t = x / scale;
    *side = 0;
    if (x != x) return how->nan_to_zero_point ? zero : how->nan_code;
    if (how->divide) {
        volatile float reciprocal = 1 / scale;
        t = x * reciprocal;
    }
    if (how->order == NF_AFFINE_BEFORE) t = t + (float)zero;
    int64_t q = t > 1e9f ? INT32_MAX : t < -1e9f ? INT32_MIN : rounded(how->rounding, (double)t);
    if (how->order == NF_AFFINE_AFTER) q += zero;
    *side = q < how->low ? -1 : q > how->high;
    return *side < 0 ? how->low : *side > 0 ? how->high : q;
}

static int64_t code_at(const round_data *r, size_t i) {
    uint16_t wide;
    if (r->how.code_bytes == 1) return r->how.low < 0 ? (int64_t)(int8_t)r->codes[0][i] : (int64_t)r->codes[0][i];
    memcpy(&wide, r->codes[0] + 2 * i, sizeof wide);
    return r->how.low < 0 ? (int64_t)(int16_t)wide : (int64_t)wide;
}

static void check_generic(const round_data *r) {
    nf_affine_counts counts, wanted = {0};
    if (r->how.order == NF_AFFINE_FUSED) return;
    expect("encode",
           nf_affine_encode(NF_ISA_GENERIC, &r->how, &r->shape, 0, r->n, r->x, r->scale, r->zero_point, NULL,
                            r->codes[0], &counts),
           NF_OK);
    for (size_t i = 0; i < r->n; i++) {
        const size_t row = r->shape.row, block = i / (r->shape.repeats * row);
        const size_t at = block * (row / r->shape.run) + i % row / r->shape.run;
        int side;
        const int64_t q = defined(&r->how, r->x[i], r->scale[at], r->zero_point[at], &side);
        volatile float value = (float)(q - r->zero_point[at]) * r->scale[at];
        expect("code", code_at(r, i), q);
        wanted.below += side < 0;
        wanted.above += side > 0;
        wanted.inexact += value != r->x[i];
        if (r->x[i] == r->x[i] || wanted.nan++) continue;
        wanted.first_nan = i;
    }
    expect_counts(&counts, &wanted);
}

static void expect_encode(const char *what, nf_affine how, nf_affine_shape shape, float scale, int64_t zero,
                          nf_status wanted) {
    float x[4] = {1, 2, 3, 4}, scales[4] = {1, scale, 1, 1};
    int64_t zeros[4] = {0, 0, zero, 0};
    unsigned char codes[16];
    nf_affine_counts counts;
    const nf_status status = nf_affine_encode(0, &how, &shape, 0, 4, x, scales, zeros, NULL, codes, &counts);
    expect(what, status, wanted);
    if (wanted == NF_ERR_SCALE) expect("its index", (long long)counts.index, 1);
    if (wanted == NF_ERR_ZERO_POINT) expect("its index", (long long)counts.index, 2);
}

static void check_statuses(void) {
    const nf_affine_shape each = {1, 1, 4, 1};
    nf_affine good = {.low = -8, .high = 7, .code_bytes = 1}, bad;
    nf_format_find("binary32", &good.x);
    good.scale = good.arithmetic = good.x;
    expect_encode("good", good, each, 1, 0, NF_OK);
    const float wrong[] = {0, -1, 1e-40f, from_bits(0x7F800000), from_bits(0x7FC00000)};
    for (int i = 0; i < 5; i++) expect_encode("scale", good, each, wrong[i], 0, NF_ERR_SCALE);
    expect_encode("zero point", good, each, 1, 8, NF_ERR_ZERO_POINT);
    expect_encode("run 3 in 4", good, (nf_affine_shape){1, 1, 4, 3}, 1, 0, NF_ERR_AFFINE_SHAPE);
    expect_encode("run 0", good, (nf_affine_shape){1, 1, 4, 0}, 1, 0, NF_ERR_AFFINE_SHAPE);
    expect_encode("3 elements", good, (nf_affine_shape){1, 1, 3, 1}, 1, 0, NF_ERR_AFFINE_SHAPE);
    expect_encode("too many", good, (nf_affine_shape){SIZE_MAX, 2, 4, 1}, 1, 0, NF_ERR_SIZE);
#define WRONG(field, value, status) bad = good, bad.field = (value), expect_encode(#field, bad, each, 1, 0, status)
    WRONG(code_bytes, 3, NF_ERR_AFFINE_CODES);
    WRONG(high, 128, NF_ERR_AFFINE_CODES);
    WRONG(high, -8, NF_ERR_AFFINE_CODES);
    WRONG(low, -129, NF_ERR_AFFINE_CODES);
    WRONG(nan_code, 8, NF_ERR_AFFINE_CODES);
    WRONG(divide, 2, NF_ERR_AFFINE_ORDER);
    WRONG(order, 3, NF_ERR_AFFINE_ORDER);
    WRONG(order, NF_AFFINE_FUSED, NF_ERR_AFFINE_ORDER);
    WRONG(rounding, 10, NF_ERR_ROUNDING);
    WRONG(rounding, NF_ROUND_STOCHASTIC_A, NF_ERR_RANDOM_NULL);
    WRONG(random_bits_count, 33, NF_ERR_RANDOM_COUNT);
    WRONG(reserved[1], 1, NF_ERR_AFFINE_RESERVED);
    WRONG(nan_to_zero_point, 2, NF_ERR_AFFINE_RESERVED);
    WRONG(x.precision, 0, NF_ERR_PRECISION);
    bad = good;
    nf_format_find("float8_e8m0fnu", &bad.arithmetic);
    expect_encode("arithmetic", bad, each, 1, 0, NF_ERR_AFFINE_ARITHMETIC);
    bad = good;
    bad.arithmetic = (nf_format){0};
    expect_encode("exact", bad, each, 1, 0, NF_OK);
    bad.divide = NF_AFFINE_RECIP;
    expect_encode("exact reciprocal", bad, each, 1, 0, NF_ERR_AFFINE_ORDER);

    float x[4] = {1, 2, 3, 4}, scale = 1;
    signed char codes[4] = {1, 2, 8, -9};
    const nf_affine_shape one = {1, 1, 4, 4};
    nf_affine_counts counts;
    nf_result result;
    expect("isa 6", nf_affine_encode(6, &good, &one, 0, 4, x, &scale, NULL, NULL, codes, NULL), NF_ERR_ISA);
    expect("no rules", nf_affine_encode(0, NULL, &one, 0, 4, x, &scale, NULL, NULL, codes, &counts), NF_ERR_NULL);
    expect("no shape", nf_affine_encode(0, &good, NULL, 0, 4, x, &scale, NULL, NULL, codes, NULL), NF_ERR_NULL);
    expect("no values", nf_affine_encode(0, &good, &one, 0, 4, NULL, &scale, NULL, NULL, codes, NULL), NF_ERR_NULL);
    expect("none needed", nf_affine_encode(0, &good, &one, 4, 0, NULL, NULL, NULL, NULL, NULL, NULL), NF_OK);
    expect("over x", nf_affine_encode(0, &good, &one, 0, 4, x, &scale, NULL, NULL, x, NULL), NF_ERR_OVERLAP);
    expect("over scale", nf_affine_encode(0, &good, &one, 0, 4, x, &scale, NULL, NULL, &scale, NULL), NF_ERR_OVERLAP);
    expect("wrong code", nf_affine_decode(0, &good, &one, 0, 4, codes, &scale, NULL, x, &result), NF_ERR_AFFINE_CODE);
    expect("its index", (long long)result.index, 2);
    expect("not written", x[0] == 1, 1);
    expect("its part", nf_affine_decode(0, &good, &one, 0, 2, codes, &scale, NULL, x, NULL), NF_OK);
    expect("not reached", x[1] == 2 && x[2] == 3, 1);
}

int main(int count, char **arguments) {
    const long rounds = count > 1 ? strtol(arguments[1], NULL, 10) : 1000;
    check_statuses();
    for (long i = 0; i < rounds; i++) {
        round_data r = open_round();
        check_fast(&r);
        check_generic(&r);
        close_round(&r);
    }
    printf("affine: %d failures\n", failures);
    return failures != 0;
}
