/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The array loop of the operations: read the operands, run the operation's core and round, or its kernel, store code
 * and flags.  As in nf_map.c, a call that can fail half way goes over the arrays once before it stores anything.
 */
#include "nf_cores.h"

typedef struct arrays {
    size_t n;
    uint32_t arity;
    const void *const *in;
    uint32_t in_bytes[NF_MAX_ARITY];
    nfi_u128 in_mask[NF_MAX_ARITY];
    const uint32_t *random_bits; /* NULL unless the rounding is stochastic and matters */
    void *out;
    uint8_t *flags;
} arrays;

static nf_status check_int_type(const nf_format *f) {
    const nf_format plain = {.width = f->width, .is_signed = f->is_signed};
    if (memcmp(f, &plain, sizeof plain) != 0 || f->width < 1 || f->width > 64 || f->is_signed > 1) {
        return f->precision ? NF_ERR_OP_TYPE : NF_ERR_INT_TYPE;
    }
    return NF_OK;
}

static int same_format(const nfi_layout *a, const nfi_layout *b) {
    return memcmp(&a->format, &b->format, sizeof a->format) == 0;
}

/* A fixed-point type (numfmt.h) instead of a float format? */
static int is_fixed(const nf_format *f) { return f->precision == 0 && f->width != 0; }

static nf_status check_fixed(const nfi_op *op, const nf_format *f, uint32_t max_width) {
    const nf_format plain = {.width = f->width, .is_signed = f->is_signed, .bias = f->bias};
    if (!op->core || op->core == nfi_scaleb || op->core == nfi_logb) return NF_ERR_OP_TYPE;
    const int is_plain = memcmp(f, &plain, sizeof plain) == 0 && f->is_signed <= 1;
    return is_plain && f->width <= max_width && f->bias >= -1024 && f->bias <= 1024 ? NF_OK : NF_ERR_INT_TYPE;
}

static nf_status init_operand(nfi_job *job, const nf_format *operands, uint32_t k) {
    const nf_format *f = &operands[k];
    if (job->op->info.operands[k] == 'i') {
        job->from[k] = (nfi_layout){.format = *f};
        return check_int_type(f);
    }
    if (is_fixed(f)) {
        job->from[k] = (nfi_layout){.format = *f};
        return check_fixed(job->op, f, job->op->core == nfi_copy ? 128 : 64);
    }
    if (k > 0 && memcmp(f, &operands[k - 1], sizeof *f) == 0) {
        job->from[k] = job->from[k - 1];
        return NF_OK;
    }
    return nfi_layout_init(&job->from[k], f);
}

/* Layouts of operands, masks of their codes. */
static nf_status init_operands(nfi_job *job, arrays *a, const nf_format *operands, const nf_env *env) {
    for (a->arity = 0; job->op->info.operands[a->arity]; a->arity++) {
        const uint32_t k = a->arity, width = operands[k].width;
        const nf_status status = init_operand(job, operands, k);
        if (status) return status;
        a->in_bytes[k] = (uint32_t)nf_code_bytes(width);
        a->in_mask[k] = u128_not(u128_ones(width));
        job->daz[k] = !job->op->raw && nfi_daz(env, 1u << k, width);
    }
    return NF_OK;
}

/* A goal for what cores ask of one, and the rounding to the fixed-point type `to`. */
static nf_status init_fixed_result(nfi_job *job, const nf_format *to, const nf_env *env) {
    nf_env plain = env ? *env : (nf_env){0};
    nf_status status = check_fixed(job->op, to, 128);
    if (status) return status;
    const uint8_t rounding = plain.rounding, count = plain.random_bits_count;
    plain.ftz = plain.rounding_precision = 0;
    if (rounding == NF_ROUND_TIES_UP) plain.rounding = NF_ROUND_TIES_EVEN;
    if (count <= 32) plain.random_bits_count = 0;
    status = nfi_goal_init(&job->goal, &nfi_widest, &plain);
    job->goal.rounding = rounding;
    job->goal.random_count = nfi_is_stochastic(rounding) ? count : 0;
    /* as in nfi_goal_init; but wrapping wants low bits, however far the leading one is above them */
    job->goal.narrow = to->width + job->goal.random_count <= 61 && plain.int_overflow != NF_INT_OVERFLOW_WRAP;
    job->goal.in_words = 0;
    job->int_type = *to;
    job->int_overflow = plain.int_overflow;
    job->fixed_result = 1;
    job->result_bytes = (uint32_t)nf_code_bytes(to->width);
    return status;
}

