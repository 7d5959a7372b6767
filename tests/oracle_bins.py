# SPDX-License-Identifier: BSD-3-Clause
"""Which bins of the coverage model a vector hits, by their definitions, in rationals: `hits`.

Points and bins are named as in numfmt.cover, whose documentation this follows; nothing of it is imported.  What is
missing is the point `tells_apart`: it is about other behaviours, which have tests of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import oracle_bits
from oracle import HALF, INVALID, OVERFLOW, UNDERFLOW, FormatLike, Value, canonical_nan
from oracle import Env as PlainEnv
from oracle_exact import RULES, Exact, Number, exact, is_nan, nan_result
from oracle_format import Layout, floor_log2, layout, pow2
from oracle_ops import IntType, Type, read, result, rounded

SIGNS = "+-"
#: Bits of an exact result that are told apart.
SEEN = 126
INTEGRAL = ("round_to_integral", "round_to_integral_not_exact", "to_int", "to_int_not_exact")
#: Operations that round one exact result.
SPANNED = (*RULES, *INTEGRAL, "scaleb")
#: Operations that raise nothing.
SILENT = (
    *oracle_bits.TESTS, "negate", "absolute", "copysign", "classify", "total_order", "total_order_mag",
)  # fmt: skip
#: Roots and quotients, which need not end.
ENDLESS = ("div", "recip", "sqrt", "rsqrt")
FLAG_NAMES = {
    0: "none", 1: "inexact", 3: "inexact|underflow", 5: "inexact|overflow", 2: "underflow", 8: "divide_by_zero",
    16: "invalid",
}  # fmt: skip
FAR = 1 << 13
"""scaleb's shifts are cut to this: further than any format reaches."""

Hit = tuple[str, str]


@lru_cache(maxsize=1 << 16)
def class_of(fmt: FormatLike, code: int) -> tuple[str, int]:
    """The class of a float and its sign; of several classes the first one of the list in operands.py."""
    lay, value = layout(fmt), oracle_bits.decode(fmt, code)
    if value.kind in ("zero", "inf"):
        return value.kind, value.sign
    if is_nan(value):
        strip = (1 << fmt.width - 1) if fmt.is_signed and fmt.has_neg_zero else 0
        return "default_nan" if code & ~strip == canonical_nan(lay, PlainEnv()) else value.kind, value.sign
    return magnitude_class(lay, value.magnitude), value.sign


def magnitude_class(lay: Layout, size: Fraction) -> str:
    subnormal = lay.fmt.exp0 == "subnormal" and size < lay.smallest_normal
    if size == 1:
        return "one"
    if size == largest(lay):
        return "max"
    if subnormal and size == lay.smallest:
        return "min_subnormal"
    if subnormal and size == lay.smallest_normal - lay.smallest:
        return "max_subnormal"
    if size == lay.smallest_normal:
        return "min_normal"
    return "subnormal" if subnormal else "normal"


def largest(lay: Layout) -> Fraction:
    return lay.ordinal_value(lay.max_ordinal)


def integer_class(type_: IntType, code: int) -> str:
    number = type_.number(code)
    names = {0: "zero", 1: "one", -1: "minus_one", type_.lowest: "min", type_.highest: "max"}
    for known in (0, 1, -1, type_.lowest, type_.highest):
        if number == known:
            return {0: "zero", 1: "one", -1: "minus_one"}.get(known, names[known])
    return "negative" if number < 0 else "positive"


def pattern(value: Value, precision: int) -> str:
    """The kind of the significand: `precision` bits from the leading one on."""
    number = int(value.magnitude * pow2(precision - 1 - floor_log2(value.magnitude)))
    ones = number.bit_count()
    if ones < 3:
        return ("one_bit", "two_bits")[ones - 1]
    if ones >= precision - 1:
        return "all_ones" if ones == precision else "one_zero"
    return "alternating" if number == int("10" * precision, 2) >> precision else "other"


