/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Every nf_isa against NF_ISA_GENERIC, in every status, code and flag, through the public header alone:
 *     fast [ROUNDS [SEED]]
 * A round takes a source, a destination (half of them from the table of formats, half any descriptor), an environment,
 * a size, and operands near the destination's breakpoints.  Buffers come from the heap with no byte to spare, for
 * sanitizers to watch.  Exit status 0 if everything is right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numfmt.h"

enum { MAX_SIZE = 5000, SHOWN = 10, PASSES = 3, UNWRITTEN = 0xAA };

typedef struct job {
    nf_format src, dst;
    nf_env env;
    size_t n;
    const unsigned char *in;
    const uint32_t *random;
} job;

/* What a call left behind. */
typedef struct answer {
    nf_status status;
    nf_result result;
    unsigned char *out;
    uint8_t *flags;
} answer;

static uint64_t state = 88172645463325252;

static uint64_t draw(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 2685821657736338717;
}

static uint32_t below(uint32_t n) { return (uint32_t)(draw() >> 32) % n; }

static int one_in(uint32_t n) { return below(n) == 0; }

static void *take(size_t bytes) {
    void *p = malloc(bytes ? bytes : 1);
    if (!p) exit(2);
    return p;
}

static nf_format named(const char *name) {
    nf_format f;
    if (nf_format_find(name, &f) != NF_OK) exit(2);
    return f;
}

/* Any descriptor that is one; as often as not one with a grid like IEEE's. */
static nf_format any_format(uint32_t widest) {
    for (;;) {
        nf_format f = {.width = (uint8_t)(2 + below(widest - 1)), .is_signed = !one_in(5), .has_inf = !one_in(3)};
        f.precision = (uint8_t)(1 + below(f.width));
        f.bias =
            one_in(2) ? (int32_t)below(60) - 20 : (int32_t)below(one_in(2) ? 280 : 2300) - (one_in(2) ? 140 : 1100);
        f.has_zero = !one_in(20);
        f.has_neg_zero = f.is_signed && !one_in(3);
        f.exp0 = (uint8_t)(one_in(3) ? below(3) : NF_EXP0_SUBNORMAL);
        f.has_quiet_bit = (uint8_t)below(2);
        f.n_high_nans = one_in(2) ? NF_HIGH_NANS_ALL : below(4);
        if (nf_format_canonicalize(&f) == NF_OK) return f;
    }
}

static nf_format destination(void) {
    static const char *const p3109[] = {"binary8p3se", "binary8p1uf", "binary5p2sf",   "binary16p7ue",
                                        "binary8p7sf", "binary6p6uf", "binary16p11se", "binary8p4sf"};
    const uint32_t rows = (uint32_t)nf_format_count(), more = sizeof p3109 / sizeof *p3109;
    if (one_in(2)) return any_format(one_in(3) ? 20 : 8);
    if (one_in(4)) return named(one_in(2) ? "binary32" : "binary64");
    const uint32_t row = below(rows + more);
    return row < rows ? nf_format_at(row)->format : named(p3109[row - rows]);
}

static nf_format source_of_codes(void) {
    static const char *const kernels[] = {"binary32", "binary64", "bfloat16", "binary16"};
    nf_format f;
    if (one_in(4)) return any_format(one_in(3) ? 8 : one_in(8) ? 40 : 16);
    if (one_in(8)) return nf_format_at(below((uint32_t)nf_format_count()))->format;
    f = named(kernels[below(4)]);
    if (one_in(12)) { /* almost one of them */
        nf_format other = f;
        if (one_in(2))
            other.bias += one_in(2) ? 1 : -1;
        else
            other.has_quiet_bit = 0;
        if (nf_format_canonicalize(&other) == NF_OK) f = other;
    }
    return f;
}

static nf_env environment(void) {
    nf_env e = {.rounding = (uint8_t)below(9), .overflow = (uint8_t)below(6), .tininess = (uint8_t)below(2)};
    e.nan_substitute = (uint8_t)below(one_in(4) ? 6 : 5);
    if (one_in(2)) e.nan = (uint8_t)below(11);
    if (e.rounding >= NF_ROUND_STOCHASTIC_A) e.random_bits_count = (uint8_t)below(one_in(2) ? 33 : 12);
    if (one_in(12)) e.ftz = (uint8_t)below(3);
    if (one_in(20)) e.daz = (uint8_t)below(8);
    if (one_in(20)) e.flush_except_width = (uint8_t)(one_in(2) ? 8 : 16);
    if (one_in(30)) e.rounding_precision = (uint8_t)(2 + below(10));
    if (one_in(30)) e = (nf_env){.compat = (uint8_t)below(7)};
    return e;
}

/* Sizes around the widths of vectors, behind the least that kernels and tables take. */
static size_t size(void) {
    switch (below(8)) {
    case 0: return below(131);
    case 1: return 390 + below(180);
    case 2: return 1024 + 64 * below(3) + below(3);
    case 3: return below(MAX_SIZE);
    default: return 60 + below(140);
    }
}

