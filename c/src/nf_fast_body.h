/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel of nf_fast.h over vectors of 32-bit lanes.  Included once per instruction set, after the vector type V, its
 * masks M, LANES and the v_ and m_ functions are defined; TARGET is the attribute that enables the set.
 */
#define BODY static NFI_ALWAYS_INLINE TARGET

/* Constants of a plan in vectors. */
typedef struct lanes {
    V fraction, hidden, src_inf, finite, quiet, one, zero, lowest, base, most, most_random, word, max_mag, frac,
        magnitude;
    V even_plus, even_minus, odd_plus, odd_minus;
    V beyond_plus, beyond_minus, inf_plus, inf_minus, nan_plus, nan_minus, sign_bit, below;
    V field_shift, widen, rise, ones;
    V inf_flags_plus, inf_flags_minus, nan_flags, below_flags, inexact, underflow, overflow;
    V tiny_odd_plus, tiny_odd_minus;
    V all_random, half_random, random_limit, offset, float_field, float_shift;
} lanes;

BODY void fill(lanes *c, const nfi_fast_plan *p) {
    const uint32_t base = p->src_frac - p->frac;
    c->fraction = v_set((1u << p->field_shift) - 1);
    c->hidden = v_set(1u << p->field_shift);
    c->src_inf = v_set(p->src_inf);
    c->finite = v_set(p->src_inf - 1);
    c->quiet = v_set(p->src_quiet);
    c->one = v_set(1);
    c->zero = v_set(0);
    c->lowest = v_set(p->lowest);
    c->base = v_set(base);
    c->most = v_set(31);
    c->most_random = v_set(63);
    c->word = v_set(32);
    c->max_mag = v_set(p->max_mag);
    c->frac = v_set(p->frac);
    c->magnitude = v_set(0x7FFFFFFF);
    c->even_plus = v_set(p->threshold[0][0]);
    c->even_minus = v_set(p->threshold[0][1]);
    c->odd_plus = v_set(p->threshold[1][0]);
    c->odd_minus = v_set(p->threshold[1][1]);
    c->beyond_plus = v_set(p->beyond[0]);
    c->beyond_minus = v_set(p->beyond[1]);
    c->inf_plus = v_set(p->inf[0]);
    c->inf_minus = v_set(p->inf[1]);
    c->nan_plus = v_set(p->nan[0]);
    c->nan_minus = v_set(p->nan[1]);
    c->sign_bit = v_set(p->sign_bit);
    c->below = v_set(p->below);
    c->field_shift = v_set(p->field_shift);
    c->widen = v_set(p->src_frac - p->field_shift);
    c->rise = v_set(32 - base);
    c->ones = v_set((2u << p->frac) - 1);
    c->inf_flags_plus = v_set(p->inf_flags[0]);
    c->inf_flags_minus = v_set(p->inf_flags[1]);
    c->nan_flags = v_set(p->nan_flags);
    c->below_flags = v_set(p->below_flags);
    c->inexact = v_set(NF_FLAG_INEXACT);
    c->underflow = v_set(NF_FLAG_INEXACT | NF_FLAG_UNDERFLOW);
    c->overflow = v_set(NF_FLAG_INEXACT | NF_FLAG_OVERFLOW);
    c->tiny_odd_plus = v_set(p->threshold[p->frac > 0][0]);
    c->tiny_odd_minus = v_set(p->threshold[p->frac > 0][1]);
    c->offset = v_set(p->offset);
    c->float_field = v_set(127 + p->field_shift - 1);
    c->float_shift = v_set(p->field_shift - 23);
    c->all_random = v_set(32 - p->random_count);
    c->half_random = v_set(31 - p->random_count);
    c->random_limit = v_set(1u << p->random_count);
}

/* Above this nu, an element goes away from zero; R is its random word (P3109 4.7.4, solved for nu). */
BODY V stochastic_threshold(const lanes *c, const nfi_fast_plan *p, V random) {
    if (p->stochastic == NF_ROUND_STOCHASTIC_A) return v_not(v_sllv(random, c->all_random));
    const V twice = v_add(random, random);
    if (p->stochastic == NF_ROUND_STOCHASTIC_B) return v_not(v_sllv(v_or(twice, c->one), c->half_random));
    /* nu 2^N to nearest, ties even, is at least K = 2^N - R: nu is above K - 1/2, or that itself and K even */
    const V k = v_sub(c->random_limit, random);
    const V half_below = v_sllv(v_sub(v_add(k, k), c->one), c->half_random);
    return v_sub(half_below, v_and(v_not(k), c->one));
}

