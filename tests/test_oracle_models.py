# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the oracle itself: the P3109 model, Python's and mpmath's rounding, invariants."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from random import Random

import p3109_model
import pytest
from mpmath import libmp
from oracle import (
    INEXACT,
    INVALID,
    OVERFLOW,
    UNDERFLOW,
    Case,
    Env,
    Fmt,
    Value,
    boundary_values,
    codes_in_order,
    convert,
    decode,
    encode,
    exact_value,
    neighbours,
    value_of,
)
from oracle_rows import (
    ALL,
    DEFAULT,
    DIRECTED,
    E2M1,
    E4M3FN,
    E5M2,
    E8M0,
    F16,
    F32,
    F64,
    F128,
    INF,
    NARROW,
    NEG_INF,
    POLICIES,
    UE4M3,
    X87,
    p3109,
)

#: The oracle judged, not the library: from ``full`` on.
pytestmark = pytest.mark.full

# ---- the P3109 model --------------------------------------------------------------------------------------------

MODES = {
    "ties_even": "TiesToEven",
    "ties_away": "TiesToAway",
    "toward_zero": "TowardZero",
    "toward_positive": "TowardPositive",
    "toward_negative": "TowardNegative",
    "to_odd": "ToOdd",
    "stochastic_a": "StochasticA",
    "stochastic_b": "StochasticB",
    "stochastic_c": "StochasticC",
}
SATURATIONS = {"sat_none": "SatNone", "saturate": "SatFinite", "propagate": "SatPropagate"}


def quarter_points(fmt: Fmt) -> Iterator[Fraction]:
    """Zero, every value, midpoint and quarter point, on to three values beyond max, both signs."""
    values = [Fraction(0), *(value_of(fmt, c) for c in codes_in_order(fmt))]
    top = next(v for v in reversed(list(boundary_values(fmt))) if v > values[-1])
    values += [top, 2 * top, 1000 * top]
    for low, high in pairwise(values):
        for k in range(4):
            x = low + (high - low) * k / 4
            yield x
            yield -x


@pytest.mark.parametrize("k", [3, 4, pytest.param(5, marks=pytest.mark.full)])
@pytest.mark.parametrize("name", ["sf", "se", "uf", "ue"])
def test_p3109_project(k: int, name: str, tier: str) -> None:
    """Project (P3109 4.7.3 to 4.7.5): six roundings; the stochastic ones with N = 3 and every R; three saturations.

    K = 4 has four R in plain runs, K = 3 every one.
    """
    every_r = range(8) if tier != "quick" or k == 3 else (0, 3, 5, 7)
    environments = {m: [Env(rounding=m, overflow=s, random_bits_count=3) for s in SATURATIONS] for m in MODES}
    drawn = [(m, r) for m in MODES for r in (every_r if m.startswith("stochastic") else (0,))]
    for p in range(1, k + (name[0] == "u")):
        fmt, model = p3109(k, p, name), p3109_model.Binary(k, p, name[0] == "s", name[1] == "e")
        for x in quarter_points(fmt):
            case = Case(fmt, exact_value(x))
            for mode, r in drawn:
                rounded = p3109_model.round_to_precision(model, x, MODES[mode], 3, r)
                for env, saturation in zip(environments[mode], SATURATIONS.values(), strict=True):
                    want = p3109_model.saturate(model, rounded, MODES[mode], saturation)
                    assert case.outcome(env, r)[0] == want, (fmt, x, env, r)


@pytest.mark.parametrize("k", [3, 4, 5])
@pytest.mark.parametrize("name", ["sf", "se", "uf", "ue"])
def test_p3109_specials(k: int, name: str) -> None:
    """Inf and NaN (P3109 4.7.5)."""
    specials = {"inf": INF, "-inf": NEG_INF, "nan": Value("qnan")}
    for p in range(1, k + (name[0] == "u")):
        fmt, model = p3109(k, p, name), p3109_model.Binary(k, p, name[0] == "s", name[1] == "e")
        for policy, saturation in SATURATIONS.items():
            for mode, model_mode in MODES.items():
                for word, value in specials.items():
                    want = p3109_model.saturate(model, word, model_mode, saturation)
                    assert encode(fmt, value, Env(rounding=mode, overflow=policy))[0] == want, (fmt, word)


# ---- Python's and mpmath's rounding -----------------------------------------------------------------------------


def samples(fmt: Fmt, count: int, low: int, high: int) -> Iterator[Fraction]:
    """Rationals, midpoints and neighbours of midpoints with exponents in low..high, fixed seed."""
    rng = Random(f"{fmt.width}")
    for _ in range(count):
        sig = rng.getrandbits(fmt.precision + 1) | 1 << fmt.precision + 1
        near = Fraction(rng.choice((-1, 0, 0, 1)), rng.choice((3, 2**40, 10**30)))
        x = (sig + near) * Fraction(2) ** (rng.randint(low, high) - fmt.precision - 1)
        yield -x if rng.getrandbits(1) else x


PACK = {16: ("<e", "<H"), 32: ("<f", "<I"), 64: ("<d", "<Q")}


def packed(fmt: Fmt, x: float) -> int:
    """The code that C's conversion gives (to nearest, ties to even), or Inf."""
    to_float, to_int = PACK[fmt.width]
    try:
        raw = struct.pack(to_float, x)
    except OverflowError:
        raw = struct.pack(to_float, math.copysign(math.inf, x))
    return int(struct.unpack(to_int, raw)[0])


@pytest.mark.parametrize(("fmt", "low", "high"), [(F16, -27, 16), (F32, -152, 128)])
def test_nearest_struct(fmt: Fmt, low: int, high: int) -> None:
    """binary16 and binary32 from binary64 values, subnormals and overflow included."""
    for sample in samples(fmt, 4000, low, high):
        x = float(sample)
        assert encode(fmt, Fraction(x), DEFAULT)[0] == packed(fmt, x), x.hex()