@dataclass(frozen=True)
class Place:
    """Where an exact magnitude lies: x = (kept + nu) * 2^spacing, but for the gap next to zero (sample.py)."""

    region: str  # "subnormal", "normal", "beyond", "integer"
    spacing: int
    kept: int
    nu: Fraction
    odd: bool
    in_gap: bool = False

    @property
    def guard(self) -> bool:
        return self.nu >= HALF

    @property
    def sticky(self) -> bool:
        return self.nu not in (0, HALF)

    @property
    def all_ones(self) -> bool:
        return self.kept > 0 and self.kept & self.kept + 1 == 0


def place_on_grid(x: Fraction, lay: Layout) -> Place:
    exponent, p = floor_log2(x), lay.fmt.precision
    beyond = "beyond" if exponent > floor_log2(largest(lay)) else "normal"
    has_normal = lay.smallest_normal <= largest(lay)
    region = "subnormal" if (x < lay.smallest_normal if has_normal else beyond == "normal") else beyond
    if lay.fmt.exp0 != "subnormal" and x < lay.smallest:
        return Place(region, lay.emin - p + 1, 0, x / lay.smallest, odd=False, in_gap=True)
    spacing = max(exponent, lay.emin) - p + 1
    scaled = x * pow2(-spacing)
    kept = scaled.numerator // scaled.denominator
    odd = bool(kept % 2) if p > 1 else kept > 0 and (spacing + lay.fmt.bias) % 2 == 1
    return Place(region, spacing, kept, scaled - kept, odd)


def place_among_integers(x: Fraction) -> Place:
    kept = x.numerator // x.denominator
    return Place("integer", 0, kept, x - kept, bool(kept % 2))


class Vector:
    """One vector: its operands as they are and as the operation reads them, its exact result, what is delivered."""

    def __init__(
        self, op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], env: Any, r: int = 0
    ) -> None:
        self.op, self.types, self.to, self.codes, self.env, self.r = op, tuple(types), to, tuple(codes), env, r

    @cached_property
    def raw(self) -> list[Value]:
        """The operands' values, before DAZ."""
        return read(self.op, self.types, self.codes, replace(self.env, daz=False))

    @cached_property
    def values(self) -> list[Value]:
        return read(self.op, self.types, self.codes, self.env) if self.env.daz else self.raw

    @cached_property
    def exact(self) -> Exact | None:
        """The exact result; None where nothing is rounded."""
        if self.op in INTEGRAL:
            return nan_result(self.op, self.values[:1]) or Number(self.values[0])
        if self.op == "scaleb":
            return nan_result(self.op, self.values[:1]) or Number(self._scaled())
        return exact(self.op, self.values, self.lay.fmt) if self.op in RULES else None

    def _scaled(self) -> Value:
        a, kind = self.values[0], self.types[1]
        assert isinstance(kind, IntType)
        shift = min(max(kind.number(self.codes[1]), -FAR), FAR)
        return replace(a, magnitude=a.magnitude * pow2(shift)) if a.kind == "finite" else a

    @cached_property
    def outcome(self) -> tuple[int, int]:
        return result(self.op, self.types, self.to, self.codes, self.env, self.r)

    @cached_property
    def lay(self) -> Layout:
        assert self.to is not None and not isinstance(self.to, IntType)
        return layout(self.to)

    @property
    def is_rounded(self) -> bool:
        """Is an exact result rounded to a float, on the float's grid?"""
        return self.op in SPANNED and self.op not in INTEGRAL

    @cached_property
    def x(self) -> Fraction | None:
        """The magnitude of a finite exact result that is not 0."""
        found = self.exact
        return found.value.magnitude if isinstance(found, Number) and found.value.kind == "finite" else None

    @cached_property
    def sign(self) -> str:
        """That of the exact result."""
        assert isinstance(self.exact, Number)
        return SIGNS[self.exact.value.sign]

    @cached_property
    def place(self) -> Place:
        assert self.x is not None
        return place_among_integers(self.x) if self.op in INTEGRAL else place_on_grid(self.x, self.lay)


# ---- operands and results


def _operands(v: Vector) -> Iterator[str]:
    found = [(integer_class(t, c), None) if isinstance(t, IntType) else class_of(t, c)
             for t, c in zip(v.types, v.codes, strict=True)]  # fmt: skip
    if len(found) == 3:
        yield f"{' '.join(name for name, _ in found)} {SIGNS[sum(sign or 0 for _, sign in found) % 2]}"
    else:
        yield " ".join(name if sign is None else SIGNS[sign] + name for name, sign in found)


