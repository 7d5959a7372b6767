/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Conversions over vectors of 16-bit words, into signed 8-bit formats and into the upper half of binary32; included like
 * nf_fast_body.h, before it.  W is the vector, MW its mask, WORDS its length; w_ functions beside the v_ ones.
 * An operand is first cut to a word, which tells all results apart, since breakpoints of the destination have fewer bits:
 *
 *     | sign | exponent field | fraction |        lowest bit sticky; the fraction has word_frac bits, 7 or 10
 *
 * mag is the word without its sign.  By the exponent fields words fall into classes: 0, whose nearest result is zero; one
 * for each subnormal binade; the last for all normal ones.  A class has one shift, done by a multiplication, whose lower
 * half is nu of nf_fast.h:
 *
 *     sig  = the significand with hidden bit, in the last class with the exponent above it: field - lowest + 1
 *     kept = sig * 2^(16 - shift) >> 16,  nu = sig * 2^(16 - shift) mod 2^16
 */
enum { WORDS = 2 * LANES, PAIR = 2 * WORDS, FROM_HALF = 3 };

typedef struct word_tables {
    W factor, first, last, below_lowest, fraction, hidden; /* factor: in upper bytes, by class */
    W magnitude, one, zero, clamp, parity, nearest;
    W inf_word, inf_half, finite, max_mag, most[2], limit[2][2], beyond[2], inf[2], nan[2], sign_bit, any_sign;
    W tiny[2], flushed[2], flush_flags, inf_flags[2], nan_flags, signaling, quiet, inexact, underflow, overflow;
    uint32_t by_sign; /* the limits depend on the sign, else on the parity of kept */
    uint32_t sign_place, daz, flushes;
    uint32_t streams_flags; /* the flags' lines are the results' */
} word_tables;

/* The factors of the classes: with 7 fraction bits they need a byte above 2^8, with 10 one above 2^4. */
FN W word_factors(const nfi_fast_plan *p) {
    uint8_t bytes[16] = {0};
    const uint32_t last = p->frac + 2, unit = p->word_frac == 7 ? 8 : 4;
    for (uint32_t class = 1; class < sizeof bytes; class ++) {
        const uint32_t depth = class < last ? last - class : 0;
        bytes[class] = (uint8_t)(1u << (16 - unit - (p->word_frac - p->frac) - depth));
    }
    return w_table(bytes);
}

/* What 8-bit formats need. */
FN void fill_classes(word_tables *t, const nfi_fast_plan *p) {
    const uint32_t last = p->frac + 2, cut = p->word_frac - p->frac;
    const uint32_t ones = ((p->word_lowest - 1) << p->word_frac) + (((1u << p->frac) - 1) << cut);
    t->factor = word_factors(p);
    t->first = w_set((p->word_lowest - last) << 8 | 0xFF);
    t->last = w_set(last << 8);
    t->below_lowest = w_set((p->word_lowest - 1) << p->word_frac);
    t->fraction = w_set((1u << p->word_frac) - 1);
    t->hidden = w_set(1u << p->word_frac);
    t->clamp = w_set(p->word_clamp);
    for (uint32_t i = 0; i < 2; i++) {
        /* the last tiny one; after rounding: before what rounds P ones away, into the lowest normal binade */
        const uint32_t after = ones + (uint32_t)((uint64_t)p->threshold[1][i] >> (32 - cut));
        const uint32_t before = (p->word_lowest << p->word_frac) - 1;
        t->tiny[i] = w_set(p->tiny_before ? before : after);
        t->flushed[i] = w_set(p->flush == NF_FTZ_ARM ? before : after);
    }
}