def test_nearest_binary64() -> None:
    """float(Fraction) is correctly rounded, to nearest, ties to even."""
    for low, high in ((-1080, -1018), (-60, 60), (1010, 1024)):
        for x in samples(F64, 800, low, high):
            try:
                want = float(x)
            except OverflowError:
                want = math.inf if x > 0 else -math.inf
            code, flags = encode(F64, x, DEFAULT)
            assert code == packed(F64, want), x
            assert math.isinf(want) or (flags != 0) == (Fraction(want) != x), x


MPMATH = {"n": "ties_even", "f": "toward_negative", "c": "toward_positive", "d": "toward_zero"}


@pytest.mark.parametrize(("fmt", "low", "high"), [(F16, -14, 14), (F32, -126, 126), (F64, -1022, 1022)])
def test_directed_mpmath(fmt: Fmt, low: int, high: int) -> None:
    """mpmath's n, f, c and d in the normal range; a toward_zero code + 1 is its u."""
    for x in samples(fmt, 500, low, high):
        case = Case(fmt, exact_value(x))
        for letter, rounding in MPMATH.items():
            want = libmp.from_rational(x.numerator, x.denominator, fmt.precision, letter)
            code, flags = case.outcome(Env(rounding=rounding))
            assert value_of(fmt, code) == Fraction(*libmp.to_rational(want)), (x, rounding)
            assert flags == (INEXACT if value_of(fmt, code) != x else 0), (x, rounding)
        outward = libmp.from_rational(x.numerator, x.denominator, fmt.precision, "u")
        code, flags = case.outcome(Env(rounding="toward_zero"))
        assert value_of(fmt, code + flags) == Fraction(*libmp.to_rational(outward))


# ---- invariants -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fmt", ALL)
def test_round_trip(fmt: Fmt) -> None:
    """Converting to the same format changes only NaNs, and the many zeros of exp0 = zero."""
    for code in range(0, 1 << fmt.width, 1 if fmt.width <= 8 else 31):
        value = decode(fmt, code)
        got, flags = convert(fmt, fmt, code, Env(nan="arm", overflow="propagate"))
        if value.kind == "snan":
            assert (decode(fmt, got).kind, flags) == ("qnan", INVALID)
        elif value.kind in ("finite", "inf") or (fmt.has_quiet_bit and value.kind == "qnan"):
            assert (got, flags) == (code, 0)
        else:
            assert decode(fmt, got).kind == value.kind
            assert flags == 0


@pytest.mark.parametrize("fmt", NARROW)
def test_monotone(fmt: Fmt) -> None:
    """Each rounding is monotone, lies between the neighbours, and directed ones take the right one."""
    values = sorted(boundary_values(fmt))
    cases = [Case(fmt, exact_value(x)) for x in values]
    lowest, largest = (value_of(fmt, code) for code in (0, codes_in_order(fmt)[-1]))
    between = [[value_of(fmt, c) for c in neighbours(fmt, x)] if lowest <= x <= largest else [] for x in values]
    assert sum(map(bool, between)) > len(values) // 2
    for rounding in ("ties_even", "ties_away", *DIRECTED, "to_odd"):
        env = Env(rounding=rounding, overflow="saturate")
        results = [value_of(fmt, case.outcome(env)[0]) for case in cases]
        assert results == sorted(results)
        for x, got, ends in zip(values, results, between, strict=True):
            if ends:
                low, high = ends
                assert low <= x <= high
                assert got in (low, high)
                assert rounding != "toward_positive" or got == high
                assert rounding not in ("toward_zero", "toward_negative") or got == low


def test_flags_exclude(tier: str) -> None:
    """S4: invalid never with inexact, overflow never with underflow; signs are symmetric in signed formats.

    In plain runs the ends of the larger formats, and one boundary in 7 between.
    """
    environments = [Env(rounding=m, overflow=s, tininess=t, ftz=z) for m in ("ties_even", "toward_positive", "to_odd")
                    for s in POLICIES for t in ("after", "before") for z in ("off", "x86", "arm")]  # fmt: skip
    for fmt in (E4M3FN, E5M2, UE4M3, E8M0, E2M1, p3109(4, 1, "ue"), p3109(4, 3, "se")):
        points = list(boundary_values(fmt))
        if tier == "quick" and len(points) > 100:
            points = points[:16] + points[16:-6:7] + points[-6:]
        for x in points:
            cases = [Case(fmt, Value("finite", sign, x)) for sign in (0, 1)]
            for env in environments:
                (_, plus), (_, minus) = (case.outcome(env) for case in cases)
                for flags in (plus, minus):
                    assert not flags & INVALID or flags == INVALID
                    assert not (flags & OVERFLOW and flags & UNDERFLOW)
                if env.rounding != "toward_positive" and fmt.is_signed:
                    assert plus == minus


@pytest.mark.parametrize("fmt", [F32, F64, F128, X87, replace(F32, exp0="zero"), replace(F32, precision=8, width=17)])
def test_wide_boundaries(fmt: Fmt) -> None:
    """The points of wide formats come round each edge, on the grid or midway, and beyond the largest value."""
    points = boundary_values(fmt)
    previous = Fraction(0)
    for count, x in enumerate(points):
        if count < 60:
            code, flags = encode(fmt, x, Env(rounding="toward_zero"))
            assert value_of(fmt, code) <= x
            assert (value_of(fmt, code) == x) == (flags == 0)
        elif count > 600:
            break
        if count > 8:
            assert x > previous
        previous = x
