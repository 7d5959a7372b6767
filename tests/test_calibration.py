# SPDX-License-Identifier: BSD-3-Clause
"""Ranges, scales and zero points against exact definitions; batches; granules; bad input."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracle_calibration as oracle
import oracle_quantize
import pytest
from calibrated import drawn, facts, fit_of
from oracle_quantize import Number, Rules

import numfmt as nf
from numfmt.quantize import Affine, entropy, histogram, observers
from numfmt.quantize.calibration import Calibrator

ARITHMETICS = ["binary32", "exact", *(pytest.param(name, marks=pytest.mark.full) for name in ("binary64", "bfloat16"))]
SCHEMES = ["symmetric", "affine"]
NAN = float("nan")


def rules_of(affine: Affine) -> Rules:
    names = ("bits", "signed", "narrow", "scheme", "rounding", "divisor", "divide", "zp_add", "arithmetic")
    return Rules(**{name: getattr(affine, name) for name in names})


def exact(x: Any) -> list[Fraction]:
    return [Fraction(float(value)) for value in np.ravel(x)]


def from_range(lo: Number, hi: Number, affine: Affine) -> tuple[Number, int]:
    low, high = oracle.exact(lo), oracle.exact(hi)
    if affine.scheme == "affine":
        return oracle_quantize.affine_parameters(low, high, rules_of(affine))
    middle = 0 if affine.signed else 1 << affine.bits - 1
    return oracle_quantize.symmetric_scale(low, high, rules_of(affine)), middle


def found(affine: Affine, x: Any, method: str, **options: Any) -> tuple[Fraction, int]:
    scale, zero_point = facts(affine.calibrate(x, method, **options), "scale", "zero_point")
    return Fraction(scale), zero_point


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("signed", [True, False])
def test_range_to_parameters(arithmetic: str, scheme: Any, signed: bool, tier: str) -> None:
    """Widths, narrow codes, divisors; ranges on both sides of 0 and on one; float32 and float64 values."""
    rng = np.random.default_rng(1)
    for turn in range(10 if tier == "quick" else 500):
        divisor: Any = [*("qmax", "half_range", "qmin"), 100, 7.5][turn % 5]
        bits, narrow = int(rng.integers(3, 12)), bool(turn % 2)
        affine = Affine(bits=bits, signed=signed, narrow=narrow, scheme=scheme, arithmetic=arithmetic, divisor=divisor)
        x = rng.normal(size=2) * 2.0 ** rng.integers(-20, 20) + turn % 3 * rng.normal()
        x = x.astype([np.float32, np.float64][turn % 2])
        want = from_range(min(exact(x)), max(exact(x)), affine)
        assert found(affine, x, "minmax") == want, (affine, x)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_max(scheme: Any) -> None:
    affine = Affine(scheme=scheme)
    x = np.array([-0.5, 0.3, 1.2, -2.1], np.float32)
    amax = max(map(abs, exact(x)))
    assert found(affine, x, "max") == from_range(-amax, amax, affine)


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_mean_std(arithmetic: str, scheme: Any) -> None:
    affine = Affine(scheme=scheme, arithmetic=arithmetic)
    for seed in range(3):
        x = drawn(seed, 20, [np.float16, np.float32, np.float64][seed % 3])
        for k in (0, 1, 3):
            lo, hi = oracle.mean_std(exact(x), k, rules_of(affine))
            p = affine.calibrate(x, "mean_std", k=k)
            assert tuple(map(Fraction, facts(p, "lo", "hi"))) == parameters_range(lo, hi, scheme)
            assert found(affine, x, "mean_std", k=k) == from_range(lo, hi, affine)


def parameters_range(lo: Number, hi: Number, scheme: str) -> tuple[Number, Number]:
    """The range that the parameters tell: an affine one holds 0."""
    return (lo, hi) if scheme == "symmetric" else (min(lo, Fraction(0)), max(hi, Fraction(0)))


def test_mean_std_of_a_rational_root() -> None:
    """mu = 1, sigma = 2: nothing is left to round."""
    p = Affine(divisor=1).calibrate([3.0, -1.0], "mean_std", k=3)
    assert facts(p, "hi", "scale") == [7, 7]


def test_mean_std_at_a_tie() -> None:
    """mu + 0 sigma exactly between two floats goes to the even one, and the next bit decides otherwise."""
    ulp = 2.0**-23
    tie = [1.0, 1.0 + ulp]
    assert Affine(divisor=1).calibrate(tie, "mean_std", k=0).scale == 1
    above = np.array([*tie, 1 + ulp + 2.0**-52] * 2 + [1.0] * 2)
    assert Affine(divisor=1).calibrate(above, "mean_std", k=0).scale == np.float32(1 + ulp)


@pytest.mark.parametrize(("steps", "want"), [(100, 1 + 2.0**-23), (101, 1.0)])
def test_a_root_next_to_a_tie(steps: int, want: float) -> None:
    """A midpoint less a convergent of sqrt(2), plus sqrt(2): hundreds of bits after the point do not tell on which
    side of the midpoint the sum is.
    """
    above, below = 1, 1
    for _ in range(steps):
        above, below = above + 2 * below, above + below
    midpoint = 1 + Fraction(1, 2**24)
    assert (Fraction(above, below) ** 2 < 2) == (want > 1)
    assert observers.plus_root(midpoint - Fraction(above, below), Fraction(2), nf.float32) == want


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("c", [0.01, 0.5, 1, Fraction(1, 3)])
def test_ema(arithmetic: str, c: Any) -> None:
    affine = Affine(scheme="affine", arithmetic=arithmetic)
    batches = [drawn(seed, 9) for seed in range(6)]
    lo, hi = oracle.moving_average([exact(x) for x in batches], Fraction(c), arithmetic)
    p = affine.calibrate(batches, "ema", c=c)
    assert facts(p, "lo", "hi") == [float(min(lo, Fraction(0))), float(max(hi, Fraction(0)))]
    assert found(affine, batches, "ema", c=c) == from_range(lo, hi, affine)


def test_ema_of_channels_with_gaps() -> None:
    """A channel's average starts with the first batch that has a value for it, and waits where one has none."""
    affine = Affine(scheme="affine", axis=0, nan="zero")
    batches = [np.array([[1.0, -1], [NAN, NAN]]), np.array([[NAN, NAN], [2.0, -4]]), np.array([[3.0, -3], [4, -8]])]
    p = affine.calibrate([x.astype(np.float32) for x in batches], "ema", c=0.5)
    assert facts(p, "lo", "hi") == [[-2, -6], [2, 3]]


