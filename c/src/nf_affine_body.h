/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernels of nf_affine_fast.h over vectors of floats.  Included once per instruction set, after the vectors F, M and
 * I, LANES and the f_, m_ and i_ functions are defined; TARGET is the attribute that enables the set.
 *
 * Scales are normal, so reciprocals are neither 0 nor Inf, and codes and zero points are below 2^17: all sums and
 * differences of integers below are exact, and only a NaN gives a NaN.
 */
#define BODY static NFI_ALWAYS_INLINE TARGET

/* A block of elements is worked on at a time; scales of up to CHUNK elements are kept side by side;
 * values are asked for AHEAD bytes before they are read. */
enum { BLOCK = 4 * LANES, CHUNK = 1024, AHEAD = 4096, SHORT_RUN = 16, LONG_RUN = 256 };

typedef struct nans {
    uint64_t count, first;
} nans;

typedef struct tally {
    I below, above, inexact;
    nans *nan;
} tally;

/* Scales and zero points of neighbours, with room for reading on. */
typedef struct pattern {
    float scale[CHUNK + BLOCK], zero[CHUNK + BLOCK];
} pattern;

/* A scale, its reciprocal, a zero point for each lane, and where the integers that are clipped begin and end. */
typedef struct granules {
    F scale, recip, zero, low, high;
} granules;

BODY float number(int64_t a) { return (float)(int32_t)a; }

BODY float scale_at(const nfi_affine_job *job, size_t i) {
    float scale;
    memcpy(&scale, (const unsigned char *)job->scales + i * sizeof scale, sizeof scale);
    return scale;
}

BODY granules open_lanes(const nfi_affine_plan *p, uint32_t mode, F scale, F zero) {
    granules g = {.scale = scale, .zero = zero, .recip = scale};
    if (mode & NFI_RECIP) g.recip = f_div(f_set(1.0f), scale);
    g.low = f_set(number(p->job->how->low));
    g.high = f_set(number(p->job->how->high));
    if ((mode >> NFI_ORDER & 3) == NF_AFFINE_AFTER) {
        g.low = f_sub(g.low, zero);
        g.high = f_sub(g.high, zero);
    }
    return g;
}

/* To an integer.  The rest of a division by 1 is exact, or above a half in the exact and in the rounded value. */
BODY F to_integers(F a, uint32_t rounding) {
    F whole;
    switch (rounding) {
    case NF_ROUND_TIES_AWAY:
        whole = f_round(a, _MM_FROUND_TO_ZERO);
        return f_plus_one(m_reaches(f_magnitude(f_sub(a, whole)), f_set(0.5f)), whole, a);
    case NF_ROUND_TIES_UP:
        whole = f_round(a, _MM_FROUND_TO_NEG_INF);
        return f_plus_one(m_reaches(f_sub(a, whole), f_set(0.5f)), whole, f_set(0.0f));
    case NF_ROUND_TOWARD_ZERO: return f_round(a, _MM_FROUND_TO_ZERO);
    case NF_ROUND_TOWARD_POSITIVE: return f_round(a, _MM_FROUND_TO_POS_INF);
    case NF_ROUND_TOWARD_NEGATIVE: return f_round(a, _MM_FROUND_TO_NEG_INF);
    default: return f_round(a, _MM_FROUND_TO_NEAREST_INT);
    }
}

/* Codes, as floats; those of NaNs are any. */
BODY F quantize(uint32_t mode, F x, const granules *g, tally *c) {
    const uint32_t order = mode >> NFI_ORDER & 3;
    F t = mode & NFI_RECIP ? f_mul(x, g->recip) : f_div(x, g->scale);
    if (order == NF_AFFINE_BEFORE) t = f_add(t, g->zero);
    if (order == NF_AFFINE_FUSED) t = f_fma(x, g->recip, g->zero);
    const F whole = to_integers(t, mode >> NFI_ROUNDING);
    const F kept = f_min(f_max(whole, g->low), g->high);
    const F difference = order == NF_AFFINE_AFTER ? kept : f_sub(kept, g->zero);
    c->below = i_count(c->below, m_less(whole, g->low));
    c->above = i_count(c->above, m_less(g->high, whole));
    c->inexact = i_count(c->inexact, m_differ(f_mul(difference, g->scale), x));
    return order == NF_AFFINE_AFTER ? f_add(kept, g->zero) : kept;
}

