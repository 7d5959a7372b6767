# SPDX-License-Identifier: BSD-3-Clause
"""The named formats as their documents state them: parameters and hand-derived spot values.

Written from the specifications cited in each row, never from the library, so that a wrong row in the library's
table of formats has something to disagree with. A value is text: a hexadecimal float (exact, any size), "0", "-0",
"inf", "-inf" or "nan"; `exact` turns it into a `Fraction` or leaves the special word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Exp0 = Literal["subnormal", "normal", "zero"]
"""What exponent field 0 means (SEMANTICS 1)."""

_HEX = re.compile(r"(-?)0x([0-9a-f]+)(?:\.([0-9a-f]*))?p([+-]?\d+)")
_WORDS = frozenset({"-0", "inf", "-inf", "nan"})


@dataclass(frozen=True, kw_only=True)
class Fmt:
    """The descriptor of SEMANTICS 1, plain parameters only."""

    width: int
    precision: int
    bias: int
    is_signed: bool = True
    has_inf: bool = False
    has_zero: bool = True
    has_neg_zero: bool = True
    exp0: Exp0 = "subnormal"
    n_high_nans: int | Literal["all"] = 0
    has_quiet_bit: bool = False
    explicit_leading_bit: bool = False


@dataclass(frozen=True)
class Spec:
    """One named format: its aliases, parameters, source document and (code, value) pairs known without a program."""

    name: str
    aliases: tuple[str, ...]
    params: Fmt
    source: str
    provisional: bool
    values: tuple[tuple[int, str], ...]


def exact(text: str) -> Fraction | str:
    """The exact value of a spot value's text: a Fraction, or one of "-0", "inf", "-inf", "nan"."""
    if text in _WORDS:
        return text
    if text == "0":
        return Fraction(0)
    match = _HEX.fullmatch(text)
    if match is None:
        raise ValueError(f"not an exact value: {text!r}")
    sign, whole, fraction, exponent = match[1], match[2], match[3] or "", int(match[4])
    magnitude = int(whole + fraction, 16) * Fraction(2) ** (exponent - 4 * len(fraction))
    return -magnitude if sign else magnitude


def p3109(k: int, p: int, signed: bool, extended: bool) -> Fmt:
    """Binary{k}p{p}{s|u}{e|f} by the rule of IEEE P3109 v4.0 3.1.

    One zero (code 0); one NaN: the code of -0 when signed, the highest code when unsigned; Inf, when extended, is
    the code after the largest finite one.
    """
    if not (k > 2 and p > 0 and (p < k if signed else p <= k)):
        raise ValueError(f"no P3109 format has K={k}, P={p}, signed={signed}")
    bias = 2 ** (k - p - 1) if signed else 2 ** (k - p)
    return Fmt(
        width=k,
        precision=p,
        bias=bias,
        is_signed=signed,
        has_inf=extended,
        has_neg_zero=False,
        n_high_nans=0 if signed else 1,
    )


def p3109_name(k: int, p: int, signed: bool, extended: bool) -> str:
    """The name that P3109 v4.0 3.1 gives the format, for example Binary8p4se."""
    return f"Binary{k}p{p}{'s' if signed else 'u'}{'e' if extended else 'f'}"


def p3109_formats(*widths: int) -> Iterator[tuple[str, Fmt]]:
    """Every instance of the widths, named (P3109 v4.0 3.1)."""
    for k in widths:
        for p in range(1, k + 1):
            for signed in (True, False):
                if p < k or not signed:
                    for extended in (True, False):
                        yield p3109_name(k, p, signed, extended), p3109(k, p, signed, extended)


def _ieee(width: int, precision: int, bias: int) -> Fmt:
    """IEEE 754-2019 3.4: both zeros, subnormals, infinities, NaNs with a quiet bit."""
    return Fmt(width=width, precision=precision, bias=bias, has_inf=True, n_high_nans="all", has_quiet_bit=True)


def _fnuz(precision: int, bias: int) -> Fmt:
    """Eight bits, finite, one NaN in the place of -0 (arXiv:2206.02915)."""
    return Fmt(width=8, precision=precision, bias=bias, has_neg_zero=False)


