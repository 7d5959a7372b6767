/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Integer codes of values that no machine integer holds, one by one.
 */
#include "nf_integer.h"
#include "nf_internal.h"

/* A value of any size: sign, the low 64 bits of the magnitude, whether there are higher ones, and the magnitude modulo
 * 2^width - 1. */
typedef struct number {
    uint64_t size, residue;
    uint32_t is_negative, is_huge;
} number;

static uint64_t word_at(const unsigned char *from, size_t k) {
    uint64_t word;
    memcpy(&word, from + k * sizeof word, sizeof word);
    return word;
}

/* 2^64 r + word modulo m, bit by bit; r < m */
static uint64_t append(uint64_t r, uint64_t word, uint64_t m) {
    for (uint32_t i = 64; i-- > 0;) {
        const uint64_t high = r >> 63, twice = r << 1 | (word >> i & 1);
        r = high || twice >= m ? twice - m : twice;
    }
    return r;
}

/* `words` words of two's complement; mask = 2^width - 1 */
static number read_number(const unsigned char *from, size_t words, uint64_t mask) {
    number x = {.is_negative = (uint32_t)(word_at(from, words - 1) >> 63)};
    size_t lowest = 0; /* the first word that is not 0: below it -x has zeros too, above it the complement */
    while (lowest + 1 < words && word_at(from, lowest) == 0) lowest++;
    for (size_t k = words; k-- > 0;) {
        uint64_t word = word_at(from, k);
        if (x.is_negative && k >= lowest) word = k == lowest ? 0 - word : ~word;
        if (k && word) x.is_huge = 1;
        if (!k) x.size = word;
        x.residue = append(x.residue, word, mask);
    }
    return x;
}

static int is_outside(const nfi_integer_plan *p, const number *x) {
    return x->is_huge || x->size > (x->is_negative ? p->low_size : p->high_size);
}

static uint64_t code_of(const nfi_integer_plan *p, const number *x) {
    switch (p->kind) {
    case NF_INTEGER_SIGN_MAGNITUDE: return (x->size & (p->mask ^ p->top)) | (x->is_negative ? p->top : 0);
    case NF_INTEGER_ONES_COMPLEMENT: return x->is_negative && x->residue ? p->mask - x->residue : x->residue;
    default: return ((x->is_negative ? 0 - x->size : x->size) + p->bias) & p->mask;
    }
}

void nfi_store_code(unsigned char *codes, size_t i, uint32_t bytes, uint64_t code) {
    const uint8_t code8 = (uint8_t)code;
    const uint16_t code16 = (uint16_t)code;
    const uint32_t code32 = (uint32_t)code;
    const void *const from[] = {&code8, &code16, &code32, &code};
    memcpy(codes + i * bytes, from[bytes == 8 ? 3 : bytes / 2], bytes);
}

uint64_t nfi_load_code(const unsigned char *codes, size_t i, uint32_t bytes) {
    uint8_t code8;
    uint16_t code16;
    uint32_t code32;
    uint64_t code;
    switch (bytes) {
    case 1: return memcpy(&code8, codes + i, sizeof code8), code8;
    case 2: return memcpy(&code16, codes + i * sizeof code16, sizeof code16), code16;
    case 4: return memcpy(&code32, codes + i * sizeof code32, sizeof code32), code32;
    default: return memcpy(&code, codes + i * sizeof code, sizeof code), code;
    }
}

nf_status nf_integer_encode_wide(const nf_integer *type, uint32_t overflow, size_t n, size_t words, const void *values,
                                 uint32_t code_bytes, void *codes, nf_result *result) {
    nfi_integer_plan p;
    if (result) *result = (nf_result){0};
    nf_status status = nfi_integer_plan_init(&p, type, code_bytes);
    if (!status) status = nfi_integer_set_overflow(&p, type, overflow);
    if (!status && !words) status = NF_ERR_ELEMENT;
    if (status || !n) return status;
    if (!values || !codes) return NF_ERR_NULL;
    if (words > (size_t)PTRDIFF_MAX / sizeof(uint64_t) / n) return NF_ERR_SIZE;
    const size_t bytes = words * sizeof(uint64_t);
    if (nfi_overlap(values, n * bytes, codes, n * code_bytes)) return NF_ERR_OVERLAP;
    const unsigned char *from = values;
    for (size_t i = 0; i < n && overflow == NF_INTEGER_ERROR; i++) {
        const number x = read_number(from + i * bytes, words, p.mask);
        if (!is_outside(&p, &x)) continue;
        if (result) result->index = i;
        return NF_ERR_RANGE;
    }
    for (size_t i = 0; i < n; i++) {
        number x = read_number(from + i * bytes, words, p.mask);
        if (overflow == NF_INTEGER_SATURATE && is_outside(&p, &x)) {
            x.size = x.residue = x.is_negative ? p.low_size : p.high_size;
            x.is_negative &= x.size != 0;
        }
        nfi_store_code(codes, i, code_bytes, code_of(&p, &x));
    }
    return NF_OK;
}

/* Sign and magnitude of a code. */
static number value_of(const nfi_integer_plan *p, uint64_t code) {
    const uint32_t top = (code & p->top) != 0;
    switch (p->kind) {
    case NF_INTEGER_SIGN_MAGNITUDE: return (number){.size = code & (p->mask ^ p->top), .is_negative = top};
    case NF_INTEGER_ONES_COMPLEMENT: return (number){.size = top ? p->mask - code : code, .is_negative = top};
    case NF_INTEGER_TWOS_COMPLEMENT: return (number){.size = top ? p->mask - code + 1 : code, .is_negative = top};
    default: return (number){.size = code < p->bias ? p->bias - code : code - p->bias, .is_negative = code < p->bias};
    }
}

nf_status nf_integer_decode_wide(const nf_integer *type, size_t n, uint32_t code_bytes, const void *codes, void *values,
                                 nf_result *result) {
    nfi_integer_plan p;
    if (result) *result = (nf_result){0};
    const nf_status status = nfi_integer_plan_init(&p, type, code_bytes);
    if (status || !n) return status;
    if (!values || !codes) return NF_ERR_NULL;
    if (n > (size_t)PTRDIFF_MAX / 16) return NF_ERR_SIZE;
    if (nfi_overlap(values, 16 * n, codes, n * code_bytes)) return NF_ERR_OVERLAP;
    const size_t above = nfi_integer_first_above(&p, n, codes);
    if (above < n) {
        if (result) result->index = above;
        return NF_ERR_CODE;
    }
    unsigned char *to = values;
    for (size_t i = 0; i < n; i++) {
        const number x = value_of(&p, nfi_load_code(codes, i, code_bytes));
        const uint64_t high = x.is_negative && x.size ? UINT64_MAX : 0;
        const uint64_t pair[] = {x.is_negative ? 0 - x.size : x.size, high};
        memcpy(to + i * sizeof pair, pair, sizeof pair);
    }
    return NF_OK;
}
