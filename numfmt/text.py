# SPDX-License-Identifier: BSD-3-Clause
"""Numbers in text: decimal and C99 hexadecimal, inf and nan, read exactly (SEMANTICS 9)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DECIMAL = re.compile(r"([+-]?)(?=\.?\d)(\d*)\.?(\d*)(?:e([+-]?\d+))?", re.IGNORECASE | re.ASCII)
_HEX = re.compile(r"([+-]?)0x(?=\.?[0-9a-f])([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?", re.IGNORECASE | re.ASCII)
_SPECIAL = re.compile(r"([+-]?)(inf|infinity|nan)", re.IGNORECASE | re.ASCII)
#: No format reaches 10**(+-700_000): further out a value is only huge or tiny, and no power is formed.
_FAR = 700_000
#: Python converts so many digits at once without a limit.
_DIGITS_AT_ONCE = 4000


@dataclass(frozen=True, slots=True)
class Number:
    """(-1)**negative * numerator / denominator * 2**exp; numerator 0 is a zero.  ``special``: "inf", "nan" or ""."""

    negative: bool
    numerator: int = 0
    denominator: int = 1
    exp: int = 0
    special: str = ""


def parse_number(text: str) -> Number:
    """The exact value that ``text`` spells.  Raises ValueError."""
    stripped = text.strip()
    if match := _SPECIAL.fullmatch(stripped):
        return Number(match[1] == "-", special=match[2][:3].lower())
    if match := _HEX.fullmatch(stripped):
        digits = match[2] + match[3]
        exp = _small_int(match[4] or "0") - 4 * len(match[3])
        return Number(match[1] == "-", int(digits, 16), exp=exp)
    if match := _DECIMAL.fullmatch(stripped):
        return _decimal(match[2], match[3], _small_int(match[4] or "0"), negative=match[1] == "-")
    shown = text if len(text) <= 60 else text[:57] + "..."
    raise ValueError(
        f"{shown!r} is no number: expected decimal or hexadecimal digits such as -1.5e-3, 0x1.8p-4, inf or nan"
    )


def _decimal(whole: str, fraction: str, exp: int, *, negative: bool) -> Number:
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return Number(negative)
    exp -= len(fraction)
    if abs(exp + len(digits)) > _FAR:
        return Number(negative, 1, exp=8 * _FAR if exp + len(digits) > 0 else -8 * _FAR)
    stripped = digits.rstrip("0")
    exp += len(digits) - len(stripped)
    value = _int(stripped)
    power = 5 ** abs(exp)
    return Number(negative, value * power, 1, exp) if exp >= 0 else Number(negative, value, power, exp)


def _int(digits: str) -> int:
    """int(digits) of any length."""
    if len(digits) <= _DIGITS_AT_ONCE:
        return int(digits)
    half = len(digits) // 2
    power: int = 10**half
    return _int(digits[:-half]) * power + _int(digits[-half:])


def _small_int(digits: str) -> int:
    """An exponent, cut off far outside every format."""
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-").lstrip("0")
    return sign * (int(digits or "0") if len(digits) < 12 else 10**12)
