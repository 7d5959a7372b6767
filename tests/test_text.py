# SPDX-License-Identifier: BSD-3-Clause
"""Text to codes and back: every code, every style; shortest proven by brute force; long and far-out numbers."""

from __future__ import annotations

import random
import re
import struct
import subprocess
import sys
from bisect import bisect
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import oracle
import pytest
import specs
from hypothesis import given
from hypothesis import strategies as st
from oracle_format import layout

import numfmt as nf
from numfmt import printing

UP_TO_16_BITS = [row.name for row in nf.list_formats() if row.format.width <= 16]
UP_TO_8_BITS = [row.name for row in nf.list_formats() if row.format.width <= 8]
P3109 = {
    k: [f"binary{k}p{p}{s}{e}" for s in "su" for p in range(1, k + (s == "u")) for e in "ef"] for k in range(3, 17)
}
#: What plain runs look at most.
QUICK = ["float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "float6_e2m3fn", "float4_e2m1fn"]
#: Codes that no value reaches: zeros with a fraction, NaNs in several binades, x87's unnormals and pseudo-denormals.
ODD = [
    "width=8/precision=4/bias=7/exp0=zero/n_high_nans=1/has_inf=false/has_quiet_bit=false",
    "width=8/precision=3/bias=9/has_inf=false/n_high_nans=11/has_quiet_bit=false",
    "width=6/precision=1/bias=3/has_inf=false/n_high_nans=3/has_quiet_bit=false",
    "width=7/precision=3/bias=-5",
    "width=8/precision=2/bias=3",
    "width=9/precision=4/bias=5/exp0=normal",
    "width=9/precision=1/bias=70/exp0=normal/has_quiet_bit=false/n_high_nans=0",
    "width=10/precision=6/bias=3/explicit_leading_bit=true",
    "width=6/precision=6/bias=0/is_signed=false/has_neg_zero=false/has_quiet_bit=false/has_inf=false/n_high_nans=0",
]
X87 = nf.Format(width=80, precision=64, bias=16383, explicit_leading_bit=True)
BINARY128 = nf.Format(width=128, precision=113, bias=16383)
any_format = st.sampled_from([*[row.name for row in nf.list_formats()], *ODD]).map(nf.format) | st.just(BINARY128)


def check_round_trip(fmt: nf.Format, code: int) -> None:
    for style in printing.STYLES:
        text = fmt.to_string(code, style)
        assert fmt.parse(text) == code, (str(fmt), hex(code), text)


@pytest.mark.parametrize("name", [*UP_TO_16_BITS, *ODD])
def test_every_code_comes_back(name: str, tier: str) -> None:
    fmt = nf.format(name)
    step = 1 if fmt.width <= 6 or tier != "quick" or name in QUICK else 5 if fmt.width <= 10 else 331
    for code in {*fmt.codes[::step], *fmt.codes[:9], *fmt.codes[-9:], fmt.max_code}:
        check_round_trip(fmt, code)


@pytest.mark.full
@pytest.mark.parametrize("name", [name for k in range(3, 9) for name in P3109[k]])
def test_every_p3109_code_comes_back(name: str) -> None:
    fmt = nf.format(name)
    for code in fmt.codes:
        check_round_trip(fmt, code)


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.soak), pytest.param(997, marks=pytest.mark.full)])
@pytest.mark.parametrize("name", [name for k in range(9, 17) for name in P3109[k]])
def test_p3109_codes_of_wider_formats_come_back(name: str, step: int) -> None:
    """Every code with --tier=soak, one in 997 and the ends with full."""
    fmt = nf.format(name)
    for code in {*fmt.codes[::step], *fmt.codes[:4], *fmt.codes[-4:], fmt.max_code}:
        check_round_trip(fmt, code)


@given(fmt=any_format | st.just(X87), data=st.data())
def test_any_code_comes_back(fmt: nf.Format, data: st.DataObject) -> None:
    edge = st.sampled_from([0, 1, fmt.max_code, fmt.max_code + 1, fmt.codes[-1], fmt.min_positive_code])
    check_round_trip(fmt, data.draw(edge | st.integers(0, fmt.codes[-1])) & fmt.codes[-1])


@given(code=st.integers(0, 2**80 - 1), field=st.sampled_from([0, 1, 0x7FFF, 0x3FFF]))
def test_x87_codes_come_back(code: int, field: int) -> None:
    """Pseudo-denormals, unnormals, pseudo-infinities and pseudo-NaNs among them."""
    check_round_trip(X87, code & ~(0x7FFF << 64) | field << 64)


