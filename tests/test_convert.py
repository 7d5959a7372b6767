# SPDX-License-Identifier: BSD-3-Clause
"""Conversion against the value-table oracle: codes and flags, exhaustive where the operand has 16 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tables
from compare import assert_same, full_cross, one_per_axis
from oracle_decode import FINITE, QNAN
from oracle_table import Bracket, Source
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
#: The small formats that plain runs look at most.
MAIN = ("float8_e4m3fn", "float8_e5m2")


def check(src: nf.Format, dst: nf.Format, codes: Any, envs: Iterable[nf.Env]) -> None:
    check_bracket(src, dst, codes, tables.table(dst).bracket(Source.from_codes(src, codes)), envs)


def check_bracket(src: nf.Format, dst: nf.Format, codes: Any, bracket: Bracket, envs: Iterable[nf.Env]) -> None:
    for env in envs:
        got = nf.convert(codes, src, dst, env=env, flags=True)
        assert_same(src, dst, env, codes, got, tables.table(dst).outcome(bracket, env))


def check_codes(src: nf.Format, dst: nf.Format, envs: Iterable[nf.Env], step: int = 1) -> None:
    check_bracket(src, dst, tables.some_codes(src, step), tables.bracket(src, dst, step), envs)


def decides_only_nans(env: nf.Env) -> bool:
    """Differs from the default environment in nothing but the rules for NaNs."""
    return env != nf.Env() and env == nf.Env(nan=env.nan, nan_substitute=env.nan_substitute)


def check_axes(src: nf.Format, dst: nf.Format, step: int) -> None:
    """One environment for each value of each axis; for the NaN rules every NaN, and one in 16 others."""
    envs = list(one_per_axis(dst))
    if step > 1:
        envs = envs[:1] + envs[1 + len(str(dst)) % 2 :: 2]
    check_codes(src, dst, (env for env in envs if not decides_only_nans(env)), step)
    codes = tables.some_codes(src)
    nan = tables.source(src).kind >= QNAN
    assert nan.any()
    check(src, dst, codes[nan | (codes % 16 == 0)], (env for env in envs if decides_only_nans(env)))


@pytest.mark.parametrize("dst", [*NAMED, *ODD])
@pytest.mark.parametrize("src", SOURCES)
def test_every_16_bit_code(src: str, dst: str, tier: str) -> None:
    """All 65,536 codes, with one environment for each value of each axis; their full cross from ``full`` on.

    In plain runs one code in 13 goes into formats without a name.
    """
    if tier == "quick":
        check_axes(nf.format(src), nf.format(dst), 13 if dst in ODD else 1)
    else:
        check_codes(nf.format(src), nf.format(dst), full_cross(nf.format(dst)))


@pytest.mark.parametrize("src", UP_TO_8_BITS)
def test_every_named_pair_of_small_formats(src: str, tier: str) -> None:
    """In plain runs two formats meet every environment, the others a third."""
    for name in NAMED:
        dst = nf.format(name)
        envs = list(one_per_axis(dst))
        if tier == "quick" and src not in MAIN:
            envs = [envs[0], *envs[1 + len(name) % 3 :: 3]]
        check_codes(nf.format(src), dst, envs)


@pytest.mark.full
@pytest.mark.parametrize("name", [name for name, _ in p3109_formats(3, 4, 5, 6)])
def test_p3109_up_to_6_bits(name: str) -> None:
    fmt = nf.format(name)
    for src in SOURCES:
        check_codes(nf.format(src), fmt, full_cross(fmt))


def float32_points(dst: nf.Format, step: int) -> Any:
    """Binary32 codes at every ``step``-th value and midpoint of ``dst``, at the ends of its range and in the tininess
    slices, each with the four codes on either side, in both signs; and binary32's own ends.
    """
    values = tables.source(dst)
    ordered = np.unique(values.magnitude[values.kind <= FINITE])
    top = ordered[-1] + (ordered[-1] - ordered[-2])
    between = np.sort(np.concatenate([ordered, (ordered[1:] + ordered[:-1]) / 2]))
    points = np.concatenate([between[::step], ordered[-2:], [top, (top + ordered[-1]) / 2, 2 * top]])
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
    quick = tier == "quick"
    points = float32_points(fmt, 31 if quick and fmt.width > 12 else 1)
    check(nf.format("binary32"), fmt, points, (one_per_axis if quick else full_cross)(fmt))


@pytest.mark.full
@pytest.mark.parametrize("dst", ["float8_e4m3fn", "float8_e5m2", "binary16", "bfloat16", "float8_e8m0fnu"])
def test_float32_prime_stride(dst: str) -> None:
    """2^22 binary32 codes a prime apart."""
    codes = (np.arange(1 << 22, dtype=np.uint64) * np.uint64(1021)).astype(np.uint32)
    fmt = nf.format(dst)
    check(nf.format("binary32"), fmt, codes, one_per_axis(fmt))
