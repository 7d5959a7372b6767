/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Affine quantizers: checks of a call, and who does the work.
 */
#include "nf_affine_fast.h"

nfi_affine_span nfi_affine_next(const nf_affine_shape *shape, size_t at, size_t end) {
    const size_t block_size = shape->repeats * shape->row, block = at / block_size,
                 column = at % block_size % shape->row;
    const size_t left = shape->row - column;
    return (nfi_affine_span){.first = at,
                             .count = left < end - at ? left : end - at,
                             .scale = block * (shape->row / shape->run) + column / shape->run,
                             .offset = column % shape->run};
}

int64_t nfi_affine_load(const void *codes, size_t i, const nf_affine *how) {
    const uint64_t code = nfi_load(codes, i, how->code_bytes).lo;
    const uint64_t sign = how->low < 0 ? 1ull << (8 * how->code_bytes - 1) : 0;
    return (int64_t)(code ^ sign) - (int64_t)sign;
}

static int multiplies_to(size_t a, size_t b, size_t *product) {
    *product = a * b;
    return a == 0 || *product / a == b;
}

static nf_status check_shape(const nf_affine_shape *shape, size_t first, size_t count) {
    size_t rows, total;
    if (!shape) return NF_ERR_NULL;
    if (!multiplies_to(shape->blocks, shape->repeats, &rows) || !multiplies_to(rows, shape->row, &total)) {
        return NF_ERR_SIZE;
    }
    if (count > (size_t)PTRDIFF_MAX / 32 || total > (size_t)PTRDIFF_MAX / 32) return NF_ERR_SIZE;
    if (first > total || count > total - first) return NF_ERR_AFFINE_SHAPE;
    if (count && (shape->run == 0 || shape->row % shape->run != 0)) return NF_ERR_AFFINE_SHAPE;
    return NF_OK;
}

static nf_status check_codes(const nf_affine *how) {
    if (how->code_bytes != 1 && how->code_bytes != 2 && how->code_bytes != 4) return NF_ERR_AFFINE_CODES;
    const int is_signed = how->low < 0;
    const int64_t limit = (int64_t)1 << (8 * how->code_bytes - is_signed);
    if (how->low >= how->high || how->high >= limit || how->low < -limit) return NF_ERR_AFFINE_CODES;
    return NF_OK;
}

static nf_status check_step(const nfi_affine_job *job) {
    const nf_format *f = &job->step.to.format;
    return f->is_signed && f->has_zero ? NF_OK : NF_ERR_AFFINE_ARITHMETIC;
}

static int is_exact(const nf_affine *how) {
    static const nf_format none;
    return memcmp(&how->arithmetic, &none, sizeof none) == 0;
}

static nf_status check_rules(const nf_affine *how) {
    if (how->divide > NF_AFFINE_RECIP || how->order > NF_AFFINE_FUSED) return NF_ERR_AFFINE_ORDER;
    if (how->divide == NF_AFFINE_RECIP && is_exact(how)) return NF_ERR_AFFINE_ORDER;
    if (how->divide == NF_AFFINE_DIV && how->order == NF_AFFINE_FUSED) return NF_ERR_AFFINE_ORDER;
    if (how->reserved[0] || how->reserved[1] || how->nan_to_zero_point > 1) return NF_ERR_AFFINE_RESERVED;
    if (!how->nan_to_zero_point && (how->nan_code < how->low || how->nan_code > how->high)) return NF_ERR_AFFINE_CODES;
    if (how->rounding > NF_ROUND_TIES_UP) return NF_ERR_ROUNDING;
    return how->random_bits_count > 32 ? NF_ERR_RANDOM_COUNT : NF_OK;
}

/* The roundings of an encoding job whose rules are checked. */
static nf_status init_encode(nfi_affine_job *job) {
    const nf_affine *how = job->how;
    nf_status status = nfi_layout_init(&job->x, &how->x);
    if (!status) status = nfi_layout_init(&job->scale, &how->scale);
    job->is_exact = is_exact(how);
    if (!status) status = nfi_goal_init(&job->step, job->is_exact ? &nfi_widest : &how->arithmetic, NULL);
    if (!status) status = check_step(job);
    job->integer = job->step;
    job->integer.rounding = how->rounding;
    job->integer.random_count = nfi_is_stochastic(how->rounding) ? how->random_bits_count : 0;
    /* integers of up to 40 bits, and the fraction bits that a stochastic rounding looks at */
    if (job->is_exact) job->step.narrow = job->integer.random_count == 0;
    return status;
}

