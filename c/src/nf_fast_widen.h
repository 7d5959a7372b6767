/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Formats of 9 to 16 bits into binary32 or binary64, which hold all their values; included like nf_fast_body.h, after it.
 *
 *     | sign | field | frac bits |   ->   | sign | field + rebias | frac bits | 0 ... |       in a word
 *
 * A subnormal's fraction becomes a float of its own, exactly, whose exponent is then moved.
 */
typedef struct wide_lanes {
    V magnitude, sign, to_sign, frac, up, rebias, move, to_place, max_mag, inf_mag, zero, inf[2], nan[2], quiet;
    V inf_flags[2], nan_flags;
} wide_lanes;

BODY void fill_wide(wide_lanes *c, const nfi_widen_plan *p) {
    c->magnitude = v_set(p->mag_mask);
    c->sign = v_set(p->sign_bit);
    c->to_sign = v_set(p->to_sign);
    c->frac = v_set(p->frac);
    c->up = v_set(p->place - p->frac);
    c->rebias = v_set(p->rebias << p->place);
    c->move = v_set(p->move << p->place);
    c->to_place = v_set(23 - p->place);
    c->max_mag = v_set(p->max_mag);
    c->inf_mag = v_set(p->inf_mag);
    c->zero = v_set(0);
    c->quiet = v_set(p->quiet);
    c->nan_flags = v_set(p->nan_flags);
    for (int i = 0; i < 2; i++) {
        c->inf[i] = v_set(p->inf[i]);
        c->nan[i] = v_set(p->nan[i]);
        c->inf_flags[i] = v_set(p->inf_flags[i]);
    }
}

BODY V widen_lanes(const wide_lanes *c, const nfi_widen_plan *p, V word, int with_flags, V *flags) {
    const V mag = v_and(word, c->magnitude);
    const M minus = v_eq(v_and(word, c->sign), v_set(p->sign_bit | !p->sign_bit));
    const M is_sub = v_eq(v_srlv(mag, c->frac), c->zero), is_zero = v_eq(mag, c->zero);
    V code = v_add(v_sllv(mag, c->up), c->rebias);
    if (p->moves) code = v_sel(is_sub, v_add(v_srlv(v_float(mag), c->to_place), c->move), code);
    code = v_or(v_sel(is_zero, c->zero, code), v_sllv(v_and(word, c->sign), c->to_sign));
    const M special = v_gts(mag, c->max_mag), is_inf = v_eq(mag, c->inf_mag);
    code = v_sel(special, v_sel(minus, c->nan[1], c->nan[0]), code);
    if (p->inf_mag) code = v_sel(is_inf, v_sel(minus, c->inf[1], c->inf[0]), code);
    /* without -0 its code is a NaN */
    const M no_zero = m_and(is_zero, minus);
    if (!p->has_neg_zero) code = v_sel(no_zero, c->nan[1], code);
    if (!with_flags) return code;
    const V signaling = v_sel(v_eq(v_and(mag, c->quiet), c->zero), v_set(p->quiet ? NF_FLAG_INVALID : 0), c->zero);
    V f = v_sel(special, v_or(c->nan_flags, signaling), c->zero);
    if (p->inf_mag) f = v_sel(is_inf, v_sel(minus, c->inf_flags[1], c->inf_flags[0]), f);
    if (!p->has_neg_zero) f = v_sel(no_zero, c->nan_flags, f);
    *flags = f;
    return code;
}

BODY uint32_t widen_all(const nfi_widen_plan *p, size_t n, const uint16_t *in, unsigned char *out, uint8_t *flags,
                        int with_flags, size_t out_bytes) {
    wide_lanes c;
    fill_wide(&c, p);
    V any = c.zero, f = c.zero;
    for (size_t i = 0; i < n; i += LANES) {
        const size_t rest = n - i < LANES ? n - i : LANES;
        uint16_t words[LANES] = {0};
        uint64_t codes[LANES];
        uint8_t bits[LANES];
        const uint16_t *from = in + i;
        unsigned char *to = out + i * out_bytes;
        if (rest < LANES) {
            memcpy(words, from, rest * sizeof *from);
            from = words;
            to = (unsigned char *)codes;
        }
        const V code = widen_lanes(&c, p, v_load_low16(from), with_flags, &f);
        if (out_bytes == 4) v_store32((uint32_t *)(void *)to, code);
        if (out_bytes == 8) v_store64((uint64_t *)(void *)to, code);
        if (with_flags) any = v_or(any, f);
        if (with_flags && flags) v_store8(rest < LANES ? bits : flags + i, f, 0);
        if (rest == LANES) continue;
        memcpy(out + i * out_bytes, codes, rest * out_bytes);
        if (with_flags && flags) memcpy(flags + i, bits, rest);
    }
    return v_any(any);
}

TARGET void WIDEN(const nfi_widen_plan *p, size_t n, const void *in, void *out, uint8_t *flags, uint32_t *any_flags) {
    if (p->out_bytes == 4 && any_flags) *any_flags = widen_all(p, n, in, out, flags, 1, 4);
    if (p->out_bytes == 4 && !any_flags) widen_all(p, n, in, out, NULL, 0, 4);
    if (p->out_bytes == 8 && any_flags) *any_flags = widen_all(p, n, in, out, flags, 1, 8);
    if (p->out_bytes == 8 && !any_flags) widen_all(p, n, in, out, NULL, 0, 8);
}
