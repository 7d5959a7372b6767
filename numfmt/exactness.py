# SPDX-License-Identifier: BSD-3-Clause
"""What an operation would deliver without rounding, in rational arithmetic, and how far a result is from it.

Nothing here decides a bit: results come from C, and this says what they are results of.  Exact values are Fractions,
Python floats for -0.0, inf and nan, a Root where the value is irrational, None where it is too far out to be written
down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from numfmt.expansion import floor_log2
from numfmt.formats import Format

Exact = Fraction | float
INF, NAN = math.inf, math.nan
#: A signalling NaN, where the difference matters: told by identity.
SIGNALING = float("nan")
#: Beyond this power of two no Fraction is made.
_FAR = 1 << 22


@dataclass(frozen=True, slots=True)
class Root:
    """The irrational square root of a positive number."""

    square: Fraction


Unrounded = Fraction | float | Root | None


def is_nan(x: Any) -> bool:
    return isinstance(x, float) and math.isnan(x)


def is_inf(x: Any) -> bool:
    return isinstance(x, float) and math.isinf(x)


def is_negative(x: Exact) -> bool:
    """Its sign; NaNs have none."""
    return math.copysign(1, x) < 0 if isinstance(x, float) else x < 0


def _zero(*, negative: bool) -> Exact:
    return -0.0 if negative else Fraction(0)


def _inf(*, negative: bool) -> float:
    return -INF if negative else INF


def negated(x: Exact) -> Exact:
    return -0.0 if isinstance(x, Fraction) and not x else Fraction(0) if x == 0 else -x


def _magnitude(x: Exact) -> Exact:
    return negated(x) if is_negative(x) else x


def total(*addends: Exact) -> Exact:
    """The sum; zeros of one sign keep it, any other zero is +0 (the environment may make it -0)."""
    infinities = {x for x in addends if is_inf(x)}
    if infinities:
        return infinities.pop() if len(infinities) == 1 else NAN
    found = sum((Fraction(x) for x in addends), Fraction(0))
    return found or _zero(negative=all(x == 0 and is_negative(x) for x in addends))


def product(a: Exact, b: Exact) -> Exact:
    negative = is_negative(a) != is_negative(b)
    if is_inf(a) or is_inf(b):
        return NAN if a == 0 or b == 0 else _inf(negative=negative)
    return Fraction(a) * Fraction(b) or _zero(negative=negative)


def quotient(a: Exact, b: Exact) -> Exact:
    negative = is_negative(a) != is_negative(b)
    if (is_inf(a) and is_inf(b)) or (a == 0 and b == 0):
        return NAN
    if is_inf(a) or b == 0:
        return _inf(negative=negative)
    return _zero(negative=negative) if is_inf(b) else Fraction(a) / Fraction(b) or _zero(negative=negative)


def _rest(whole: Callable[[Fraction], int]) -> Callable[[Exact, Exact], Exact]:
    """a - b * whole(a / b); a zero has a's sign."""

    def rest(a: Exact, b: Exact) -> Exact:
        if is_inf(a) or b == 0:
            return NAN
        if is_inf(b) or a == 0:
            return a
        a, b = Fraction(a), Fraction(b)
        return a - b * whole(a / b) or _zero(negative=a < 0)

    return rest


def root(x: Exact) -> Unrounded:
    """The square root; a Root unless it is rational."""
    if x in (0, INF):
        return x
    if is_negative(x):
        return NAN
    x = Fraction(x)
    over, under = math.isqrt(x.numerator), math.isqrt(x.denominator)
    return Fraction(over, under) if over**2 == x.numerator and under**2 == x.denominator else Root(x)


def _inverse_root(x: Exact) -> Unrounded:
    if x == 0:
        return _inf(negative=is_negative(x))
    return NAN if is_negative(x) else root(quotient(Fraction(1), x))


def _scaled(x: Exact, n: int) -> Unrounded:
    if isinstance(x, float) or not x:
        return x
    return x * Fraction(2) ** n if abs(n) < _FAR else None


def _exponent(x: Exact) -> Exact:
    if x == 0:
        return -INF
    return INF if is_inf(x) else Fraction(floor_log2(abs(Fraction(x))))


