/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Affine quantization of one element after the other, by the cores of the operations and the one rounding.
 */
#include "nf_affine.h"

/* What an integer beyond every code and zero point is replaced by. */
#define FAR ((int64_t)1 << 40)

/* A scale and its zero point. */
typedef struct granule {
    nfi_unpacked scale, recip, zero;
    int64_t zero_point;
} granule;

static nfi_unpacked from_integer(int64_t a) {
    nfi_unpacked x = {.sign = a < 0};
    nfi_normalize(&x, u128(0, a < 0 ? 0 - (uint64_t)a : (uint64_t)a), 0);
    return x;
}

/* One operation, rounded unless the arithmetic is exact. */
static nfi_unpacked operate(const nfi_affine_job *job, nfi_core *core, const nfi_unpacked *x) {
    nfi_unpacked z = {0};
    uint32_t flags = 0;
    core(&job->step, x, &z, &flags);
    if (!job->is_exact) nfi_unpack(&job->step.to, nfi_round_pack(&job->step, &z, 0, &flags), &z);
    return z;
}

static nfi_unpacked operate2(const nfi_affine_job *job, nfi_core *core, const nfi_unpacked *a, const nfi_unpacked *b) {
    const nfi_unpacked x[2] = {*a, *b};
    return operate(job, core, x);
}

static void open_granule(const nfi_affine_job *job, size_t scale, granule *g) {
    nfi_unpack(&job->scale, nfi_load(job->scales, scale, job->scale.bytes), &g->scale);
    g->zero_point = nfi_affine_zero(job, scale);
    g->zero = from_integer(g->zero_point);
    if (job->how->divide == NF_AFFINE_RECIP) g->recip = operate(job, nfi_recip, &g->scale);
}

/* t + z exactly, as far as a rounding to an integer sees it: in 2^-64, the lowest bit sticky, which it stays when an
 * integer is added and when the sign changes.  t itself, if it is beyond every z. */
static nfi_unpacked moved(const nfi_unpacked *t, int64_t z) {
    if (t->kind == NF_KIND_ZERO) return from_integer(z);
    if (t->kind != NF_KIND_FINITE || t->exp >= 60) return *t;
    const nfi_u128 zero = u128(0, 0), size = nfi_shr_jam128(t->sig, (uint32_t)(63 - t->exp));
    const nfi_u128 sum = u128_add(u128((uint64_t)z, 0), t->sign ? u128_sub(zero, size) : size);
    nfi_unpacked x = {.sign = (uint8_t)(sum.hi >> 63)};
    nfi_normalize(&x, x.sign ? u128_sub(zero, sum) : sum, -64);
    return x;
}

/* What is rounded to an integer. */
static nfi_unpacked scaled(const nfi_affine_job *job, const granule *g, const nfi_unpacked *x) {
    const uint32_t order = job->how->order;
    if (x->kind >= NF_KIND_INF) return *x;
    if (order == NF_AFFINE_FUSED) {
        const nfi_unpacked terms[3] = {*x, g->recip, g->zero};
        return operate(job, nfi_fma, terms);
    }
    const int multiplies = job->how->divide == NF_AFFINE_RECIP;
    const nfi_unpacked t = operate2(job, multiplies ? nfi_mul : nfi_div, x, multiplies ? &g->recip : &g->scale);
    if (order != NF_AFFINE_BEFORE) return t;
    return job->is_exact ? moved(&t, g->zero_point) : operate2(job, nfi_add, &t, &g->zero);
}

static int64_t to_integer(const nfi_affine_job *job, const nfi_unpacked *t, uint32_t random) {
    int64_t k = FAR;
    int inexact;
    if (t->kind == NF_KIND_ZERO) return 0;
    if (t->kind == NF_KIND_FINITE && t->exp < 40) k = (int64_t)nfi_round_integer(&job->integer, t, random, &inexact).lo;
    return t->sign ? -k : k;
}

static int differ(const nfi_unpacked *a, const nfi_unpacked *b) {
    if (a->kind != b->kind || a->kind >= NF_KIND_QUIET_NAN) return 1;
    if (a->kind == NF_KIND_ZERO) return 0;
    return a->sign != b->sign || (a->kind == NF_KIND_FINITE && (a->exp != b->exp || !u128_equal(a->sig, b->sig)));
}

static int64_t encode_one(const nfi_affine_job *job, const granule *g, size_t i, nf_affine_counts *counts) {
    const nf_affine *how = job->how;
    nfi_unpacked x;
    nfi_unpack(&job->x, nfi_load(job->values, i, job->x.bytes), &x);
    const nfi_unpacked t = scaled(job, g, &x);
    if (t.kind >= NF_KIND_QUIET_NAN) {
        if (counts->nan++ == 0) counts->first_nan = i;
        counts->inexact++;
        return how->nan_to_zero_point ? g->zero_point : how->nan_code;
    }
    int64_t q = to_integer(job, &t, job->random_bits ? job->random_bits[i] : 0);
    if (how->order == NF_AFFINE_AFTER) q += g->zero_point;
    counts->below += q < how->low;
    counts->above += q > how->high;
    q = q < how->low ? how->low : q > how->high ? how->high : q;
    const nfi_unpacked difference = from_integer(q - g->zero_point);
    const nfi_unpacked value = operate2(job, nfi_mul, &difference, &g->scale);
    counts->inexact += (uint64_t)differ(&value, &x);
    return q;
}

void nfi_affine_encode(const nfi_affine_job *job, size_t first, size_t count, nf_affine_counts *counts) {
    granule g;
    for (size_t at = first; at < first + count;) {
        const nfi_affine_span span = nfi_affine_next(job->shape, at, first + count);
        const size_t run = job->shape->run;
        for (size_t k = 0, left = 0; k < span.count; k++, left--) {
            if (left == 0) {
                open_granule(job, span.scale + (span.offset + k) / run, &g);
                left = run - (span.offset + k) % run;
            }
            nfi_store(job->codes, at + k, job->how->code_bytes, u128(0, (uint64_t)encode_one(job, &g, at + k, counts)));
        }
        at += span.count;
    }
}

void nfi_affine_decode(const nfi_affine_job *job, size_t first, size_t count, uint32_t *flags) {
    granule g;
    for (size_t at = first; at < first + count;) {
        const nfi_affine_span span = nfi_affine_next(job->shape, at, first + count);
        for (size_t k = 0; k < span.count; k++) {
            const size_t in_run = span.offset + k;
            if (k == 0 || in_run % job->shape->run == 0) open_granule(job, span.scale + in_run / job->shape->run, &g);
            const int64_t q = nfi_affine_load(job->const_codes, at + k, job->how);
            const nfi_unpacked factors[2] = {from_integer(q - g.zero_point), g.scale};
            nfi_unpacked z;
            nfi_mul(&job->step, factors, &z, flags);
            nfi_store(job->out, at + k, job->step.to.bytes, nfi_round_pack(&job->step, &z, 0, flags));
        }
        at += span.count;
    }
}
