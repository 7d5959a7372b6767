# SPDX-License-Identifier: BSD-3-Clause
"""Conversion against the value-table oracle: codes and flags, exhaustive where the operand has 16 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from compare import assert_same, full_cross, one_per_axis
from oracle_table import Source, Table
from specs import p3109_formats

import numfmt as nf

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMED = [row.name for row in nf.list_formats() if row.format.width <= 16]
UP_TO_8_BITS = [name for name in NAMED if nf.format(name).width <= 8]
#: Corners of the descriptor that no named format has.
ODD = [
    "width=8/precision=4/bias=7/exp0=zero",
    "width=8/precision=4/bias=7/exp0=normal",
    "width=9/precision=3/bias=40/exp0=zero/has_neg_zero=false/has_inf=false/n_high_nans=0/has_quiet_bit=false",
    "width=7/precision=3/bias=-5",
    "width=8/precision=1/bias=7/exp0=zero/has_inf=false/n_high_nans=0/has_quiet_bit=false",
    "width=8/precision=4/bias=7/exp0=normal/has_zero=false/is_signed=false/has_neg_zero=false",
    "width=6/precision=3/bias=3/is_signed=false/has_neg_zero=false/has_inf=false/n_high_nans=0/has_quiet_bit=false",
    "width=5/precision=4/bias=1/n_high_nans=3/has_quiet_bit=false",
    "width=4/precision=3/bias=0",  # every finite value is subnormal
    "width=2/precision=1/bias=0/has_inf=false/n_high_nans=0/has_quiet_bit=false",
    "width=12/precision=11/bias=1/has_inf=false/n_high_nans=5/has_quiet_bit=false",
]
SOURCES = ("binary16", "bfloat16")


def check(src: nf.Format, dst: nf.Format, codes: Any, envs: Iterable[nf.Env]) -> None:
    table = Table(dst)
    bracket = table.bracket(Source.from_codes(src, codes))
    for env in envs:
        got = nf.convert(codes, src, dst, env=env, flags=True)
        assert_same(src, dst, env, codes, got, table.outcome(bracket, env))


def all_codes(fmt: nf.Format) -> Any:
    return np.arange(1 << fmt.width, dtype=fmt.dtype)


@pytest.mark.parametrize("dst", [*UP_TO_8_BITS, *ODD])
@pytest.mark.parametrize("src", SOURCES)
def test_every_16_bit_code(src: str, dst: str, tier: str) -> None:
    """All 65,536 codes, with one environment for each value of each axis; their full cross from ``full`` on."""
    fmt = nf.format(dst)
    envs = one_per_axis if tier == "quick" else full_cross
    check(nf.format(src), fmt, all_codes(nf.format(src)), envs(fmt))


@pytest.mark.parametrize("dst", [name for name in NAMED if name not in UP_TO_8_BITS])
@pytest.mark.parametrize("src", SOURCES)
def test_every_16_bit_code_into_16_bits(src: str, dst: str, tier: str) -> None:
    fmt = nf.format(dst)
    envs = one_per_axis if tier == "quick" else full_cross
    check(nf.format(src), fmt, all_codes(nf.format(src)), envs(fmt))


@pytest.mark.parametrize("src", UP_TO_8_BITS)
def test_every_named_pair_of_small_formats(src: str) -> None:
    for name in NAMED:
        dst = nf.format(name)
        check(nf.format(src), dst, all_codes(nf.format(src)), one_per_axis(dst))


@pytest.mark.full
@pytest.mark.parametrize("name", [name for name, _ in p3109_formats(3, 4, 5, 6)])
def test_p3109_up_to_6_bits(name: str) -> None:
    fmt = nf.format(name)
    for src in SOURCES:
        check(nf.format(src), fmt, all_codes(nf.format(src)), full_cross(fmt))


def float32_points(dst: nf.Format) -> Any:
    """Binary32 codes at every value and midpoint of ``dst``, at the ends of its range and in the tininess slices,
    each with the four codes on either side, in both signs; and binary32's own ends.
    """
    table = Table(dst)
    values = {abs(float(value)) for value in table.decode_values() if not isinstance(value, str)}
    ordered = np.array(sorted(values))
    top = ordered[-1] + (ordered[-1] - ordered[-2])
    points = np.concatenate([ordered, (ordered[1:] + ordered[:-1]) / 2, [top, (top + ordered[-1]) / 2, 2 * top]])
    normal = 2.0 ** (1 - dst.bias)
    slices = normal * (1 - 2.0**-dst.precision * np.array([0.25, 0.5, 0.75, 1, 1.25, 1.5, 2]))
    near = np.concatenate([points, slices, ordered[:2] / 4])
    with np.errstate(over="ignore"):
        codes = np.abs(near).astype(np.float32).view(np.uint32).astype(np.int64)
    around = (codes[:, None] + np.arange(-4, 5)).ravel()
    ends = np.array([0, 1, 0x7FFFFF, 0x800000, 0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x7FBFFFFF, 0x7FC00000, 0x7FFFFFFF])
    positive = np.unique(np.concatenate([around[(around >= 0) & (around < 1 << 31)], ends])).astype(np.uint32)
    return np.concatenate([positive, positive | np.uint32(1 << 31)])


@pytest.mark.parametrize("dst", [*NAMED, *ODD])
def test_float32_around_every_boundary(dst: str, tier: str) -> None:
    fmt = nf.format(dst)
    points, envs = float32_points(fmt), one_per_axis if tier == "quick" else full_cross
    if tier == "quick" and fmt.width > 12:
        points = points[::7]  # no divisor of the nine codes around each boundary
    check(nf.format("binary32"), fmt, points, envs(fmt))


@pytest.mark.full
@pytest.mark.parametrize("dst", ["float8_e4m3fn", "float8_e5m2", "binary16", "bfloat16", "float8_e8m0fnu"])
def test_float32_prime_stride(dst: str) -> None:
    """2^22 binary32 codes a prime apart."""
    codes = (np.arange(1 << 22, dtype=np.uint64) * np.uint64(1021)).astype(np.uint32)
    fmt = nf.format(dst)
    check(nf.format("binary32"), fmt, codes, one_per_axis(fmt))
