/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Integer codes in blocks of lanes of BITS bits: part of nf_integer_body.h, once for each width.
 */
#define T LANE_TYPE(BITS)
#define S LANE_SIGNED(BITS)
#define LANE(name) LANE_NAME(name, BITS)
#define EACH for (size_t i = 0; i < NFI_BLOCK; i++)
#define IN_MEMORY LANE(in_memory)
#define OPERANDS const IN_MEMORY *restrict a, const IN_MEMORY *restrict b
#define RESULTS IN_MEMORY *restrict out, uint8_t *restrict carry, uint8_t *restrict overflow

typedef T IN_MEMORY UNALIGNED;

/* `count` elements, the rest zeros. */
FN void LANE(load)(T *restrict b, uint32_t bytes, uint32_t is_signed, const unsigned char *from, size_t count) {
    elements raw;
    if (bytes == sizeof(T)) {
        if (count < NFI_BLOCK) memset(b, 0, NFI_BLOCK * sizeof(T));
        memcpy(b, from, count * sizeof(T));
        return;
    }
    if (count < NFI_BLOCK) memset(&raw, 0, sizeof raw);
    memcpy(&raw, from, count * bytes);
    (void)is_signed;
#if BITS > 32
    if (bytes == 4 && is_signed) EACH b[i] = (T)raw.i32[i];
    if (bytes == 4 && !is_signed) EACH b[i] = raw.u32[i];
#endif
#if BITS > 16
    if (bytes == 2 && is_signed) EACH b[i] = (T)raw.i16[i];
    if (bytes == 2 && !is_signed) EACH b[i] = raw.u16[i];
#endif
#if BITS > 8
    if (bytes == 1 && is_signed) EACH b[i] = (T)raw.i8[i];
    if (bytes == 1 && !is_signed) EACH b[i] = raw.u8[i];
#endif
}

FN void LANE(store)(const T *restrict b, uint32_t bytes, unsigned char *to, size_t count) {
    elements raw;
    if (bytes == sizeof(T)) {
        memcpy(to, b, count * sizeof(T));
        return;
    }
#if BITS > 32
    if (bytes == 4) EACH raw.u32[i] = (uint32_t)b[i];
#endif
#if BITS > 16
    if (bytes == 2) EACH raw.u16[i] = (uint16_t)b[i];
#endif
#if BITS > 8
    if (bytes == 1) EACH raw.u8[i] = (uint8_t)b[i];
#endif
    memcpy(to, &raw, count * bytes);
}

/* A block of lanes where it can be read: in memory, if it is whole and of that size, else widened into `room`. */
FN const IN_MEMORY *LANE(view)(T *room, uint32_t bytes, uint32_t is_signed, const unsigned char *from, size_t count) {
    if (bytes == sizeof(T) && count == NFI_BLOCK && IN_PLACE(from, T)) return (const IN_MEMORY *)(const void *)from;
    LANE(load)(room, bytes, is_signed, from, count);
    return room;
}

/* Where a block can be written: in memory or in `room`, from where `store` brings it there. */
FN IN_MEMORY *LANE(target)(T *room, uint32_t bytes, unsigned char *to, size_t count) {
    return bytes == sizeof(T) && count == NFI_BLOCK && IN_PLACE(to, T) ? (IN_MEMORY *)(void *)to : room;
}

FN size_t LANE(outside)(const nfi_integer_plan *p, size_t n, const unsigned char *values) {
    const T low = (T)p->low, span = (T)(p->high - p->low);
    T room[NFI_BLOCK];
    for (size_t at = 0; at < n; at += NFI_BLOCK) {
        const IN_MEMORY *x = LANE(view)(room, sizeof(T), 0, values + at * sizeof(T), rest(n, at));
        T bad = 0;
        EACH bad |= (T)(x[i] - low) > span ? 1 : 0;
        if (bad) return at;
    }
    return n;
}

FN size_t LANE(above)(const nfi_integer_plan *p, size_t n, const unsigned char *codes) {
    T room[NFI_BLOCK];
    for (size_t at = 0; at < n; at += NFI_BLOCK) {
        const IN_MEMORY *x = LANE(view)(room, sizeof(T), 0, codes + at * sizeof(T), rest(n, at));
        T all = 0;
        EACH all |= x[i];
        if (all & (T)~p->mask) return at;
    }
    return n;
}

FN void LANE(clamp)(const nfi_integer_plan *p, const IN_MEMORY *restrict x, T *restrict out) {
    const S low = (S)p->low, high = (S)p->high;
    const T top = (T)p->high;
    if (p->is_signed) {
        EACH {
            const S up = (S)x[i] < low ? low : (S)x[i];
            out[i] = (T)(up > high ? high : up);
        }
    } else {
        EACH out[i] = x[i] > top ? top : x[i];
    }
}

