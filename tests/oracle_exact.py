# SPDX-License-Identifier: BSD-3-Clause
"""What an operation has before it is rounded: exact results by definition, in rationals.

Operands and results are `Value`s. A result is a `Number` on its way to one rounding, or a `Nan` that remembers which
operands were NaN, for a profile chooses among them later. Nothing here looks at an environment, so that one exact
result serves all of them; DAZ has been applied to the operands before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from oracle_format import FormatLike, Value, floor_log2, layout, pow2

GUARD_BITS = 48
"""Bits of a root beyond the destination's precision: N <= 32 random bits, the round bit and the tininess test's."""


@dataclass(frozen=True)
class Number:
    """A number or an infinity.

    A cancelled zero is the sum of addends that are not all zeros of one sign: the rounding direction gives its sign
    (SEMANTICS 2). divide_by_zero: the infinity comes from x/0 and its kin.
    """

    value: Value
    divide_by_zero: bool = False
    cancelled: bool = False


@dataclass(frozen=True)
class Nan:
    """A NaN result: the operands with None for those that are no NaN; none at all where the operation made it.

    undefined: the operation has no value whatever the NaNs are: inf - inf, and inf * 0 + NaN.
    """

    operands: tuple[Value | None, ...] = ()
    undefined: bool = False
    is_fma: bool = False


Exact = Number | Nan
UNDEFINED = Nan(undefined=True)


def is_nan(value: Value) -> bool:
    return value.kind in ("qnan", "snan")


def signed(value: Value) -> Fraction:
    """The number that a zero or finite Value is."""
    return -value.magnitude if value.sign else value.magnitude


def zero(sign: int) -> Number:
    return Number(Value("zero", sign))


def infinity(sign: int, *, divide_by_zero: bool = False) -> Number:
    return Number(Value("inf", sign), divide_by_zero)


def number(x: Fraction | int, zero_sign: int = 0) -> Number:
    """A rational; if it is 0, the zero of that sign."""
    return Number(Value("finite", int(x < 0), abs(Fraction(x)))) if x else zero(zero_sign)


def negated(value: Value) -> Value:
    return Value(value.kind, 1 - value.sign, value.magnitude, value.payload)


def total(*addends: Value) -> Exact:
    """Sum of any number of addends, rounded once by the caller (754 5.4.1; SEMANTICS 2 for zeros)."""
    infinite = {value.sign for value in addends if value.kind == "inf"}
    if infinite:
        return UNDEFINED if len(infinite) == 2 else infinity(infinite.pop())
    exact = sum((signed(value) for value in addends), Fraction(0))
    signs = {value.sign for value in addends}
    if exact == 0 and (len(signs) == 2 or any(value.kind != "zero" for value in addends)):
        return Number(Value("zero"), cancelled=True)
    return number(exact, signs.pop())


def product(a: Value, b: Value) -> Exact:
    sign = a.sign ^ b.sign
    if "inf" in (a.kind, b.kind):
        return UNDEFINED if "zero" in (a.kind, b.kind) else infinity(sign)
    return number(signed(a) * signed(b), sign)


def quotient(a: Value, b: Value) -> Exact:
    sign = a.sign ^ b.sign
    if a.kind == b.kind and a.kind != "finite":
        return UNDEFINED  # 0/0, inf/inf
    if a.kind == "inf":
        return infinity(sign)
    if b.kind == "zero":
        return infinity(sign, divide_by_zero=True)
    if b.kind == "inf" or a.kind == "zero":
        return zero(sign)
    return number(signed(a) / signed(b))


def fused(a: Value, b: Value, c: Value) -> Exact:
    """a * b + c."""
    exact = product(a, b)
    return total(exact.value, c) if isinstance(exact, Number) else exact


def modulo(a: Value, b: Value, *, nearest: bool) -> Exact:
    """x - y n with n the integer nearest to x/y, ties even (remainder), or x/y truncated (fmod)."""
    if a.kind == "inf" or b.kind == "zero":
        return UNDEFINED
    if b.kind == "inf" or a.kind == "zero":
        return Number(a)
    x, y = a.magnitude, b.magnitude
    n = round(x / y) if nearest else x // y
    left = x - y * n
    return number(-left if a.sign else left, a.sign)


def root(x: Fraction, precision: int) -> Fraction:
    """The square root of x > 0, or a rational that no rounding to `precision` bits can tell from it.

    With t such that the root has at least precision + GUARD_BITS bits above 2^-t, every value, midpoint, stochastic
    threshold and tininess limit in the root's binade is a multiple of 2^-t (subnormal grids are coarser still, and
    those of a gap next to zero have one bit more).  An irrational root lies in the open interval between two
    multiples of 2^-t; its middle lies in the same interval, thus on the same side of each of these.
    """
    t = precision + GUARD_BITS - floor_log2(x) // 2
    scaled = x * pow2(2 * t)
    floor = isqrt(scaled.numerator // scaled.denominator)  # = floor(sqrt(scaled)), as integers only jump at integers
    if floor * floor == scaled:
        return floor * pow2(-t)
    return (2 * floor + 1) * pow2(-t - 1)


def square_root(a: Value, precision: int) -> Exact:
    if a.kind == "zero":
        return Number(a)
    if a.sign:
        return UNDEFINED
    return Number(a) if a.kind == "inf" else number(root(a.magnitude, precision))


def reciprocal_root(a: Value, precision: int) -> Exact:
    """1/sqrt(a), as sqrt(1/a); -Inf for -0 (754 9.2.1)."""
    if a.kind == "zero":
        return infinity(a.sign, divide_by_zero=True)
    if a.sign:
        return UNDEFINED
    return zero(0) if a.kind == "inf" else number(root(1 / a.magnitude, precision))


def scaled_by(a: Value, n: int, to: FormatLike) -> Exact:
    """a * 2^n. An n that leads far outside the destination is cut to one that leads a little less far outside."""
    if a.kind != "finite":
        return Number(a)
    exponent = floor_log2(a.magnitude)
    lay = layout(to)
    far_below = lay.emin - to.precision - GUARD_BITS
    far_above = floor_log2(lay.ordinal_value(lay.max_ordinal)) + 3
    shift = min(max(n, far_below - exponent), far_above - exponent)
    return Number(Value("finite", a.sign, a.magnitude * pow2(shift)))


def binary_exponent(a: Value) -> Exact:
    """floor(log2 |a|), subnormals by their value (754 5.3.3 logB)."""
    match a.kind:
        case "zero":
            return infinity(1, divide_by_zero=True)
        case "inf":
            return infinity(0)
        case _:
            return number(floor_log2(a.magnitude))


Rule = Callable[[Sequence[Value], FormatLike], Exact]

#: Operations whose exact result depends on the operands' values only.  The destination says how long a root must be.
RULES: dict[str, Rule] = {
    "convert": lambda v, _: Number(v[0]),
    "from_int": lambda v, _: Number(v[0]),
    "add": lambda v, _: total(v[0], v[1]),
    "sub": lambda v, _: total(v[0], negated(v[1])),
    "mul": lambda v, _: product(v[0], v[1]),
    "div": lambda v, _: quotient(v[0], v[1]),
    "remainder": lambda v, _: modulo(v[0], v[1], nearest=True),
    "fmod": lambda v, _: modulo(v[0], v[1], nearest=False),
    "sqrt": lambda v, to: square_root(v[0], to.precision),
    "recip": lambda v, _: quotient(Value("finite", 0, Fraction(1)), v[0]),
    "rsqrt": lambda v, to: reciprocal_root(v[0], to.precision),
    "fma": lambda v, _: fused(v[0], v[1], v[2]),
    "faa": lambda v, _: total(*v),
    "logb": lambda v, _: binary_exponent(v[0]),
}


def nan_result(op: str, operands: Sequence[Value]) -> Nan | None:
    """The NaN that NaN operands make of the result, or None without one."""
    if not any(is_nan(value) for value in operands):
        return None
    is_fma = op == "fma"
    undefined = is_fma and {operands[0].kind, operands[1].kind} == {"inf", "zero"}
    return Nan(tuple(value if is_nan(value) else None for value in operands), undefined, is_fma)


def exact(op: str, operands: Sequence[Value], to: FormatLike) -> Exact:
    """The exact result of one of RULES."""
    return nan_result(op, operands) or RULES[op](operands, to)
