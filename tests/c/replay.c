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
#include "statuses.h"

enum { LINE = 512, SHOWN = 10, WORDS = NF_MAX_ARITY + 3 };

/* What a file is about: an operation on types, floats or integers, in an environment. */
typedef struct job {
    uint32_t op;
    const nf_op_info *info;
    nf_format operands[NF_MAX_ARITY], to;
    nf_env env;
} job;

/* An option of the header line: the byte of nf_env that it sets, and the names of the values 0, 1, 2, ...; none: it
 * takes a number. */
typedef struct option {
    const char *name;
    size_t offset;
    const char *values[12];
} option;

static const option options[] = {
    {"--rounding",
     offsetof(nf_env, rounding),
     {"ties_even", "ties_away", "toward_zero", "toward_positive", "toward_negative", "to_odd", "stochastic_a",
      "stochastic_b", "stochastic_c"}},
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
    {"--int-overflow", offsetof(nf_env, int_overflow), {"saturate", "riscv", "arm", "x86_indefinite", "wrap"}},
    {"--compat", offsetof(nf_env, compat), {"none", "ml_dtypes", "torch", "torch_avx2", "numpy", "onnx", "onnx_nosat"}},
    {"--flush-except-width", offsetof(nf_env, flush_except_width), {NULL}},
    {"--rounding-precision", offsetof(nf_env, rounding_precision), {NULL}},
    {"--random-bits-count", offsetof(nf_env, random_bits_count), {NULL}},
};

/* "int8", "uint32", ... */
static int find_int(const char *name, nf_format *type) {
    char *end;
    const int is_signed = name[0] != 'u';
    name += !is_signed;
    if (strncmp(name, "int", 3) != 0 || name[3] < '1' || name[3] > '9') return 0;
    const unsigned long width = strtoul(name + 3, &end, 10);
    *type = (nf_format){.width = (uint8_t)width, .is_signed = (uint8_t)is_signed};
    return *end == '\0' && width <= 64;
}

static int find_type(char kind, const char *name, nf_format *type) {
    return kind == 'i' ? find_int(name, type) : nf_format_find(name, type) == NF_OK;
}

static int set_option(job *j, const char *name, const char *value) {
    if (strcmp(name, "--to") == 0) return find_type(j->info->result == NF_RESULT_INT ? 'i' : 'f', value, &j->to);
    if (strcmp(name, "--style") == 0 || strcmp(name, "-n") == 0 || strcmp(name, "--seed") == 0) return 1;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (strcmp(name, options[i].name) != 0) continue;
        unsigned char *field = (unsigned char *)&j->env + options[i].offset;
        if (!options[i].values[0]) {
            *field = (unsigned char)strtoul(value, NULL, 10);
            return 1;
        }
        for (unsigned v = 0; v < 12 && options[i].values[v]; v++) {
            if (strcmp(value, options[i].values[v]) != 0) continue;
            *field = (unsigned char)v;
            return 1;
        }
    }
    return 0;
}

/* One name for all floats, the integers being int32, or a name for each operand, with commas between. */
static int parse_formats(char *names, job *j) {
    const char *kinds = j->info->operands;
    const int single = !strchr(names, ',');
    char *name = names;
    for (size_t k = 0; kinds[k]; k++) {
        char *comma = single ? NULL : strchr(name, ',');
        if (comma) *comma = '\0';
        const int implied = single && kinds[k] == 'i' && strchr(kinds, 'f');
        if (!find_type(kinds[k], implied ? "int32" : name, &j->operands[k])) return 0;
        if (!single && !comma) return kinds[k + 1] == '\0';
        if (comma) name = comma + 1;
    }
    return single;
}

