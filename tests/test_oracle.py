# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the oracle itself: published facts and vectors worked out by hand.

"Row n" is section 3 of the format facts; "S n" a section of SEMANTICS.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from oracle import (
    INEXACT,
    INVALID,
    OVERFLOW,
    UNDERFLOW,
    Env,
    Fmt,
    NanRaised,
    Value,
    codes_in_order,
    convert,
    decode,
    encode,
    value_of,
)
from oracle_rows import (
    AHP,
    BF16,
    DEFAULT,
    DLF16,
    E2M1,
    E2M3,
    E3M2,
    E3M4,
    E4M3,
    E4M3FN,
    E4M3FNUZ,
    E5M2,
    E5M2FNUZ,
    E8M0,
    F16,
    F32,
    F128,
    FLUSHED,
    IEEE,
    INF,
    NEG_INF,
    POLICIES,
    SATURATE,
    UE4M3,
    X87,
    hexf,
    p3109,
)

OX, UX = OVERFLOW | INEXACT, UNDERFLOW | INEXACT

EXTREMES = [  # facts, section 1: max finite, min normal, smallest positive
    (F16, "65504", "0x1p-14", "0x1p-24"),
    (F32, "0x1.fffffep127", "0x1p-126", "0x1p-149"),
    (BF16, "0x1.fep127", "0x1p-126", "0x1p-133"),
    (AHP, "131008", "0x1p-14", "0x1p-24"),
    (DLF16, "0x1.ffp32", "0x1.008p-31", "0x1.008p-31"),
    (E4M3FN, "448", "0x1p-6", "0x1p-9"),
    (E5M2, "57344", "0x1p-14", "0x1p-16"),
    (E4M3, "240", "0x1p-6", "0x1p-9"),
    (E3M4, "15.5", "0x1p-2", "0x1p-6"),
    (E4M3FNUZ, "240", "0x1p-7", "0x1p-10"),
    (E5M2FNUZ, "57344", "0x1p-15", "0x1p-17"),
    (E8M0, "0x1p127", "0x1p-127", "0x1p-127"),
    (UE4M3, "448", "0x1p-6", "0x1p-9"),
    (E2M3, "7.5", "1", "0x1p-3"),
    (E3M2, "28", "0x1p-2", "0x1p-4"),
    (E2M1, "6", "1", "0x1p-1"),
]


@pytest.mark.parametrize(("fmt", "largest", "normal", "smallest"), EXTREMES)
def test_extremes(fmt: Fmt, largest: str, normal: str, smallest: str) -> None:
    """Facts, section 1."""
    codes = codes_in_order(fmt)
    biggest = Fraction(largest) if "x" not in largest else hexf(largest)
    assert value_of(fmt, codes[-1]) == biggest
    assert value_of(fmt, codes[0]) == hexf(smallest)
    first_normal = encode(fmt, hexf(normal), DEFAULT)[0]
    assert not decode(fmt, first_normal).subnormal
    assert first_normal == codes[0] or decode(fmt, first_normal - 1).subnormal


def test_wide_extremes() -> None:
    """Facts, section 1: binary128 and x87."""
    big = 2 ** (16383 - 112)
    assert encode(F128, (2**113 - 1) * big, DEFAULT) == (0x7FFEFFFFFFFFFFFFFFFFFFFFFFFFFFFF, 0)
    assert value_of(F128, 1) == Fraction(1, 2**16494)
    assert encode(X87, (2**64 - 1) * 2 ** (16383 - 63), DEFAULT) == (0x7FFEFFFFFFFFFFFFFFFF, 0)
    assert value_of(X87, 1) == Fraction(1, 2**16445)
    assert encode(X87, INF, DEFAULT) == (0x7FFF8000000000000000, 0)


