# SPDX-License-Identifier: BSD-3-Clause
"""Affine quantizers by definition: numbers to integer codes and back, ranges to parameters, in exact rationals.

A number here is a `Fraction`, or a float that is an infinity or NaN. Every float step of a quantizer is an exact
rational operation and one rounding to the format named `arithmetic`; "exact" leaves the rounding out. Nothing here is
shared with the library but plain parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product as cartesian

from oracle import Env, Fmt, Value, encode
from oracle_format import decode as decode_float

Number = Fraction | float
"""A Fraction, or +-inf or nan."""

HALF = Fraction(1, 2)
MODE_OF = {
    "half_even": "ties_even",
    "half_away": "ties_away",
    "half_up": "ties_up",
    "ceil": "toward_positive",
    "floor": "toward_negative",
    "trunc": "toward_zero",
    "stochastic": "stochastic_a",
}
"""The roundings of quantizers by the names that fixed point has for them."""

FORMATS = {
    "binary16": Fmt(width=16, precision=11, bias=15, has_quiet_bit=True),
    "bfloat16": Fmt(width=16, precision=8, bias=127, has_quiet_bit=True),
    "binary32": Fmt(width=32, precision=24, bias=127, has_quiet_bit=True),
    "binary64": Fmt(width=64, precision=53, bias=1023, has_quiet_bit=True),
}
"""IEEE 754-2019 3.6, and bfloat16."""


def round_integer(x: Fraction, mode: str, bits_count: int = 0, bits: int = 0) -> int:
    """The integer that x becomes; stochastic_a as P3109 4.7.4 has it: the magnitude, floor(nu 2^N) + R >= 2^N away."""
    floor = x.numerator // x.denominator
    over = x - floor
    magnitude = abs(x).numerator // abs(x).denominator
    match mode:
        case "ties_even":
            return floor + (over > HALF or (over == HALF and floor % 2 == 1))
        case "ties_away":
            return floor + (over > HALF or (over == HALF and x > 0))
        case "ties_up":
            return floor + (over >= HALF)
        case "toward_positive":
            return floor + (over > 0)
        case "toward_negative":
            return floor
        case "toward_zero":
            return magnitude if x > 0 else -magnitude
        case "to_odd":
            return floor + (over > 0 and floor % 2 == 0)
        case "stochastic_a":
            one = 1 << bits_count
            if not 0 <= bits < one:
                raise ValueError(f"random bits {bits} are not below {one}")
            away = math.floor((abs(x) - magnitude) * one) + bits >= one
            return (magnitude + away) * (1 if x > 0 else -1)
        case _:
            raise ValueError(f"mode={mode!r}")


def rounded(x: Number, arithmetic: str) -> Number:
    """One rounding, to nearest with ties to even, overflow to Inf; "exact" rounds nothing."""
    if arithmetic == "exact" or isinstance(x, float):
        return x
    fmt = FORMATS[arithmetic]
    return number(decode_float(fmt, encode(fmt, x, Env())[0]))


def number(value: Value) -> Number:
    """A decoded float as a number; both zeros are 0."""
    if value.kind in ("qnan", "snan"):
        return math.nan
    if value.kind == "inf":
        return -math.inf if value.sign else math.inf
    return -value.magnitude if value.sign else value.magnitude


def exact_number(x: float) -> Number:
    """A Python float as a number."""
    return Fraction(x) if math.isfinite(x) else x


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The conventions of one quantizer, named as the library's constructor names them."""

    bits: int = 8
    signed: bool = True
    narrow: bool = False
    scheme: str = "symmetric"
    rounding: str = "half_even"
    divisor: str | Number = "qmax"
    divide: str = "div"
    zp_add: str = "after"
    arithmetic: str = "binary32"
    nan: str = "raise"
    random_bits_count: int = 0

    @property
    def qmin(self) -> int:
        return (-(1 << self.bits - 1) if self.signed else 0) + self.narrow

    @property
    def qmax(self) -> int:
        return (1 << self.bits - self.signed) - 1

    def step(self, x: Number) -> Number:
        """One float step's rounding."""
        return rounded(x, self.arithmetic)

    def integer(self, x: Number, bits: int = 0) -> Number:
        """The integer that x becomes; an infinity stays one."""
        if isinstance(x, float):
            return x
        return Fraction(round_integer(x, MODE_OF[self.rounding], self.random_bits_count, bits))


@dataclass(frozen=True)
class Element:
    """What one number becomes, and what is counted about it."""

    code: int
    below: bool = False
    above: bool = False
    nan: bool = False


class NanMet(Exception):
    """A NaN under nan="raise"."""


def ratio(x: Number, scale: Fraction, rules: Rules) -> Number:
    """t: x / s, or x * (1 / s) with the reciprocal rounded first. An infinity stays one."""
    if isinstance(x, float):
        return x
    if rules.divide == "div":
        return rules.step(x / scale)
    reciprocal = rules.step(1 / scale)
    if isinstance(reciprocal, float):
        raise OverflowError(f"the reciprocal of {scale}")
    return rules.step(x * reciprocal)


def plus(x: Number, n: int) -> Number:
    return x if isinstance(x, float) else x + n


def level(t: Number, zero_point: int, rules: Rules, bits: int = 0) -> Number:
    """The integer that is clipped to a code: round(t) + z, or round(t + z) with the sum rounded to a float first."""
    if rules.zp_add == "after":
        return plus(rules.integer(t, bits), zero_point)
    return rules.integer(rules.step(plus(t, zero_point)), bits)


