/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Array loops: read an exact value, round it, store code and flags.  A call that can fail half way goes
 * over the array once before it stores anything, so nothing is ever half-written.
 */
#include "nf_fast.h"

enum { INT_BYTES = 8, MAX_EXP = 1 << 24 };

typedef struct source {
    const void *in;
    nfi_layout from; /* of codes */
    int daz;
    int is_signed; /* of integers */
} source;

typedef nf_status reader(const source *from, size_t i, nfi_unpacked *x);

typedef struct sink {
    nfi_goal goal;
    nfi_compat compat;
    size_t n;
    const uint32_t *random_bits; /* NULL unless the rounding is stochastic */
    void *out;
    uint8_t *flags;
    nf_result *result;
} sink;

static nf_status read_code(const source *s, size_t i, nfi_unpacked *x) {
    const nfi_u128 code = nfi_load(s->in, i, s->from.bytes);
    if (!u128_is_zero(u128_and(code, u128_not(s->from.code_mask)))) return NF_ERR_CODE;
    nfi_unpack(&s->from, code, x);
    if (s->daz && x->subnormal) {
        x->kind = NF_KIND_ZERO;
        x->sign &= s->from.format.has_neg_zero;
    }
    return NF_OK;
}

static nf_status read_int(const source *s, size_t i, nfi_unpacked *x) {
    const uint64_t code = nfi_load(s->in, i, INT_BYTES).lo;
    *x = (nfi_unpacked){.sign = (uint8_t)(s->is_signed && code >> 63)};
    nfi_normalize(x, u128(0, x->sign ? 0 - code : code), 0);
    return NF_OK;
}

static nf_status read_parts(const source *s, size_t i, nfi_unpacked *x) {
    const nf_parts *p = (const nf_parts *)s->in + i;
    const nfi_u128 sig = u128(p->sig_hi, p->sig_lo);
    if (p->kind > NF_KIND_SIGNALING_NAN || p->sign > 1 || p->sticky > 1 || p->has_payload > 1) return NF_ERR_PARTS;
    *x = (nfi_unpacked){.kind = p->kind, .sign = p->sign, .sig = sig, .has_payload = p->has_payload};
    if (p->kind != NF_KIND_FINITE) return NF_OK;
    if (p->sticky && sig.hi < 1ull << 62) return NF_ERR_PARTS;
    /* any exponent beyond 2^24 is as far outside every format as 2^24 */
    nfi_normalize(x, sig, p->exp > MAX_EXP ? MAX_EXP : p->exp < -MAX_EXP ? -MAX_EXP : p->exp);
    x->sig.lo |= p->sticky;
    return NF_OK;
}

/* The code of one element x. */
static NFI_ALWAYS_INLINE nfi_u128 deliver(const source *from, const sink *to, size_t i, nfi_unpacked *x,
                                          uint32_t random, uint32_t *flags) {
    if (to->compat.active) {
        if (to->compat.copies) return nfi_load(from->in, i, from->from.bytes);
        nfi_compat_operand(&to->compat, x, flags);
    }
    return nfi_round_pack(&to->goal, x, random, flags);
}

/* How far a pass goes with each element. */
enum { CHECK, ROUND, STORE };

/* One pass over the array; inlined into each caller below, so that `read` is no indirect call. */
static NFI_ALWAYS_INLINE nf_status pass(const source *from, const sink *to, reader *read, int depth) {
    nf_result result = {0};
    nf_status status = NF_OK;
    for (size_t i = 0; i < to->n && !status; i++) {
        nfi_unpacked x;
        uint32_t flags = 0;
        const uint32_t random = to->random_bits ? to->random_bits[i] : 0;
        result.index = i;
        status = read(from, i, &x);
        if (!status && (uint64_t)random >> to->goal.random_count) status = NF_ERR_RANDOM_BITS;
        if (status || depth == CHECK) continue;
        const nfi_u128 code = deliver(from, to, i, &x, random, &flags);
        if (flags & NFI_FLAG_RAISE) status = NF_ERR_NAN;
        result.flags |= flags & 0xFF;
        if (depth == ROUND) continue;
        nfi_store(to->out, i, to->goal.to.bytes, code);
        if (to->flags) to->flags[i] = (uint8_t)flags;
    }
    if (!status) result.index = 0;
    if (status) result.flags = 0;
    if (to->result) *to->result = result;
    return status;
}