/* "# numfmt-vectors 1 OP FORMATS --to FORMAT --option value ..." */
static int parse_header(char *line, job *j) {
    const char *const start[] = {"#", "numfmt-vectors", "1"};
    char *word = strtok(line, " \n");
    for (size_t i = 0; i < 3; i++, word = strtok(NULL, " \n")) {
        if (!word || strcmp(word, start[i]) != 0) return 0;
    }
    memset(j, 0, sizeof *j);
    if (!word || nf_op_find(word, &j->op) != NF_OK) return 0;
    j->info = nf_op_at(j->op);
    word = strtok(NULL, " \n");
    if (!word || !parse_formats(word, j)) return 0;
    while ((word = strtok(NULL, " \n")) != NULL) {
        if (strcmp(word, "--daz") == 0) {
            j->env.daz = NF_DAZ_A | NF_DAZ_B | NF_DAZ_C;
            continue;
        }
        const char *value = strtok(NULL, " \n");
        if (!value || !set_option(j, word, value)) return 0;
    }
    return j->to.width != 0 || j->info->result == NF_RESULT_BOOL || j->info->result == NF_RESULT_CLASS;
}

/* A number of up to 32 hexadecimal digits; 0 if the word is none. */
static int read_hex(const char *word, uint64_t half[2]) {
    const size_t length = strlen(word);
    half[0] = half[1] = 0;
    if (length == 0 || length > 32 || strspn(word, "0123456789ABCDEFabcdef") != length) return 0;
    for (size_t i = 0; i < length; i++) {
        const char digit[2] = {word[i], '\0'};
        half[1] = half[1] << 4 | half[0] >> 60;
        half[0] = half[0] << 4 | strtoul(digit, NULL, 16);
    }
    return 1;
}

/* One code as an array of one element of the type's size. */
static void put_code(unsigned char array[16], uint32_t width, const uint64_t half[2]) {
    const uint8_t c1 = (uint8_t)half[0];
    const uint16_t c2 = (uint16_t)half[0];
    const uint32_t c4 = (uint32_t)half[0];
    switch (nf_code_bytes(width)) {
    case 1: memcpy(array, &c1, 1); break;
    case 2: memcpy(array, &c2, 2); break;
    case 4: memcpy(array, &c4, 4); break;
    case 8: memcpy(array, &half[0], 8); break;
    default: memcpy(array, half, 16); break;
    }
}

/* The words of a line; how many. */
static size_t split(char *line, uint64_t words[WORDS][2]) {
    size_t count = 0;
    for (char *word = strtok(line, " \r\n"); word; word = strtok(NULL, " \r\n")) {
        if (count == WORDS || !read_hex(word, words[count])) return 0;
        count++;
    }
    return count;
}

/* Operands, random bits if there are any, result, flags. */
static int replay_line(const job *j, const char *line) {
    char copy[LINE];
    uint64_t words[WORDS][2];
    unsigned char in[NF_MAX_ARITY][16] = {{0}}, out[16] = {0}, want[16] = {0};
    const void *const inputs[NF_MAX_ARITY] = {in[0], in[1], in[2]};
    const size_t arity = strlen(j->info->operands);
    const int stochastic = j->info->rounds && j->env.rounding >= NF_ROUND_STOCHASTIC_A;
    const size_t random = stochastic && j->env.random_bits_count ? 1 : 0;
    uint8_t flags;
    nf_result result;
    memcpy(copy, line, strlen(line) + 1);
    if (split(copy, words) != arity + random + 2) return 0;
    for (size_t k = 0; k < arity; k++) put_code(in[k], j->operands[k].width, words[k]);
    const uint32_t random_bits = random ? (uint32_t)words[arity][0] : 0;
    put_code(want, j->to.width ? j->to.width : 1, words[arity + random]);
    if (nf_apply(j->op, j->operands, &j->to, &j->env, 1, inputs, &random_bits, out, &flags, &result) != NF_OK) return 0;
    const uint64_t wanted = words[arity + random + 1][0];
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

int main(int argc, char **argv) {
    unsigned long count = 0;
    int wrong = check_statuses();
    for (int i = 1; i < argc; i++) wrong += replay_file(argv[i], &count);
    printf("%d files, %lu vectors, %d wrong\n", argc - 1, count, wrong);
    return wrong != 0;
}
