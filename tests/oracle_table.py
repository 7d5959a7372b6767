# SPDX-License-Identifier: BSD-3-Clause
"""The value-table oracle: encode and convert by search in the sorted table of a format's values (SEMANTICS 2-6).

Every code of the destination is decoded by the prose of SEMANTICS 1, the finite non-negative values are sorted, and
each operand is bracketed once between two neighbours; one would-be value of the unbounded grid stands above the
largest finite and one below the smallest normal. All roundings, overflow policies, tininess rules, flushes and NaN
rules are read off that one bracket by comparisons; the operand's exponent is never looked at.

Limits: destinations up to 16 bits, sources up to 32 bits or float64, all of whose values are exact in float64.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from oracle_decode import FINITE, INF, QNAN, SNAN, ZERO, Bools, Floats, FormatLike, Ints, Source, Special, magnitudes

__all__ = ["Bracket", "EnvLike", "FormatLike", "NaNRaised", "Place", "Source", "Table"]

INEXACT, UNDERFLOW, OVERFLOW, DIVBYZERO, INVALID = 1, 2, 4, 8, 16
NEG_ZERO = "-0"
"""How `Table.decode_values` marks a negative zero."""

_NEAREST = frozenset({"ties_even", "ties_away", "stochastic_a", "stochastic_b", "stochastic_c"})
_POLICIES = frozenset({"ieee", "saturate", "propagate", "infinity", "sat_none"})
_X86_NANS = frozenset({"x86_sse", "x87", "sf_8086_sse", "sf_8086"})
_PAYLOAD_NANS = _X86_NANS | {"arm", "sf_arm"}
_CANONICAL_NANS = frozenset({"canonical", "riscv", "arm_default_nan", "sf_arm_dn", "sf_riscv"})
_SUBSTITUTES = frozenset({"max", "signed_max", "zero", "signed_zero", "inverted_zero", "raise"})


class EnvLike(Protocol):
    """The environment of SEMANTICS 8; stochastic modes also read `random_bits_count`."""

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


class NaNRaised(Exception):
    """A NaN result met a format without NaN under nan_substitute="raise" (SEMANTICS 5)."""


@dataclass(frozen=True)
class Place:
    """Operands between two neighbours of a grid: the exact position is offset / gap, both exact in float64."""

    offset: Floats
    gap: Floats
    half: NDArray[np.int8]
    """-1, 0, 1: below, at or above the midpoint."""
    even: Bools
    """Whether the lower neighbour's code is even; at precision 1 too (SEMANTICS 2, P3109 4.7.4)."""

    @property
    def nu(self) -> Floats:
        """The position in [0, 1); rounded only where the gap is no power of two (next to DLFloat16's zero)."""
        position: Floats = self.offset / self.gap
        return position

    def floor(self, n: int) -> tuple[Ints, Bools]:
        """The floor of nu 2^n, exactly, and whether nu 2^n is that integer; n <= 33, and nu is 1 above the gap."""
        unit, power = np.frexp(self.gap)
        scaled = np.ldexp(np.minimum(self.offset, self.gap), n - power)
        count = np.floor(scaled / unit)
        count -= count * unit > scaled
        count += (count + 1.0) * unit <= scaled
        return count.astype(np.int64), count * unit == scaled


def _midpoints(low: Floats, high: Floats) -> Floats:
    """The midpoints of neighbours; raises ValueError unless each is exact (both differences equal and nonzero)."""
    middle = low + (high - low) / 2
    if not np.all((middle - low == high - middle) & (middle > low) & np.isfinite(high)):
        raise ValueError("a midpoint of the format is not exact in float64")
    return middle


def _stochastic(place: Place, mode: str, n: int, random: Ints) -> Bools:
    """P3109 v4.0 4.7.4: StochasticA, B, C with N = n bits and R = random."""
    if mode == "stochastic_a":
        total = place.floor(n)[0] + random
    else:
        doubled, whole = place.floor(n + 1)
        if mode == "stochastic_b":
            n, total = n + 1, doubled + 2 * random + 1
        else:
            count = doubled // 2
            total = count + random + ((doubled % 2 == 1) & (~whole | (count % 2 == 1)))
    away: Bools = total >= 2**n
    return away