@pytest.mark.parametrize("name", [*UP_TO_8_BITS, *ODD, "binary16"])
def test_texts_have_the_oracle_s_value(name: str, tier: str) -> None:
    fmt = nf.format(name)
    few = 5 if tier == "quick" and fmt.width > 6 and name not in QUICK else 1
    for code in fmt.codes[:: few if fmt.width <= 10 else 61 * few]:
        value = oracle.decode(fmt, code)
        exact, hexadecimal = (fmt.to_string(code, style).partition("[")[0] for style in ("exact", "hex"))
        if value.kind in ("qnan", "snan"):
            assert exact.lstrip("-")[: 3 + (value.kind == "snan")] == value.kind.removeprefix("q"), hex(code)
        elif value.kind == "inf":
            assert exact == hexadecimal == "-" * value.sign + "inf"
        else:
            assert (exact[0] == "-") == (hexadecimal[0] == "-") == bool(value.sign)
            assert abs(Fraction(exact)) == value.magnitude
            found = hexadecimal.lstrip("-")
            assert (found == "0x0p+0") if value.kind == "zero" else specs.exact(found) == value.magnitude
            assert found.startswith(("0x1p", "0x1.")) or value.kind == "zero"
            assert not found.partition("p")[0].endswith("0") or value.kind == "zero"


def decimals(fmt: nf.Format, digits: int) -> Iterator[Fraction]:
    """Every positive decimal of so many digits, the last one not 0, in the format's range and a little beyond."""
    low = len(str(int(1 / fmt.min_positive))) + 2
    for exp in range(-low - 3, len(str(int(fmt.max))) + 1):
        power = Fraction(10) ** exp
        for sig in range(10 ** (digits - 1), 10**digits):
            if sig % 10:
                yield sig * power


def nearest_of_fewest_digits(fmt: nf.Format) -> dict[int, tuple[int, Fraction]]:
    """For every positive code how many digits it takes, and how far the nearest decimal of so many is from it."""
    lay = layout(fmt)
    positive = range(lay.first_ordinal, lay.max_ordinal + 1)
    values = [oracle.value_of(fmt, code) for code in positive]
    best: dict[int, tuple[int, Fraction]] = {}
    for digits in (1, 2, 3):
        missing = set(positive) - best.keys()
        for x in decimals(fmt, digits) if missing else ():
            above = bisect(values, x)
            code = rounds_to(fmt, x) if missing & {*positive[max(above - 1, 0) : above + 1]} else None
            if code in missing:
                found = (digits, abs(x - oracle.value_of(fmt, code)))
                best[code] = min(best.get(code, found), found)
    return {code: best[code] for code in positive}


def rounds_to(fmt: nf.Format, x: Fraction) -> int | None:
    """The code that x goes to under ties_even if the exponent has no end above, nor below without a zero."""
    code, flags = oracle.encode(fmt, x, oracle.Env(overflow="infinity"))
    if flags & oracle.OVERFLOW:
        return None
    if not fmt.has_zero and x < fmt.min_positive:
        bracket = oracle.unbounded_bracket(x, fmt.precision, fmt.bias)
        up = oracle.goes_up(bracket, oracle.Env(), 0, 0)
        return code if up and bracket.upper == fmt.min_positive else None
    return code


@pytest.mark.parametrize(
    "name",
    [*[name if name in QUICK else pytest.param(name, marks=pytest.mark.full) for name in UP_TO_8_BITS], ODD[0], ODD[5]],
)
def test_shortest_is_shortest_and_nearest(name: str) -> None:
    fmt = nf.format(name)
    for code, (digits, distance) in nearest_of_fewest_digits(fmt).items():
        text = fmt.to_string(code)
        assert len(text.partition("e")[0].replace(".", "").strip("0")) == digits, text
        assert abs(Fraction(text) - oracle.value_of(fmt, code)) == distance, text
        if fmt.is_signed:
            assert fmt.to_string(code | 1 << fmt.width - 1) == "-" + text


def some_codes(fmt: nf.Format, count: int) -> list[int]:
    generator = random.Random(5)
    found = [generator.randrange(fmt.max_code + 1) for _ in range(count)]
    powers = [field << fmt.precision - 1 for field in range(1 << fmt.exponent_bits)]
    return [code for code in [*found, *powers, 0, 1, 2, fmt.max_code] if code <= fmt.max_code]


def test_binary64_is_python_s_repr(tier: str) -> None:
    generator = random.Random(6)
    plain = [
        generator.choice([0.1, 0.3, 1.0, 7.0, 1e15, 1e16, 1e17, 2.0**60]) * generator.randrange(9999)
        for _ in range(500)
    ]
    codes = [struct.unpack("<Q", struct.pack("<d", x))[0] for x in [*plain, 9007199254740993.0, 5e-324, 1e23, 0.0]]
    for code in codes + some_codes(nf.float64, 100_000 if tier != "quick" else 1000):
        x = struct.unpack("<d", struct.pack("<Q", code))[0]
        assert nf.float64.to_string(code) == repr(x)
        assert float.fromhex(nf.float64.to_string(code, "hex")) == x