/* What a rounding leaves to be known for its flags. */
typedef struct rounded {
    V field, sig, depth, nu, limit, result;
    M negative, denormal, beyond;
} rounded;

/* Which results are tiny: below the smallest normal value, before rounding or after it with unbounded exponent? */
BODY M tiny_lanes(const lanes *c, const nfi_fast_plan *p, const rounded *x, int random, uint32_t before) {
    const M tiny = v_gts(c->lowest, x->field);
    if (before) return tiny;
    /* in the binade below `lowest`, P ones that round away carry into the lowest normal one; where field 0 is that
     * binade, the leading bit stands one place lower */
    const V binade = p->lowest == 1 ? v_add(x->sig, x->sig) : x->sig;
    const M next = p->lowest == 1 ? x->denormal : v_eq(x->depth, c->one);
    const V top = random ? x->limit : v_sel(x->negative, c->tiny_odd_minus, c->tiny_odd_plus);
    const M ones = m_and(next, v_eq(v_srlv(binade, c->base), c->ones));
    return m_andnot(m_and(ones, v_gtu(v_sllv(binade, c->rise), top)), tiny);
}

/* The flags of finite operands. */
BODY V finite_flags(const lanes *c, const nfi_fast_plan *p, const rounded *x, int random) {
    const M tiny = tiny_lanes(c, p, x, random, p->tiny_before);
    V f = v_sel(v_eq(x->nu, c->zero), c->zero, v_sel(tiny, c->underflow, c->inexact));
    f = v_sel(x->beyond, c->overflow, f);
    return p->sign_bit ? f : v_sel(m_andnot(v_eq(x->result, c->zero), x->negative), c->below_flags, f);
}

/* Tiny results to zero; whole as in convert_lanes. */
BODY V flush_lanes(const lanes *c, const nfi_fast_plan *p, const rounded *x, V whole, V code, int random, V *flags) {
    const M tiny = tiny_lanes(c, p, x, random, p->flush == NF_FTZ_ARM);
    const V zero = p->has_neg_zero ? v_sel(x->negative, c->sign_bit, c->zero) : c->zero;
    *flags = v_sel(tiny, v_sel(v_eq(whole, c->zero), c->zero, v_set(p->flush_flags)), *flags);
    return v_sel(tiny, zero, code);
}

/* What differs for infinities and NaNs; whole as in convert_lanes. */
BODY V special_lanes(const lanes *c, V whole, M negative, V code, V *flags) {
    const M is_inf = v_eq(whole, c->src_inf), is_nan = v_gts(whole, c->src_inf);
    const M signaling = v_eq(v_and(whole, c->quiet), c->zero);
    code = v_sel(is_inf, v_sel(negative, c->inf_minus, c->inf_plus), code);
    *flags = v_sel(is_inf, v_sel(negative, c->inf_flags_minus, c->inf_flags_plus), *flags);
    *flags = v_sel(is_nan, v_or(c->nan_flags, v_sel(signaling, v_set(NF_FLAG_INVALID), c->zero)), *flags);
    return v_sel(is_nan, v_sel(negative, c->nan_minus, c->nan_plus), code);
}

/* Subnormal operands with their leading bit at the hidden one's place, and the field they would have then; zero lies where
 * its result is 0. */
BODY V normal_lanes(const lanes *c, M denormal, V sig, V *field) {
    const M zero = m_and(denormal, v_eq(sig, c->zero));
    const V f = v_float(v_sel(denormal, sig, c->zero)); /* exact */
    const V normal = v_or(v_and(f, v_set((1 << 23) - 1)), v_set(1 << 23));
    *field = v_sel(denormal, v_sub(v_srlv(f, v_set(23)), c->float_field), *field);
    *field = v_sel(zero, c->lowest, *field);
    return v_sel(zero, sig, v_sel(denormal, v_sllv(normal, c->float_shift), sig));
}

