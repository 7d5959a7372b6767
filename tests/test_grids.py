# SPDX-License-Identifier: BSD-3-Clause
"""Uniform grids against a search among all their points."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import numfmt as nf
from numfmt.quantize.grids import UniformGrid

F = Fraction
INTERVALS = [(0, 1), (-1, 1), (F(-3, 10), F(7, 10)), ("-0.3", 5), (0.1, 0.3), (F(1, 3), F(22, 7)), (-(2**70), 2**71)]


def points_of(grid: UniformGrid) -> list[Fraction]:
    low, high = F(grid.low), F(grid.high)
    pieces = 2**grid.bits - 1 if grid.convention == "endpoint" else 2**grid.bits
    return [low + (high - low) * k / pieces for k in range(2**grid.bits)]


def search(points: list[Fraction], x: Fraction, rounding: str) -> int:
    """The code by looking at every point."""
    if rounding == "floor":
        return max((k for k, point in enumerate(points) if point <= x), default=0)
    if rounding == "ceil":
        return min((k for k, point in enumerate(points) if point >= x), default=len(points) - 1)
    least = min(abs(point - x) for point in points)
    nearest = [k for k, point in enumerate(points) if abs(point - x) == least]
    if rounding == "half_up":
        return max(nearest)
    return min(nearest, key=lambda k: k % 2)


def clipped(points: list[Fraction], x: Fraction, rounding: str) -> tuple[bool, bool]:
    """Is x so far outside that with one more point there it would be another code's?"""
    pitch = points[1] - points[0]
    more = [points[0] - pitch, *points, points[-1] + pitch]
    if rounding == "half_even":  # the extra point below has code -1, which is odd
        return x < points[0] - pitch / 2, x >= points[-1] + pitch / 2
    found = search(more, x, rounding)
    return found == 0 and x < points[0], found == len(more) - 1


@pytest.mark.parametrize("rounding", ["half_even", "half_up", "ceil", "floor"])
@pytest.mark.parametrize("convention", ["endpoint", "step"])
@pytest.mark.parametrize(
    ("low", "high"), [pytest.param(*ends, marks=[pytest.mark.full] * (k % 3 > 0)) for k, ends in enumerate(INTERVALS)]
)
def test_codes_are_those_of_a_search(low: Any, high: Any, convention: Any, rounding: Any) -> None:
    """Points, midpoints, what float64 has next to them, and far outside: as float64 and as Fractions."""
    grid = UniformGrid(3, low, high, convention)
    points = points_of(grid)
    assert list(grid.points) == points
    pitch = points[1] - points[0]
    places = [points[0] + pitch * F(k, 2) for k in range(-3, 19)]
    near = [float(place) for place in places]
    near += [math.nextafter(value, end) for value in near for end in (-math.inf, math.inf)]
    exactly: list[Any] = [*places, *map(F, near), F(10) ** 40, -(F(10) ** 40)]
    for given_values, values in ((exactly, exactly), (np.array(near), [F(value) for value in near])):
        found = grid.encode(given_values, rounding)
        assert found.codes.tolist() == [search(points, value, rounding) for value in values]
        ends = [clipped(points, value, rounding) for value in values]
        assert (found.below, found.above) == (sum(below for below, _ in ends), sum(above for _, above in ends))
        wrong = [points[code] != value for code, value in zip(found.codes.tolist(), values, strict=True)]
        assert found.inexact == sum(wrong)
        assert found.saturated == found.below + found.above


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, np.int8, np.uint64])
@pytest.mark.parametrize("bits", [1, 8])
def test_every_dtype_by_its_own_values(dtype: Any, bits: int) -> None:
    values = np.array([0, 1, 0.5, 0.1, 2, 0.7], dtype)
    grid = UniformGrid(bits, F(-1, 7), F(9, 7))
    points = points_of(grid)
    exactly = [F(*value.as_integer_ratio()) if values.dtype.kind == "f" else F(int(value)) for value in values]
    expected = [search(points, value, "half_even") for value in exactly]
    assert grid.encode(values).codes.tolist() == expected
    assert grid.encode(values.reshape(1, 6)).codes.shape == (1, 6)
    assert grid.encode(values[:0]).codes.shape == (0,)


@given(
    st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=4),
    st.fractions(max_denominator=10**6),
    st.fractions(min_value=F(1, 10**6), max_denominator=10**6),
    st.integers(1, 3),
    st.sampled_from(["endpoint", "step"]),
)
def test_any_interval(values: list[float], low: Fraction, length: Fraction, bits: int, convention: Any) -> None:
    grid = UniformGrid(bits, low, low + length, convention)
    points = points_of(grid)
    found = grid.encode(np.array(values, np.float32))
    assert found.codes.tolist() == [search(points, F(value), "half_even") for value in values]
    assert found.exact.tolist() == [points[code] for code in found.codes.tolist()]


