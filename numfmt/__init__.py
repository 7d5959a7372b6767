# SPDX-License-Identifier: BSD-3-Clause
"""numfmt: bit-exact encoding, decoding and conversion of number formats.

>>> import numfmt as nf
>>> codes, flags = nf.encode([0.1, 464.0, 1e9], "e4m3fn", flags=True)
>>> [hex(code) for code in codes], nf.decode(codes, "e4m3fn").tolist()
(['0x1d', '0x7e', '0x7e'], [0.1015625, 448.0, 448.0])
"""

import typing as _typing

from numfmt._bind import version as _version
from numfmt.behaviours import Difference, differences
from numfmt.codec import convert, decode, encode, quantize_to
from numfmt.containers import Container, ContainerError, container
from numfmt.diagnosis import Diagnosis, explain
from numfmt.formats import Format, FormatError, FormatInfo, format, list_formats
from numfmt.info import build_info
from numfmt.inttypes import IntType
from numfmt.modes import Env, Flags
from numfmt.operations import (
    FloatClass,
    absolute,
    add,
    classify,
    copysign,
    div,
    eq,
    eq_signaling,
    faa,
    fma,
    fmod,
    from_int,
    ge,
    ge_quiet,
    gt,
    gt_quiet,
    is_canonical,
    is_finite,
    is_infinite,
    is_nan,
    is_normal,
    is_sign_minus,
    is_signaling,
    is_subnormal,
    is_zero,
    le,
    le_quiet,
    logb,
    lt,
    lt_quiet,
    max_num,
    max_num_mag,
    maximum,
    maximum_magnitude,
    maximum_magnitude_number,
    maximum_number,
    min_num,
    min_num_mag,
    minimum,
    minimum_magnitude,
    minimum_magnitude_number,
    minimum_number,
    mul,
    ne,
    ne_signaling,
    negate,
    next_down,
    next_up,
    not_ge,
    not_ge_quiet,
    not_gt,
    not_gt_quiet,
    not_le,
    not_le_quiet,
    not_lt,
    not_lt_quiet,
    ordered,
    recip,
    remainder,
    round_to_integral,
    rsqrt,
    scaleb,
    sqrt,
    sub,
    to_int,
    total_order,
    total_order_mag,
    unordered,
)
from numfmt.ops import OPS, Op, apply
from numfmt.reductions import dot, matmul, sum  # noqa: A004 - numpy's name
from numfmt.stochastic import random_bits
from numfmt.values import Array, array
from numfmt.views import Explanation, explain_value

if _typing.TYPE_CHECKING:
    from numfmt import integers as integers
    from numfmt import quantize as quantize
    from numfmt.cover.coverage import Coverage
    from numfmt.integers.fixed import Fixed
    from numfmt.integers.kinds import OffsetBinary, OnesComplement, SignMagnitude, TwosComplement, Unsigned
    from numfmt.quantize.affine import Affine
    from numfmt.scoreboard import Scoreboard, ScoreboardError

__version__ = _version()

float16 = format("binary16")
float32 = format("binary32")
float64 = format("binary64")
binary128 = format("binary128")
x87_extended = format("x87_extended")
bfloat16 = format("bfloat16")
float8_e3m4 = format("float8_e3m4")
float8_e4m3 = format("float8_e4m3")
float8_e4m3b11fnuz = format("float8_e4m3b11fnuz")
float8_e4m3fn = format("float8_e4m3fn")
float8_e4m3fnuz = format("float8_e4m3fnuz")
float8_e5m2 = format("float8_e5m2")
float8_e5m2fnuz = format("float8_e5m2fnuz")
float8_e8m0fnu = format("float8_e8m0fnu")
float6_e2m3fn = format("float6_e2m3fn")
float6_e3m2fn = format("float6_e3m2fn")
float4_e2m1fn = format("float4_e2m1fn")

__all__ = [
    "OPS",
    "Affine",
    "Array",
    "Container",
    "ContainerError",
    "Coverage",
    "Diagnosis",
    "Difference",
    "Env",
    "Explanation",
    "Fixed",
    "Flags",
    "FloatClass",
    "Format",
    "FormatError",
    "FormatInfo",
    "IntType",
    "OffsetBinary",
    "OnesComplement",
    "Op",
    "Scoreboard",
    "ScoreboardError",
    "SignMagnitude",
    "TwosComplement",
    "Unsigned",
    "__version__",
    "absolute",
    "add",
    "apply",
    "array",
    "bfloat16",
    "binary128",
    "build_info",
    "classify",
    "container",
    "convert",
    "copysign",
    "decode",
    "differences",
    "div",
    "dot",
    "encode",
    "eq",
    "eq_signaling",
    "explain",
    "explain_value",
    "faa",
    "float4_e2m1fn",
    "float6_e2m3fn",
    "float6_e3m2fn",
    "float8_e3m4",
    "float8_e4m3",
    "float8_e4m3b11fnuz",
    "float8_e4m3fn",
    "float8_e4m3fnuz",
    "float8_e5m2",
    "float8_e5m2fnuz",
    "float8_e8m0fnu",
    "float16",
    "float32",
    "float64",
    "fma",
    "fmod",
    "format",
    "from_int",
    "ge",
    "ge_quiet",
    "gt",
    "gt_quiet",
    "is_canonical",
    "is_finite",
    "is_infinite",
    "is_nan",
    "is_normal",
    "is_sign_minus",
    "is_signaling",
    "is_subnormal",
    "is_zero",
    "le",
    "le_quiet",
    "list_formats",
    "logb",
    "lt",
    "lt_quiet",
    "matmul",
    "max_num",
    "max_num_mag",
    "maximum",
    "maximum_magnitude",
    "maximum_magnitude_number",
    "maximum_number",
    "min_num",
    "min_num_mag",
    "minimum",
    "minimum_magnitude",
    "minimum_magnitude_number",
    "minimum_number",
    "mul",
    "ne",
    "ne_signaling",
    "negate",
    "next_down",
    "next_up",
    "not_ge",
    "not_ge_quiet",
    "not_gt",
    "not_gt_quiet",
    "not_le",
    "not_le_quiet",
    "not_lt",
    "not_lt_quiet",
    "ordered",
    "quantize_to",
    "random_bits",
    "recip",
    "remainder",
    "round_to_integral",
    "rsqrt",
    "scaleb",
    "sqrt",
    "sub",
    "sum",
    "to_int",
    "total_order",
    "total_order_mag",
    "unordered",
    "x87_extended",
]

_LATE = {
    "Affine": "numfmt.quantize.affine",
    "Coverage": "numfmt.cover.coverage",
    "Fixed": "numfmt.integers.fixed",
    "OffsetBinary": "numfmt.integers.kinds",
    "OnesComplement": "numfmt.integers.kinds",
    "Scoreboard": "numfmt.scoreboard",
    "ScoreboardError": "numfmt.scoreboard",
    "SignMagnitude": "numfmt.integers.kinds",
    "TwosComplement": "numfmt.integers.kinds",
    "Unsigned": "numfmt.integers.kinds",
}

_PACKAGES = ("integers", "quantize")

if not _typing.TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """The public names whose modules are imported when they are first used."""
        import importlib

        if name in _PACKAGES:
            return importlib.import_module(f"numfmt.{name}")
        if name not in _LATE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_LATE[name]), name)

    def __dir__() -> list[str]:
        """What ``help`` and completion show: those names too."""
        return sorted({*globals(), *_LATE, *_PACKAGES})