/* The formats that go together, and the goal of a rounding. */
static nf_status init_result(nfi_job *job, const arrays *a, const nf_format *to, const nf_env *env) {
    const nf_op_info *info = &job->op->info;
    const int float_result = info->result == NF_RESULT_FLOAT;
    nf_status status = NF_OK;
    if (info->one_format && a->arity == 2 && !float_result && !same_format(&job->from[0], &job->from[1])) {
        return NF_ERR_OP_FORMATS;
    }
    if (job->op->signed_only && !job->from[0].format.is_signed) return NF_ERR_OP_UNSIGNED;
    job->result_bytes = 1;
    if (info->result == NF_RESULT_INT) {
        status = to ? check_int_type(to) : NF_ERR_NULL;
        if (status) return status;
        job->int_type = *to;
        job->result_bytes = (uint32_t)nf_code_bytes(to->width);
        job->int_overflow = env ? env->int_overflow : 0;
    }
    if (float_result && to && is_fixed(to)) return init_fixed_result(job, to, env);
    /* what does not round to a float still has its environment checked, and integers are rounded by it */
    nf_env plain = env ? *env : (nf_env){0};
    const uint8_t rounding = plain.rounding;
    if (!float_result || !info->rounds) plain.ftz = plain.rounding_precision = 0;
    if (!float_result && rounding == NF_ROUND_TIES_UP) plain.rounding = NF_ROUND_TIES_EVEN;
    status = nfi_goal_init(&job->goal, float_result ? to : &job->from[0].format, &plain);
    job->goal.rounding = rounding;
    if (status || !float_result) return status;
    job->result_bytes = job->goal.to.bytes;
    if (info->one_format && !same_format(&job->from[0], &job->goal.to)) return NF_ERR_OP_FORMATS;
    for (uint32_t k = 0; k < a->arity; k++) job->selects[k] = (uint8_t)same_format(&job->from[k], &job->goal.to);
    return NF_OK;
}

static nf_status check_arrays(const nfi_job *job, const arrays *a) {
    const size_t n = a->n, random_size = a->random_bits ? sizeof *a->random_bits : 0, flag_size = a->flags ? 1 : 0;
    if (n > (size_t)PTRDIFF_MAX / 32) return NF_ERR_SIZE;
    if (n && (!a->in || !a->out)) return NF_ERR_NULL;
    for (uint32_t k = 0; n && k < a->arity; k++) {
        const size_t bytes = n * a->in_bytes[k];
        if (!a->in[k]) return NF_ERR_NULL;
        if (nfi_overlap(a->in[k], bytes, a->out, n * job->result_bytes)) return NF_ERR_OVERLAP;
        if (nfi_overlap(a->in[k], bytes, a->flags, n * flag_size)) return NF_ERR_OVERLAP;
    }
    if (nfi_overlap(a->random_bits, n * random_size, a->out, n * job->result_bytes) ||
        nfi_overlap(a->random_bits, n * random_size, a->flags, n * flag_size) ||
        nfi_overlap(a->out, n * job->result_bytes, a->flags, n * flag_size)) {
        return NF_ERR_OVERLAP;
    }
    return NF_OK;
}

/* An integer, or a fixed-point number: the integer times 2^-bias. */
static void read_int(const nf_format *type, nfi_u128 code, nfi_unpacked *x) {
    const int sign = type->is_signed && (u128_shr(code, type->width - 1u).lo & 1);
    const nfi_u128 magnitude = u128_and(u128_sub(u128(0, 0), code), u128_ones(type->width));
    *x = (nfi_unpacked){.sign = (uint8_t)sign};
    nfi_normalize(x, sign ? magnitude : code, -type->bias);
}