@pytest.mark.parametrize("interpolation", ["linear", "lower", "higher", "nearest", "midpoint"])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("arithmetic", ["binary32", "exact"])
def test_percentile(interpolation: str, scheme: Any, arithmetic: str) -> None:
    affine = Affine(scheme=scheme, arithmetic=arithmetic)
    rounds = "exact" if interpolation in ("lower", "higher", "nearest") else arithmetic
    for seed, p in enumerate(["99.99", "90", "97.5", "50", "100"]):
        x = drawn(seed, 7 + seed % 3)
        pick = [abs(v) for v in exact(x)] if scheme == "symmetric" else exact(x)
        ends = [oracle.percentile(pick, q, interpolation) for q in (100 - Fraction(p), Fraction(p))]
        lo, hi = (oracle_quantize.rounded(end, rounds) for end in ends)
        if scheme == "symmetric":
            lo = -oracle.exact(hi)
        options = {"percentile": float(p), "interpolation": interpolation}
        assert found(affine, x, "percentile", **options) == from_range(lo, hi, affine)


def test_percentile_is_what_its_decimal_says() -> None:
    """Of 0..10000 the 99.99th is 9999; the float 99.99 is below that, and so is numpy's position."""
    x = np.arange(10001, dtype=np.float32)
    assert Fraction(99.99) < Fraction("99.99")
    assert Affine().calibrate(x, "percentile", percentile=99.99, interpolation="lower").hi == 9999


def test_percentiles_of_a_pair() -> None:
    x = np.arange(-50, 51, dtype=np.float32)
    p = Affine(scheme="affine").calibrate(x, "percentile", percentile=(10, 95))
    assert facts(p, "lo", "hi", "clipped_below", "clipped_above") == [-40, 45, 10, 5]


def test_an_exact_end_between_floats() -> None:
    """Half of two neighbours lie above their exact middle."""
    x = np.array([1, np.nextafter(1, 2)])
    p = Affine(scheme="affine", arithmetic="exact").calibrate(x, "percentile", percentile=(0, 50))
    assert facts(p, "clipped_below", "clipped_above") == [0, 1]