FN void fill_words(word_tables *t, const nfi_fast_plan *p) {
    t->magnitude = w_set(0x7FFF);
    t->one = w_set(1);
    t->zero = w_set(0);
    t->parity = w_set(p->threshold[0][0] != p->threshold[1][0]);
    t->nearest = w_set(p->threshold[0][0] >> 16);
    t->inf_word = w_set(p->word_inf);
    t->inf_half = w_set(0x7C00);
    t->finite = w_set(p->word_inf - 1);
    t->max_mag = w_set(p->max_mag);
    t->sign_bit = w_set(p->sign_bit);
    t->any_sign = w_set(p->has_neg_zero ? 0xFFFF : 0);
    t->nan_flags = w_set(p->nan_flags);
    t->signaling = w_set(p->nan_flags | NF_FLAG_INVALID);
    t->quiet = w_set(p->word_quiet);
    t->inexact = w_set(NF_FLAG_INEXACT);
    t->underflow = w_set(NF_FLAG_INEXACT | NF_FLAG_UNDERFLOW);
    t->overflow = w_set(NF_FLAG_INEXACT | NF_FLAG_OVERFLOW);
    t->flush_flags = w_set(p->flush_flags);
    for (uint32_t i = 0; i < 2; i++) {
        t->limit[0][i] = w_set(p->threshold[0][i] >> 16);
        t->limit[1][i] = w_set(p->threshold[1][i] >> 16);
        t->beyond[i] = w_set(p->beyond[i]);
        t->most[i] = w_set(p->beyond[i] & (p->sign_bit - 1));
        t->inf[i] = w_set(p->inf[i]);
        t->nan[i] = w_set(p->nan[i]);
        t->inf_flags[i] = w_set(p->inf_flags[i]);
    }
    t->daz = p->daz;
    t->flushes = p->flush != NF_FTZ_OFF;
    t->by_sign = p->threshold[0][0] != p->threshold[0][1];
    t->sign_place = 0;
    while (0x8000u >> t->sign_place != p->sign_bit) t->sign_place++;
}

/* LANES binary64 as binary32-like words: the fields held at their ends, the lowest bit sticky.  exact: what is not zero
 * does not become it. */
FN V cut64(const uint64_t *in, int exact, int daz) {
    V low;
    const V upper = v_load_pair(in, &low);
    V mag = v_or(v_and(upper, v_set(0x7FFFFFFF)), v_minu(low, v_set(1)));
    if (daz) mag = v_sel(v_gts(v_set(1 << 20), mag), v_set(0), mag);
    const V bottom = v_set((1023 - 127) << 20), inf = v_set(0x7FF << 20);
    V word = v_minu(v_sub(v_maxs(mag, bottom), bottom), v_set((255 << 20) - 1));
    if (exact) word = v_maxs(word, v_minu(mag, v_set(1)));
    /* Inf and NaNs have a field of their own */
    word = v_sel(v_gts(inf, mag), word, v_sub(mag, v_set((2047 - 255) << 20)));
    return v_or(v_slli(word, 3), v_and(upper, v_set(0x80000000)));
}

/* WORDS operands as words; mag of each, and the sign in the uppermost bit of *upper. */
FN W load_words(const word_tables *t, const void *in, size_t i, int source, int exact, W *upper) {
    V a, b;
    W low;
    if (source == NFI_FAST_16 || source == FROM_HALF) {
        *upper = w_load((const uint16_t *)in + i);
        return w_and(*upper, t->magnitude);
    }
    if (source == NFI_FAST_32) {
        a = v_load32((const uint32_t *)in + i);
        b = v_load32((const uint32_t *)in + i + LANES);
    } else {
        a = cut64((const uint64_t *)in + i, exact, exact && t->daz);
        b = cut64((const uint64_t *)in + i + LANES, exact, exact && t->daz);
    }
    *upper = w_split(a, b, &low);
    return w_and_or(*upper, t->magnitude, w_min(low, t->one));
}

/* kept and nu of words. */
FN W word_quotient(const word_tables *t, W mag, int source, W *class, W *nu) {
    const W field = source == FROM_HALF ? w_srli(mag, 2) : w_add(mag, mag); /* in the upper byte */
    *class = w_min8(w_subs8(field, t->first), t->last);
    const W sig = w_max(w_subs(mag, t->below_lowest), w_and_or(mag, t->fraction, t->hidden));
    W factor = w_shuffle(t->factor, *class);
    if (source == FROM_HALF) factor = w_srli(factor, 4);
    *nu = w_mullo(sig, factor);
    return w_mulhi(sig, factor);
}