def _away(place: Place, sign: Bools, env: EnvLike, random: Ints | None) -> Bools:
    """Whether the upper neighbour is taken (SEMANTICS 2, P3109 v4.0 4.7.4)."""
    inexact, mode = place.offset > 0.0, env.rounding
    match mode:
        case "ties_even":
            return np.greater(place.half, 0) | (np.equal(place.half, 0) & ~place.even)
        case "ties_away":
            return np.greater_equal(place.half, 0)
        case "toward_zero":
            return np.zeros_like(inexact)
        case "toward_positive":
            return inexact & ~sign
        case "toward_negative":
            return inexact & sign
        case "to_odd":
            return inexact & place.even
        case "stochastic_a" | "stochastic_b" | "stochastic_c":
            if random is None:
                raise ValueError("a stochastic mode needs random bits")
            return _stochastic(place, mode, int(getattr(env, "random_bits_count", 0)), random)
    raise ValueError(f"unknown rounding {mode!r}")


@dataclass(frozen=True)
class Bracket:
    """Operands placed in one format's table; every environment's outcome follows from it."""

    source: Source
    lower: Ints
    upper: Ints
    place: Place
    beyond: Bools
    """At or above the would-be value after the largest finite: an overflow in every mode."""
    below: Bools
    """Below the smallest value of a format without zero."""
    tiny: Bools
    """Below the smallest normal before rounding."""
    near: Bools
    """Tiny, and above the unbounded grid's last value below the smallest normal; `unbounded` is the place there."""
    unbounded: Place


def _place(value: Floats, low: Floats, mid: Floats, high: Floats, even: Bools) -> Place:
    half = (value > mid).astype(np.int8) - (value < mid).astype(np.int8)
    return Place(offset=value - low, gap=high - low, half=half, even=even)


class _Result:
    """Codes and flags under construction; a later `put` replaces an earlier one (SEMANTICS 4)."""

    def __init__(self, size: int) -> None:
        self.codes: Ints = np.zeros(size, dtype=np.int64)
        self.flags: NDArray[np.uint8] = np.zeros(size, dtype=np.uint8)

    def put(self, where: Bools, codes: Ints | int, flags: int) -> None:
        np.copyto(self.codes, codes, where=where)
        np.copyto(self.flags, np.uint8(flags), where=where)


