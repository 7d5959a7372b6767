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
IntOverflow = Literal["saturate", "riscv", "arm", "x86_indefinite", "wrap"]
Compat = Literal["ml_dtypes", "torch", "torch_avx2", "numpy", "onnx", "onnx_nosat"]

ROUNDINGS: tuple[Rounding, ...] = get_args(Rounding)
OVERFLOWS: tuple[Overflow, ...] = get_args(Overflow)
TININESSES: tuple[Tininess, ...] = get_args(Tininess)
NAN_PROFILES: tuple[NanProfile, ...] = get_args(NanProfile)
NAN_SUBSTITUTES: tuple[NanSubstitute, ...] = get_args(NanSubstitute)
FTZS: tuple[Ftz, ...] = get_args(Ftz)
INT_OVERFLOWS: tuple[IntOverflow, ...] = get_args(IntOverflow)
COMPATS: tuple[Compat, ...] = get_args(Compat)

#: Field of Env -> the C enumerators' prefix and the names it takes.
_CHOICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "rounding": ("ROUND", ROUNDINGS),
    "overflow": ("OVERFLOW", OVERFLOWS),
    "tininess": ("TININESS", TININESSES),
    "nan": ("NAN", NAN_PROFILES),
    "nan_substitute": ("SUBSTITUTE", NAN_SUBSTITUTES),
    "ftz": ("FTZ", FTZS),
    "int_overflow": ("INT_OVERFLOW", INT_OVERFLOWS),
    "compat": ("COMPAT", COMPATS),
}
#: What the enumerator of None is called, in the fields that may be None.
_NONE = {"overflow": "default", "compat": "none"}
_OPERANDS = ("a", "b", "c")
#: P3109's names.
_SATURATIONS: dict[str, Overflow] = {"SatNone": "sat_none", "SatFinite": "saturate", "SatPropagate": "propagate"}
#: SoftFloat's folders.
_SPECIALISATIONS: dict[str, tuple[NanProfile, IntOverflow]] = {
    "8086_sse": ("sf_8086_sse", "x86_indefinite"),
    "8086": ("sf_8086", "x86_indefinite"),
    "arm_vfpv2": ("sf_arm", "arm"),
    "arm_vfpv2_default_nan": ("sf_arm_dn", "arm"),
    "riscv": ("sf_riscv", "riscv"),
}


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
    int_overflow
        What ``to_int`` makes of a value beyond the integer type's range and of NaN: ``saturate`` (NaN: 0), ``riscv``
        (NaN: the largest integer), ``arm`` (as saturate), ``x86_indefinite`` (the most negative integer, all ones if
        unsigned) or ``wrap`` (modulo 2**width of the rounded integer; NaN and Inf: 0).  Always invalid.
    rounding_precision
        None, or the number of significand bits, 2 to the format's precision, that results are rounded to within the
        exponent range of their format: x87's precision control (24, 53).  For signed IEEE-style formats only.
    compat
        Another library's cast, equal to it in every bit: ``ml_dtypes``, ``torch``, ``torch_avx2``, ``numpy``,
        ``onnx``, ``onnx_nosat``; every other field then keeps its default.  See the presets of these names; for
        what the library makes of its own formats' codes there is ``convert(codes, fmt, "binary32", env=...)``.  The
        flags are those of the roundings the cast is made of: of the step through binary32, where there is one, and
        of the last, ORed.  A cast that the library does not have raises ValueError.

    The classmethods are presets: the behaviour of an architecture, a specification or a library.
    """

    rounding: Rounding = "ties_even"
    overflow: Overflow | None = None
    tininess: Tininess = "after"
    nan: NanProfile = "canonical"
    nan_substitute: NanSubstitute = "max"
    ftz: Ftz = "off"
    daz: bool | Collection[str] = False
    flush_except_width: int | None = None
    int_overflow: IntOverflow = "saturate"
    rounding_precision: int | None = None
    random_bits_count: int = 0
    compat: Compat | None = None

    def __post_init__(self) -> None:
        for name, (_, allowed) in _CHOICES.items():
            value = getattr(self, name)
            if not (value in allowed if isinstance(value, str) else value is None and name in _NONE):
                names = ", ".join(allowed) + (" or None" if name in _NONE else "")
                raise ValueError(f"{name} is {value!r}: must be one of {names}")
        object.__setattr__(self, "daz", _canonical_daz(self.daz))
        width = self.flush_except_width
        if width is not None and (type(width) is not int or not 2 <= width <= 128):
            raise ValueError(f"flush_except_width is {width!r}: must be None or an integer 2 to 128")
        bits = self.rounding_precision
        if bits is not None and (type(bits) is not int or not 2 <= bits <= 113):
            raise ValueError(f"rounding_precision is {bits!r}: must be None or an integer 2 to 113")
        count = self.random_bits_count
        if type(count) is not int or not 0 <= count <= 32:
            raise ValueError(f"random_bits_count is {count!r}: must be an integer 0 to 32")
        if self.compat is not None:
            alone = [item.name for item in fields(self) if getattr(self, item.name) != item.default]
            if len(alone) > 1:
                others = ", ".join(name for name in alone if name != "compat")
                raise ValueError(f"compat is {self.compat!r}, which decides everything: leave out {others}")

    @classmethod
    def riscv(cls) -> Env:
        """RISC-V's F, D, Zfh, Zfbfmin: canonical NaNs, tininess after rounding; Zvfofp8min's conversions without
        ``.sat``, whose NaN is 7F in both FP8 formats.  Unprivileged ISA, "NaN Generation and Propagation".
        """
        return cls(nan="riscv", overflow="ieee", int_overflow="riscv")

    @classmethod
    def arm(cls, *, default_nan: bool = False, flush: Literal["off", "fz", "fz+fz16"] = "off") -> Env:
        """Arm's FPCR with AH = 0: tininess before rounding; ``default_nan`` is DN; ``flush`` is FZ, which leaves
        formats of 16 bits alone, or FZ with FZ16.  Arm ARM (DDI 0487), shared/functions/float.
        """
        if flush not in ("off", "fz", "fz+fz16"):
            raise ValueError(f"flush is {flush!r}: must be 'off', 'fz' or 'fz+fz16'")
        return cls(
            nan="arm_default_nan" if default_nan else "arm",
            overflow="ieee",
            tininess="before",
            int_overflow="arm",
            ftz="off" if flush == "off" else "arm",
            daz=flush != "off",
            flush_except_width=16 if flush == "fz" else None,
        )

    @classmethod
    def x86(cls, *, flush: Literal["off", "ftz", "daz", "ftz+daz"] = "off") -> Env:
        """x86's SSE and AVX: a NaN keeps its payload, the default NaN is negative, tininess after rounding;
        ``flush`` names MXCSR's bits.  Intel SDM 1, 4.8.3 and 10.2.3.
        """
        if flush not in ("off", "ftz", "daz", "ftz+daz"):
            raise ValueError(f"flush is {flush!r}: must be 'off', 'ftz', 'daz' or 'ftz+daz'")
        return cls(
            nan="x86_sse",
            overflow="ieee",
            int_overflow="x86_indefinite",
            ftz="x86" if "ftz" in flush else "off",
            daz="daz" in flush,
        )

    @classmethod
    def x87(cls, *, precision: Literal[24, 53, 64] = 64) -> Env:
        """The x87 FPU with results in ``x87_extended``; ``precision`` is the control word's precision control, which
        add, sub, mul, div and sqrt obey.  Intel SDM 1, 4.8.3, 8.1.5.2.
        """
        if precision not in (24, 53, 64):
            raise ValueError(f"precision is {precision!r}: must be 24, 53 or 64")
        bits = None if precision == 64 else precision
        return cls(nan="x87", overflow="ieee", int_overflow="x86_indefinite", rounding_precision=bits)

    @classmethod
    def p3109(
        cls,
        *,
        saturation: Literal["SatNone", "SatFinite", "SatPropagate"] = "SatNone",
        rounding: Rounding = "ties_even",
        random_bits_count: int = 0,
    ) -> Env:
        """Projection of the IEEE P3109 Interim Report v4.0, 4.7.3 to 4.7.5."""
        if saturation not in _SATURATIONS:
            raise ValueError(f"saturation is {saturation!r}: must be one of {', '.join(_SATURATIONS)}")
        return cls(overflow=_SATURATIONS[saturation], rounding=rounding, random_bits_count=random_bits_count)

    @classmethod
    def ocp(cls, *, saturate: bool = True) -> Env:
        """Conversion of OCP OFP8 v1.0 5.2.1, table 3: the saturating mode (Inf too), or the other, where E4M3
        overflows to NaN and E5M2 to Inf.  FP6 and FP4 clamp in both (OCP MX v1.0 5.3.2, 5.3.3).
        """
        return cls(overflow="saturate" if saturate else "ieee")

    @classmethod
    def cuda(cls) -> Env:
        """PTX ISA ``cvt.rn.satfinite`` into FP8, FP6, FP4: NaN is 7F in FP8 and the positive maximum elsewhere."""
        return cls(overflow="saturate", nan_substitute="max")

    @classmethod
    def sf(cls, specialisation: Literal["8086_sse", "8086", "arm_vfpv2", "arm_vfpv2_default_nan", "riscv"]) -> Env:
        """Berkeley SoftFloat 3e built with one of its five specialisations: NaN, integer and tininess rules of its
        ``specialize.h``.
        """
        if specialisation not in _SPECIALISATIONS:
            allowed = ", ".join(_SPECIALISATIONS)
            raise ValueError(f"specialisation is {specialisation!r}: must be one of {allowed}")
        nan, int_overflow = _SPECIALISATIONS[specialisation]
        tininess: Tininess = "before" if "arm" in specialisation else "after"
        return cls(nan=nan, overflow="ieee", tininess=tininess, int_overflow=int_overflow)

    @classmethod
    def ml_dtypes(cls) -> Env:
        """``astype`` of ml_dtypes 0.6.0: by way of float32; every Inf and overflow into E4M3FN is NaN, E8M0 has
        no zero and no negatives but NaN, and its ties go up; NaN is -0 in FP6 and FP4.
        """
        return cls(compat="ml_dtypes")

    @classmethod
    def torch(cls, *, isa: Literal["default", "avx2", "avx512"] = "default") -> Env:
        """``Tensor.to`` of torch 2.13.0 (CPU, x86-64): by way of float32; E4M3FN saturates, E5M2 does not, E8M0
        takes the magnitude.

        isa is torch's ``ATEN_CPU_CAPABILITY``.  It decides NaN codes in bfloat16 and float16, nothing else, and
        ``avx2`` and ``avx512`` agree.  These are the codes of a contiguous tensor; in what is left over beyond whole
        vectors at the end of each thread's share (float16 to float32, float64 to bfloat16) and in strided tensors
        torch's scalar code makes others.
        """
        if isa not in ("default", "avx2", "avx512"):
            raise ValueError(f"isa is {isa!r}: must be 'default', 'avx2' or 'avx512'")
        return cls(compat="torch" if isa == "default" else "torch_avx2")

    @classmethod
    def numpy(cls) -> Env:
        """``astype`` of numpy 2.4.6 between float16, float32, float64 and from integers: one rounding; signalling
        NaNs stay so into and out of float16.
        """
        return cls(compat="numpy")

    @classmethod
    def onnx(cls, *, saturate: bool = True) -> Env:
        """Cast (opset 28, ``round_mode`` "up") of onnx 1.23.2's ReferenceEvaluator, which goes by ml_dtypes: with
        ``saturate`` FP8 takes its largest value for overflow and Inf.
        """
        return cls(compat="onnx" if saturate else "onnx_nosat")

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
    values = {
        name: _bind.enum_value(prefix, getattr(env, name) or _NONE[name]) for name, (prefix, _) in _CHOICES.items()
    }
    operands = _OPERANDS if env.daz is True else env.daz or ()
    values["daz"] = sum(_bind.enum_value("DAZ", operand) for operand in operands)
    values["flush_except_width"] = env.flush_except_width or 0
    values["rounding_precision"] = env.rounding_precision or 0
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