def _significands(v: Vector) -> Iterator[str]:
    floats = [(t, x) for t, x in zip(v.types, v.raw, strict=True) if not isinstance(t, IntType)]
    applies = v.op in SPANNED or v.op.startswith("next")
    if floats and applies and all(x.kind == "finite" for _, x in floats):
        yield " ".join(pattern(x, t.precision) for t, x in floats)


def _result(v: Vector) -> Iterator[str]:
    code, flags = v.outcome
    if v.to is None:
        yield str(code)
    elif isinstance(v.to, IntType):
        yield integer_class(v.to, code) + ("_invalid" if flags & INVALID else "")
    else:
        name, sign = class_of(v.to, code)
        at_max = oracle_bits.decode(v.to, code).magnitude == largest(v.lay)
        yield SIGNS[sign] + ("saturated" if at_max and flags & OVERFLOW else name)


def _flags(v: Vector) -> Iterator[str]:
    if v.op not in SILENT and v.outcome[1] in FLAG_NAMES:
        yield FLAG_NAMES[v.outcome[1]]


# ---- the exact result on the grid


def _rounding(v: Vector) -> Iterator[str]:
    if v.x is not None and v.place.region != "beyond":
        place = v.place
        yield f"{v.sign}{place.region}_L{place.odd:d}G{place.guard:d}S{place.sticky:d}"


def last_bit(v: Vector) -> int | None:
    """The exponent of the last bit that the exact results of operands with these exponents can have; operands that are
    no finite number but 0 have none.
    """
    units: list[int | None] = []
    for type_, value in zip(v.types, v.values, strict=True):
        if isinstance(type_, IntType):
            units.append(0)
        elif value.kind == "finite":
            units.append(max(floor_log2(value.magnitude), layout(type_).emin) - type_.precision + 1)
        else:
            units.append(None)
    if v.op == "logb":
        return 0
    if v.op == "scaleb":
        return None if units[0] is None else units[0] + number_of(v, 1)
    if v.op in ("mul", "fma"):
        product = None if units[0] is None or units[1] is None else units[0] + units[1]
        units = [product, *units[2:]]
    return min((unit for unit in units if unit is not None), default=None)


def number_of(v: Vector, k: int) -> int:
    kind = v.types[k]
    assert isinstance(kind, IntType)
    return kind.number(v.codes[k])


def _near(v: Vector) -> Iterator[str]:
    if v.x is None or v.place.region == "beyond" or v.place.in_gap:
        return
    nu = v.place.nu
    distances = {"value_plus": nu, "tie_minus": HALF - nu, "tie_plus": nu - HALF, "value_minus": 1 - nu}
    if v.op in ENDLESS:  # less than 2^-10, 2^-(P - 3) if that is more, 2^-2 at most
        limit = pow2(-max(2, min(10, v.lay.fmt.precision - 3)))
        near = [side for side, distance in distances.items() if 0 < distance < limit]
    else:
        unit = last_bit(v)
        dropped = 0 if unit is None else v.place.spacing - unit
        seen = unit is not None and floor_log2(abs(v.x)) - unit < SEEN and 2 <= dropped <= SEEN
        near = [side for side, distance in distances.items() if seen and distance == pow2(-dropped)]
    for side in near:
        yield f"{v.place.region}_{side}_L{v.place.odd:d}"


def _sticky(v: Vector) -> Iterator[str]:
    if v.x is None or v.place.region == "beyond" or v.place.in_gap or v.place.nu.numerator != 1:
        return
    precision = v.lay.fmt.precision if v.op not in ("to_int", "to_int_not_exact") else 64
    bit = v.place.nu.denominator.bit_length() - 1
    if v.place.nu.denominator == 1 << bit and 2 <= bit < min(precision + 4, 127 - precision):
        yield f"{v.place.region}_bit{bit}"


