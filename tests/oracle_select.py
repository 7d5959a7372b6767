# SPDX-License-Identifier: BSD-3-Clause
"""Minima and maxima: which operand is taken (754-2019 9.6, 754-2008 5.3.1)."""

from __future__ import annotations

from fractions import Fraction

from oracle_exact import is_nan, signed
from oracle_format import Value

#: Operation -> (takes the larger, compares magnitudes, which NaN rule).
SELECTIONS: dict[str, tuple[bool, bool, str]] = {
    f"{which}imum{magnitude}{number}": (which == "max", bool(magnitude), number.removeprefix("_") or "nan")
    for which in ("min", "max")
    for magnitude in ("", "_magnitude")
    for number in ("", "_number")
} | {
    f"{which}_num{magnitude}": (which == "max", bool(magnitude), "2008")
    for which in ("min", "max")
    for magnitude in ("", "_mag")
}


def key(value: Value) -> tuple[int, Fraction, int]:
    """Numbers in order, -0 below +0."""
    if value.kind == "inf":
        return (-1 if value.sign else 1), Fraction(0), 0
    return 0, signed(value), -value.sign if value.kind == "zero" else 0


def selected(op: str, a: Value, b: Value) -> int | None:
    """0 or 1, the operand taken; None: the result is a NaN. Of equal operands the first."""
    larger, magnitude, rule = SELECTIONS[op]
    if is_nan(a) or is_nan(b):
        signalling = "snan" in (a.kind, b.kind)
        if (is_nan(a) and is_nan(b)) or rule == "nan" or (rule == "2008" and signalling):
            return None
        return 1 if is_nan(a) else 0
    left, right = key(a), key(b)
    if magnitude:
        sizes = [(abs(k[0]), abs(k[1])) for k in (left, right)]
        if sizes[0] != sizes[1]:
            return int((sizes[1] > sizes[0]) == larger)
    if left == right:
        return 0
    return int((right > left) == larger)
