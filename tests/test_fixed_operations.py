# SPDX-License-Identifier: BSD-3-Clause
"""The operations that fixed-point types share with float formats, on every code of small types, against Fractions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from fixed_cases import MODES, fixed, how, plain, raw
from oracle_fixed import FixedType

from numfmt.integers import apply_fixed

A, B, C = FixedType(2, 1), FixedType(1, 2, signed=False), FixedType(3, -1)
RESULT = FixedType(3, 2)
#: Digits of a root before the rest is a sticky one.
DIGITS = 80


def root(x: Fraction) -> Fraction:
    """sqrt(x), or a number between the same two multiples of 2^-DIGITS."""
    scaled = math.isqrt((x.numerator << 2 * DIGITS) // x.denominator)
    found = Fraction(scaled, 1 << DIGITS)
    return found if found * found == x else found + Fraction(1, 1 << DIGITS + 1)


def nearest(x: Fraction) -> int:
    return round(x)  # ties to even


EXACT: dict[str, Callable[..., Fraction]] = {
    "fma": lambda a, b, c: a * b + c,
    "faa": lambda a, b, c: a + b + c,
    "remainder": lambda a, b: a - b * nearest(a / b),
    "fmod": lambda a, b: a - b * math.trunc(a / b),
    "recip": lambda a: 1 / a,
    "sqrt": root,
    "rsqrt": lambda a: 1 / root(a) if root(a) ** 2 == a else root(1 / a),
}


@pytest.mark.parametrize("op", EXACT)
def test_every_code(op: str) -> None:
    exact = EXACT[op]
    arity = exact.__code__.co_argcount
    kinds = {3: [A, B, C], 2: [A, B], 1: [B if "sqrt" in op else A]}[arity]
    codes = [list(range(kind.lowest, kind.highest + 1)) for kind in kinds]
    rows = [
        row
        for row in itertools.product(*codes)
        if not (op in ("remainder", "fmod") and row[1] == 0) and not (op in ("recip", "rsqrt") and row[0] == 0)
    ]
    results = [exact(*(kind.value(code) for kind, code in zip(kinds, row, strict=True))) for row in rows]
    operands = [raw(kind, column) for kind, column in zip(kinds, zip(*rows, strict=True), strict=True)]
    types = [fixed(kind) for kind in kinds]
    for rounding, overflow in MODES:
        arguments, bits = how(rounding, overflow, len(rows))
        got = plain(apply_fixed(op, operands, types, to=fixed(RESULT), **arguments))
        want = [
            RESULT.encode(x, rounding, overflow, 3 if rounding == "stochastic_a" else 0, bit)
            for x, bit in zip(results, bits, strict=True)
        ]
        assert got[0] == [one.code % (1 << RESULT.width) for one in want], (rounding, overflow)


def test_what_no_rounding_is_for_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^op is 'minimum': must be one of convert, add, sub, mul, div, remainder"):
        apply_fixed("minimum", [1, 1], ["fixed4.4"] * 2, to="fixed4.4")
    with pytest.raises(ValueError, match=r"^types has 1 elements: add has 2 operands$"):
        apply_fixed("add", [1, 1], ["fixed4.4"], to="fixed4.4")
    with pytest.raises(ValueError, match=r"^fma of fixed64.0, fixed64.0, fixed64.0 into fixed32.0 takes more than 120"):
        apply_fixed("fma", [1, 1, 1], ["fixed64.0"] * 3, to="fixed32.0", overflow="wrap")


def test_a_product_of_large_integers_wraps_exactly() -> None:
    big = np.uint64(2**63 + 2**32 + 7)
    got = apply_fixed("mul", [big, big], ["ufixed64.0"] * 2, to="ufixed32.0", overflow="wrap")
    assert got == int(big) ** 2 % 2**32
