/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The named formats, one row each with its source document, and look-up by name.
 */
#include "nf_internal.h"

/* Groups of fields that many rows share. */
#define SIGNED_ZEROS .is_signed = 1, .has_zero = 1, .has_neg_zero = 1
#define IEEE_SPECIALS SIGNED_ZEROS, .has_inf = 1, .n_high_nans = NF_HIGH_NANS_ALL
#define FNUZ .is_signed = 1, .has_zero = 1

/* clang-format off */
static const nf_format_info table[] = {
    {"binary16", "float16 half fp16", "IEEE 754-2019 table 3.5", 0,
     {.width = 16, .precision = 11, .bias = 15, IEEE_SPECIALS, .has_quiet_bit = 1}},
    {"binary32", "float32 single fp32", "IEEE 754-2019 table 3.5", 0,
     {.width = 32, .precision = 24, .bias = 127, IEEE_SPECIALS, .has_quiet_bit = 1}},
    {"binary64", "float64 double fp64", "IEEE 754-2019 table 3.5", 0,
     {.width = 64, .precision = 53, .bias = 1023, IEEE_SPECIALS, .has_quiet_bit = 1}},
    {"binary128", "float128 quad fp128", "IEEE 754-2019 table 3.5", 0,
     {.width = 128, .precision = 113, .bias = 16383, IEEE_SPECIALS, .has_quiet_bit = 1}},
    {"x87_extended", "x87 float80 extf80", "Intel SDM 1, 8.2", 0,
     {.width = 80, .precision = 64, .bias = 16383, IEEE_SPECIALS, .has_quiet_bit = 1, .explicit_leading_bit = 1}},
    {"bfloat16", "bf16", "OCP OFP8 v1.0 4.1", 0,
     {.width = 16, .precision = 8, .bias = 127, IEEE_SPECIALS, .has_quiet_bit = 1}},
    {"tf32", "tensorfloat32", "NVIDIA A100 whitepaper; PTX ISA .tf32", 0,
     {.width = 19, .precision = 11, .bias = 127, IEEE_SPECIALS, .has_quiet_bit = 1}},
    {"float8_e4m3fn", "e4m3fn ocp_e4m3", "OCP OFP8 v1.0 5.1 tables 1 and 2", 0,
     {.width = 8, .precision = 4, .bias = 7, SIGNED_ZEROS, .n_high_nans = 1}},
    {"float8_e4m3", "e4m3_ieee", "ml_dtypes 0.6.0 float8_e4m3 (IEEE 754 style)", 0,
     {.width = 8, .precision = 4, .bias = 7, IEEE_SPECIALS, .has_quiet_bit = 1}},
    {"float8_e5m2", "e5m2 ocp_e5m2", "OCP OFP8 v1.0 5.1 tables 1 and 2", 0,
     {.width = 8, .precision = 3, .bias = 15, IEEE_SPECIALS}},
    {"float8_e3m4", "e3m4", "ml_dtypes 0.6.0 float8_e3m4 (IEEE 754 style)", 0,
     {.width = 8, .precision = 5, .bias = 3, IEEE_SPECIALS, .has_quiet_bit = 1}},
    {"float8_e4m3fnuz", "e4m3fnuz", "arXiv:2206.02915", 0, {.width = 8, .precision = 4, .bias = 8, FNUZ}},
    {"float8_e5m2fnuz", "e5m2fnuz", "arXiv:2206.02915", 0, {.width = 8, .precision = 3, .bias = 16, FNUZ}},
    {"float8_e4m3b11fnuz", "e4m3b11fnuz", "ml_dtypes 0.6.0 float8_e4m3b11fnuz", 0,
     {.width = 8, .precision = 4, .bias = 11, FNUZ}},
    {"float8_e8m0fnu", "e8m0fnu e8m0 ue8m0 ocp_e8m0", "OCP MX v1.0 5.4.1 table 7", 0,
     {.width = 8, .precision = 1, .bias = 127, .exp0 = NF_EXP0_NORMAL, .n_high_nans = 1}},
    {"ue4m3", "", "PTX ISA 5.2.3 .ue4m3", 0, {.width = 7, .precision = 4, .bias = 7, .has_zero = 1, .n_high_nans = 1}},
    {"ue5m3", "", "CUDA Math API 13.4 15.21; bias 15 assumed", 1,
     {.width = 8, .precision = 4, .bias = 15, .has_zero = 1, .n_high_nans = 1}},
    {"float6_e2m3fn", "e2m3fn e2m3 ocp_e2m3", "OCP MX v1.0 5.3.2", 0,
     {.width = 6, .precision = 4, .bias = 1, SIGNED_ZEROS}},
    {"float6_e3m2fn", "e3m2fn e3m2 ocp_e3m2", "OCP MX v1.0 5.3.2", 0,
     {.width = 6, .precision = 3, .bias = 3, SIGNED_ZEROS}},
    {"float4_e2m1fn", "e2m1fn e2m1 ocp_e2m1", "OCP MX v1.0 5.3.3 table 5", 0,
     {.width = 4, .precision = 2, .bias = 1, SIGNED_ZEROS}},
    {"dlfloat16", "", "Agrawal et al., ARITH 2019; sign of zero and overflow assumed", 1,
     {.width = 16, .precision = 10, .bias = 31, SIGNED_ZEROS, .exp0 = NF_EXP0_NORMAL, .n_high_nans = 1}},
    {"pxr24", "", "OpenEXR internal_pxr24.c", 0,
     {.width = 24, .precision = 16, .bias = 127, IEEE_SPECIALS, .has_quiet_bit = 1}},
    {"arm_ahp16", "", "Arm ARM, alternative half-precision (FPCR.AHP = 1)", 0,
     {.width = 16, .precision = 11, .bias = 15, SIGNED_ZEROS}},
};
/* clang-format on */

