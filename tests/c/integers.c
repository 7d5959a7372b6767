/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Integer codes in blocks, against definitions bit by bit:
 *     integers ROUNDS
 * every code and pair of codes of widths 1 to 8, ROUNDS arrays of random codes and values of every width, and what every
 * misuse is answered with.  Exit status 0 if everything is right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numfmt.h"

enum { SHOWN = 10, MOST = 1200 };

static int failures;

static void expect(const char *what, const nf_integer *type, uint64_t got, uint64_t wanted) {
    if (got == wanted) return;
    if (failures++ < SHOWN) {
        printf("%s, kind %d width %d bias %llx: %llx, expected %llx\n", what, type->kind, type->width,
               (unsigned long long)type->bias, (unsigned long long)got, (unsigned long long)wanted);
    }
}

/* splitmix64 */
static uint64_t seed = 1;
static uint64_t random64(void) {
    uint64_t z = seed += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint64_t ones(uint32_t width) { return width == 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1; }

/* Sign and magnitude. */
typedef struct number {
    uint64_t size;
    int is_negative;
} number;

static number value(const nf_integer *type, uint64_t code) {
    const uint64_t all = ones(type->width), top = all - (all >> 1);
    number x = {.size = code};
    if (type->kind == NF_INTEGER_OFFSET_BINARY) {
        x.is_negative = code < type->bias;
        x.size = x.is_negative ? type->bias - code : code - type->bias;
    } else if (type->kind != NF_INTEGER_UNSIGNED && code >= top) {
        const uint64_t sizes[] = {code - top, all - code, all - code + 1};
        x = (number){.size = sizes[type->kind], .is_negative = sizes[type->kind] != 0};
    }
    return x;
}

static int order(number x, number y) {
    if (x.is_negative != y.is_negative) return x.is_negative ? -1 : 1;
    return (x.is_negative ? -1 : 1) * ((x.size > y.size) - (x.size < y.size));
}

/* A chain of full adders. */
static uint64_t ripple(uint32_t width, uint64_t a, uint64_t b, uint32_t in, uint32_t *out) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < width; i++) {
        const uint32_t x = a >> i & 1, y = b >> i & 1;
        sum |= (uint64_t)(x ^ y ^ in) << i;
        in = (x & y) | (in & (x | y));
    }
    *out = in;
    return sum;
}

/* a + b of sign-magnitude. */
static uint64_t add_magnitudes(uint32_t width, uint64_t a, uint64_t b, uint32_t *carry) {
    const uint64_t top = (uint64_t)1 << (width - 1), x = a % top, y = b % top;
    uint32_t unused;
    *carry = 0;
    if ((a ^ b) < top) return a / top * top | ripple(width - 1, x, y, 0, carry);
    if (x == y) return 0;
    return x > y ? a / top * top | ripple(width, x, ~y, 1, &unused) : b / top * top | ripple(width, y, ~x, 1, &unused);
}

static uint64_t calculate(const nf_integer *type, uint32_t op, uint64_t a, uint64_t b, uint32_t *carry) {
    const uint32_t width = type->width;
    const uint64_t all = ones(width), top = all - (all >> 1);
    uint32_t unused;
    uint64_t sum;
    *carry = 0;
    switch (type->kind) {
    case NF_INTEGER_SIGN_MAGNITUDE:
        return op == NF_INTEGER_NEGATE ? a ^ top : add_magnitudes(width, a, op == NF_INTEGER_SUB ? b ^ top : b, carry);
    case NF_INTEGER_ONES_COMPLEMENT:
        if (op == NF_INTEGER_NEGATE) return a ^ all;
        sum = ripple(width, a, op == NF_INTEGER_SUB ? b ^ all : b, 0, carry);
        return ripple(width, sum, 0, *carry, &unused);
    default:
        if (op == NF_INTEGER_ADD) return ripple(width, ripple(width, a, b, 0, carry), ~type->bias, 1, &unused);
        if (op == NF_INTEGER_NEGATE) b = a, a = type->bias;
        return ripple(width, ripple(width, a, ~b, 1, carry), type->bias, 0, &unused);
    }
}

/* The exact result is not the value of the code: x + y = z by signs and magnitudes, no sum above 2^65. */
static int is_sum(number x, number y, number z) {
    if (x.is_negative != y.is_negative) { /* x - y' = z becomes y' + z = x, or x' + z = y */
        if (x.size >= y.size) return z.size == x.size - y.size && (!z.size || z.is_negative == x.is_negative);
        return z.size == y.size - x.size && z.is_negative == y.is_negative;
    }
    return z.size >= x.size && z.size - x.size == y.size && (!z.size || z.is_negative == x.is_negative);
}