FACTS = [  # (format, value, environment, code, flags, where from)
    (E4M3FN, 464, DEFAULT, 0x7E, INEXACT, "row 3"),
    (E4M3FN, 464, IEEE, 0x7E, INEXACT, "row 3"),
    (E4M3FN, 465, DEFAULT, 0x7E, OX, "S3"),
    (E4M3FN, 465, IEEE, 0x7F, OX, "S3"),
    (E4M3FN, Fraction("464.25"), IEEE, 0x7F, OX, "row 1"),
    (E4M3FN, Fraction("464.25"), SATURATE, 0x7E, OX, "row 1"),
    (E4M3FN, -465, IEEE, 0x7F, OX, "S5: canonical NaN is positive"),
    (E4M3FN, INF, DEFAULT, 0x7E, OX, "row 2, S4"),
    (E4M3FN, INF, IEEE, 0x7F, INVALID, "row 2, S4"),
    (E4M3FN, INF, Env(overflow="sat_none"), 0x7E, OX, "S3"),
    (E5M2, 61440, DEFAULT, 0x7C, OX, "row 4"),
    (E5M2, 61440, SATURATE, 0x7B, OX, "row 4"),
    (E5M2, INF, SATURATE, 0x7B, OX, "row 5"),
    (E5M2, INF, Env(overflow="propagate"), 0x7C, 0, "S3"),
    (E5M2, 61440, Env(overflow="propagate"), 0x7B, OX, "S3"),
    (E2M1, INF, IEEE, 0x7, OX, "row 10, neither Inf nor NaN"),
    (E2M1, NEG_INF, DEFAULT, 0xF, OX, "row 10"),
    (E8M0, 3, DEFAULT, 0x80, INEXACT, "row 11: even code"),
    (E8M0, 3, Env(rounding="ties_away"), 0x81, INEXACT, "row 11: up"),
    (E8M0, 3, Env(rounding="to_odd"), 0x81, INEXACT, "S2: code 80 is even"),
    (E8M0, 6, Env(rounding="to_odd"), 0x81, INEXACT, "S2: code 81 is odd"),
    (E8M0, 0, DEFAULT, 0x00, UX, "row 12, S3"),
    (E8M0, 0, IEEE, 0xFF, INVALID, "row 12"),
    (E8M0, 0, Env(overflow="sat_none", rounding="toward_zero"), 0xFF, INVALID, "S3"),
    (E8M0, -1, IEEE, 0xFF, INVALID, "row 13"),
    (E8M0, -1, DEFAULT, 0x00, INVALID, "S3"),
    (E8M0, Fraction(1, 2**300) * -1, Env(rounding="toward_positive"), 0x00, INVALID, "S3: every negative survives"),
    (E8M0, -1, Env(overflow="sat_none", rounding="toward_positive"), 0x00, INVALID, "P3109 4.7.5"),
    (E8M0, Fraction(1, 2**128), IEEE, 0x00, UX, "row 14"),
    (E8M0, Fraction(1, 2**127), Env(rounding="toward_positive"), 0x00, 0, "row 15"),
    (E8M0, Fraction(9, 10 * 2**127), DEFAULT, 0x00, INEXACT, "S4: rounds to the smallest normal, not tiny after"),
    (E8M0, Fraction(9, 10 * 2**127), Env(tininess="before"), 0x00, UX, "S4"),
    (E8M0, Fraction(3, 4 * 2**127), DEFAULT, 0x00, INEXACT, "S2: Q+B = -1 is odd, the tie goes up"),
    (E8M0, 3 * 2**126, IEEE, 0xFE, INEXACT, "row 16"),
    (E8M0, 3 * 2**126 + 1, IEEE, 0xFF, OX, "row 16"),
    (E4M3FN, hexf("0x1.1000000001100p0"), DEFAULT, 0x39, INEXACT, "row 17"),
    (E4M3FN, hexf("0x1.1p0"), DEFAULT, 0x38, INEXACT, "row 17, the tie"),
    (BF16, hexf("0x1.0100000001p0"), DEFAULT, 0x3F81, INEXACT, "row 18"),
    (F16, hexf("0x1.0020000001p0"), DEFAULT, 0x3C01, INEXACT, "row 19"),
    (BF16, 2**24 + 2**16 + 1, DEFAULT, 0x4B81, INEXACT, "row 20"),
    (BF16, 2**40 + 2**32 + 1, DEFAULT, 0x5381, INEXACT, "row 20, one code above the doubly rounded 5380"),
    (E4M3FNUZ, Value("zero", 1), DEFAULT, 0x00, 0, "row 21"),
    (E4M3FNUZ, Fraction(-1, 2**12), DEFAULT, 0x00, UX, "row 21"),
    (E4M3FNUZ, 248, IEEE, 0x80, OX, "row 22"),
    (E4M3FNUZ, INF, IEEE, 0x80, INVALID, "row 22"),
    (E4M3FNUZ, 248, DEFAULT, 0x7F, OX, "row 22"),
    (BF16, hexf("0x1.ffp127"), DEFAULT, 0x7F80, OX, "section 5, 2"),
    (F16, 65520, DEFAULT, 0x7C00, OX, "section 5, 2"),
    (F16, 65519, DEFAULT, 0x7BFF, INEXACT, "section 5, 2"),
    (E4M3, 248, DEFAULT, 0x78, OX, "section 5, 2"),
    (E3M4, Fraction("15.75"), DEFAULT, 0x70, OX, "section 5, 2"),
    (F32, hexf("0x1p-126") * (1 - Fraction(1, 2**25)), DEFAULT, 0x00800000, INEXACT, "section 2.5"),
    (F32, hexf("0x1p-126") * (1 - Fraction(1, 2**25)), Env(tininess="before"), 0x00800000, UX, "section 2.5"),
    (F32, hexf("0x1p-126") * (1 - Fraction(1, 2**24)), DEFAULT, 0x00800000, UX, "section 2.5"),
    (F32, hexf("0x1p-126") * (1 - Fraction(1, 2**24)), Env(tininess="before"), 0x00800000, UX, "section 2.5"),
    (F32, hexf("0x1p-149"), Env(tininess="before"), 0x1, 0, "754 7.5: exact, no flag"),
    (p3109(3, 1, "sf"), 3, Env(overflow="sat_none"), 3, OX, "section 3, end"),
    (
        p3109(3, 1, "ue"),
        Fraction(-1, 4),
        Env(overflow="sat_none", rounding="toward_zero"),
        0,
        INVALID,
        "section 3, end",
    ),
    (p3109(3, 1, "ue"), NEG_INF, Env(overflow="sat_none"), 7, INVALID, "section 3, end"),
    (p3109(3, 1, "ue"), NEG_INF, SATURATE, 0, INVALID, "section 3, end"),
    (p3109(3, 1, "ue"), 100, Env(overflow="sat_none", rounding="to_odd"), 5, OX, "section 3, end"),
    (F16, 70000, Env(rounding="to_odd"), 0x7BFF, OX, "S3"),
    (F16, 65519, Env(rounding="to_odd"), 0x7BFF, INEXACT, "S2"),
    (E4M3FN, 450, Env(rounding="to_odd", overflow="ieee"), 0x7E, OX, "S3: whatever max's parity"),
    (E4M3FN, 450, Env(rounding="to_odd", overflow="infinity"), 0x7F, OX, "S3: in every direction"),
    (F16, 70000, Env(rounding="toward_negative"), 0x7BFF, OX, "754 7.4"),
    (F16, -70000, Env(rounding="toward_negative"), 0xFC00, OX, "754 7.4"),
    (F16, -70000, Env(rounding="toward_positive"), 0xFBFF, OX, "754 7.4"),
    (F16, 70000, Env(rounding="toward_zero", overflow="infinity"), 0x7C00, OX, "S3"),
    (F16, 65519, Env(rounding="toward_zero", overflow="infinity"), 0x7BFF, INEXACT, "S3: rounding first"),
    (UE4M3, Fraction(-1, 2**10), DEFAULT, 0x00, UX, "S3: a negative that rounds to zero"),
    (UE4M3, Fraction(-1, 2**10), Env(rounding="toward_negative"), 0x00, INVALID, "S3: it survives"),
    (UE4M3, -1, IEEE, 0x7F, INVALID, "S3"),
    (UE4M3, -1000, Env(overflow="infinity"), 0x7F, INVALID, "S4: invalid never with inexact"),
    (UE4M3, Value("zero", 1), IEEE, 0x00, 0, "S3"),
    (replace(UE4M3, n_high_nans=0), -1, IEEE, 0x7F, INVALID, "S3: substituted, max"),
    (replace(UE4M3, n_high_nans=0), -1, Env(overflow="infinity", nan_substitute="zero"), 0, INVALID, "S3, S5"),
    (DLF16, hexf("0x1.008p-32"), DEFAULT, 0x0000, UX, "S2: tie in the gap"),
    (DLF16, hexf("0x1.008p-32"), Env(rounding="ties_away"), 0x0001, UX, "S2"),
    (DLF16, hexf("0x1.00801p-32"), DEFAULT, 0x0001, UX, "S2: exact distance"),
    (DLF16, hexf("0x1p-60"), Env(rounding="to_odd"), 0x0001, UX, "S2: the nonzero one"),
    (DLF16, hexf("0x1.007cp-31"), DEFAULT, 0x0001, INEXACT, "S4: the unbounded grid gives the smallest"),
    (DLF16, hexf("-0x1p-60"), DEFAULT, 0x8000, UX, "-0"),
    (FLUSHED, hexf("0x1p-15"), DEFAULT, 0x0000, UX, "S2: tie in the gap"),
    (FLUSHED, hexf("0x1.8p-15"), DEFAULT, 0x0400, UX, "S2"),
    (FLUSHED, hexf("-0x1p-20"), Env(rounding="toward_negative"), 0x8400, UX, "S2"),
    (F16, hexf("0x1p-14") * (1 - Fraction(1, 2**12)), Env(ftz="x86"), 0x0400, INEXACT, "S6: not tiny after"),
    (F16, hexf("0x1p-14") * (1 - Fraction(1, 2**12)), Env(ftz="arm"), 0x0000, UNDERFLOW, "S6"),
    (F16, hexf("-0x1p-20"), Env(ftz="x86", tininess="before"), 0x8000, UX, "S6: also when exact"),
    (F16, hexf("-0x1p-20"), Env(ftz="arm", rounding="toward_negative"), 0x8000, UNDERFLOW, "S6"),
    (F16, hexf("-0x1p-20"), Env(ftz="arm", flush_except_width=16), 0x8010, 0, "S6"),
    (UE4M3, Fraction(-1, 2**7), Env(ftz="x86"), 0x00, UX, "S6: precedes the unsigned rule"),
    (E8M0, Fraction(1, 2**128), Env(ftz="arm"), 0x00, UX, "S6: needs has_zero"),
]


