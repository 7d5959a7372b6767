/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Replays golden vector files through the C library alone, and checks what every misuse is answered with:
 *     replay FILE...
 * Exit status 0 if everything is right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numfmt.h"

enum { LINE = 512, SHOWN = 10 };

typedef struct job {
    nf_format src, dst;
    nf_env env;
} job;

/* An option of the header line: the byte of nf_env that it sets, and the names of the values 0, 1, 2, ... */
typedef struct option {
    const char *name;
    size_t offset;
    const char *values[12];
} option;

static const option options[] = {
    {"--rounding",
     offsetof(nf_env, rounding),
     {"ties_even", "ties_away", "toward_zero", "toward_positive", "toward_negative", "to_odd"}},
    {"--overflow", offsetof(nf_env, overflow), {"default", "ieee", "saturate", "propagate", "infinity", "sat_none"}},
    {"--tininess", offsetof(nf_env, tininess), {"after", "before"}},
    {"--nan",
     offsetof(nf_env, nan),
     {"canonical", "riscv", "x86_sse", "x87", "arm", "arm_default_nan", "sf_8086_sse", "sf_8086", "sf_arm", "sf_arm_dn",
      "sf_riscv"}},
    {"--nan-substitute",
     offsetof(nf_env, nan_substitute),
     {"max", "signed_max", "zero", "signed_zero", "inverted_zero", "raise"}},
    {"--ftz", offsetof(nf_env, ftz), {"off", "x86", "arm"}},
};

static int set_option(job *j, const char *name, const char *value) {
    if (strcmp(name, "--to") == 0) return nf_format_find(value, &j->dst) == NF_OK;
    if (strcmp(name, "--style") == 0) return 1;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (strcmp(name, options[i].name) != 0) continue;
        for (unsigned v = 0; v < 12 && options[i].values[v]; v++) {
            if (strcmp(value, options[i].values[v]) != 0) continue;
            ((unsigned char *)&j->env)[options[i].offset] = (unsigned char)v;
            return 1;
        }
    }
    return 0;
}

/* "# numfmt-vectors 1 convert SRC --to DST --option value ..." */
static int parse_header(char *line, job *j) {
    const char *const start[] = {"#", "numfmt-vectors", "1", "convert"};
    char *word = strtok(line, " \n");
    for (size_t i = 0; i < 4; i++, word = strtok(NULL, " \n")) {
        if (!word || strcmp(word, start[i]) != 0) return 0;
    }
    memset(j, 0, sizeof *j);
    if (!word || nf_format_find(word, &j->src) != NF_OK) return 0;
    while ((word = strtok(NULL, " \n")) != NULL) {
        const char *value = strtok(NULL, " \n");
        if (!value || !set_option(j, word, value)) return 0;
    }
    return j->dst.width != 0;
}

/* One code by way of an array of the format's element size. */
static void put_code(unsigned char *array, const nf_format *f, unsigned long long code) {
    const uint8_t c1 = (uint8_t)code;
    const uint16_t c2 = (uint16_t)code;
    const uint32_t c4 = (uint32_t)code;
    const uint64_t c8 = code;
    switch (nf_code_bytes(f->width)) {
    case 1: memcpy(array, &c1, 1); break;
    case 2: memcpy(array, &c2, 2); break;
    case 4: memcpy(array, &c4, 4); break;
    default: memcpy(array, &c8, 8); break;
    }
}

static int replay_line(const job *j, const char *line) {
    unsigned long long operand, code;
    unsigned wanted;
    unsigned char in[8], out[8] = {0}, want[8] = {0};
    uint8_t flags;
    nf_result result;
    if (sscanf(line, "%llx %llx %x", &operand, &code, &wanted) != 3) return 0;
    put_code(in, &j->src, operand);
    put_code(want, &j->dst, code);
    if (nf_convert(&j->src, &j->dst, &j->env, 1, in, NULL, out, &flags, &result) != NF_OK) return 0;
    return memcmp(out, want, sizeof out) == 0 && flags == wanted && result.flags == wanted;
}

static int replay_file(const char *path, unsigned long *count) {
    char line[LINE];
    job j;
    int wrong = 0;
    FILE *file = fopen(path, "r");
    if (!file || !fgets(line, sizeof line, file) || !parse_header(line, &j)) {
        printf("%s: cannot be opened, or its first line is no header that this program knows\n", path);
        if (file) fclose(file);
        return 1;
    }
    for (; fgets(line, sizeof line, file); ++*count) {
        if (replay_line(&j, line)) continue;
        if (++wrong <= SHOWN) printf("%s: wrong: %s", path, line);
    }
    fclose(file);
    return wrong;
}

static int failures;

static void expect(const char *what, int got, int wanted) {
    if (got == wanted) return;
    failures++;
    printf("%s: status %d (%s), expected %d (%s)\n", what, got, nf_status_text(got), wanted, nf_status_text(wanted));
}

static const nf_format e4m3fn = {
    .width = 8, .precision = 4, .bias = 7, .is_signed = 1, .has_zero = 1, .has_neg_zero = 1, .n_high_nans = 1};