# fmt: off
_BINARY = (
    Spec("binary16", ("float16", "half", "fp16"), _ieee(16, 11, 15), "IEEE 754-2019 3.6 table 3.5", False, (
        (0x0000, "0"), (0x8000, "-0"), (0x0001, "0x1p-24"), (0x03FF, "0x1.ff8p-15"), (0x0400, "0x1p-14"),
        (0x3555, "0x1.554p-2"), (0x3C00, "0x1p+0"), (0x3C01, "0x1.004p+0"), (0xC000, "-0x1p+1"),
        (0x7BFF, "0x1.ffcp+15"), (0xFBFF, "-0x1.ffcp+15"), (0x7C00, "inf"), (0xFC00, "-inf"),
        (0x7C01, "nan"), (0x7E00, "nan"), (0xFFFF, "nan"),
    )),
    Spec("binary32", ("float32", "single", "fp32"), _ieee(32, 24, 127), "IEEE 754-2019 3.6 table 3.5", False, (
        (0x00000000, "0"), (0x80000000, "-0"), (0x00000001, "0x1p-149"), (0x007FFFFF, "0x1.fffffcp-127"),
        (0x00800000, "0x1p-126"), (0x3F800000, "0x1p+0"), (0x3F800001, "0x1.000002p+0"),
        (0x40490FDB, "0x1.921fb6p+1"), (0xC0000000, "-0x1p+1"), (0x7F7FFFFF, "0x1.fffffep+127"),
        (0x7F800000, "inf"), (0xFF800000, "-inf"), (0x7F800001, "nan"), (0x7FC00000, "nan"), (0xFFFFFFFF, "nan"),
    )),
    Spec("binary64", ("float64", "double", "fp64"), _ieee(64, 53, 1023), "IEEE 754-2019 3.6 table 3.5", False, (
        (0, "0"), (0x8000000000000000, "-0"), (1, "0x1p-1074"), (0x000FFFFFFFFFFFFF, "0x1.ffffffffffffep-1023"),
        (0x0010000000000000, "0x1p-1022"), (0x3FF0000000000000, "0x1p+0"),
        (0x400921FB54442D18, "0x1.921fb54442d18p+1"), (0x7FEFFFFFFFFFFFFF, "0x1.fffffffffffffp+1023"),
        (0x7FF0000000000000, "inf"), (0xFFF0000000000000, "-inf"), (0x7FF0000000000001, "nan"),
        (0x7FF8000000000000, "nan"),
    )),
    Spec("bfloat16", ("bf16",), _ieee(16, 8, 127), "P3109 v4.0 external format BFloat16; the top half of binary32",
         False, (
        (0x0000, "0"), (0x8000, "-0"), (0x0001, "0x1p-133"), (0x007F, "0x1.fcp-127"), (0x0080, "0x1p-126"),
        (0x3F80, "0x1p+0"), (0x3F81, "0x1.02p+0"), (0x4049, "0x1.92p+1"), (0x7F7F, "0x1.fep+127"),
        (0xFF7F, "-0x1.fep+127"), (0x7F80, "inf"), (0xFF80, "-inf"), (0x7F81, "nan"), (0x7FC0, "nan"),
    )),
    Spec("tf32", ("tensorfloat32",), _ieee(19, 11, 127), "PTX ISA 5.2.3 .tf32: sign 1, exponent 8, fraction 10",
         False, (
        (0x00000, "0"), (0x40000, "-0"), (0x00001, "0x1p-136"), (0x003FF, "0x1.ff8p-127"), (0x00400, "0x1p-126"),
        (0x1FC00, "0x1p+0"), (0x1FC01, "0x1.004p+0"), (0x3FBFF, "0x1.ffcp+127"), (0x3FC00, "inf"),
        (0x7FC00, "-inf"), (0x3FC01, "nan"), (0x3FE00, "nan"),
    )),
    Spec("pxr24", (), _ieee(24, 16, 127), "OpenEXR internal_pxr24.c float_to_float24: sign 1, exponent 8, fraction 15",
         False, (
        (0x000000, "0"), (0x800000, "-0"), (0x000001, "0x1p-141"), (0x007FFF, "0x1.fffcp-127"),
        (0x008000, "0x1p-126"), (0x3F8000, "0x1p+0"), (0x7F7FFF, "0x1.fffep+127"), (0x7F8000, "inf"),
        (0xFF8000, "-inf"), (0x7F8001, "nan"), (0x7FC000, "nan"),
    )),
)