/* The codes of the NaNs in a block of values, `index` the first one's. */
static NFI_NOINLINE void put_nans(const nfi_affine_plan *p, const unsigned char *x, unsigned char *codes,
                                  const float *zeros, size_t step, size_t index, size_t n, nans *found) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i * sizeof bits, sizeof bits);
        if ((bits & 0x7FFFFFFF) <= 0x7F800000) continue;
        if (found->count++ == 0 || index + i < found->first) found->first = index + i;
        const int64_t zero = (int64_t)zeros[i * step],
                      code = p->job->how->nan_to_zero_point ? zero : p->job->how->nan_code;
        nfi_store(codes, i, p->bytes, u128(0, (uint64_t)code));
    }
}

/* Four vectors; `step` 0: all elements have the scale and zero point of s and z, whose granules are g. */
BODY void encode_block(const nfi_affine_plan *p, uint32_t mode, const unsigned char *x, unsigned char *codes,
                       const float *s, const float *z, size_t step, const granules *g, size_t index, size_t n,
                       tally *c) {
    const F a = f_load(x), b = f_load(x + 4 * LANES), d = f_load(x + 8 * LANES), e = f_load(x + 12 * LANES);
    const granules ga = step ? open_lanes(p, mode, f_load(s), f_load(z)) : *g;
    const F qa = quantize(mode, a, &ga, c);
    const granules gb = step ? open_lanes(p, mode, f_load(s + LANES), f_load(z + LANES)) : *g;
    const F qb = quantize(mode, b, &gb, c);
    const granules gd = step ? open_lanes(p, mode, f_load(s + 2 * LANES), f_load(z + 2 * LANES)) : *g;
    const F qd = quantize(mode, d, &gd, c);
    const granules ge = step ? open_lanes(p, mode, f_load(s + 3 * LANES), f_load(z + 3 * LANES)) : *g;
    const F qe = quantize(mode, e, &ge, c);
    if (p->bytes == 1) {
        f_put8(codes, qa, qb, qd, qe, p->is_signed);
    } else {
        f_put16(codes, qa, qb, p->is_signed);
        f_put16(codes + 4 * LANES, qd, qe, p->is_signed);
    }
    if (m_has_nan(a, b, d, e)) put_nans(p, x, codes, z, step, index, n, c->nan);
}

/* Fewer elements, among zeros, which are exact and clipped nowhere. */
static NFI_NOINLINE TARGET void encode_few(const nfi_affine_plan *p, const unsigned char *x, unsigned char *codes,
                                           const float *s, const float *z, size_t step, size_t index, size_t n,
                                           tally *c) {
    unsigned char values[BLOCK * 4] = {0}, results[BLOCK * 2];
    const granules g = open_lanes(p, p->mode, f_set(s[0]), f_set(z[0]));
    memcpy(values, x, n * 4);
    encode_block(p, p->mode, values, results, s, z, step, &g, index, n, c);
    memcpy(codes, results, n * p->bytes);
}

/* An address that may lie behind the array. */
BODY const void *ahead_of(const unsigned char *x, size_t bytes) { return (const void *)((uintptr_t)x + bytes); }

/* n elements at `index`; step 1: each with its own scale and zero point. */
BODY void encode_row(const nfi_affine_plan *p, uint32_t mode, const float *s, const float *z, size_t step, size_t index,
                     size_t n, size_t ahead, tally *total) {
    const unsigned char *x = (const unsigned char *)p->job->values + index * 4;
    unsigned char *codes = (unsigned char *)p->job->codes + index * p->bytes;
    const granules g = open_lanes(p, mode, f_set(s[0]), f_set(z[0]));
    const size_t bytes = p->bytes;
    tally c = *total;
    size_t i = 0;
    for (; n - i >= BLOCK; i += BLOCK) {
        /* the processor's own reading ahead ends with each page */
        for (int line = 0; line < BLOCK / 16; line++) _mm_prefetch(ahead_of(x + i * 4 + line * 64, ahead), _MM_HINT_T0);
        encode_block(p, mode, x + i * 4, codes + i * bytes, s + i * step, z + i * step, step, &g, index + i, BLOCK, &c);
    }
    *total = c;
    if (i < n) {
        encode_few(p, x + i * 4, codes + i * bytes, s + i * step, z + i * step, step, index + i, n - i, total);
    }
}

BODY F get(const unsigned char *codes, uint32_t bytes, uint32_t is_signed) {
    return bytes == 1 ? f_get8(codes, is_signed) : f_get16(codes, is_signed);
}

