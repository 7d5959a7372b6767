/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sums and sums of products, exact, rounded once (IEEE 754-2019 9.4; Kulisch's accumulator).
 *
 * The accumulator is a fixed-point number with a bit for every power of two that a term can have, and 64 above, once for
 * the positive terms and once for the negative ones, so that carries stay short.  The caller provides the memory.
 *
 *     word 0 holds 2^low ... 2^(low + 63); the words outside first ... last are 0
 */
#include "nf_wide.h"

enum { WORD = 64, GUARD = 64 + 2 };

typedef struct accumulator {
    uint64_t *words[2]; /* by sign */
    size_t count, first, last;
    int32_t low; /* the exponent of bit 0 */
} accumulator;

/* The lowest bit of a format's values, and one above their highest. */
static int32_t lowest(const nfi_layout *f) { return f->emin - (int32_t)f->frac_bits; }

static size_t word_count(const nfi_layout *a, const nfi_layout *b) {
    const int32_t low = lowest(a) + (b ? lowest(b) : 0), high = a->emax + 1 + (b ? b->emax + 1 : 0);
    return (size_t)(high - low + GUARD) / WORD + 1;
}

size_t nf_dot_workspace(const nf_format *a, const nf_format *b) {
    nfi_layout from[2];
    if (nfi_layout_init(&from[0], a) || (b && nfi_layout_init(&from[1], b))) return 0;
    return 2 * sizeof(uint64_t) * word_count(&from[0], b ? &from[1] : NULL);
}

static void touch(accumulator *acc, size_t first, size_t last) {
    if (acc->first > acc->last) {
        acc->first = first;
        acc->last = last;
    }
    if (first < acc->first) acc->first = first;
    if (last > acc->last) acc->last = last;
}

/* Adds w[0 ... n-1] * 2^exp to the sum of one sign; bits below `low` are 0. */
static NFI_ALWAYS_INLINE void accumulate(accumulator *acc, uint32_t sign, const uint64_t *w, int n, int32_t exp) {
    uint64_t *words = acc->words[sign];
    const int32_t place = exp - acc->low; /* of bit 0 of w, perhaps below 0 */
    const int32_t start = place >= 0 ? place / WORD : -((WORD - 1 - place) / WORD);
    const uint32_t shift = (uint32_t)(place - start * WORD);
    uint64_t carry = 0;
    int32_t at = start;
    for (int i = 0; i <= n; i++, at++) {
        const uint64_t low = i < n ? w[i] << shift : 0, high = i > 0 ? w[i - 1] >> 1 >> (WORD - 1 - shift) : 0;
        if (at < 0 || (size_t)at >= acc->count) continue; /* 0 there */
        const uint64_t sum = words[at] + (low | high);
        const uint64_t out = sum < words[at];
        words[at] = sum + carry;
        carry = out | (words[at] < carry);
    }
    size_t end = (size_t)at;
    for (; carry && end < acc->count; end++) carry = ++words[end] == 0;
    touch(acc, start < 0 ? 0 : (size_t)start, end < acc->count ? end : acc->count - 1);
}

static void accumulate_value(accumulator *acc, const nfi_unpacked *x) {
    const uint64_t w[2] = {x->sig.lo, x->sig.hi};
    accumulate(acc, x->sign, w, 2, x->exp - 127);
}

static void accumulate_product(accumulator *acc, const nfi_unpacked *x, const nfi_unpacked *y) {
    if ((x->sig.lo | y->sig.lo) == 0) {
        const nfi_u128 product = nfi_mul64(x->sig.hi, y->sig.hi);
        const uint64_t w[2] = {product.lo, product.hi};
        accumulate(acc, x->sign ^ y->sign, w, 2, x->exp + y->exp - 126);
    } else {
        nfi_wide product;
        nfi_wide_product(&product, x, y);
        accumulate(acc, product.sign, product.w, 4, product.exp - 255);
    }
}

/* The larger minus the smaller sum into z, and both sums to zero. */
static void drain(accumulator *acc, nfi_unpacked *z) {
    nfi_wide sum = {.w = {0, 0, 0, 0}};
    uint64_t *plus = acc->words[0], *minus = acc->words[1];
    size_t top = acc->last + 1;
    while (top > acc->first && plus[top - 1] == minus[top - 1]) top--;
    if (top > acc->first && plus[top - 1] < minus[top - 1]) {
        sum.sign = 1;
        plus = acc->words[1];
        minus = acc->words[0];
    }
    uint64_t borrow = 0;
    for (size_t i = acc->first; i < top; i++) {
        const uint64_t rest = plus[i] - minus[i], less = plus[i] < minus[i];
        plus[i] = rest - borrow;
        borrow = less | (rest < borrow);
    }
    while (top > acc->first && plus[top - 1] == 0) top--;
    uint64_t below = 0;
    for (size_t i = acc->first; i < top; i++) {
        if (top - i <= 4) {
            sum.w[4 - (top - i)] = plus[i];
        } else {
            below |= plus[i];
        }
    }
    for (size_t i = acc->first; i <= acc->last; i++) plus[i] = minus[i] = 0;
    z->kind = NF_KIND_ZERO;
    if (top > acc->first) {
        sum.exp = acc->low + (int32_t)top * WORD - 1;
        nfi_wide_normalize(&sum);
        sum.w[0] |= below != 0;
        nfi_wide_to(z, &sum);
    }
    acc->first = 1;
    acc->last = 0;
}

/* What a sum has met besides finite terms. */
typedef struct specials {
    nfi_unpacked nan;
    uint32_t has_nan, infinities, zeros, others; /* infinities, zeros: a bit for each sign; others: nonzero terms */
} specials;

static void meet_nan(const nfi_goal *goal, specials *seen, const nfi_unpacked *x, uint32_t *flags) {
    const nfi_unpacked pair[2] = {seen->has_nan ? seen->nan : *x, *x};
    nfi_choose_nan(goal, pair, 2, &seen->nan, flags);
    seen->has_nan = 1;
}

/* A term with an operand that is no finite nonzero value. */
static NFI_NOINLINE void add_special(const nfi_goal *goal, const nfi_unpacked *x, const nfi_unpacked *y, specials *seen,
                                     uint32_t *flags) {
    const uint8_t sign = x->sign ^ (y ? y->sign : 0);
    const int zero = x->kind == NF_KIND_ZERO || (y && y->kind == NF_KIND_ZERO);
    const int inf = x->kind == NF_KIND_INF || (y && y->kind == NF_KIND_INF);
    if (x->kind >= NF_KIND_QUIET_NAN || (y && y->kind >= NF_KIND_QUIET_NAN)) {
        if (x->kind >= NF_KIND_QUIET_NAN) meet_nan(goal, seen, x, flags);
        if (y && y->kind >= NF_KIND_QUIET_NAN) meet_nan(goal, seen, y, flags);
    } else if (zero && inf) {
        nfi_unpacked made;
        nfi_make_nan(&made, flags);
        meet_nan(goal, seen, &made, flags);
    } else if (inf) {
        seen->infinities |= 1u << sign;
    } else {
        seen->zeros |= 1u << sign;
    }
}

static inline void add_term(const nfi_goal *goal, accumulator *acc, const nfi_unpacked *x, const nfi_unpacked *y,
                            specials *seen, uint32_t *flags) {
    if (x->kind != NF_KIND_FINITE || (y && y->kind != NF_KIND_FINITE)) {
        add_special(goal, x, y, seen, flags);
        return;
    }
    seen->others = 1;
    if (y) accumulate_product(acc, x, y);
    if (!y) accumulate_value(acc, x);
}

static void total(const nfi_goal *goal, accumulator *acc, const specials *seen, nfi_unpacked *z, uint32_t *flags) {
    const uint8_t zero_sign = seen->zeros == 2 && !seen->others  ? 1
                              : seen->zeros != 1 || seen->others ? goal->rounding == NF_ROUND_TOWARD_NEGATIVE
                                                                 : 0;
    *z = (nfi_unpacked){.sign = zero_sign};
    if (acc->first <= acc->last) drain(acc, z);
    if (seen->has_nan) {
        *z = seen->nan;
    } else if (seen->infinities == 3) {
        nfi_make_nan(z, flags);
    } else if (seen->infinities) {
        *z = (nfi_unpacked){.kind = NF_KIND_INF, .sign = seen->infinities == 2};
    } else if (z->kind == NF_KIND_ZERO && !seen->zeros && !seen->others) {
        z->sign = 0; /* of nothing */
    }
}

/* The arrays of a call: x is rows by inner, y inner by cols, or NULL for sums of x. */
typedef struct operands {
    nfi_layout from[2];
    const void *in[2];
    int daz[2];
    size_t rows, inner, cols;
} operands;

static void read_at(const operands *o, int which, size_t i, nfi_unpacked *x) {
    nfi_unpack(&o->from[which], nfi_load(o->in[which], i, o->from[which].bytes), x);
    if (o->daz[which] && x->subnormal) {
        x->kind = NF_KIND_ZERO;
        x->sign &= o->from[which].format.has_neg_zero;
    }
}

/* Row r of x times column c of y. */
static nfi_u128 one_result(const operands *o, const nfi_goal *goal, accumulator *acc, size_t r, size_t c,
                           uint32_t random, uint32_t *flags) {
    specials seen = {.has_nan = 0};
    nfi_unpacked x, y, z;
    for (size_t k = 0; k < o->inner; k++) {
        read_at(o, 0, r * o->inner + k, &x);
        if (o->in[1]) read_at(o, 1, k * o->cols + c, &y);
        add_term(goal, acc, &x, o->in[1] ? &y : NULL, &seen, flags);
    }
    total(goal, acc, &seen, &z, flags);
    return nfi_round_pack(goal, &z, random, flags);
}

typedef struct sink {
    nfi_goal goal;
    const uint32_t *random_bits;
    void *out;
    uint8_t *flags;
} sink;

static nf_status run(const operands *o, const sink *to, accumulator *acc, int store, nf_result *result) {
    nf_result at = {0};
    nf_status status = NF_OK;
    for (size_t i = 0; i < o->rows * o->cols && !status; i++) {
        uint32_t flags = 0;
        const uint32_t random = to->random_bits ? to->random_bits[i] : 0;
        at.index = i;
        if ((uint64_t)random >> to->goal.random_count) status = NF_ERR_RANDOM_BITS;
        if (status) break;
        const nfi_u128 code = one_result(o, &to->goal, acc, i / o->cols, i % o->cols, random, &flags);
        if (flags & NFI_FLAG_RAISE) status = NF_ERR_NAN;
        at.flags |= flags & 0xFF;
        if (!store) continue;
        nfi_store(to->out, i, to->goal.to.bytes, code);
        if (to->flags) to->flags[i] = (uint8_t)flags;
    }
    if (status) at.flags = 0;
    if (!status) at.index = 0;
    if (result) *result = at;
    return status;
}

/* Codes with bits above their width. */
static nf_status check_codes(const operands *o, int which, size_t n, nf_result *result) {
    const nfi_layout *f = &o->from[which];
    if (f->format.width == 8 * f->bytes) return NF_OK;
    for (size_t i = 0; i < n; i++) {
        if (u128_is_zero(u128_and(nfi_load(o->in[which], i, f->bytes), u128_not(f->code_mask)))) continue;
        if (result) *result = (nf_result){.index = i};
        return NF_ERR_CODE;
    }
    return NF_OK;
}

/* All sizes in bytes, and that no output overlaps anything. */
static nf_status check_sizes(const operands *o, const sink *to, const void *workspace, size_t workspace_bytes) {
    const size_t limit = (size_t)PTRDIFF_MAX / 32, inner = o->inner ? o->inner : 1;
    if (o->rows > limit / inner || o->cols > limit / inner || (o->rows && o->cols > limit / o->rows))
        return NF_ERR_SIZE;
    const size_t n = o->rows * o->cols, out_bytes = n * to->goal.to.bytes, flag_bytes = to->flags ? n : 0;
    const void *const parts[5] = {o->in[0], o->in[1], to->random_bits, to->out, to->flags};
    const size_t sizes[5] = {o->rows * o->inner * o->from[0].bytes,
                             o->in[1] ? o->inner * o->cols * o->from[1].bytes : 0,
                             to->random_bits ? n * sizeof *to->random_bits : 0, out_bytes, flag_bytes};
    if (n && (!to->out || (o->inner && !o->in[0]))) return NF_ERR_NULL;
    for (int i = 0; i < 5; i++) {
        for (int k = 3; k < 5; k++) {
            if (i < k && nfi_overlap(parts[i], sizes[i], parts[k], sizes[k])) return NF_ERR_OVERLAP;
        }
        if (nfi_overlap(parts[i], sizes[i], workspace, workspace_bytes)) return NF_ERR_OVERLAP;
    }
    return NF_OK;
}

nf_status nf_dot(const nf_format *formats, const nf_format *to, const nf_env *env, size_t rows, size_t inner,
                 size_t cols, const void *x, const void *y, const uint32_t *random_bits, void *out, uint8_t *flags,
                 void *workspace, size_t workspace_bytes, nf_result *result) {
    operands o = {.in = {x, y}, .rows = rows, .inner = inner, .cols = cols};
    sink s = {.out = out, .flags = flags};
    if (!formats || !workspace) return NF_ERR_NULL;
    if (env && env->compat) return NF_ERR_COMPAT_CAST;
    nf_status status = nfi_layout_init(&o.from[0], &formats[0]);
    if (!status && y) status = nfi_layout_init(&o.from[1], &formats[1]);
    if (!status) status = nfi_goal_init(&s.goal, to, env);
    if (status) return status;
    if (nfi_is_stochastic(s.goal.rounding)) {
        s.random_bits = random_bits;
        if (rows && cols && !random_bits) return NF_ERR_RANDOM_NULL;
    }
    accumulator acc = {.first = 1, .low = lowest(&o.from[0]) + (y ? lowest(&o.from[1]) : 0)};
    acc.count = word_count(&o.from[0], y ? &o.from[1] : NULL);
    if (workspace_bytes < 2 * acc.count * sizeof(uint64_t) || (uintptr_t)workspace % sizeof(uint64_t)) {
        return NF_ERR_WORKSPACE;
    }
    status = check_sizes(&o, &s, workspace, workspace_bytes);
    if (!status) status = check_codes(&o, 0, rows * inner, result);
    if (!status && y) status = check_codes(&o, 1, inner * cols, result);
    if (status) return status;
    for (int k = 0; k < 2; k++) {
        acc.words[k] = (uint64_t *)workspace + (size_t)k * acc.count;
        for (size_t i = 0; i < acc.count; i++) acc.words[k][i] = 0;
        o.daz[k] = nfi_daz(env, 1u << k, o.from[k].format.width);
    }
    const int may_raise = s.goal.substitute == NF_SUBSTITUTE_RAISE && !s.goal.to.has_nan;
    if (may_raise || s.random_bits) status = run(&o, &s, &acc, 0, result);
    return status ? status : run(&o, &s, &acc, 1, result);
}