/* A code of at most 64 bits as element i of an array. */
static void put(unsigned char *array, size_t i, size_t bytes, uint64_t code) {
    const uint8_t c1 = (uint8_t)code;
    const uint16_t c2 = (uint16_t)code;
    const uint32_t c4 = (uint32_t)code;
    unsigned char *const at = array + i * bytes;
    switch (bytes) {
    case 1: memcpy(at, &c1, 1); break;
    case 2: memcpy(at, &c2, 2); break;
    case 4: memcpy(at, &c4, 4); break;
    case 8: memcpy(at, &code, 8); break;
    default: break;
    }
}

/* The exponents of the destination's smallest and largest values. */
static void range(const nf_format *f, int32_t *low, int32_t *high) {
    const size_t bytes = nf_code_bytes(f->width);
    nf_landmarks marks;
    nf_parts parts[2];
    unsigned char codes[2 * sizeof(nf_code)];
    if (nf_format_landmarks(f, &marks) != NF_OK) exit(2);
    const nf_code ends[2] = {marks.min_positive, marks.max};
    for (size_t k = 0; k < 2; k++) {
        if (bytes > 8) memcpy(codes + k * bytes, &ends[k], bytes);
        put(codes, k, bytes, ends[k].lo);
    }
    if (nf_unpack(f, 2, codes, parts, NULL) != NF_OK) exit(2);
    *low = parts[0].exp + 127; /* of the leading bit */
    *high = parts[1].exp + 127;
}

/* A number with a significand of few bits more than the destination's, or of that many and N random ones more, or next
 * to such a one; from far below the smallest value to just beyond the largest. */
static nf_parts operand(const job *j, int32_t low, int32_t high) {
    uint32_t kept = j->dst.precision + below(3) + (one_in(3) ? j->env.random_bits_count : 0);
    int32_t exp = low - 3 + (int32_t)below((uint32_t)(high - low + 7));
    if (one_in(6)) {
        exp = low - (int32_t)below(40);
        kept = 1 + below(4);
    }
    if (kept > 62) kept = 62;
    uint64_t sig = 1ull << 63 | (draw() & UINT64_MAX << (64 - kept));
    if (one_in(8)) sig = UINT64_MAX << (64 - kept);
    if (one_in(3)) sig += one_in(2) ? draw() >> (kept + 1) : (uint64_t)below(3) - 1;
    nf_parts value = {.sig_hi = sig, .exp = exp - 127, .sign = (uint8_t)below(2), .kind = NF_KIND_FINITE};
    if (one_in(24)) value.kind = (uint8_t)below(5);
    if (value.kind >= NF_KIND_QUIET_NAN) value.has_payload = (uint8_t)below(2);
    return value;
}

/* n of those, truncated to the source; some codes drawn as they come. */
static void operands(const job *j, unsigned char *in) {
    const nf_env truncate = {.rounding = NF_ROUND_TOWARD_ZERO, .overflow = NF_OVERFLOW_SATURATE, .nan = NF_NAN_X86_SSE};
    const size_t bytes = nf_code_bytes(j->src.width);
    nf_parts *values = take(j->n * sizeof *values);
    int32_t low, high;
    range(&j->dst, &low, &high);
    for (size_t i = 0; i < j->n; i++) values[i] = operand(j, low, high);
    if (nf_round_parts(&j->src, &truncate, j->n, values, NULL, in, NULL, NULL) != NF_OK) exit(2);
    for (size_t i = 0; i < j->n; i++) {
        if (one_in(6)) put(in, i, bytes, draw() >> (j->src.width < 64 ? 64 - j->src.width : 0));
    }
    if (one_in(40) && j->n) memset(in + below((uint32_t)j->n) * bytes, 0xFF, bytes); /* too wide, perhaps */
    free(values);
}

static void random_words(const job *j, uint32_t *random) {
    const uint32_t count = j->env.random_bits_count;
    const uint32_t top = count > 31 ? UINT32_MAX : (1u << count) - 1;
    for (size_t i = 0; i < j->n; i++) {
        random[i] = (uint32_t)draw() & top;
        if (one_in(4)) random[i] = (one_in(2) ? below(3) : top - below(3)) & top;
    }
    if (one_in(40) && j->n) random[below((uint32_t)j->n)] = UINT32_MAX; /* too large, perhaps */
}

/* One call; `want` 0: codes alone, 1: also all flags in one, 2: also flags for each element. */
static answer call(uint32_t isa, const job *j, int want, unsigned char *out, uint8_t *flags) {
    answer a = {.out = out, .flags = flags};
    memset(out, UNWRITTEN, j->n * nf_code_bytes(j->dst.width));
    memset(flags, UNWRITTEN, j->n);
    a.status = nf_convert_by(isa, &j->src, &j->dst, &j->env, j->n, j->in, j->random, out, want == 2 ? flags : NULL,
                             want ? &a.result : NULL);
    return a;
}