/* Are all codes in low..high? */
TARGET int WITHIN(const nfi_affine_plan *p) {
    const nf_affine *how = p->job->how;
    const unsigned char *codes = (const unsigned char *)p->job->const_codes;
    F least = f_set(number(how->high)), most = f_set(number(how->low));
    size_t i = p->first;
    int is_within = 1;
    for (; p->end - i >= LANES; i += LANES) {
        const F code = get(codes + i * p->bytes, p->bytes, p->is_signed);
        least = f_min(least, code);
        most = f_max(most, code);
    }
    for (; i < p->end; i++) {
        const int64_t code = nfi_affine_load(codes, i, how);
        is_within &= code >= how->low && code <= how->high;
    }
    return is_within && !m_any(m_less(least, f_set(number(how->low)))) &&
           !m_any(m_less(f_set(number(how->high)), most));
}

/* The values of n codes at `index`, as above. */
BODY void decode_row(const nfi_affine_plan *p, const float *s, const float *z, size_t step, size_t index, size_t n) {
    const nfi_affine_job *job = p->job;
    const size_t bytes = p->bytes;
    const unsigned char *codes = (const unsigned char *)job->const_codes + index * bytes;
    unsigned char *out = (unsigned char *)job->out + index * 4;
    const F scale = f_set(s[0]), zero = f_set(z[0]);
    size_t i = 0;
    for (; n - i >= LANES; i += LANES) {
        const F code = get(codes + i * bytes, p->bytes, p->is_signed);
        const F difference = f_sub(code, step ? f_load(z + i) : zero);
        f_store(out + i * 4, f_mul(difference, step ? f_load(s + i) : scale));
    }
    for (; i < n; i++) {
        const float value = (number(nfi_affine_load(codes, i, job->how)) - z[i * step]) * s[i * step];
        memcpy(out + i * 4, &value, sizeof value);
    }
}

/* c: NULL where it decodes. */
BODY void work(const nfi_affine_plan *p, uint32_t mode, const float *s, const float *z, size_t step, size_t index,
               size_t n, size_t ahead, tally *c) {
    if (c) encode_row(p, mode, s, z, step, index, n, ahead, c);
    if (!c) decode_row(p, s, z, step, index, n);
}

BODY size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* `value` from element k up to `until`, and a few more. */
BODY void spread(float *to, size_t k, size_t until, float value) {
    for (const F lanes = f_set(value); k < until; k += LANES) f_store(to + k, lanes);
}

/* The scales and zero points of n neighbours. */
static NFI_NOINLINE TARGET void fill(const nfi_affine_plan *p, size_t at, size_t n, pattern *to) {
    const nf_affine_shape *shape = p->job->shape;
    const size_t run = shape->run, row = shape->row;
    const nfi_affine_span span = nfi_affine_next(shape, at, at + n);
    size_t repeat = at / row % shape->repeats, scale = span.scale, left = span.offset;
    size_t stop = span.count, base = scale - (at % row) / run;
    for (size_t k = 0; k < n;) {
        for (; run == 1 && k < stop; k++, scale++) {
            to->scale[k] = scale_at(p->job, scale);
            to->zero[k] = number(nfi_affine_zero(p->job, scale));
        }
        for (; k < stop; scale++, left = 0) {
            const size_t until = smaller(k + run - left, stop);
            spread(to->scale, k, until, scale_at(p->job, scale));
            spread(to->zero, k, until, number(nfi_affine_zero(p->job, scale)));
            k = until;
        }
        if (++repeat == shape->repeats) {
            repeat = 0;
            base += row / run;
        }
        scale = base;
        stop = smaller(k + row, n);
    }
    spread(to->scale, n, n + BLOCK, 1);
    spread(to->zero, n, n + BLOCK, number(p->job->how->low));
}

/* Long runs. */
BODY void walk_runs(const nfi_affine_plan *p, uint32_t mode, tally *c) {
    const size_t run = p->job->shape->run;
    for (size_t at = p->first; at < p->end;) {
        const nfi_affine_span span = nfi_affine_next(p->job->shape, at, p->end);
        const size_t stop = at + span.count;
        size_t end = at + run - span.offset;
        for (size_t scale = span.scale; at < stop; scale++, end += run) {
            const float s = scale_at(p->job, scale), z = number(nfi_affine_zero(p->job, scale));
            const size_t until = smaller(end, stop);
            work(p, mode, &s, &z, 0, at, until - at, AHEAD, c);
            at = until;
        }
    }
}