static NFI_ALWAYS_INLINE nf_status run(const source *from, const sink *to, reader *read, int may_fail) {
    const int may_raise = to->goal.substitute == NF_SUBSTITUTE_RAISE && !to->goal.to.has_nan;
    nf_status status = NF_OK;
    if (may_fail || may_raise || to->random_bits) status = pass(from, to, read, may_raise ? ROUND : CHECK);
    return status ? status : pass(from, to, read, STORE);
}

int nfi_overlap(const void *a, size_t a_bytes, const void *b, size_t b_bytes) {
    const uintptr_t p = (uintptr_t)a, q = (uintptr_t)b;
    return a_bytes && b_bytes && (p < q ? q - p < a_bytes : p - q < b_bytes);
}

/* No output may overlap anything else; random_bits and flags may be absent. */
static nf_status check_arrays(const void *in, size_t in_size, const sink *to, size_t out_size) {
    const size_t n = to->n;
    const size_t random_size = to->random_bits ? sizeof *to->random_bits : 0, flag_size = to->flags ? 1 : 0;
    const size_t largest = (in_size > out_size ? in_size : out_size) + sizeof *to->random_bits;
    if (n && (!in || !to->out)) return NF_ERR_NULL;
    if (n > (size_t)PTRDIFF_MAX / largest) return NF_ERR_SIZE;
    if (nfi_overlap(in, n * in_size, to->out, n * out_size) || nfi_overlap(in, n * in_size, to->flags, n * flag_size) ||
        nfi_overlap(to->random_bits, n * random_size, to->out, n * out_size) ||
        nfi_overlap(to->random_bits, n * random_size, to->flags, n * flag_size) ||
        nfi_overlap(to->out, n * out_size, to->flags, n * flag_size)) {
        return NF_ERR_OVERLAP;
    }
    return NF_OK;
}

/* Completes a sink and checks it with its source of elements of in_size bytes. */
static nf_status open_sink(sink *to, const nf_format *dst, const nf_env *env, const void *in, size_t in_size,
                           const uint32_t *random_bits) {
    const nf_status status = nfi_goal_init(&to->goal, dst, env);
    if (status) return status;
    if (nfi_is_stochastic(to->goal.rounding)) {
        to->random_bits = random_bits;
        if (to->n && !random_bits) return NF_ERR_RANDOM_NULL;
    }
    return check_arrays(in, in_size, to, to->goal.to.bytes);
}

/* By a table of all codes, made by the loop above. */
static int run_table(const source *from, const sink *to, uint32_t isa) {
    uint8_t codes[NFI_TABLE_SIZE], flags[NFI_TABLE_SIZE];
    unsigned char table[16 * NFI_TABLE_SIZE] = {0};
    const uint32_t width = from->from.format.width;
    if (to->random_bits || to->n < NFI_TABLE_MIN || !nfi_table_fits(to->n, from->in, width)) return 0;
    source all = *from;
    sink made = *to;
    all.in = codes;
    made.out = table;
    made.flags = flags;
    made.n = (size_t)1 << width;
    made.result = NULL;
    for (uint32_t i = 0; i < made.n; i++) codes[i] = (uint8_t)i;
    if (run(&all, &made, read_code, 0) != NF_OK) return 0; /* a NaN that may not be: the loop says which */
    nfi_table_map(isa, to->n, from->in, table, to->goal.to.bytes, to->out);
    if (to->flags) nfi_table_map(isa, to->n, from->in, flags, 1, to->flags);
    if (to->result) *to->result = (nf_result){.flags = nfi_table_any(to->n, from->in, flags)};
    return 1;
}