static int is_scale(const nfi_layout *f, nfi_u128 code) {
    nfi_unpacked s;
    if (f->is_plain && code.lo >= f->hidden.lo && code.lo <= f->max_mag.lo) return 1; /* the usual case, in a word */
    nfi_unpack(f, code, &s);
    if (!u128_is_zero(u128_and(code, u128_not(f->code_mask)))) return 0;
    return s.kind == NF_KIND_FINITE && !s.sign && !s.subnormal;
}

/* The scales and zero points of the blocks that hold the elements. */
static nf_status check_scales(const nfi_affine_job *job, size_t first, size_t count, uint64_t *index) {
    const nf_affine_shape *shape = job->shape;
    const size_t block_size = shape->repeats * shape->row, per_block = shape->row / shape->run;
    const size_t stop = ((first + count - 1) / block_size + 1) * per_block;
    for (size_t i = first / block_size * per_block; i < stop; i++) {
        const int64_t zero = nfi_affine_zero(job, i);
        *index = i;
        if (!is_scale(&job->scale, nfi_load(job->scales, i, job->scale.bytes))) return NF_ERR_SCALE;
        if (zero < job->how->low || zero > job->how->high) return NF_ERR_ZERO_POINT;
    }
    *index = 0;
    return NF_OK;
}

static nf_status check_elements(const nfi_affine_job *job, size_t first, size_t count, uint64_t *index) {
    const int is_dense = job->x.format.width == 8 * job->x.bytes;
    for (size_t i = first; i < first + count && (!is_dense || job->random_bits); i++) {
        *index = i;
        if (!u128_is_zero(u128_and(nfi_load(job->values, i, job->x.bytes), u128_not(job->x.code_mask)))) {
            return NF_ERR_CODE;
        }
        if (job->random_bits && (uint64_t)job->random_bits[i] >> job->integer.random_count) return NF_ERR_RANDOM_BITS;
    }
    *index = 0;
    return NF_OK;
}

/* The output must not overlap what is read: elements, their random bits, all scales and zero points. */
static nf_status check_arrays(const nfi_affine_job *job, size_t first, size_t count, const void *in, size_t in_size,
                              void *out, size_t out_size) {
    const nf_affine_shape *shape = job->shape;
    const size_t scales = shape->blocks * (shape->row / shape->run);
    if (!in || !out || !job->scales) return NF_ERR_NULL;
    unsigned char *to = (unsigned char *)out + first * out_size;
    const size_t bytes = count * out_size, zeros = job->zero_points ? scales * sizeof *job->zero_points : 0;
    if (nfi_overlap((const unsigned char *)in + first * in_size, count * in_size, to, bytes) ||
        nfi_overlap(job->scales, scales * job->scale.bytes, to, bytes) ||
        nfi_overlap(job->zero_points, zeros, to, bytes) ||
        (job->random_bits && nfi_overlap(job->random_bits + first, count * sizeof *job->random_bits, to, bytes))) {
        return NF_ERR_OVERLAP;
    }
    return NF_OK;
}

int32_t nf_affine_is_fast(uint32_t isa, const nf_affine *how) {
    return how && nfi_affine_pick(isa).encode && nfi_affine_has_encode(how);
}

static nfi_affine_plan plan_of(const nfi_affine_job *job, size_t first, size_t count) {
    const nf_affine *how = job->how;
    return (nfi_affine_plan){
        .job = job, .first = first, .end = first + count, .bytes = how->code_bytes, .is_signed = how->low < 0};
}