static number negative(number x) { return (number){x.size, x.size && !x.is_negative}; }

/* Elements of any size, one by one. */
static uint64_t load(const void *from, size_t i, uint32_t bytes) {
    uint64_t word = 0;
    for (uint32_t k = 0; k < bytes; k++) {
        const uint16_t one = 1;
        const uint32_t place = *(const uint8_t *)&one ? k : bytes - 1 - k;
        word |= (uint64_t)((const uint8_t *)from)[i * bytes + k] << 8 * place;
    }
    return word;
}

static void store(void *to, size_t i, uint32_t bytes, uint64_t word) {
    for (uint32_t k = 0; k < bytes; k++) {
        const uint16_t one = 1;
        const uint32_t place = *(const uint8_t *)&one ? k : bytes - 1 - k;
        ((uint8_t *)to)[i * bytes + k] = (uint8_t)(word >> 8 * place);
    }
}

/* The buffers of one call end where their room does, so that a sanitizer sees what goes beyond, and are one byte off any
 * alignment. */
enum { ROOM = 8 * MOST + 1 };
static uint8_t a_room[ROOM], b_room[ROOM], out_room[ROOM], back_room[ROOM], carry_room[MOST], overflow_room[MOST];
static int8_t order_room[MOST];
static uint8_t *a, *b, *out, *back;

static void place_inputs(size_t bytes) {
    a = a_room + ROOM - bytes;
    b = b_room + ROOM - bytes;
}

static void place_outputs(size_t out_bytes, size_t back_bytes) {
    out = out_room + ROOM - out_bytes;
    back = back_room + ROOM - back_bytes;
}

/* The n pairs of codes in a and b. */
static void check_pairs(uint32_t isa, const nf_integer *type, size_t n, uint32_t bytes) {
    uint8_t *const carry = carry_room + MOST - n, *const overflow = overflow_room + MOST - n;
    int8_t *const compared = order_room + MOST - n;
    place_outputs(n * bytes, 0);
    for (uint32_t op = NF_INTEGER_ADD; op <= NF_INTEGER_NEGATE; op++) {
        const void *second = op == NF_INTEGER_NEGATE ? NULL : b;
        const nf_status status = nf_integer_calculate(isa, type, op, n, bytes, a, second, out, carry, overflow, NULL);
        expect("status", type, (uint64_t)status, NF_OK);
        for (size_t i = 0; i < n; i++) {
            const uint64_t x = load(a, i, bytes), y = load(b, i, bytes), z = load(out, i, bytes);
            const number p = value(type, x), q = value(type, y), r = value(type, z);
            uint32_t carried;
            expect("result", type, z, calculate(type, op, x, y, &carried));
            expect("carry", type, carry[i], carried);
            const int is_exact = op == NF_INTEGER_NEGATE ? order(r, negative(p)) == 0
                                                         : is_sum(p, op == NF_INTEGER_SUB ? negative(q) : q, r);
            expect("overflow", type, overflow[i], !is_exact);
        }
    }
    expect("compare", type, (uint64_t)nf_integer_compare(isa, type, n, bytes, a, b, compared, NULL), NF_OK);
    for (size_t i = 0; i < n; i++) {
        const int right = order(value(type, load(a, i, bytes)), value(type, load(b, i, bytes)));
        expect("order", type, (uint64_t)compared[i], (uint64_t)right);
    }
}

/* Two's complement of a number of fewer than 64 bits or that fits otherwise. */
static uint64_t word_of(number x) { return x.is_negative ? 0 - x.size : x.size; }

static int is_zero_above(uint64_t code, const nf_integer *type) {
    return value(type, code).size == 0 && code != (type->kind == NF_INTEGER_OFFSET_BINARY ? type->bias : 0);
}

