# SPDX-License-Identifier: BSD-3-Clause
"""Stochastic rounding A, B, C (P3109 4.7.4): every R for small N, the thresholds for large, exact expectations."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracle
import pytest
import tables
from compare import assert_same
from hypothesis import given
from hypothesis import strategies as st
from test_convert import ODD, UP_TO_8_BITS

import numfmt as nf
from numfmt import modes

MODES: tuple[Any, ...] = ("stochastic_a", "stochastic_b", "stochastic_c")


def philox(key: int, blocks: int) -> list[int]:
    """Philox 4x64-10 (Salmon et al., SC 2011) over the counters 1, 2, ..., as numpy counts."""
    mask, words = 2**64 - 1, []
    for block in range(1, blocks + 1):
        k0, k1 = key & mask, key >> 64
        c0, c1, c2, c3 = block, 0, 0, 0
        for _ in range(10):
            p0, p1 = 0xD2E7470EE14C6C93 * c0, 0xCA5A826395121157 * c2
            c0, c1, c2, c3 = p1 >> 64 ^ c1 ^ k0, p1 & mask, p0 >> 64 ^ c3 ^ k1, p0 & mask
            k0, k1 = k0 + 0x9E3779B97F4A7C15 & mask, k1 + 0xBB67AE8584CAA73B & mask
        words += [c0, c1, c2, c3]
    return words


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1, 2**64, 2**128 - 1])
@pytest.mark.parametrize("count", [0, 1, 8, 31, 32])
def test_random_bits_are_philox(seed: int, count: int) -> None:
    bits = nf.random_bits((4, 5), count, seed)
    assert (bits.dtype, bits.shape) == (np.uint32, (4, 5))
    assert bits.ravel().tolist() == [word >> (64 - count) if count else 0 for word in philox(seed, 5)]


def check_operands(src: nf.Format, dst: nf.Format, env: nf.Env, random: Any, step: int) -> None:
    """Every ``step``-th code of ``src``, ``random`` (one value or one per operand) against the value table."""
    codes = tables.some_codes(src, step)
    bracket = tables.bracket(src, dst, step)
    wanted = tables.table(dst).outcome(bracket, env, random_bits=np.broadcast_to(random, codes.shape))
    got = nf.convert(codes, src, dst, env=env, random_bits=random, flags=True)
    assert_same(src, dst, env, codes, got, wanted)


@pytest.mark.parametrize("rounding", MODES)
@pytest.mark.parametrize("dst", [*UP_TO_8_BITS, "dlfloat16", *ODD])
def test_every_r_of_few_bits(dst: str, rounding: Any, tier: str) -> None:
    """N = 0, 1, 3 with all R; from ``full`` on every operand, and every policy and tininess."""
    fmt, src = nf.format(dst), nf.format("binary16")
    for count in (0, 1, 3):
        env = nf.Env(rounding=rounding, random_bits_count=count)
        for r in range(1 << count):
            check_operands(src, fmt, env, r, 7 if tier == "quick" else 1)
    if tier != "quick":
        for overflow in modes.OVERFLOWS:
            for tininess in modes.TININESSES:
                env = nf.Env(rounding=rounding, random_bits_count=3, overflow=overflow, tininess=tininess)
                check_operands(src, fmt, env, np.arange(1 << 16) % 8, 1)


def position(dst: nf.Format, value: Fraction) -> Fraction:
    """nu: where a positive value lies between its neighbours."""
    below, above = (oracle.value_of(dst, code) for code in oracle.neighbours(dst, value))
    return (value - below) / (above - below) if above > below else Fraction(0)


def away_threshold(nu: Fraction, rounding: str, count: int) -> Fraction:
    """R from which on the magnitude goes up."""
    if rounding == "stochastic_b":
        return Fraction(2 ** (count + 1) - (nu * 2 ** (count + 1)).__floor__() - 1, 2)
    bits = (nu * 2**count).__floor__() if rounding == "stochastic_a" else round(nu * 2**count)
    return Fraction(2**count - bits)


@pytest.mark.parametrize("rounding", MODES)
@pytest.mark.parametrize("count", [8, 23, 32])
@pytest.mark.parametrize("dst", ["float8_e4m3fn", "float4_e2m1fn", "binary32", "binary64", "dlfloat16"])
def test_around_the_threshold(dst: str, count: int, rounding: Any, tier: str) -> None:
    fmt = nf.format(dst)
    env = nf.Env(rounding=rounding, random_bits_count=count)
    top = 2**count - 1
    for numerator in range(1, 60, 3 if tier != "quick" else 8):
        value = fmt.min_positive * Fraction(numerator, 7) + fmt.min_positive / 2**40
        start = away_threshold(position(fmt, value), rounding, count).__ceil__()
        for r in {min(max(start + step, 0), top) for step in (-2, -1, 0, 1)} | {0, top}:
            got = nf.encode(value, fmt, env=env, random_bits=r, flags="any")
            assert got == oracle.encode(fmt, value, env, r), (value, r)


@pytest.mark.parametrize("count", [1, 4, 7])
@pytest.mark.parametrize("rounding", MODES)
def test_expectation(rounding: Any, count: int) -> None:
    """Over all R the number of results away from zero is what the definition says: floor(nu 2^N) for A, the
    nearest integer for C, and for B the nearest with ties away.
    """
    fmt = nf.format("e4m3fn")
    env = nf.Env(rounding=rounding, random_bits_count=count)
    every_r = np.arange(1 << count)
    for numerator in range(1024, 2048, 7):
        nu = position(fmt, Fraction(numerator, 1024))
        codes = nf.encode(np.full(1 << count, numerator / 1024), fmt, env=env, random_bits=every_r)
        below = oracle.neighbours(fmt, Fraction(numerator, 1024))[0]
        exact = nu * 2**count
        wanted = {
            "stochastic_a": exact.__floor__(),
            "stochastic_b": (exact + Fraction(1, 2)).__floor__(),
            "stochastic_c": round(exact),
        }[rounding]
        assert (codes - below).sum() == wanted
        if nu * 2**count == wanted:
            mean = nf.decode(codes, fmt).astype(np.float64).mean()
            assert mean == numerator / 1024  # unbiased, exactly


@given(
    value=st.fractions(),
    count=st.integers(0, 32),
    r=st.integers(0, 2**32 - 1),
    rounding=st.sampled_from(MODES),
    tininess=st.sampled_from(modes.TININESSES),
    ftz=st.sampled_from(modes.FTZS),
    dst=st.sampled_from(["float8_e4m3fn", "float8_e5m2fnuz", "bfloat16", "binary64", "binary16p1ue", "tf32"]),
)
def test_any_value(value: Fraction, count: int, r: int, rounding: Any, tininess: Any, ftz: Any, dst: str) -> None:
    env = nf.Env(rounding=rounding, random_bits_count=count, tininess=tininess, ftz=ftz)
    r &= (1 << count) - 1
    fmt = nf.format(dst)
    assert nf.encode(value, fmt, env=env, random_bits=r, flags="any") == oracle.encode(fmt, value, env, r)


def test_random_bits_broadcast() -> None:
    env = nf.Env(rounding="stochastic_a", random_bits_count=4)
    x = np.full((3, 4), 1.06)
    columns = np.arange(4) * 5
    tiled = np.tile(columns, (3, 1))
    one, other = (nf.encode(x, "e4m3fn", env=env, random_bits=bits) for bits in (columns, tiled))
    assert (one == other).all()


ENV = nf.Env(rounding="stochastic_b", random_bits_count=3)


@pytest.mark.parametrize(
    ("random_bits", "error", "message"),
    [
        (None, ValueError, r"random_bits is missing: .*integers 0 to 7"),
        (8, ValueError, r"random_bits goes from 8 to 8: must be integers 0 to 7"),
        ([-1, 0], ValueError, r"from -1 to 0"),
        (0.5, TypeError, r"random_bits has dtype float64"),
        ([[1], [2]], ValueError, r"does not broadcast"),
    ],
)
def test_bad_random_bits(random_bits: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        nf.encode([1.0, 2.0], "e4m3fn", env=ENV, random_bits=random_bits)


def test_random_bits_without_a_use() -> None:
    with pytest.raises(ValueError, match="only a stochastic one uses it"):
        nf.encode(1.0, "e4m3fn", random_bits=0)


@pytest.mark.parametrize("count", [-1, 33, 1.0, True])
def test_bad_count(count: Any) -> None:
    with pytest.raises(ValueError, match="random_bits_count"):
        nf.Env(rounding="stochastic_a", random_bits_count=count)


def test_count_too_large_for_the_precision() -> None:
    """P + N + 3 <= 128 (SEMANTICS 2)."""
    wide = nf.Format(width=128, precision=113, bias=16383)
    nf.encode(1, wide, env=nf.Env(rounding="stochastic_c", random_bits_count=12), random_bits=0)
    with pytest.raises(ValueError, match="precision"):
        nf.encode(1, wide, env=nf.Env(rounding="stochastic_c", random_bits_count=13), random_bits=0)


@pytest.mark.parametrize(
    ("shape", "count", "seed"), [((-1,), 8, 0), (3, 33, 0), (3, -1, 0), (3, 8, -1), (3, 8, 2**128)]
)
def test_bad_arguments_of_random_bits(shape: Any, count: int, seed: int) -> None:
    with pytest.raises(ValueError, match=r"shape is|count is|seed is"):
        nf.random_bits(shape, count, seed)


def test_no_values_need_no_bits() -> None:
    env = nf.Env(rounding="stochastic_a", random_bits_count=3)
    assert nf.encode([], "e4m3fn", env=env, random_bits=[]).shape == (0,)
