# SPDX-License-Identifier: BSD-3-Clause
"""What exact results an operation on given formats can have at all, and why a wanted one is not among them.

Every statement is about all operands: a bound on magnitudes, a power of two that all results are multiples of, the
most significant bits that a result has which ends.  So "cannot be" is proven; "can be" is not claimed.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from numfmt.cover.factors import has_factors
from numfmt.expansion import floor_log2
from numfmt.inttypes import IntType
from numfmt.jobs import Job
from numfmt.ops import Type

#: Significands of so many bits are all tried.
_FEW_BITS = 8
#: Beyond this power of two nothing is bounded.
_FAR = 1 << 21


@dataclass(frozen=True, kw_only=True)
class Need:
    """What an exact result x must be for a bin: at least necessary conditions.

    low, high
        low <= |x| <= high.
    unit
        x is no multiple of 2**(unit + 1).
    bits
        From its first one to its last x has at least so many bits.
    ends
        x has a last bit.
    exact
        |x| is this number.
    negative
        x < 0.
    open
        "high": |x| < high; "both": also |x| > low.
    """

    low: Fraction
    high: Fraction
    unit: int | None = None
    bits: int = 1
    ends: bool = False
    exact: Fraction | None = None
    negative: bool = False
    open: Literal["", "high", "both"] = ""


@dataclass(frozen=True, kw_only=True)
class Span:
    """Bounds of the exact results that are finite and not 0: least <= |x|**power <= largest (None: no bound), x is a
    multiple of 2**unit (None: of nothing), and has at most ``bits`` significant bits if it ends (None: no bound), as
    all do if ``ends``.
    """

    least: Fraction | None
    largest: Fraction | None
    power: int = 1
    unit: int | None = None
    bits: int | None = None
    negative: bool = True
    positive: bool = True
    ends: bool = True
    factors: tuple[int, int] | None = None  # significand bits of the factors of a product
    quotient: int | None = None  # the most significand bits of dividend and divisor
    addends: tuple[tuple[Fraction, int, int], ...] = ()  # largest magnitude, significand bits, unit


@dataclass(frozen=True)
class _Operand:
    """Bounds of one operand's finite values that are not 0."""

    largest: Fraction
    least: Fraction
    unit: int
    bits: int
    negative: bool
    infinite: bool = False


def _operand(type_: Type, *, flushed: bool) -> _Operand:
    if isinstance(type_, IntType):
        ends = max(abs(type_.values[0]), type_.values[-1])
        return _Operand(Fraction(max(ends, 1)), Fraction(1), 0, type_.width - type_.signed or 1, type_.signed)
    unit = type_.emin - type_.precision + 1
    least = type_.min_normal if flushed and type_.min_normal is not None else type_.min_positive
    return _Operand(type_.max, least, unit, type_.precision, type_.is_signed, type_.has_inf)


def _least(unit: int, *addends: tuple[Fraction, int]) -> Fraction:
    """The least that two addends, of which the least magnitude and the significand bits are given, can leave.

    One alone leaves its own least.  Two leave half of the larger one or more, or are so near to each other that both
    are at least half of the larger least, and what they leave is a multiple of their last bits there.
    """
    lost = max(floor_log2(least) for least, _ in addends) - 2 - max(bits for _, bits in addends) + 1
    return max(Fraction(2) ** unit, min(*(least for least, _ in addends), Fraction(2) ** lost))


def _sum_bits(unit: int, *addends: tuple[Fraction, int]) -> int:
    """The most significant bits of a sum of two: from the larger leading bit to the last one of all, or, where adding
    carries out of that, so much less that the smaller addend reaches the larger one's last bit.
    """
    top = max(floor_log2(largest) for largest, _ in addends)
    return max(top - unit + 1, sum(bits for _, bits in addends) + 1)


def _sum(*operands: _Operand) -> Span:
    unit = min(one.unit for one in operands)
    two = len(operands) == 2
    return Span(
        least=_least(unit, *((one.least, one.bits) for one in operands)) if two else Fraction(2) ** unit,
        largest=sum((one.largest for one in operands), Fraction(0)),
        unit=unit,
        bits=_sum_bits(unit, *((one.largest, one.bits) for one in operands)) if two else None,
        addends=tuple((one.largest, one.bits, one.unit) for one in operands) if two else (),
        negative=any(one.negative for one in operands),
    )


def _difference(a: _Operand, b: _Operand) -> Span:
    span = _sum(a, b)
    signed = a.negative or b.negative
    largest = span.largest if signed else max(a.largest, b.largest)
    return replace(span, largest=largest, negative=True)


def _product(a: _Operand, b: _Operand) -> Span:
    return Span(
        least=a.least * b.least,
        largest=a.largest * b.largest,
        unit=a.unit + b.unit,
        bits=a.bits + b.bits if min(a.bits, b.bits) > 1 else max(a.bits, b.bits),
        negative=a.negative or b.negative,
        factors=(a.bits, b.bits),
    )