static int is_same(const job *j, const answer *a, const answer *b) {
    return a->status == b->status && memcmp(&a->result, &b->result, sizeof a->result) == 0 &&
           memcmp(a->out, b->out, j->n * nf_code_bytes(j->dst.width)) == 0 && memcmp(a->flags, b->flags, j->n) == 0;
}

static void show_bytes(const char *name, const unsigned char *p, size_t bytes) {
    const uint16_t probe = 1;
    unsigned char first;
    memcpy(&first, &probe, 1);
    printf(" %s ", name);
    for (size_t i = 0; i < bytes; i++) printf("%02x", p[first ? bytes - 1 - i : i]);
}

static void show_format(const char *name, const nf_format *f) {
    printf("%s width %d precision %d bias %d signed %d inf %d zero %d neg_zero %d exp0 %d quiet %d nans %u\n", name,
           f->width, f->precision, (int)f->bias, f->is_signed, f->has_inf, f->has_zero, f->has_neg_zero, f->exp0,
           f->has_quiet_bit, (unsigned)f->n_high_nans);
}

static void show(uint32_t isa, int want, const job *j, const answer *got, const answer *right) {
    const size_t in_bytes = nf_code_bytes(j->src.width), bytes = nf_code_bytes(j->dst.width);
    const nf_env *e = &j->env;
    size_t i = 0;
    printf("isa %u, want %d, n %zu: status %d any %02x, expected %d %02x\n", (unsigned)isa, want, j->n, got->status,
           (unsigned)got->result.flags, right->status, (unsigned)right->result.flags);
    show_format("  from", &j->src);
    show_format("  to", &j->dst);
    printf("  rounding %d overflow %d tininess %d nan %d substitute %d ftz %d daz %d except %d bits %d compat %d "
           "precision %d\n",
           e->rounding, e->overflow, e->tininess, e->nan, e->nan_substitute, e->ftz, e->daz, e->flush_except_width,
           e->random_bits_count, e->compat, e->rounding_precision);
    while (i < j->n && memcmp(got->out + i * bytes, right->out + i * bytes, bytes) == 0 &&
           got->flags[i] == right->flags[i]) {
        i++;
    }
    if (i == j->n) return;
    printf("  element %zu:", i);
    show_bytes("operand", j->in + i * in_bytes, in_bytes);
    if (e->random_bits_count) printf(" random %x", (unsigned)j->random[i]);
    show_bytes("got", got->out + i * bytes, bytes);
    show_bytes("expected", right->out + i * bytes, bytes);
    printf(" flags %02x expected %02x\n", got->flags[i], right->flags[i]);
}

/* Buffers for one answer with `skew` bytes before them, so that they start anywhere and end with the block. */
typedef struct blocks {
    unsigned char *out, *flags;
} blocks;

static int compare(const job *j, size_t skew, unsigned long *elements) {
    const size_t bytes = j->n * nf_code_bytes(j->dst.width);
    const blocks one = {take(bytes + skew), take(j->n + skew)}, two = {take(bytes + skew), take(j->n + skew)};
    int wrong = 0;
    for (int want = 0; want < PASSES; want++) {
        const answer right = call(NF_ISA_GENERIC, j, want, one.out + skew, one.flags + skew);
        for (uint32_t isa = 0; nf_isa_runs(isa) || isa <= NF_ISA_AVX512; isa++) {
            if (isa == NF_ISA_GENERIC) continue;
            const answer got = call(isa, j, want, two.out + skew, two.flags + skew);
            *elements += j->n;
            if (is_same(j, &got, &right)) continue;
            wrong++;
            show(isa, want, j, &got, &right);
        }
    }
    free(one.out), free(one.flags), free(two.out), free(two.flags);
    return wrong;
}

static int one_round(unsigned long *elements) {
    job j = {.src = source_of_codes(), .dst = destination(), .env = environment(), .n = size()};
    const size_t skew = one_in(2) ? below(8) : 0, bytes = j.n * nf_code_bytes(j.src.width);
    unsigned char *in = take(bytes + skew), *random = take(j.n * sizeof(uint32_t));
    j.in = in + skew;
    j.random = (uint32_t *)(void *)random;
    operands(&j, in + skew);
    random_words(&j, (uint32_t *)(void *)random);
    const int wrong = compare(&j, skew, elements);
    free(in);
    free(random);
    return wrong;
}

int main(int argc, char **argv) {
    const unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
    unsigned long elements = 0, wrong = 0;
    if (argc > 2) state ^= strtoull(argv[2], NULL, 10) * 0x9E3779B97F4A7C15;
    for (unsigned long i = 0; i < rounds && wrong < SHOWN; i++) wrong += (unsigned long)one_round(&elements);
    printf("isas:");
    for (uint32_t isa = 0; isa < 32; isa++) {
        if (isa != NF_ISA_AUTO && nf_isa_runs(isa)) printf(" %u", (unsigned)isa);
    }
    printf("; %lu rounds, %lu elements, %lu wrong\n", rounds, elements, wrong);
    return wrong != 0;
}
