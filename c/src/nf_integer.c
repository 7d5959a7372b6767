/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays of integer codes: what a call may ask for, what holds for all its elements, and which kernels do it.
 */
#include "nf_integer.h"
#include "nf_internal.h"

/* An array of one call. */
typedef struct span {
    const void *at;
    size_t bytes;
} span;

static int is_element(uint32_t bytes) { return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8; }

/* Of elements of so many bytes: the largest value, and the magnitude of the lowest. */
static uint64_t largest(uint32_t is_signed, uint32_t bytes) { return UINT64_MAX >> (64 - 8 * bytes + is_signed); }
static uint64_t lowest_size(uint32_t is_signed, uint32_t bytes) { return is_signed ? largest(1, bytes) + 1 : 0; }

static nf_status check_type(const nf_integer *type) {
    if (!type) return NF_ERR_NULL;
    if (type->kind > NF_INTEGER_UNSIGNED || type->width < 1 || type->width > 64) return NF_ERR_INTEGER;
    const uint64_t mask = UINT64_MAX >> (64 - type->width);
    if (type->bias > (type->kind == NF_INTEGER_OFFSET_BINARY ? mask : 0)) return NF_ERR_INTEGER;
    if (type->narrow > (type->kind == NF_INTEGER_TWOS_COMPLEMENT)) return NF_ERR_INTEGER;
    for (size_t i = 0; i < sizeof type->reserved; i++) {
        if (type->reserved[i]) return NF_ERR_INTEGER;
    }
    return NF_OK;
}

nf_status nfi_integer_plan_init(nfi_integer_plan *p, const nf_integer *type, uint32_t code_bytes) {
    const nf_status status = check_type(type);
    if (status) return status;
    if (!is_element(code_bytes) || 8 * code_bytes < type->width) return NF_ERR_ELEMENT;
    *p = (nfi_integer_plan){.mask = UINT64_MAX >> (64 - type->width),
                            .top = (uint64_t)1 << (type->width - 1),
                            .bias = type->bias,
                            .kind = type->kind,
                            .width = type->width,
                            .code_bytes = code_bytes};
    p->high_size = p->low_size = p->top - 1;
    if (p->kind == NF_INTEGER_TWOS_COMPLEMENT) p->low_size = p->top - type->narrow;
    if (p->kind == NF_INTEGER_OFFSET_BINARY || p->kind == NF_INTEGER_UNSIGNED) {
        p->low_size = p->bias;
        p->high_size = p->mask - p->bias;
    }
    return NF_OK;
}

nf_status nfi_integer_set_overflow(nfi_integer_plan *p, const nf_integer *type, uint32_t overflow) {
    if (overflow > NF_INTEGER_WRAP || (overflow == NF_INTEGER_WRAP && type->narrow)) return NF_ERR_INTEGER_OVERFLOW;
    p->overflow = overflow;
    return NF_OK;
}

/* Elements that hold values. */
static nf_status set_values(nfi_integer_plan *p, int32_t is_signed, uint32_t bytes) {
    if ((is_signed != 0 && is_signed != 1) || !is_element(bytes)) return NF_ERR_ELEMENT;
    const uint64_t low = lowest_size((uint32_t)is_signed, bytes), high = largest((uint32_t)is_signed, bytes);
    p->is_signed = (uint32_t)is_signed;
    p->value_bytes = bytes;
    p->can_miss = p->low_size < low || p->high_size < high;
    p->low = 0 - (p->low_size < low ? p->low_size : low);
    p->high = p->high_size < high ? p->high_size : high;
    return NF_OK;
}

/* How lanes of `bits` bits come modulo 2^n - 1: a shift by s, a multiple of n, adds digits to base 2^s, which leaves that
 * residue as it is.  Of n + 1 bits two digits of n make at most 2^n, and that another 1. */