/* Modulo 2^width - 1, as the code of ones' complement. */
FN void LANE(fold)(const nfi_integer_plan *p, const IN_MEMORY *restrict x, IN_MEMORY *restrict out, T negative) {
    const T mask = (T)p->mask;
    T sign[NFI_BLOCK], b[NFI_BLOCK];
    EACH {
        sign[i] = x[i] & negative ? (T)-1 : 0;
        b[i] = (T)((x[i] ^ sign[i]) - sign[i]);
    }
    for (uint32_t k = 0; k < p->fold_count; k++) {
        const uint32_t shift = p->folds[k];
        const T digit = (T)(((uint64_t)1 << shift) - 1);
        EACH b[i] = (T)((b[i] & digit) + (T)(b[i] >> shift));
    }
    EACH {
        const T residue = b[i] == mask ? 0 : b[i];
        out[i] = residue ? (T)(residue ^ (sign[i] & mask)) : 0;
    }
}

FN void LANE(to_codes)(const nfi_integer_plan *p, const IN_MEMORY *restrict x, IN_MEMORY *restrict out) {
    const T mask = (T)p->mask, top = (T)p->top, size = mask ^ top, bias = (T)p->bias;
    const T negative = p->is_signed ? (T)((T)1 << (BITS - 1)) : 0;
    switch (p->kind) {
    case NF_INTEGER_SIGN_MAGNITUDE:
        EACH {
            const T sign = x[i] & negative ? (T)-1 : 0;
            out[i] = (T)((((x[i] ^ sign) - sign) & size) | (sign & top));
        }
        break;
    case NF_INTEGER_ONES_COMPLEMENT:
        if (p->overflow == NF_INTEGER_WRAP) {
            LANE(fold)(p, x, out, negative);
        } else {
            EACH out[i] = (T)((x[i] + (x[i] & negative ? (T)-1 : 0)) & mask);
        }
        break;
    default: EACH out[i] = (T)((x[i] + bias) & mask);
    }
}

FN void LANE(to_values)(const nfi_integer_plan *p, const IN_MEMORY *restrict x, IN_MEMORY *restrict out) {
    const T mask = (T)p->mask, top = (T)p->top, size = mask ^ top, bias = (T)p->bias;
    switch (p->kind) {
    case NF_INTEGER_SIGN_MAGNITUDE:
        EACH {
            const T sign = x[i] & top ? (T)-1 : 0;
            out[i] = (T)(((x[i] & size) ^ sign) - sign);
        }
        break;
    case NF_INTEGER_ONES_COMPLEMENT: EACH out[i] = (T)(x[i] - (x[i] & top ? mask : 0)); break;
    case NF_INTEGER_TWOS_COMPLEMENT: EACH out[i] = (T)((x[i] ^ top) - top); break;
    default: EACH out[i] = (T)(x[i] - bias);
    }
}

FN void LANE(encode)(const nfi_integer_plan *p, size_t n, const unsigned char *values, unsigned char *codes) {
    const int clamps = p->overflow == NF_INTEGER_SATURATE && p->can_miss;
    T x_room[NFI_BLOCK], clamped[NFI_BLOCK], out_room[NFI_BLOCK];
    for (size_t at = 0; at < n; at += NFI_BLOCK) {
        const unsigned char *from = values + at * p->value_bytes;
        unsigned char *to = codes + at * p->code_bytes;
        const IN_MEMORY *x = LANE(view)(x_room, p->value_bytes, p->is_signed, from, rest(n, at));
        IN_MEMORY *out = LANE(target)(out_room, p->code_bytes, to, rest(n, at));
        if (clamps) LANE(clamp)(p, x, clamped);
        LANE(to_codes)(p, clamps ? clamped : x, out);
        if (out == out_room) LANE(store)(out_room, p->code_bytes, to, rest(n, at));
    }
}

FN void LANE(decode)(const nfi_integer_plan *p, size_t n, const unsigned char *codes, unsigned char *values) {
    T x_room[NFI_BLOCK], out_room[NFI_BLOCK];
    for (size_t at = 0; at < n; at += NFI_BLOCK) {
        const unsigned char *from = codes + at * p->code_bytes;
        unsigned char *to = values + at * p->value_bytes;
        const IN_MEMORY *x = LANE(view)(x_room, p->code_bytes, 0, from, rest(n, at));
        IN_MEMORY *out = LANE(target)(out_room, p->value_bytes, to, rest(n, at));
        LANE(to_values)(p, x, out);
        if (out == out_room) LANE(store)(out_room, p->value_bytes, to, rest(n, at));
    }
}

