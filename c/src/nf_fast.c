/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What may go a fast way, and which: the whitelist, the plan of a rounding, the choice of a kernel.
 */
#include "nf_fast.h"

/* The sources that the kernels read; for binary64 sig keeps 29 fraction bits, the lowest sticky. */
static const struct source {
    nf_format format;
    uint8_t source, src_frac, field_shift;
} sources[] = {
#define IEEE(WIDTH, PRECISION, BIAS)                                                                                   \
    {.width = WIDTH,                                                                                                   \
     .precision = PRECISION,                                                                                           \
     .bias = BIAS,                                                                                                     \
     .is_signed = 1,                                                                                                   \
     .has_inf = 1,                                                                                                     \
     .has_zero = 1,                                                                                                    \
     .has_neg_zero = 1,                                                                                                \
     .has_quiet_bit = 1,                                                                                               \
     .n_high_nans = NF_HIGH_NANS_ALL}
    {IEEE(32, 24, 127), NFI_FAST_32, 23, 23},
    {IEEE(64, 53, 1023), NFI_FAST_64, 29, 20},
    {IEEE(16, 8, 127), NFI_FAST_16, 23, 23},
    {IEEE(16, 11, 15), NFI_FAST_16, 26, 26},
#undef IEEE
};

static const struct source *find_source(const nf_format *f) {
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        if (memcmp(&sources[i].format, f, sizeof *f) == 0) return &sources[i];
    }
    return NULL;
}

/* Does exponent field 0 hold normal values, with a gap below them (E8M0, DLFloat16)? */
static int has_gap(const nfi_layout *to) { return to->format.exp0 == NF_EXP0_NORMAL; }

/* Are subnormal values of the source normal ones there? */
static int needs_normal(const struct source *s, const nfi_layout *to) {
    return to->emin + s->format.bias < (has_gap(to) ? 0 : 1);
}

/* Formats of up to 16 bits, and roundings that a threshold for nu describes. */
static int is_listed(const struct source *s, const nfi_goal *goal) {
    const nfi_layout *to = &goal->to;
    if (!s || to->format.width > 16 || goal->pad) return 0;
    if (!to->is_plain && (!has_gap(to) || goal->ftz != NF_FTZ_OFF)) return 0;
    if (to->frac_bits >= s->src_frac) return 0;
    if (to->emin < -(1 << 15)) return 0; /* a result's exponent stays in a word */
    if (goal->propagate && to->format.has_quiet_bit) return 0;
    if (goal->substitute == NF_SUBSTITUTE_RAISE && !to->has_nan) return 0;
    if (!nfi_is_stochastic(goal->rounding)) return 1;
    /* nu is exact to N + 1 bits above a sticky one */
    const uint32_t n = goal->random_count;
    return n >= 1 && n <= 29 && (s->source != NFI_FAST_64 || n + to->frac_bits <= 26);
}

/* nu above this goes away from zero, at an even or odd result of this sign. */
static uint32_t threshold(uint32_t rounding, uint32_t odd, uint32_t sign) {
    const uint32_t half = 0x80000000, never = UINT32_MAX;
    switch (rounding) {
    case NF_ROUND_TIES_EVEN: return half - odd;
    case NF_ROUND_TIES_AWAY: return half - 1;
    case NF_ROUND_TOWARD_POSITIVE: return sign ? never : 0;
    case NF_ROUND_TOWARD_NEGATIVE: return sign ? 0 : never;
    case NF_ROUND_TO_ODD: return odd ? never : 0;
    default: return never;
    }
}

/* What the generic path makes of a value of this kind: the code's bits from `upper` on. */
static uint32_t ask(const nfi_goal *goal, nf_kind kind, uint32_t sign, int32_t exp, uint32_t upper, uint32_t *flags) {
    const nfi_unpacked x = {.kind = (uint8_t)kind, .sign = (uint8_t)sign, .sig = {.hi = 1ull << 63}, .exp = exp};
    *flags = 0;
    return (uint32_t)(nfi_round_pack(goal, &x, 0, flags).lo >> upper);
}

/* Does nf_fast_words.h run the plan?  Its words have bfloat16's fields (binary16's, if that is the source): P + 1 bits of
 * a breakpoint must lie above the sticky one, field 0 in class 0, and what is held at the top beyond max. */
