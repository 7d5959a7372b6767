# SPDX-License-Identifier: BSD-3-Clause
"""Numbers in text, read exactly (SEMANTICS 9): decimal and C99 hexadecimal digits, inf, NaNs with a payload.

::

    1.5   -0   .5e-3   1E400   0x1.8p-4   inf   -Infinity   nan   -nan   nan(0x1)   snan   snan(0x1)

A payload is what a NaN's fraction holds below the quiet bit.  A code that no number reaches is spelt with the code
behind its value, ``0.0[0x000001]``; only ``parse`` reads that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from numfmt import parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numfmt.formats import Format

#: What nearly all texts are: matched alone, in one step.
_PLAIN = re.compile(r"([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?", re.ASCII)
_PLAIN_DIGITS = 400
_DECIMAL = re.compile(r"([+-]?)(?=\.?\d)(\d*)\.?(\d*)(?:e([+-]?\d+))?", re.IGNORECASE | re.ASCII)
_HEX = re.compile(r"([+-]?)0x(?=\.?[0-9a-f])([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?", re.IGNORECASE | re.ASCII)
_SPECIAL = re.compile(r"([+-]?)(inf|infinity|s?nan)(?:\(0x([0-9a-f]+)\))?", re.IGNORECASE | re.ASCII)
_CODED = re.compile(r"(.*)\[0x([0-9a-f]+)\]", re.IGNORECASE | re.ASCII | re.DOTALL)
#: Beyond this power of ten (and its like of two) no Fraction is made.
_FAR = 700_000


@dataclass(frozen=True, slots=True)
class Number:
    """What a text spells, unevaluated: +-0.digits * radix**exp, or +-integer * 2**exp for radix 2."""

    negative: bool
    kind: Literal["decimal", "binary", "inf", "nan", "snan"]
    digits: str = ""
    exp: int = 0
    payload: int | None = None


def scan(text: str) -> Number:
    """The parts of a number's text.  Raises ValueError."""
    stripped = text.strip()
    if match := _DECIMAL.fullmatch(stripped):
        exp = _exponent(match[4]) + len(match[2])
        return Number(match[1] == "-", "decimal", match[2] + match[3], exp)
    if match := _HEX.fullmatch(stripped):
        exp = _exponent(match[4]) - 4 * len(match[3])
        return Number(match[1] == "-", "binary", match[2] + match[3], exp)
    match = _SPECIAL.fullmatch(stripped)
    if match and (match[3] is None or match[2][:3].lower() != "inf"):
        kind: Literal["inf", "nan", "snan"] = "inf"
        if match[2][:3].lower() != "inf":
            kind = "nan" if match[2][0] in "nN" else "snan"
        return Number(match[1] == "-", kind, payload=None if match[3] is None else int(match[3], 16))
    raise ValueError(
        f"{shown(text)} is no number: expected decimal or hexadecimal digits such as -1.5e-3, 0x1.8p-4, inf, nan or "
        "snan(0x1)"
    )


