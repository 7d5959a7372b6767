# SPDX-License-Identifier: BSD-3-Clause
"""From the smallest and largest element to a scale and a zero point, against the oracle's steps."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracle_quantize as oracle
import pytest
from affine_cases import ARITHMETICS, Array
from hypothesis import given
from hypothesis import strategies as st

from numfmt.quantize import Affine

DIVISORS: tuple[Any, ...] = ("qmax", "half_range", "qmin", 100, 12.75)
RANGES = [(-1.0, 1.0), (-0.3, 0.7), (0.1, 0.9), (-9.0, -0.5), (0.0, 0.1), (-1e-3, 1e4), (-1 / 3, 1 / 7), (-255.0, 3.0)]
FULL = [pytest.param(dtype, marks=pytest.mark.full) for dtype in (np.float16, np.float64)]


def extremes(x: Array) -> tuple[Fraction, Fraction]:
    numbers = [Fraction(float(v)) for v in x.ravel()]
    return min(numbers), max(numbers)


def some(lo: float, hi: float, dtype: Any) -> Array:
    return np.array([lo / 2, hi, lo, hi / 4, 0.0][: 4 + (lo <= 0 <= hi)], dtype)


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("dtype", [np.float32, *FULL])
def test_symmetric(arithmetic: str, dtype: Any) -> None:
    for lo, hi in RANGES:
        x = some(lo, hi, dtype)
        for divisor in DIVISORS:
            for bits, signed in ((8, True), (8, False), (4, True)):
                affine = Affine(bits=bits, signed=signed, divisor=divisor, arithmetic=arithmetic)
                rules = oracle.Rules(bits=bits, signed=signed, divisor=divisor, arithmetic=arithmetic)
                p = affine.calibrate(x)
                assert Fraction(float(p.scale)) == oracle.symmetric_scale(*extremes(x), rules), (lo, hi, rules)
                assert int(p.zero_point) == (0 if signed else 1 << bits - 1)


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("dtype", [np.float32, *FULL])
def test_affine(arithmetic: str, dtype: Any) -> None:
    for lo, hi in RANGES:
        x = some(lo, hi, dtype)
        for bits, signed, narrow in ((8, True, False), (8, False, False), (8, True, True), (3, False, False)):
            conventions: dict[str, Any] = {"bits": bits, "signed": signed, "narrow": narrow, "arithmetic": arithmetic}
            conventions["scheme"] = "affine"
            p = Affine(**conventions).calibrate(x)
            want = oracle.affine_parameters(*extremes(x), oracle.Rules(**conventions))
            assert (Fraction(float(p.scale)), int(p.zero_point)) == want, (lo, hi, conventions)


@given(st.integers(0, 1 << 32), st.sampled_from(["channel", "group", "tile"]), st.booleans())
def test_every_granule_has_its_own_range(seed: int, kind: str, affine_scheme: bool) -> None:
    x = np.random.default_rng(seed).normal(0.5, 3, (2, 4, 6)).astype(np.float32)
    granularity = {
        "channel": oracle.Granularity(axis=1),
        "group": oracle.Granularity(axis=-1, group=3),
        "tile": oracle.Granularity(tile=(2, 3)),
    }[kind]
    scheme: Any = "affine" if affine_scheme else "symmetric"
    affine = Affine(scheme=scheme, axis=granularity.axis, group=granularity.group, tile=granularity.tile)
    p = affine.calibrate(x)
    shape = granularity.shape(x.shape)
    assert p.scale.shape == p.zero_point.shape == shape
    for granule in oracle.indices(shape):
        here = np.array([x[index] for index in oracle.indices(x.shape) if granularity.of(index) == granule])
        if affine_scheme:
            want = oracle.affine_parameters(*extremes(here), oracle.Rules())
        else:
            want = oracle.symmetric_scale(*extremes(here), oracle.Rules()), 0
        assert (Fraction(float(p.scale[granule])), int(p.zero_point[granule])) == want


def test_by_hand() -> None:
    """Eight bits over [-1, 1]: half of 255 steps lie below 0, and 127.5 goes to the even 128."""
    p = Affine(signed=False, scheme="affine", arithmetic="exact").calibrate([-1.0, 1.0])
    assert (float(p.scale), int(p.zero_point)) == (2 / 255, 128)
    p = Affine().calibrate([-1.0, 0.5])
    assert float(p.scale) == float(np.float32(1) / np.float32(127))


@pytest.mark.parametrize("scheme", ["symmetric", "affine"])
def test_a_range_of_zero(scheme: Any) -> None:
    affine = Affine(scheme=scheme)
    with pytest.raises(ValueError, match="zero"):
        affine.calibrate([0.0, -0.0])
    assert float(affine.calibrate([0.0, 0.0], zero_range="one").scale) == 1.0


def test_nan_and_infinity() -> None:
    x = np.array([1.0, np.nan, -3.0], np.float32)
    with pytest.raises(ValueError, match=r"\[1\].*NaN"):
        Affine().calibrate(x)
    assert float(Affine(nan="zero").calibrate(x).scale) == float(np.float32(3) / np.float32(127))
    with pytest.raises(ValueError, match=r"\[2\].*-?inf|Inf"):
        Affine(nan="zero").calibrate(np.array([1.0, 2.0, -np.inf], np.float32))
