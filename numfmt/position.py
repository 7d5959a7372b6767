# SPDX-License-Identifier: BSD-3-Clause
"""Where an exact result lies among the values of its destination: bits kept and dropped, tininess, neighbours."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import _bind, codes, formats
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.modes import Env, Flags, Rounding, env_struct

Exact = Fraction | float

#: Discarded bits that are shown.
_SHOWN = 64
#: Beyond this power of two every format ends.
FAR = 1 << 22


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """The exact magnitude in binary: significand * 2**exponent, kept up to the last bit, and what rounding drops.

    significand
        The kept digits, such as ``1.011``; ``0.0101`` for a subnormal result.
    last, guard, sticky
        The last bit that is kept (L), the first that is dropped (G), whether there is anything below (S).
    discarded
        The dropped bits from the guard bit down, 64 at most; ``...`` if anything lies below those.
    """

    significand: str
    exponent: int
    last: int
    guard: int
    sticky: int
    discarded: str

    @property
    def is_exact(self) -> bool:
        return not (self.guard or self.sticky)

    @property
    def is_tie(self) -> bool:
        return bool(self.guard) and not self.sticky

    def as_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self) | {"is_exact": self.is_exact, "is_tie": self.is_tie}


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """The value of the destination next to an exact result; the result itself if it is one."""

    code: int
    value: Exact


def near(parts: Any) -> Any:
    """The record with its exponent brought to where every format ends, if it lies beyond."""
    exp = int(parts["exp"])
    if abs(exp) <= FAR:
        return parts
    made = parts.copy()
    made["exp"] = FAR if exp > 0 else -FAR
    return made


def position(parts: Any, fmt: Format, env: Env) -> Position | None:
    """The position of one PARTS record on its way into a format; None unless it is finite and not zero."""
    if int(parts["kind"]) != _bind.KIND_FINITE:
        return None
    kept = min(fmt.precision, env.rounding_precision or fmt.precision)
    top = int(parts["exp"]) + 127
    return _split(parts, 128 - kept + max(0, fmt.emin - top), kept, max(top, fmt.emin))


def integer_position(parts: Any) -> Position | None:
    """The same for a rounding to an integer, whose last bit counts 1."""
    if int(parts["kind"]) != _bind.KIND_FINITE:
        return None
    return _split(parts, max(-int(parts["exp"]), 0), 1, max(0, int(parts["exp"]) + 127))


def _split(parts: Any, dropped: int, kept: int, exponent: int) -> Position:
    """Of 128 bits and some imagined ones above, the low ``dropped`` are not kept."""
    sig = int(parts["sig_hi"]) << 64 | int(parts["sig_lo"])
    high, low = sig >> dropped, sig & ((1 << dropped) - 1)
    digits = f"{high:0{max(kept, exponent + 1 if kept == 1 else kept)}b}"
    sticky = bool(parts["sticky"])
    text = f"{low:0{dropped}b}" if dropped else ""
    shown = text[:_SHOWN].rstrip("0") or text[:1]
    more = "..." if sticky or "1" in text[_SHOWN:] else ""
    return Position(
        significand=digits[0] + (f".{digits[1:]}" if len(digits) > 1 else ""),
        exponent=exponent,
        last=high & 1,
        guard=low >> (dropped - 1) if dropped else 0,
        sticky=int(sticky or (dropped > 1 and low & ((1 << (dropped - 1)) - 1) != 0)),
        discarded=(text[:_SHOWN] if more else shown) + more,
    )


def rounded(parts: Any, fmt: Format, env: Env) -> tuple[int, Flags]:
    """Code and flags of one PARTS record."""
    one = np.array([parts], _bind.PARTS)
    code, flags = np.empty(1, fmt.dtype), np.empty(1, np.uint8)
    _bind.round_parts(formats.struct(fmt), env_struct(env), _bind.Arrays(one, code, None, flags))
    return formats.code_int(code[0]), Flags(int(flags[0]))


def smallest_normal(fmt: Format) -> Fraction:
    """2**(1 - bias); in a format without subnormals the smallest positive value (SEMANTICS 4)."""
    return fmt.min_positive if fmt.exp0 == "normal" else Fraction(2) ** (1 - fmt.bias)


def tininess(parts: Any, fmt: Format, env: Env, *, random: bool = False) -> tuple[bool, bool | None]:
    """Is the value tiny before rounding, and after it (IEEE 754-2019 7.5)?  None: random bits decide."""
    if int(parts["kind"]) != _bind.KIND_FINITE:
        return False, False
    before = abs(Fraction(formats.exact(near(parts)))) < smallest_normal(fmt)
    if random or not before:
        return before, None if before else False
    after = dataclasses.replace(env, tininess="after", ftz="off", overflow=None)
    flags = rounded(parts, fmt, after)[1]
    return before, Flags.UNDERFLOW in flags if Flags.INEXACT in flags else before


def neighbours(parts: Any, fmt: Format, env: Env) -> tuple[Beside | None, Beside | None]:
    """The largest value of the format that is not above the exact one, and the smallest that is not below it."""
    if int(parts["kind"]) not in (_bind.KIND_ZERO, _bind.KIND_FINITE):
        return None, None
    exact = Fraction(formats.exact(near(parts)))
    below, above = (_toward(parts, fmt, env, way) for way in ("toward_negative", "toward_positive"))
    slack = 0 if not parts["sticky"] else (-1 if parts["sign"] else 1)
    if below and (below.value > exact or (below.value == exact and slack < 0)):
        below = None  # a format that has nothing there
    if above and (above.value < exact or (above.value == exact and slack > 0)):
        above = None
    return below, above


def integer_neighbours(parts: Any, to: Format | IntType | None) -> tuple[Beside | None, Beside | None]:
    """The integers next to an exact value, where the result's type has them."""
    if int(parts["kind"]) not in (_bind.KIND_ZERO, _bind.KIND_FINITE) or to is None:
        return None, None
    exact = Fraction(formats.exact(near(parts)))
    return _integer(math.floor(exact), to), _integer(math.ceil(exact), to)


def _integer(number: int, to: Format | IntType) -> Beside | None:
    if not isinstance(to, IntType):
        code, flags = codes.rounded(number, to)
        return None if flags else Beside(code=code, value=Fraction(number))
    if not to.values[0] <= number <= to.values[-1]:
        return None
    return Beside(code=int(to.encode("number", [number])[0]), value=Fraction(number))


def _toward(parts: Any, fmt: Format, env: Env, rounding: str) -> Beside | None:
    way: Rounding = "toward_negative" if rounding == "toward_negative" else "toward_positive"
    plain = Env(rounding=way, overflow="ieee", nan_substitute="zero", rounding_precision=env.rounding_precision)
    code, flags = rounded(parts, fmt, plain)
    value = codes.value(fmt, code)
    if Flags.INVALID in flags or (isinstance(value, float) and math.isnan(value)):
        return None
    return Beside(code=code, value=value)
