# SPDX-License-Identifier: BSD-3-Clause
"""Formats and environments that the tests of the oracle share (facts, section 1)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from oracle import Env, Fmt, Value

F16 = Fmt(width=16, precision=11, bias=15, has_quiet_bit=True)
F32 = Fmt(width=32, precision=24, bias=127, has_quiet_bit=True)
F64 = Fmt(width=64, precision=53, bias=1023, has_quiet_bit=True)
F128 = Fmt(width=128, precision=113, bias=16383, has_quiet_bit=True)
X87 = Fmt(width=80, precision=64, bias=16383, has_quiet_bit=True, explicit_leading_bit=True)
BF16 = Fmt(width=16, precision=8, bias=127, has_quiet_bit=True)
DLF16 = Fmt(width=16, precision=10, bias=31, exp0="normal", has_neg_zero=True, has_inf=False, n_high_nans=1)
AHP = Fmt(width=16, precision=11, bias=15, has_inf=False, n_high_nans=0)
E4M3FN = Fmt(width=8, precision=4, bias=7, has_inf=False, n_high_nans=1)
E5M2 = Fmt(width=8, precision=3, bias=15)
E4M3 = Fmt(width=8, precision=4, bias=7, has_quiet_bit=True)
E3M4 = Fmt(width=8, precision=5, bias=3, has_quiet_bit=True)
E4M3FNUZ = Fmt(width=8, precision=4, bias=8, has_inf=False, has_neg_zero=False, n_high_nans=0)
E5M2FNUZ = Fmt(width=8, precision=3, bias=16, has_inf=False, has_neg_zero=False, n_high_nans=0)
UE4M3 = Fmt(width=7, precision=4, bias=7, is_signed=False, has_neg_zero=False, has_inf=False, n_high_nans=1)
E8M0 = replace(UE4M3, width=8, precision=1, bias=127, has_zero=False, exp0="normal")
E2M3 = Fmt(width=6, precision=4, bias=1, has_inf=False, n_high_nans=0)
E3M2 = Fmt(width=6, precision=3, bias=3, has_inf=False, n_high_nans=0)
E2M1 = Fmt(width=4, precision=2, bias=1, has_inf=False, n_high_nans=0)
FLUSHED = replace(F16, exp0="zero")
NARROW = [E4M3FN, E5M2, E4M3, E3M4, E4M3FNUZ, E5M2FNUZ, UE4M3, E8M0, E2M3, E3M2, E2M1]
ALL = [*NARROW, F16, BF16, DLF16, AHP, FLUSHED]

DEFAULT = Env()
IEEE = Env(overflow="ieee")
SATURATE = Env(overflow="saturate")
DIRECTED = ("toward_zero", "toward_positive", "toward_negative")
POLICIES = ("ieee", "saturate", "propagate", "infinity", "sat_none")
INF, NEG_INF = Value("inf"), Value("inf", 1)


def hexf(text: str) -> Fraction:
    """Exact value of a hexadecimal float."""
    return Fraction(float.fromhex(text))


def p3109(k: int, p: int, name: str) -> Fmt:
    """Binary{k}p{p}{name} (facts, section 1)."""
    signed, extended = name[0] == "s", name[1] == "e"
    bias = 1 << (k - p - 1 if signed else k - p)
    return Fmt(width=k, precision=p, bias=bias, is_signed=signed, has_inf=extended, has_neg_zero=False,
               n_high_nans=0 if signed else 1)  # fmt: skip
