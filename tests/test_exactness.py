# SPDX-License-Identifier: BSD-3-Clause
"""`.exact` and `.error_ulps` of value objects, against arithmetic of the tests' own."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import numfmt as nf
from numfmt import exactness

E4M3, E2M1, F16, F32, F64 = nf.float8_e4m3fn, nf.float4_e2m1fn, nf.float16, nf.float32, nf.float64
INF, NAN = math.inf, math.nan
FORMATS = [E4M3, nf.float8_e5m2, nf.float8_e4m3fnuz, nf.bfloat16, F16, F32, F64, nf.x87_extended, nf.binary128]

#: On finite operands, divisors not zero.
RATIONAL: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "remainder": lambda a, b: a - b * round(a / b),
    "fmod": lambda a, b: a - b * math.trunc(a / b),
    "recip": lambda a: 1 / a,
    "fma": lambda a, b, c: a * b + c,
    "faa": lambda a, b, c: a + b + c,
    "convert": lambda a: a,
    "round_to_integral": lambda a: a,
    "minimum": min,
    "maximum_number": max,
    "min_num": min,
    "max_num_mag": lambda a, b: (max if abs(a) == abs(b) else lambda a, b: max(a, b, key=abs))(a, b),
    "minimum_magnitude": lambda a, b: (min if abs(a) == abs(b) else lambda a, b: min(a, b, key=abs))(a, b),
}
DIVIDES = {"div", "remainder", "fmod", "recip"}


def spacing(value: Fraction, fmt: nf.Format) -> Fraction:
    """Of the format's grid at a value that is not zero."""
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    exponent -= Fraction(2) ** exponent > abs(value)
    lowest = 1 - fmt.bias if fmt.exp0 == "subnormal" else -fmt.bias
    return Fraction(2) ** (max(exponent, lowest) - fmt.precision + 1)


@st.composite
def numbers(draw: st.DrawFn, fmt: nf.Format) -> nf.Array:
    """A finite number that is no far away from 1, or any."""
    code = draw(st.integers(0, fmt.codes[-1]))
    if draw(st.booleans()):
        return fmt(Fraction(draw(st.integers(-500, 500)), 1 << draw(st.integers(0, 12))))
    x = nf.Array.from_codes(code, fmt).astype(fmt)
    return x if x.is_finite() else fmt(1)


@given(st.data())
def test_rational_operations(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(RATIONAL)))
    to = data.draw(st.sampled_from(FORMATS[:7]))
    arrays = [data.draw(numbers(data.draw(st.sampled_from(FORMATS[:7])))) for _ in nf.OPS[name].operands]
    values = [Fraction(nf.decode(x.codes, x.format, dtype=object)) for x in arrays]
    if name in DIVIDES and values[-1] == 0:
        return
    got = nf.apply(name, arrays, None, to=to)
    exact = RATIONAL[name](*values)
    assert got.exact == exact, (name, arrays)
    result = nf.decode(got.codes, to, dtype=object)
    if isinstance(result, float) and math.isinf(result):
        assert got.error_ulps == result
    else:
        error = (Fraction(result) - exact) / spacing(exact, to) if exact else Fraction(result)
        assert got.error_ulps == float(error)
        assert bool(got.flags & nf.Flags.INEXACT) == (error != 0) or name == "round_to_integral"


SPECIALS = [0.0, -0.0, 1.0, -3.0, 7.0, INF, -INF, NAN]


@pytest.mark.parametrize("name", [name for name in nf.OPS if exactness.has_formula(name) and name != "scaleb"])
def test_specials_agree_with_an_exact_format(name: str, tier: str) -> None:
    """The library's result where it raises no inexact, near it otherwise; in plain runs one triple in 7."""
    every = list(itertools.product(SPECIALS, repeat=len(nf.OPS[name].operands)))
    for operands in every[:: 7 if tier == "quick" and len(every) > 64 else 1]:
        got = nf.apply(name, [F64(x) for x in operands], None)
        result = nf.decode(got.codes, F64, dtype=object)
        if got.flags & nf.Flags.INEXACT:
            assert 0 < abs(got.error_ulps) <= 0.5, operands
            continue
        assert (str(got.exact), type(got.exact)) == (str(result), type(result)), (name, operands)
        assert math.isnan(got.error_ulps) if math.isnan(result) else got.error_ulps == 0


def test_signalling_nans_and_2008() -> None:
    snan, one = nf.Array.from_codes(0x7D00, F16), F16(1)
    assert math.isnan(snan.min_num(one).exact) and snan.minimum_number(one).exact == 1
    assert F16("nan").min_num(one).exact == 1


def test_operands_are_read_as_the_environment_reads_them() -> None:
    tiny, one = 2.0**-24, F16([1, 1], env=nf.Env(daz=True))
    for daz, exact in ((True, 1), ({"b"}, 1), ({"a"}, 1 + Fraction(tiny)), (False, 1 + Fraction(tiny))):
        got = nf.add(one, F16([tiny, -tiny], env=one.env), env=nf.Env(daz=daz))
        assert got.exact[0] == exact
        assert nf.add(one, tiny, env=nf.Env(daz=daz, flush_except_width=16)).exact[0] == 1 + Fraction(tiny)
    assert str(nf.mul(F16(-tiny), 1, env=nf.Env(daz=True)).exact) == "-0.0"
    assert nf.negate(F16(tiny), env=nf.Env(daz=True)).exact == -Fraction(tiny)