def test_wide_grids_tell_neighbouring_floats_apart() -> None:
    """Near the midpoint of two of 2^32 points."""
    grid = UniformGrid(32, 0, 1, "step")
    tie = (12345678 + 0.5) / 2**32
    assert grid.encode([math.nextafter(tie, 0), tie, math.nextafter(tie, 1)]).codes.tolist() == [12345678] * 2 + [
        12345679
    ]
    assert grid.encode(math.nextafter((2**32 - 0.5) / 2**32, 2)).above == 1


def test_infinities_are_clipped() -> None:
    for values in (np.array([np.inf, -np.inf, np.inf]), [math.inf, -math.inf, "inf"]):
        found = UniformGrid(8).encode(values)
        assert (found.codes.tolist(), found.above, found.below, found.inexact) == ([255, 0, 255], 2, 1, 3)


@pytest.mark.parametrize(("low", "high"), INTERVALS)
@pytest.mark.parametrize("to", ["binary16", "binary64"])
def test_decode_rounds_each_point_once(low: Any, high: Any, to: str) -> None:
    grid = UniformGrid(6, low, high)
    codes = np.arange(64)
    expected = nf.decode(nf.encode(points_of(grid), to), to)
    assert np.array_equal(grid.decode(codes, to), expected)
    assert np.array_equal(grid.encode(points_of(grid)).codes, codes)


def test_codes_have_the_smallest_dtype() -> None:
    assert [UniformGrid(bits).encode(0.5).codes.dtype for bits in (1, 8, 9, 16, 17, 32)] == [
        *([np.uint8] * 2),
        *([np.uint16] * 2),
        *([np.uint32] * 2),
    ]


def test_shape_is_that_of_the_codes() -> None:
    assert UniformGrid(4).encode([[0.1, 0.2, 0.3]]).shape == (1, 3)


def test_result_is_an_array_of_codes() -> None:
    found = UniformGrid(2).encode([0.1, 0.9])
    assert np.asarray(found).tolist() == [0, 3]
    assert found.values.tolist() == [0.0, 1.0]
    assert found.exact.tolist() == [F(0), F(1)]


def test_table() -> None:
    table = UniformGrid(8, convention="step").table(["0.12", 0, F(1, 3)])
    first, zero, third = table.rows
    assert (first.code, first.point, first.error) == (31, F(31, 256), F(31, 256) - F(12, 100))
    assert first.relative == F(31, 256) / F(12, 100) - 1
    assert (zero.code, zero.error, zero.relative) == (0, F(0), None)
    assert third.relative == abs(F(85, 256) * 3 - 1)
    assert table.text().splitlines() == [
        "value  code  point              error  relative",
        "0.12     31  0.12109375    0.00109375   0.911 %",
        "0         0  0                      0         -",
        "1/3      85  0.33203125  ~-0.00130208   0.391 %",
    ]
    written = json.loads(table.json())
    assert written["step"] == "0.00390625"
    assert written["rows"][0]["relative"] == {"exact": "7/768", "float": 7 / 768}
    assert written["rows"][1]["relative"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0,), "bits is 0: must be an integer 1 to 32"),
        ((33,), "bits is 33"),
        ((8.0,), "bits is 8.0"),
        ((8, 1, 1), "low is 1 and high 1: low must be less than high"),
        ((8, 2, 1), "low is 2 and high 1"),
        ((8, math.nan, 1), "low is nan: must be a finite number"),
        ((8, 0, math.inf), "high is inf: must be a finite number"),
        ((8, 0, 1, "middle"), "convention is 'middle': must be one of endpoint, step"),
    ],
)
def test_bad_grids(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        UniformGrid(*arguments)


def test_bad_arguments() -> None:
    grid = UniformGrid(8)
    with pytest.raises(ValueError, match="rounding is 'up': must be one of half_even, half_up, ceil, floor"):
        grid.encode(0.5, "up")  # type: ignore[arg-type]
    for values in (np.array([0.5, np.nan]), [F(1, 3), math.nan]):
        with pytest.raises(ValueError, match="x: element 1 is NaN"):
            grid.encode(values)
    with pytest.raises(TypeError, match="x holds a complex"):
        grid.encode([1j])
    with pytest.raises(ValueError, match="codes goes from 0 to 256: must be 0 to 255"):
        grid.decode([0, 256])
    with pytest.raises(TypeError, match="codes has dtype float64"):
        grid.exact([0.5])
    with pytest.raises(ValueError, match="points lists up to"):
        _ = UniformGrid(17).points
    with pytest.raises(ValueError, match="values holds inf: must be finite numbers"):
        grid.table([math.inf])


def test_no_codes_have_no_values() -> None:
    assert UniformGrid(4).decode([]).shape == (0,)