@pytest.mark.parametrize(("fmt", "value", "env", "code", "flags", "source"), FACTS)
def test_fact(fmt: Fmt, value: Value | Fraction | int, env: Env, code: int, flags: int, source: str) -> None:
    """Facts worked out by hand."""
    assert encode(fmt, value, env) == (code, flags), source


def test_464_is_448_under_every_policy() -> None:
    """S3: 448 < x <= 464 is 448 in all of them under ties_even."""
    for policy in POLICIES:
        for x in (Fraction("448.001"), Fraction(456), Fraction(464)):
            assert encode(E4M3FN, x, Env(overflow=policy)) == (0x7E, INEXACT)


NANS = [  # (source, destination, code, profile, delivered, flags)
    (F32, F16, 0x7F800001, "canonical", 0x7E00, INVALID),
    (F32, F16, 0x7F800001, "arm", 0x7E00, INVALID),  # row 8: quieted, the low payload is cut off
    (F32, F16, 0x7FFFFFFF, "x86_sse", 0x7FFF, 0),  # row 8
    (F32, F16, 0xFFC02000, "sf_arm", 0xFE01, 0),
    (F32, F16, 0xFFC02000, "sf_arm_dn", 0x7E00, 0),
    (F32, F16, 0xFFC02000, "riscv", 0x7E00, 0),
    (F16, F32, 0xFD01, "x87", 0xFFE02000, INVALID),
    (F16, F16, 0x7D01, "sf_8086", 0x7F01, INVALID),
    (E5M2, F32, 0x7D, "canonical", 0x7FC00000, 0),  # no quiet bit: quiet
    (E5M2, F32, 0x7D, "x86_sse", 0xFFC00000, 0),  # S5: x86's canonical NaN is negative
    (E5M2, F16, 0xFE, "arm", 0x7E00, 0),
    (F32, E5M2, 0xFFC00000, "x86_sse", 0x7F, 0),
    (F32, E4M3FN, 0xFF800001, "canonical", 0x7F, INVALID),
    (F32, E4M3FNUZ, 0x7FC00000, "canonical", 0x80, 0),
    (F32, E8M0, 0xFFC00000, "canonical", 0xFF, 0),
    (E4M3FNUZ, F32, 0x80, "arm", 0x7FC00000, 0),
    (E8M0, F32, 0xFF, "arm", 0x7FC00000, 0),
    (X87, F32, 0x7FFFC000000000000000, "x87", 0x7FC00000, 0),
    (X87, F32, 0x7FFF8000010000000000, "x87", 0x7FC00001, INVALID),
    (X87, F32, 0x7FFF0000000000000000, "canonical", 0x7FC00000, INVALID),  # pseudo-Inf
    (X87, F32, 0x40000000000000000000, "canonical", 0x7FC00000, INVALID),  # unnormal
    (F32, X87, 0xFF800001, "x87", 0xFFFFC000010000000000, INVALID),
    (F32, F128, 0x7FC00001, "arm", 0x7FFF8000020000000000000000000000, 0),
    (F32, E2M1, 0x7FC00000, "canonical", 0x7, INVALID),
]


