# SPDX-License-Identifier: BSD-3-Clause
"""TestFloat's spelling: its functions, ``f32_mulAdd``, and its options, ``-rmin -tininessbefore``.

Any format's name stands where TestFloat knows f16, bf16, f32, f64, extF80 and f128: ``e4m3fn_mulAdd``.
"""

from __future__ import annotations

import argparse
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from numfmt import formats, inttypes, ops
from numfmt.command.parser import UsageError
from numfmt.formats import Format

_FLOATS = {
    "f16": "binary16",
    "bf16": "bfloat16",
    "f32": "binary32",
    "f64": "binary64",
    "extF80": "x87_extended",
    "f128": "binary128",
}
_INTEGERS = {"ui32": "uint32", "ui64": "uint64", "i32": "int32", "i64": "int64"}
#: What follows the format -> the operation.  ``..._not_exact`` unless -exact is given.
_OPERATIONS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "mulAdd": "fma",
    "div": "div",
    "rem": "remainder",
    "sqrt": "sqrt",
    "roundToInt": "round_to_integral",
    "eq": "eq",
    "le": "le",
    "lt": "lt",
    "eq_signaling": "eq_signaling",
    "le_quiet": "le_quiet",
    "lt_quiet": "lt_quiet",
    "isSignalingNaN": "is_signaling",
}
_MIN_MAG = "_r_minMag"
#: The operations on extF80 that obey -precision32 and -precision64.
_PRECISION_CONTROLLED = ("add", "sub", "mul", "div", "sqrt")
#: Significand bits of -precision32, -precision64, -precision80.
_PRECISIONS = {32: 24, 64: 53, 80: None}
#: Operations whose results can be tiny and inexact (sums, quotients and roots of one format cannot).
_CAN_UNDERFLOW = ("mul", "fma", "convert")

_ROUNDINGS = {
    "near_even": "ties_even",
    "minMag": "toward_zero",
    "min": "toward_negative",
    "max": "toward_positive",
    "near_maxMag": "ties_away",
    "odd": "to_odd",
}
_ROUNDING_WORDS = {
    **{f"-r{name}": rounding for name, rounding in _ROUNDINGS.items()},
    **dict.fromkeys(("-rneareven", "-rnearest_even"), "ties_even"),
    **dict.fromkeys(("-rnear_maxmag", "-rnearmaxmag", "-rnearest_maxmag", "-rnearest_maxMag"), "ties_away"),
    "-rminmag": "toward_zero",
}
#: Option -> what it is here.
_OPTIONS: dict[str, list[str]] = {
    **{word: ["--rounding", rounding] for word, rounding in _ROUNDING_WORDS.items()},
    "-tininessbefore": ["--tininess", "before"],
    "-tininessafter": ["--tininess", "after"],
    "-exact": ["--exact"],
    "-notexact": ["--not-exact"],
    **{f"-precision{bits}": ["--extf80-precision", str(bits)] for bits in _PRECISIONS},
    "-help": ["--help"],
}
_GEN_OPTIONS = {
    "-level": ["--level"],
    "-level1": ["--level", "1"],
    "-level2": ["--level", "2"],
    "-seed": ["--seed"],
}
_VER_OPTIONS = {
    "-checkNaNs": ["--check-nans"],
    "-checknans": ["--check-nans"],
    "-checkInvInts": ["--check-inv-ints"],
    "-checkinvints": ["--check-inv-ints"],
    "-checkAll": ["--check-nans", "--check-inv-ints"],
    "-checkall": ["--check-nans", "--check-inv-ints"],
    "-errors": ["--errors"],
}
#: What the first argument can be.
OPERATION_NAMES = "a key of numfmt.OPS, such as add, fma, convert, or TestFloat's, such as f32_mulAdd"
_REFUSED = {
    "-forever": "vectors without end are not made: say how many, as in -n 1000000 --style random",
    "-prefix": "a line before the vectors is not written: put it there with echo or a shell's braces",
}


def translated(words: Sequence[str]) -> list[str]:
    """A command line with TestFloat's options in argparse's spelling."""
    if not words or words[0] not in ("gen", "ver"):
        return list(words)
    options = _OPTIONS | (_GEN_OPTIONS if words[0] == "gen" else _VER_OPTIONS)
    made = [words[0]]
    for word in words[1:]:
        if word in _REFUSED:
            raise UsageError(f"{word}: {_REFUSED[word]}")
        if re.match("-r[a-z]", word) and word not in options:
            raise UsageError(f"{word}: must be one of {', '.join('-r' + name for name in _ROUNDINGS)}")
        made += options.get(word, [word])
    return made


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that go with TestFloat's functions."""
    group = parser.add_argument_group(
        "TestFloat's spelling",
        "FUNCTION is <format>_add sub mul mulAdd div rem sqrt roundToInt eq le lt eq_signaling le_quiet lt_quiet "
        "isSignalingNaN, <type>_to_<type>, <format>_to_<int>_r_minMag; formats: f16 bf16 f32 f64 extF80 f128 or any "
        "FORMAT; ints: ui32 ui64 i32 i64.  TestFloat's options are read too: -rnear_even -rminMag -rmin -rmax "
        "-rnear_maxMag -rodd, -tininessbefore -tininessafter, -exact -notexact, -precision32 -precision64 "
        "-precision80, -seed N, and those named below",
    )
    group.add_argument(
        "--exact", action="store_const", const=True, help="-exact: rounding to an integer can raise inexact"
    )
    group.add_argument(
        "--not-exact", dest="exact", action="store_const", const=False, help="-notexact: it cannot (default)"
    )
    group.add_argument(
        "--extf80-precision",
        type=int,
        choices=_PRECISIONS,
        help="-precision32, ...: rounding precision of extF80's add, sub, mul, div, sqrt (default 80)",
    )