/* Does element i lie where the plan does not reach: below its lowest safe exponent field? */
static int is_unsafe(const source *from, const nfi_fast_plan *plan, size_t i) {
    const nfi_u128 mag = u128_and(nfi_load(from->in, i, from->from.bytes), from->from.mag_mask);
    return u128_shr(mag, from->from.frac_bits).lo < plan->safe;
}

/* Elements that a kernel could not know, one by one; the OR of all flags. */
static uint32_t repair(const source *from, const sink *to, const nfi_fast_plan *plan) {
    uint32_t any = 0;
    for (size_t i = 0; i < to->n; i++) {
        if (is_unsafe(from, plan, i)) {
            nfi_unpacked x;
            uint32_t flags = 0;
            (void)read_code(from, i, &x);
            const nfi_u128 code = nfi_round_pack(&to->goal, &x, to->random_bits ? to->random_bits[i] : 0, &flags);
            nfi_store(to->out, i, to->goal.to.bytes, code);
            if (to->flags) to->flags[i] = (uint8_t)flags;
        }
        if (to->flags) any |= to->flags[i];
    }
    return any;
}

/* By a kernel, if there is one for this rounding. */
static int run_kernel(const source *from, const sink *to, uint32_t isa) {
    nfi_fast_plan plan;
    uint32_t any = 0;
    if (isa == NF_ISA_GENERIC || to->n < NFI_PLAN_MIN || to->compat.active) return 0;
    if (!nfi_fast_plan_init(&plan, &from->from, from->daz, &to->goal)) return 0;
    const nfi_fast_kernels kernels = nfi_fast_pick(isa);
    if (to->random_bits && kernels.or_words(to->n, to->random_bits) >> plan.random_count) {
        return 0; /* the loop says which */
    }
    if (plan.safe && to->result && !to->flags) return 0; /* the OR of flags needs those of each element */
    plan.streams = nfi_streams(to->out, to->n, plan.out_bytes, from->from.bytes);
    kernels.fast(&plan, to->n, from->in, to->random_bits, to->out, to->flags, to->flags || to->result ? &any : NULL);
    if (plan.safe) any = repair(from, to, &plan);
    if (to->result) *to->result = (nf_result){.flags = any};
    return 1;
}

/* The same into binary32 and binary64. */
static int run_widening(const source *from, const sink *to, uint32_t isa) {
    nfi_widen_plan plan;
    uint32_t any = 0;
    if (isa == NF_ISA_GENERIC || to->n < NFI_PLAN_MIN || from->daz || to->compat.active || to->random_bits) return 0;
    if (!nfi_widen_plan_init(&plan, &from->from, &to->goal)) return 0;
    const nfi_u128 mask = from->from.code_mask;
    for (size_t i = 0; mask.lo != 0xFFFF && i < to->n; i++) {
        if (nfi_load(from->in, i, 2).lo > mask.lo) return 0; /* the loop says which */
    }
    nfi_widen_pick(isa)(&plan, to->n, from->in, to->out, to->flags, to->flags || to->result ? &any : NULL);
    if (to->result) *to->result = (nf_result){.flags = any};
    return 1;
}

/* Reads the arguments of a conversion. */
static nf_status open_source(source *from, const nf_format *src, const nf_env *env) {
    const nf_status status = nfi_layout_init(&from->from, src);
    if (!status) from->daz = nfi_daz(env, NF_DAZ_A, src->width);
    return status;
}

int32_t nf_isa_converts(uint32_t isa, const nf_format *src, const nf_format *dst, const nf_env *env) {
    source from = {0};
    nfi_goal goal;
    nfi_fast_plan plan;
    nfi_widen_plan widening;
    if (isa == NF_ISA_GENERIC || !nf_isa_runs(isa == NF_ISA_AUTO ? NF_ISA_PORTABLE : isa)) return 0;
    if (open_source(&from, src, env) || nfi_goal_init(&goal, dst, env)) return 0;
    const int is_stochastic = nfi_is_stochastic(goal.rounding);
    if (src->width <= NFI_TABLE_BITS) return !is_stochastic;
    if (env && env->compat) return 0;
    if (nfi_fast_plan_init(&plan, &from.from, from.daz, &goal)) return 1;
    return !is_stochastic && !from.daz && nfi_widen_plan_init(&widening, &from.from, &goal);
}