/* One vector of words; `with_flags` and `random` constant where this is inlined. */
BODY V convert_lanes(const lanes *c, const nfi_fast_plan *p, V word, V low, int wide, int with_flags, int random, V r,
                     V *flags) {
    V mag = v_and(word, c->magnitude), field = v_srlv(mag, c->field_shift);
    if (p->daz) {
        mag = v_sel(v_eq(field, c->zero), c->zero, mag);
        low = v_sel(v_eq(field, c->zero), c->zero, low);
    }
    const V whole = wide ? v_or(mag, v_minu(low, c->one)) : mag; /* ordered like the whole operand's magnitude */
    rounded x = {.negative = v_negative(word), .denormal = v_eq(field, c->zero)};
    V sig = v_and(mag, c->fraction);
    sig = v_sel(x.denormal, sig, v_or(sig, c->hidden));
    if (p->normalizes) sig = normal_lanes(c, x.denormal, sig, &field);
    x.field = field;
    x.sig = wide ? v_or(v_sllv(sig, c->widen), low) : sig;
    x.depth = v_sub(c->lowest, p->normalizes ? field : v_maxs(field, c->one));
    const V under = v_maxs(x.depth, c->zero);
    /* counts of 32 and more, and those below 0, leave nothing */
    const V shift = v_minu(v_add(c->base, under), random ? c->most_random : c->most), left = v_sub(c->word, shift);
    x.nu = v_sllv(x.sig, left);
    if (random) {
        x.nu = v_or(x.nu, v_srlv(x.sig, v_sub(shift, c->word)));
        const M lost = v_gtu(v_sllv(x.sig, v_add(left, c->word)), c->zero);
        if (with_flags || p->stochastic == NF_ROUND_STOCHASTIC_C) x.nu = v_sel(lost, v_or(x.nu, c->one), x.nu);
    }
    x.result = v_add(v_srlv(x.sig, shift), v_sub(v_sllv(v_sub(under, x.depth), c->frac), c->offset));
    if (random) {
        x.limit = stochastic_threshold(c, p, r);
    } else {
        const M odd = v_eq(v_and(x.result, c->one), c->one);
        x.limit = v_sel(x.negative, v_sel(odd, c->odd_minus, c->even_minus), v_sel(odd, c->odd_plus, c->even_plus));
    }
    x.result = v_sel(v_gtu(x.nu, x.limit), v_add(x.result, c->one), x.result);
    x.beyond = v_gts(x.result, c->max_mag);
    const V sign = v_sel(x.negative, c->sign_bit, c->zero);
    V code = v_or(x.result, p->has_neg_zero ? sign : v_sel(v_eq(x.result, c->zero), c->zero, sign));
    code = v_sel(x.beyond, v_sel(x.negative, c->beyond_minus, c->beyond_plus), code);
    if (!p->sign_bit) code = v_sel(m_andnot(v_eq(x.result, c->zero), x.negative), c->below, code);
    if (with_flags) *flags = finite_flags(c, p, &x, random);
    if (p->flush) code = flush_lanes(c, p, &x, whole, code, random, flags);
    if (m_is_any(v_gtu(whole, c->finite))) code = special_lanes(c, whole, x.negative, code, flags);
    return code;
}

/* How an array is converted; constants where this is inlined. */
typedef struct lane_shape {
    int source, out_bytes, with_flags;
} lane_shape;

/* LANES elements at i of arrays that hold that many. */
BODY V convert_at(const lanes *c, const nfi_fast_plan *p, size_t i, const void *in, const uint32_t *random, void *out,
                  uint8_t *flags, lane_shape shape, uint32_t streams) {
    V low = c->zero, word, f = c->zero, r = c->zero;
    if (shape.source == NFI_FAST_16) word = v_load16((const uint16_t *)in + i);
    if (shape.source == NFI_FAST_32) word = v_load32((const uint32_t *)in + i);
    if (shape.source == NFI_FAST_64) word = v_load64((const uint64_t *)in + i, &low);
    if (random) r = v_load32(random + i);
    const V code = convert_lanes(c, p, word, low, shape.source == NFI_FAST_64, shape.with_flags, random != NULL, r, &f);
    if (shape.out_bytes == 1) v_store8((uint8_t *)out + i, code, streams);
    if (shape.out_bytes == 2) v_store16((uint16_t *)out + i, code, streams);
    if (shape.with_flags && flags) v_store8(flags + i, f, 0);
    return f;
}