static void read_operand(const nfi_job *job, nfi_args *args, uint32_t k) {
    const nfi_layout *from = &job->from[k];
    nfi_unpacked *x = &args->x[k];
    if (from->format.precision == 0) {
        read_int(&from->format, args->code[k], x);
        return;
    }
    nfi_unpack(from, args->code[k], x);
    if (job->daz[k] && x->subnormal) {
        x->kind = NF_KIND_ZERO;
        x->subnormal = 0;
        x->sign &= from->format.has_neg_zero;
        args->code[k] = nfi_pack_mag(from, x->sign, u128(0, 0));
    }
}

static nfi_u128 run_op(const nfi_job *job, const nfi_args *args, uint32_t *flags) {
    if (!job->op->core) return job->op->kernel(job, args, flags);
    nfi_unpacked z;
    job->op->core(&job->goal, args->x, &z, flags);
    const nfi_u128 code = job->fixed_result ? nfi_round_fixed(job, &z, args->random, flags)
                                            : nfi_round_pack(&job->goal, &z, args->random, flags);
    /* x / 0 is that and nothing else, whatever its Inf is delivered as */
    if (*flags & NF_FLAG_DIVIDE_BY_ZERO) *flags &= NF_FLAG_DIVIDE_BY_ZERO | NFI_FLAG_RAISE;
    return code;
}

static nf_status load(const nfi_job *job, const arrays *a, size_t i, nfi_args *args) {
    args->random = a->random_bits ? a->random_bits[i] : 0;
    if ((uint64_t)args->random >> job->goal.random_count) return NF_ERR_RANDOM_BITS;
    for (uint32_t k = 0; k < a->arity; k++) {
        args->code[k] = nfi_load(a->in[k], i, a->in_bytes[k]);
        if (!u128_is_zero(u128_and(args->code[k], a->in_mask[k]))) return NF_ERR_CODE;
        read_operand(job, args, k);
    }
    return NF_OK;
}

/* How far a pass goes with each element. */
enum { CHECK, COMPUTE, STORE };

/* One pass.  bytes: 0, or the size of every code, which are all right and need nothing but nfi_unpack; a constant where
 * this is inlined. */
static NFI_ALWAYS_INLINE nf_status pass(const nfi_job *job, const arrays *a, int depth, uint32_t bytes,
                                        nf_result *result) {
    nf_result at = {0};
    nf_status status = NF_OK;
    for (size_t i = 0; i < a->n && !status; i++) {
        nfi_args args;
        uint32_t flags = 0;
        at.index = i;
        if (bytes) {
            args.random = 0;
            for (uint32_t k = 0; k < a->arity; k++) {
                args.code[k] = nfi_load(a->in[k], i, bytes);
                nfi_unpack(&job->from[k], args.code[k], &args.x[k]);
            }
        } else {
            status = load(job, a, i, &args);
        }
        if (status || depth == CHECK) continue;
        const nfi_u128 code = run_op(job, &args, &flags);
        if (flags & NFI_FLAG_RAISE) status = NF_ERR_NAN;
        at.flags |= flags & 0xFF;
        if (depth == COMPUTE) continue;
        nfi_store(a->out, i, bytes && job->result_bytes == bytes ? bytes : job->result_bytes, code);
        if (a->flags) a->flags[i] = (uint8_t)flags;
    }
    if (status) at.flags = 0;
    if (!status) at.index = 0;
    if (result) *result = at;
    return status;
}

/* The `bytes` of a pass over arrays that were checked. */
static uint32_t one_size(const nfi_job *job, const arrays *a) {
    for (uint32_t k = 0; k < a->arity; k++) {
        if (a->in_bytes[k] != a->in_bytes[0] || job->daz[k] || job->from[k].format.precision == 0) return 0;
    }
    return a->random_bits ? 0 : a->in_bytes[0];
}

static nf_status store_pass(const nfi_job *job, const arrays *a, nf_result *result) {
    switch (one_size(job, a)) {
    case 1: return pass(job, a, STORE, 1, result);
    case 2: return pass(job, a, STORE, 2, result);
    case 4: return pass(job, a, STORE, 4, result);
    case 8: return pass(job, a, STORE, 8, result);
    default: return pass(job, a, STORE, 0, result);
    }
}