/* -x is x with the other sign */
FN void LANE(other_sign)(const nfi_integer_plan *p, const IN_MEMORY *restrict a, IN_MEMORY *restrict out) {
    const T top = (T)p->top;
    EACH out[i] = a[i] ^ top;
}

FN void LANE(add_magnitudes)(const nfi_integer_plan *p, OPERANDS, RESULTS, T flip) {
    const T mask = (T)p->mask, top = (T)p->top, size = mask ^ top;
    EACH {
        const T x = a[i], y = b[i] ^ flip, x_size = x & size, y_size = y & size;
        const T sum = (T)(x_size + y_size), difference = (T)(x_size - y_size);
        const T unequal = difference ? (T)-1 : 0, is_less = x_size < y_size ? (T)-1 : 0;
        const T differ = (x ^ y) & top ? (T)-1 : 0; /* their signs */
        const T apart = (T)((difference ^ is_less) - is_less) | ((x ^ is_less) & top & unequal);
        const T together = (sum & size) | (x & top);
        out[i] = (T)((apart & differ) | (together & ~differ));
        carry[i] = sum & top & ~differ ? 1 : 0;
        overflow[i] = sum & top & ~differ ? 1 : 0;
    }
}

FN void LANE(end_around)(const nfi_integer_plan *p, OPERANDS, RESULTS, T flip) {
    const T mask = (T)p->mask, top = (T)p->top;
    EACH {
        const T x = a[i], y = b[i] ^ flip, sum = (T)(x + y) & mask, around = sum < x ? 1 : 0;
        const T z = (T)(sum + around) & mask;
        out[i] = z;
        carry[i] = (uint8_t)around;
        overflow[i] = (x ^ z) & (y ^ z) & top ? 1 : 0;
    }
}

FN void LANE(add)(const nfi_integer_plan *p, OPERANDS, RESULTS) {
    const T mask = (T)p->mask, top = (T)p->top, bias = (T)p->bias;
    if (p->kind == NF_INTEGER_TWOS_COMPLEMENT) {
        EACH {
            const T sum = (T)(a[i] + b[i]) & mask;
            out[i] = sum;
            carry[i] = sum < a[i] ? 1 : 0;
            overflow[i] = (a[i] ^ sum) & (b[i] ^ sum) & top ? 1 : 0;
        }
        return;
    }
    EACH { /* in range: a carry, and then a borrow; or none of them */
        const T sum = (T)(a[i] + b[i]) & mask, carries = sum < a[i] ? 1 : 0, borrows = sum < bias ? 1 : 0;
        out[i] = (T)(sum - bias) & mask;
        carry[i] = (uint8_t)carries;
        overflow[i] = (uint8_t)(carries ^ borrows);
    }
}

FN void LANE(subtract)(const nfi_integer_plan *p, OPERANDS, RESULTS) {
    const T mask = (T)p->mask, top = (T)p->top, bias = (T)p->bias;
    if (p->kind == NF_INTEGER_TWOS_COMPLEMENT) {
        EACH {
            const T difference = (T)(a[i] - b[i]) & mask;
            out[i] = difference;
            carry[i] = a[i] < b[i] ? 0 : 1;
            overflow[i] = (a[i] ^ b[i]) & (a[i] ^ difference) & top ? 1 : 0;
        }
        return;
    }
    EACH { /* in range: a borrow, and then a carry; or none of them */
        const T difference = (T)(a[i] - b[i]) & mask, borrows = a[i] < b[i] ? 1 : 0;
        const T sum = (T)(difference + bias) & mask, carries = sum < difference ? 1 : 0;
        out[i] = sum;
        carry[i] = (uint8_t)(borrows ^ 1);
        overflow[i] = (uint8_t)(borrows ^ carries);
    }
}

/* One block; of a negation a is the code of 0. */
FN void LANE(combine)(const nfi_integer_plan *p, uint32_t op, OPERANDS, RESULTS) {
    const T mask = (T)p->mask, top = (T)p->top;
    if (p->kind == NF_INTEGER_SIGN_MAGNITUDE) {
        if (op == NF_INTEGER_NEGATE) {
            LANE(other_sign)(p, b, out);
            memset(carry, 0, NFI_BLOCK);
            memset(overflow, 0, NFI_BLOCK);
        } else {
            LANE(add_magnitudes)(p, a, b, out, carry, overflow, op == NF_INTEGER_ADD ? 0 : top);
        }
    } else if (p->kind == NF_INTEGER_ONES_COMPLEMENT) {
        LANE(end_around)(p, a, b, out, carry, overflow, op == NF_INTEGER_ADD ? 0 : mask);
    } else if (op == NF_INTEGER_ADD) {
        LANE(add)(p, a, b, out, carry, overflow);
    } else {
        LANE(subtract)(p, a, b, out, carry, overflow);
    }
}

