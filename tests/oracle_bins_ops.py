# SPDX-License-Identifier: BSD-3-Clause
"""The bins of single operations, by their definitions (see oracle_bins), and `hits`, which knows all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import oracle_bits
from oracle import INEXACT, OVERFLOW, UNDERFLOW, Value
from oracle_bins import GENERAL, INTEGRAL, SIGNS, SPANNED, Hit, Vector, around, number_of
from oracle_compare import PREDICATES
from oracle_exact import is_nan, signed
from oracle_format import floor_log2
from oracle_ops import IntType, Type, result
from oracle_select import SELECTIONS

SUMS = ("add", "sub", "faa", "fma")
BEYOND = 4
"""Differences of exponents are seen up to so many beyond the precision."""


def addends(v: Vector) -> list[list[Value]] | None:
    """The operands whose product each addend is, as they are read; None unless all are finite and not 0."""
    if v.op not in SUMS or any(value.kind != "finite" for value in v.values):
        return None
    return [v.values[:2], v.values[2:]] if v.op == "fma" else [[value] for value in v.values]


def bits(v: Vector) -> list[int]:
    """Of each addend the significand bits."""
    widths = [t.precision for t in v.types if not isinstance(t, IntType)]
    return [widths[0] + widths[1], widths[2]] if v.op == "fma" else widths


def exponent(term: list[Value]) -> int:
    """The sum of the exponents of an addend's operands."""
    return sum(floor_log2(value.magnitude) for value in term)


def _exponents(v: Vector) -> Iterator[str]:
    terms = addends(v)
    if terms is None:
        return
    first, last = bits(v)[0], bits(v)[-1]
    down, up = (last, first) if v.op == "fma" else (max(first, last),) * 2
    apart = min(max(exponent(terms[0]) - exponent(terms[-1]), -down - BEYOND - 1), up + BEYOND + 1)
    signs = [sum(value.sign for value in term) + (v.op == "sub" and k == 1) for k, term in enumerate(terms)]
    yield f"{apart:+}_{'difference' if (signs[0] - signs[-1]) % 2 else 'sum'}"


def _cancellation(v: Vector) -> Iterator[str]:
    terms = addends(v)
    if terms is None:
        return
    if v.x is None:
        yield "zero"
        return
    lost = max(map(exponent, terms)) - floor_log2(v.x)
    most = max(bits(v)[0] - 1, bits(v)[1]) if v.op == "fma" else max(bits(v))
    if lost <= most:
        yield "carry" if lost < 0 else f"-{lost}" if lost else "0"


def _lost_bits(v: Vector) -> Iterator[str]:
    terms, fmt = addends(v), v.lay.fmt
    if terms is None or v.x is None or fmt.exp0 != "subnormal":
        return
    below = v.lay.emin - floor_log2(v.x)
    if max(map(exponent, terms)) > floor_log2(v.x) and 1 <= below < fmt.precision:
        yield f"emin-{below}"


def _product(v: Vector) -> Iterator[str]:
    a, b = v.values[:2]
    if a.kind == b.kind == "finite":
        size = a.magnitude * b.magnitude
        yield ("below_2", "from_2_on")[floor_log2(size) - exponent([a, b])]


def _quotient(v: Vector) -> Iterator[str]:
    a, b = v.values
    if a.kind == b.kind == "finite":
        below = floor_log2(a.magnitude / b.magnitude) - exponent([a]) + exponent([b])
        yield "below_1" if below else "from_1_on"


def _exact(v: Vector) -> Iterator[str]:
    """By the significant bits; a quotient's are those of the dividend at most, a root's half as many."""
    if v.x is None or v.place.region != "normal" or v.place.nu or not is_exact(v):
        return
    odd = v.x.numerator >> (v.x.numerator & -v.x.numerator).bit_length() - 1
    yield f"{odd.bit_length()}_bits"


def is_exact(v: Vector) -> bool:
    """Roots are a rational near them where they are irrational (oracle_exact.root)."""
    assert v.x is not None
    return v.op != "sqrt" or v.x * v.x == signed(v.values[0])


def _parity(v: Vector) -> Iterator[str]:
    a = v.values[0]
    if a.kind == "finite" and not a.sign:
        yield ("even", "odd")[exponent([a]) % 2]