@pytest.mark.parametrize(("fmt", "dtype"), [(nf.float16, np.float16), (nf.float32, np.float32)], ids=str)
def test_numpy_s_digits(fmt: nf.Format, dtype: Any, tier: str) -> None:
    codes = np.array(some_codes(fmt, 100_000 if tier != "quick" else 1000), fmt.dtype)
    for code, x in zip(codes.tolist(), codes.view(dtype), strict=True):
        text = fmt.to_string(code)
        wanted = np.format_float_scientific(x, unique=True)
        assert Decimal(text) == Decimal(wanted), hex(code)
        assert len(Decimal(text).normalize().as_tuple().digits) == len(Decimal(wanted).normalize().as_tuple().digits)


@pytest.mark.parametrize(
    ("name", "code", "shortest", "exact", "hexadecimal"),
    [
        ("e4m3fn", 0x7E, "450.0", "448", "0x1.cp+8"), ("e4m3fn", 0x80, "-0.0", "-0", "-0x0p+0"),
        ("e4m3fn", 1, "0.002", "0.001953125", "0x1p-9"), ("binary32", 1, "1e-45", None, "0x1p-149"),
        ("binary16", 0x3C01, "1.001", "1.0009765625", "0x1.004p+0"), ("e8m0", 0, "6e-39", None, "0x1p-127"),
        ("e2m1", 7, "6.0", "6", "0x1.8p+2"), ("binary64", 0x4341C37937E08000, "1e+16", "10000000000000000",
        "0x1.1c37937e08p+53"),
        ("binary64", 0x430C6BF526340000, "1000000000000000.0", "1000000000000000", "0x1.c6bf52634p+49"),
        ("binary64", 0x3F1A36E2EB1C432D, "0.0001", None, "0x1.a36e2eb1c432dp-14"),
        ("binary64", 0x3EE4F8B588E368F1, "1e-05", None, "0x1.4f8b588e368f1p-17"),
        ("e5m2", 0x7D, "nan(0x1)", "nan(0x1)", "nan(0x1)"), ("e5m2", 0xFF, "-nan", "-nan", "-nan"),
        ("e5m2", 0xFC, "-inf", "-inf", "-inf"), ("e4m3fnuz", 0x80, "nan", "nan", "nan"),
        ("binary16", 0xFE01, "-nan(0x1)", "-nan(0x1)", "-nan(0x1)"), ("binary16", 0x7C01, "snan(0x1)", "snan(0x1)",
        "snan(0x1)"),
        (ODD[0], 0x85, "-0.0[0x85]", "-0[0x85]", "-0x0p+0[0x85]"), (ODD[2], 0x1E, "nan[0x1e]", "nan[0x1e]",
        "nan[0x1e]"),
    ],
)  # fmt: skip
def test_texts(name: str, code: int, shortest: str, exact: str | None, hexadecimal: str) -> None:
    fmt = nf.format(name)
    assert fmt.to_string(code) == fmt.to_string(code, "shortest") == shortest
    assert exact is None or fmt.to_string(code, "exact") == exact
    assert fmt.to_string(code, style="hex") == hexadecimal


def test_exact_is_exact_at_any_length() -> None:
    """Beyond 4,300 digits, at the ends of the widest exponents, and under a lower limit than Python's own."""
    fmt = nf.format("binary16p1ue")
    text = fmt.to_string(1, "exact")
    assert len(text) == 2 + 32767 and text.endswith("125") and text[:10] == "0.00000000"
    assert fmt.parse(text) == 1 and fmt.to_string(1) == "1e-9864"
    wide = nf.Format(width=25, precision=5, bias=0)
    digits = wide.to_string(wide.max_code, "exact")
    assert len(digits) == 315_653 and wide.parse(digits) == wide.max_code
    assert (
        digits[:15]
        == mpmath.nstr(mpmath.mpf(31) * mpmath.mpf(2) ** (wide.emax - 4), 15).replace(".", "").partition("e")[0]
    )
    assert int(digits[-20:]) == 31 * pow(2, wide.emax - 4, 10**20) % 10**20
    code = (
        "import sys, numfmt as nf; f = nf.format('binary16p1ue'); t = f.to_string(1, 'exact'); "
        "assert f.parse(t) == 1; nf.encode(t, 'binary64'); nf.explain_value(10**5000, f).as_dict(); "
        "assert sys.get_int_max_str_digits() == 640"
    )
    subprocess.run([sys.executable, "-P", "-X", "int_max_str_digits=640", "-c", code], check=True)


