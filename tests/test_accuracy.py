# SPDX-License-Identifier: BSD-3-Clause
"""Reports against sums of Fractions."""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import numfmt as nf
from numfmt.quantize.accuracy import Report, report
from numfmt.quantize.affine import Affine
from numfmt.quantize.grids import UniformGrid
from numfmt.quantize.scaling import Scaled
from numfmt.quantize.sizes import Size

F = Fraction
RNG = np.random.default_rng(11)


def root(x: Fraction) -> float:
    """The float64 nearest to a square root."""
    near = math.sqrt(x) if x else 0.0
    return min((near, math.nextafter(near, 0), math.nextafter(near, math.inf)), key=lambda r: abs(F(r) - _long(x)))


def _long(x: Fraction) -> Fraction:
    """A square root to 300 bits."""
    shifted = x * F(4**300)
    return F(math.isqrt(shifted.numerator // shifted.denominator), 2**300)


def check(found: Report, x: list[Any], values: list[Any]) -> None:
    """Every error of a report, from exact values before and after."""
    errors = [F(value) - F(given) for given, value in zip(x, values, strict=True)]
    relative = [abs(error / F(given)) for given, error in zip(x, errors, strict=True) if given]
    noise, signal = sum(error**2 for error in errors), sum(F(given) ** 2 for given in x)
    assert found.max_abs_error == float(max(map(abs, errors)))
    assert found.worst == next(i for i, error in enumerate(errors) if abs(error) == max(map(abs, errors)))
    assert found.rmse == root(F(noise) / len(x))
    assert found.max_relative_error == float(max(relative))
    assert found.mean_relative_error == float(sum(F(float(one)) for one in relative) / len(relative))
    assert found.inexact == sum(error != 0 for error in errors)
    if noise:
        assert found.sqnr_db == 10 * math.log10(signal / noise)
    else:
        assert found.sqnr_db == math.inf


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", ["e4m3fn", "e2m1", "bfloat16"])
def test_codes_of_a_format(name: str, dtype: Any) -> None:
    x = (RNG.standard_normal(50) * 3).astype(dtype)
    x[:6] = 0, 7, -7.5, 6.99, -6.5, 9
    codes = nf.encode(x, name)
    found = report(x, codes, name)
    check(found, x.tolist(), nf.decode(codes, name).tolist())
    assert found.size == Size(elements=50, code_bits=nf.format(name).width)
    assert found.source_bits == 8 * x.itemsize
    if name == "e2m1":  # 7 is the tie between 6 and the next value, 8, if there were one
        assert found.below == int(np.count_nonzero(x <= -7)) > 0
        assert found.above == int(np.count_nonzero(x >= 7)) > 0


def test_scaled() -> None:
    x = RNG.standard_normal((4, 64)).astype(np.float32)
    quantizer = Scaled("e4m3fn", axis=-1, group=32)
    q = quantizer.encode(x, quantizer.calibrate(x))
    found = report(x, q)
    check(found, x.ravel().tolist(), q.values.ravel().tolist())
    assert (found.size.scales, found.bits_per_weight) == (8, F(9))
    assert report(x, q, scale_bits=8).bits_per_weight == F("8.25")
    assert (found.below, found.above) == (q.below, q.above)


@pytest.mark.parametrize("arithmetic", ["binary32", "bfloat16", "exact"])
def test_affine(arithmetic: str) -> None:
    """A symmetric quantizer's zero points are not stored, an affine one's take the bits of a code."""
    x = RNG.standard_normal((4, 32)).astype(np.float32)
    symmetric = Affine(bits=5, axis=0, arithmetic=arithmetic)
    q = symmetric.encode(x, symmetric.parameters(scale=[0.1, 0.2, 0.3, 0.05]))
    found = report(x, q)
    check(found, x.ravel().tolist(), q.values.ravel().tolist())
    assert (found.below, found.above) == (q.below, q.above)
    assert found.saturated > 0
    assert found.size == Size(elements=128, code_bits=5, scales=4)
    affine = Affine(bits=5, axis=0, arithmetic=arithmetic, scheme="affine")
    q = affine.encode(x, affine.parameters(scale=[0.1, 0.2, 0.3, 0.05], zero_point=3))
    assert report(x, q).size == Size(elements=128, code_bits=5, scales=4, zero_points=4, zero_point_bits=5)
    assert report(x, q, scale_bits=16, zero_point_bits=8).bits_per_weight == 5 + F(4 * 16 + 4 * 8, 128)
    check(report(x, q), x.ravel().tolist(), q.values.ravel().tolist())


@pytest.mark.parametrize("how", [{}, {"axis": 0}, {"axis": 1, "group": 4}, {"tile": (2, 3)}])
@pytest.mark.parametrize("bits", [4, 32])
def test_exact_values_by_granule(how: dict[str, Any], bits: int) -> None:
    """Products of up to 86 bits are in the report whole."""
    x = RNG.standard_normal((4, 12))
    affine = Affine(bits=bits, arithmetic="exact", scheme="affine", **how)
    q = affine.encode(x, affine.calibrate(x))
    assert q.values.dtype == object
    check(report(x, q), x.ravel().tolist(), q.values.ravel().tolist())


def test_grid() -> None:
    x = RNG.standard_normal(60).astype(np.float32)
    q = UniformGrid(5, -2, F(7, 3)).encode(x)
    found = report(x, q)
    points = [F(point) for point in q.exact.tolist()]
    rounded = nf.decode(nf.encode(points, "binary128"), "binary128", dtype=object).tolist()
    check(found, x.tolist(), rounded)
    assert (found.saturated, found.inexact) == (q.saturated, q.inexact)
    assert found.bits_per_weight == 5


def test_differences_beyond_float64() -> None:
    """1 + 2^-149 and its like: the difference of two float32 has more bits than float64."""
    x = np.array([2.0**-149, 2.0**100, 1, 3.5], np.float32)
    values = np.array([1, 3.5, 2.0**-140, 2.0**-149], np.float32)
    found = report(x, nf.encode(values, "binary32"), "binary32")
    assert found.max_abs_error == float(F(2) ** 100 - F("3.5"))
    exact = [F(after) - F(before) for before, after in zip(x.tolist(), values.tolist(), strict=True)]
    assert found.rmse == root(F(sum(error**2 for error in exact), 4))


def test_no_order_changes_a_bit() -> None:
    x = (RNG.standard_normal(300) * np.exp(RNG.uniform(-20, 20, 300))).tolist()
    reports = set()
    for seed in range(5):
        random.Random(seed).shuffle(x)
        found = report(x, nf.encode(x, "bfloat16"), "bfloat16")
        reports.add((found.rmse, found.sqnr_db, found.mean_relative_error, found.max_relative_error))
    assert len(reports) == 1


def test_specials_are_counted_and_left_out() -> None:
    x = np.array([1, np.nan, np.inf, -np.inf, 1e6, -1e6, 0.3], np.float32)
    codes = nf.encode(x, "e5m2")
    found = report(x, codes, "e5m2")
    assert (found.nan, found.infinite, found.below, found.above) == (1, 4, 1, 1)
    assert found.inexact == 3
    assert found.worst == 6
    assert found.max_abs_error == abs(0.3125 - float(np.float32(0.3)))
    assert report(x, nf.encode(x, "e4m3fn"), "e4m3fn").infinite == 2


def test_nothing_lost_and_nothing_there() -> None:
    same = report([1.0, 2.0], nf.encode([1.0, 2.0], "e2m1"), "e2m1")
    assert (same.sqnr_db, same.rmse, same.inexact, same.worst) == (math.inf, 0, 0, 0)
    zeros = report([0.0], nf.encode([0.0], "e2m1"), "e2m1")
    assert math.isnan(zeros.sqnr_db)
    assert (zeros.max_relative_error, zeros.mean_relative_error) == (0, 0)
    lost = report([2.0**-30], nf.encode([2.0**-30], "e2m1"), "e2m1")
    assert (lost.sqnr_db, lost.max_relative_error) == (0, 1)
    nothing = report([], nf.encode([], "e2m1"), "e2m1")
    assert (nothing.size.elements, nothing.worst, nothing.max_abs_error) == (0, None, 0)
    assert nothing.bits_per_weight == 0


def test_text_and_json() -> None:
    x = np.array([1, 0.3, -5.75, 500], np.float32)
    found = report(x, nf.encode(x, "e4m3fn"), "e4m3fn")
    assert found.text() == (
        "elements             4\n"
        "bits per weight      8\n"
        "of these codes       8\n"
        "scales               none\n"
        "zero points          none\n"
        "bytes                4 (from 16, 75.00 % saved)\n"
        "max abs error        52 at 3\n"
        "RMSE                 26.0003\n"
        "SQNR                 19.66 dB\n"
        "max relative error   10.4 %\n"
        "mean relative error  4.72862 %\n"
        "saturated            1 (0 below, 1 above)\n"
        "inexact              3\n"
        "NaN                  0\n"
        "infinite             0"
    )
    written = json.loads(found.json())
    assert written["size"]["elements"] == 4
    assert written["rmse"] == found.rmse
    assert written["saturated"] == 1
    assert written["bits_per_weight_exact"] == "8"
    exact = json.loads(report([1.0], nf.encode([1.0], "e2m1"), "e2m1").json())
    assert exact["sqnr_db"] == "inf"


def test_sizes() -> None:
    size = Size(elements=5, code_bits=3, scales=1, scale_bits=16, zero_points=1, zero_point_bits=3)
    assert (size.bits, size.bytes, size.bits_per_element) == (34, 5, F(34, 5))
    with pytest.raises(ValueError, match="elements is -1: must be an integer, 0 or more"):
        Size(elements=-1, code_bits=8)


def test_bad_arguments() -> None:
    with pytest.raises(
        TypeError, match=r"q is ndarray: must be what an encode of numfmt\.quantize delivered, or codes"
    ):
        report([1.0], np.array([1]))
    with pytest.raises(ValueError, match=r"x has shape \(2,\) and q \(1,\): they must be the same"):
        report([1.0, 2.0], nf.encode([1.0], "e2m1"), "e2m1")