/* The n codes in a, to values and back. */
static void check_codes(uint32_t isa, const nf_integer *type, size_t n, uint32_t bytes, uint32_t value_bytes,
                        int32_t is_signed) {
    place_outputs(n * value_bytes, n * bytes);
    const nf_status status = nf_integer_decode(isa, type, n, bytes, a, is_signed, value_bytes, out, NULL);
    if (status == NF_ERR_ELEMENT) return;
    expect("decode", type, (uint64_t)status, NF_OK);
    for (uint32_t how = NF_INTEGER_ERROR; how <= NF_INTEGER_WRAP; how++) {
        const nf_status encoded = nf_integer_encode(isa, type, how, n, is_signed, value_bytes, out, bytes, back, NULL);
        expect("encode", type, (uint64_t)encoded, NF_OK);
        for (size_t i = 0; i < n; i++) {
            const uint64_t code = load(a, i, bytes), word = word_of(value(type, code));
            expect("value", type, load(out, i, value_bytes), word & ones(8 * value_bytes));
            if (!is_zero_above(code, type)) expect("code", type, load(back, i, bytes), code);
        }
    }
}

static uint64_t low_size(const nf_integer *type) {
    const uint64_t all = ones(type->width), half = all >> 1;
    const uint64_t sizes[] = {half, half, half + 1 - type->narrow, type->bias, 0};
    return sizes[type->kind];
}

static uint64_t high_size(const nf_integer *type) {
    const int is_half = type->kind <= NF_INTEGER_TWOS_COMPLEMENT;
    return is_half ? ones(type->width) >> 1 : ones(type->width) - type->bias;
}

/* The code that a number in range has, or wraps to. */
static uint64_t code_of(const nf_integer *type, number x) {
    const uint64_t all = ones(type->width), top = all - (all >> 1), residue = x.size % all;
    switch (type->kind) {
    case NF_INTEGER_SIGN_MAGNITUDE: return (x.is_negative ? top : 0) + x.size % top;
    case NF_INTEGER_ONES_COMPLEMENT: return x.is_negative && residue ? all - residue : residue;
    default: return (word_of(x) + type->bias) & all;
    }
}

/* The n values in a, whatever they are. */
static void check_values(uint32_t isa, const nf_integer *type, size_t n, uint32_t bytes, uint32_t value_bytes,
                         int32_t is_signed) {
    uint64_t first = n;
    nf_result result;
    place_inputs(n * value_bytes);
    place_outputs(n * bytes, 0);
    for (uint32_t how = NF_INTEGER_SATURATE; how <= (type->narrow ? NF_INTEGER_SATURATE : NF_INTEGER_WRAP); how++) {
        const nf_status status = nf_integer_encode(isa, type, how, n, is_signed, value_bytes, a, bytes, out, NULL);
        expect("encode anything", type, (uint64_t)status, NF_OK);
        for (size_t i = 0; i < n; i++) {
            const uint64_t word = load(a, i, value_bytes), all = ones(8 * value_bytes);
            const int is_negative = is_signed && word > all >> 1;
            number x = {.size = is_negative ? all - word + 1 : word, .is_negative = is_negative};
            const uint64_t limit = is_negative ? low_size(type) : high_size(type);
            if (x.size > limit && i < first) first = i;
            if (how == NF_INTEGER_SATURATE && x.size > limit) x = (number){limit, is_negative && limit};
            expect(how == NF_INTEGER_WRAP ? "wrap" : "saturate", type, load(out, i, bytes), code_of(type, x));
        }
    }
    memset(out, 0xAA, n * bytes);
    const nf_status status =
        nf_integer_encode(isa, type, NF_INTEGER_ERROR, n, is_signed, value_bytes, a, bytes, out, &result);
    expect("range", type, (uint64_t)status, (uint64_t)(first < n ? NF_ERR_RANGE : NF_OK));
    if (first == n) return;
    expect("its index", type, result.index, first);
    for (size_t i = 0; i < n * bytes; i++) expect("not written", type, out[i], 0xAA);
}

static void check_packing(const nf_integer *type, size_t n, uint32_t bytes) {
    const size_t size = nf_integer_packed_bytes(type->width, n);
    place_outputs(size, n * bytes);
    for (uint32_t high_first = 0; high_first < 2; high_first++) {
        expect("pack", type, (uint64_t)nf_integer_pack(type->width, high_first, n, bytes, a, out, NULL), NF_OK);
        for (size_t k = 0; k < 8 * size; k++) {
            const size_t i = k / type->width, at = k % type->width;
            const uint64_t code = i < n ? load(a, i, bytes) : 0;
            const uint64_t bit = code >> (high_first ? type->width - 1 - at : at) & 1;
            expect("bit", type, out[k / 8] >> (high_first ? 7 - k % 8 : k % 8) & 1, bit);
        }
        expect("unpack", type, (uint64_t)nf_integer_unpack(type->width, high_first, n, out, bytes, back), NF_OK);
        expect("the same again", type, (uint64_t)memcmp(a, back, n * bytes), 0);
    }
}