@pytest.mark.parametrize("rounding", ["half_even", "trunc"])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("divide", ["div", "recip"])
def test_mse(rounding: Any, scheme: Any, divide: Any, tier: str) -> None:
    """The best of all candidates, by the quantizer's own rounding; the widest of equal ones."""
    affine = Affine(bits=3, scheme=scheme, rounding=rounding, divide=divide)
    for seed in range(1 if tier == "quick" else 30):
        x = drawn(seed, 12)
        lo, hi = min(exact(x)), max(exact(x))
        if scheme == "symmetric":
            lo, hi = -max(-lo, hi), max(-lo, hi)
        errors = []
        for i in range(10, 1, -1):
            low, high = (oracle_quantize.rounded(end * i / 10, "binary32") for end in (lo, hi))
            scale, zero_point = from_range(low, high, affine)
            error = oracle.squared_error(exact(x), oracle.exact(scale), zero_point, rules_of(affine))
            errors.append((error, -i, (scale, zero_point)))
        assert found(affine, x, "mse", steps=10, first=2) == min(errors)[2]


def test_mse_takes_the_widest_of_equal_ranges() -> None:
    """3 by code -3 with scale 1, or by -4 with scale 3/4."""
    assert facts(Affine(bits=3).calibrate([-3.0], "mse", steps=4, first=3), "hi", "scale") == [3, 1]


def test_mse_of_granules_with_gaps() -> None:
    """What is left out of a granule counts nowhere."""
    x = np.array([[1, -0.3, NAN, NAN, 4], [NAN, 2, 3, -1, 0.4]], np.float32)
    p = Affine(bits=3, axis=0, nan="zero").calibrate(x, "mse")
    for row, scale in zip(x, p.scale, strict=True):
        assert fit_of(Affine(bits=3), row[~np.isnan(row)], "mse") == [scale, 0]


def test_mse_tries_the_first_ratio() -> None:
    x = np.array([*np.linspace(-1, 1, 200), 8], np.float32)
    assert facts(Affine(bits=3).calibrate(x, "mse", steps=4, first=1), "hi") == [2]


@pytest.mark.parametrize(("signed", "narrow", "bits"), [(True, False, 3), (True, True, 3), (True, False, 2)])
def test_mse_exact(signed: bool, narrow: bool, bits: int) -> None:
    affine = Affine(bits=bits, signed=signed, narrow=narrow)
    for seed in range(3):
        x = drawn(seed, 7) if seed else np.array([1, 2, -3, 3, 0, 0.5, 2], np.float32)
        want = oracle_quantize.rounded(oracle.best_scale(exact(x), rules_of(affine)), "binary32")
        assert found(affine, x, "mse_exact") == (want, 0)


def test_mse_exact_takes_the_largest_of_equal_scales() -> None:
    """1, 1/2 and 1/3 all have no error."""
    assert fit_of(Affine(bits=3), [1.0], "mse_exact") == [1, 0]


def test_mse_exact_beats_the_grid() -> None:
    x = drawn(3, 100)
    affine = Affine(bits=4)
    errors = [
        oracle.squared_error(exact(x), found(affine, x, method)[0], 0, rules_of(affine))
        for method in ("mse_exact", "mse", "minmax")
    ]
    assert errors == sorted(errors)
    assert len(set(errors)) == 3


def test_mse_exact_of_unsigned_codes() -> None:
    """Around the middle: one more code below than above."""
    x = np.array([-8.0, 7.0, 1.0], np.float32)
    assert fit_of(Affine(bits=4, signed=False), x, "mse_exact") == [1, 8]


@pytest.mark.parametrize(("bins", "quantized_bins"), [(32, 8), (33, 8), (48, 24), (40, 5)])
def test_entropy(bins: int, quantized_bins: int) -> None:
    rng = np.random.default_rng(bins)
    for _ in range(2):
        counts = (rng.poisson(40 * np.exp(-(np.linspace(-4, 4, bins) ** 2)))).astype(np.int64)
        counts[rng.integers(0, bins)] += 1
        counts[: bins // 8] += 15  # outliers on one side
        edges = np.linspace(-4, 4, bins + 1)
        mine = entropy.least(histogram.Histogram(counts, edges), quantized_bins)
        assert mine == oracle.entropy_reach(counts.tolist(), quantized_bins)


def test_entropy_clips_an_outlier() -> None:
    x = np.append(drawn(1, 3000).clip(-2, 2), np.float32(100))
    lo, hi, *clipped = facts(
        Affine(scheme="affine").calibrate(x, "entropy", bins=512), "lo", "hi", "clipped_below", "clipped_above"
    )
    assert hi < 50
    assert (lo, clipped) == (x.min(), [0, 1])


def test_entropy_with_a_threshold_given_streams() -> None:
    x = drawn(2, 600)
    whole = Affine().calibrate(x, "entropy", bins=256, quantized_bins=16)
    batches = Calibrator(Affine(), "entropy", bins=256, quantized_bins=16, threshold=float(abs(x).max()), keep=False)
    for part in np.split(x, 6):
        batches.update(part)
    assert batches.parameters() == whole
    assert batches.parameters().clipped_below is None
