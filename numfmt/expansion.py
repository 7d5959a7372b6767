# SPDX-License-Identifier: BSD-3-Clause
"""A number in binary, worked out the way one does it by hand: repeated division for the integer part, repeated
multiplication for the fraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from numfmt import printing

#: Steps of an expansion before it is cut.
_MAX_STEPS = 64
#: Bits of a numerator or denominator beyond which no steps are shown: each has as many digits.
_MAX_BITS = 40_000
#: Digits of a fraction beyond the format's precision, enough to see where it rounds.
_EXTRA_DIGITS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Expansion:
    """A magnitude in binary, worked out by hand.

    integer_steps
        (n, n // 2, n % 2): the remainders read upwards are the digits before the point.
    fraction_steps
        (f, 2 f, digit): the digits read downwards are those behind it; the next f is 2 f - digit.
    binary, scientific
        ``1101.01`` and ``1.10101 * 2^3``; an ellipsis for digits left out.
    note
        What was left out, or "".
    """

    integer_steps: tuple[tuple[int, int, int], ...]
    fraction_steps: tuple[tuple[Fraction, Fraction, int], ...]
    binary: str
    scientific: str
    note: str

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON, numbers of any size as text."""
        number = printing.number
        return {
            "integer_steps": [[number(Fraction(n)), number(Fraction(half)), r] for n, half, r in self.integer_steps],
            "fraction_steps": [[number(f), number(double), digit] for f, double, digit in self.fraction_steps],
            "binary": self.binary,
            "scientific": self.scientific,
            "note": self.note,
        }


def expand(size: Fraction, precision: int) -> Expansion:
    """The expansion of a number, of its fraction as many digits as show where it rounds to ``precision`` bits."""
    if max(size.numerator.bit_length(), size.denominator.bit_length()) > _MAX_BITS:
        return Expansion(
            integer_steps=(),
            fraction_steps=(),
            binary="...",
            scientific=_scientific(size, precision + _EXTRA_DIGITS),
            note="too many digits to show any",
        )
    whole, rest = divmod(abs(size), 1)
    before, integer_steps = _divide(int(whole))
    after, fraction_steps, is_cut = _multiply(rest, len(before.lstrip("0")), precision + _EXTRA_DIGITS)
    notes = []
    if len(before) > len(integer_steps) > 0:
        notes.append(f"{len(integer_steps)} of {len(before)} divisions shown")
    if is_cut:
        ends = rest.denominator & (rest.denominator - 1) == 0
        total = f"of {rest.denominator.bit_length() - 1} multiplications shown" if ends else "multiplications shown"
        notes.append(f"{len(fraction_steps)} {total}" + ("" if ends else ", the digits go on for ever"))
    dots = "..." if is_cut else ""
    binary = _shortened(before) + ("." + after + dots if after else "")
    return Expansion(
        integer_steps=integer_steps,
        fraction_steps=fraction_steps,
        binary=binary,
        scientific=_scientific(size, precision + _EXTRA_DIGITS),
        note="; ".join(notes),
    )


def _divide(n: int) -> tuple[str, tuple[tuple[int, int, int], ...]]:
    """The digits of an integer, and the divisions that give the last of them."""
    digits = f"{n:b}"
    steps: list[tuple[int, int, int]] = []
    while n and len(steps) < _MAX_STEPS:
        steps.append((n, n // 2, n % 2))
        n //= 2
    return digits, tuple(steps)


def _multiply(rest: Fraction, known: int, wanted: int) -> tuple[str, tuple[tuple[Fraction, Fraction, int], ...], bool]:
    """Digits behind the point until they end or ``wanted`` significant ones are there; the steps; cut off?"""
    digits = ""
    steps: list[tuple[Fraction, Fraction, int]] = []
    while rest and len(steps) < _MAX_STEPS and known < wanted:
        digit = int(2 * rest >= 1)
        steps.append((rest, 2 * rest, digit))
        rest = 2 * rest - digit
        digits += str(digit)
        known += bool(known or digit)
    return digits, tuple(steps), bool(rest)


def _scientific(size: Fraction, wanted: int) -> str:
    """1.ddd * 2^e."""
    if size == 0:
        return "0"
    exponent = floor_log2(abs(size))
    digits, _, is_cut = _multiply(abs(size) / Fraction(2) ** exponent - 1, 1, wanted)
    point = "." if digits else ""
    return f"{'-' if size < 0 else ''}1{point}{digits}{'...' if is_cut else ''} * 2^{exponent}"


def _shortened(digits: str) -> str:
    return digits if len(digits) <= 2 * _MAX_STEPS else f"{digits[:_MAX_STEPS]}...{digits[-8:]}"


def floor_log2(size: Fraction) -> int:
    guess = size.numerator.bit_length() - size.denominator.bit_length()
    return guess - (Fraction(2) ** guess > size)