def _fused(v: Vector) -> Iterator[str]:
    """The product alone would overflow, be tiny and inexact, be inexact; the sum is not."""
    if v.x is None or any(value.kind != "finite" for value in v.values):
        return
    env = v.env
    if env.rounding.startswith("stochastic"):
        env = replace(env, rounding="ties_even", random_bits_count=0)
    before = result("mul", v.types[:2], v.to, v.codes[:2], env)[1]
    after = v.outcome[1]
    names = {"product_overflows": OVERFLOW, "product_tiny": UNDERFLOW, "product_inexact": INEXACT}
    yield from (name for name, flag in names.items() if before & flag and not after & flag)


def _payload(v: Vector) -> Iterator[str]:
    source, value = v.types[0], v.raw[0]
    assert not isinstance(source, IntType)
    room = v.lay.fmt.precision - 2
    both = source.has_quiet_bit and v.lay.fmt.has_quiet_bit
    if not both or min(source.precision - 2, room) < 1 or not is_nan(value):
        return
    payload, width = value.payload
    extra = max(0, width - room)
    kept, lost = payload >> extra, payload & (1 << extra) - 1
    name = "_".join(["kept"] * bool(kept) + ["lost"] * bool(lost)) or "none"
    yield f"{SIGNS[value.sign]}{value.kind}_{name}"


def _length(v: Vector) -> Iterator[str]:
    number = number_of(v, 0)
    if number:
        yield f"{SIGNS[number < 0]}{abs(number).bit_length()}_bits"


def _magnitude(v: Vector) -> Iterator[str]:
    reach = v.to.width + 4 if isinstance(v.to, IntType) else v.lay.fmt.precision + 3
    if v.x is not None and -3 <= floor_log2(v.x) < reach:
        yield f"{v.sign}exponent{floor_log2(v.x):+}"


def _ends(v: Vector) -> Iterator[str]:
    if v.x is None:
        return
    ends = {"zero": 0} | ({"high": v.to.highest, "low": -v.to.lowest} if isinstance(v.to, IntType) else {})
    quarter = Fraction(1, 4)
    for name, end in ends.items():
        if end or name == "zero":
            yield from (v.sign + one for one in around(name, v.x, Fraction(end), quarter, quarter))


def _relation(v: Vector) -> Iterator[str]:
    a, b = v.raw
    if is_nan(a) or is_nan(b):
        yield "unordered"
        return
    x, y = (order(value) for value in (a, b))
    yield "less" if x < y else "greater" if x > y else "equal"
    if a.kind == b.kind == "zero" and a.sign != b.sign:
        yield "zeros_of_two_signs"
    if a.kind == b.kind == "finite" and a.magnitude == b.magnitude and a.sign != b.sign:
        yield "opposite"
    if v.types[0] == v.types[1] and x != y:
        fmt = v.types[0]
        assert not isinstance(fmt, IntType)
        for name, up in (("next_up", True), ("next_down", False)):
            beside = oracle_bits.decode(fmt, oracle_bits.neighbour(fmt, v.codes[0], up=up))
            if order(beside) == y:
                yield name


def order(value: Value) -> tuple[int, Fraction]:
    """Numbers and infinities in their order."""
    infinite = value.kind == "inf"
    return (0, signed(value)) if not infinite else (-1 if value.sign else 1, Fraction(0))


def _points(op: str) -> Iterator[tuple[str, Callable[[Vector], Iterator[str]]]]:
    general = ("operands", "significands", "result", "flags")
    yield from ((name, GENERAL[name]) for name in (GENERAL if op in SPANNED else general))
    single: dict[str, tuple[tuple[str, ...], Callable[[Vector], Iterator[str]]]] = {
        "exponents": (SUMS, _exponents),
        "cancellation": (SUMS, _cancellation),
        "lost_bits": (SUMS, _lost_bits),
        "product": (("mul", "fma"), _product),
        "quotient": (("div",), _quotient),
        "exact": (("div", "sqrt"), _exact),
        "parity": (("sqrt", "rsqrt"), _parity),
        "fused": (("fma",), _fused),
        "payload": (("convert",), _payload),
        "length": (("from_int",), _length),
        "magnitude": (INTEGRAL, _magnitude),
        "ends": (INTEGRAL, _ends),
        "relation": ((*PREDICATES, *SELECTIONS, "total_order", "total_order_mag"), _relation),
    }
    yield from ((name, found) for name, (some, found) in single.items() if op in some)


def hits(op: str, types: Sequence[Type], to: Type | None, codes: Sequence[int], env: Any, r: int = 0) -> set[Hit]:
    """Every (point, bin) that the vector hits; `r`: its random bits."""
    vector = Vector(op, types, to, codes, env, r)
    return {(point, name) for point, found in _points(op) for name in found(vector)}