static void plan_words(nfi_fast_plan *p, const struct source *s, const nfi_goal *goal) {
    const nfi_layout *to = &goal->to;
    const int is_half = s->format.precision == 11;
    const uint32_t lowest = (uint32_t)(to->emin + (is_half ? 15 : 127)), sign = (uint32_t)to->sign_bit.lo;
    p->word_frac = is_half ? 10 : 7;
    p->word_inf = is_half ? 0x7C00 : 0x7F80;
    p->word_quiet = is_half ? 0x200 : 0x40;
    p->in_words = to->is_plain && to->bytes == 1 && to->format.is_signed && !p->stochastic && to->frac_bits >= 1 &&
                  to->frac_bits <= 5 && p->max_mag >> to->frac_bits > 0 && lowest >= to->frac_bits + 2 &&
                  to->emin > -127 && to->emax < 126 && lowest < p->word_inf >> p->word_frac;
    if (p->in_words) { /* what is held there is at least the code after max, or max */
        const uint32_t fraction = p->beyond[0] & ((1u << p->frac) - 1);
        p->word_clamp = ((p->beyond[0] >> p->frac) - 1 + lowest) << p->word_frac | fraction << (p->word_frac - p->frac);
    }
    p->word_lowest = lowest;
    p->is_upper = to->is_plain && s->source == NFI_FAST_32 && to->bytes == 2 && to->frac_bits == 7 && p->lowest == 1 &&
                  to->format.width == 16 && to->format.is_signed && to->format.has_neg_zero;
    p->is_half = s->source == NFI_FAST_32 && memcmp(&to->format, &sources[3].format, sizeof to->format) == 0 &&
                 goal->rounding == NF_ROUND_TIES_EVEN && goal->overflow != NF_OVERFLOW_SATURATE &&
                 goal->overflow != NF_OVERFLOW_PROPAGATE;
    const int is_inf = p->is_upper && p->inf[0] == p->max_mag + 1;
    const int one_rounding = p->threshold[0][0] == p->threshold[0][1];
    const int one_limit = one_rounding && p->threshold[0][0] >= 0x7FFFFFFF;
    const int one_nan = p->nan[0] == p->nan[1];
    const uint32_t minus = p->beyond[1] ^ sign; /* without the sign bit */
    const int is_same = minus == p->beyond[0] && p->inf[0] == p->beyond[0] && p->inf[1] == p->beyond[1];
    p->is_held = p->has_neg_zero && p->beyond[0] - p->max_mag <= 1 && minus - p->max_mag <= 1;
    const int keeps = !p->daz && !p->flush; /* subnormal operands and results */
    p->is_upper = p->is_upper && keeps;
    p->is_half = p->is_half && keeps;
    p->is_simple = keeps && p->is_held && is_same && one_nan && one_limit &&
                   (p->is_upper ? is_inf : to->emax < (is_half ? 15 : 126));
}

int nfi_fast_plan_init(nfi_fast_plan *p, const nfi_layout *from, int daz, const nfi_goal *goal) {
    const struct source *s = find_source(&from->format);
    const nfi_layout *to = &goal->to;
    uint32_t unused;
    if (!is_listed(s, goal)) return 0;
    const uint32_t upper = s->format.width == 64 ? 32 : 0, raise = 32 - (s->format.width - upper);
    *p = (nfi_fast_plan){.source = s->source,
                         .out_bytes = to->bytes,
                         .src_frac = s->src_frac,
                         .field_shift = s->field_shift,
                         .src_inf = (uint32_t)(from->inf_mag.lo >> upper) << raise,
                         .src_quiet = (uint32_t)(from->quiet.lo >> upper) << raise,
                         .frac = to->frac_bits,
                         .lowest = (uint32_t)(to->emin + s->format.bias),
                         .max_mag = (uint32_t)to->max_mag.lo,
                         .sign_bit = (uint32_t)to->sign_bit.lo,
                         .has_neg_zero = to->format.has_neg_zero,
                         .tiny_before = goal->tininess == NF_TININESS_BEFORE,
                         .normalizes = needs_normal(s, to) && s->source != NFI_FAST_64,
                         .daz = daz != 0,
                         .flush = goal->ftz,
                         .flush_flags = NF_FLAG_UNDERFLOW | (goal->ftz == NF_FTZ_X86 ? NF_FLAG_INEXACT : 0)};
    if (has_gap(to)) {
        p->offset = 1u << to->frac_bits;
        p->safe = p->lowest + 1;
    }
    if (needs_normal(s, to)) p->safe = has_gap(to) || !p->normalizes; /* zeros, or all of field 0 */
    if (nfi_is_stochastic(goal->rounding)) p->stochastic = goal->rounding;
    p->random_count = goal->random_count;
    for (uint32_t sign = 0; sign < 2; sign++) {
        for (uint32_t odd = 0; odd < 2; odd++) p->threshold[odd][sign] = threshold(goal->rounding, odd, sign);
        p->beyond[sign] = ask(goal, NF_KIND_FINITE, sign, to->emax + 1, 0, &unused);
        p->inf[sign] = ask(goal, NF_KIND_INF, sign, 0, 0, &p->inf_flags[sign]);
        p->nan[sign] = ask(goal, NF_KIND_QUIET_NAN, sign, 0, 0, &p->nan_flags);
    }
    plan_words(p, s, goal);
    if (!to->format.is_signed) p->below = ask(goal, NF_KIND_FINITE, 1, to->emax + 1, 0, &p->below_flags);
    return 1;
}