@pytest.mark.parametrize(("src", "dst", "code", "profile", "delivered", "flags"), NANS)
def test_nan(src: Fmt, dst: Fmt, code: int, profile: str, delivered: int, flags: int) -> None:
    """S5."""
    assert convert(src, dst, code, Env(nan=profile)) == (delivered, flags)


@pytest.mark.parametrize(
    ("name", "positive", "negative", "unsigned"),
    [
        ("max", 0x7, 0x7, 0xF),
        ("signed_max", 0x7, 0xF, 0xF),
        ("zero", 0x0, 0x0, 0x0),
        ("signed_zero", 0x0, 0x8, 0x0),
        ("inverted_zero", 0x8, 0x0, 0x0),  # row 9
    ],
)
def test_nan_substitute(name: str, positive: int, negative: int, unsigned: int) -> None:
    """S5: the sign is the operand's; unsigned formats ignore it; always invalid."""
    env = Env(nan_substitute=name)
    no_nan = Fmt(width=4, precision=2, bias=3, is_signed=False, has_inf=False, has_neg_zero=False, n_high_nans=0)
    assert convert(F32, E2M1, 0x7FC00000, env) == (positive, INVALID)
    assert convert(F32, E2M1, 0xFFC00000, env) == (negative, INVALID)
    assert convert(F32, no_nan, 0xFFC00000, env) == (unsigned, INVALID)
    assert convert(F32, replace(no_nan, has_zero=False, exp0="normal"), 0xFFC00000, env) == (unsigned, INVALID)


