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

from oracle_format import floor_log2, pow2

Number = Fraction | float
"""A Fraction, or +-inf or nan."""

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

FORMATS = {"binary16": (11, 15), "bfloat16": (8, 127), "binary32": (24, 127), "binary64": (53, 1023)}
"""Precision and emax, from IEEE 754-2019 3.6; bfloat16 has the exponents of binary32."""


def round_integer(x: Fraction, mode: str, bits_count: int = 0, bits: int = 0) -> int:
    """The integer that x becomes; parity is the integer's."""
    floor, rest = divmod(x.numerator, x.denominator)
    half = 2 * rest - x.denominator  # its sign tells the side of the middle
    match mode:
        case "ties_even":
            return floor + (half > 0 or (half == 0 and floor % 2 == 1))
        case "ties_away":
            return floor + (half > 0 or (half == 0 and x > 0))
        case "ties_up":
            return floor + (half >= 0)
        case "toward_positive":
            return floor + (rest > 0)
        case "toward_negative":
            return floor
        case "toward_zero":
            return floor + (rest > 0 and x < 0)
        case "to_odd":
            return floor + (rest > 0 and floor % 2 == 0)
        case "stochastic_a":
            return stochastic(x, bits_count, bits)
        case _:
            raise ValueError(f"mode={mode!r}")


def stochastic(x: Fraction, bits_count: int, bits: int) -> int:
    """P3109 4.7.4 on the magnitude: away from zero where floor(nu 2^N) + R >= 2^N."""
    one = 1 << bits_count
    if not 0 <= bits < one:
        raise ValueError(f"random bits {bits} are not below {one}")
    magnitude, rest = divmod(abs(x.numerator), x.denominator)
    away = rest * one // x.denominator + bits >= one
    return (magnitude + away) * (1 if x > 0 else -1)


def rounded(x: Number, arithmetic: str) -> Number:
    """One rounding, to nearest with ties to even, overflow to Inf (IEEE 754-2019 4.3.1); "exact" rounds nothing."""
    if arithmetic == "exact" or isinstance(x, float) or x == 0:
        return x
    precision, emax = FORMATS[arithmetic]
    ulp = pow2(max(floor_log2(abs(x)), 1 - emax) - precision + 1)
    nearest = round_integer(x / ulp, "ties_even") * ulp
    if abs(nearest) >= pow2(emax + 1):
        return math.inf if x > 0 else -math.inf
    return nearest


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
    nan: str | int = "raise"
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

    def integer(self, x: Number, bits: int = 0) -> int | float:
        """The integer that x becomes; an infinity stays one."""
        if isinstance(x, float):
            return x
        return round_integer(x, MODE_OF[self.rounding], self.random_bits_count, bits)


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
    """t: x / s, or x * (1 / s) with the reciprocal rounded first. An infinity stays one. A fused product is exact."""
    if isinstance(x, float):
        return x
    if rules.divide == "div":
        return rules.step(x / scale)
    reciprocal = rules.step(1 / scale)
    if isinstance(reciprocal, float):
        raise OverflowError(f"the reciprocal of {scale}")
    return x * reciprocal if rules.zp_add == "fused" else rules.step(x * reciprocal)


def plus(x: Number, n: int) -> Number:
    return x if isinstance(x, float) else x + n


def level(t: Number, zero_point: int, rules: Rules, bits: int = 0) -> int | float:
    """The integer that is clipped to a code: round(t) + z, or round(t + z) with the sum rounded to a float first.

    "fused" has an exact product in the sum.
    """
    if rules.zp_add == "after":
        return rules.integer(t, bits) + zero_point
    return rules.integer(rules.step(plus(t, zero_point)), bits)


def nan_code(zero_point: int, rules: Rules) -> int:
    """What a NaN becomes."""
    match rules.nan:
        case "zero":
            return zero_point
        case "qmin":
            return rules.qmin
        case "qmax":
            return rules.qmax
        case int(code):
            return code
        case _:
            raise NanMet


def encode_number(x: Number, scale: Fraction, zero_point: int, rules: Rules, bits: int = 0) -> Element:
    """The code of x, and whether it was clipped or NaN."""
    if x != x:  # noqa: PLR0124 - true of NaN only, and of no Fraction
        return Element(nan_code(zero_point, rules), nan=True)
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
        counts["inexact"] += decode_code(element.code, s, z, rules) != number_here  # always of a NaN
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