def _carry(v: Vector) -> Iterator[str]:
    if not v.is_rounded or v.x is None or not v.place.all_ones or v.place.nu == 0:
        return
    exponent, lay, kind = floor_log2(v.x), v.lay, ""
    full = v.place.kept.bit_length() == lay.fmt.precision
    if full and v.place.region == "normal" and exponent < floor_log2(largest(lay)):
        kind = "binade"
    elif exponent < lay.emin and lay.fmt.exp0 == "subnormal":
        kind = "to_normal" if exponent == lay.emin - 1 else "subnormal"
    if kind:
        yield f"{v.sign}{kind}_G{v.place.guard:d}"


def around(name: str, x: Fraction, base: Fraction, step: Fraction, shown: Fraction) -> Iterator[str]:
    """At most 6 steps from a value other than 0, 8 above 0; `shown` is what a step is called."""
    offset = (x - base) / step
    floor = offset.numerator // offset.denominator
    if (-6 <= offset <= 6) if base else (0 < offset <= 8):
        low, high = (f"{float(k * shown):+g}" for k in (floor, floor + 1))
        yield f"{name}{low}" if offset == floor else f"{name}{low}..{high}"


def _exponents_from(name: str, x: Fraction, base: int, offsets: range) -> Iterator[str]:
    if floor_log2(x) - base in offsets:
        yield f"{name}{floor_log2(x) - base:+}"


def _overflow(v: Vector) -> Iterator[str]:
    if not v.is_rounded or v.x is None:
        return
    most = largest(v.lay)
    emax = floor_log2(most)
    yield from (v.sign + one for one in around("max", v.x, most, pow2(emax - v.lay.fmt.precision), HALF))
    yield from (v.sign + one for one in _exponents_from("emax", v.x, emax, range(-3, 4)))


def _underflow(v: Vector) -> Iterator[str]:
    if not v.is_rounded or v.x is None:
        return
    lay, spacing = v.lay, v.lay.emin - v.lay.fmt.precision + 1
    unit = pow2(spacing if lay.fmt.exp0 == "subnormal" else lay.emin)
    yield from (v.sign + one for one in around("min", v.x, Fraction(0), unit / 2, HALF))
    if lay.smallest_normal <= largest(lay):
        yield from (v.sign + one for one in around("normal", v.x, lay.smallest_normal, pow2(spacing - 1), HALF))
    yield from (v.sign + one for one in _exponents_from("emin", v.x, lay.emin, range(6)))


def _tininess(v: Vector) -> Iterator[str]:
    """Between the largest subnormal value and the smallest normal one; exact subnormal results."""
    fmt = v.lay.fmt if v.is_rounded else None
    if fmt is None or fmt.exp0 != "subnormal" or fmt.precision == 1 or not fmt.is_signed or v.env.ftz != "off":
        return
    if v.x is None or v.place.region != "subnormal":
        return
    lay = v.lay
    if v.place.nu == 0:
        yield f"{v.sign}subnormal_exact"
    elif lay.smallest_normal - lay.smallest < v.x:
        code, flags = rounded(fmt, v.exact).under(replace(v.env, tininess="after"), v.r)
        is_normal = oracle_bits.decode(fmt, code).magnitude == lay.smallest_normal
        tiny = "normal_tiny" if flags & UNDERFLOW else "normal_not_tiny"
        yield v.sign + (tiny if is_normal else "subnormal_inexact")


def _random(v: Vector) -> Iterator[str]:
    if not v.is_rounded or not v.env.rounding.startswith("stochastic") or v.x is None or v.place.nu == 0:
        return
    top = (1 << v.env.random_bits_count) - 1
    if not top:
        return
    outcome = rounded(v.lay.fmt, v.exact)
    here = outcome.under(v.env, v.r)[0]
    names = {"lowest": v.r == 0, "highest": v.r == top}
    names["just_up"] = v.r > 0 and outcome.under(v.env, v.r - 1)[0] != here
    names["just_not"] = v.r < top and outcome.under(v.env, v.r + 1)[0] != here
    for name, holds in names.items():
        if holds:
            yield f"{name}_L{v.place.odd:d}"


GENERAL: dict[str, Callable[[Vector], Iterator[str]]] = {
    "operands": _operands,
    "significands": _significands,
    "result": _result,
    "flags": _flags,
    "tininess": _tininess,
    "random": _random,
    "rounding": _rounding,
    "near": _near,
    "sticky": _sticky,
    "carry": _carry,
    "overflow": _overflow,
    "underflow": _underflow,
}