def _quotient(a: _Operand, b: _Operand) -> Span:
    negative = a.negative or b.negative
    bits = max(a.bits, b.bits)
    return Span(
        least=a.least / b.largest,
        largest=a.largest / b.least,
        bits=a.bits,
        negative=negative,
        ends=b.bits == 1,
        quotient=bits,
    )


def _fused(a: _Operand, b: _Operand, c: _Operand) -> Span:
    product = _product(a, b)
    unit = min(a.unit + b.unit, c.unit)
    return Span(
        least=_least(unit, (a.least * b.least, a.bits + b.bits), (c.least, c.bits)),
        largest=(product.largest or 0) + c.largest,
        unit=unit,
        bits=_sum_bits(unit, (2 * a.largest * b.largest, a.bits + b.bits), (c.largest, c.bits)),
        addends=((a.largest * b.largest, a.bits + b.bits, a.unit + b.unit), (c.largest, c.bits, c.unit)),
        negative=product.negative or c.negative,
    )


def _rest(a: _Operand, b: _Operand) -> Span:
    unit = min(a.unit, b.unit)
    largest = a.largest if b.infinite else min(a.largest, b.largest)
    return Span(least=Fraction(2) ** unit, largest=largest, unit=unit, bits=max(a.bits, b.bits), negative=a.negative)


def _nearest_rest(a: _Operand, b: _Operand) -> Span:
    span = _rest(a, b)
    half = a.largest if b.infinite else min(a.largest, b.largest / 2)
    return Span(least=span.least, largest=half, unit=span.unit, bits=span.bits)


def _scaled(a: _Operand, n: _Operand) -> Span:
    if n.largest > _FAR:
        return Span(least=None, largest=None, bits=a.bits, negative=a.negative)
    most = Fraction(2) ** int(n.largest)
    least = a.least / most if n.negative else a.least
    return Span(least=least, largest=a.largest * most, bits=a.bits, negative=a.negative)


def _exponent(a: _Operand) -> Span:
    ends = floor_log2(a.largest), floor_log2(a.least)
    largest = Fraction(max(1, *map(abs, ends)))
    bits = int(largest).bit_length()
    return Span(least=Fraction(1), largest=largest, unit=0, bits=bits, negative=min(ends) < 0, positive=max(ends) > 0)


def _same(a: _Operand) -> Span:
    return Span(least=a.least, largest=a.largest, unit=a.unit, bits=a.bits, negative=a.negative)