/* Codes where a plan is simple: there is a -0 and one NaN; what is beyond max, Inf too, has the code of `clamp`; and the
 * rounding is toward zero or to nearest. */
FN W round_simply(const word_tables *t, W mag, W upper, int source) {
    W nu, class;
    const W kept = word_quotient(t, w_min(mag, t->clamp), source, &class, &nu);
    const W result = w_plus_if_above(kept, w_and_or(kept, t->parity, nu), t->nearest);
    const W code = w_and_or(w_srl(upper, t->sign_place), t->sign_bit, result);
    return w_sel(w_above(mag, t->inf_word), t->nan[0], code);
}

/* How an array is converted; constants where this is inlined. */
typedef struct word_shape {
    int source, simple, held, with_flags;
} word_shape;

/* What differs for infinities and NaNs. */
FN W special_words(const word_tables *t, W mag, MW negative, W code, W *flags) {
    const MW is_inf = w_eq(mag, t->inf_word), is_nan = w_above(mag, t->inf_word);
    code = w_sel(is_inf, w_sel(negative, t->inf[1], t->inf[0]), code);
    *flags = w_sel(is_inf, w_sel(negative, t->inf_flags[1], t->inf_flags[0]), *flags);
    *flags = w_sel(is_nan, w_sel(w_eq(w_and(mag, t->quiet), t->zero), t->signaling, t->nan_flags), *flags);
    return w_sel(is_nan, w_sel(negative, t->nan[1], t->nan[0]), code);
}

/* held: there is a -0, and what is beyond max is max, or the code after it, with its sign. */
FN W round_words(const word_tables *t, W mag, W upper, word_shape shape, W *flags) {
    W nu, class, result, code;
    const W kept = word_quotient(t, mag, shape.source, &class, &nu), signs = w_srl(upper, t->sign_place);
    const MW negative = w_negative(upper);
    if (t->daz && shape.source != NFI_FAST_64) mag = w_sel(w_above(t->hidden, mag), t->zero, mag);
    nu = w_sel(w_eq(class, t->zero), mag, nu); /* less than half of the smallest value, but zero only for zero */
    if (t->by_sign) {
        result = w_plus_if_above(kept, nu, w_sel(negative, t->limit[0][1], t->limit[0][0]));
    } else {
        const MW odd = w_eq(w_and(kept, t->one), t->one);
        result = w_plus_if_above(kept, nu, w_sel(odd, t->limit[1][0], t->limit[0][0]));
    }
    if (shape.held) {
        code = w_and_or(signs, t->sign_bit, w_min(result, w_sel(negative, t->most[1], t->most[0])));
    } else {
        const MW bare = w_eq(w_or(result, t->any_sign), t->zero);
        code = w_or(result, w_and(w_sel(bare, t->zero, signs), t->sign_bit));
        code = w_sel(w_above(result, t->max_mag), w_sel(negative, t->beyond[1], t->beyond[0]), code);
    }
    if (shape.with_flags) {
        const W f = w_sel(w_above(mag, w_sel(negative, t->tiny[1], t->tiny[0])), t->inexact, t->underflow);
        *flags = w_sel(w_above(result, t->max_mag), t->overflow, w_sel(w_eq(nu, t->zero), t->zero, f));
    }
    if (t->flushes) {
        const MW normal = w_above(mag, w_sel(negative, t->flushed[1], t->flushed[0])), zero = w_eq(mag, t->zero);
        code = w_sel(normal, code, w_and(w_and(signs, t->sign_bit), t->any_sign));
        *flags = w_sel(normal, *flags, w_sel(zero, t->zero, t->flush_flags));
    }
    if (w_is_any(w_above(mag, t->finite))) code = special_words(t, mag, negative, code, flags);
    return code;
}

