# SPDX-License-Identifier: BSD-3-Clause
"""Rounding by definition: one exact value into one format, code and flags (SEMANTICS 2 to 6).

A `Case` brackets the exact value once, on the delivered grid and on the grid with unbounded exponent; `outcome` then
derives every rounding, overflow, tininess, flushing and NaN rule from the two brackets. Nothing here is shared with the
library but plain parameters.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Protocol

from oracle_format import (
    NO_PAYLOAD,
    Fmt,
    FormatLike,
    Layout,
    Value,
    boundary_values,
    codes_in_order,
    decode,
    floor_log2,
    layout,
    neighbours,
    pow2,
    tininess_slices,
    value_of,
)

__all__ = [
    "DIVIDE_BY_ZERO", "INEXACT", "INVALID", "NO_PAYLOAD", "OVERFLOW", "UNDERFLOW", "Case", "Env", "EnvLike", "Fmt",
    "FormatLike", "NanRaised", "Value", "boundary_values", "codes_in_order", "convert", "daz_operand", "decode",
    "encode", "exact_value", "neighbours", "tininess_slices", "value_of",
]  # fmt: skip

INEXACT, UNDERFLOW, OVERFLOW, DIVIDE_BY_ZERO, INVALID = 1, 2, 4, 8, 16
HALF = Fraction(1, 2)

PROPAGATING_PROFILES = ("x86_sse", "x87", "arm", "sf_8086_sse", "sf_8086", "sf_arm")
CANONICAL_PROFILES = ("canonical", "riscv", "arm_default_nan", "sf_arm_dn", "sf_riscv")
NEGATIVE_CANONICAL = ("x86_sse", "x87", "sf_8086_sse", "sf_8086")


class NanRaised(Exception):
    """A NaN would be delivered into a format without NaN under nan_substitute="raise"."""


class EnvLike(Protocol):
    """The environment fields of SEMANTICS 8 that a rounding reads; random_bits_count may be absent (0)."""

    @property
    def rounding(self) -> str: ...
    @property
    def overflow(self) -> str | None: ...
    @property
    def tininess(self) -> str: ...
    @property
    def nan(self) -> str: ...
    @property
    def nan_substitute(self) -> str: ...
    @property
    def ftz(self) -> str: ...
    @property
    def daz(self) -> bool | Collection[str]: ...
    @property
    def flush_except_width(self) -> int | None: ...


@dataclass(frozen=True, kw_only=True)
class Env:
    """The defaults of SEMANTICS 8."""

    rounding: str = "ties_even"
    overflow: str | None = None
    tininess: str = "after"
    nan: str = "canonical"
    nan_substitute: str = "max"
    ftz: str = "off"
    daz: bool | Collection[str] = False
    flush_except_width: int | None = None
    int_overflow: str = "saturate"
    rounding_precision: int | None = None
    random_bits_count: int = 0


@dataclass(frozen=True)
class Bracket:
    """Two neighbouring grid values around a magnitude, and where between them it lies: lower + nu * (upper - lower)."""

    lower: Fraction
    upper: Fraction
    nu: Fraction
    lower_even: bool

    @cached_property
    def half(self) -> int:
        """-1, 0 or 1: nu is below, at or above one half."""
        return (self.nu > HALF) - (self.nu < HALF)


def unbounded_bracket(magnitude: Fraction, precision: int, bias: int) -> Bracket:
    """Bracket with unbounded exponent; parity at precision 1 is that of Q + B continued (SEMANTICS 2)."""
    return _bracket(magnitude, floor_log2(magnitude) - precision + 1, precision, bias)


def delivered_bracket(lay: Layout, magnitude: Fraction) -> Bracket:
    """Bracket on the delivered grid, Q = max(floor(log2 x), emin) - P + 1, which ends only upwards (SEMANTICS 2)."""
    if magnitude < lay.smallest and not lay.fmt.has_zero:  # SEMANTICS 3: the smallest in every mode
        return Bracket(lay.smallest, lay.smallest, HALF, True)
    if magnitude < lay.smallest:  # also the gap next to zero: exact distance, zero is the even code
        return Bracket(Fraction(0), lay.smallest, magnitude / lay.smallest, True)
    quantum = max(floor_log2(magnitude), lay.emin) - lay.frac_bits
    return _bracket(magnitude, quantum, lay.fmt.precision, lay.fmt.bias)


def _bracket(magnitude: Fraction, quantum: int, precision: int, bias: int) -> Bracket:
    """S = floor(x 2^-Q) and nu = frac(x 2^-Q); CodeIsEven as in P3109 4.7.4."""
    top, bottom = magnitude.numerator << max(-quantum, 0), magnitude.denominator << max(quantum, 0)
    floor, rest = divmod(top, bottom)
    even = floor % 2 == 0 if precision > 1 else floor == 0 or (quantum + bias) % 2 == 0
    unit = pow2(quantum)
    return Bracket(floor * unit, (floor + 1) * unit, Fraction(rest, bottom), even)


def goes_up(bracket: Bracket, env: EnvLike, sign: int, r: int) -> bool:
    """Whether the magnitude rounds to bracket.upper (P3109 4.7.4 RoundAway)."""
    match env.rounding:
        case "ties_even":
            return bracket.half > 0 or (bracket.half == 0 and not bracket.lower_even)
        case "ties_away":
            return bracket.half >= 0
        case "toward_zero":
            return False
        case "toward_positive":
            return bool(bracket.nu) and not sign
        case "toward_negative":
            return bool(bracket.nu) and bool(sign)
        case "to_odd":
            return bool(bracket.nu) and bracket.lower_even
        case _:
            return _goes_up_stochastic(bracket.nu, env, r)


def _goes_up_stochastic(nu: Fraction, env: EnvLike, r: int) -> bool:
    """Stochastic A, B, C of P3109 4.7.4 with N = random_bits_count and 0 <= R < 2^N."""
    one = 1 << int(getattr(env, "random_bits_count", 0))
    if not 0 <= r < one:
        raise ValueError(f"random bits {r} are not below {one}")
    match env.rounding:
        case "stochastic_a":
            return nu * one // 1 + r >= one
        case "stochastic_b":
            return nu * 2 * one // 1 + 2 * r + 1 >= 2 * one
        case "stochastic_c":
            return round(nu * one) + r >= one  # round() of a Fraction is to nearest, ties to even
        case _:
            raise ValueError(f"rounding={env.rounding!r}")


def is_inward(env: EnvLike, sign: int) -> bool:
    """Whether a result of that sign is rounded towards zero, so that overflow stops at max (754 7.4)."""
    return env.rounding in ("toward_zero", "toward_negative" if not sign else "toward_positive")


def policy(lay: Layout, env: EnvLike) -> str:
    """The overflow policy with its default resolved (SEMANTICS 3)."""
    chosen = env.overflow or ("ieee" if lay.fmt.has_inf else "saturate")
    if chosen not in ("ieee", "saturate", "propagate", "infinity", "sat_none"):
        raise ValueError(f"overflow={chosen!r}")
    return chosen


def beyond_max(lay: Layout, env: EnvLike, sign: int, *, infinite: bool) -> str:
    """Where a result beyond max goes: "inf", "nan" or "max" (the table of SEMANTICS 3, representable signs)."""
    inf_or_max = "inf" if lay.fmt.has_inf else "max"
    inf_nan_max = "nan" if not lay.fmt.has_inf and lay.has_nan else inf_or_max
    match policy(lay, env):
        case "ieee":
            to_max = not infinite and (is_inward(env, sign) or env.rounding == "to_odd")
            return "max" if to_max else inf_nan_max
        case "saturate":
            return "max"
        case "propagate":
            return inf_or_max if infinite else "max"
        case "infinity":
            return inf_nan_max
        case _:  # sat_none: P3109 4.7.5
            odd_stops = env.rounding == "to_odd" and not lay.fmt.is_signed
            to_max = not infinite and (is_inward(env, sign) or odd_stops)
            return "max" if to_max else inf_or_max


def canonical_nan(lay: Layout, env: EnvLike) -> int:
    """The canonical NaN code (SEMANTICS 5)."""
    if lay.nan_is_neg_zero:
        return lay.code(1, 0)
    if not lay.fmt.has_quiet_bit:
        return lay.code(0, lay.top_ordinal)
    return quiet_nan(lay, int(env.nan in NEGATIVE_CANONICAL), 0)


def quiet_nan(lay: Layout, sign: int, payload: int) -> int:
    """The quiet NaN of a format with a quiet bit that has this sign and payload."""
    return lay.code(sign, (lay.max_ordinal + 1) | 1 << lay.fmt.precision - 2 | payload)


def substitute(lay: Layout, env: EnvLike, sign: int) -> int:
    """What stands for a NaN of that sign in a format without NaN (SEMANTICS 5)."""
    sign = sign if lay.fmt.is_signed else 0
    match env.nan_substitute:
        case "max":
            return lay.code(0, lay.max_ordinal)
        case "signed_max":
            return lay.code(sign, lay.max_ordinal)
        case "zero":
            return 0
        case "signed_zero":
            return lay.zero_code(sign)
        case "inverted_zero":
            return lay.zero_code(1 - sign)
        case "raise":
            raise NanRaised
        case _:
            raise ValueError(f"nan_substitute={env.nan_substitute!r}")


def made_nan(lay: Layout, env: EnvLike) -> int:
    """The NaN that an operation or a policy makes: canonical, else substituted for a positive one (SEMANTICS 3, 5)."""
    return canonical_nan(lay, env) if lay.has_nan else substitute(lay, env, 0)


def is_flushing_width(fmt: FormatLike, env: EnvLike) -> bool:
    """flush_except_width leaves the formats of that width alone (SEMANTICS 6)."""
    return env.flush_except_width != fmt.width


class Case:
    """One exact value on its way into one format; construct once, ask for the outcome under many environments."""

    def __init__(self, dst: FormatLike, value: Value) -> None:
        self.layout = lay = layout(dst)
        self.value = value
        if value.kind != "finite":
            return
        if value.magnitude <= 0:
            raise ValueError("a finite Value has a positive magnitude")
        self.grid = delivered_bracket(lay, value.magnitude)
        ends = [(end, lay.value_ordinal(end)) for end in (self.grid.lower, self.grid.upper)]
        self.ordinals = [ordinal for _, ordinal in ends]
        self.inexact = [end != value.magnitude for end, _ in ends]
        self.tiny_before = value.magnitude < lay.smallest_normal
        self.tiny_after = [False, False]  # the smallest normal lies on the grid: nothing from there on rounds below it
        if self.tiny_before:
            self.tiny_after = [end < lay.smallest_normal for end in (self.free.lower, self.free.upper)]

    @cached_property
    def free(self) -> Bracket:
        """The bracket with unbounded exponent."""
        return unbounded_bracket(self.value.magnitude, self.layout.fmt.precision, self.layout.fmt.bias)

    def outcome(self, env: EnvLike, r: int = 0) -> tuple[int, int]:
        """(code, flags) delivered for the value: SEMANTICS 2 to 6."""
        match self.value.kind:
            case "finite":
                return self._finite(env, r)
            case "zero":
                return self._zero(env)
            case "inf":
                return self._infinite(env)
            case "qnan" | "snan":
                return self._nan(env)
            case _:
                raise ValueError(f"kind={self.value.kind!r}")

    def _finite(self, env: EnvLike, r: int) -> tuple[int, int]:
        """Flushing, then rounding, then range."""
        sign, lay = self.value.sign, self.layout
        tiny_after = self.tiny_before and self.tiny_after[goes_up(self.free, env, sign, r)]
        flushed = self._flushed(env, tiny_after=tiny_after)
        if flushed is not None:
            return flushed
        up = goes_up(self.grid, env, sign, r)
        ordinal = self.ordinals[up]
        is_zero = ordinal == 0 and lay.fmt.has_zero
        if sign and not lay.fmt.is_signed and not is_zero:
            return self._negative_into_unsigned(env)
        if ordinal > lay.max_ordinal:
            return self._beyond_max(env)
        flags = INEXACT if self.inexact[up] else 0
        if flags and self._tiny(env, tiny_after=tiny_after):
            flags |= UNDERFLOW
        return lay.zero_code(sign) if is_zero else lay.code(sign, ordinal), flags

    def _tiny(self, env: EnvLike, *, tiny_after: bool) -> bool:
        """Tiny as env.tininess has it (754 7.5)."""
        if env.tininess not in ("after", "before"):
            raise ValueError(f"tininess={env.tininess!r}")
        return tiny_after if env.tininess == "after" else self.tiny_before

    def _flushed(self, env: EnvLike, *, tiny_after: bool) -> tuple[int, int] | None:
        """SEMANTICS 6 ftz: each kind by its own tininess, before every other range rule."""
        if env.ftz not in ("off", "x86", "arm"):
            raise ValueError(f"ftz={env.ftz!r}")
        lay = self.layout
        if env.ftz == "off" or not lay.fmt.has_zero or not is_flushing_width(lay.fmt, env):
            return None
        if env.ftz == "x86":
            return (lay.zero_code(self.value.sign), UNDERFLOW | INEXACT) if tiny_after else None
        return (lay.zero_code(self.value.sign), UNDERFLOW) if self.tiny_before else None

    def _zero(self, env: EnvLike) -> tuple[int, int]:
        """An exact zero; a format without zero delivers the smallest or NaN (SEMANTICS 3)."""
        lay = self.layout
        if lay.fmt.has_zero:
            return lay.zero_code(self.value.sign), 0
        if policy(lay, env) in ("saturate", "propagate"):
            return lay.code(0, lay.first_ordinal), UNDERFLOW | INEXACT
        return made_nan(lay, env), INVALID

    def _infinite(self, env: EnvLike) -> tuple[int, int]:
        """An infinite exact result."""
        if self.value.sign and not self.layout.fmt.is_signed:
            return self._negative_into_unsigned(env)
        return self._beyond_max(env)

    def _beyond_max(self, env: EnvLike) -> tuple[int, int]:
        """A result beyond max after rounding, or infinite, whose sign the format has (SEMANTICS 3 and 4)."""
        lay, sign = self.layout, self.value.sign
        infinite = self.value.kind == "inf"
        match beyond_max(lay, env, sign, infinite=infinite):
            case "inf":
                return lay.inf_code(sign), 0 if infinite else OVERFLOW | INEXACT
            case "max":
                return lay.code(sign, lay.max_ordinal), OVERFLOW | INEXACT
            case _:
                return made_nan(lay, env), INVALID if infinite else OVERFLOW | INEXACT

    def _negative_into_unsigned(self, env: EnvLike) -> tuple[int, int]:
        """A negative that survived rounding, or -Inf: the lowest code or NaN, always invalid (SEMANTICS 3 and 4)."""
        chosen = policy(self.layout, env)
        infinite = self.value.kind == "inf"
        stops = chosen == "sat_none" and not infinite and is_inward(env, 1)
        if chosen in ("saturate", "propagate") or stops:
            return 0, INVALID
        return made_nan(self.layout, env), INVALID

    def _nan(self, env: EnvLike) -> tuple[int, int]:
        """A NaN: quieted, its payload aligned at the quiet bit; canonical; or substituted (SEMANTICS 5)."""
        lay, (payload, n_bits) = self.layout, self.value.payload
        if env.nan not in PROPAGATING_PROFILES + CANONICAL_PROFILES:
            raise ValueError(f"nan={env.nan!r}")
        if not lay.has_nan:
            return substitute(lay, env, self.value.sign), INVALID
        flags = INVALID if self.value.kind == "snan" else 0
        indefinite = env.nan == "x87" and self.value.unsupported  # Intel SDM 1 8.2.2, table 8-3
        if env.nan in CANONICAL_PROFILES or not lay.fmt.has_quiet_bit or n_bits < 0 or indefinite:
            return canonical_nan(lay, env), flags
        shift = lay.fmt.precision - 2 - n_bits
        aligned = payload << shift if shift >= 0 else payload >> -shift
        return quiet_nan(lay, self.value.sign, aligned), flags


def exact_value(value: Value | Fraction | int) -> Value:
    """A number as a Value; Value itself passes. The number 0 is +0."""
    if isinstance(value, Value):
        return value
    if value == 0:
        return Value("zero")
    return Value("finite", int(value < 0), abs(Fraction(value)))


def daz_operand(fmt: FormatLike, value: Value, env: EnvLike, name: str = "a") -> Value:
    """The operand after DAZ (SEMANTICS 6): a subnormal one becomes a signed zero, +0 where there is no -0."""
    wanted = env.daz if isinstance(env.daz, bool) else name in env.daz
    if wanted and value.subnormal and is_flushing_width(fmt, env):
        return Value("zero", value.sign if fmt.has_neg_zero else 0)
    return value


def encode(fmt: FormatLike, value: Value | Fraction | int, env: EnvLike, r: int = 0) -> tuple[int, int]:
    """(code, flags) of an exact value rounded once into fmt."""
    return Case(fmt, exact_value(value)).outcome(env, r)


def convert(src: FormatLike, dst: FormatLike, code: int, env: EnvLike, r: int = 0) -> tuple[int, int]:
    """(code, flags) of a source code rounded into dst, DAZ on operand "a" first; also to the same format."""
    return encode(dst, daz_operand(src, decode(src, code), env), env, r)
