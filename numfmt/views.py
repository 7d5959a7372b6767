# SPDX-License-Identifier: BSD-3-Clause
"""A view of the bits: one value in one format with everything that led there, as plain data.

Every code, neighbour and outcome comes from the library; only the binary expansion is worked out here, the way one
does it by hand: repeated division for the integer part, repeated multiplication for the fraction.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import _bind, codes, formats, printing, sources
from numfmt.codec import convert, encode
from numfmt.formats import Format
from numfmt.modes import OVERFLOWS, ROUNDINGS, Env, Flags, Overflow, Rounding, resolve

Exact = Fraction | float
#: Steps of an expansion before it is cut.
_MAX_STEPS = 64
#: Bits of a numerator or denominator beyond which no steps are shown: each has as many digits.
_MAX_BITS = 40_000
#: Digits of a fraction beyond the format's precision, enough to see where it rounds.
_EXTRA_DIGITS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Bits:
    """The fields of a code, in binary; ``sign`` is empty in unsigned formats, ``leading`` in all but x87's."""

    sign: str
    exponent: str
    leading: str
    fraction: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbour:
    """The next value above or below; ``value`` is an infinity next to the largest, if there is one."""

    code: int
    value: Exact


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What the operand becomes under one rounding and one overflow policy."""

    rounding: Rounding
    overflow: Overflow
    code: int
    value: Exact
    flags: Flags


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """One value in one format; see ``explain_value``.  Exact values are Fractions, or floats: -0.0, inf, nan."""

    format: Format
    env: Env
    operand: str | None  # its text; None if a code was given
    operand_exact: Exact | None  # None: too far out to be written down
    code: int
    flags: Flags
    bits: Bits
    kind: str  # normal, subnormal, zero, infinite, quiet NaN, signaling NaN
    is_canonical: bool  # False: rounding delivers another code of this value
    value: Exact
    exact: str
    shortest: str
    hex: str
    exponent: int | None  # floor(log2 |value|)
    expansion: Expansion | None  # of the operand
    below: Neighbour | None
    above: Neighbour | None
    ulp: Fraction | None  # spacing of the values at this one
    error: Fraction | None  # value - operand
    error_ulp: Fraction | None
    outcomes: tuple[Outcome, ...]

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON: codes as hexadecimal text, exact numbers as decimals or fractions in text."""
        fmt = self.format
        return {
            "format": str(fmt),
            "width": fmt.width,
            "operand": self.operand,
            "operand_exact": _text(self.operand_exact),
            "code": hex_code(fmt, self.code),
            "flags": _names(self.flags),
            "bits": dataclasses.asdict(self.bits),
            "class": self.kind,
            "is_canonical": self.is_canonical,
            "exact": self.exact,
            "shortest": self.shortest,
            "hex": self.hex,
            "exponent": self.exponent,
            "expansion": None if self.expansion is None else _expansion_dict(self.expansion),
            "below": _neighbour_dict(fmt, self.below),
            "above": _neighbour_dict(fmt, self.above),
            "ulp": _text(self.ulp),
            "error": _text(self.error),
            "error_ulp": _text(self.error_ulp),
            "outcomes": [
                {
                    "rounding": outcome.rounding,
                    "overflow": outcome.overflow,
                    "code": hex_code(fmt, outcome.code),
                    "value": _text(outcome.value),
                    "flags": _names(outcome.flags),
                }
                for outcome in self.outcomes
            ],
        }