_FP8 = (
    Spec("float8_e4m3fn", ("e4m3fn", "ocp_e4m3"), Fmt(width=8, precision=4, bias=7, n_high_nans=1),
         "OCP OFP8 v1.0 table 1 (the biases in 4.2 are swapped there)", False, (
        (0x00, "0"), (0x80, "-0"), (0x01, "0x1p-9"), (0x07, "0x1.cp-7"), (0x08, "0x1p-6"), (0x30, "0x1p-1"),
        (0x38, "0x1p+0"), (0x39, "0x1.2p+0"), (0xB8, "-0x1p+0"), (0x77, "0x1.ep+7"), (0x78, "0x1p+8"),
        (0x7E, "0x1.cp+8"), (0xFE, "-0x1.cp+8"), (0x7F, "nan"), (0xFF, "nan"),
    )),
    Spec("float8_e4m3", ("e4m3_ieee",), _ieee(8, 4, 7), "LLVM Float8E4M3: IEEE 754 style, max 240", False, (
        (0x00, "0"), (0x80, "-0"), (0x01, "0x1p-9"), (0x07, "0x1.cp-7"), (0x08, "0x1p-6"), (0x38, "0x1p+0"),
        (0x77, "0x1.ep+7"), (0xF7, "-0x1.ep+7"), (0x78, "inf"), (0xF8, "-inf"), (0x79, "nan"), (0x7C, "nan"),
        (0xFF, "nan"),
    )),
    Spec("float8_e5m2", ("e5m2", "ocp_e5m2"), Fmt(width=8, precision=3, bias=15, has_inf=True, n_high_nans="all"),
         "OCP OFP8 v1.0 table 1; 5.1: no quiet or signalling NaN", False, (
        (0x00, "0"), (0x80, "-0"), (0x01, "0x1p-16"), (0x03, "0x1.8p-15"), (0x04, "0x1p-14"), (0x3C, "0x1p+0"),
        (0x3D, "0x1.4p+0"), (0x7B, "0x1.cp+15"), (0xFB, "-0x1.cp+15"), (0x7C, "inf"), (0xFC, "-inf"),
        (0x7D, "nan"), (0x7E, "nan"), (0x7F, "nan"), (0xFD, "nan"),
    )),
    Spec("float8_e3m4", ("e3m4",), _ieee(8, 5, 3), "LLVM Float8E3M4: IEEE 754 style, max 15.5", False, (
        (0x00, "0"), (0x80, "-0"), (0x01, "0x1p-6"), (0x0F, "0x1.ep-3"), (0x10, "0x1p-2"), (0x30, "0x1p+0"),
        (0x6F, "0x1.fp+3"), (0x70, "inf"), (0xF0, "-inf"), (0x71, "nan"), (0x78, "nan"), (0xFF, "nan"),
    )),
    Spec("float8_e4m3fnuz", ("e4m3fnuz",), _fnuz(4, 8), "arXiv:2206.02915; LLVM Float8E4M3FNUZ", False, (
        (0x00, "0"), (0x80, "nan"), (0x01, "0x1p-10"), (0x07, "0x1.cp-8"), (0x08, "0x1p-7"), (0x40, "0x1p+0"),
        (0x7F, "0x1.ep+7"), (0x81, "-0x1p-10"), (0xFF, "-0x1.ep+7"),
    )),
    Spec("float8_e5m2fnuz", ("e5m2fnuz",), _fnuz(3, 16), "arXiv:2206.02915; LLVM Float8E5M2FNUZ", False, (
        (0x00, "0"), (0x80, "nan"), (0x01, "0x1p-17"), (0x03, "0x1.8p-16"), (0x04, "0x1p-15"), (0x40, "0x1p+0"),
        (0x7F, "0x1.cp+15"), (0xFF, "-0x1.cp+15"),
    )),
    Spec("float8_e4m3b11fnuz", ("e4m3b11fnuz",), _fnuz(4, 11), "ml_dtypes README: bias 11, otherwise FNUZ", False, (
        (0x00, "0"), (0x80, "nan"), (0x01, "0x1p-13"), (0x07, "0x1.cp-11"), (0x08, "0x1p-10"), (0x58, "0x1p+0"),
        (0x7F, "0x1.ep+4"), (0xFF, "-0x1.ep+4"),
    )),
)