/* The codes, as words, of WORDS elements at i. */
FN W codes_at(const word_tables *t, size_t i, const void *in, word_shape shape, W *flags) {
    W upper;
    const W mag = load_words(t, in, i, shape.source, !shape.simple, &upper);
    *flags = t->zero;
    if (shape.simple) return round_simply(t, mag, upper, shape.source);
    return round_words(t, mag, upper, shape, flags);
}

/* PAIR elements at i of arrays that hold that many; the OR of their flags. */
FN W words_at(const word_tables *t, size_t i, const void *in, uint8_t *out, uint8_t *flags, word_shape shape,
              uint32_t streams) {
    W f, g;
    const int is_split = shape.source == NFI_FAST_32 || shape.source == NFI_FAST_64;
    const W a = codes_at(t, i, in, shape, &f), b = codes_at(t, i + WORDS, in, shape, &g);
    w_store8(out + i, a, b, is_split, streams);
    if (shape.with_flags && flags) w_store8(flags + i, f, g, is_split, streams && t->streams_flags);
    return w_or(f, g);
}

/* The same for fewer than PAIR elements, among zeros, which raise no flag. */
FN W few_words(const word_tables *t, size_t i, size_t few, const void *in, uint8_t *out, uint8_t *flags,
               word_shape shape) {
    const size_t bytes = shape.source == NFI_FAST_32 ? 4 : shape.source == NFI_FAST_64 ? 8 : 2;
    uint64_t operands[PAIR] = {0};
    uint8_t codes[PAIR], bits[PAIR];
    memcpy(operands, (const char *)in + i * bytes, few * bytes);
    const W f = words_at(t, 0, operands, codes, bits, shape, 0);
    memcpy(out + i, codes, few);
    if (shape.with_flags && flags) memcpy(flags + i, bits, few);
    return f;
}

FN uint32_t all_words(const nfi_fast_plan *p, size_t n, const void *in, uint8_t *out, uint8_t *flags,
                      word_shape shape) {
    word_tables t;
    size_t i = 0;
    fill_classes(&t, p);
    fill_words(&t, p);
    t.streams_flags = ((uintptr_t)flags - (uintptr_t)out) % NFI_LINE == 0;
    W any = t.zero;
    const size_t head = p->streams ? nfi_to_line(out, 1, n) : 0;
    while (i < n) {
        for (; i >= head && n - i >= PAIR; i += PAIR)
            any = w_or(any, words_at(&t, i, in, out, flags, shape, p->streams));
        const size_t rest = (i < head ? head : n) - i, few = rest < PAIR ? rest : PAIR;
        if (few > 0) any = w_or(any, few_words(&t, i, few, in, out, flags, shape));
        i += few;
    }
    if (p->streams) v_end_streams();
    return w_any(any);
}

/* binary32 to its upper half, as bfloat16 is, without flags: subnormals need no shift of their own.  simple: beyond max
 * there is the next code, Inf, which is Inf's too, and there is one NaN. */
FN W round_upper(const word_tables *t, V a, V b, int simple) {
    W nu;
    const W upper = w_split(a, b, &nu), mag = w_and_or(upper, t->magnitude, w_min(nu, t->one));
    const MW is_nan = w_above(mag, t->inf_word);
    if (simple) {
        const W code = w_plus_if_above(upper, w_and_or(upper, t->parity, nu), t->nearest);
        return w_sel(is_nan, t->nan[0], code);
    }
    const MW negative = w_negative(upper), odd = w_eq(w_and(upper, t->one), t->one);
    const W limit = w_sel(t->by_sign ? negative : odd, t->limit[1][1], t->limit[0][0]);
    const W result = w_plus_if_above(upper, nu, limit);
    const MW beyond = w_above(w_and(result, t->magnitude), t->max_mag);
    W code = w_sel(beyond, w_sel(negative, t->beyond[1], t->beyond[0]), result);
    code = w_sel(w_eq(mag, t->inf_word), w_sel(negative, t->inf[1], t->inf[0]), code);
    return w_sel(is_nan, w_sel(negative, t->nan[1], t->nan[0]), code);
}