def encode_number(x: Number, scale: Fraction, zero_point: int, rules: Rules, bits: int = 0) -> Element:
    """The code of x, and whether it was clipped or NaN."""
    if x != x:  # noqa: PLR0124 - true of NaN only, and of no Fraction
        by_policy = {"zero": zero_point, "qmin": rules.qmin, "qmax": rules.qmax}
        if rules.nan not in by_policy:
            raise NanMet
        return Element(by_policy[rules.nan], nan=True)
    q = level(ratio(x, scale, rules), zero_point, rules, bits)
    below, above = q < rules.qmin, q > rules.qmax
    return Element(int(min(max(q, rules.qmin), rules.qmax)), below, above)


def decode_code(code: int, scale: Fraction, zero_point: int, rules: Rules) -> Number:
    """(q - z) * s with one rounding."""
    return rules.step((code - zero_point) * scale)


@dataclass(frozen=True)
class Encoded:
    """Codes in C order, and the counts."""

    codes: tuple[int, ...]
    below: int
    above: int
    inexact: int
    nan: int


@dataclass(frozen=True, kw_only=True)
class Granularity:
    """Which scale an element has."""

    axis: int | None = None
    group: int | None = None
    tile: tuple[int, int] | None = None

    def of(self, index: tuple[int, ...]) -> tuple[int, ...]:
        """The index of the scale of the element at index."""
        if self.tile is not None:
            rows, columns = self.tile
            return (*index[:-2], index[-2] // rows, index[-1] // columns)
        if self.axis is None:
            return ()
        if self.group is None:
            return (index[self.axis],)
        axis = self.axis % len(index)
        return (*index[:axis], index[axis] // self.group, *index[axis + 1 :])

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of the scales of an array of that shape; what does not divide is a ValueError."""
        divisors = [1] * len(shape)
        if self.tile is not None:
            divisors[-2:] = self.tile
        elif self.axis is None:
            return ()
        elif self.group is None:
            return (shape[self.axis],)
        else:
            divisors[self.axis] = self.group
        if any(n % divisor for n, divisor in zip(shape, divisors, strict=True)):
            raise ValueError(f"{shape} is not divisible by {divisors}")
        return tuple(n // divisor for n, divisor in zip(shape, divisors, strict=True))


PER_TENSOR = Granularity()


def indices(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every index of an array of that shape, in C order."""
    return cartesian(*(range(n) for n in shape))


def encode_array(
    x: Callable[[tuple[int, ...]], Number],
    shape: tuple[int, ...],
    scale: Callable[[tuple[int, ...]], Fraction],
    zero_point: Callable[[tuple[int, ...]], int],
    rules: Rules,
    granularity: Granularity = PER_TENSOR,
    bits: Callable[[tuple[int, ...]], int] = lambda _: 0,
) -> Encoded:
    """Every element by its own index; arrays are given as functions from an index to what stands there."""
    codes, counts = [], {"below": 0, "above": 0, "inexact": 0, "nan": 0}
    for index in indices(shape):
        granule = granularity.of(index)
        s, z, number_here = scale(granule), zero_point(granule), x(index)
        element = encode_number(number_here, s, z, rules, bits(index))
        codes.append(element.code)
        counts["below"] += element.below
        counts["above"] += element.above
        counts["nan"] += element.nan
        counts["inexact"] += not element.nan and decode_code(element.code, s, z, rules) != number_here
    return Encoded(tuple(codes), **counts)


def symmetric_scale(lo: Fraction, hi: Fraction, rules: Rules) -> Number:
    """amax / divisor in one rounding ("exact": to binary64); 0 for a zero range."""
    half_range = Fraction(rules.qmax - rules.qmin, 2)
    # "qmax" of unsigned codes is that of signed ones: their symmetric zero point is in the middle
    middle = Fraction(1 << rules.bits - 1)
    named = {"qmax": middle - 1, "half_range": half_range, "qmin": middle}
    divisor = named[rules.divisor] if isinstance(rules.divisor, str) else Fraction(rules.divisor)
    amax = max(abs(lo), abs(hi))
    return rounded(amax / divisor, "binary64" if rules.arithmetic == "exact" else rules.arithmetic)


def affine_parameters(lo: Fraction, hi: Fraction, rules: Rules) -> tuple[Number, int]:
    """(scale, zero point) of a range that is first made to hold 0; scale 0 and the lowest code for a zero range.

    "exact" rounds only the scale that is delivered, to binary64; the zero point comes from the unrounded one.
    """
    lo, hi = min(lo, Fraction(0)), max(hi, Fraction(0))
    span = rules.step(hi - lo)
    if isinstance(span, float):
        return span, rules.qmin
    scale = rules.step(span / (rules.qmax - rules.qmin))
    if isinstance(scale, float) or scale == 0:
        return scale, rules.qmin
    shift = rules.step(lo / scale)
    start = shift if isinstance(shift, float) else rules.step(rules.qmin - shift)
    rint = start if isinstance(start, float) else round_integer(start, "ties_even")
    zero_point = int(min(max(rint, rules.qmin), rules.qmax))
    return (rounded(scale, "binary64") if rules.arithmetic == "exact" else scale), zero_point


def dot(a: Sequence[int], b: Sequence[int], a_zero: int = 0, b_zero: int = 0) -> int:
    """The exact sum of (a - za)(b - zb)."""
    return sum((p - a_zero) * (q - b_zero) for p, q in zip(a, b, strict=True))


def matmul(
    a: Sequence[Sequence[int]], b: Sequence[Sequence[int]], a_zero: Sequence[int], b_zero: Sequence[int]
) -> list[list[int]]:
    """Rows of a by columns of b, a zero point for every row of a and every column of b."""
    columns = list(zip(*b, strict=True))
    return [
        [dot(row, column, za, zb) for column, zb in zip(columns, b_zero, strict=True)]
        for row, za in zip(a, a_zero, strict=True)
    ]