def test_nan_raise() -> None:
    """S5: raise."""
    with pytest.raises(NanRaised):
        convert(F32, E2M1, 0x7FC00000, Env(nan_substitute="raise"))


def test_daz() -> None:
    """S6: a subnormal operand becomes a signed zero, no flag; x87 pseudo-denormals do not."""
    daz = Env(daz=True)
    assert convert(F16, F32, 0x8001, daz) == (0x80000000, 0)
    assert convert(F16, F32, 0x8001, Env(daz={"b"})) == (0xB3800000, 0)
    assert convert(F16, F32, 0x8001, Env(daz={"a"}, flush_except_width=16)) == (0xB3800000, 0)
    assert convert(F16, F32, 0x8400, daz) == (0xB8800000, 0)
    assert convert(E4M3FNUZ, F32, 0x81, daz) == (0, 0)
    assert convert(F16, E8M0, 0x0001, daz) == (0, UX)
    assert convert(X87, X87, 1 << 63, daz) == (0x00018000000000000000, 0)


def test_x87_decode() -> None:
    """S1 explicit_leading_bit."""
    assert value_of(X87, 0x3FFF8000000000000000) == 1
    assert decode(X87, 1 << 63) == Value("finite", 0, Fraction(1, 2**16382))
    assert decode(X87, (1 << 63) - 1).subnormal
    assert decode(X87, 0x7FFF0000000000000001).kind == "snan"
    assert decode(X87, 0xFFFFC000000000000005) == Value("qnan", 1, payload=(5, 62))
    assert decode(X87, 0xBFFF7000000000000000).kind == "snan"


