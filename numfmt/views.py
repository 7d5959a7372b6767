# SPDX-License-Identifier: BSD-3-Clause
"""A view of the bits: one value in one format with everything that led there, as plain data.

Every code, neighbour and outcome comes from the library.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import _bind, codes, formats, printing, sources
from numfmt.codec import convert, encode
from numfmt.expansion import Expansion, expand, floor_log2
from numfmt.formats import Format
from numfmt.modes import OVERFLOWS, ROUNDINGS, Env, Flags, Overflow, Rounding, resolve

Exact = Fraction | float


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
            "expansion": None if self.expansion is None else self.expansion.as_dict(),
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
        expansion=None if (operand_size := _finite(exact)) is None else expand(operand_size, fmt.precision),
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
    return floor_log2(abs(size)) if size else None


def _ulp(fmt: Format, value: Exact) -> Fraction | None:
    """Spacing of the grid that the value lies on; next to zero the smallest value."""
    finite = _finite(value)
    if finite is None:
        return None
    if finite == 0:
        return fmt.min_positive
    return Fraction(2) ** _ulp_exponent(fmt, finite)


def _ulp_exponent(fmt: Format, value: Fraction) -> int:
    return max(floor_log2(abs(value)), fmt.emin) - fmt.precision + 1


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


def _text(value: Exact | None) -> str | None:
    return None if value is None else printing.number(value)


def _names(flags: Flags) -> list[str]:
    return [name.lower() for flag in Flags if flag in flags and (name := flag.name)]


def _neighbour_dict(fmt: Format, neighbour: Neighbour | None) -> dict[str, str | None] | None:
    if neighbour is None:
        return None
    return {"code": hex_code(fmt, neighbour.code), "value": _text(neighbour.value)}