nf_status nf_convert_by(uint32_t isa, const nf_format *src, const nf_format *dst, const nf_env *env, size_t n,
                        const void *in, const uint32_t *random_bits, void *out, uint8_t *flags, nf_result *result) {
    source from = {.in = in};
    sink to = {.n = n, .out = out, .flags = flags, .result = result};
    if (isa > NF_ISA_NEON) return NF_ERR_ISA;
    nf_status status = open_source(&from, src, env);
    if (!status) status = open_sink(&to, dst, env, in, from.from.bytes, random_bits);
    if (status) return status;
    if (env && env->compat) status = nfi_compat_init(&to.compat, &to.goal, env->compat, &from.from.format);
    if (status) return status;
    if (isa != NF_ISA_GENERIC && src->width <= NFI_TABLE_BITS && run_table(&from, &to, isa)) return NF_OK;
    if (run_kernel(&from, &to, isa) || run_widening(&from, &to, isa)) return NF_OK;
    return run(&from, &to, read_code, src->width != 8 * from.from.bytes);
}

nf_status nf_convert(const nf_format *src, const nf_format *dst, const nf_env *env, size_t n, const void *in,
                     const uint32_t *random_bits, void *out, uint8_t *flags, nf_result *result) {
    return nf_convert_by(NF_ISA_AUTO, src, dst, env, n, in, random_bits, out, flags, result);
}

nf_status nf_from_int(int32_t is_signed, const nf_format *dst, const nf_env *env, size_t n, const void *in,
                      const uint32_t *random_bits, void *out, uint8_t *flags, nf_result *result) {
    const source from = {.in = in, .is_signed = is_signed != 0};
    sink to = {.n = n, .out = out, .flags = flags, .result = result};
    nf_status status = open_sink(&to, dst, env, in, INT_BYTES, random_bits);
    if (!status && env && env->compat) status = nfi_compat_init(&to.compat, &to.goal, env->compat, NULL);
    return status ? status : run(&from, &to, read_int, 0);
}

nf_status nf_round_parts(const nf_format *dst, const nf_env *env, size_t n, const nf_parts *in,
                         const uint32_t *random_bits, void *out, uint8_t *flags, nf_result *result) {
    const source from = {.in = in};
    sink to = {.n = n, .out = out, .flags = flags, .result = result};
    nf_status status = open_sink(&to, dst, env, in, sizeof *in, random_bits);
    if (!status && env && env->compat) status = NF_ERR_COMPAT_CAST; /* peers cast codes and integers */
    return status ? status : run(&from, &to, read_parts, 1);
}

nf_status nf_unpack(const nf_format *format, size_t n, const void *in, nf_parts *out, nf_result *result) {
    source from = {.in = in};
    const sink to = {.n = n, .out = out};
    if (result) *result = (nf_result){0};
    nf_status status = nfi_layout_init(&from.from, format);
    if (!status) status = check_arrays(in, from.from.bytes, &to, sizeof *out);
    for (int store = 0; store < 2; store++) {
        for (size_t i = 0; i < n && !status; i++) {
            nfi_unpacked x;
            status = read_code(&from, i, &x);
            if (status && result) *result = (nf_result){.index = i};
            if (status || !store) continue;
            const int finite = x.kind == NF_KIND_FINITE;
            if (x.kind >= NF_KIND_QUIET_NAN && !x.has_payload) x.sig = u128(0, 0);
            out[i] = (nf_parts){.sig_hi = x.sig.hi,
                                .sig_lo = x.sig.lo,
                                .exp = finite ? x.exp - 127 : 0,
                                .kind = x.kind,
                                .sign = x.sign,
                                .has_payload = x.has_payload != 0};
        }
    }
    return status;
}