static void encode(uint32_t isa, const nfi_affine_job *job, size_t first, size_t count, nf_affine_counts *counts) {
    const nf_affine *how = job->how;
    const nfi_affine_kernels kernels = nfi_affine_pick(isa);
    if (!kernels.encode || !nfi_affine_has_encode(how)) {
        nfi_affine_encode(job, first, count, counts);
        return;
    }
    nfi_affine_plan plan = plan_of(job, first, count);
    plan.mode = how->divide | (uint32_t)how->order << NFI_ORDER | (uint32_t)how->rounding << NFI_ROUNDING;
    kernels.encode(&plan, counts);
}

nf_status nf_affine_encode(uint32_t isa, const nf_affine *how, const nf_affine_shape *shape, size_t first, size_t count,
                           const void *x, const void *scale, const int64_t *zero_point, const uint32_t *random_bits,
                           void *codes, nf_affine_counts *counts) {
    nf_affine_counts found = {0};
    nfi_affine_job job = {
        .how = how, .shape = shape, .values = x, .scales = scale, .zero_points = zero_point, .codes = codes};
    if (counts) *counts = found;
    if (!how) return NF_ERR_NULL;
    if (isa > NF_ISA_NEON) return NF_ERR_ISA;
    nf_status status = check_codes(how);
    if (!status) status = check_rules(how);
    if (!status) status = init_encode(&job);
    if (!status) status = check_shape(shape, first, count);
    if (status || count == 0) return status;
    if (nfi_is_stochastic(how->rounding)) {
        if (!random_bits) return NF_ERR_RANDOM_NULL;
        job.random_bits = random_bits;
    }
    status = check_arrays(&job, first, count, x, job.x.bytes, codes, how->code_bytes);
    if (!status) status = check_scales(&job, first, count, &found.index);
    if (!status) status = check_elements(&job, first, count, &found.index);
    if (!status) encode(isa, &job, first, count, &found);
    if (counts) *counts = found;
    return status;
}

static nf_status check_decoded(const nfi_affine_job *job, size_t first, size_t count, uint64_t *index) {
    const nf_affine *how = job->how;
    const uint64_t all = 1ull << (8 * how->code_bytes);
    if ((uint64_t)(how->high - how->low) + 1 == all) return NF_OK;
    for (size_t i = first; i < first + count; i++) {
        const int64_t q = nfi_affine_load(job->const_codes, i, how);
        *index = i;
        if (q < how->low || q > how->high) return NF_ERR_AFFINE_CODE;
    }
    *index = 0;
    return NF_OK;
}

static nf_status decode(uint32_t isa, const nfi_affine_job *job, size_t first, size_t count, nf_result *found) {
    const nfi_affine_kernels kernels = nfi_affine_pick(isa);
    const nfi_affine_plan plan = plan_of(job, first, count);
    const int is_fast = kernels.decode && nfi_affine_has_decode(job->how);
    nf_status status = NF_OK;
    if (!is_fast || !kernels.within(&plan)) status = check_decoded(job, first, count, &found->index);
    if (!status && is_fast) kernels.decode(&plan, &found->flags);
    if (!status && !is_fast) nfi_affine_decode(job, first, count, &found->flags);
    return status;
}

nf_status nf_affine_decode(uint32_t isa, const nf_affine *how, const nf_affine_shape *shape, size_t first, size_t count,
                           const void *codes, const void *scale, const int64_t *zero_point, void *out,
                           nf_result *result) {
    nf_result found = {0};
    nfi_affine_job job = {
        .how = how, .shape = shape, .const_codes = codes, .scales = scale, .zero_points = zero_point, .out = out};
    if (result) *result = found;
    if (!how) return NF_ERR_NULL;
    if (isa > NF_ISA_NEON) return NF_ERR_ISA;
    nf_status status = check_codes(how);
    if (!status) status = nfi_layout_init(&job.scale, &how->scale);
    if (!status) status = nfi_goal_init(&job.step, &how->arithmetic, NULL);
    if (!status) status = check_step(&job);
    if (!status) status = check_shape(shape, first, count);
    if (status || count == 0) return status;
    status = check_arrays(&job, first, count, codes, how->code_bytes, out, job.step.to.bytes);
    if (!status) status = check_scales(&job, first, count, &found.index);
    if (!status) status = decode(isa, &job, first, count, &found);
    found.flags &= 0xFF;
    if (result) *result = found;
    return status;
}
