/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernels of nf_integer.h for one instruction set: KERNELS is their name, FN what a function is declared with.
 */
#include "nf_integer.h"

/* A block in memory. */
typedef union elements {
    uint8_t u8[NFI_BLOCK];
    int8_t i8[NFI_BLOCK];
    uint16_t u16[NFI_BLOCK];
    int16_t i16[NFI_BLOCK];
    uint32_t u32[NFI_BLOCK];
    int32_t i32[NFI_BLOCK];
} elements;

/* Lanes in the caller's arrays. */
#if defined(__GNUC__)
#define UNALIGNED __attribute__((aligned(1), may_alias))
#define IN_PLACE(pointer, type) 1
#else
#define UNALIGNED
#define IN_PLACE(pointer, type) ((uintptr_t)(pointer) % sizeof(type) == 0)
#endif

#define LANE_TYPE(bits) LANE_TYPE_(bits)
#define LANE_TYPE_(bits) uint##bits##_t
#define LANE_SIGNED(bits) LANE_SIGNED_(bits)
#define LANE_SIGNED_(bits) int##bits##_t
#define LANE_NAME(name, bits) LANE_NAME_(name, bits)
#define LANE_NAME_(name, bits) name##_##bits

/* Elements of the block that starts at `at`. */
FN size_t rest(size_t n, size_t at) { return n - at < NFI_BLOCK ? n - at : NFI_BLOCK; }

#define BITS 8
#include "nf_integer_lane.h"
#define BITS 16
#include "nf_integer_lane.h"
#define BITS 32
#include "nf_integer_lane.h"
#define BITS 64
#include "nf_integer_lane.h"

/* The function for lanes of so many bytes. */
#define BY_BYTES(bytes, name)                                                                                          \
    ((bytes) == 1 ? name##_8 : (bytes) == 2 ? name##_16 : (bytes) == 4 ? name##_32 : name##_64)

FN uint32_t larger(const nfi_integer_plan *p) {
    return p->value_bytes > p->code_bytes ? p->value_bytes : p->code_bytes;
}

FN size_t outside(const nfi_integer_plan *p, size_t n, const unsigned char *values) {
    return BY_BYTES(p->value_bytes, outside)(p, n, values);
}

FN size_t above(const nfi_integer_plan *p, size_t n, const unsigned char *codes) {
    return BY_BYTES(p->code_bytes, above)(p, n, codes);
}

FN void encode(const nfi_integer_plan *p, size_t n, const unsigned char *values, unsigned char *codes) {
    BY_BYTES(larger(p), encode)(p, n, values, codes);
}

FN void decode(const nfi_integer_plan *p, size_t n, const unsigned char *codes, unsigned char *values) {
    BY_BYTES(larger(p), decode)(p, n, codes, values);
}

FN void calculate(const nfi_integer_plan *p, uint32_t op, size_t n, const unsigned char *const *in,
                  unsigned char *const *out) {
    BY_BYTES(p->code_bytes, calculate)(p, op, n, in, out);
}

FN void compare(const nfi_integer_plan *p, size_t n, const unsigned char *const *in, int8_t *out) {
    BY_BYTES(p->code_bytes, compare)(p, n, in, out);
}

nfi_integer_kernels KERNELS(void) {
    return (nfi_integer_kernels){
        .outside = outside,
        .above = above,
        .encode = encode,
        .decode = decode,
        .calculate = calculate,
        .compare = compare,
    };
}