FN void LANE(calculate)(const nfi_integer_plan *p, uint32_t op, size_t n, const unsigned char *const *in,
                        unsigned char *const *out) {
    T a_room[NFI_BLOCK], b_room[NFI_BLOCK], out_room[NFI_BLOCK];
    uint8_t carry_room[NFI_BLOCK], overflow_room[NFI_BLOCK];
    const int is_unary = op == NF_INTEGER_NEGATE;
    if (is_unary) EACH a_room[i] = (T)p->bias;
    for (size_t at = 0; at < n; at += NFI_BLOCK) {
        const size_t count = rest(n, at), offset = at * sizeof(T);
        const int is_whole = count == NFI_BLOCK;
        const IN_MEMORY *a = is_unary ? a_room : LANE(view)(a_room, sizeof(T), 0, in[0] + offset, count);
        const IN_MEMORY *b = LANE(view)(b_room, sizeof(T), 0, in[is_unary ? 0 : 1] + offset, count);
        IN_MEMORY *to = LANE(target)(out_room, sizeof(T), out[0] + offset, count);
        uint8_t *carry = is_whole && out[1] ? out[1] + at : carry_room;
        uint8_t *overflow = is_whole && out[2] ? out[2] + at : overflow_room;
        LANE(combine)(p, op, a, b, to, carry, overflow);
        if (to == out_room) LANE(store)(out_room, sizeof(T), out[0] + offset, count);
        if (out[1] && !is_whole) memcpy(out[1] + at, carry_room, count);
        if (out[2] && !is_whole) memcpy(out[2] + at, overflow_room, count);
    }
}

/* -1, 0 or 1 for keys that are ordered like the values. */
FN void LANE(order)(const nfi_integer_plan *p, OPERANDS, int8_t *restrict out) {
    const T mask = (T)p->mask, top = (T)p->top, size = mask ^ top;
    const T is_ones = p->kind == NF_INTEGER_ONES_COMPLEMENT ? 1 : 0;
    if (p->kind == NF_INTEGER_SIGN_MAGNITUDE) { /* top + value */
        EACH {
            const T x_sign = a[i] & top ? (T)-1 : 0, y_sign = b[i] & top ? (T)-1 : 0;
            const T x = (T)(((a[i] & size) ^ x_sign) - x_sign + top), y = (T)(((b[i] & size) ^ y_sign) - y_sign + top);
            out[i] = (int8_t)((x > y ? 1 : 0) - (x < y ? 1 : 0));
        }
    } else if (p->kind == NF_INTEGER_ONES_COMPLEMENT || p->kind == NF_INTEGER_TWOS_COMPLEMENT) {
        EACH { /* the top bit inverted; -0 of ones' complement is 1 below +0 then */
            const T x = (T)((a[i] ^ top) + (a[i] & top ? is_ones : 0)),
                    y = (T)((b[i] ^ top) + (b[i] & top ? is_ones : 0));
            out[i] = (int8_t)((x > y ? 1 : 0) - (x < y ? 1 : 0));
        }
    } else {
        EACH out[i] = (int8_t)((a[i] > b[i] ? 1 : 0) - (a[i] < b[i] ? 1 : 0));
    }
}

FN void LANE(compare)(const nfi_integer_plan *p, size_t n, const unsigned char *const *in, int8_t *out) {
    T a_room[NFI_BLOCK], b_room[NFI_BLOCK];
    int8_t room[NFI_BLOCK];
    for (size_t at = 0; at < n; at += NFI_BLOCK) {
        const size_t count = rest(n, at);
        const IN_MEMORY *a = LANE(view)(a_room, sizeof(T), 0, in[0] + at * sizeof(T), count);
        const IN_MEMORY *b = LANE(view)(b_room, sizeof(T), 0, in[1] + at * sizeof(T), count);
        LANE(order)(p, a, b, count == NFI_BLOCK ? out + at : room);
        if (count < NFI_BLOCK) memcpy(out + at, room, count);
    }
}

#undef T
#undef S
#undef LANE
#undef EACH
#undef IN_MEMORY
#undef OPERANDS
#undef RESULTS
#undef BITS