def shown(text: str) -> str:
    """A text as messages quote it."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _exponent(digits: str | None) -> int:
    """An exponent, cut off far outside every format."""
    if digits is None:
        return 0
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-").lstrip("0")
    return sign * (int(digits or "0") if len(digits) < 12 else 10**12)


def row(text: str, fmt: Format) -> parts.Row:
    """The exact value of ``text`` on its way into ``fmt``.  Raises ValueError."""
    number = scan(text)
    match number.kind:
        case "decimal":
            return parts.decimal(fmt, number.digits, number.exp, negative=number.negative)
        case "binary":
            found = parts.quotient(int(number.digits, 16), 1, number.exp)
            return parts.signed(found, negative=number.negative)
        case "inf":
            return parts.infinity(negative=number.negative)
        case _:
            return parts.nan(fmt, number.payload, negative=number.negative, signaling=number.kind == "snan")


def rows(texts: Iterable[str], fmt: Format) -> list[parts.Row]:
    """``row`` of each text; one step for the ordinary ones."""
    plain, quotient, power_of_5 = _PLAIN.fullmatch, parts.quotient, parts.power_of_5
    found = []
    for text in texts:
        match = plain(text) if len(text) <= _PLAIN_DIGITS else None
        if match is None:
            found.append(row(text, fmt))
            continue
        sign, whole, fraction, exponent = match.groups()
        exp = int(exponent) if exponent else 0
        if fraction:
            exp -= len(fraction)
            whole += fraction
        if not -_PLAIN_DIGITS < exp < _PLAIN_DIGITS:
            found.append(row(text, fmt))
            continue
        value = int(whole)
        if not value:
            found.append(parts.zero(negative=sign == "-"))
            continue
        if sign == "-":
            value = -value
        found.append(quotient(value * power_of_5(exp), 1, exp) if exp >= 0 else quotient(value, power_of_5(-exp), exp))
    return found


def fraction(text: str) -> Fraction | float | None:
    """The exact value; a float for -0.0, inf and nan, None for numbers too far out to be written down."""
    number = scan(text)
    if number.kind not in ("decimal", "binary"):
        return float(("-" if number.negative else "") + number.kind.removeprefix("s"))
    if number.kind == "binary":
        value, exp, base = int(number.digits, 16), number.exp, 2
    else:
        digits = number.digits.rstrip("0")
        value, exp, base = parts.integer(digits or "0"), number.exp - len(digits), 10
    if value == 0:
        return -0.0 if number.negative else Fraction(0)
    if abs(exp + (len(number.digits) if base == 10 else value.bit_length())) > _FAR * (1 if base == 10 else 4):
        return None
    value = -value if number.negative else value
    return Fraction(value * base**exp) if exp >= 0 else Fraction(value, base**-exp)


def parse(text: str, fmt: Format) -> int:
    """The code of ``fmt`` that ``text`` spells: the inverse of ``Format.to_string``.

    Numbers and infinities are rounded as ``encode`` does in the default environment: ties to even, overflow by the
    format.  NaNs name codes: sign, payload and signalling arrive as written (in a format without a quiet bit the
    payload is the whole fraction), and ``nan`` alone is the canonical NaN.  Raises ValueError for anything else and
    for a NaN that the format does not have.
    """
    from numfmt import codes

    if match := _CODED.fullmatch(text.strip()):
        return _coded(text, match[1], int(match[2], 16), fmt)
    number = scan(text)
    if number.kind in ("nan", "snan"):
        return _nan_code(text, number, fmt)
    return codes.rounded(text, fmt)[0]


def _nan_code(text: str, number: Number, fmt: Format) -> int:
    from numfmt import codes

    code = fmt.nan_code
    if code is None:
        raise ValueError(f"{shown(text)}: {fmt} has no NaN")
    signaling, bits = number.kind == "snan", fmt.precision - 1
    if fmt.has_quiet_bit:
        bits -= 1
        code ^= signaling << bits
        payload = int(signaling) if number.payload is None else number.payload
        fits = payload >> bits == 0 and not (signaling and payload == 0)
    else:
        payload = code & ((1 << bits) - 1) if number.payload is None else number.payload
        code = code >> bits << bits
        fits = payload >> bits == 0 and not signaling
    if number.negative and fmt.is_signed:
        code |= 1 << (fmt.width - 1)
    if not fits or not codes.is_nan(fmt, code | payload):
        raise ValueError(f"{shown(text)}: {fmt} has no such NaN")
    return code | payload


def _coded(text: str, value: str, code: int, fmt: Format) -> int:
    """A code spelt out behind its value, with which it must agree."""
    from numfmt import codes

    if code not in fmt.codes:
        raise ValueError(f"{shown(text)}: {fmt} takes codes 0 to {fmt.codes[-1]:#x}")
    if codes.is_nan(fmt, code):
        agrees = scan(value).kind in ("nan", "snan")
    else:
        agrees = scan(value).kind not in ("nan", "snan") and parse(value, fmt) == codes.canonical(fmt, code)
    if not agrees:
        raise ValueError(f"{shown(text)}: {fmt} has another value at code {code:#x}")
    return code