@pytest.mark.parametrize(
    ("x", "exact"),
    [
        (0.1, Fraction(0.1)), (np.float32(0.1), Fraction(float(np.float32(0.1)))), ("0.1", Fraction(1, 10)),
        ("0x1.8p-3", Fraction(3, 16)), (Fraction(1, 3), Fraction(1, 3)), (Decimal("1e-30"), Fraction(1, 10**30)),
        (2**100 + 1, Fraction(2**100 + 1)), (np.uint64(2**64 - 1), Fraction(2**64 - 1)), (np.int8(-3), Fraction(-3)),
        (np.longdouble(1) / 4, Fraction(1, 4)), (mpmath.mpf("0.25"), Fraction(1, 4)),
        ("inf", INF), (-INF, -INF), (-0.0, -0.0), ("-0", -0.0), (10**4000, Fraction(10**4000)), ("snan", NAN),
    ],
    ids=lambda x: repr(x)[:20],
)  # fmt: skip
def test_encoded_values(x: Any, exact: Any) -> None:
    """One, and the same in a list, an array and an array of objects."""
    boxed = np.empty(2, object)
    boxed[:] = [x, x]
    one = E4M3(x)
    for got in (one.exact, *E4M3([x, x]).exact, *E4M3([[x, 1], [x, "2"]]).exact[:, 0], *E4M3(boxed).exact):
        assert (str(got) if exact != exact else got) == (str(exact) if exact != exact else exact)  # noqa: PLR0124
        assert type(got) is type(exact) and (exact != 0 or math.copysign(1, got) == math.copysign(1, exact))
    if isinstance(x, np.generic):
        assert E4M3(np.array([x, x])).exact.tolist() == [exact, exact]


def test_known_errors() -> None:
    assert E4M3([1.5, 1.0625, 0.1, 448, 449, 480]).error_ulps.tolist() == [
        0, -0.5, float((Fraction(13, 128) - Fraction(0.1)) * 128), 0, -1 / 32, -1,
    ]  # fmt: skip
    assert E4M3(2.0**-10).error_ulps == -0.5 and E4M3(3 * 2.0**-11).error_ulps == 0.25  # subnormal grid, 2**-9
    assert nf.float8_e8m0fnu([3, 0]).error_ulps.tolist() == [-0.5, 1]
    assert (F16(60000) * 2).error_ulps == INF and (F16(-60000) * 2).error_ulps == -INF
    assert (E4M3(1) / 0).error_ulps == -INF and (E4M3(-1) / 0).error_ulps == INF and (F16(1) / 0).error_ulps == 0
    assert math.isnan((F16(0) / 0).error_ulps) and math.isnan(E2M1(NAN).error_ulps)
    assert (F32(0) - 0).error_ulps == 0 and type(F32(1).error_ulps) is np.float64
    assert nf.format("width=64/precision=45/bias=500000/has_quiet_bit=false")(3).error_ulps == 0
    wide = nf.binary128("1e4000")
    assert wide.astype(nf.binary128).error_ulps == 0 and wide.astype(F16).error_ulps == INF
    assert wide.astype(E4M3).error_ulps == float((448 - Fraction(wide.values)) / spacing(Fraction(wide.values), E4M3))


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
@pytest.mark.parametrize("name", ["sqrt", "rsqrt"])
def test_roots(name: str, fmt: nf.Format) -> None:
    """Rational ones are Fractions; of the others the error is right to the last bit, by 400 decimal digits."""
    tiny = fmt.min_positive
    values = [
        fmt(x) for x in (2, 3, Fraction(1, 2), Fraction(7, 4), fmt.max, tiny, 2 * tiny, 1.0625, 4, Fraction(9, 16))
    ]
    with mpmath.workdps(400):
        for x in values:
            got = getattr(x, name)()
            value = Fraction(nf.decode(x.codes, fmt, dtype=object))
            square = value if name == "sqrt" else 1 / value
            true = mpmath.sqrt(mpmath.mpf(square.numerator) / square.denominator)
            root = Fraction(math.isqrt(square.numerator), math.isqrt(square.denominator))
            if root * root == square:
                assert got.exact == root
                continue
            with pytest.raises(ValueError, match=r"^exact: element 0: irrational; error_ulps"):
                _ = got.exact
            result = Fraction(got.values if not isinstance(got.values, np.generic) else got.values.item())
            approx = Fraction(int(true.man)) * Fraction(2) ** int(true.exp)
            assert got.error_ulps == float((result - approx) / spacing(approx, fmt)), x
            assert 0 < abs(got.error_ulps) <= 0.5


def test_which_element_has_no_exact_value() -> None:
    with pytest.raises(ValueError, match=r"^exact: element 2: irrational"):
        _ = F32([1, 4, 2, 9]).sqrt().exact
    assert F32([1, 4, 2, 9]).sqrt()[[0, 1, 3]].exact.tolist() == [1, 2, 3]
    for far in (E4M3([1, "1e999999999"]), E4M3([0, 1]).scaleb([1, 2**62])):
        with pytest.raises(ValueError, match=r"^exact: element 1: too far out"):
            _ = far.exact
        assert math.isnan(far.error_ulps[1]) and far.error_ulps[0] == 0


def test_only_the_last_operation_is_remembered() -> None:
    x = E4M3(1.5)
    y = x * x
    assert (y * 1).exact == Fraction(9, 4) and (-y).exact == Fraction(-9, 4)
    z = E4M3(1.0625)
    assert z.exact == Fraction(17, 16) and (z + 0).exact == 1 and z.astype(F32).exact == 1 and (-z).exact == -1
    for _ in range(100):
        y = y * x
    assert y._origin is not None
    assert not any(isinstance(operand, nf.Array) for operand in y._origin[1])