class Table:
    """The sorted values of a destination format and the outcome of encode and convert into it."""

    def __init__(self, fmt: FormatLike) -> None:
        if fmt.width > 16:
            raise ValueError("destination formats of at most 16 bits")
        self.fmt, self._special = fmt, Special(fmt)
        self._all = Source.from_codes(fmt, np.arange(2**fmt.width))
        codes = np.flatnonzero((self._all.kind == FINITE) & ~self._all.sign)
        if codes.size == 0:
            raise ValueError("no positive finite value")
        codes = codes[np.argsort(self._all.magnitude[codes], kind="stable")]
        first = int(codes[0])
        grid = np.append(codes, self._special.max + 1)
        values = np.append(self._all.magnitude[codes], magnitudes(fmt, grid[-1:]))
        if fmt.has_zero:
            grid, values = np.append(0, grid), np.append(0.0, values)
        self._codes, self._values, self._mids = grid, values, _midpoints(values[:-1], values[1:])
        self._tabulate_normal(first)

    def _tabulate_normal(self, first: int) -> None:
        """The smallest normal (SEMANTICS 4) and the unbounded grid's value below it, whose code may be -1."""
        fmt = self.fmt
        code = first if fmt.exp0 == "normal" else self._special.fractions
        self._normal = magnitudes(fmt, np.array([code]))
        if fmt.exp0 == "normal" and first > 0 and fmt.precision > 1:
            self._under = magnitudes(fmt, np.array([0]))
        else:
            self._under = self._normal - self._normal * 2.0**-fmt.precision
        self._under_even = (code - 1) % 2 == 0
        self._under_mid = _midpoints(self._under, self._normal)

    def decode_values(self) -> list[Fraction | str]:
        """The exact value of every code: a Fraction, or "inf", "-inf", "nan", or "-0"."""
        words = {QNAN: "nan", SNAN: "nan", INF: "inf"}
        out: list[Fraction | str] = []
        for kind, sign, value in zip(self._all.kind, self._all.sign, self._all.magnitude, strict=True):
            if int(kind) in words:
                out.append("-inf" if kind == INF and sign else words[int(kind)])
            elif kind == ZERO and sign:
                out.append(NEG_ZERO)
            else:
                out.append(Fraction(float(-value if sign else value)))
        return out

    def bracket(self, source: Source) -> Bracket:
        """Place every operand in the table by search, once for all environments."""
        value = np.where(source.kind == FINITE, source.magnitude, 0.0)
        found = np.searchsorted(self._values, value, side="right") - 1
        at = np.clip(found, 0, len(self._values) - 2)
        lower = self._codes[at]
        finite, tiny = source.kind == FINITE, value < self._normal
        even_under = np.full(value.shape, self._under_even)
        return Bracket(
            source=source,
            lower=lower,
            upper=self._codes[at + 1],
            beyond=found > at,
            below=finite & (found < 0),
            place=_place(value, self._values[at], self._mids[at], self._values[at + 1], lower % 2 == 0),
            tiny=finite & tiny,
            near=tiny & (value > self._under),
            unbounded=_place(value, self._under, self._under_mid, self._normal, even_under),
        )

    def outcome(
        self, bracket: Bracket, env: EnvLike, random_bits: Any = None
    ) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
        """Codes and flags of encode / convert; more specific rows are put later and replace the general one."""
        _check(env)
        source, random = bracket.source, None if random_bits is None else np.asarray(random_bits).astype(np.int64)
        result = _Result(source.kind.size)
        kind, sign = self._operands(source, env)
        finite = kind == FINITE
        up = (_away(bracket.place, sign, env, random) & ~bracket.below) | bracket.beyond
        code = np.where(up, bracket.upper, bracket.lower)
        tiny_after = bracket.tiny & ~(bracket.near & _away(bracket.unbounded, sign, env, random))
        tiny = tiny_after if env.tininess == "after" else bracket.tiny
        inexact = (bracket.place.offset > 0.0) | bracket.below
        result.codes[:] = self._signed(code, sign)
        result.flags[:] = np.where(finite & inexact, np.where(tiny, INEXACT | UNDERFLOW, INEXACT), 0)
        over = finite & (code > self._special.max)
        self._put_infinite(result, env, over & _outward(sign, env, self.fmt), sign, operand=False)
        result.put(over & ~_outward(sign, env, self.fmt), self._signed(self._special.max, sign), OVERFLOW | INEXACT)
        self._put_infinite(result, env, kind == INF, sign, operand=True)
        self._put_zeros(result, env, kind == ZERO, sign)
        if not self.fmt.is_signed:
            survives = finite & ((code > 0) | (not self.fmt.has_zero))
            self._put_negatives(result, env, sign & survives, sign & (kind == INF))
        self._flush(result, env, finite & bracket.tiny, finite & tiny_after, sign)
        self._put_nans(result, env, kind, source)
        return result.codes.astype(np.uint32), result.flags

    def _signed(self, code: Ints | int, sign: Bools) -> Ints:
        """Attach the sign; a zero of a format without -0 stays +0 (SEMANTICS 2, 3)."""
        keeps = (np.asarray(code) != 0) | self.fmt.has_neg_zero
        return np.where(sign & keeps, code + self._special.sign, code)

    def _operands(self, source: Source, env: EnvLike) -> tuple[NDArray[np.uint8], Bools]:
        """Kind and sign after DAZ (SEMANTICS 6): a subnormal is a zero of its own format, no flag."""
        applies = env.daz if isinstance(env.daz, bool) else "a" in env.daz
        if not applies or env.flush_except_width == source.width:
            return source.kind, source.sign
        kind = np.where(source.subnormal, np.uint8(ZERO), source.kind)
        return kind, source.sign if source.has_neg_zero else source.sign & ~source.subnormal

    def _put_infinite(self, result: _Result, env: EnvLike, where: Bools, sign: Bools, operand: bool) -> None:
        """A finite overflow taken outward, or an Inf operand (SEMANTICS 3, 4)."""
        policy, special = self._policy(env), self._special
        if self.fmt.has_inf and not (operand and policy == "saturate"):
            result.put(where, self._signed(special.inf, sign), 0 if operand else OVERFLOW | INEXACT)
        elif policy in ("ieee", "infinity") and special.has_nan:
            result.put(where, self._canonical(env), INVALID if operand else OVERFLOW | INEXACT)
        else:
            result.put(where, self._signed(special.max, sign), OVERFLOW | INEXACT)

    def _policy(self, env: EnvLike) -> str:
        """SEMANTICS 3: without a policy, ieee if the format has Inf, else saturate."""
        return env.overflow or ("ieee" if self.fmt.has_inf else "saturate")

    def _put_zeros(self, result: _Result, env: EnvLike, where: Bools, sign: Bools) -> None:
        """Exact zeros, DAZ's among them; formats without zero by policy (SEMANTICS 3, last paragraph)."""
        if self.fmt.has_zero:
            result.put(where, self._signed(0, sign), 0)
        elif self._policy(env) in ("saturate", "propagate"):
            result.put(where, 0, UNDERFLOW | INEXACT)
        else:
            result.put(where, self._made_nan(env, where), INVALID)

    def _put_negatives(self, result: _Result, env: EnvLike, finite: Bools, inf: Bools) -> None:
        """Negatives that survive rounding into an unsigned format (SEMANTICS 3; P3109 v4.0 4.7.5)."""
        policy = self._policy(env)
        if policy in ("saturate", "propagate"):
            result.put(finite | inf, 0, INVALID)
            return
        lowest = np.zeros_like(finite)
        if policy == "sat_none" and env.rounding in ("toward_zero", "toward_positive"):
            lowest = finite
        nan = (finite | inf) & ~lowest
        result.put(lowest, 0, INVALID)
        result.put(nan, self._made_nan(env, nan), INVALID)

    def _flush(self, result: _Result, env: EnvLike, before: Bools, after: Bools, sign: Bools) -> None:
        """FTZ (SEMANTICS 6), before every other range rule: x86 judges after rounding, Arm before."""
        if env.ftz == "off" or env.flush_except_width == self.fmt.width:
            return
        if not self.fmt.has_zero:
            raise ValueError("ftz needs a format with a zero")
        zero = self._signed(0, sign)
        if env.ftz == "x86":
            result.put(after, zero, UNDERFLOW | INEXACT)
        else:
            result.put(before, zero, UNDERFLOW)

    def _canonical(self, env: EnvLike) -> int:
        """The canonical NaN (SEMANTICS 5); negative in the x86 profiles, where the format has a quiet bit."""
        negative = self.fmt.has_quiet_bit and env.nan in _X86_NANS
        return self._special.nan + (self._special.sign if negative else 0)

    def _made_nan(self, env: EnvLike, where: Bools) -> int:
        """A NaN that the operation makes: canonical, or the substitute of a positive NaN."""
        if self._special.has_nan:
            return self._canonical(env)
        return int(self._substitute(env, np.zeros(1, dtype=np.bool_), bool(where.any()))[0])

    def _substitute(self, env: EnvLike, sign: Bools, needed: bool) -> Ints:
        """SEMANTICS 5 nan_substitute; inverted_zero is ml_dtypes' (+NaN gives -0); unsigned ignores the sign."""
        if env.nan_substitute == "raise" and needed:
            raise NaNRaised("NaN into a format without NaN")
        if env.nan_substitute in ("max", "signed_max", "raise"):
            return self._signed(self._special.max, sign & (env.nan_substitute == "signed_max"))
        if env.nan_substitute == "zero":
            return np.zeros(sign.shape, dtype=np.int64)
        return self._signed(0, ~sign if env.nan_substitute == "inverted_zero" else sign)

    def _put_nans(self, result: _Result, env: EnvLike, kind: NDArray[np.uint8], source: Source) -> None:
        """NaN operands (SEMANTICS 5): substitute, canonical, or sign and payload aligned at the quiet bit."""
        nan, signalling = kind >= QNAN, kind == SNAN
        if not self._special.has_nan:
            result.put(nan, self._substitute(env, source.sign, bool(nan.any())), INVALID)
            return
        code: Ints | int = self._canonical(env)
        if env.nan in _PAYLOAD_NANS and source.has_quiet_bit and self.fmt.has_quiet_bit:
            excess = source.payload_bits - (self.fmt.precision - 2)
            payload = source.payload // 2**excess if excess >= 0 else source.payload * 2**-excess
            code = self._signed(self._special.nan + payload, source.sign)
        result.put(nan, code, 0)
        result.put(signalling, code, INVALID)