_SCALES = (
    Spec("float8_e8m0fnu", ("e8m0fnu", "e8m0", "ue8m0", "ocp_e8m0"),
         Fmt(width=8, precision=1, bias=127, is_signed=False, has_zero=False, has_neg_zero=False, exp0="normal",
             n_high_nans=1),
         "OCP MX v1.0 5.4.1 table 7", False, (
        (0x00, "0x1p-127"), (0x01, "0x1p-126"), (0x7E, "0x1p-1"), (0x7F, "0x1p+0"), (0x80, "0x1p+1"),
        (0xFE, "0x1p+127"), (0xFF, "nan"),
    )),
    Spec("ue4m3", (), Fmt(width=7, precision=4, bias=7, is_signed=False, has_neg_zero=False, n_high_nans=1),
         "PTX ISA 5.2.3 .ue4m3: seven bits, NaN only 7F", False, (
        (0x00, "0"), (0x01, "0x1p-9"), (0x07, "0x1.cp-7"), (0x08, "0x1p-6"), (0x38, "0x1p+0"), (0x7E, "0x1.cp+8"),
        (0x7F, "nan"),
    )),
    Spec("ue5m3", (), Fmt(width=8, precision=4, bias=15, is_signed=False, has_neg_zero=False, n_high_nans=1),
         "CUDA Math API __nv_fp8_ue5m3: no Inf, NaN only FF; bias 15 unconfirmed", True, (
        (0x00, "0"), (0x01, "0x1p-17"), (0x07, "0x1.cp-15"), (0x08, "0x1p-14"), (0x78, "0x1p+0"),
        (0xFE, "0x1.cp+16"), (0xFF, "nan"),
    )),
)

_SMALL = (
    Spec("float6_e2m3fn", ("e2m3fn", "e2m3", "ocp_e2m3"),
         Fmt(width=6, precision=4, bias=1), "OCP MX v1.0 5.3.2", False, (
        (0x00, "0"), (0x20, "-0"), (0x01, "0x1p-3"), (0x07, "0x1.cp-1"), (0x08, "0x1p+0"), (0x10, "0x1p+1"),
        (0x1F, "0x1.ep+2"), (0x3F, "-0x1.ep+2"),
    )),
    Spec("float6_e3m2fn", ("e3m2fn", "e3m2", "ocp_e3m2"),
         Fmt(width=6, precision=3, bias=3), "OCP MX v1.0 5.3.2", False, (
        (0x00, "0"), (0x20, "-0"), (0x01, "0x1p-4"), (0x03, "0x1.8p-3"), (0x04, "0x1p-2"), (0x0C, "0x1p+0"),
        (0x1F, "0x1.cp+4"), (0x3F, "-0x1.cp+4"),
    )),
    Spec("float4_e2m1fn", ("e2m1fn", "e2m1", "ocp_e2m1"),
         Fmt(width=4, precision=2, bias=1), "OCP MX v1.0 5.3.3 table 5", False, (
        (0x0, "0"), (0x1, "0x1p-1"), (0x2, "0x1p+0"), (0x3, "0x1.8p+0"), (0x4, "0x1p+1"), (0x5, "0x1.8p+1"),
        (0x6, "0x1p+2"), (0x7, "0x1.8p+2"), (0x8, "-0"), (0x9, "-0x1p-1"), (0xA, "-0x1p+0"), (0xF, "-0x1.8p+2"),
    )),
)

