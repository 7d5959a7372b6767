# SPDX-License-Identifier: BSD-3-Clause
"""Facts with a name: where other libraries went wrong, and one guard for each rule that is easily lost."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import numfmt as nf

INEXACT, UNDERFLOW, OVERFLOW, INVALID = nf.Flags.INEXACT, nf.Flags.UNDERFLOW, nf.Flags.OVERFLOW, nf.Flags.INVALID


def code(x: Any, fmt: str, **env: Any) -> int:
    return int(nf.encode(x, fmt, env=nf.Env(**env)))


def flags(x: Any, fmt: str, **env: Any) -> nf.Flags:
    bits: nf.Flags = nf.encode(x, fmt, env=nf.Env(**env), flags="any")[1]
    return bits


def test_float64_just_above_a_tie_of_e4m3fn() -> None:
    """By way of float32 the last bit is lost and the tie goes to even: 38."""
    assert code(float.fromhex("0x1.1000000001100p0"), "e4m3fn") == 0x39


def test_float64_just_above_a_tie_of_bfloat16() -> None:
    assert code(float.fromhex("0x1.0100000001p0"), "bfloat16") == 0x3F81


def test_float64_just_above_a_tie_of_binary16() -> None:
    assert code(float.fromhex("0x1.0020000001p0"), "binary16") == 0x3C01


@pytest.mark.parametrize(("value", "right"), [(2**24 + 2**16 + 1, 0x4B81), (2**40 + 2**32 + 1, 0x5381)])
def test_int64_just_above_a_tie_of_bfloat16(value: int, right: int) -> None:
    assert code(np.int64(value), "bfloat16") == right
    assert code(value, "bfloat16") == right


def test_tininess_before_and_after_differ_just_below_the_smallest_normal() -> None:
    """IEEE 754-2019 7.5: 2^-126 (1 - 2^-25) rounds to 2^-126, tiny only before rounding."""
    value = Fraction(1, 2**126) * (1 - Fraction(1, 2**25))
    assert flags(value, "binary32", tininess="after") == INEXACT
    assert flags(value, "binary32", tininess="before") == INEXACT | UNDERFLOW
    one_bit_lower = Fraction(1, 2**126) * (1 - Fraction(1, 2**24))
    assert flags(one_bit_lower, "binary32", tininess="after") == INEXACT | UNDERFLOW


def test_to_odd_overflows_to_max_whatever_its_parity() -> None:
    assert code(1e6, "e5m2", rounding="to_odd") == 0x7B  # max is odd
    assert code(1e6, "e4m3fn", rounding="to_odd", overflow="ieee") == 0x7E  # max is even
    assert flags(460.0, "e4m3fn", rounding="to_odd", overflow="ieee") == INEXACT | OVERFLOW


def test_negative_zero_is_kept_where_there_is_one() -> None:
    assert code(-0.0, "e4m3fn") == 0x80
    assert code(-1e-30, "e4m3fn") == 0x80
    assert code(-0.0, "e4m3fnuz") == 0
    assert code(-(2.0**-12), "e4m3fnuz") == 0


def test_no_nan_comes_out_signalling() -> None:
    signalling = np.array([0x7F800001], np.uint32)
    for profile in ("canonical", "x86_sse", "arm", "sf_8086"):
        codes, bits = nf.convert(signalling, "binary32", "binary16", env=nf.Env(nan=profile), flags="any")
        assert codes[0] & 0x200
        assert bits == INVALID
    same, bits = nf.convert(signalling, "binary32", "binary32", env=nf.Env(nan="arm"), flags="any")
    assert (same[0], bits) == (0x7FC00001, INVALID)


def test_464_is_the_last_value_that_rounds_to_448() -> None:
    """OCP OFP8 5.2.1 rounds first: 448 < x <= 464 is 448 in non-saturating mode too."""
    assert code(464.0, "e4m3fn", overflow="ieee") == 0x7E
    assert flags(464.0, "e4m3fn", overflow="ieee") == INEXACT
    above = np.nextafter(np.float32(464), np.float32(500))
    assert code(above, "e4m3fn", overflow="ieee") == 0x7F
    assert code(above, "e4m3fn", overflow="saturate") == 0x7E
    assert flags(above, "e4m3fn", overflow="saturate") == INEXACT | OVERFLOW


def test_largest_e4m3() -> None:
    assert nf.format("e4m3fn").max == 448
    assert nf.format("float8_e4m3").max == 240
    assert nf.decode([0x7E, 0x77], "e4m3fn").tolist() == [448.0, 240.0]


def test_e8m0_ties_go_to_the_even_code() -> None:
    """P3109 4.7.4 at precision 1; others round 3.0 up to 81."""
    assert code(3.0, "e8m0") == 0x80
    assert code(1.5, "e8m0") == 0x80
    assert code(2.0**-128, "e8m0") == 0
    assert code(0.0, "e8m0") == 0
    assert code(0.0, "e8m0", overflow="ieee") == 0xFF
    assert flags(-1.0, "e8m0") == INVALID


def test_nan_without_a_code() -> None:
    assert code(float("nan"), "e2m1") == 7
    assert code(float("nan"), "e2m1", nan_substitute="inverted_zero") == 8  # as ml_dtypes does
    with pytest.raises(ValueError, match=r"x: element 1: a NaN result.*raise"):
        nf.encode(np.array([1.0, np.nan]), "e2m1", env=nf.Env(nan_substitute="raise"))


def test_arm_flush_to_zero_raises_underflow_only() -> None:
    assert (code(2.0**-127, "binary32", ftz="arm"), flags(2.0**-127, "binary32", ftz="arm")) == (0, UNDERFLOW)
    assert flags(2.0**-127, "binary32", ftz="x86") == UNDERFLOW | INEXACT
    assert flags(2.0**-127, "binary32") == nf.Flags(0)


def test_bare_e4m3_is_refused() -> None:
    with pytest.raises(nf.FormatError, match=r"float8_e4m3fn .*448.* or float8_e4m3 .*240"):
        nf.format("e4m3")