def _is_below(a: Exact, b: Exact) -> bool:
    """-0 is below +0."""
    if is_inf(a) or is_inf(b):
        return a != b and (a == -INF or b == INF)
    return Fraction(a) < Fraction(b) or (a == b == 0 and is_negative(a) and not is_negative(b))


def _selected(name: str, a: Exact, b: Exact) -> Exact:
    """minimum, maximum and their kin of IEEE 754-2019 9.6; min_num and its kin of 754-2008 5.3.1."""
    if a is SIGNALING or b is SIGNALING:
        return NAN
    if is_nan(a) or is_nan(b):
        number = b if is_nan(a) else a
        return number if "num" in name else NAN
    size_a, size_b = _magnitude(a), _magnitude(b)
    if "mag" in name and size_a != size_b:
        return a if _is_below(size_a, size_b) == name.startswith("min") else b
    return a if _is_below(a, b) == name.startswith("min") else b


_FORMULAS: dict[str, Callable[..., Unrounded]] = {
    "convert": lambda a: a,
    "add": total,
    "sub": lambda a, b: total(a, negated(b)),
    "mul": product,
    "div": quotient,
    "remainder": _rest(round),
    "fmod": _rest(math.trunc),
    "sqrt": root,
    "recip": lambda a: quotient(Fraction(1), a),
    "rsqrt": _inverse_root,
    "fma": lambda a, b, c: NAN if is_nan(product(a, b)) else total(product(a, b), c),
    "faa": total,
    "scaleb": _scaled,
    "logb": _exponent,
    "round_to_integral": lambda a: a,
    "round_to_integral_not_exact": lambda a: a,
}


def unrounded(op: str, operands: Sequence[Any]) -> Unrounded:
    """The exact result of an operation on exact values (an int for an integer operand).

    Of a rounding to an integer this is the operand itself.
    """
    if op.startswith(("minimum", "maximum", "min_num", "max_num")):
        return _selected(op, *operands)
    if any(is_nan(x) for x in operands):
        return NAN
    return _FORMULAS[op](*operands)


def has_formula(op: str) -> bool:
    """Does the operation round?  If not, its result is what it would be without rounding."""
    return op in _FORMULAS or op.startswith(("minimum", "maximum", "min_num", "max_num"))


def error_ulps(result: Exact, exact: Unrounded, fmt: Format) -> float:
    """(result - exact) / ulp to the nearest float64, where ulp is the spacing of ``fmt``'s grid at the exact value:
    2**(max(floor(log2(abs(exact))), emin) - precision + 1), and 2**(emin - precision + 1) at zero.

    An infinite result of a finite value is infinitely far off, and so is a finite result of an infinity; of equal
    infinities the error is 0.  NaN if one is NaN, or the exact value too far out to be written down.
    """
    if exact is None or is_nan(result) or is_nan(exact):
        return NAN
    if isinstance(exact, Root):
        return _root_error(result, exact.square, fmt)
    if is_inf(result) or is_inf(exact):
        if result == exact:
            return 0.0
        return _inf(negative=is_negative(result) if is_inf(result) else not is_negative(exact))
    exact = Fraction(exact)
    top = floor_log2(abs(exact)) if exact else fmt.emin
    return _float((Fraction(result) - exact) / _ulp(top, fmt))


def _ulp(top: int, fmt: Format) -> Fraction:
    return Fraction(2) ** (max(top, fmt.emin) - fmt.precision + 1)


def _float(x: Fraction) -> float:
    try:
        return float(x)
    except OverflowError:
        return _inf(negative=x < 0)


def _root_error(result: Exact, square: Fraction, fmt: Format) -> float:
    """The root lies between two neighbouring multiples of a unit, which shrinks until both ends give one float64."""
    if is_inf(result):
        return float(result)
    top = floor_log2(square) // 2
    ulp, bits = _ulp(top, fmt), 64
    while True:
        unit = ulp / (1 << bits)
        low = math.isqrt(int(square / unit**2))
        far, near = (_float((Fraction(result) - end * unit) / ulp) for end in (low, low + 1))
        if far == near:
            return far
        bits *= 2
