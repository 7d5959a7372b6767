/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Codes without gaps: a dense stream of bits in bytes.
 *
 * Codes a, b, c of 3 bits, their bits named from the lowest, in the first byte, bit 7 on the left:
 *
 *     low first    c1 c0 b2 b1 b0 a2 a1 a0
 *     high first   a2 a1 a0 b2 b1 b0 c2 c1
 */
#include "nf_integer.h"
#include "nf_internal.h"

/* Where the next bits of a stream are. */
typedef struct cursor {
    size_t byte;
    uint32_t used; /* bits of that byte */
} cursor;

/* How many of `left` bits of a code are in the current byte, how far up in it, and how far up in the code. */
typedef struct piece {
    uint32_t count, in_byte, in_code;
} piece;

static piece next_piece(const cursor *at, uint32_t order, uint32_t width, uint32_t left) {
    const uint32_t room = 8 - at->used, count = left < room ? left : room;
    if (order == NF_HIGH_FIRST) return (piece){count, room - count, left - count};
    return (piece){count, at->used, width - left};
}

static void advance(cursor *at, uint32_t count) {
    at->used += count;
    at->byte += at->used >> 3;
    at->used &= 7;
}

static void put(uint8_t *bytes, cursor *at, uint32_t order, uint32_t width, uint64_t code) {
    for (uint32_t left = width; left;) {
        const piece part = next_piece(at, order, width, left);
        const uint64_t bits = code >> part.in_code & ((1u << part.count) - 1);
        const uint8_t before = at->used ? bytes[at->byte] : 0;
        bytes[at->byte] = (uint8_t)(before | bits << part.in_byte);
        advance(at, part.count);
        left -= part.count;
    }
}

static uint64_t get(const uint8_t *bytes, cursor *at, uint32_t order, uint32_t width) {
    uint64_t code = 0;
    for (uint32_t left = width; left;) {
        const piece part = next_piece(at, order, width, left);
        const uint64_t bits = (uint64_t)(bytes[at->byte] >> part.in_byte & ((1u << part.count) - 1));
        code |= bits << part.in_code;
        advance(at, part.count);
        left -= part.count;
    }
    return code;
}

/* Whole bytes of codes of 1, 2 or 4 bits in bytes of their own: how many codes that were. */
static NFI_ALWAYS_INLINE size_t pack_small(uint32_t width, uint32_t order, size_t n, const uint8_t *codes,
                                           uint8_t *bytes) {
    const size_t each = 8 / width;
    for (size_t i = 0; i < n / each; i++) {
        uint32_t byte = 0;
        for (uint32_t k = 0; k < each; k++) {
            const uint32_t low = width * k;
            byte |= (uint32_t)codes[i * each + k] << (order == NF_HIGH_FIRST ? 8 - width - low : low);
        }
        bytes[i] = (uint8_t)byte;
    }
    return n / each * each;
}

static NFI_ALWAYS_INLINE size_t unpack_small(uint32_t width, uint32_t order, size_t n, const uint8_t *bytes,
                                             uint8_t *codes) {
    const size_t each = 8 / width;
    for (size_t i = 0; i < n / each; i++) {
        for (uint32_t k = 0; k < each; k++) {
            const uint32_t low = width * k;
            const uint32_t shift = order == NF_HIGH_FIRST ? 8 - width - low : low;
            codes[i * each + k] = (uint8_t)(bytes[i] >> shift & ((1u << width) - 1));
        }
    }
    return n / each * each;
}

/* `with` once per width and order, which are constants there */
#define SMALL(with, width, order, ...)                                                                                 \
    ((order) == NF_HIGH_FIRST ? ((width) == 1   ? with(1, NF_HIGH_FIRST, __VA_ARGS__)                                  \
                                 : (width) == 2 ? with(2, NF_HIGH_FIRST, __VA_ARGS__)                                  \
                                                : with(4, NF_HIGH_FIRST, __VA_ARGS__))                                 \
                              : ((width) == 1   ? with(1, NF_LOW_FIRST, __VA_ARGS__)                                   \
                                 : (width) == 2 ? with(2, NF_LOW_FIRST, __VA_ARGS__)                                   \
                                                : with(4, NF_LOW_FIRST, __VA_ARGS__)))

static int is_small(uint32_t width, uint32_t code_bytes) {
    return code_bytes == 1 && (width == 1 || width == 2 || width == 4);
}

size_t nf_integer_packed_bytes(uint32_t width, size_t n) {
    if (width < 1 || width > 64 || n > (size_t)PTRDIFF_MAX / 8) return 0;
    return n / 8 * width + (n % 8 * width + 7) / 8;
}

static nf_status check(nfi_integer_plan *p, uint32_t width, uint32_t order, size_t n, uint32_t code_bytes) {
    if (width < 1 || width > 64) return NF_ERR_INTEGER;
    const nf_integer type = {.kind = NF_INTEGER_UNSIGNED, .width = (uint8_t)width};
    if (order > NF_HIGH_FIRST) return NF_ERR_BIT_ORDER;
    return n > (size_t)PTRDIFF_MAX / 8 ? NF_ERR_SIZE : nfi_integer_plan_init(p, &type, code_bytes);
}

nf_status nf_integer_pack(uint32_t width, uint32_t order, size_t n, uint32_t code_bytes, const void *codes,
                          uint8_t *bytes, nf_result *result) {
    nfi_integer_plan p;
    if (result) *result = (nf_result){0};
    const nf_status status = check(&p, width, order, n, code_bytes);
    if (status || !n) return status;
    if (!codes || !bytes) return NF_ERR_NULL;
    if (nfi_overlap(codes, n * code_bytes, bytes, nf_integer_packed_bytes(width, n))) return NF_ERR_OVERLAP;
    const size_t above = nfi_integer_first_above(&p, n, codes);
    if (above < n) {
        if (result) result->index = above;
        return NF_ERR_CODE;
    }
    const size_t done = is_small(width, code_bytes) ? SMALL(pack_small, width, order, n, codes, bytes) : 0;
    cursor at = {.byte = nf_integer_packed_bytes(width, done)};
    for (size_t i = done; i < n; i++) put(bytes, &at, order, width, nfi_load_code(codes, i, code_bytes));
    return NF_OK;
}

nf_status nf_integer_unpack(uint32_t width, uint32_t order, size_t n, const uint8_t *bytes, uint32_t code_bytes,
                            void *codes) {
    nfi_integer_plan p;
    const nf_status status = check(&p, width, order, n, code_bytes);
    if (status || !n) return status;
    if (!codes || !bytes) return NF_ERR_NULL;
    if (nfi_overlap(codes, n * code_bytes, bytes, nf_integer_packed_bytes(width, n))) return NF_ERR_OVERLAP;
    const size_t done = is_small(width, code_bytes) ? SMALL(unpack_small, width, order, n, bytes, codes) : 0;
    cursor at = {.byte = nf_integer_packed_bytes(width, done)};
    for (size_t i = done; i < n; i++) nfi_store_code(codes, i, code_bytes, get(bytes, &at, order, width));
    return NF_OK;
}
