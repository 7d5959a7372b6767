# SPDX-License-Identifier: BSD-3-Clause
"""Why each flag of one result is raised, or why not although it is near (IEEE 754-2019 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from numfmt.modes import Env, Flags

if TYPE_CHECKING:
    from numfmt.position import Position

_MADE = {
    "mul": ("0 * Inf has no value", "IEEE 754-2019 7.2b"),
    "fma": ("0 * Inf or Inf - Inf has no value", "IEEE 754-2019 7.2c, 7.2d"),
    "add": ("Inf - Inf has no value", "IEEE 754-2019 7.2d"),
    "sub": ("Inf - Inf has no value", "IEEE 754-2019 7.2d"),
    "faa": ("Inf - Inf has no value", "IEEE 754-2019 7.2d"),
    "div": ("0/0 or Inf/Inf has no value", "IEEE 754-2019 7.2e"),
    "remainder": ("the remainder by 0 or of Inf has no value", "IEEE 754-2019 7.2f"),
    "fmod": ("the remainder by 0 or of Inf has no value", "C23 F.10.7.1"),
    "sqrt": ("a negative number has no square root", "IEEE 754-2019 7.2g"),
    "rsqrt": ("a negative number has no square root", "IEEE 754-2019 9.2.1"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """One flag: raised or near to it, by which clause, and why."""

    flag: str
    raised: bool
    clause: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the reasons are given from."""

    op: str
    kinds: tuple[str, ...]  # of the operands: views' words, "integer"
    to_integer: bool
    flags: Flags
    env: Env
    exact_kind: str  # zero, finite, infinite, nan, none
    exact_sign: int
    position: Position | None
    tiny: tuple[bool, bool | None]
    unsigned: bool  # is the destination?
    beyond: bool  # does the exact magnitude exceed the largest finite?


def reasons(facts: Facts) -> tuple[Reason, ...]:
    """A row for every flag that is raised or near, in the order of the flags' bits."""
    rows = [_inexact(facts), _underflow(facts), _overflow(facts), _divide_by_zero(facts), _invalid(facts)]
    return tuple(row for row in rows if row is not None)


def _row(facts: Facts, flag: Flags, clause: str, text: str) -> Reason:
    return Reason(flag=str(flag), raised=flag in facts.flags, clause=clause, text=text)


def _inexact(facts: Facts) -> Reason | None:
    clause = "IEEE 754-2019 7.6"
    if Flags.INEXACT in facts.flags:
        if Flags.OVERFLOW in facts.flags:
            return _row(facts, Flags.INEXACT, "IEEE 754-2019 7.4", "overflow raises inexact too")
        return _row(facts, Flags.INEXACT, clause, "the delivered value differs from the exact result")
    if facts.position is None or (Flags.INVALID in facts.flags and facts.position.is_exact):
        return None
    if Flags.INVALID in facts.flags:
        return _row(facts, Flags.INEXACT, "IEEE 754-2019 7.1", "invalid comes alone")
    if facts.position.is_exact:
        return _row(facts, Flags.INEXACT, clause, "the exact result is delivered: every discarded bit is 0")
    text = "this operation does not tell" if facts.to_integer else "flushing to zero raises underflow only"
    return _row(facts, Flags.INEXACT, "IEEE 754-2019 5.8, 5.9" if facts.to_integer else "Env.ftz", text)


def _underflow(facts: Facts) -> Reason | None:
    clause = "IEEE 754-2019 7.5"
    before, after = facts.tiny
    when = facts.env.tininess
    if Flags.UNDERFLOW in facts.flags:
        if not before and facts.exact_kind == "zero":
            return _row(facts, Flags.UNDERFLOW, clause, "there is no zero: the smallest value is delivered for it")
        flushed = "" if facts.env.ftz == "off" else f", and ftz is {facts.env.ftz}"
        return _row(facts, Flags.UNDERFLOW, clause, f"tiny {when} rounding, and inexact{flushed}")
    if not before or facts.to_integer:
        return None
    if facts.position is not None and facts.position.is_exact:
        return _row(facts, Flags.UNDERFLOW, clause, "tiny, but exact")
    if Flags.INEXACT in facts.flags and after is False:
        text = "tiny before rounding, but not after: it rounds to the smallest normal with unbounded exponent"
        return _row(facts, Flags.UNDERFLOW, clause, text)
    return None


def _overflow(facts: Facts) -> Reason | None:
    clause = "IEEE 754-2019 7.4"
    if Flags.OVERFLOW in facts.flags:
        if facts.exact_kind == "infinite":
            return _row(facts, Flags.OVERFLOW, "Env.overflow", "an infinite result is delivered as the largest number")
        return _row(facts, Flags.OVERFLOW, clause, "rounded, the magnitude lies beyond the largest finite number")
    if facts.beyond and Flags.INVALID not in facts.flags and not facts.to_integer:
        text = "beyond the largest finite number before rounding, but it rounds to that"
        return _row(facts, Flags.OVERFLOW, clause, text)
    if facts.exact_kind == "infinite" and facts.flags == Flags(0):
        return _row(facts, Flags.OVERFLOW, "IEEE 754-2019 6.1", "arithmetic on infinities is exact")
    return None


def _divide_by_zero(facts: Facts) -> Reason | None:
    clause = "IEEE 754-2019 7.3"
    if Flags.DIVIDE_BY_ZERO in facts.flags:
        return _row(facts, Flags.DIVIDE_BY_ZERO, clause, "an exact infinite result of finite operands")
    if facts.op != "div" or facts.kinds[1] != "zero":
        return None
    text = {"zero": "0/0 is invalid instead", "infinite": "Inf/0 is an exact infinity"}.get(facts.kinds[0], "")
    return _row(facts, Flags.DIVIDE_BY_ZERO, clause, text or "a NaN divided by zero is a NaN")


def _invalid(facts: Facts) -> Reason | None:
    if Flags.INVALID in facts.flags:
        text, clause = _why_invalid(facts)
        return _row(facts, Flags.INVALID, clause, text)
    if "signaling NaN" in facts.kinds:
        text = "an operation on bits signals nothing, not even for a signalling NaN"
        return _row(facts, Flags.INVALID, "IEEE 754-2019 5.5.1, 5.7.2, 5.10", text)
    if "quiet NaN" in facts.kinds:
        return _row(facts, Flags.INVALID, "IEEE 754-2019 6.2", "a quiet NaN signals nothing here")
    return None


def _why_invalid(facts: Facts) -> tuple[str, str]:
    """Text and clause."""
    if "signaling NaN" in facts.kinds:
        return "an operand is a signalling NaN", "IEEE 754-2019 7.2a"
    if facts.to_integer and facts.op.startswith("to_int"):
        return "NaN, Inf or a number beyond the integer type's range", "IEEE 754-2019 5.8, 7.2i"
    if "quiet NaN" in facts.kinds:
        if facts.exact_kind == "none":
            return "a signalling comparison with a NaN", "IEEE 754-2019 5.6.1, 7.2j"
        if facts.op == "fma" and {"zero", "infinite"} <= set(facts.kinds[:2]):
            return "0 * Inf + NaN, which this NaN profile signals", "IEEE 754-2019 7.2c"
        return "a NaN into a format without NaN", "Env.nan_substitute"
    if facts.exact_kind == "nan" and facts.op in _MADE:
        return _MADE[facts.op]
    if facts.unsigned and facts.exact_sign:
        return "a negative result into an unsigned format", "Env.overflow"
    if facts.exact_kind == "zero":
        return "an exact zero into a format without zero", "Env.overflow"
    return "an infinite result into a format without Inf", "Env.overflow"