/* The same for fewer elements, among zeros, which raise no flag. */
BODY V convert_few(const lanes *c, const nfi_fast_plan *p, size_t i, size_t few, const void *in, const uint32_t *random,
                   void *out, uint8_t *flags, lane_shape shape) {
    const size_t in_bytes = shape.source == NFI_FAST_16 ? 2 : shape.source == NFI_FAST_32 ? 4 : 8;
    const size_t out_bytes = (size_t)shape.out_bytes;
    uint64_t operands[LANES] = {0};
    uint32_t randoms[LANES] = {0};
    uint16_t codes[LANES];
    uint8_t bits[LANES];
    memcpy(operands, (const char *)in + i * in_bytes, few * in_bytes);
    if (random) memcpy(randoms, random + i, few * sizeof *random);
    const V f = convert_at(c, p, 0, operands, random ? randoms : NULL, codes, bits, shape, 0);
    memcpy((char *)out + i * out_bytes, codes, few * out_bytes);
    if (shape.with_flags && flags) memcpy(flags + i, bits, few);
    return f;
}

BODY uint32_t convert_all(const nfi_fast_plan *plan, size_t n, const void *in, const uint32_t *random, void *out,
                          uint8_t *flags, lane_shape shape) {
    const nfi_fast_plan copy = *plan, *p = &copy; /* which no store to `out` can be thought to change */
    lanes c;
    fill(&c, p);
    V any = c.zero;
    size_t i = 0;
    const size_t head = p->streams ? nfi_to_line(out, p->out_bytes, n) : 0;
    while (i < n) {
        for (; i >= head && n - i >= LANES; i += LANES) {
            any = v_or(any, convert_at(&c, p, i, in, random, out, flags, shape, p->streams));
        }
        const size_t rest = (i < head ? head : n) - i, few = rest < LANES ? rest : LANES;
        if (few > 0) any = v_or(any, convert_few(&c, p, i, few, in, random, out, flags, shape));
        i += few;
    }
    if (p->streams) v_end_streams();
    return v_any(any);
}

/* The OR of many words. */
TARGET uint32_t OR_WORDS(size_t n, const uint32_t *words) {
    V a = v_set(0), b = a;
    uint32_t rest = 0;
    for (; n >= 2 * LANES; n -= 2 * LANES, words += 2 * LANES) {
        a = v_or(a, v_load32(words));
        b = v_or(b, v_load32(words + LANES));
    }
    for (; n > 0; n--) rest |= *words++;
    return rest | v_any(v_or(a, b));
}

/* One loop for each shape of arrays. */
#define RUN(random_, flags_, source_, bytes_, with_flags_)                                                             \
    convert_all(p, n, in, random_, out, flags_, (lane_shape){source_, bytes_, with_flags_})
#define SHAPE(source_, bytes_)                                                                                         \
    if (p->source == (source_) && p->out_bytes == (bytes_)) {                                                          \
        if (any_flags && random) *any_flags = RUN(random, flags, source_, bytes_, 1);                                  \
        if (any_flags && !random) *any_flags = RUN(NULL, flags, source_, bytes_, 1);                                   \
        if (!any_flags && random) RUN(random, NULL, source_, bytes_, 0);                                               \
        if (!any_flags && !random) RUN(NULL, NULL, source_, bytes_, 0);                                                \
    }

TARGET void KERNEL(const nfi_fast_plan *p, size_t n, const void *in, const uint32_t *random, void *out, uint8_t *flags,
                   uint32_t *any_flags) {
#if defined(WORD_KERNEL)
    if (!random && (p->in_words || (!any_flags && (p->is_upper || p->is_half)))) {
        WORD_KERNEL(p, n, in, out, flags, any_flags);
        return;
    }
#endif
    SHAPE(NFI_FAST_16, 1)
    SHAPE(NFI_FAST_16, 2)
    SHAPE(NFI_FAST_32, 1)
    SHAPE(NFI_FAST_32, 2)
    SHAPE(NFI_FAST_64, 1)
    SHAPE(NFI_FAST_64, 2)
}