@dataclass(frozen=True, kw_only=True)
class Function:
    """What a function's name means."""

    name: str
    op: str
    formats: str
    to: str | None
    to_zero: bool = False

    @property
    def takes_exact(self) -> bool:
        return self.op in ("round_to_integral", "to_int")

    @property
    def takes_precision(self) -> bool:
        return self.op in _PRECISION_CONTROLLED and formats.format(self.formats) == formats.format("x87_extended")


def resolve(words: Sequence[str], options: argparse.Namespace) -> tuple[str, str, Function | None]:
    """Operation and formats of ``OP FORMAT`` or ``FUNCTION``; what the function implies is set in ``options``."""
    if len(words) == 1 and words[0] not in ops.OPS:
        function = named(words[0])
        if options.to is not None:
            raise UsageError(f"{function.name} says what its result is: leave out --to")
        options.to = function.to
        if function.to_zero:
            options.rounding = "toward_zero"
        if function.takes_precision:
            options.rounding_precision = _PRECISIONS[options.extf80_precision or 80] or options.rounding_precision
        exact = "" if options.exact or not function.takes_exact else "_not_exact"
        return function.op + exact, function.formats, function
    if len(words) != 2:
        raise UsageError(f"{' '.join(words)}: takes OP FORMAT[,FORMAT..], as in 'add binary32', or FUNCTION")
    for name in ("exact", "extf80_precision"):
        if getattr(options, name) is not None:
            other = "to_int or to_int_not_exact" if name == "exact" else "--rounding-precision"
            raise UsageError(f"--{name.replace('_', '-')} goes with TestFloat's functions: say {other} here")
    if words[0] not in ops.OPS:
        raise UsageError(f"operation {words[0]!r} is not known: must be {OPERATION_NAMES}")
    return words[0], words[1], None


@functools.lru_cache(maxsize=64)
def named(name: str) -> Function:
    """The function of this name.  Raises UsageError."""
    first, found, second = name.partition("_to_")
    if found and first and second:
        return _conversion(name, first, second)
    for suffix in sorted(_OPERATIONS, key=len, reverse=True):
        if name.endswith("_" + suffix) and len(name) > len(suffix) + 1:
            op = _OPERATIONS[suffix]
            fmt = _float(name, name.removesuffix("_" + suffix))
            to = fmt if ops.OPS[op].result == "float" else None
            return Function(name=name, op=op, formats=fmt, to=to)
    raise UsageError(f"operation {name!r} is not known: must be {OPERATION_NAMES}")


def _conversion(name: str, first: str, second: str) -> Function:
    kind = second.removesuffix(_MIN_MAG)
    if kind in _INTEGERS:
        return Function(name=name, op="to_int", formats=_float(name, first), to=_INTEGERS[kind], to_zero=kind != second)
    op, source = ("from_int", _INTEGERS[first]) if first in _INTEGERS else ("convert", _float(name, first))
    return Function(name=name, op=op, formats=source, to=_float(name, second))


def _float(function: str, name: str) -> str:
    if name in _FLOATS:
        return _FLOATS[name]
    try:
        return str(formats.format(name))
    except ValueError as error:
        raise UsageError(f"{function}: {error}") from None


def description(function: Function, options: argparse.Namespace) -> str:
    """The function with the modes that matter to it, as TestFloat's programs print it."""
    text = function.name
    row = ops.OPS[function.op]
    rounds = row.rounds and not function.to_zero and function.op != "remainder" and not _is_exact(function)
    if rounds:
        names = {rounding: name for name, rounding in _ROUNDINGS.items()}
        rounding = options.rounding or "ties_even"
        text += f", precision {options.extf80_precision or 80}" if function.takes_precision else ""
        text += f", rounding {names.get(rounding, rounding)}"
        reduced = function.takes_precision and function.op != "sqrt" and options.extf80_precision in (32, 64)
        if function.op in _CAN_UNDERFLOW or reduced:
            text += f", tininess {options.tininess or 'after'} rounding"
    if function.takes_exact:
        text += ", exact" if options.exact else ", not exact"
    return text


def _is_exact(function: Function) -> bool:
    """Does a conversion never round?"""
    if function.op not in ("convert", "from_int") or function.to is None:
        return False
    to = formats.format(function.to)
    if function.op == "from_int":
        type_ = inttypes.int_type(function.formats)
        return to.precision >= type_.width - type_.signed and to.max >= type_.values[-1] + 1
    return _holds(to, formats.format(function.formats))


def _holds(to: Format, source: Format) -> bool:
    """Is every finite value of ``source`` one of ``to``?"""
    return (
        to.precision >= source.precision
        and to.max >= source.max
        and to.lowest <= source.lowest
        and to.emin - to.precision <= source.emin - source.precision
        and to.exp0 == source.exp0
    )