static void plan_folds(nfi_integer_plan *p) {
    const uint32_t n = p->width;
    uint32_t bits = 8 * (p->value_bytes > p->code_bytes ? p->value_bytes : p->code_bytes);
    if (p->kind != NF_INTEGER_ONES_COMPLEMENT || p->overflow != NF_INTEGER_WRAP) return;
    if (n == 1) { /* no value but 0 */
        p->overflow = NF_INTEGER_SATURATE;
        return;
    }
    while (bits > n + 1) {
        const uint32_t half = bits / 2 / n * n, shift = half ? half : n;
        p->folds[p->fold_count++] = (uint8_t)shift;
        bits = (shift > bits - shift ? shift : bits - shift) + 1;
    }
    for (uint32_t twice = 0; twice < 2 && bits > n; twice++) p->folds[p->fold_count++] = (uint8_t)n;
}

static nf_status check_arrays(size_t n, const span *in, size_t in_count, const span *out, size_t out_count) {
    if (n > (size_t)PTRDIFF_MAX / 16) return NF_ERR_SIZE;
    for (size_t i = 0; i < out_count; i++) {
        for (size_t k = 0; k < in_count; k++) {
            if (out[i].at && nfi_overlap(out[i].at, n * out[i].bytes, in[k].at, n * in[k].bytes)) return NF_ERR_OVERLAP;
        }
        for (size_t k = 0; k < i; k++) {
            if (out[i].at && out[k].at && nfi_overlap(out[i].at, n * out[i].bytes, out[k].at, n * out[k].bytes)) {
                return NF_ERR_OVERLAP;
            }
        }
    }
    return NF_OK;
}

static nfi_integer_kernels pick(uint32_t isa) {
#if defined(__x86_64__) && defined(__GNUC__)
    const int allowed = isa == NF_ISA_AUTO || isa == NF_ISA_AVX2 || isa == NF_ISA_AVX512;
    if (allowed && nf_isa_runs(NF_ISA_AVX2)) return nfi_integer_avx2();
#endif
    (void)isa;
    return nfi_integer_portable();
}

/* The first element that `find` objects to, which knows it to a block. */
static int objects(const nfi_integer_plan *p, size_t n, const void *array, uint32_t bytes,
                   size_t (*find)(const nfi_integer_plan *, size_t, const unsigned char *), nf_result *result) {
    const unsigned char *from = array;
    size_t at = find(p, n, from);
    if (at == n) return 0;
    while (find(p, 1, from + at * bytes) == 1) at++;
    if (result) result->index = at;
    return 1;
}

/* Has a code bits above the width? */
static int is_above(const nfi_integer_plan *p, const nfi_integer_kernels *with, size_t n, const void *codes,
                    nf_result *result) {
    return p->width < 8 * p->code_bytes && objects(p, n, codes, p->code_bytes, with->above, result);
}

size_t nfi_integer_first_above(const nfi_integer_plan *p, size_t n, const void *codes) {
    const nfi_integer_kernels with = pick(NF_ISA_AUTO);
    nf_result found = {.index = n};
    return is_above(p, &with, n, codes, &found) ? (size_t)found.index : n;
}

nf_status nf_integer_encode(uint32_t isa, const nf_integer *type, uint32_t overflow, size_t n, int32_t is_signed,
                            uint32_t value_bytes, const void *values, uint32_t code_bytes, void *codes,
                            nf_result *result) {
    nfi_integer_plan p;
    if (result) *result = (nf_result){0};
    if (isa > NF_ISA_NEON) return NF_ERR_ISA;
    nf_status status = nfi_integer_plan_init(&p, type, code_bytes);
    if (!status) status = nfi_integer_set_overflow(&p, type, overflow);
    if (!status) status = set_values(&p, is_signed, value_bytes);
    if (status || !n) return status;
    if (!values || !codes) return NF_ERR_NULL;
    const span in = {values, value_bytes}, out = {codes, code_bytes};
    status = check_arrays(n, &in, 1, &out, 1);
    if (status) return status;
    plan_folds(&p);
    const nfi_integer_kernels with = pick(isa);
    if (overflow == NF_INTEGER_ERROR && p.can_miss && objects(&p, n, values, value_bytes, with.outside, result)) {
        return NF_ERR_RANGE;
    }
    with.encode(&p, n, values, codes);
    return NF_OK;
}