/* The depth of a first pass that finds what would fail; STORE: nothing can. */
static int first_depth(const nfi_job *job, const arrays *a) {
    if (job->goal.substitute == NF_SUBSTITUTE_RAISE && !job->goal.to.has_nan) return COMPUTE;
    if (a->random_bits) return CHECK;
    for (uint32_t k = 0; k < a->arity; k++) {
        if (job->from[k].format.width != 8 * a->in_bytes[k]) return CHECK;
    }
    return STORE;
}

nf_status nf_apply(uint32_t op, const nf_format *operands, const nf_format *to, const nf_env *env, size_t n,
                   const void *const *in, const uint32_t *random_bits, void *out, uint8_t *flags, nf_result *result) {
    nfi_job job = {.op = nfi_op_row(op)};
    arrays a = {.n = n, .in = in, .out = out, .flags = flags};
    if (!job.op) return NF_ERR_OP;
    if (!operands) return NF_ERR_NULL;
    if (env && env->compat) {
        if (op != NF_OP_CONVERT || is_fixed(operands) || (to && is_fixed(to))) return NF_ERR_COMPAT_CAST;
        return nf_convert(operands, to, env, n, in ? in[0] : NULL, random_bits, out, flags, result);
    }
    nf_status status = init_operands(&job, &a, operands, env);
    if (!status) status = init_result(&job, &a, to, env);
    if (status) return status;
    if (job.op->info.rounds && nfi_is_stochastic(job.goal.rounding)) {
        a.random_bits = random_bits;
        if (n && !random_bits) return NF_ERR_RANDOM_NULL;
    }
    status = check_arrays(&job, &a);
    if (status) return status;
    const int depth = first_depth(&job, &a);
    if (depth != STORE) status = pass(&job, &a, depth, 0, result);
    return status ? status : store_pass(&job, &a, result);
}

/* An exact result as parts.  The lowest bit of sig is the sticky one, or, after a difference that lost its leading bit,
 * the one above it. */
static nf_parts parts_of(const nfi_unpacked *z) {
    nf_parts parts = {.kind = z->kind, .sign = z->sign};
    if (z->kind == NF_KIND_FINITE) {
        parts.sig_hi = z->sig.hi;
        parts.sig_lo = z->sig.lo & ~3ull;
        parts.sticky = (z->sig.lo & 3) != 0;
        parts.exp = z->exp - 127;
    } else if (z->kind >= NF_KIND_QUIET_NAN && z->has_payload) {
        parts.sig_hi = z->sig.hi;
        parts.sig_lo = z->sig.lo;
        parts.has_payload = 1;
    }
    return parts;
}

nf_status nf_unrounded(uint32_t op, const nf_format *operands, const nf_format *to, const nf_env *env, size_t n,
                       const void *const *in, nf_parts *out, nf_result *result) {
    nfi_job job = {.op = nfi_op_row(op)};
    arrays a = {.n = n, .in = in, .out = out};
    if (result) *result = (nf_result){0};
    if (!job.op || !(job.op->core || (job.op->info.rounds && !job.op->info.operands[1]))) return NF_ERR_OP;
    if (!operands) return NF_ERR_NULL;
    if (env && env->compat) return NF_ERR_COMPAT_CAST;
    nf_status status = init_operands(&job, &a, operands, env);
    if (!status) status = init_result(&job, &a, to, env);
    if (status) return status;
    job.result_bytes = sizeof *out;
    status = check_arrays(&job, &a);
    job.goal.narrow = 0;       /* every bit that a core can deliver */
    job.goal.random_count = 0; /* the random bits belong to the rounding */
    if (!status && first_depth(&job, &a) != STORE) status = pass(&job, &a, CHECK, 0, result);
    for (size_t i = 0; i < n && !status; i++) {
        nfi_args args;
        nfi_unpacked z;
        uint32_t flags = 0;
        load(&job, &a, i, &args); /* has succeeded before */
        z = args.x[0];
        if (job.op->core) job.op->core(&job.goal, args.x, &z, &flags);
        out[i] = parts_of(&z);
    }
    return status;
}
