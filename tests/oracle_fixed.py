# SPDX-License-Identifier: BSD-3-Clause
"""Binary fixed point by definition: value = code * 2^-frac_bits, every result exact and then rounded once.

Codes are signed integers (two's complement read as a number). An infinity lies beyond every code.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from oracle_format import pow2
from oracle_quantize import Number, round_integer

ROUNDINGS = (
    "ties_even", "ties_away", "ties_up", "toward_zero", "toward_positive", "toward_negative", "to_odd", "stochastic_a",
)  # fmt: skip
OVERFLOWS = ("saturate", "wrap", "error")


class OutOfRange(Exception):
    """A rounded number that has no code, under overflow="error"."""


@dataclass(frozen=True)
class Stored:
    """A code, whether its value differs from the number, and whether the rounded number had no code of its own."""

    code: int
    inexact: bool
    overflow: bool


@dataclass(frozen=True)
class FixedType:
    """int_bits counts the sign bit; int_bits + frac_bits is the width, and either may be negative."""

    int_bits: int
    frac_bits: int
    signed: bool = True

    @property
    def width(self) -> int:
        return self.int_bits + self.frac_bits

    @property
    def lowest(self) -> int:
        return -(1 << self.width - 1) if self.signed else 0

    @property
    def highest(self) -> int:
        return (1 << self.width - self.signed) - 1

    @property
    def codes(self) -> range:
        return range(self.lowest, self.highest + 1)

    def value(self, code: int) -> Fraction:
        return code * pow2(-self.frac_bits)

    def wrapped(self, n: int) -> int:
        """The code that is n modulo 2^width."""
        return (n - self.lowest) % (1 << self.width) + self.lowest

    def encode(self, x: Number, rounding: str, overflow: str, bits_count: int = 0, bits: int = 0) -> Stored:
        """Round first, then see whether there is such a code. An infinity cannot be wrapped: ValueError."""
        if isinstance(x, float):
            return self._infinite(x, overflow)
        n = round_integer(x * pow2(self.frac_bits), rounding, bits_count, bits)
        if self.lowest <= n <= self.highest:
            return Stored(n, self.value(n) != x, overflow=False)
        if overflow == "error":
            raise OutOfRange
        code = self.wrapped(n) if overflow == "wrap" else min(max(n, self.lowest), self.highest)
        return Stored(code, self.value(code) != x, overflow=True)

    def _infinite(self, x: float, overflow: str) -> Stored:
        if overflow == "error":
            raise OutOfRange
        if math.isnan(x) or overflow == "wrap":
            raise ValueError(f"{x} has no code")
        return Stored(self.highest if x > 0 else self.lowest, inexact=True, overflow=True)


def exact_result(op: str, a: Fraction, b: Fraction) -> Fraction:
    """The number before rounding; a quotient by 0 is a ZeroDivisionError."""
    match op:
        case "add":
            return a + b
        case "sub":
            return a - b
        case "mul":
            return a * b
        case "div":
            return a / b
        case _:
            raise ValueError(f"op={op!r}")


def holds(kind: FixedType, numbers: Iterator[Fraction]) -> bool:
    """Whether every number is a value of the type."""
    return all(
        (n * pow2(kind.frac_bits)).denominator == 1 and kind.lowest <= n * pow2(kind.frac_bits) <= kind.highest
        for n in numbers
    )


def extremes(op: str, a: FixedType, b: FixedType) -> tuple[Fraction, Fraction]:
    """The lowest and highest exact result of add, sub or mul: at the corners."""
    corners = [exact_result(op, a.value(p), b.value(q)) for p in (a.lowest, a.highest) for q in (b.lowest, b.highest)]
    return min(corners), max(corners)