def test_elements_of_arrays_and_records_have_a_text() -> None:
    codes = nf.encode([1.5, -2], "binary16")
    assert [nf.float16.to_string(code) for code in codes] == ["1.5", "-2.0"]
    record = nf.encode("0.1", BINARY128)
    assert BINARY128.to_string(record) == "0.1"
    assert BINARY128.parse("0.1") == int(record["hi"]) << 64 | int(record["lo"])
    assert isinstance(nf.float16.parse("1"), int)


@given(fmt=any_format, x=st.floats(allow_nan=False) | st.decimals(allow_nan=False, allow_infinity=False))
def test_parse_rounds_as_encode_does(fmt: nf.Format, x: Any) -> None:
    text = str(x)
    value = Fraction(text) if "Inf" not in text and "inf" not in text else None
    if value is not None:
        kind = "finite" if value else "zero"
        wanted = oracle.encode(fmt, oracle.Value(kind, int(text.startswith("-")), abs(value)), oracle.Env())
        assert fmt.parse(text) == wanted[0]


@pytest.mark.parametrize("name", ["binary64", "binary32", "bfloat16"])
def test_midpoints_in_full_with_a_tail(name: str, tier: str) -> None:
    """Exact midpoints of up to 768 digits: the digits behind them decide.  One binade in 11 in plain runs."""
    fmt = nf.format(name)
    random_codes, binades = some_codes(fmt, 20)[:20], some_codes(fmt, 0)
    chosen = [*random_codes, *binades[:: 11 if tier == "quick" else 1]]
    for code in [0, 1, 2, fmt.min_normal_code or 0, fmt.max_code - 1, *chosen]:
        if code + 1 > fmt.max_code:
            continue
        middle = (oracle.value_of(fmt, code) + oracle.value_of(fmt, code + 1)) / 2
        digits = printing.number(middle)
        digits += "" if "." in digits else "."
        even = code if code % 2 == 0 else code + 1
        assert fmt.parse(digits) == even
        assert fmt.parse(digits + "0" * 3000) == even
        assert fmt.parse(digits + "0" * 3000 + "1") == code + 1
        below = printing.number(middle - Fraction(1, 10**2000)) + "9" * 500
        assert fmt.parse(below) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("nan", 0x7E00), ("-nan", 0xFE00), ("nan(0x0)", 0x7E00), ("NaN(0X1ff)", 0x7FFF), ("snan", 0x7C01),
    ("-sNaN", 0xFC01),
     ("snan(0x1ff)", 0x7DFF), ("+snan(0x3)", 0x7C03), (" inf ", 0x7C00), ("1e9", 0x7C00), ("nan[0x7e00]", 0x7E00),
     ("0[0x0]", 0), ("1.5[0x3e00]", 0x3E00), ("snan[0x7c05]", 0x7C05)],
)  # fmt: skip
def test_parse(text: str, code: int) -> None:
    assert nf.float16.parse(text) == code


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("e2m1", "nan", "'nan': float4_e2m1fn has no NaN"), ("e4m3fn", "snan", "no such NaN"), ("e4m3fn",
        "nan(0x1)", "no such NaN"),
        ("e4m3fn", "nan(0x8)", "no such NaN"), ("e5m2", "nan(0x0)", "no such NaN"), ("binary16", "nan(0x200)",
        "no such NaN"),
        ("binary16", "snan(0x0)", "no such NaN"), ("binary16", "snan(0x200)", "no such NaN"), ("binary16", "nan(1)",
        "is no number"),
        ("binary16", "inf(0x1)", "is no number"), ("binary16", "nan()", "is no number"), ("binary16", "nan(0x)",
        "is no number"),
        ("binary16", "1.5[0x10000]", "takes codes 0 to 0xffff"), ("binary16", "1.5[0x3e01]",
        "has another value at code 0x3e01"),
        ("binary16", "1.5[0x7e00]", "has another value"), ("binary16", "nan[0x3e00]", "has another value"),
        ("binary16", "[0x3e00]", "is no number"), ("binary16", "five", "is no number"), ("binary16",
        "x" * 10_000, "is no number"),
        ("e8m0", "snan", "no such NaN"), (ODD[4], "snan", "no such NaN"),
    ],
    ids=lambda part: str(part)[:16],
)  # fmt: skip
def test_bad_text(name: str, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as raised:
        nf.format(name).parse(text)
    assert len(str(raised.value)) < 250 and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("code", "style", "error"),
    [(256, "shortest", "takes codes 0 to 0xff"), (-1, "exact", "takes codes"), (1.5, "shortest", "code is float"),
     (True, "shortest", "code is bool"), ("7E", "shortest", "code is str"), (1, "long",
     "style is 'long': must be one of shortest, exact, hex")],
)  # fmt: skip
def test_bad_codes(code: Any, style: Any, error: str) -> None:
    with pytest.raises((ValueError, TypeError), match=error):
        nf.float8_e4m3fn.to_string(code, style)