static void check_all_small(uint32_t isa) {
    for (uint8_t width = 1; width <= 8; width++) {
        const uint32_t count = 1u << width;
        for (uint8_t kind = 0; kind <= NF_INTEGER_UNSIGNED; kind++) {
            const uint32_t biases = kind == NF_INTEGER_OFFSET_BINARY ? count : 1;
            for (uint32_t bias = 0; bias < biases; bias += width < 6 ? 1 : count / 4 - 1) {
                const nf_integer type = {.kind = kind, .width = width, .bias = bias};
                place_inputs(count);
                for (uint32_t i = 0; i < count; i++) a[i] = (uint8_t)i;
                check_codes(isa, &type, count, 1, 2, 1);
                check_packing(&type, count, 1);
                for (uint32_t y = 0; y < count; y++) {
                    memset(b, (int)y, count);
                    check_pairs(isa, &type, count, 1);
                }
            }
        }
    }
}

static void check_random(uint32_t isa) {
    static const uint32_t sizes[] = {1, 2, 4, 8};
    const uint32_t width = (uint32_t)(random64() % 64) + 1;
    nf_integer type = {.kind = (uint8_t)(random64() % 5), .width = (uint8_t)width};
    if (type.kind == NF_INTEGER_OFFSET_BINARY) type.bias = random64() & ones(width);
    const size_t n = (size_t)(random64() % 8 ? random64() % 40 : random64() % MOST);
    uint32_t bytes = sizes[random64() % 4];
    while (8 * bytes < width) bytes *= 2;
    place_inputs(n * bytes);
    for (size_t i = 0; i < n; i++) { /* of any size, some the complement */
        store(a, i, bytes, (random64() >> random64() % 64 ^ (0 - random64() % 2)) & ones(width));
        store(b, i, bytes, (random64() >> random64() % 64 ^ (0 - random64() % 2)) & ones(width));
    }
    check_pairs(isa, &type, n, bytes);
    check_packing(&type, n, bytes);
    for (uint32_t k = 0; k < 8; k++) check_codes(isa, &type, n, bytes, sizes[k % 4], k < 4);
    place_inputs(n * 8);
    for (size_t i = 0; i < n; i++) store(a, i, 8, random64() >> random64() % 64 ^ (0 - random64() % 2));
    type.narrow = type.kind == NF_INTEGER_TWOS_COMPLEMENT && random64() % 4 == 0;
    for (uint32_t k = 0; k < 8; k++) check_values(isa, &type, n, bytes, sizes[k % 4], k < 4);
}

static void expect_status(const char *what, nf_status got, nf_status wanted) {
    const nf_integer none = {0};
    expect(what, &none, (uint64_t)got, (uint64_t)wanted);
}

static nf_status encode_as(nf_integer type, uint32_t how, uint32_t bytes) {
    return nf_integer_encode(NF_ISA_AUTO, &type, how, 1, 1, 1, a, bytes, out, NULL);
}