def _root(a: _Operand) -> Span:
    return Span(least=a.least, largest=a.largest, power=2, bits=-(-a.bits // 2), negative=False, ends=False)


_ONE = _Operand(Fraction(1), Fraction(1), 0, 1, negative=False)
_SPANS: dict[str, Callable[..., Span]] = {
    "convert": _same,
    "from_int": _same,
    "round_to_integral": _same,
    "round_to_integral_not_exact": _same,
    "to_int": _same,
    "to_int_not_exact": _same,
    "add": _sum,
    "sub": _difference,
    "faa": _sum,
    "mul": _product,
    "div": _quotient,
    "fma": _fused,
    "remainder": _nearest_rest,
    "fmod": _rest,
    "sqrt": _root,
    "recip": lambda a: _quotient(_ONE, a),
    "rsqrt": lambda a: Span(least=1 / a.largest, largest=1 / a.least, power=2, bits=1, negative=False, ends=False),
    "scaleb": _scaled,
    "logb": _exponent,
}


@functools.lru_cache(maxsize=256)
def _span(op: str, types: tuple[Type, ...], flushed: tuple[bool, ...]) -> Span:
    return _SPANS[op](*(_operand(type_, flushed=daz) for type_, daz in zip(types, flushed, strict=True)))


def span(job: Job) -> Span:
    """The bounds of a job's exact results."""
    daz = job.env.daz
    named = [daz is True or (daz is not False and name in daz) for name in "abc"]
    flushed = [
        flag and type_.width != job.env.flush_except_width for flag, type_ in zip(named, job.types, strict=False)
    ]
    return _span(job.op.name, job.types, tuple(flushed))


def has_span(job: Job) -> bool:
    """Does the operation round an exact result?"""
    return job.op.name in _SPANS and job.env.compat is None


def why_not(job: Job, need: Need) -> str:
    """Why no exact result is like that; "" if nothing that is known here forbids it."""
    bounds = span(job)
    if need.negative and not bounds.negative:
        return "no exact result is negative"
    if not need.negative and not bounds.positive:
        return "no exact result is positive"
    return (
        _why_not_there(bounds, need)
        or _why_not_bits(bounds, need)
        or _why_not_exact(bounds, need.exact)
        or _why_not_between(bounds, need)
    )


def _why_not_between(bounds: Span, need: Need) -> str:
    """Why an interval that is narrow holds no exact result."""
    if not need.low or need.high >= 2 * need.low or bounds.power != 1:
        return ""
    if bounds.ends and bounds.bits is not None and bounds.unit is not None:
        spacing = max(bounds.unit, floor_log2(need.low) - bounds.bits + 1)
        if not _has_multiple(need, spacing, Fraction(0)):
            return f"no exact result of {bounds.bits} bits lies there"
    for number, (largest, _, _) in enumerate(bounds.addends):
        _, bits, unit = bounds.addends[1 - number]
        if need.low > 2 * largest:  # the other addend is the larger one
            spacing = max(unit, floor_log2(need.low - largest) - bits + 1)
            if not _has_multiple(need, spacing, largest):
                return "the smaller addend does not reach that far"
    if bounds.factors is not None and min(bounds.factors) <= _FEW_BITS:
        return _why_no_product(need, bounds.factors)
    return ""


def _has_multiple(need: Need, spacing: int, around: Fraction) -> bool:
    """Does the interval, widened to both sides, hold a multiple of 2**spacing?"""
    unit = Fraction(2) ** spacing
    low, high = (need.low - around) / unit, (need.high + around) / unit
    first = math.floor(low) + 1 if need.open == "both" and not around else math.ceil(low)
    last = math.ceil(high) - 1 if need.open and not around else math.floor(high)
    return first <= last


@functools.lru_cache(maxsize=4096)
def _why_no_product(need: Need, factors: tuple[int, int]) -> str:
    """Why no product of two significands lies in the interval: each of the shorter ones is tried."""
    short, long = min(factors), max(factors)
    for one in range(1 << (short - 1), 1 << short):
        low, high = need.low / one, need.high / one
        shift = Fraction(2) ** (long - 1 - floor_log2(low))
        for scale in (shift, shift / 2):
            if _has_multiple(replace(need, low=low * scale, high=high * scale), 0, Fraction(0)):
                return ""
    return f"none of the {1 << (short - 1)} significands of the shorter factor has a product there"


def _why_not_there(bounds: Span, need: Need) -> str:
    """Why no exact result lies in the interval."""
    low, high = need.low**bounds.power, need.high**bounds.power
    if bounds.largest is not None and (low > bounds.largest or (low == bounds.largest and need.open == "both")):
        return f"no exact result exceeds {_shown(bounds, bounds.largest)}"
    if bounds.least is not None and (high < bounds.least or (high == bounds.least and need.open)):
        return f"no exact result but 0 is below {_shown(bounds, bounds.least)}"
    if bounds.quotient is None or need.exact is not None or not need.open or not need.low:
        return ""
    hair = Fraction(1, 1 << bounds.quotient)
    for power in (Fraction(2) ** floor_log2(need.high), Fraction(2) ** (floor_log2(need.high) + 1)):
        above = power <= need.low and need.high <= power * (1 + hair) and need.open == "both"
        nearest = power * (1 - hair)
        below = nearest < need.low or (nearest == need.low and need.open == "both")
        if above or (below and need.high <= power):
            return f"no quotient of {bounds.quotient}-bit significands is within 2^-{bounds.quotient} of a power of two"
    return ""


def _why_not_bits(bounds: Span, need: Need) -> str:
    """Why no exact result has bits as low as that, or so many."""
    unit, bits = need.unit, need.bits
    if need.exact:
        unit = _last_bit(need.exact)
    if unit is not None and bounds.unit is not None and bounds.unit > unit:
        return f"every exact result is a multiple of 2^{bounds.unit}"
    low = max(need.low, bounds.least or Fraction(0)) if bounds.power == 1 else need.low
    if unit is not None and low > 0:
        bits = max(bits, floor_log2(low) - unit + 1)
    if (need.ends or bounds.ends) and bounds.bits is not None and bits > bounds.bits:
        return f"an exact result that ends has at most {bounds.bits} significant bits"
    return ""


def _last_bit(value: Fraction) -> int:
    """The exponent of the last bit of a dyadic number."""
    number = value.numerator
    return (number & -number).bit_length() - value.denominator.bit_length()


def _why_not_exact(bounds: Span, exact: Fraction | None) -> str:
    """Why that number is no exact result."""
    if exact is None or bounds.bits is None:
        return ""
    odd = exact.numerator >> ((exact.numerator & -exact.numerator).bit_length() - 1)
    if odd.bit_length() > bounds.bits:
        return f"an exact result that ends has at most {bounds.bits} significant bits"
    if bounds.factors is not None and not has_factors(odd, *bounds.factors):
        return f"{odd} is no product of factors of {bounds.factors[0]} and {bounds.factors[1]} bits"
    return ""


def _shown(bounds: Span, limit: Fraction) -> str:
    """The limit, as a power of two on the safe side where it is no short number."""
    text = str(limit) if max(limit.numerator, limit.denominator) < 10**6 else f"2^{math.floor(floor_log2(limit))}"
    return f"the square root of {text}" if bounds.power == 2 else text
