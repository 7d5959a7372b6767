# SPDX-License-Identifier: BSD-3-Clause
"""The oracle of quantizers, requantization and fixed point, on numbers worked out by hand."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import oracle_requantize as requantize
import pytest
from oracle import Env, Fmt, decode, encode
from oracle_fixed import FixedType, OutOfRange, Stored
from oracle_format import pow2
from oracle_quantize import (
    FORMATS,
    Granularity,
    Number,
    Rules,
    affine_parameters,
    decode_code,
    dot,
    encode_array,
    encode_number,
    matmul,
    round_integer,
    rounded,
    symmetric_scale,
)

TIES = [Fraction(n, 2) for n in (-5, -3, -1, 0, 1, 3, 5)]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("ties_even", [-2, -2, 0, 0, 0, 2, 2]),
        ("ties_away", [-3, -2, -1, 0, 1, 2, 3]),
        ("ties_up", [-2, -1, 0, 0, 1, 2, 3]),
        ("toward_zero", [-2, -1, 0, 0, 0, 1, 2]),
        ("toward_positive", [-2, -1, 0, 0, 1, 2, 3]),
        ("toward_negative", [-3, -2, -1, 0, 0, 1, 2]),
        ("to_odd", [-3, -1, -1, 0, 1, 1, 3]),
    ],
)
def test_ties(mode: str, expected: list[int]) -> None:
    assert [round_integer(x, mode) for x in TIES] == expected


def test_near_ties() -> None:
    """Just off a tie, every nearest rounding agrees."""
    for mode in ("ties_even", "ties_away", "ties_up"):
        for n in (-3, -2, -1, 0, 1, 2):
            assert round_integer(n + Fraction(499, 1000), mode) == n
            assert round_integer(n + Fraction(501, 1000), mode) == n + 1


def test_stochastic() -> None:
    """Of 2.625 with 3 bits, floor(0.625 * 8) = 5 of 8 go away; with 1 bit floor(0.625 * 2) = 1 of 2; with 0 none."""
    x = Fraction(21, 8)
    assert [round_integer(x, "stochastic_a", 3, r) for r in range(8)] == [2, 2, 2, 3, 3, 3, 3, 3]
    assert [round_integer(-x, "stochastic_a", 3, r) for r in range(8)] == [-2, -2, -2, -3, -3, -3, -3, -3]
    assert [round_integer(x, "stochastic_a", 1, r) for r in range(2)] == [2, 3]
    assert round_integer(x, "stochastic_a") == 2
    with pytest.raises(ValueError):
        round_integer(x, "stochastic_a", 3, 8)


def test_steps() -> None:
    assert rounded(Fraction(1, 10), "binary32") == Fraction(0xCCCCCD, 1 << 27)
    assert rounded(Fraction(1, 10), "binary64") == Fraction(0.1)
    assert rounded(Fraction(1, 3), "bfloat16") == Fraction(0xAB, 512)
    assert rounded(Fraction(65520), "binary16") == math.inf
    assert rounded(Fraction(-65519), "binary16") == -65504
    assert rounded(Fraction(1, 3), "exact") == Fraction(1, 3)


@pytest.mark.parametrize("arithmetic", FORMATS)
def test_steps_beside_the_oracle_of_formats(arithmetic: str) -> None:
    """The same numbers rounded by the definition that every float format goes through."""
    precision, emax = FORMATS[arithmetic]
    fmt = Fmt(width={53: 64, 24: 32}.get(precision, 16), precision=precision, bias=emax, has_quiet_bit=True)
    rng = random.Random(precision)
    for exponent in (-emax - precision - 1, -emax - precision, -emax - 3, -emax, 1 - emax, -1, 0, emax - 1, emax):
        for bits in [(1 << precision + 1) - 1, 1 << precision, *(rng.getrandbits(precision + 1) for _ in range(8))]:
            x = (-1) ** bits * Fraction((1 << precision) | bits, 1 << precision) * pow2(exponent)
            value = decode(fmt, encode(fmt, x, Env())[0])
            magnitude = math.inf if value.kind == "inf" else value.magnitude
            assert rounded(x, arithmetic) == (-magnitude if value.sign else magnitude)


def test_published_disagreement_of_onnx_and_torch() -> None:
    """Scale 1, zero point 1: the zero point before or after rounding turns the parity of ties."""
    x = [Fraction(n, 2) for n in (1, 3, 5, -1, -3)]
    onnx, torch = Rules(signed=False), Rules(signed=False, divide="recip", zp_add="before")
    assert [encode_number(a, Fraction(1), 1, onnx).code for a in x] == [1, 3, 3, 1, 0]
    assert [encode_number(a, Fraction(1), 1, torch).code for a in x] == [2, 2, 4, 0, 0]


def test_published_disagreement_of_division_and_reciprocal() -> None:
    x, scale = Fraction(-53.250003814697266), rounded(Fraction(1, 10), "binary32")
    assert isinstance(scale, Fraction)
    assert encode_number(x, scale, 0, Rules(bits=16)).code == -532
    assert encode_number(x, scale, 0, Rules(bits=16, divide="recip")).code == -533


def test_ends_and_nan() -> None:
    rules = Rules(narrow=True, nan="zero")
    assert (rules.qmin, rules.qmax) == (-127, 127)
    found = [encode_number(x, Fraction(1), 3, rules) for x in (math.inf, -math.inf, math.nan, Fraction(-130))]
    assert [(e.code, e.below, e.above, e.nan) for e in found] == [
        (127, False, True, False),
        (-127, True, False, False),
        (3, False, False, True),
        (-127, False, False, False),
    ]
    assert decode_code(127, Fraction(1000), 0, Rules(arithmetic="binary16")) == math.inf


def test_arrays() -> None:
    x: dict[tuple[int, ...], Number] = {
        (0, 0): Fraction(1),
        (0, 1): Fraction(5),
        (1, 0): Fraction(9),
        (1, 1): Fraction(-9),
    }
    scales: dict[tuple[int, ...], Fraction] = {(0,): Fraction(2), (1,): Fraction(1)}
    done = encode_array(x.__getitem__, (2, 2), scales.__getitem__, lambda _: 0, Rules(bits=4), Granularity(axis=0))
    assert (done.codes, done.below, done.above, done.inexact) == ((0, 2, 7, -8), 1, 1, 4)
    assert Granularity(axis=-1, group=2).of((3, 5, 7)) == (3, 5, 3)
    assert Granularity(tile=(2, 4)).of((3, 5, 7)) == (3, 2, 1)
    assert Granularity(tile=(2, 4)).shape((3, 6, 8)) == (3, 3, 2)


@pytest.mark.parametrize(
    ("divisor", "signed", "expected"),
    [
        ("qmax", True, Fraction(2, 127)),
        ("qmax", False, Fraction(2, 127)),
        ("half_range", True, Fraction(4, 255)),
        ("qmin", True, Fraction(1, 64)),
        (100, True, Fraction(1, 50)),
    ],
)
def test_symmetric_ranges(divisor: str | Number, signed: bool, expected: Fraction) -> None:
    rules = Rules(divisor=divisor, signed=signed, arithmetic="binary16")
    assert symmetric_scale(Fraction(-2), Fraction(1), rules) == rounded(expected, "binary16")


def test_affine_ranges() -> None:
    exact = Rules(signed=False, arithmetic="exact")
    assert affine_parameters(Fraction(-51), Fraction(204), exact) == (1, 51)
    assert affine_parameters(Fraction(51), Fraction(102), exact) == (Fraction(0.4), 0)
    assert affine_parameters(Fraction(-255), Fraction(-1), Rules(arithmetic="exact")) == (1, 127)
    assert affine_parameters(Fraction(0), Fraction(0), exact) == (0, 0)


def test_products() -> None:
    assert dot([1, 2, 3], [4, 5, 6], 1, 4) == 5
    assert matmul([[1, 2], [3, 4]], [[5, 6], [7, 8]], [0, 1], [0, 6]) == [[19, 4], [31, 6]]


@pytest.mark.parametrize(
    ("x", "real", "double", "single"),
    [(68055, 0.048644176886624986, 3311, 3310), (10, 0.0499999, 1, 0), (-6, 0.25, -2, -1)],
)
def test_published_disagreement_of_requantizations(x: int, real: float, double: int, single: int) -> None:
    q, shift = requantize.quantize_multiplier(Fraction(real))
    assert (requantize.gemmlowp(x, q, shift), requantize.single(x, q, shift)) == (double, single)


def test_multipliers() -> None:
    assert requantize.quantize_multiplier(Fraction(1)) == (1 << 30, 1)
    assert requantize.quantize_multiplier(Fraction(3, 4)) == (3 << 29, 0)
    assert requantize.quantize_multiplier(1 - Fraction(1, 1 << 40)) == (1 << 30, 1)
    assert requantize.quantize_multiplier(Fraction(1, 1 << 32)) == (1 << 30, -31)
    assert requantize.quantize_multiplier(Fraction(1, 1 << 33)) == (0, 0)
    assert requantize.high_mul(-(1 << 31), -(1 << 31)) == (1 << 31) - 1
    assert [requantize.divide_by_pot(x, 1) for x in (-3, -2, -1, 1, 2, 3)] == [-2, -1, -1, 1, 1, 2]


def test_fixed_point() -> None:
    q2_2 = FixedType(2, 2)
    assert (q2_2.width, q2_2.codes) == (4, range(-8, 8))
    assert q2_2.encode(Fraction(15, 8), "ties_even", "wrap") == Stored(-8, inexact=True, overflow=True)
    assert q2_2.encode(Fraction(15, 8), "ties_even", "saturate") == Stored(7, inexact=True, overflow=True)
    assert q2_2.encode(Fraction(15, 8), "toward_zero", "error") == Stored(7, inexact=True, overflow=False)
    with pytest.raises(OutOfRange):
        q2_2.encode(Fraction(15, 8), "ties_up", "error")
    assert FixedType(6, -2, signed=False).value(15) == 60
    assert FixedType(-2, 6).encode(Fraction(3, 32), "ties_even", "error").code == 6