/* Blocks of more than CHUNK elements, whose scales come again every `stride` elements. */
BODY void walk_blocks(const nfi_affine_plan *p, uint32_t mode, tally *c) {
    const size_t row = p->job->shape->row, block = p->job->shape->repeats * row;
    const size_t stride = row > CHUNK ? row : CHUNK / row * row;
    const size_t ahead = row > CHUNK ? stride * 4 : AHEAD;
    pattern side;
    for (size_t base = p->first / block * block; base < p->end; base += block) {
        const size_t stop = smaller(base + block, p->end);
        for (size_t column = base; column < base + stride && column < stop; column += CHUNK) {
            const size_t width = smaller(CHUNK, base + stride - column);
            fill(p, column, width, &side);
            size_t at = column;
            if (p->first > at) at += (p->first - at) / stride * stride;
            for (; at < stop; at += stride) {
                const size_t from = at < p->first ? p->first - at : 0, to = smaller(width, stop - at);
                if (from < to) work(p, mode, side.scale + from, side.zero + from, 1, at + from, to - from, ahead, c);
            }
        }
    }
}

/* Neighbours side by side. */
BODY void walk_neighbours(const nfi_affine_plan *p, uint32_t mode, tally *c) {
    pattern side;
    for (size_t at = p->first; at < p->end; at += CHUNK) {
        const size_t n = smaller(CHUNK, p->end - at);
        fill(p, at, n, &side);
        work(p, mode, side.scale, side.zero, 1, at, n, AHEAD, c);
    }
}

BODY void walk(const nfi_affine_plan *p, uint32_t mode, tally *c) {
    const nf_affine_shape *shape = p->job->shape;
    if (shape->run >= LONG_RUN) {
        walk_runs(p, mode, c);
    } else if (shape->run < SHORT_RUN && shape->repeats > 1 && shape->repeats * shape->row > CHUNK) {
        walk_blocks(p, mode, c);
    } else {
        walk_neighbours(p, mode, c);
    }
}

enum { MODE_EVEN = NF_ROUND_TIES_EVEN << NFI_ROUNDING, MODE_AFTER = NF_AFFINE_AFTER << NFI_ORDER };

/* No call of these is moved before or behind those that set and read MXCSR. */
static NFI_NOINLINE TARGET void encode_part(const nfi_affine_plan *p, nf_affine_counts *sum) {
    nans found = {sum->nan, sum->first_nan};
    tally c = {.below = i_zero(), .above = i_zero(), .inexact = i_zero(), .nan = &found};
    switch (p->mode) {
    case MODE_EVEN | MODE_AFTER: walk(p, MODE_EVEN | MODE_AFTER, &c); break;
    case MODE_EVEN | MODE_AFTER | NFI_RECIP: walk(p, MODE_EVEN | MODE_AFTER | NFI_RECIP, &c); break;
    default: walk(p, p->mode, &c);
    }
    sum->below += i_sum(c.below);
    sum->above += i_sum(c.above);
    sum->inexact += i_sum(c.inexact);
    sum->nan = found.count;
    sum->first_nan = found.first;
}

static NFI_NOINLINE TARGET void decode_part(const nfi_affine_plan *p) { walk(p, 0, NULL); }

/* Round to nearest even, nothing flushed, no exception traps; no flag is set. */
enum { MXCSR_DEFAULT = 0x1F80, MXCSR_OVERFLOW = 8, MXCSR_UNDERFLOW = 16, MXCSR_INEXACT = 32 };

TARGET void ENCODE(const nfi_affine_plan *plan, nf_affine_counts *counts) {
    const size_t most = (size_t)1 << 30; /* elements that can be counted in words */
    const uint32_t state = _mm_getcsr();
    _mm_setcsr(MXCSR_DEFAULT);
    nfi_affine_plan part = *plan;
    for (; part.first < plan->end; part.first = part.end) {
        part.end = part.first + smaller(most, plan->end - part.first);
        encode_part(&part, counts);
    }
    _mm_setcsr(state);
}

TARGET void DECODE(const nfi_affine_plan *plan, uint32_t *flags) {
    const uint32_t state = _mm_getcsr();
    _mm_setcsr(MXCSR_DEFAULT);
    decode_part(plan);
    const uint32_t raised = _mm_getcsr();
    _mm_setcsr(state);
    if (raised & MXCSR_INEXACT) *flags |= NF_FLAG_INEXACT;
    if (raised & MXCSR_UNDERFLOW) *flags |= NF_FLAG_UNDERFLOW;
    if (raised & MXCSR_OVERFLOW) *flags |= NF_FLAG_OVERFLOW;
}