def explain_value(
    x: Any = None, fmt: Format | str = "", env: Env | None = None, *, code: int | None = None, random_bits: Any = None
) -> Explanation:
    """How one value becomes a code of a format, and what that code is: fields, value, neighbours, error, flags.

    x
        One value, anything that ``encode`` takes; or ``code=``, a code of the format (then nothing is rounded, but
        ``outcomes`` tell what a conversion to the same format delivers).
    fmt
        A Format or a format's name.
    env, random_bits
        As for ``encode``; ``outcomes`` are those of every other rounding and policy in the same environment,
        stochastic ones left out, and without ``compat``.

    Raises TypeError and ValueError as ``encode`` does, and if x is an array or both or neither of x and code are given.
    """
    fmt, env = formats.format(fmt), resolve(env)
    if (x is None) == (code is None):
        raise ValueError("explain_value takes a value x or code=, and not both")
    if code is not None:
        code, flags, operand, exact = codes.checked(fmt, code), Flags(0), None, None
        source = codes.array(fmt, code)
    else:
        delivered, flags = encode(x, fmt, env=env, random_bits=random_bits, flags="any")
        if np.ndim(delivered):
            raise ValueError(f"x has shape {np.shape(delivered)}: explain_value takes one value")
        code, source = codes.integer(delivered), x
        operand, exact = _operand(x), sources.exact(np.asarray(x)[()] if isinstance(x, np.ndarray) else x)
    value = codes.value(fmt, code)
    exact = value if operand is None else exact
    ulp, error = _ulp(fmt, value), _difference(value, exact)
    return Explanation(
        format=fmt,
        env=env,
        operand=operand,
        operand_exact=exact,
        code=code,
        flags=flags,
        bits=_bits(fmt, code),
        kind=_kind(fmt, code),
        is_canonical=_is_canonical(fmt, code),
        value=value,
        exact=fmt.to_string(code, "exact"),
        shortest=fmt.to_string(code),
        hex=fmt.to_string(code, "hex"),
        exponent=_exponent(value),
        expansion=_expansion(exact, fmt.precision),
        below=_neighbour(fmt, value, -1),
        above=_neighbour(fmt, value, 1),
        ulp=ulp,
        error=error,
        error_ulp=None if error is None or ulp is None else error / ulp,
        outcomes=_outcomes(source, fmt, env, by_code=operand is None),
    )


def hex_code(fmt: Format, code: int) -> str:
    """A code in upper-case hexadecimal, every digit of its width."""
    return f"{code:0{-(-fmt.width // 4)}X}"


def _operand(x: Any) -> str:
    if isinstance(x, str):
        return x.strip()
    return printing.number(Fraction(x)) if isinstance(x, int | Fraction) else str(x)


def _bits(fmt: Format, code: int) -> Bits:
    text = f"{code:0{fmt.width}b}"
    fraction = fmt.width - (fmt.precision - 1)
    leading = fraction - fmt.explicit_leading_bit
    return Bits(
        sign=text[: int(fmt.is_signed)],
        exponent=text[int(fmt.is_signed) : leading],
        leading=text[leading:fraction],
        fraction=text[fraction:],
    )


def _kind(fmt: Format, code: int) -> str:
    kinds = {
        _bind.KIND_ZERO: "zero",
        _bind.KIND_INF: "infinite",
        _bind.KIND_QUIET_NAN: "quiet NaN",
        _bind.KIND_SIGNALING_NAN: "signaling NaN",
    }
    kind = int(codes.parts(fmt, code)["kind"])
    if kind != _bind.KIND_FINITE:
        return kinds[kind]
    is_subnormal = fmt.exp0 == "subnormal" and (_exponent(codes.value(fmt, code)) or 0) < fmt.emin
    return "subnormal" if is_subnormal else "normal"


def _is_canonical(fmt: Format, code: int) -> bool:
    """NaNs are: each is a value of its own."""
    return codes.is_nan(fmt, code) or codes.canonical(fmt, code) == code


def _finite(value: Exact | None) -> Fraction | None:
    """A finite value, with both zeros as 0."""
    if isinstance(value, Fraction):
        return value
    return Fraction(0) if value == 0 else None


def _exponent(value: Exact) -> int | None:
    size = _finite(value)
    return _floor_log2(abs(size)) if size else None


def _floor_log2(size: Fraction) -> int:
    guess = size.numerator.bit_length() - size.denominator.bit_length()
    return guess - (Fraction(2) ** guess > size)


def _ulp(fmt: Format, value: Exact) -> Fraction | None:
    """Spacing of the grid that the value lies on; next to zero the smallest value."""
    finite = _finite(value)
    if finite is None:
        return None
    if finite == 0:
        return fmt.min_positive
    return Fraction(2) ** _ulp_exponent(fmt, finite)