def test_decode_specials() -> None:
    """S1: where Inf and the NaNs lie."""
    assert decode(E5M2, 0xFC) == NEG_INF
    assert [decode(E4M3FN, c).kind for c in (0x7E, 0x7F, 0xFF)] == ["finite", "qnan", "qnan"]
    assert decode(p3109(8, 4, "se"), 0x7F) == INF
    assert decode(p3109(8, 4, "se"), 0xFF) == NEG_INF
    assert decode(p3109(8, 1, "ue"), 0xFE) == INF
    assert decode(FLUSHED, 0x83FF) == Value("zero", 1)
    assert decode(replace(FLUSHED, has_inf=False, has_neg_zero=False, n_high_nans=0), 0x83FF) == Value("zero", 0)
    assert decode(Fmt(width=4, precision=1, bias=3, n_high_nans="all"), 0x7) == INF
    with pytest.raises(ValueError, match="more than 8 bits"):
        decode(E5M2, 0x100)


def test_p3109_identities() -> None:
    """Facts, section 1: whole tables compared."""
    assert all(decode(p3109(8, 4, "sf"), c) == decode(E4M3FNUZ, c) for c in range(256))
    assert all(decode(p3109(8, 3, "sf"), c) == decode(E5M2FNUZ, c) for c in range(256))
    assert all(value_of(p3109(8, 1, "uf"), c) == Fraction(2) ** (c - 128) for c in range(1, 255))
    assert all(value_of(E8M0, c) == Fraction(2) ** (c - 127) for c in range(255))
    assert value_of(p3109(4, 2, "sf"), 1) == Fraction(1, 4)


def test_stochastic() -> None:
    """P3109 4.7.4 by hand: nu = 5/16 with N = 2; A: 1 + R >= 4, B: 2 + 2R + 1 >= 8, C: 1 + R >= 4."""
    x = 1 + Fraction(5, 16) / 8
    for letter, ups in (("a", [0, 0, 0, 1]), ("b", [0, 0, 0, 1]), ("c", [0, 0, 0, 1])):
        env = Env(rounding=f"stochastic_{letter}", random_bits_count=2)
        assert [encode(E4M3FN, x, env, r)[0] - 0x38 for r in range(4)] == ups
    gap = Env(rounding="stochastic_a", random_bits_count=2)  # nu = 1/2 of the gap
    assert [encode(FLUSHED, hexf("0x1p-15"), gap, r)[0] for r in range(4)] == [0, 0, 0x400, 0x400]
    with pytest.raises(ValueError, match="random bits"):
        encode(E4M3FN, x, gap, 4)
