/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Checks an environment and resolves it against a destination format.
 */
#include "nf_internal.h"

static const nf_env default_env;

static nf_status check_env(const nf_env *env) {
    if (env->rounding > NF_ROUND_STOCHASTIC_C) return NF_ERR_ROUNDING;
    if (env->overflow > NF_OVERFLOW_SAT_NONE) return NF_ERR_OVERFLOW;
    if (env->tininess > NF_TININESS_BEFORE) return NF_ERR_TININESS;
    if (env->nan > NF_NAN_SF_RISCV) return NF_ERR_NAN_PROFILE;
    if (env->nan_substitute > NF_SUBSTITUTE_RAISE) return NF_ERR_NAN_SUBSTITUTE;
    if (env->ftz > NF_FTZ_ARM) return NF_ERR_FTZ;
    if (env->daz > (NF_DAZ_A | NF_DAZ_B | NF_DAZ_C)) return NF_ERR_DAZ;
    if (env->random_bits_count > 32) return NF_ERR_RANDOM_COUNT;
    for (size_t i = 0; i < sizeof env->reserved; i++) {
        if (env->reserved[i] != 0) return NF_ERR_ENV_RESERVED;
    }
    if (env->int_overflow > NF_INT_OVERFLOW_WRAP) return NF_ERR_INT_OVERFLOW;
    if (env->rounding_precision > 113) return NF_ERR_ROUNDING_PRECISION;
    if (env->compat > NF_COMPAT_ONNX_NOSAT) return NF_ERR_COMPAT;
    const nf_env alone = {.compat = env->compat};
    if (env->compat && memcmp(env, &alone, sizeof alone) != 0) return NF_ERR_COMPAT_ALONE;
    return NF_OK;
}

/* SoftFloat 3e's specialize.h and s_propagateNaN*.c; Intel SDM 1, tables 4-7 and 14-17; Arm ARM, FPProcessNaNs3. */
static const nfi_nan_rule nan_rules[] = {
    [NF_NAN_CANONICAL] = {.choice = NFI_NAN_NONE},
    [NF_NAN_RISCV] = {.choice = NFI_NAN_NONE},
    [NF_NAN_X86_SSE] = {.choice = NFI_NAN_FIRST, .negative = 1, .inf_zero = 1},
    [NF_NAN_X87] = {.choice = NFI_NAN_LARGER, .negative = 1, .pairwise = 1, .indefinite = 1},
    [NF_NAN_ARM] = {.choice = NFI_NAN_SIGNALING_FIRST, .addend_first = 1},
    [NF_NAN_ARM_DEFAULT_NAN] = {.choice = NFI_NAN_NONE},
    [NF_NAN_SF_8086_SSE] = {.choice = NFI_NAN_FIRST, .negative = 1, .pairwise = 1},
    [NF_NAN_SF_8086] = {.choice = NFI_NAN_LARGER, .negative = 1, .pairwise = 1},
    [NF_NAN_SF_ARM] = {.choice = NFI_NAN_SIGNALING_FIRST, .pairwise = 1},
    [NF_NAN_SF_ARM_DN] = {.choice = NFI_NAN_NONE},
    [NF_NAN_SF_RISCV] = {.choice = NFI_NAN_NONE},
};
_Static_assert(sizeof nan_rules / sizeof *nan_rules == NF_NAN_SF_RISCV + 1, "one rule per profile");

/* The grid of results with at most `bits` significand bits: the format with its low fraction bits cut off. */
static nf_status narrow_grid(nfi_goal *goal, uint32_t bits) {
    nf_format f = goal->to.format;
    const int ieee = f.is_signed && f.has_inf && f.n_high_nans == NF_HIGH_NANS_ALL && f.exp0 == NF_EXP0_SUBNORMAL;
    if (bits < 2 || bits > f.precision || !ieee || !f.has_neg_zero) return NF_ERR_ROUNDING_PRECISION;
    goal->pad = f.precision - bits;
    f.width = (uint8_t)(f.width - goal->pad);
    f.precision = (uint8_t)bits;
    return nfi_layout_init(&goal->grid, &f);
}

nf_status nfi_goal_init(nfi_goal *goal, const nf_format *to, const nf_env *env) {
    if (!env) env = &default_env;
    nf_status status = nfi_layout_init(&goal->to, to);
    if (!status) status = check_env(env);
    if (status) return status;
    goal->grid = goal->to;
    goal->pad = 0;
    if (env->rounding_precision) status = narrow_grid(goal, env->rounding_precision);
    if (status) return status;
    const nf_format *f = &goal->to.format;
    const int flushes = env->ftz != NF_FTZ_OFF && env->flush_except_width != f->width;
    if (flushes && !f->has_zero) return NF_ERR_FTZ_NO_ZERO;
    goal->rounding = env->rounding;
    goal->random_count = nfi_is_stochastic(env->rounding) ? env->random_bits_count : 0;
    if (f->precision + goal->random_count > 125) return NF_ERR_RANDOM_COUNT;
    goal->overflow = env->overflow;
    if (goal->overflow == NF_OVERFLOW_DEFAULT) goal->overflow = f->has_inf ? NF_OVERFLOW_IEEE : NF_OVERFLOW_SATURATE;
    goal->tininess = env->tininess;
    goal->ftz = flushes ? env->ftz : NF_FTZ_OFF;
    /* P bits to keep, N + 1 more for a stochastic decision (N = 0: the guard bit), and a sticky one */
    goal->narrow = f->precision + goal->random_count <= 62;
    goal->in_words = goal->narrow && goal->grid.is_plain && f->is_signed && f->precision > 1 && goal->pad == 0;
    goal->nan_rule = nan_rules[env->nan];
    if (env->nan == NF_NAN_SF_8086_SSE && f->explicit_leading_bit) goal->nan_rule.choice = NFI_NAN_LARGER;
    goal->propagate = goal->nan_rule.choice != NFI_NAN_NONE;
    goal->keep_signaling = goal->nan_signed = goal->sig_parity = 0;
    goal->substitute = env->nan_substitute;
    goal->nan_code = goal->to.nan_code;
    if (goal->nan_rule.negative && f->has_quiet_bit) goal->nan_code = u128_or(goal->nan_code, goal->to.sign_bit);
    return NF_OK;
}

int nfi_daz(const nf_env *env, uint32_t which, uint32_t width) {
    return env && (env->daz & which) && env->flush_except_width != width;
}