/* binary32 or binary64 with room for every value of a format with IEEE's grid, and nothing that flushes. */
static int widens(const nfi_layout *from, const nfi_goal *goal) {
    const nfi_layout *to = &goal->to;
    const int wide = memcmp(&to->format, &sources[0].format, sizeof to->format) == 0 ||
                     memcmp(&to->format, &sources[1].format, sizeof to->format) == 0;
    const int narrow = from->format.width > 8 && from->format.width <= 16 && from->is_plain;
    if (!wide || !narrow || goal->ftz != NF_FTZ_OFF || goal->pad) return 0;
    if ((goal->propagate && from->format.has_quiet_bit) || goal->overflow == NF_OVERFLOW_SATURATE) return 0;
    const int32_t lowest = from->emin - (int32_t)from->frac_bits;
    return from->emax <= to->emax && from->emin >= to->emin && (lowest >= to->emin || from->emin == to->emin);
}

int nfi_widen_plan_init(nfi_widen_plan *p, const nfi_layout *from, const nfi_goal *goal) {
    const nfi_layout *to = &goal->to;
    if (!widens(from, goal)) return 0;
    const uint32_t upper = to->bytes == 8 ? 32 : 0;
    uint32_t place = 0;
    while (from->format.is_signed && from->sign_bit.lo >> place != 1) place++;
    *p = (nfi_widen_plan){.out_bytes = to->bytes,
                          .mag_mask = (uint32_t)from->mag_mask.lo,
                          .sign_bit = (uint32_t)from->sign_bit.lo,
                          .to_sign = 31 - place,
                          .frac = from->frac_bits,
                          .max_mag = (uint32_t)from->max_mag.lo,
                          .inf_mag = (uint32_t)from->inf_mag.lo,
                          .quiet = (uint32_t)from->quiet.lo,
                          .has_neg_zero = from->format.has_neg_zero || !from->format.is_signed,
                          .place = to->frac_bits - upper,
                          .rebias = (uint32_t)(to->format.bias - from->format.bias),
                          .moves = from->emin != to->emin};
    /* from the bias of binary32, which the fraction's float has */
    p->move = (uint32_t)(to->format.bias - 127 + from->emin - (int32_t)from->frac_bits);
    for (uint32_t sign = 0; sign < 2; sign++) {
        p->inf[sign] = ask(goal, NF_KIND_INF, sign, 0, upper, &p->inf_flags[sign]);
        p->nan[sign] = ask(goal, NF_KIND_QUIET_NAN, sign, 0, upper, &p->nan_flags);
    }
    return 1;
}

nfi_widen_kernel *nfi_widen_pick(uint32_t isa) {
#if defined(__x86_64__) && defined(__GNUC__)
    if ((isa == NF_ISA_AUTO || isa == NF_ISA_AVX512) && nf_isa_runs(NF_ISA_AVX512)) return nfi_widen_avx512;
    if ((isa == NF_ISA_AUTO || isa == NF_ISA_AVX2) && nf_isa_runs(NF_ISA_AVX2)) return nfi_widen_avx2;
#endif
#if defined(__aarch64__) && defined(__GNUC__)
    if (isa == NF_ISA_AUTO || isa == NF_ISA_NEON) return nfi_widen_neon;
#endif
    (void)isa;
    return nfi_widen_portable;
}

#if defined(__x86_64__) && defined(__GNUC__)

#include <cpuid.h>

/* Conversion between binary32 and binary16; not every compiler's __builtin_cpu_supports knows the name. */
static int has_f16c(void) {
    unsigned int eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_F16C);
}

#endif

int32_t nf_isa_runs(uint32_t isa) {
    switch (isa) {
    case NF_ISA_GENERIC:
    case NF_ISA_PORTABLE: return 1;
#if defined(__x86_64__) && defined(__GNUC__)
    case NF_ISA_AVX2: return __builtin_cpu_supports("avx2") && has_f16c();
    case NF_ISA_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
#if defined(__aarch64__) && defined(__GNUC__)
    case NF_ISA_NEON: return 1;
#endif
    default: return 0;
    }
}

nfi_fast_kernels nfi_fast_pick(uint32_t isa) {
#if defined(__x86_64__) && defined(__GNUC__)
    if ((isa == NF_ISA_AUTO || isa == NF_ISA_AVX512) && nf_isa_runs(NF_ISA_AVX512)) {
        return (nfi_fast_kernels){nfi_fast_avx512, nfi_or_avx512};
    }
    if ((isa == NF_ISA_AUTO || isa == NF_ISA_AVX2) && nf_isa_runs(NF_ISA_AVX2)) {
        return (nfi_fast_kernels){nfi_fast_avx2, nfi_or_avx2};
    }
#endif
#if defined(__aarch64__) && defined(__GNUC__)
    if (isa == NF_ISA_AUTO || isa == NF_ISA_NEON) return (nfi_fast_kernels){nfi_fast_neon, nfi_or_neon};
#endif
    (void)isa;
    return (nfi_fast_kernels){nfi_fast_portable, nfi_or_portable};
}