def _outward(sign: Bools, env: EnvLike, fmt: FormatLike) -> Bools:
    """Which finite overflows go to Inf (or what stands for it) rather than to max (SEMANTICS 3, P3109 4.7.5)."""
    policy = env.overflow or ("ieee" if fmt.has_inf else "saturate")
    if policy in ("saturate", "propagate"):
        return np.zeros_like(sign)
    if policy == "infinity" or env.rounding in _NEAREST:
        return np.ones_like(sign)
    if env.rounding in ("toward_positive", "toward_negative"):
        return np.equal(sign, env.rounding == "toward_negative")
    to_odd = env.rounding == "to_odd" and policy == "sat_none" and not (fmt.has_inf and not fmt.is_signed)
    return np.full_like(sign, to_odd)


def _check(env: EnvLike) -> None:
    """Refuse names that SEMANTICS 3, 4, 5, 6 do not have, so that a misspelt environment proves nothing."""
    if env.overflow is not None and env.overflow not in _POLICIES:
        raise ValueError(f"unknown overflow {env.overflow!r}")
    known = (
        env.tininess in ("after", "before")
        and env.ftz in ("off", "x86", "arm")
        and env.nan in _PAYLOAD_NANS | _CANONICAL_NANS
        and env.nan_substitute in _SUBSTITUTES
    )
    if not known:
        raise ValueError(f"unknown name in {env!r}")