nf_status nf_integer_decode(uint32_t isa, const nf_integer *type, size_t n, uint32_t code_bytes, const void *codes,
                            int32_t is_signed, uint32_t value_bytes, void *values, nf_result *result) {
    nfi_integer_plan p;
    if (result) *result = (nf_result){0};
    if (isa > NF_ISA_NEON) return NF_ERR_ISA;
    nf_status status = nfi_integer_plan_init(&p, type, code_bytes);
    if (!status) status = set_values(&p, is_signed, value_bytes);
    if (!status && (p.low_size > 0 - p.low || p.high_size > p.high)) status = NF_ERR_ELEMENT;
    if (status || !n) return status;
    if (!values || !codes) return NF_ERR_NULL;
    const span in = {codes, code_bytes}, out = {values, value_bytes};
    status = check_arrays(n, &in, 1, &out, 1);
    if (status) return status;
    const nfi_integer_kernels with = pick(isa);
    if (is_above(&p, &with, n, codes, result)) return NF_ERR_CODE;
    with.decode(&p, n, codes, values);
    return NF_OK;
}

nf_status nf_integer_calculate(uint32_t isa, const nf_integer *type, uint32_t op, size_t n, uint32_t code_bytes,
                               const void *a, const void *b, void *out, uint8_t *carry, uint8_t *overflow,
                               nf_result *result) {
    nfi_integer_plan p;
    if (result) *result = (nf_result){0};
    if (isa > NF_ISA_NEON) return NF_ERR_ISA;
    if (op > NF_INTEGER_NEGATE) return NF_ERR_OP;
    nf_status status = nfi_integer_plan_init(&p, type, code_bytes);
    if (status || !n) return status;
    const size_t arity = op == NF_INTEGER_NEGATE ? 1 : 2;
    if (!a || !out || (arity == 2 && !b)) return NF_ERR_NULL;
    const span inputs[] = {{a, code_bytes}, {b, code_bytes}},
               outputs[] = {{out, code_bytes}, {carry, 1}, {overflow, 1}};
    status = check_arrays(n, inputs, arity, outputs, 3);
    if (status) return status;
    const nfi_integer_kernels with = pick(isa);
    if (is_above(&p, &with, n, a, result) || (arity == 2 && is_above(&p, &with, n, b, result))) return NF_ERR_CODE;
    const unsigned char *const in[] = {a, b};
    unsigned char *const to[] = {out, carry, overflow};
    with.calculate(&p, op, n, in, to);
    return NF_OK;
}

nf_status nf_integer_compare(uint32_t isa, const nf_integer *type, size_t n, uint32_t code_bytes, const void *a,
                             const void *b, int8_t *out, nf_result *result) {
    nfi_integer_plan p;
    if (result) *result = (nf_result){0};
    if (isa > NF_ISA_NEON) return NF_ERR_ISA;
    nf_status status = nfi_integer_plan_init(&p, type, code_bytes);
    if (status || !n) return status;
    if (!a || !b || !out) return NF_ERR_NULL;
    const span inputs[] = {{a, code_bytes}, {b, code_bytes}}, output = {out, 1};
    status = check_arrays(n, inputs, 2, &output, 1);
    if (status) return status;
    const nfi_integer_kernels with = pick(isa);
    if (is_above(&p, &with, n, a, result) || is_above(&p, &with, n, b, result)) return NF_ERR_CODE;
    const unsigned char *const in[] = {a, b};
    with.compare(&p, n, in, out);
    return NF_OK;
}
