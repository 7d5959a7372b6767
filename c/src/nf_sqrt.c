/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Square roots (IEEE 754-2019 5.4.1) and their reciprocals (9.2 rSqrt).
 *
 * x = m * 2^e with e even and 1 <= m < 4; sqrt(x) = sqrt(m) * 2^(e/2), and floor(sqrt(m * 4^k)) = floor(sqrt(floor(m *
 * 4^k))) is its first k + 1 bits.
 */
#include "nf_cores.h"

/* floor(sqrt(256 i)), i = 64 ... 255. */
/* clang-format off */
static const uint8_t roots[] = {
    128, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143, 144, 144, 145, 146, 147, 148, 149,
    150, 150, 151, 152, 153, 154, 155, 155, 156, 157, 158, 159, 160, 160, 161, 162, 163, 163, 164, 165, 166, 167, 167, 168,
    169, 170, 170, 171, 172, 173, 173, 174, 175, 176, 176, 177, 178, 178, 179, 180, 181, 181, 182, 183, 183, 184, 185, 185,
    186, 187, 187, 188, 189, 189, 190, 191, 192, 192, 193, 193, 194, 195, 195, 196, 197, 197, 198, 199, 199, 200, 201, 201,
    202, 203, 203, 204, 204, 205, 206, 206, 207, 208, 208, 209, 209, 210, 211, 211, 212, 212, 213, 214, 214, 215, 215, 216,
    217, 217, 218, 218, 219, 219, 220, 221, 221, 222, 222, 223, 224, 224, 225, 225, 226, 226, 227, 227, 228, 229, 229, 230,
    230, 231, 231, 232, 232, 233, 234, 234, 235, 235, 236, 236, 237, 237, 238, 238, 239, 240, 240, 241, 241, 242, 242, 243,
    243, 244, 244, 245, 245, 246, 246, 247, 247, 248, 248, 249, 249, 250, 250, 251, 251, 252, 252, 253, 253, 254, 254, 255,
};
/* clang-format on */
_Static_assert(sizeof roots == 256 - 64, "one root for each upper byte with one of its two upper bits set");

/* floor(sqrt(n)) for 2^14 <= n < 2^16: the root of the upper byte, or one more, since the lower byte adds less than 1. */
static uint64_t root8(uint64_t n) {
    const uint64_t root = roots[(n >> 8) - 64];
    return root + ((root + 1) * (root + 1) <= n);
}

/* floor(sqrt(n)) for n >= 2^62, and the rest.  Each step doubles the bits that are right: the quotient of the rest by
 * twice the root is the next half, or one more than that (Zimmermann, Karatsuba Square Root, INRIA RR-3805). */
static uint64_t root32(uint64_t n, uint64_t *rest) {
    uint64_t root = root8(n >> 48), left = (n >> 48) - root * root;
    for (uint32_t bits = 8; bits < 32; bits *= 2) {
        const uint64_t mask = (1ull << bits) - 1;
        const uint64_t numerator = left << bits | (n >> (64 - 3 * bits) & mask);
        const uint64_t q = numerator / (2 * root), r = numerator - q * 2 * root;
        left = (r << bits | (n >> (64 - 4 * bits) & mask)) - q * q;
        root = (root << bits) + q;
        if (left >> 63) { /* below zero */
            root--;
            left += 2 * root + 1;
        }
    }
    *rest = left;
    return root;
}

/* The same of n >= 2^126; the rest is only told from zero. */
static uint64_t root64(nfi_u128 n, int *inexact) {
    uint64_t left;
    const uint64_t root = root32(n.hi, &left);
    const uint64_t numerator = left << 31 | n.lo >> 33; /* left <= 2 root < 2^33; halved, as is the divisor */
    const uint64_t q = numerator / root, r = (numerator - q * root) << 1 | (n.lo >> 32 & 1);
    const nfi_u128 rest = u128(r >> 32, r << 32 | (uint32_t)n.lo), square = nfi_mul64(q, q);
    *inexact = !u128_equal(rest, square);
    return (root << 32) + q - (uint64_t)u128_less(rest, square);
}

/* The radicand of a root, two bits at a time: those of sig, or those of the quotient 2^126 / sig. */
typedef struct radicand {
    nfi_u128 sig, rest;
    int inverse;
} radicand;