/* binary32 to binary16 by the processor's own instruction, to nearest even; NaNs are ours. */
FN W round_half(const word_tables *t, V a, V b) {
    const W half = w_half(a, b);
    const MW is_nan = w_above(w_and(half, t->magnitude), t->inf_half);
    return w_sel(is_nan, w_sel(w_negative(half), t->nan[1], t->nan[0]), half);
}

enum { TO_UPPER, TO_UPPER_SIMPLY, TO_HALF };

/* WORDS elements, to 16 bits each. */
FN void halves_at(const word_tables *t, const uint32_t *in, uint16_t *out, int how, uint32_t streams) {
    const V a = v_load32(in), b = v_load32(in + LANES);
    if (how == TO_HALF) w_store(out, round_half(t, a, b), streams);
    if (how != TO_HALF) w_store16(out, round_upper(t, a, b, how == TO_UPPER_SIMPLY), streams);
}

FN void few_halves(const word_tables *t, size_t few, const uint32_t *in, uint16_t *out, int how) {
    uint32_t words[WORDS] = {0};
    uint16_t codes[WORDS];
    memcpy(words, in, few * sizeof *in);
    halves_at(t, words, codes, how, 0);
    memcpy(out, codes, few * sizeof *out);
}

FN void all_halves(const nfi_fast_plan *p, size_t n, const uint32_t *in, uint16_t *out, int how) {
    word_tables t;
    size_t i = 0;
    const uint32_t state = how == TO_HALF ? open_half() : 0;
    fill_words(&t, p);
    const size_t head = p->streams ? nfi_to_line(out, sizeof *out, n) : 0;
    while (i < n) {
        for (; i >= head && n - i >= WORDS; i += WORDS) halves_at(&t, in + i, out + i, how, p->streams);
        const size_t rest = (i < head ? head : n) - i, few = rest < WORDS ? rest : WORDS;
        if (few > 0) few_halves(&t, few, in + i, out + i, how);
        i += few;
    }
    if (p->streams) v_end_streams();
    if (how == TO_HALF) close_half(state);
}

#define RUN_WORDS(source_, simple_, held_, with_flags_)                                                                \
    all_words(p, n, in, out, flags, (word_shape){source_, simple_, held_, with_flags_})
#define WORD_SHAPE(source_)                                                                                            \
    if (source == (source_)) {                                                                                         \
        if (any_flags && p->is_held) *any_flags = RUN_WORDS(source_, 0, 1, 1);                                         \
        if (any_flags && !p->is_held) *any_flags = RUN_WORDS(source_, 0, 0, 1);                                        \
        if (!any_flags && p->is_simple) RUN_WORDS(source_, 1, 0, 0);                                                   \
        if (!any_flags && !p->is_simple && p->is_held) RUN_WORDS(source_, 0, 1, 0);                                    \
        if (!any_flags && !p->is_simple && !p->is_held) RUN_WORDS(source_, 0, 0, 0);                                   \
    }

TARGET static void WORD_KERNEL(const nfi_fast_plan *p, size_t n, const void *in, void *out, uint8_t *flags,
                               uint32_t *any_flags) {
    const int source = p->word_frac == 7 ? (int)p->source : FROM_HALF;
    if (p->is_half) all_halves(p, n, in, out, TO_HALF);
    if (p->is_upper && p->is_simple) all_halves(p, n, in, out, TO_UPPER_SIMPLY);
    if (p->is_upper && !p->is_simple) all_halves(p, n, in, out, TO_UPPER);
    if (p->is_half || p->is_upper) return;
    WORD_SHAPE(NFI_FAST_16)
    WORD_SHAPE(NFI_FAST_32)
    WORD_SHAPE(NFI_FAST_64)
    WORD_SHAPE(FROM_HALF)
}