_OTHER = (
    Spec("dlfloat16", (), Fmt(width=16, precision=10, bias=31, exp0="normal", n_high_nans=1),
         "Agrawal et al., ARITH 2019; onnx-mlir NNPA: (-1)^s 2^(e-31) (1+m/512); sign of zero, overflow unconfirmed",
         True, (
        (0x0000, "0"), (0x8000, "-0"), (0x0001, "0x1.008p-31"), (0x01FF, "0x1.ff8p-31"), (0x0200, "0x1p-30"),
        (0x3E00, "0x1p+0"), (0xBE00, "-0x1p+0"), (0x7E00, "0x1p+32"), (0x7FFE, "0x1.ffp+32"), (0x7FFF, "nan"),
        (0xFFFF, "nan"),
    )),
    Spec("arm_ahp16", (), Fmt(width=16, precision=11, bias=15),
         "Arm ARM FPRoundBase, FPCR.AHP=1: exponent field 31 is an ordinary number", False, (
        (0x0000, "0"), (0x8000, "-0"), (0x0001, "0x1p-24"), (0x03FF, "0x1.ff8p-15"), (0x0400, "0x1p-14"),
        (0x3C00, "0x1p+0"), (0x7BFF, "0x1.ffcp+15"), (0x7C00, "0x1p+16"), (0x7FFF, "0x1.ffcp+16"),
        (0xFFFF, "-0x1.ffcp+16"),
    )),
)

_WIDE = (
    Spec("binary128", ("float128", "quad", "fp128"), _ieee(128, 113, 16383), "IEEE 754-2019 3.6 table 3.5", False, (
        (0, "0"), (1 << 127, "-0"), (1, "0x1p-16494"),
        (0x0000FFFFFFFFFFFFFFFFFFFFFFFFFFFF, "0x1.fffffffffffffffffffffffffffep-16383"),
        (0x00010000000000000000000000000000, "0x1p-16382"), (0x3FFF0000000000000000000000000000, "0x1p+0"),
        (0x3FFF0000000000000000000000000001, "0x1.0000000000000000000000000001p+0"),
        (0x7FFEFFFFFFFFFFFFFFFFFFFFFFFFFFFF, "0x1.ffffffffffffffffffffffffffffp+16383"),
        (0x7FFF0000000000000000000000000000, "inf"), (0xFFFF0000000000000000000000000000, "-inf"),
        (0x7FFF0000000000000000000000000001, "nan"), (0x7FFF8000000000000000000000000000, "nan"),
    )),
    Spec("x87_extended", ("x87", "float80", "extf80"),
         Fmt(width=80, precision=64, bias=16383, has_inf=True, n_high_nans="all", has_quiet_bit=True,
             explicit_leading_bit=True),
         "Intel SDM volume 1 chapter 8; SEMANTICS 1 for the unusual encodings", False, (
        (0, "0"), (1 << 79, "-0"), (1, "0x1p-16445"),
        (0x00007FFFFFFFFFFFFFFF, "0x1.fffffffffffffffcp-16383"),
        (0x00008000000000000000, "0x1p-16382"), (0x00018000000000000000, "0x1p-16382"),
        (0x3FFF8000000000000000, "0x1p+0"), (0x3FFF8000000000000001, "0x1.0000000000000002p+0"),
        (0x7FFEFFFFFFFFFFFFFFFF, "0x1.fffffffffffffffep+16383"),
        (0x7FFF8000000000000000, "inf"), (0xFFFF8000000000000000, "-inf"),
        (0x7FFFC000000000000000, "nan"), (0x7FFF8000000000000001, "nan"), (0x3FFF0000000000000000, "nan"),
        (0x7FFF0000000000000000, "nan"), (0x7FFF0000000000000001, "nan"),
    )),
)

SPECS: tuple[Spec, ...] = _BINARY + _WIDE + _FP8 + _SCALES + _SMALL + _OTHER

BY_NAME: dict[str, Spec] = {name: spec for spec in SPECS for name in (spec.name, *spec.aliases)}
"""Every name and alias, lower case. Bare "e4m3" is missing on purpose: SEMANTICS 1 refuses it."""