static uint32_t next_bit(radicand *r) {
    const uint32_t top = (uint32_t)(r->rest.hi >> 63);
    r->rest = u128_shl(r->rest, 1);
    if (!r->inverse) return top;
    const uint32_t bit = top || !u128_less(r->rest, r->sig);
    if (bit) r->rest = u128_sub(r->rest, r->sig);
    return bit;
}

/* The first 126 bits of a root and a sticky one: the first two bits of the radicand are not both 0. */
static nfi_u128 root126(radicand *r) {
    nfi_u128 root = u128(0, 0), left = root;
    for (int i = 0; i < 126; i++) {
        const uint32_t high = next_bit(r), low = next_bit(r);
        left = u128_or(u128_shl(left, 2), u128(0, 2 * high + low)); /* left <= 2 root < 2^126 before */
        const nfi_u128 trial = u128_or(u128_shl(root, 2), u128(0, 1));
        root = u128_shl(root, 1);
        if (!u128_less(left, trial)) {
            left = u128_sub(left, trial);
            root.lo |= 1;
        }
    }
    const int inexact = !u128_is_zero(left) || !u128_is_zero(r->rest);
    return u128_or(u128_shl(root, 2), u128(0, (uint64_t)inexact));
}

/* sqrt(x) of what is no positive finite number. */
static NFI_NOINLINE void root_special(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    *z = *x;
    if (x->kind >= NF_KIND_QUIET_NAN) {
        nfi_choose_nan(goal, x, 1, z, flags);
    } else if (x->kind != NF_KIND_ZERO && x->sign) {
        nfi_make_nan(z, flags);
    }
}

void nfi_sqrt(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    if (x->kind != NF_KIND_FINITE || x->sign) {
        root_special(goal, x, z, flags);
        return;
    }
    const uint32_t odd = (uint32_t)x->exp & 1;
    *z = (nfi_unpacked){.kind = NF_KIND_FINITE, .exp = (x->exp - (int32_t)odd) / 2};
    if (!goal->narrow || x->sig.lo) {
        radicand r = {.rest = u128_shr(x->sig, 1 - odd)};
        const uint32_t lost = !odd && (x->sig.lo & 1);
        z->sig = root126(&r);
        z->sig.lo |= lost;
        return;
    }
    const nfi_u128 n = u128(x->sig.hi >> (1 - odd), odd ? 0 : x->sig.hi << 63);
    uint64_t left;
    int inexact;
    if (goal->to.format.precision + goal->random_count <= 31) {
        z->sig.hi = root32(n.hi, &left) << 32;
        z->sig.lo = (left | n.lo) != 0;
    } else {
        z->sig.hi = root64(n, &inexact);
        z->sig.lo = (uint64_t)inexact;
    }
}

void nfi_rsqrt(const nfi_goal *goal, const nfi_unpacked *x, nfi_unpacked *z, uint32_t *flags) {
    if (x->kind != NF_KIND_FINITE || x->sign) {
        root_special(goal, x, z, flags);
        if (z->kind == NF_KIND_ZERO) {
            z->kind = NF_KIND_INF;
            *flags |= NF_FLAG_DIVIDE_BY_ZERO;
        } else if (z->kind == NF_KIND_INF) {
            z->kind = NF_KIND_ZERO;
        }
        return;
    }
    const uint32_t odd = (uint32_t)x->exp & 1;
    const int is_power = u128_equal(x->sig, u128(1ull << 63, 0));
    *z = (nfi_unpacked){.kind = NF_KIND_FINITE, .sig = x->sig, .exp = -(x->exp - (int32_t)odd) / 2};
    if (is_power && !odd) return; /* the only exact ones */
    z->exp--;
    if (!goal->narrow || x->sig.lo) {
        /* 1 / m, or 1 / 2m: the quotient's first two bits are 10 to 11, or 01 */
        radicand r = {.sig = x->sig, .rest = u128_shr(u128(1ull << 63, 0), odd), .inverse = 1};
        z->sig = root126(&r);
        z->sig.lo |= 1;
        return;
    }
    uint64_t rest;
    int inexact;
    const uint64_t high = nfi_div128(1ull << (63 - odd), 0, x->sig.hi, &rest);
    const uint64_t low = nfi_div128(rest, 0, x->sig.hi, &rest);
    z->sig = u128(root64(u128(high, low), &inexact), 1);
}