def _ulp_exponent(fmt: Format, value: Fraction) -> int:
    return max(_floor_log2(abs(value)), fmt.emin) - fmt.precision + 1


def _difference(value: Exact, exact: Exact | None) -> Fraction | None:
    delivered, wanted = _finite(value), _finite(exact)
    return None if delivered is None or wanted is None else delivered - wanted


def _neighbour(fmt: Format, value: Exact, sign: int) -> Neighbour | None:
    """The next value in one direction: what rounds there from a hair beyond this one."""
    if isinstance(value, float) and value != 0:
        if value != sign * -float("inf"):  # a NaN, or nothing lies beyond
            return None
        code = fmt.lowest_code if sign > 0 else fmt.max_code
        return Neighbour(code=code, value=codes.value(fmt, code))
    env = Env(rounding="toward_positive" if sign > 0 else "toward_negative", overflow="infinity")
    code, flags = codes.rounded(_beside(fmt, Fraction(value), sign), fmt, env)
    found = codes.value(fmt, code)
    beyond = Flags.INVALID in flags or (Flags.OVERFLOW in flags and not fmt.has_inf)
    return None if beyond or found == value else Neighbour(code=code, value=found)


def _beside(fmt: Format, value: Fraction, sign: int) -> str:
    """A quarter of an ulp beside the value, as text; beside zero the smallest value."""
    if value == 0:
        return ("-" if sign < 0 else "") + fmt.to_string(fmt.min_positive_code, "hex")
    exp = _ulp_exponent(fmt, value) - 2
    shift = value.denominator.bit_length() - 1 + exp
    quarters = (value.numerator >> shift if shift >= 0 else value.numerator << -shift) + sign
    return f"{'-' if quarters < 0 else ''}{abs(quarters):#x}p{exp}"


def _outcomes(source: Any, fmt: Format, env: Env, *, by_code: bool) -> tuple[Outcome, ...]:
    """Every rounding with every policy, the environment else as it is."""
    found = []
    for rounding in (name for name in ROUNDINGS if not Env(rounding=name).is_stochastic):
        for overflow in OVERFLOWS:
            each = dataclasses.replace(env, rounding=rounding, overflow=overflow, compat=None)
            if by_code:
                delivered, flags = convert(source, fmt, fmt, env=each, flags="any")
            else:
                delivered, flags = encode(source, fmt, env=each, flags="any")
            code = codes.integer(delivered)
            found.append(
                Outcome(rounding=rounding, overflow=overflow, code=code, value=codes.value(fmt, code), flags=flags)
            )
    return tuple(found)


def _expansion(exact: Exact | None, precision: int) -> Expansion | None:
    size = _finite(exact)
    if size is None:
        return None
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
    exponent = _floor_log2(abs(size))
    digits, _, is_cut = _multiply(abs(size) / Fraction(2) ** exponent - 1, 1, wanted)
    point = "." if digits else ""
    return f"{'-' if size < 0 else ''}1{point}{digits}{'...' if is_cut else ''} * 2^{exponent}"


def _shortened(digits: str) -> str:
    return digits if len(digits) <= 2 * _MAX_STEPS else f"{digits[:_MAX_STEPS]}...{digits[-8:]}"


def _text(value: Exact | None) -> str | None:
    return None if value is None else printing.number(value)


def _names(flags: Flags) -> list[str]:
    return [name.lower() for flag in Flags if flag in flags and (name := flag.name)]


def _neighbour_dict(fmt: Format, neighbour: Neighbour | None) -> dict[str, str | None] | None:
    if neighbour is None:
        return None
    return {"code": hex_code(fmt, neighbour.code), "value": _text(neighbour.value)}


def _expansion_dict(expansion: Expansion) -> dict[str, Any]:
    return {
        "integer_steps": [[_text(Fraction(n)), _text(Fraction(q)), r] for n, q, r in expansion.integer_steps],
        "fraction_steps": [[_text(f), _text(double), digit] for f, double, digit in expansion.fraction_steps],
        "binary": expansion.binary,
        "scientific": expansion.scientific,
        "note": expansion.note,
    }