size_t nf_format_count(void) { return sizeof table / sizeof *table; }

const nf_format_info *nf_format_at(size_t index) { return index < nf_format_count() ? &table[index] : NULL; }

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* Is `name`, in any case, the first `length` characters of `word`? */
static int matches(const char *name, const char *word, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (lower(name[i]) != word[i]) return 0;
    }
    return name[length] == '\0';
}

static int has_name(const nf_format_info *row, const char *name) {
    if (matches(name, row->name, strlen(row->name))) return 1;
    for (const char *word = row->aliases; *word; word += strspn(word, " ")) {
        const size_t length = strcspn(word, " ");
        if (matches(name, word, length)) return 1;
        word += length;
    }
    return 0;
}

/* A decimal number below 100 without leading zero; 0 if there is none. */
static uint8_t scan_number(const char **text) {
    uint8_t value = 0;
    for (int digits = 0; digits < 2 && **text >= '0' && **text <= '9'; digits++) {
        if (digits == 0 && **text == '0') return 0;
        value = (uint8_t)(value * 10 + (*(*text)++ - '0'));
    }
    return value;
}

/* "binary{K}p{P}{s,u}{e,f}" (P3109 v4.0 3.1): one zero, one NaN, Inf in the extended domain. */
static int find_p3109(const char *name, nf_format *out) {
    const char stem[] = "binary";
    const char *text = name;
    for (const char *s = stem; *s; s++, text++) {
        if (lower(*text) != *s) return 0;
    }
    const uint8_t k = scan_number(&text);
    if (lower(*text) != 'p') return 0;
    text++;
    const uint8_t p = scan_number(&text);
    const char sign = lower(text[0]);
    const char domain = sign ? lower(text[1]) : '\0';
    if ((sign != 's' && sign != 'u') || (domain != 'e' && domain != 'f') || text[2] != '\0') return 0;
    const uint8_t is_signed = sign == 's';
    if (k < 3 || k > 16 || p < 1 || p > k - is_signed) return 0;
    *out = (nf_format){.width = k, .precision = p, .bias = 1 << (k - p - is_signed), .has_zero = 1};
    out->is_signed = is_signed;
    out->has_inf = domain == 'e';
    out->n_high_nans = !is_signed;
    return 1;
}

nf_status nf_format_find(const char *name, nf_format *out) {
    if (!name || !out) return NF_ERR_NULL;
    for (size_t i = 0; i < nf_format_count(); i++) {
        if (!has_name(&table[i], name)) continue;
        *out = table[i].format;
        return nf_format_canonicalize(out);
    }
    if (find_p3109(name, out)) return nf_format_canonicalize(out);
    return matches(name, "e4m3", 4) ? NF_ERR_NAME_E4M3 : NF_ERR_NAME;
}
