# SPDX-License-Identifier: BSD-3-Clause
"""How to round: the environment and the flags (SEMANTICS 2-6)."""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass, fields
from enum import IntFlag
from typing import Any, Literal, get_args

from numfmt import _bind

Rounding = Literal[
    "ties_even",
    "ties_away",
    "toward_zero",
    "toward_positive",
    "toward_negative",
    "to_odd",
    "stochastic_a",
    "stochastic_b",
    "stochastic_c",
]
Overflow = Literal["ieee", "saturate", "propagate", "infinity", "sat_none"]
Tininess = Literal["after", "before"]
NanProfile = Literal[
    "canonical",
    "riscv",
    "x86_sse",
    "x87",
    "arm",
    "arm_default_nan",
    "sf_8086_sse",
    "sf_8086",
    "sf_arm",
    "sf_arm_dn",
    "sf_riscv",
]
NanSubstitute = Literal["max", "signed_max", "zero", "signed_zero", "inverted_zero", "raise"]
Ftz = Literal["off", "x86", "arm"]

ROUNDINGS: tuple[Rounding, ...] = get_args(Rounding)
OVERFLOWS: tuple[Overflow, ...] = get_args(Overflow)
TININESSES: tuple[Tininess, ...] = get_args(Tininess)
NAN_PROFILES: tuple[NanProfile, ...] = get_args(NanProfile)
NAN_SUBSTITUTES: tuple[NanSubstitute, ...] = get_args(NanSubstitute)
FTZS: tuple[Ftz, ...] = get_args(Ftz)

#: Field of Env -> the C enumerators' prefix and the names it takes.
_CHOICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "rounding": ("ROUND", ROUNDINGS),
    "overflow": ("OVERFLOW", OVERFLOWS),
    "tininess": ("TININESS", TININESSES),
    "nan": ("NAN", NAN_PROFILES),
    "nan_substitute": ("SUBSTITUTE", NAN_SUBSTITUTES),
    "ftz": ("FTZ", FTZS),
}
_OPERANDS = ("a", "b", "c")


class Flags(IntFlag):
    """The five exceptions of IEEE 754-2019 7, with TestFloat's bit values."""

    INEXACT = 1
    UNDERFLOW = 2
    OVERFLOW = 4
    DIVIDE_BY_ZERO = 8
    INVALID = 16

    def __str__(self) -> str:
        """Names in TestFloat's bit order, such as ``inexact|overflow``; ``none``."""
        return "|".join(flag.name.lower() for flag in type(self) if flag in self and flag.name) or "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Env:
    """An environment: every choice that decides the bits of a result.  Immutable, hashable, picklable.

    rounding
        ``ties_even``, ``ties_away``, ``toward_zero``, ``toward_positive``, ``toward_negative`` (IEEE 754-2019
        4.3); ``to_odd``, ``stochastic_a``, ``stochastic_b``, ``stochastic_c`` (P3109 4.7.4).
    overflow
        What a result beyond the largest finite becomes: ``ieee`` (754-2019 7.4), ``saturate`` (OFP8's SAT),
        ``propagate`` (finite values saturate, Inf stays), ``infinity``, ``sat_none`` (P3109 4.7.5); None: ``ieee``
        if the format has Inf, else ``saturate``.
    tininess
        ``after`` or ``before`` rounding (754-2019 7.5).
    nan
        The profile that picks a NaN result's bits: ``canonical``, ``riscv``, ``x86_sse``, ``x87``, ``arm``,
        ``arm_default_nan``, and SoftFloat's ``sf_8086_sse``, ``sf_8086``, ``sf_arm``, ``sf_arm_dn``, ``sf_riscv``.
    nan_substitute
        What a NaN becomes in a format without NaN: ``max``, ``signed_max``, ``zero``, ``signed_zero``,
        ``inverted_zero`` or ``raise``.
    ftz
        Flush tiny results to zero as ``x86`` (tiny after rounding) or ``arm`` (before) does; ``off``.
    daz
        Read subnormal operands as zero: True (all), False, or a set of ``"a"``, ``"b"``, ``"c"``.
    random_bits_count
        N of a stochastic rounding, 0 to 32: each element comes with a random integer below 2**N (``random_bits=``).
    flush_except_width
        Formats of this width are neither flushed by ``ftz`` nor by ``daz`` (Arm's FZ and half precision).
    """

    rounding: Rounding = "ties_even"
    overflow: Overflow | None = None
    tininess: Tininess = "after"
    nan: NanProfile = "canonical"
    nan_substitute: NanSubstitute = "max"
    ftz: Ftz = "off"
    daz: bool | Collection[str] = False
    flush_except_width: int | None = None
    random_bits_count: int = 0

    def __post_init__(self) -> None:
        for name, (_, allowed) in _CHOICES.items():
            value = getattr(self, name)
            if not (value in allowed if isinstance(value, str) else value is None and name == "overflow"):
                names = ", ".join(allowed) + (" or None" if name == "overflow" else "")
                raise ValueError(f"{name} is {value!r}: must be one of {names}")
        object.__setattr__(self, "daz", _canonical_daz(self.daz))
        width = self.flush_except_width
        if width is not None and (type(width) is not int or not 2 <= width <= 128):
            raise ValueError(f"flush_except_width is {width!r}: must be None or an integer 2 to 128")
        count = self.random_bits_count
        if type(count) is not int or not 0 <= count <= 32:
            raise ValueError(f"random_bits_count is {count!r}: must be an integer 0 to 32")

    @property
    def is_stochastic(self) -> bool:
        """Does the rounding need random bits?"""
        return self.rounding.startswith("stochastic")


def _canonical_daz(daz: Any) -> bool | frozenset[str]:
    """False for no operand, True for all three, else the set."""
    if isinstance(daz, bool):
        return daz
    try:
        operands = frozenset(daz)
    except TypeError:
        operands = frozenset({None})
    if isinstance(daz, str) or not operands <= set(_OPERANDS):
        raise ValueError(f"daz is {daz!r}: must be True, False or a set of 'a', 'b', 'c'")
    return len(operands) == len(_OPERANDS) if len(operands) in (0, len(_OPERANDS)) else operands


DEFAULT = Env()


@functools.lru_cache(maxsize=256)
def env_struct(env: Env) -> Any:
    """The environment as C takes it."""
    values = {name: _bind.enum_value(prefix, getattr(env, name) or "default") for name, (prefix, _) in _CHOICES.items()}
    operands = _OPERANDS if env.daz is True else env.daz or ()
    values["daz"] = sum(_bind.enum_value("DAZ", operand) for operand in operands)
    values["flush_except_width"] = env.flush_except_width or 0
    values["random_bits_count"] = env.random_bits_count
    return _bind.env_struct(values)


def resolve(env: Env | None) -> Env:
    """The environment that an ``env=`` argument names; TypeError for anything but an Env or None."""
    if env is None:
        return DEFAULT
    if not isinstance(env, Env):
        names = ", ".join(field.name for field in fields(Env))
        raise TypeError(f"env is {type(env).__name__}: must be a numfmt.Env({names}) or None")
    return env