static void check_types(void) {
    const nf_integer eight = {.kind = NF_INTEGER_TWOS_COMPLEMENT, .width = 8};
    nf_integer type;
    place_inputs(16);
    place_outputs(16, 16);
    a[0] = 1;
    expect_status("a type", encode_as(eight, NF_INTEGER_ERROR, 1), NF_OK);
#define BAD(field, value, status)                                                                                      \
    (type = eight, type.field = (value), expect_status(#field " = " #value, encode_as(type, 0, 1), status))
    BAD(kind, 5, NF_ERR_INTEGER);
    BAD(width, 0, NF_ERR_INTEGER);
    BAD(width, 65, NF_ERR_INTEGER);
    BAD(width, 9, NF_ERR_ELEMENT);
    BAD(bias, 1, NF_ERR_INTEGER);
    BAD(narrow, 2, NF_ERR_INTEGER);
    BAD(narrow, 1, NF_OK);
    BAD(reserved[4], 1, NF_ERR_INTEGER);
#undef BAD
    type = (nf_integer){.kind = NF_INTEGER_OFFSET_BINARY, .width = 8, .bias = 256};
    expect_status("large bias", encode_as(type, NF_INTEGER_ERROR, 1), NF_ERR_INTEGER);
    type = (nf_integer){.kind = NF_INTEGER_UNSIGNED, .width = 8, .narrow = 1};
    expect_status("narrow unsigned", encode_as(type, NF_INTEGER_ERROR, 1), NF_ERR_INTEGER);
    expect_status("3 bytes", encode_as(eight, NF_INTEGER_ERROR, 3), NF_ERR_ELEMENT);
    expect_status("overflow 3", encode_as(eight, 3, 1), NF_ERR_INTEGER_OVERFLOW);
    type = eight;
    type.narrow = 1;
    expect_status("narrow wrap", encode_as(type, NF_INTEGER_WRAP, 1), NF_ERR_INTEGER_OVERFLOW);
}

static void check_statuses(void) {
    const nf_integer eight = {.kind = NF_INTEGER_TWOS_COMPLEMENT, .width = 8}, five = {.kind = 0, .width = 5};
    nf_result result;
    memset(a, 1, 16);
    expect_status("isa 6", nf_integer_encode(6, &eight, 0, 1, 1, 1, a, 1, out, NULL), NF_ERR_ISA);
    expect_status("no type", nf_integer_encode(0, NULL, 0, 1, 1, 1, a, 1, out, NULL), NF_ERR_NULL);
    expect_status("no values", nf_integer_encode(0, &eight, 0, 1, 1, 1, NULL, 1, out, NULL), NF_ERR_NULL);
    expect_status("none needed", nf_integer_encode(0, &eight, 0, 0, 1, 1, NULL, 1, NULL, NULL), NF_OK);
    expect_status("is_signed 2", nf_integer_encode(0, &eight, 0, 1, 2, 1, a, 1, out, NULL), NF_ERR_ELEMENT);
    expect_status("in over out", nf_integer_encode(0, &eight, 0, 8, 1, 2, a, 1, a + 15, NULL), NF_ERR_OVERLAP);
    expect_status("too many", nf_integer_encode(0, &eight, 0, SIZE_MAX, 1, 1, a, 1, out, NULL), NF_ERR_SIZE);
    expect_status("7 bits for 8", nf_integer_decode(0, &eight, 1, 1, a, 0, 1, out, NULL), NF_ERR_ELEMENT);
    expect_status("no words", nf_integer_encode_wide(&eight, 0, 1, 0, a, 1, out, NULL), NF_ERR_ELEMENT);
    expect_status("op 3", nf_integer_calculate(0, &eight, 3, 1, 1, a, b, out, NULL, NULL, NULL), NF_ERR_OP);
    expect_status("no b", nf_integer_calculate(0, &eight, 0, 1, 1, a, NULL, out, NULL, NULL, NULL), NF_ERR_NULL);
    expect_status("a alone", nf_integer_calculate(0, &eight, 2, 1, 1, a, NULL, out, NULL, NULL, NULL), NF_OK);
    expect_status("carry over out", nf_integer_calculate(0, &eight, 2, 2, 1, a, NULL, out, out + 1, NULL, NULL),
                  NF_ERR_OVERLAP);
    expect_status("order 2", nf_integer_pack(8, 2, 1, 1, a, out, NULL), NF_ERR_BIT_ORDER);
    expect_status("65 bits", nf_integer_unpack(65, 0, 1, a, 8, out), NF_ERR_INTEGER);
    a[3] = 32;
    memset(out, 9, 4);
    expect_status("wide code", nf_integer_decode(0, &five, 4, 1, a, 1, 1, out, &result), NF_ERR_CODE);
    expect("its index", &five, result.index, 3);
    expect_status("wide b", nf_integer_compare(0, &five, 4, 1, b, a, order_room, &result), NF_ERR_CODE);
    expect("its index", &five, result.index, 3);
    expect_status("packed", nf_integer_pack(5, 0, 4, 1, a, out, &result), NF_ERR_CODE);
    expect("its index", &five, result.index, 3);
    expect("not written", &five, out[0], 9);
}

int main(int count, char **arguments) {
    const long rounds = count > 1 ? strtol(arguments[1], NULL, 10) : 1000;
    const uint32_t isas[] = {NF_ISA_PORTABLE, NF_ISA_AUTO};
    check_types();
    check_statuses();
    for (size_t k = 0; k < (nf_isa_runs(NF_ISA_AVX2) ? 2 : 1); k++) {
        check_all_small(isas[k]);
        for (long round = 0; round < rounds; round++) check_random(isas[k]);
    }
    printf("integers: %d failures\n", failures);
    return failures != 0;
}