static const nf_format e2m1fn = {
    .width = 4, .precision = 2, .bias = 1, .is_signed = 1, .has_zero = 1, .has_neg_zero = 1};
static const nf_format e8m0 = {.width = 8, .precision = 1, .bias = 127, .exp0 = NF_EXP0_NORMAL, .n_high_nans = 1};
static const nf_format x87 = {.width = 80,
                              .precision = 64,
                              .bias = 16383,
                              .is_signed = 1,
                              .has_inf = 1,
                              .has_zero = 1,
                              .has_neg_zero = 1,
                              .has_quiet_bit = 1,
                              .explicit_leading_bit = 1,
                              .n_high_nans = NF_HIGH_NANS_ALL};

static void expect_format(const char *what, nf_format f, int wanted) {
    expect(what, nf_format_canonicalize(&f), wanted);
}

static void check_format_statuses(void) {
    nf_format f;
#define BAD(base, field, value, status)                                                                                \
    (f = (base), f.field = (value), expect_format(#base "." #field " = " #value, f, status))
    BAD(e4m3fn, width, 8, NF_OK);
    BAD(x87, width, 80, NF_OK);
    BAD(e4m3fn, width, 1, NF_ERR_WIDTH);
    BAD(e4m3fn, width, 129, NF_ERR_WIDTH);
    BAD(e4m3fn, precision, 0, NF_ERR_PRECISION);
    BAD(e4m3fn, precision, 114, NF_ERR_PRECISION);
    BAD(e4m3fn, precision, 8, NF_ERR_EXPONENT_FIELD);
    BAD(e4m3fn, width, 25, NF_ERR_EXPONENT_FIELD);
    BAD(e4m3fn, bias, (1 << 20) + 1, NF_ERR_BIAS);
    BAD(e4m3fn, bias, -(1 << 20) - 1, NF_ERR_BIAS);
    BAD(e4m3fn, is_signed, 2, NF_ERR_IS_SIGNED);
    BAD(e4m3fn, has_inf, 2, NF_ERR_HAS_INF);
    BAD(e4m3fn, has_zero, 2, NF_ERR_HAS_ZERO);
    BAD(e4m3fn, has_neg_zero, 2, NF_ERR_HAS_NEG_ZERO);
    BAD(e4m3fn, exp0, 3, NF_ERR_EXP0);
    BAD(e4m3fn, has_quiet_bit, 2, NF_ERR_HAS_QUIET_BIT);
    BAD(e4m3fn, explicit_leading_bit, 2, NF_ERR_EXPLICIT_LEADING_BIT);
    BAD(e4m3fn, reserved[6], 1, NF_ERR_FORMAT_RESERVED);
    BAD(e4m3fn, is_signed, 0, NF_ERR_UNSIGNED_NEG_ZERO);
    BAD(e4m3fn, has_zero, 0, NF_ERR_SIGNED_NO_ZERO);
    BAD(e8m0, exp0, NF_EXP0_SUBNORMAL, NF_ERR_NO_ZERO_EXP0);
    BAD(e8m0, exp0, NF_EXP0_ZERO, NF_ERR_NO_ZERO_EXP0);
    BAD(e4m3fn, has_neg_zero, 0, NF_ERR_NO_NEG_ZERO_HIGH_NANS);
    BAD(e4m3fn, has_quiet_bit, 1, NF_ERR_QUIET_BIT_NEEDS);
    BAD(e4m3fn, n_high_nans, NF_HIGH_NANS_ALL, NF_ERR_ALL_NANS_NEED_INF);
    BAD(x87, has_quiet_bit, 0, NF_ERR_EXPLICIT_NEEDS);
    BAD(e4m3fn, n_high_nans, 128, NF_ERR_TOO_MANY_SPECIALS);
    BAD(e4m3fn, n_high_nans, 127, NF_ERR_NO_POSITIVE_FINITE);
#undef BAD
    expect("null format", nf_format_canonicalize(NULL), NF_ERR_NULL);
}

static int convert_with(const nf_env *env) {
    const unsigned char in = 1;
    unsigned char out;
    return nf_convert(&e4m3fn, &e8m0, env, 1, &in, NULL, &out, NULL, NULL);
}

static void check_env_statuses(void) {
    nf_env env = {0};
    expect("default env", convert_with(&env), NF_OK);
    expect("no env", convert_with(NULL), NF_OK);
#define BAD(field, value, status)                                                                                      \
    (memset(&env, 0, sizeof env), env.field = (value), expect("env." #field, convert_with(&env), status))
    BAD(rounding, 9, NF_ERR_ROUNDING);
    BAD(rounding, NF_ROUND_STOCHASTIC_A, NF_ERR_RANDOM_NULL);
    BAD(random_bits_count, 33, NF_ERR_RANDOM_COUNT);
    BAD(overflow, 6, NF_ERR_OVERFLOW);
    BAD(tininess, 2, NF_ERR_TININESS);
    BAD(nan, 11, NF_ERR_NAN_PROFILE);
    BAD(nan_substitute, 6, NF_ERR_NAN_SUBSTITUTE);
    BAD(ftz, 3, NF_ERR_FTZ);
    BAD(ftz, NF_FTZ_ARM, NF_ERR_FTZ_NO_ZERO);
    BAD(daz, 8, NF_ERR_DAZ);
    BAD(reserved[0], 1, NF_ERR_ENV_RESERVED);
    BAD(compat, 7, NF_ERR_COMPAT);
    BAD(compat, NF_COMPAT_NUMPY, NF_ERR_COMPAT_CAST);
    BAD(compat, NF_COMPAT_TORCH, NF_OK);
    env = (nf_env){.compat = NF_COMPAT_TORCH, .overflow = NF_OVERFLOW_IEEE};
    expect("compat and another field", convert_with(&env), NF_ERR_COMPAT_ALONE);
    const nf_parts parts = {.kind = NF_KIND_FINITE, .sig_lo = 1};
    unsigned char out;
    env = (nf_env){.compat = NF_COMPAT_TORCH};
    expect("compat and parts", nf_round_parts(&e4m3fn, &env, 1, &parts, NULL, &out, NULL, NULL), NF_ERR_COMPAT_CAST);
#undef BAD
}

static void check_array_statuses(void) {
    unsigned char codes[8] = {1, 2, 3, 0x1F}, out[8] = {9, 9, 9, 9}, flags[8] = {9, 9, 9, 9};
    nf_env raise = {.nan_substitute = NF_SUBSTITUTE_RAISE};
    nf_result result;
    expect("null in", nf_convert(&e4m3fn, &e4m3fn, NULL, 1, NULL, NULL, out, NULL, NULL), NF_ERR_NULL);
    expect("null out", nf_convert(&e4m3fn, &e4m3fn, NULL, 1, codes, NULL, NULL, NULL, NULL), NF_ERR_NULL);
    expect("null src", nf_convert(NULL, &e4m3fn, NULL, 1, codes, NULL, out, NULL, NULL), NF_ERR_NULL);
    expect("null, n = 0", nf_convert(&e4m3fn, &e4m3fn, NULL, 0, NULL, NULL, NULL, NULL, NULL), NF_OK);
    expect("n too large", nf_convert(&e4m3fn, &x87, NULL, (size_t)PTRDIFF_MAX, codes, NULL, out, NULL, NULL),
           NF_ERR_SIZE);
    expect("in over out", nf_convert(&e4m3fn, &e4m3fn, NULL, 4, codes, NULL, codes + 3, NULL, NULL), NF_ERR_OVERLAP);
    expect("flags over out", nf_convert(&e4m3fn, &e4m3fn, NULL, 4, codes, NULL, out, out, NULL), NF_ERR_OVERLAP);
    expect("wide code", nf_convert(&e2m1fn, &e4m3fn, NULL, 4, codes, NULL, out, flags, &result), NF_ERR_CODE);
    expect("its index", (int)result.index, 3);
    codes[3] = 0x7F;
    expect("NaN refused", nf_convert(&e4m3fn, &e2m1fn, &raise, 4, codes, NULL, out, flags, &result), NF_ERR_NAN);
    expect("its index", (int)result.index, 3);
    expect("nothing half-written", out[0] == 9 && flags[0] == 9, 1);
    expect("int from null", nf_from_int(1, &e4m3fn, NULL, 1, NULL, NULL, out, NULL, NULL), NF_ERR_NULL);
    nf_parts parts = {.kind = NF_KIND_FINITE, .sig_lo = 1, .sticky = 1};
    expect("sticky below 2^126", nf_round_parts(&e4m3fn, NULL, 1, &parts, NULL, out, NULL, &result), NF_ERR_PARTS);
    parts = (nf_parts){.kind = 5};
    expect("unknown kind", nf_round_parts(&e4m3fn, NULL, 1, &parts, NULL, out, NULL, &result), NF_ERR_PARTS);
}

static void check_names(void) {
    nf_format f;
    expect("e4m3fn", nf_format_find("E4M3FN", &f), NF_OK);
    expect("e4m3", nf_format_find("e4m3", &f), NF_ERR_NAME_E4M3);
    expect("binary8p4se", nf_format_find("Binary8p4se", &f), NF_OK);
    expect("binary2p1se", nf_format_find("binary2p1se", &f), NF_ERR_NAME);
    expect("binary8p8se", nf_format_find("binary8p8se", &f), NF_ERR_NAME);
    expect("empty", nf_format_find("", &f), NF_ERR_NAME);
    expect("null name", nf_format_find(NULL, &f), NF_ERR_NULL);
    expect("past the table", nf_format_at(nf_format_count()) == NULL, 1);
}

int main(int argc, char **argv) {
    unsigned long count = 0;
    check_format_statuses();
    check_env_statuses();
    check_array_statuses();
    check_names();
    int wrong = failures;
    for (int i = 1; i < argc; i++) wrong += replay_file(argv[i], &count);
    printf("%d files, %lu vectors, %d wrong\n", argc - 1, count, wrong);
    return wrong != 0;
}
